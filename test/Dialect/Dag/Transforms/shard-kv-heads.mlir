// RUN: dag-opt %s --dag-shard="axis=x tp=4" --split-input-file \
// RUN:   --verify-roundtrip | FileCheck %s -enable-var-scope

// Fewer KV heads than ranks: the axis is split, and K and V, their biases and
// caches are replicated over its second part. Sinks go with the heads.

// CHECK: dag.mesh @mesh <x = 2, rep = 2>
// CHECK-LABEL: dag.model @fewer_kv_heads
dag.model @fewer_kv_heads {
  // CHECK: %[[X:.*]] = dag.input "x"
  // CHECK: %[[P:.*]] = dag.input "position"
  %x = dag.input "x" : tensor<2x1x16xbf16>
  %p = dag.input "position" : tensor<i32>
  // CHECK: dag.parameter "wq" : tensor<32x16xbf16, #dag.sharding<[{x, rep}, {}]>>
  // CHECK: dag.parameter "wk" : tensor<8x16xbf16, #dag.sharding<[{x}, {}]>>
  // CHECK: dag.parameter "wv" : tensor<8x16xbf16, #dag.sharding<[{x}, {}]>>
  // CHECK: dag.parameter "bq" : tensor<32xbf16, #dag.sharding<[{x, rep}]>>
  // CHECK: dag.parameter "bk" : tensor<8xbf16, #dag.sharding<[{x}]>>
  // CHECK: dag.parameter "bv" : tensor<8xbf16, #dag.sharding<[{x}]>>
  %wq = dag.parameter "wq" : tensor<32x16xbf16>
  %wk = dag.parameter "wk" : tensor<8x16xbf16>
  %wv = dag.parameter "wv" : tensor<8x16xbf16>
  %bq = dag.parameter "bq" : tensor<32xbf16>
  %bk = dag.parameter "bk" : tensor<8xbf16>
  %bv = dag.parameter "bv" : tensor<8xbf16>
  // CHECK: %[[Q:.*]], %[[K:.*]], %[[V:.*]] = dag.qkv_projection
  %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk, %bv)
      heads = 8 kv_heads = 2 head_dim = 4
      : (tensor<2x1x16xbf16>, tensor<32x16xbf16>, tensor<8x16xbf16>,
         tensor<8x16xbf16>, tensor<32xbf16>, tensor<8xbf16>, tensor<8xbf16>)
      -> (tensor<2x1x8x4xbf16>, tensor<2x1x2x4xbf16>, tensor<2x1x2x4xbf16>)
  // CHECK: %[[KC:.*]] = dag.kv_cache "k" : tensor<2x32x2x4xbf16, #dag.sharding<[{}, {}, {x}, {}]>>
  // CHECK: %[[VC:.*]] = dag.kv_cache "v" : tensor<2x32x2x4xbf16, #dag.sharding<[{}, {}, {x}, {}]>>
  %kc = dag.kv_cache "k" : tensor<2x32x2x4xbf16>
  %vc = dag.kv_cache "v" : tensor<2x32x2x4xbf16>
  // CHECK: dag.kv_cache_update %[[KC]], %[[K]] at %[[P]]
  %ks = dag.kv_cache_update %kc, %k at %p
      : (tensor<2x32x2x4xbf16>, tensor<2x1x2x4xbf16>, tensor<i32>)
      -> tensor<2x32x2x4xbf16>
  // CHECK: dag.kv_cache_update %[[VC]], %[[V]] at %[[P]]
  %vs = dag.kv_cache_update %vc, %v at %p
      : (tensor<2x32x2x4xbf16>, tensor<2x1x2x4xbf16>, tensor<i32>)
      -> tensor<2x32x2x4xbf16>
  // CHECK: dag.attention_scores {{.*}} -> tensor<2x8x1x32xbf16, #dag.sharding<[{}, {x, rep}, {}, {}]>>
  %s = dag.attention_scores %q, %ks scale = 0.5
      : (tensor<2x1x8x4xbf16>, tensor<2x32x2x4xbf16>) -> tensor<2x8x1x32xbf16>
  // CHECK: %[[SINKS:.*]] = dag.parameter "sinks" : tensor<8xbf16, #dag.sharding<[{x, rep}]>>
  %sinks = dag.parameter "sinks" : tensor<8xbf16>
  // CHECK: dag.attention_weights %{{.*}} at %[[P]] sinks %[[SINKS]] mask causal
  %m = dag.attention_weights %s at %p sinks %sinks mask causal
      : (tensor<2x8x1x32xbf16>, tensor<i32>, tensor<8xbf16>)
      -> tensor<2x8x1x32xbf16>
  %o = dag.attention_output %m, %vs
      : (tensor<2x8x1x32xbf16>, tensor<2x32x2x4xbf16>) -> tensor<2x1x8x4xbf16>
  // CHECK: dag.parameter "wo" : tensor<16x32xbf16, #dag.sharding<[{}, {x, rep}]>>
  %wo = dag.parameter "wo" : tensor<16x32xbf16>
  // CHECK: dag.output_projection {{.*}} partial = {rep, x}>>
  %a = dag.output_projection %o, %wo
      : (tensor<2x1x8x4xbf16>, tensor<16x32xbf16>) -> tensor<2x1x16xbf16>
  // CHECK: dag.all_reduce %{{.*}} over {x, rep}
  dag.output %a "y" : tensor<2x1x16xbf16>
}

// -----

// One KV head is on all ranks, and the axis stays in one.

// CHECK: dag.mesh @mesh <x = 4>
// CHECK-LABEL: dag.model @one_kv_head
dag.model @one_kv_head {
  %x = dag.input "x" : tensor<1x8x16xbf16>
  // CHECK: dag.parameter "wq" : tensor<32x16xbf16, #dag.sharding<[{x}, {}]>>
  // CHECK: dag.parameter "wk" : tensor<4x16xbf16>
  // CHECK: dag.parameter "wv" : tensor<4x16xbf16>
  %wq = dag.parameter "wq" : tensor<32x16xbf16>
  %wk = dag.parameter "wk" : tensor<4x16xbf16>
  %wv = dag.parameter "wv" : tensor<4x16xbf16>
  %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wv
      heads = 8 kv_heads = 1 head_dim = 4
      : (tensor<1x8x16xbf16>, tensor<32x16xbf16>, tensor<4x16xbf16>,
         tensor<4x16xbf16>)
      -> (tensor<1x8x8x4xbf16>, tensor<1x8x1x4xbf16>, tensor<1x8x1x4xbf16>)
  // CHECK: dag.kv_cache "k" : tensor<1x8x1x4xbf16>
  %kc = dag.kv_cache "k" : tensor<1x8x1x4xbf16>
  %p = dag.input "position" : tensor<i32>
  %ks = dag.kv_cache_update %kc, %k at %p
      : (tensor<1x8x1x4xbf16>, tensor<1x8x1x4xbf16>, tensor<i32>)
      -> tensor<1x8x1x4xbf16>
  // CHECK: dag.attention_scores {{.*}} -> tensor<1x8x8x8xbf16, #dag.sharding<[{}, {x}, {}, {}]>>
  %s = dag.attention_scores %q, %ks scale = 0.5
      : (tensor<1x8x8x4xbf16>, tensor<1x8x1x4xbf16>) -> tensor<1x8x8x8xbf16>
  %o = dag.attention_output %s, %v
      : (tensor<1x8x8x8xbf16>, tensor<1x8x1x4xbf16>) -> tensor<1x8x8x4xbf16>
  dag.output %o "heads" : tensor<1x8x8x4xbf16>
}

// -----

// The split is for all layers; KV heads that divide use both parts.

// CHECK: dag.mesh @mesh <x = 2, rep = 2>
// CHECK-LABEL: dag.model @different_kv_heads
dag.model @different_kv_heads {
  %x = dag.input "x" : tensor<1x8x16xbf16>
  %wq = dag.parameter "wq" : tensor<32x16xbf16>
  // CHECK: dag.parameter "two" : tensor<8x16xbf16, #dag.sharding<[{x}, {}]>>
  %w2 = dag.parameter "two" : tensor<8x16xbf16>
  %q, %k, %v = dag.qkv_projection %x, %wq, %w2, %w2
      heads = 8 kv_heads = 2 head_dim = 4
      : (tensor<1x8x16xbf16>, tensor<32x16xbf16>, tensor<8x16xbf16>,
         tensor<8x16xbf16>)
      -> (tensor<1x8x8x4xbf16>, tensor<1x8x2x4xbf16>, tensor<1x8x2x4xbf16>)
  // CHECK: dag.parameter "eight" : tensor<32x16xbf16, #dag.sharding<[{x, rep}, {}]>>
  %w8 = dag.parameter "eight" : tensor<32x16xbf16>
  %q8, %k8, %v8 = dag.qkv_projection %x, %wq, %w8, %w8
      heads = 8 kv_heads = 8 head_dim = 4
      : (tensor<1x8x16xbf16>, tensor<32x16xbf16>, tensor<32x16xbf16>,
         tensor<32x16xbf16>)
      -> (tensor<1x8x8x4xbf16>, tensor<1x8x8x4xbf16>, tensor<1x8x8x4xbf16>)
  dag.output %k "k" : tensor<1x8x2x4xbf16>
  dag.output %k8 "k8" : tensor<1x8x8x4xbf16>
}
