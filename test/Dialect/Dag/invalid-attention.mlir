// RUN: dag-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

dag.model @attention_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c1_heads {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C1) expected 'wq' to have 8 heads of 16 as its first dimension, but got 64}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 8 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c2_groups {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<48x64xbf16>
  %wv = "test.value"() : () -> tensor<48x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C2) expected the heads of 'q' to be a multiple of those of 'k', but got 4 and 3}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 3 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<48x64xbf16>,
      tensor<48x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c2_axes {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C2) expected the axes of the KV heads to be the first axes of the heads, but got {tp} and {}}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c3_sharded_sequence {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C3) expected dimension 3 of 'scores' not to be sharded, but it is over {tp}}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<64x64xbf16>,
      tensor<32x64xbf16>, tensor<32x64xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c3_window {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C3) expected no 'window' without a sliding window}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal window = 4 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c4_sharding {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.attention' op (C4) expected the heads of 'x' and the second dimension of 'weight' to be sharded alike, but got {} and {tp}}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c5_dropout {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C5) expected 'p' to lie in [0, 1), but got 1.0}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal dropout = 1.0 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @qkv_projection_c1_pending_x {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>) -> (
      tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c1_rank {
  %x = "test.value"() : () -> tensor<8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C1) expected 'x' to be of rank 3, but got rank 2}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c1_rank_of_weight {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C1) expected 'wk' to be of rank 2, but got rank 1}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c1_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xf32>
  // expected-error @+1 {{'dag.qkv_projection' op (C1) expected 'x' and 'wv' to have one element type, but got bf16 and f32}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xf32>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c2_size {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x32xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C2) expected dimension 2 of 'x' and dimension 1 of 'wq' to have one size, but got 64 and 32}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x32xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c2_sharding {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C2) expected dimension 2 of 'x' and dimension 1 of 'wq' to be sharded alike, but got {} and {tp}}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>,
      tensor<32x64xbf16>, tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c3_figures {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C3) expected heads, KV heads and head size to be positive, but got 0, 2 and 16}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 0 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c3_heads {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C3) expected 'wq' to have 5 heads of 16 as its first dimension, but got 64}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 5 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c3_overflow {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C3) expected 'wq' to have 4611686018427387904 heads of 16 as its first dimension, but got 64}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4611686018427387904 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c3_dynamic {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<?x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C3) expected 'wq' to have 4 heads of 16 as its first dimension, but got ?}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<?x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c4_kv_heads {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<64x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C4) expected 'wk' to have 2 heads of 16 as its first dimension, but got 64}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c4_values_elsewhere {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C4) expected dimension 0 of 'wk' and dimension 0 of 'wv' to be sharded alike, but got {tp} and {}}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16>) -> (
      tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c5_uneven {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : ()
      -> tensor<64x64xbf16, #dag.sharding<[{tp} uneven, {}]>>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C5) expected the heads of 'wq' not to be uneven; pad them}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{tp} uneven, {}]>>,
      tensor<32x64xbf16>, tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c5_padding {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : ()
      -> tensor<65x64xbf16, #dag.sharding<[{tp} pad 1, {}]>>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C5) expected the padding of 'wq' to be whole heads of 16, but got 1}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>,
      tensor<65x64xbf16, #dag.sharding<[{tp} pad 1, {}]>>, tensor<32x64xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c6_two_biases {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %bq = "test.value"() : () -> tensor<64xbf16>
  %bk = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C6) expected no biases or three, but got 2}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk) heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64xbf16>, tensor<32xbf16>) -> (
      tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c6_size_of_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %bq = "test.value"() : () -> tensor<32xbf16>
  %bk = "test.value"() : () -> tensor<32xbf16>
  %bv = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C6) expected dimension 0 of 'wq' and dimension 0 of 'bq' to have one size, but got 64 and 32}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk, %bv) heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<32xbf16>, tensor<32xbf16>, tensor<32xbf16>)
      -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c6_pending_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-note @+1 {{the summands come from here}}
  %bq = "test.value"() : ()
      -> tensor<64xbf16, #dag.sharding<[{}], partial = {tp}>>
  %bk = "test.value"() : () -> tensor<32xbf16>
  %bv = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C6) expected 'bq' to be reduced, but its sum over {tp} is pending}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk, %bv) heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>,
      tensor<64xbf16, #dag.sharding<[{}], partial = {tp}>>, tensor<32xbf16>,
      tensor<32xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c6_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %bq = "test.value"() : () -> tensor<64xf32>
  %bk = "test.value"() : () -> tensor<32xbf16>
  %bv = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C6) expected 'x' and 'bq' to have one element type, but got bf16 and f32}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk, %bv) heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64xf32>, tensor<32xbf16>, tensor<32xbf16>)
      -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c6_rank_of_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %bq = "test.value"() : () -> tensor<1x64xbf16>
  %bk = "test.value"() : () -> tensor<32xbf16>
  %bv = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C6) expected 'bq' to be of rank 1, but got rank 2}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk, %bv) heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<1x64xbf16>, tensor<32xbf16>, tensor<32xbf16>)
      -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c6_bias_on_partial {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %wq = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  %wk = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>
  %wv = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>
  %bq = "test.value"() : () -> tensor<64xbf16>
  %bk = "test.value"() : () -> tensor<32xbf16>
  %bv = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C6) expected no bias on a sum that is pending over {tp}: every rank would add it}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk, %bv) heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>,
      tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>,
      tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>, tensor<64xbf16>,
      tensor<32xbf16>, tensor<32xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_c7_axis_twice {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %wq = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op (C7) expected every axis to be used once in the result, but 'tp' is used twice}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32x64xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @qkv_projection_wrong_result {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  // expected-error @+1 {{'dag.qkv_projection' op expected result 1 of type 'tensor<1x8x2x16xbf16>', but got 'tensor<1x8x4x16xbf16>'}}
  %0, %1, %2 = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>,
      tensor<1x8x2x16xbf16>)
}

// -----

dag.model @attention_scores_c1_rank {
  %q = "test.value"() : () -> tensor<8x4x16xbf16>
  %k = "test.value"() : () -> tensor<1x8x2x16xbf16>
  // expected-error @+1 {{'dag.attention_scores' op (C1) expected 'q' to be of rank 4, but got rank 3}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (tensor<8x4x16xbf16>,
      tensor<1x8x2x16xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c1_pending_keys {
  %q = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-note @+1 {{the summands come from here}}
  %k = "test.value"() : ()
      -> tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.attention_scores' op (C1) expected 'k' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>)
      -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c1_element_type {
  %q = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %k = "test.value"() : () -> tensor<1x8x2x16xf32>
  // expected-error @+1 {{'dag.attention_scores' op (C1) expected 'q' and 'k' to have one element type, but got bf16 and f32}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x2x16xf32>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c2_batch {
  %q = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %k = "test.value"() : () -> tensor<2x8x2x16xbf16>
  // expected-error @+1 {{'dag.attention_scores' op (C2) expected dimension 0 of 'q' and dimension 0 of 'k' to have one size, but got 1 and 2}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<2x8x2x16xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c2_head_size {
  %q = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %k = "test.value"() : () -> tensor<1x8x2x32xbf16>
  // expected-error @+1 {{'dag.attention_scores' op (C2) expected dimension 3 of 'q' and dimension 3 of 'k' to have one size, but got 16 and 32}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x2x32xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c3_not_a_multiple {
  %q = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %k = "test.value"() : () -> tensor<1x8x3x16xbf16>
  // expected-error @+1 {{'dag.attention_scores' op (C3) expected the heads of 'q' to be a multiple of those of 'k', but got 4 and 3}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x3x16xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c3_no_heads {
  %q = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %k = "test.value"() : () -> tensor<1x8x0x16xbf16>
  // expected-error @+1 {{'dag.attention_scores' op (C3) expected the heads of 'q' to be a multiple of those of 'k', but got 4 and 0}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x0x16xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c3_padding {
  %q = "test.value"() : ()
      -> tensor<1x8x8x16xbf16, #dag.sharding<[{}, {}, {tp} pad 4, {}]>>
  %k = "test.value"() : ()
      -> tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // expected-error @+1 {{'dag.attention_scores' op (C3) expected heads to share KV heads alike with and without padding, but got 8 and 2 with padding, 4 and 2 without}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x8x16xbf16, #dag.sharding<[{}, {}, {tp} pad 4, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c4_other_axes {
  %q = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %k = "test.value"() : ()
      -> tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {rep}, {}]>>
  // expected-error @+1 {{'dag.attention_scores' op (C4) expected the axes of the KV heads to be the first axes of the heads, but got {rep} and {tp}}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {rep}, {}]>>)
      -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c4_last_axes {
  %q = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp, rep}, {}]>>
  %k = "test.value"() : ()
      -> tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {rep}, {}]>>
  // expected-error @+1 {{'dag.attention_scores' op (C4) expected the axes of the KV heads to be the first axes of the heads, but got {rep} and {tp, rep}}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp, rep}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {rep}, {}]>>)
      -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c5_uneven {
  %q = "test.value"() : ()
      -> tensor<1x8x6x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>
  %k = "test.value"() : ()
      -> tensor<1x8x3x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>
  // expected-error @+1 {{'dag.attention_scores' op (C5) expected uneven heads to be as many as the KV heads and sharded alike; pad them}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x6x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>,
      tensor<1x8x3x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>)
      -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_c6_axis_twice {
  %q = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %k = "test.value"() : ()
      -> tensor<1x8x2x16xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  // expected-error @+1 {{'dag.attention_scores' op (C6) expected every axis to be used once in the result, but 'tp' is used twice}}
  %0 = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>)
      -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_weights_c1_pending_scores {
  // expected-note @+1 {{the summands come from here}}
  %s = "test.value"() : ()
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.attention_weights' op (C1) expected 'scores' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.attention_weights %s mask causal : (
      tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>)
      -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_weights_c1_rank {
  %s = "test.value"() : () -> tensor<4x8x8xbf16>
  // expected-error @+1 {{'dag.attention_weights' op (C1) expected 'scores' to be of rank 4, but got rank 3}}
  %0 = dag.attention_weights %s mask causal : (tensor<4x8x8xbf16>)
      -> tensor<4x8x8xbf16>
}

// -----

dag.model @attention_weights_c2_sharded_keys {
  %s = "test.value"() : ()
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {cp}]>>
  // expected-error @+1 {{'dag.attention_weights' op (C2) expected dimension 3 of 'scores' not to be sharded, but it is over {cp}}}
  %0 = dag.attention_weights %s mask causal : (
      tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {cp}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {cp}]>>
}

// -----

dag.model @attention_weights_c3_missing_window {
  %s = "test.value"() : () -> tensor<1x4x8x8xbf16>
  // expected-error @+1 {{'dag.attention_weights' op (C3) expected a 'window' for a sliding window}}
  %0 = dag.attention_weights %s mask sliding_window : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_weights_c3_window_of_causal {
  %s = "test.value"() : () -> tensor<1x4x8x8xbf16>
  // expected-error @+1 {{'dag.attention_weights' op (C3) expected no 'window' without a sliding window}}
  %0 = dag.attention_weights %s mask causal window = 4 : (
      tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_weights_c3_negative_window {
  %s = "test.value"() : () -> tensor<1x4x8x8xbf16>
  // expected-error @+1 {{'dag.attention_weights' op (C3) expected 'window' to be positive, but got -1}}
  %0 = dag.attention_weights %s mask sliding_window window = -1 : (
      tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_weights_c4_position {
  %s = "test.value"() : () -> tensor<1x4x8x8xbf16>
  %p = "test.value"() : () -> tensor<1x8xi32>
  // expected-error @+1 {{'dag.attention_weights' op (C4) expected 'position' to be of rank 0 or 1, but got rank 2}}
  %0 = dag.attention_weights %s at %p mask causal : (tensor<1x4x8x8xbf16>,
      tensor<1x8xi32>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @dropout_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.dropout' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.dropout %x p = 0.0 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.model @dropout_c2_one {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.dropout' op (C2) expected 'p' to lie in [0, 1), but got 1.0}}
  %0 = dag.dropout %x p = 1.0 : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @dropout_c2_negative {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.dropout' op (C2) expected 'p' to lie in [0, 1), but got -0.5}}
  %0 = dag.dropout %x p = -0.5 : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @dropout_c2_not_a_number {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.dropout' op (C2) expected 'p' to be finite, but got nan}}
  %0 = dag.dropout %x p = 0x7FF8000000000000 : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_output_c1_pending_weights {
  // expected-note @+1 {{the summands come from here}}
  %w = "test.value"() : ()
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>
  %v = "test.value"() : () -> tensor<1x8x2x16xbf16>
  // expected-error @+1 {{'dag.attention_output' op (C1) expected 'weights' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.attention_output %w, %v : (
      tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>,
      tensor<1x8x2x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @attention_output_c1_rank {
  %w = "test.value"() : () -> tensor<1x4x8x8xbf16>
  %v = "test.value"() : () -> tensor<8x2x16xbf16>
  // expected-error @+1 {{'dag.attention_output' op (C1) expected 'v' to be of rank 4, but got rank 3}}
  %0 = dag.attention_output %w, %v : (tensor<1x4x8x8xbf16>,
      tensor<8x2x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @attention_output_c2_keys {
  %w = "test.value"() : () -> tensor<1x4x8x8xbf16>
  %v = "test.value"() : () -> tensor<1x4x2x16xbf16>
  // expected-error @+1 {{'dag.attention_output' op (C2) expected dimension 3 of 'weights' and dimension 1 of 'v' to have one size, but got 8 and 4}}
  %0 = dag.attention_output %w, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x4x2x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @attention_output_c2_sharded_keys {
  %w = "test.value"() : () -> tensor<1x4x8x8xbf16>
  %v = "test.value"() : ()
      -> tensor<1x8x2x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>
  // expected-error @+1 {{'dag.attention_output' op (C2) expected dimension 3 of 'weights' and dimension 1 of 'v' to be sharded alike, but got {} and {cp}}}
  %0 = dag.attention_output %w, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>)
      -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @attention_output_c3_not_a_multiple {
  %w = "test.value"() : () -> tensor<1x4x8x8xbf16>
  %v = "test.value"() : () -> tensor<1x8x3x16xbf16>
  // expected-error @+1 {{'dag.attention_output' op (C3) expected the heads of 'weights' to be a multiple of those of 'v', but got 4 and 3}}
  %0 = dag.attention_output %w, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x3x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @attention_output_c4_other_axes {
  %w = "test.value"() : () -> tensor<1x4x8x8xbf16>
  %v = "test.value"() : ()
      -> tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // expected-error @+1 {{'dag.attention_output' op (C4) expected the axes of the KV heads to be the first axes of the heads, but got {tp} and {}}}
  %0 = dag.attention_output %w, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @attention_output_c5_uneven {
  %w = "test.value"() : ()
      -> tensor<1x6x8x8xbf16, #dag.sharding<[{}, {tp} uneven, {}, {}]>>
  %v = "test.value"() : ()
      -> tensor<1x8x3x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>
  // expected-error @+1 {{'dag.attention_output' op (C5) expected uneven heads to be as many as the KV heads and sharded alike; pad them}}
  %0 = dag.attention_output %w, %v : (
      tensor<1x6x8x8xbf16, #dag.sharding<[{}, {tp} uneven, {}, {}]>>,
      tensor<1x8x3x16xbf16, #dag.sharding<[{}, {}, {tp} uneven, {}]>>)
      -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @attention_output_c6_axis_twice {
  %w = "test.value"() : ()
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %v = "test.value"() : ()
      -> tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>
  // expected-error @+1 {{'dag.attention_output' op (C6) expected every axis to be used once in the result, but 'tp' is used twice}}
  %0 = dag.attention_output %w, %v : (
      tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>,
      tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>)
      -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @output_projection_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>
  %w = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.output_projection' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.output_projection %x, %w : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @output_projection_c1_rank {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.output_projection' op (C1) expected 'x' to be of rank 4, but got rank 3}}
  %0 = dag.output_projection %x, %w : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @output_projection_c2_sharded_head {
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>
  %w = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.output_projection' op (C2) expected dimension 3 of 'x' not to be sharded, but it is over {tp}}}
  %0 = dag.output_projection %x, %w : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @output_projection_c3_size {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %w = "test.value"() : () -> tensor<64x32xbf16>
  // expected-error @+1 {{'dag.output_projection' op (C3) expected the second dimension of 'weight' to be heads times head size of 'x', but got 32 for 4 times 16}}
  %0 = dag.output_projection %x, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x32xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @output_projection_c3_overflow {
  %x = "test.value"() : () -> tensor<1x8x4611686018427387904x16xbf16>
  %w = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.output_projection' op (C3) expected the second dimension of 'weight' to be heads times head size of 'x', but got 64 for 4611686018427387904 times 16}}
  %0 = dag.output_projection %x, %w : (
      tensor<1x8x4611686018427387904x16xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @output_projection_c4_sharding {
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %w = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.output_projection' op (C4) expected the heads of 'x' and the second dimension of 'weight' to be sharded alike, but got {tp} and {}}}
  %0 = dag.output_projection %x, %w : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @output_projection_c4_padding {
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>
  %w = "test.value"() : ()
      -> tensor<64x64xbf16, #dag.sharding<[{}, {tp} pad 1]>>
  // expected-error @+1 {{'dag.output_projection' op (C4) expected the padding of 'weight' to be that of the heads, and neither to be uneven}}
  %0 = dag.output_projection %x, %w : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp} pad 1]>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @output_projection_c5_size_of_bias {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %w = "test.value"() : () -> tensor<64x64xbf16>
  %b = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.output_projection' op (C5) expected dimension 0 of 'weight' and dimension 0 of 'bias' to have one size, but got 64 and 32}}
  %0 = dag.output_projection %x, %w, %b : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>, tensor<32xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @output_projection_c6_bias_on_partial {
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %w = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  %b = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.output_projection' op (C6) expected no bias on a sum that is pending over {tp}: every rank would add it}}
  %0 = dag.output_projection %x, %w, %b : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>, tensor<64xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.model @output_projection_c7_axis_twice {
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %w = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.output_projection' op (C7) expected every axis to be used once in the result, but 'tp' is used twice}}
  %0 = dag.output_projection %x, %w : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @kv_cache_update_c2_heads {
  %c = "test.value"() : () -> tensor<1x64x2x16xbf16>
  %n = "test.value"() : () -> tensor<1x1x4x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C2) expected dimension 2 of 'cache' and dimension 2 of 'new_tokens' to have one size, but got 2 and 4}}
  %0 = dag.kv_cache_update %c, %n at %p : (tensor<1x64x2x16xbf16>,
      tensor<1x1x4x16xbf16>, tensor<i32>) -> tensor<1x64x2x16xbf16>
}

// -----

dag.model @kv_cache_update_c2_sharding {
  %c = "test.value"() : ()
      -> tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %n = "test.value"() : () -> tensor<1x1x2x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C2) expected dimension 2 of 'cache' and dimension 2 of 'new_tokens' to be sharded alike, but got {tp} and {}}}
  %0 = dag.kv_cache_update %c, %n at %p : (
      tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x1x2x16xbf16>, tensor<i32>) -> tensor<1x64x2x16xbf16>
}

// -----

dag.model @kv_cache_update_c3_sharded_tokens {
  %c = "test.value"() : ()
      -> tensor<1x64x2x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>
  %n = "test.value"() : () -> tensor<1x1x2x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C3) expected dimension 1 of 'cache' not to be sharded, but it is over {cp}}}
  %0 = dag.kv_cache_update %c, %n at %p : (
      tensor<1x64x2x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>,
      tensor<1x1x2x16xbf16>, tensor<i32>) -> tensor<1x64x2x16xbf16>
}

// -----

dag.model @kv_cache_update_c4_too_many {
  %c = "test.value"() : () -> tensor<1x64x2x16xbf16>
  %n = "test.value"() : () -> tensor<1x65x2x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C4) expected at most 64 new tokens, but got 65}}
  %0 = dag.kv_cache_update %c, %n at %p : (tensor<1x64x2x16xbf16>,
      tensor<1x65x2x16xbf16>, tensor<i32>) -> tensor<1x64x2x16xbf16>
}

// -----

dag.model @kv_cache_update_c5_position {
  %c = "test.value"() : () -> tensor<1x64x2x16xbf16>
  %n = "test.value"() : () -> tensor<1x1x2x16xbf16>
  %p = "test.value"() : () -> tensor<f32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C5) expected 'position' to be of integers, but got f32}}
  %0 = dag.kv_cache_update %c, %n at %p : (tensor<1x64x2x16xbf16>,
      tensor<1x1x2x16xbf16>, tensor<f32>) -> tensor<1x64x2x16xbf16>
}

// -----

dag.model @kv_cache_c1_name {
  // expected-error @+1 {{'dag.kv_cache' op attribute 'name' failed to satisfy constraint: string attribute that is not empty}}
  %0 = dag.kv_cache "" : tensor<1x64x2x16xbf16>
}

// -----

dag.model @kv_cache_c2_rank {
  // expected-error @+1 {{'dag.kv_cache' op (C2) expected 'cache' to be of rank 3 or 4, but got 2}}
  %0 = dag.kv_cache "k" : tensor<64x32xbf16>
}

// -----

dag.model @attention_c3_size_of_sinks {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %s = "test.value"() : () -> tensor<2xbf16>
  // expected-error @+1 {{'dag.attention' op (C3) expected dimension 1 of 'scores' and dimension 0 of 'sinks' to have one size, but got 4 and 2}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo sinks %s heads = 4 kv_heads = 2
      head_dim = 16 scale = 0.25 mask causal : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>, tensor<2xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c3_alibi {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C3) expected 'alibi' to be positive, but got 0.0}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal alibi = 0.0 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c6_one_norm {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %n = "test.value"() : () -> tensor<16xbf16>
  // expected-error @+1 {{'dag.attention' op (C6) expected no norms, or two with an epsilon, but got 1 with one}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo norms(%n) heads = 4 kv_heads = 2
      head_dim = 16 scale = 0.25 mask causal norm_epsilon = 1.0e-06 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<16xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c6_no_epsilon {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %n = "test.value"() : () -> tensor<16xbf16>
  %n2 = "test.value"() : () -> tensor<16xbf16>
  // expected-error @+1 {{'dag.attention' op (C6) expected no norms, or two with an epsilon, but got 2 without one}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo norms(%n, %n2) heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<16xbf16>, tensor<16xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c6_epsilon_without_norms {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C6) expected no norms, or two with an epsilon, but got 0 with one}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal norm_epsilon = 1.0e-06 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c6_unit_offset_without_norms {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C6) expected norms for a 'unit_offset'}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal unit_offset : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c6_size_of_norm {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %n = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.attention' op (C6) expected 'weight' to have as many elements as a head or as all heads of 'k', but got 64 for 2 heads of 16}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo norms(%n, %n) heads = 4 kv_heads = 2
      head_dim = 16 scale = 0.25 mask causal norm_epsilon = 1.0e-06 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<64xbf16>, tensor<64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c6_norm_of_sharded_heads {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  %n = "test.value"() : () -> tensor<64xbf16>
  %n2 = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.attention' op (C6) expected dimension 2 of 'q' not to be sharded, but it is over {tp}}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo norms(%n, %n2) heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal norm_epsilon = 1.0e-06
      : (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>, tensor<64xbf16>,
      tensor<32xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c7_one_cache {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %c = "test.value"() : () -> tensor<1x64x2x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.attention' op (C7) expected no cache, or one for keys and one for values with a position, but got 1 with one}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo cache(%c) at %p heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<1x64x2x16xbf16>,
      tensor<i32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c7_no_position {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %c = "test.value"() : () -> tensor<1x64x2x16xbf16>
  %c2 = "test.value"() : () -> tensor<1x64x2x16xbf16>
  // expected-error @+1 {{'dag.attention' op (C7) expected no cache, or one for keys and one for values with a position, but got 2 without one}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo cache(%c, %c2) heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<1x64x2x16xbf16>,
      tensor<1x64x2x16xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c7_room {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %c = "test.value"() : () -> tensor<1x4x2x16xbf16>
  %c2 = "test.value"() : () -> tensor<1x4x2x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.attention' op (C7) expected at most 4 new tokens, but got 8}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo cache(%c, %c2) at %p heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<1x4x2x16xbf16>,
      tensor<1x4x2x16xbf16>, tensor<i32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c7_sharding_of_cache {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  %c = "test.value"() : ()
      -> tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %c2 = "test.value"() : () -> tensor<1x64x2x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.attention' op (C7) expected dimension 2 of 'cache' and dimension 2 of 'v' to be sharded alike, but got {} and {tp}}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo cache(%c, %c2) at %p heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>,
      tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x64x2x16xbf16>, tensor<i32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c7_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %c = "test.value"() : () -> tensor<1x64x2x16xi8>
  %c2 = "test.value"() : () -> tensor<1x64x2x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.attention' op (C7) expected 'cache' to be of floats, but got i8}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo cache(%c, %c2) at %p heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<1x64x2x16xi8>,
      tensor<1x64x2x16xbf16>, tensor<i32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c8_theta {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C8) expected 'theta' to be positive, but got 0.0}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal theta = 0.0 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c8_rotary_dim {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C8) expected an even number of rotated elements, positive and at most the head size, but got 32}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal theta = 10000.0 rotary_dim = 32 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c8_rotary_dim_without_theta {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C8) expected 'theta' for a rotation}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal rotary_dim = 8 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c8_interleaved_without_theta {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C8) expected 'theta' for a rotation}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal interleaved : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c8_scaling_without_theta {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C8) expected 'theta' for a rotation}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal scaling {factor = 8.0 : f64} :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c8_position {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %p = "test.value"() : () -> tensor<f32>
  // expected-error @+1 {{'dag.attention' op (C8) expected 'position' to be of integers, but got f32}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo at %p heads = 4 kv_heads = 2
      head_dim = 16 scale = 0.25 mask causal : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>, tensor<f32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @attention_c8_soft_cap {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16>
  %wk = "test.value"() : () -> tensor<32x64xbf16>
  %wv = "test.value"() : () -> tensor<32x64xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op (C8) expected 'cap' to be positive, but got -1.0}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal soft_cap = -1.0 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c1_rank {
  %x = "test.value"() : () -> tensor<8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C1) expected 'x' to be of rank 3, but got rank 2}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<96x64xbf16>, tensor<40x64xbf16>, tensor<32xbf16>,
      tensor<128x32xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c1_sharded_features {
  %x = "test.value"() : () -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C1) expected dimension 2 of 'x' not to be sharded, but it is over {tp}}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c1_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xf32>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C1) expected 'x' and 'w_kv_down' to have one element type, but got bf16 and f32}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xf32>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c1_rank_of_norm {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<1x32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C1) expected 'kv_norm' to be of rank 1, but got rank 2}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<1x32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c1_sharded_latent {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16, #dag.sharding<[{tp}, {}]>>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C1) expected dimension 0 of 'w_kv_down' not to be sharded, but it is over {tp}}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<32xbf16>,
      tensor<128x32xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c1_sharded_norm {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16, #dag.sharding<[{tp}]>>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C1) expected dimension 0 of 'kv_norm' not to be sharded, but it is over {tp}}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16, #dag.sharding<[{tp}]>>, tensor<128x32xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c1_sharded_q_down {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %qd = "test.value"() : () -> tensor<48x64xbf16, #dag.sharding<[{}, {tp}]>>
  %qn = "test.value"() : () -> tensor<48xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C1) expected dimension 1 of 'w_q_down' not to be sharded, but it is over {tp}}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo q_down %qd, %qn
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06
      scale = 0.2 theta = 10000.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>, tensor<48x64xbf16, #dag.sharding<[{}, {tp}]>>,
      tensor<48xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c2_q_down {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %qd = "test.value"() : () -> tensor<48x32xbf16>
  %qn = "test.value"() : () -> tensor<48xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C2) expected dimension 2 of 'x' and dimension 1 of 'w_q_down' to have one size, but got 64 and 32}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo q_down %qd, %qn
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06
      scale = 0.2 theta = 10000.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>, tensor<48x32xbf16>, tensor<48xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c2_q_norm {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %qd = "test.value"() : () -> tensor<48x64xbf16>
  %qn = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C2) expected dimension 2 of 'q_latent' and dimension 0 of 'q_norm' to have one size, but got 48 and 32}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo q_down %qd, %qn
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06
      scale = 0.2 theta = 10000.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>, tensor<48x64xbf16>, tensor<32xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c2_kv_down {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x32xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C2) expected dimension 2 of 'x' and dimension 1 of 'w_kv_down' to have one size, but got 64 and 32}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x32xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c2_kv_norm {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<16xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C2) expected dimension 2 of 'latent' and dimension 0 of 'kv_norm' to have one size, but got 32 and 16}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<16xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c2_rope_dim {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C2) expected 'rope_dim' to be positive and less than the first dimension of 'w_kv_down', but got 40}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 40 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c2_no_rope_dim {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C2) expected 'rope_dim' to be positive and less than the first dimension of 'w_kv_down', but got 0}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 0 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c2_dynamic_latent {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<?x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C2) expected 'rope_dim' to be positive and less than the first dimension of 'w_kv_down', but got 8}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<?x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c3_width_of_queries {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x32xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C3) expected dimension 2 of 'x' and dimension 1 of 'w_q' to have one size, but got 64 and 32}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x32xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c3_heads {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C3) expected 'w_q' to have 5 heads of 24 as its first dimension, but got 96}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 5 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c3_sharding {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C3) expected the heads of 'w_q' and 'w_kv' to be sharded alike, but got {tp} and {}}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c3_sharded_sequence {
  %x = "test.value"() : () -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C3) expected dimension 3 of 'scores' not to be sharded, but it is over {tp}}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c4_size {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x96xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C4) expected the second dimension of 'weight' to be heads times head size of 'x', but got 96 for 4 times 16}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x96xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c4_sharding {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.latent_attention' op (C4) expected the heads of 'x' and the second dimension of 'weight' to be sharded alike, but got {} and {tp}}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c5_dropout {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C5) expected 'p' to lie in [0, 1), but got 1.0}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0
      dropout = 1.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c5_epsilon {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C5) expected 'epsilon' not to be negative, but got -1.0}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = -1.0 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c5_theta {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C5) expected 'theta' to be positive, but got 0.0}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 0.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c6_one_cache {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %c = "test.value"() : () -> tensor<1x64x32xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.latent_attention' op (C6) expected no cache, or one for the latent and one for the rotated part with a position, but got 1 with one}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo cache(%c) at %p
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06
      scale = 0.2 theta = 10000.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>, tensor<1x64x32xbf16>, tensor<i32>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c6_no_position {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %c = "test.value"() : () -> tensor<1x64x32xbf16>
  %r = "test.value"() : () -> tensor<1x64x8xbf16>
  // expected-error @+1 {{'dag.latent_attention' op (C6) expected no cache, or one for the latent and one for the rotated part with a position, but got 2 without one}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo cache(%c, %r) heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2
      theta = 10000.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>, tensor<1x64x32xbf16>, tensor<1x64x8xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c6_rank {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %c = "test.value"() : () -> tensor<1x64x4x8xbf16>
  %r = "test.value"() : () -> tensor<1x64x8xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.latent_attention' op (C6) expected 'cache' to be of rank 3, but got rank 4}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo cache(%c, %r) at %p
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06
      scale = 0.2 theta = 10000.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>, tensor<1x64x4x8xbf16>, tensor<1x64x8xbf16>,
      tensor<i32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_attention_c6_size {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  %wo = "test.value"() : () -> tensor<64x64xbf16>
  %c = "test.value"() : () -> tensor<1x64x32xbf16>
  %r = "test.value"() : () -> tensor<1x64x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.latent_attention' op (C6) expected dimension 2 of 'cache' and dimension 2 of 'k_rope' to have one size, but got 16 and 8}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo cache(%c, %r) at %p
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06
      scale = 0.2 theta = 10000.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>, tensor<1x64x32xbf16>, tensor<1x64x16xbf16>,
      tensor<i32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_qkv_projection_c1_rank {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x1x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C1) expected 'k_rope' to be of rank 3, but got rank 4}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x1x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c1_pending_sum {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-note @+1 {{the summands come from here}}
  %c = "test.value"() : ()
      -> tensor<1x8x32xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C1) expected 'latent' to be reduced, but its sum over {tp} is pending}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<1x8x8xbf16>, tensor<96x64xbf16>, tensor<128x32xbf16>)
      -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c1_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xf32>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C1) expected 'q_input' and 'wkv' to have one element type, but got bf16 and f32}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xf32>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c2_size {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x48xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C2) expected dimension 2 of 'latent' and dimension 1 of 'wkv' to have one size, but got 32 and 48}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x48xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c2_size_of_queries {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x48xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C2) expected dimension 2 of 'q_input' and dimension 1 of 'wq' to have one size, but got 64 and 48}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x48xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c2_sharded {
  %x = "test.value"() : () -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16, #dag.sharding<[{}, {tp}]>>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C2) expected dimension 2 of 'q_input' not to be sharded, but it is over {tp}}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>, tensor<1x8x32xbf16>,
      tensor<1x8x8xbf16>, tensor<96x64xbf16, #dag.sharding<[{}, {tp}]>>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c2_sharded_latent {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C2) expected dimension 2 of 'latent' not to be sharded, but it is over {tp}}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16, #dag.sharding<[{}, {}, {tp}]>>, tensor<1x8x8xbf16>,
      tensor<96x64xbf16>, tensor<128x32xbf16, #dag.sharding<[{}, {tp}]>>)
      -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c3_heads {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C3) expected heads and the sizes of their parts to be positive, but got 0, 16, 8 and 16}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 0
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c3_overflow {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C3) expected heads and the sizes of their parts to be positive, but got 4, 9223372036854775807, 8 and 16}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 9223372036854775807 rope_dim = 8 v_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
      tensor<96x64xbf16>, tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c3_width {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C3) expected 'wq' to have 4 heads of 32 as its first dimension, but got 96}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 16 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c3_width_of_values {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C3) expected 'wkv' to have 4 heads of 24 as its first dimension, but got 128}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 8 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c3_uneven {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : ()
      -> tensor<96x64xbf16, #dag.sharding<[{tp} uneven, {}]>>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C3) expected the heads of 'wq' not to be uneven; pad them}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
      tensor<96x64xbf16, #dag.sharding<[{tp} uneven, {}]>>, tensor<128x32xbf16>)
      -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c3_padding {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : ()
      -> tensor<98x64xbf16, #dag.sharding<[{tp} pad 2, {}]>>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C3) expected the padding of 'wq' to be whole heads of 24, but got 2}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
      tensor<98x64xbf16, #dag.sharding<[{tp} pad 2, {}]>>, tensor<128x32xbf16>)
      -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c4_sharding {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C4) expected the heads of 'wq' and 'wkv' to be sharded alike, but got {tp} and {}}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
      tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<128x32xbf16>)
      -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c4_padding {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : ()
      -> tensor<120x64xbf16, #dag.sharding<[{tp} pad 24, {}]>>
  %wkv = "test.value"() : () -> tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C4) expected the heads of 'wq' and 'wkv' to be padded alike, but got 1 and 0 more}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
      tensor<120x64xbf16, #dag.sharding<[{tp} pad 24, {}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>) -> (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c5_size {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x16xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C5) expected dimension 2 of 'k_rope' to have size 8, but got 16}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x16xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c5_sharded {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C5) expected dimension 2 of 'k_rope' not to be sharded, but it is over {tp}}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<96x64xbf16>, tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c5_tokens {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x4x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C5) expected dimension 1 of 'latent' and dimension 1 of 'k_rope' to have one size, but got 8 and 4}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x4x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c5_sharded_batch {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16, #dag.sharding<[{tp}, {}, {}]>>
  %wq = "test.value"() : () -> tensor<96x64xbf16>
  %wkv = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C5) expected dimension 0 of 'latent' and dimension 0 of 'k_rope' to be sharded alike, but got {} and {tp}}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16, #dag.sharding<[{tp}, {}, {}]>>,
      tensor<96x64xbf16>, tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @latent_qkv_projection_c6_axis_twice {
  %x = "test.value"() : () -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %c = "test.value"() : () -> tensor<1x8x32xbf16>
  %r = "test.value"() : () -> tensor<1x8x8xbf16>
  %wq = "test.value"() : () -> tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wkv = "test.value"() : () -> tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.latent_qkv_projection' op (C6) expected every axis to be used once in the result, but 'tp' is used twice}}
  %0, %1, %2 = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<1x8x32xbf16>,
      tensor<1x8x8xbf16>, tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>) -> (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @qk_norm_c1_rank {
  %x = "test.value"() : () -> tensor<1x8x16xbf16>
  %w = "test.value"() : () -> tensor<16xbf16>
  // expected-error @+1 {{'dag.qk_norm' op (C1) expected 'x' to be of rank 4, but got rank 3}}
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 : (tensor<1x8x16xbf16>,
      tensor<16xbf16>) -> tensor<1x8x16xbf16>
}

// -----

dag.model @qk_norm_c1_integers {
  %x = "test.value"() : () -> tensor<1x8x4x16xi32>
  %w = "test.value"() : () -> tensor<16xbf16>
  // expected-error @+1 {{'dag.qk_norm' op (C1) expected 'x' to be of floats, but got i32}}
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 : (tensor<1x8x4x16xi32>,
      tensor<16xbf16>) -> tensor<1x8x4x16xi32>
}

// -----

dag.model @qk_norm_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>
  %w = "test.value"() : () -> tensor<16xbf16>
  // expected-error @+1 {{'dag.qk_norm' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 :
      (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>,
      tensor<16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @qk_norm_c1_sharded_head {
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>
  %w = "test.value"() : () -> tensor<16xbf16>
  // expected-error @+1 {{'dag.qk_norm' op (C1) expected dimension 3 of 'x' not to be sharded, but it is over {tp}}}
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 :
      (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>,
      tensor<16xbf16>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>
}

// -----

dag.model @qk_norm_c2_rank {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %w = "test.value"() : () -> tensor<4x16xbf16>
  // expected-error @+1 {{'dag.qk_norm' op (C2) expected 'weight' to be of rank 1, but got rank 2}}
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 : (tensor<1x8x4x16xbf16>,
      tensor<4x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @qk_norm_c2_pending_weight {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-note @+1 {{the summands come from here}}
  %w = "test.value"() : ()
      -> tensor<16xbf16, #dag.sharding<[{}], partial = {tp}>>
  // expected-error @+1 {{'dag.qk_norm' op (C2) expected 'weight' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 : (tensor<1x8x4x16xbf16>,
      tensor<16xbf16, #dag.sharding<[{}], partial = {tp}>>)
      -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @qk_norm_c2_sharded_weight {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %w = "test.value"() : () -> tensor<64xbf16, #dag.sharding<[{tp}]>>
  // expected-error @+1 {{'dag.qk_norm' op (C2) expected dimension 0 of 'weight' not to be sharded, but it is over {tp}}}
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 : (tensor<1x8x4x16xbf16>,
      tensor<64xbf16, #dag.sharding<[{tp}]>>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @qk_norm_c2_element_type {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %w = "test.value"() : () -> tensor<16xf32>
  // expected-error @+1 {{'dag.qk_norm' op (C2) expected 'x' and 'weight' to have one element type, but got bf16 and f32}}
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 : (tensor<1x8x4x16xbf16>,
      tensor<16xf32>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @qk_norm_c2_size {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %w = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.qk_norm' op (C2) expected 'weight' to have as many elements as a head or as all heads of 'x', but got 32 for 4 heads of 16}}
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 : (tensor<1x8x4x16xbf16>,
      tensor<32xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @qk_norm_c3_sharded_heads {
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %w = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.qk_norm' op (C3) expected dimension 2 of 'x' not to be sharded, but it is over {tp}}}
  %0 = dag.qk_norm %x, %w epsilon = 1.0e-06 :
      (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<64xbf16>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// -----

dag.model @qk_norm_c4_padded_heads {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>
  %w = "test.value"() : () -> tensor<16xbf16>
  // expected-error @+1 {{'dag.qk_norm' op (C4) expected 'epsilon' to be positive where heads are padded: those of padding are divided by its root}}
  %0 = dag.qk_norm %x, %w epsilon = 0.0 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>,
      tensor<16xbf16>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>
}

// -----

dag.model @qk_norm_c4_epsilon {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %w = "test.value"() : () -> tensor<16xbf16>
  // expected-error @+1 {{'dag.qk_norm' op (C4) expected 'epsilon' not to be negative, but got -1.0}}
  %0 = dag.qk_norm %x, %w epsilon = -1.0 : (tensor<1x8x4x16xbf16>,
      tensor<16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @attention_weights_c5_rank {
  %s = "test.value"() : () -> tensor<1x4x8x8xbf16>
  %k = "test.value"() : () -> tensor<1x4xbf16>
  // expected-error @+1 {{'dag.attention_weights' op (C5) expected 'sinks' to be of rank 1, but got rank 2}}
  %0 = dag.attention_weights %s sinks %k mask causal : (tensor<1x4x8x8xbf16>,
      tensor<1x4xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_weights_c5_pending_sinks {
  %s = "test.value"() : () -> tensor<1x4x8x8xbf16>
  // expected-note @+1 {{the summands come from here}}
  %k = "test.value"() : ()
      -> tensor<4xbf16, #dag.sharding<[{}], partial = {tp}>>
  // expected-error @+1 {{'dag.attention_weights' op (C5) expected 'sinks' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.attention_weights %s sinks %k mask causal : (tensor<1x4x8x8xbf16>,
      tensor<4xbf16, #dag.sharding<[{}], partial = {tp}>>)
      -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_weights_c5_element_type {
  %s = "test.value"() : () -> tensor<1x4x8x8xbf16>
  %k = "test.value"() : () -> tensor<4xf32>
  // expected-error @+1 {{'dag.attention_weights' op (C5) expected 'scores' and 'sinks' to have one element type, but got bf16 and f32}}
  %0 = dag.attention_weights %s sinks %k mask causal : (tensor<1x4x8x8xbf16>,
      tensor<4xf32>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_weights_c5_size {
  %s = "test.value"() : () -> tensor<1x4x8x8xbf16>
  %k = "test.value"() : () -> tensor<8xbf16>
  // expected-error @+1 {{'dag.attention_weights' op (C5) expected dimension 1 of 'scores' and dimension 0 of 'sinks' to have one size, but got 4 and 8}}
  %0 = dag.attention_weights %s sinks %k mask causal : (tensor<1x4x8x8xbf16>,
      tensor<8xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_weights_c5_sharding {
  %s = "test.value"() : ()
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %k = "test.value"() : () -> tensor<4xbf16>
  // expected-error @+1 {{'dag.attention_weights' op (C5) expected dimension 1 of 'scores' and dimension 0 of 'sinks' to be sharded alike, but got {tp} and {}}}
  %0 = dag.attention_weights %s sinks %k mask causal :
      (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>, tensor<4xbf16>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
}

// -----

dag.model @attention_weights_c6_alibi {
  %s = "test.value"() : () -> tensor<1x4x8x8xbf16>
  // expected-error @+1 {{'dag.attention_weights' op (C6) expected 'alibi' to be positive, but got -8.0}}
  %0 = dag.attention_weights %s mask causal alibi = -8.0 :
      (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @kv_cache_update_c1_rank_of_cache {
  %c = "test.value"() : () -> tensor<64x32xbf16>
  %n = "test.value"() : () -> tensor<1x32xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C1) expected 'cache' to be of rank 3 or 4, but got 2}}
  %0 = dag.kv_cache_update %c, %n at %p : (tensor<64x32xbf16>,
      tensor<1x32xbf16>, tensor<i32>) -> tensor<64x32xbf16>
}

// -----

dag.model @kv_cache_update_c1_two_ranks {
  %c = "test.value"() : () -> tensor<1x64x32xbf16>
  %n = "test.value"() : () -> tensor<1x1x2x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C1) expected 'new_tokens' to be of rank 3, but got rank 4}}
  %0 = dag.kv_cache_update %c, %n at %p : (tensor<1x64x32xbf16>,
      tensor<1x1x2x16xbf16>, tensor<i32>) -> tensor<1x64x32xbf16>
}

// -----

dag.model @kv_cache_update_c2_shared_part {
  %c = "test.value"() : () -> tensor<1x64x32xbf16>
  %n = "test.value"() : () -> tensor<1x1x16xbf16>
  %p = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C2) expected dimension 2 of 'cache' and dimension 2 of 'new_tokens' to have one size, but got 32 and 16}}
  %0 = dag.kv_cache_update %c, %n at %p : (tensor<1x64x32xbf16>,
      tensor<1x1x16xbf16>, tensor<i32>) -> tensor<1x64x32xbf16>
}
