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

// CHECK-LABEL: dag.model @attention_with_norms_and_sinks on @m
dag.model @attention_with_norms_and_sinks on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = dag.input "wk" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = dag.input "wv" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = dag.input "wo" : tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  %nq = dag.input "nq" : tensor<16xbf16>
  %nk = dag.input "nk" : tensor<16xbf16>
  %sinks = dag.input "sinks" : tensor<4xbf16, #dag.sharding<[{tp}]>>
  // CHECK: = dag.attention %x, %wq, %wk, %wv, %wo norms(%nq, %nk) sinks %sinks heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal theta = 10000.0 interleaved norm_epsilon = 1.0e-06 unit_offset dropout = 0.0 : (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>, tensor<16xbf16>, tensor<16xbf16>, tensor<4xbf16, #dag.sharding<[{tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.attention %x, %wq, %wk, %wv, %wo norms(%nq, %nk) sinks %sinks
      heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal
      theta = 10000.0 interleaved norm_epsilon = 1.0e-06 unit_offset
      dropout = 0.0 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>, tensor<16xbf16>,
      tensor<16xbf16>, tensor<4xbf16, #dag.sharding<[{tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @attention_with_cache on @m
dag.model @attention_with_cache on @m {
  %x = dag.input "x" : tensor<1x1x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = dag.input "wk" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = dag.input "wv" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = dag.input "wo" : tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  %ck = dag.input "ck" :
      tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %cv = dag.input "cv" :
      tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %p = dag.input "p" : tensor<i32>
  // CHECK: = dag.attention %x, %wq, %wk, %wv, %wo cache(%ck, %cv) at %p heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 : (tensor<1x1x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>, tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<i32>) -> tensor<1x1x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.attention %x, %wq, %wk, %wv, %wo cache(%ck, %cv) at %p heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal theta = 10000.0
      dropout = 0.0 : (tensor<1x1x64xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>,
      tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<i32>)
      -> tensor<1x1x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @attention_at_position_without_cache on @m
dag.model @attention_at_position_without_cache on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16>
  %wk = dag.input "wk" : tensor<32x64xbf16>
  %wv = dag.input "wv" : tensor<32x64xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  %p = dag.input "p" : tensor<i32>
  // CHECK: = dag.attention %x, %wq, %wk, %wv, %wo at %p heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<i32>) -> tensor<1x8x64xbf16>
  %0 = dag.attention %x, %wq, %wk, %wv, %wo at %p heads = 4 kv_heads = 2
      head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<i32>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @attention_alibi_norms_of_all_heads on @m
dag.model @attention_alibi_norms_of_all_heads on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16>
  %wk = dag.input "wk" : tensor<32x64xbf16>
  %wv = dag.input "wv" : tensor<32x64xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  %nq = dag.input "nq" : tensor<64xbf16>
  %nk = dag.input "nk" : tensor<32xbf16>
  // CHECK: = dag.attention %x, %wq, %wk, %wv, %wo norms(%nq, %nk) heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal norm_epsilon = 1.0e-05 alibi = 8.0 dropout = 0.0 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<64xbf16>, tensor<32xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.attention %x, %wq, %wk, %wv, %wo norms(%nq, %nk) heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal norm_epsilon = 1.0e-05
      alibi = 8.0 dropout = 0.0 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<32x64xbf16>, tensor<32x64xbf16>, tensor<64x64xbf16>,
      tensor<64xbf16>, tensor<32xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @latent_attention on @m
dag.model @latent_attention on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  // CHECK: = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 interleaved dropout = 0.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0
      interleaved dropout = 0.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @latent_attention_with_everything on @m
dag.model @latent_attention_with_everything on @m {
  %x = dag.input "x" : tensor<1x1x64xbf16>
  %wq = dag.input "wq" : tensor<96x48xbf16, #dag.sharding<[{tp}, {}]>>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<96x32xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = dag.input "wo" : tensor<64x32xbf16, #dag.sharding<[{}, {tp}]>>
  %qd = dag.input "qd" : tensor<48x64xbf16>
  %qn = dag.input "qn" : tensor<48xbf16>
  %c = dag.input "c" : tensor<1x64x32xbf16>
  %r = dag.input "r" : tensor<1x64x8xbf16>
  %p = dag.input "p" : tensor<i32>
  // CHECK: = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo q_down %qd, %qn cache(%c, %r) at %p heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 8 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 scaling {factor = 4.000000e+01 : f64} : (tensor<1x1x64xbf16>, tensor<96x48xbf16, #dag.sharding<[{tp}, {}]>>, tensor<40x64xbf16>, tensor<32xbf16>, tensor<96x32xbf16, #dag.sharding<[{tp}, {}]>>, tensor<64x32xbf16, #dag.sharding<[{}, {tp}]>>, tensor<48x64xbf16>, tensor<48xbf16>, tensor<1x64x32xbf16>, tensor<1x64x8xbf16>, tensor<i32>) -> tensor<1x1x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo q_down %qd, %qn
      cache(%c, %r) at %p heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 8
      epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 scaling
      {factor = 4.000000e+01 : f64} : (tensor<1x1x64xbf16>,
      tensor<96x48xbf16, #dag.sharding<[{tp}, {}]>>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<96x32xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x32xbf16, #dag.sharding<[{}, {tp}]>>, tensor<48x64xbf16>,
      tensor<48xbf16>, tensor<1x64x32xbf16>, tensor<1x64x8xbf16>, tensor<i32>)
      -> tensor<1x1x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @latent_qkv_projection on @m
dag.model @latent_qkv_projection on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %c = dag.input "c" : tensor<1x8x32xbf16>
  %r = dag.input "r" : tensor<1x8x8xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wkv = dag.input "wkv" : tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>, tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>) -> (tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
      tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>)
      -> (tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
}

// CHECK-LABEL: dag.model @latent_qkv_projection_cached on @m
dag.model @latent_qkv_projection_cached on @m {
  %x = dag.input "x" : tensor<1x1x48xbf16>
  %c = dag.input "c" : tensor<1x64x32xbf16>
  %r = dag.input "r" : tensor<1x64x8xbf16>
  %wq = dag.input "wq" : tensor<96x48xbf16, #dag.sharding<[{tp}, {}]>>
  %wkv = dag.input "wkv" : tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x1x48xbf16>, tensor<1x64x32xbf16>, tensor<1x64x8xbf16>, tensor<96x48xbf16, #dag.sharding<[{tp}, {}]>>, tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>) -> (tensor<1x1x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x64x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x64x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x1x48xbf16>,
      tensor<1x64x32xbf16>, tensor<1x64x8xbf16>,
      tensor<96x48xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>)
      -> (tensor<1x1x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x64x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x64x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
}

// CHECK-LABEL: dag.model @latent_qkv_projection_padded_heads on @m
dag.model @latent_qkv_projection_padded_heads on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %c = dag.input "c" : tensor<1x8x32xbf16>
  %r = dag.input "r" : tensor<1x8x8xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16, #dag.sharding<[{tp} pad 24, {}]>>
  %wkv = dag.input "wkv" : tensor<128x32xbf16, #dag.sharding<[{tp} pad 32, {}]>>
  // CHECK: = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 3 nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>, tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16, #dag.sharding<[{tp} pad 24, {}]>>, tensor<128x32xbf16, #dag.sharding<[{tp} pad 32, {}]>>) -> (tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>, tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>, tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>)
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 3
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
      tensor<96x64xbf16, #dag.sharding<[{tp} pad 24, {}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp} pad 32, {}]>>)
      -> (tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>,
      tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>)
}

// CHECK-LABEL: dag.model @qk_norm_of_a_head on @m
dag.model @qk_norm_of_a_head on @m {
  %x = dag.input "x" : tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %w = dag.input "w" : tensor<16xbf16>
  // CHECK: = dag.qk_norm %x, %w epsilon = 1.0e-06 : (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<16xbf16>) -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 :
      (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<16xbf16>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @qk_norm_of_all_heads on @m
dag.model @qk_norm_of_all_heads on @m {
  %x = dag.input "x" : tensor<4x8x4x16xbf16, #dag.sharding<[{cp}, {}, {}, {}]>>
  %w = dag.input "w" : tensor<64xbf16>
  // CHECK: = dag.qk_norm %x, %w epsilon = 1.0e-06 unit_offset : (tensor<4x8x4x16xbf16, #dag.sharding<[{cp}, {}, {}, {}]>>, tensor<64xbf16>) -> tensor<4x8x4x16xbf16, #dag.sharding<[{cp}, {}, {}, {}]>>
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 unit_offset :
      (tensor<4x8x4x16xbf16, #dag.sharding<[{cp}, {}, {}, {}]>>,
      tensor<64xbf16>)
      -> tensor<4x8x4x16xbf16, #dag.sharding<[{cp}, {}, {}, {}]>>
}

// CHECK-LABEL: dag.model @attention_weights_sinks on @m
dag.model @attention_weights_sinks on @m {
  %s = dag.input "s" : tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %k = dag.input "k" : tensor<4xbf16, #dag.sharding<[{tp}]>>
  // CHECK: = dag.attention_weights %s sinks %k mask causal : (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>, tensor<4xbf16, #dag.sharding<[{tp}]>>) -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %0 = dag.attention_weights %s sinks %k mask causal :
      (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>,
      tensor<4xbf16, #dag.sharding<[{tp}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
}

// CHECK-LABEL: dag.model @attention_weights_alibi on @m
dag.model @attention_weights_alibi on @m {
  %s = dag.input "s" : tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  // CHECK: = dag.attention_weights %s mask causal alibi = 8.0 : (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>) -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %0 = dag.attention_weights %s mask causal alibi = 8.0 :
      (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
}

// CHECK-LABEL: dag.model @attention_weights_everything on @m
dag.model @attention_weights_everything on @m {
  %s = dag.input "s" : tensor<1x4x1x8xbf16>
  %p = dag.input "p" : tensor<i32>
  %k = dag.input "k" : tensor<4xbf16>
  // CHECK: = dag.attention_weights %s at %p sinks %k mask sliding_window window = 4 alibi = 8.0 : (tensor<1x4x1x8xbf16>, tensor<i32>, tensor<4xbf16>) -> tensor<1x4x1x8xbf16>
  %0 = dag.attention_weights %s at %p sinks %k mask sliding_window window = 4
      alibi = 8.0 : (tensor<1x4x1x8xbf16>, tensor<i32>, tensor<4xbf16>)
      -> tensor<1x4x1x8xbf16>
}

// CHECK-LABEL: dag.model @kv_cache_update_shared_by_heads on @m
dag.model @kv_cache_update_shared_by_heads on @m {
  %c = dag.input "c" : tensor<1x64x32xbf16>
  %n = dag.input "n" : tensor<1x1x32xbf16>
  %p = dag.input "p" : tensor<i32>
  // CHECK: = dag.kv_cache_update %c, %n at %p : (tensor<1x64x32xbf16>, tensor<1x1x32xbf16>, tensor<i32>) -> tensor<1x64x32xbf16>
  %0 = dag.kv_cache_update %c, %n at %p : (tensor<1x64x32xbf16>,
      tensor<1x1x32xbf16>, tensor<i32>) -> tensor<1x64x32xbf16>
}

// CHECK-LABEL: dag.model @kv_cache_shared_by_heads on @m
dag.model @kv_cache_shared_by_heads on @m {
  // CHECK: dag.kv_cache "layers.0.latent_cache" : tensor<1x64x32xbf16>
  %0 = dag.kv_cache "layers.0.latent_cache" : tensor<1x64x32xbf16>
}
