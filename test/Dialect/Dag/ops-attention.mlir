// RUN: dag-opt %s --allow-unregistered-dialect --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --allow-unregistered-dialect --mlir-print-op-generic | dag-opt --allow-unregistered-dialect | FileCheck %s
// RUN: dag-opt %s --allow-unregistered-dialect --emit-bytecode | dag-opt --allow-unregistered-dialect | FileCheck %s

dag.mesh @m <tp = 2, rep = 2, cp = 2>

// CHECK-LABEL: dag.model @attention on @m
dag.model @attention on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = dag.input "wk" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = dag.input "wv" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = dag.input "wo" : tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  // CHECK: = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 : (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @attention_with_everything on @m
dag.model @attention_with_everything on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16>
  %wk = dag.input "wk" : tensor<64x64xbf16>
  %wv = dag.input "wv" : tensor<64x64xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  %bq = dag.input "bq" : tensor<64xbf16>
  %bk = dag.input "bk" : tensor<64xbf16>
  %bv = dag.input "bv" : tensor<64xbf16>
  %bo = dag.input "bo" : tensor<64xbf16>
  // CHECK: = dag.attention %x, %wq, %wk, %wv, %wo bias(%bq, %bk, %bv) out_bias %bo heads = 4 kv_heads = 4 head_dim = 16 scale = 0.25 mask sliding_window window = 4 theta = 10000.0 rotary_dim = 8 scaling {factor = 8.000000e+00 : f64} soft_cap = 50.0 dropout = 0.1 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64xbf16>, tensor<64xbf16>, tensor<64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.attention %x, %wq, %wk, %wv, %wo bias(%bq, %bk, %bv) out_bias %bo heads = 4 kv_heads = 4 head_dim = 16 scale = 0.25 mask sliding_window window = 4 theta = 10000.0 rotary_dim = 8 scaling {factor = 8.000000e+00 :
      f64} soft_cap = 50.0 dropout = 0.1 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64xbf16>, tensor<64xbf16>, tensor<64xbf16>,
      tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @qkv_projection on @m
dag.model @qkv_projection on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = dag.input "wk" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = dag.input "wv" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>) -> (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>) -> (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
}

// CHECK-LABEL: dag.model @qkv_projection_fewer_kv_heads_than_ranks on @m
dag.model @qkv_projection_fewer_kv_heads_than_ranks on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16, #dag.sharding<[{tp, rep}, {}]>>
  %wk = dag.input "wk" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = dag.input "wv" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp, rep}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>) -> (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp, rep}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{tp, rep}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>) -> (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp, rep}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
}

// CHECK-LABEL: dag.model @qkv_projection_bias on @m
dag.model @qkv_projection_bias on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = dag.input "wk" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = dag.input "wv" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %bq = dag.input "bq" : tensor<64xbf16, #dag.sharding<[{tp}]>>
  %bk = dag.input "bk" : tensor<32xbf16, #dag.sharding<[{tp}]>>
  %bv = dag.input "bv" : tensor<32xbf16, #dag.sharding<[{tp}]>>
  // CHECK: = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk, %bv) heads = 4 kv_heads = 2 head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<64xbf16, #dag.sharding<[{tp}]>>, tensor<32xbf16, #dag.sharding<[{tp}]>>, tensor<32xbf16, #dag.sharding<[{tp}]>>) -> (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk, %bv) heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64xbf16, #dag.sharding<[{tp}]>>,
      tensor<32xbf16, #dag.sharding<[{tp}]>>,
      tensor<32xbf16, #dag.sharding<[{tp}]>>) -> (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
}

// CHECK-LABEL: dag.model @qkv_projection_padded_heads on @m
dag.model @qkv_projection_padded_heads on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>
  %wk = dag.input "wk" : tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>
  %wv = dag.input "wv" : tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>
  // CHECK: = dag.qkv_projection %x, %wq, %wk, %wv heads = 3 kv_heads = 3 head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>, tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>, tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>) -> (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>, tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>, tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>)
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 3 kv_heads = 3 head_dim = 16 :
      (tensor<1x8x64xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>) -> (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>)
}

// CHECK-LABEL: dag.model @qkv_projection_pending on @m
dag.model @qkv_projection_pending on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %wq = dag.input "wq" : tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  %wk = dag.input "wk" : tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>
  %wv = dag.input "wv" : tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>
  // CHECK: = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>, tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>, tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>, tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>) -> (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>)
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>,
      tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>,
      tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>) -> (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>)
}

// CHECK-LABEL: dag.model @attention_scores on @m
dag.model @attention_scores on @m {
  %q = dag.input "q" :
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %k = dag.input "k" :
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // CHECK: = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>) -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
}

// CHECK-LABEL: dag.model @attention_scores_fewer_kv_heads_than_ranks on @m
dag.model @attention_scores_fewer_kv_heads_than_ranks on @m {
  %q = dag.input "q" :
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp, rep}, {}]>>
  %k = dag.input "k" :
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // CHECK: = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp, rep}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>) -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp, rep}, {}, {}]>>
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp, rep}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp, rep}, {}, {}]>>
}

// CHECK-LABEL: dag.model @attention_scores_padded on @m
dag.model @attention_scores_padded on @m {
  %q = dag.input "q" :
      tensor<1x8x8x16xbf16, #dag.sharding<[{}, {}, {tp} pad 2, {}]>>
  %k = dag.input "k" :
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>
  // CHECK: = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x8x16xbf16, #dag.sharding<[{}, {}, {tp} pad 2, {}]>>, tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>) -> tensor<1x8x8x8xbf16, #dag.sharding<[{}, {tp} pad 2, {}, {}]>>
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x8x16xbf16, #dag.sharding<[{}, {}, {tp} pad 2, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>)
      -> tensor<1x8x8x8xbf16, #dag.sharding<[{}, {tp} pad 2, {}, {}]>>
}

// CHECK-LABEL: dag.model @attention_scores_uneven on @m
dag.model @attention_scores_uneven on @m {
  %q = dag.input "q" :
      tensor<1x8x3x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>
  %k = dag.input "k" :
      tensor<1x8x3x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>
  // CHECK: = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x3x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>, tensor<1x8x3x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>) -> tensor<1x3x8x8xbf16, #dag.sharding<[{}, {tp} uneven, {}, {}]>>
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x3x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>,
      tensor<1x8x3x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>)
      -> tensor<1x3x8x8xbf16, #dag.sharding<[{}, {tp} uneven, {}, {}]>>
}

// CHECK-LABEL: dag.model @attention_scores_sharded_queries on @m
dag.model @attention_scores_sharded_queries on @m {
  %q = dag.input "q" :
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {tp}, {}]>>
  %k = dag.input "k" :
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // CHECK: = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {tp}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>) -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {cp}, {}]>>
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {tp}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {cp}, {}]>>
}

// CHECK-LABEL: dag.model @attention_scores_pending on @m
dag.model @attention_scores_pending on @m {
  %q = dag.input "q" :
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>
  %k = dag.input "k" :
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>
  // CHECK: = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>) -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @attention_weights_causal on @m
dag.model @attention_weights_causal on @m {
  %s = dag.input "s" : tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  // CHECK: = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>) -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %0 = dag.attention_weights %s mask causal : (
      tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
}

// CHECK-LABEL: dag.model @attention_weights_window_at_position on @m
dag.model @attention_weights_window_at_position on @m {
  %s = dag.input "s" : tensor<1x4x1x8xbf16>
  %p = dag.input "p" : tensor<i32>
  // CHECK: = dag.attention_weights %s at %p mask sliding_window window = 4 : (tensor<1x4x1x8xbf16>, tensor<i32>) -> tensor<1x4x1x8xbf16>
  %0 = dag.attention_weights %s at %p mask sliding_window window = 4 : (
      tensor<1x4x1x8xbf16>, tensor<i32>) -> tensor<1x4x1x8xbf16>
}

// CHECK-LABEL: dag.model @attention_weights_none on @m
dag.model @attention_weights_none on @m {
  %s = dag.input "s" : tensor<1x4x8x8xbf16>
  // CHECK: = dag.attention_weights %s mask none : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %0 = dag.attention_weights %s mask none : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
}

// CHECK-LABEL: dag.model @dropout on @m
dag.model @dropout on @m {
  %x = dag.input "x" : tensor<1x4x8x8xbf16>
  // CHECK: = dag.dropout %x p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %0 = dag.dropout %x p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
}

// CHECK-LABEL: dag.model @attention_output on @m
dag.model @attention_output on @m {
  %w = dag.input "w" : tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %v = dag.input "v" :
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // CHECK: = dag.attention_output %w, %v : (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>) -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %0 = dag.attention_output %w, %v : (
      tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @attention_output_sharded_keys on @m
dag.model @attention_output_sharded_keys on @m {
  %w = dag.input "w" : tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {cp}]>>
  %v = dag.input "v" :
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>
  // CHECK: = dag.attention_output %w, %v : (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {cp}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>) -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {cp}>>
  %0 = dag.attention_output %w, %v : (
      tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {cp}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {cp}>>
}

// CHECK-LABEL: dag.model @output_projection on @m
dag.model @output_projection on @m {
  %x = dag.input "x" :
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %w = dag.input "w" : tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  // CHECK: = dag.output_projection %x, %w : (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.output_projection %x, %w : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @output_projection_bias on @m
dag.model @output_projection_bias on @m {
  %x = dag.input "x" : tensor<1x8x4x16xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %b = dag.input "b" : tensor<64xbf16>
  // CHECK: = dag.output_projection %x, %w, %b : (tensor<1x8x4x16xbf16>, tensor<64x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.output_projection %x, %w, %b : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @output_projection_padded_heads on @m
dag.model @output_projection_padded_heads on @m {
  %x = dag.input "x" :
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>
  %w = dag.input "w" : tensor<64x64xbf16, #dag.sharding<[{}, {tp} pad 16]>>
  // CHECK: = dag.output_projection %x, %w : (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>, tensor<64x64xbf16, #dag.sharding<[{}, {tp} pad 16]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.output_projection %x, %w : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp} pad 16]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @kv_cache_update on @m
dag.model @kv_cache_update on @m {
  %c = dag.input "c" :
      tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %n = dag.input "n" :
      tensor<1x1x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %p = dag.input "p" : tensor<i32>
  // CHECK: = dag.kv_cache_update %c, %n at %p : (tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x1x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<i32>) -> tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %0 = dag.kv_cache_update %c, %n at %p : (
      tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x1x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<i32>)
      -> tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @kv_cache on @m
dag.model @kv_cache on @m {
  // CHECK: dag.kv_cache "layers.0.k" : tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %0 = dag.kv_cache "layers.0.k"
      : tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}
