// RUN: dag-opt %s --allow-unregistered-dialect --split-input-file \
// RUN:   --verify-diagnostics

dag.mesh @m <tp = 2, q = 2>

dag.model @c1_rank on @m {
  %x = dag.input "x" : tensor<1x1x32xbf16>
  %w = dag.parameter "w" : tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.absorbed_values' op (C1) expected 'x' to be of rank 4, but got rank 3}}
  %0 = dag.absorbed_values %x, %w nope_dim = 16 v_dim = 16 : (
      tensor<1x1x32xbf16>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// -----

dag.mesh @m <tp = 2, q = 2>

dag.model @c1_pending on @m {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : () -> tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}], partial = {q}>>
  %w = dag.parameter "w" : tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.absorbed_values' op (C1) expected 'x' to be reduced, but its sum over {q} is pending}}
  %0 = dag.absorbed_values %x, %w nope_dim = 16 v_dim = 16 : (
      tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}], partial = {q}>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// -----

dag.mesh @m <tp = 2, q = 2>

dag.model @c1_element on @m {
  %x = dag.input "x" : tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %w = dag.parameter "w" : tensor<128x32xf32, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.absorbed_values' op (C1) expected 'x' and 'wkv' to have one element type, but got bf16 and f32}}
  %0 = dag.absorbed_values %x, %w nope_dim = 16 v_dim = 16 : (
      tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<128x32xf32, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// -----

dag.mesh @m <tp = 2, q = 2>

dag.model @c2_size on @m {
  %x = dag.input "x" : tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %w = dag.parameter "w" : tensor<128x16xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.absorbed_values' op (C2) expected dimension 3 of 'x' and dimension 1 of 'wkv' to have one size, but got 32 and 16}}
  %0 = dag.absorbed_values %x, %w nope_dim = 16 v_dim = 16 : (
      tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<128x16xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// -----

dag.mesh @m <tp = 2, q = 2>

dag.model @c2_split on @m {
  %x = dag.input "x" : tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {q}]>>
  %w = dag.parameter "w" : tensor<128x32xbf16, #dag.sharding<[{tp}, {q}]>>
  // expected-error @+1 {{'dag.absorbed_values' op (C2)}}
  %0 = dag.absorbed_values %x, %w nope_dim = 16 v_dim = 16 : (
      tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {q}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {q}]>>)
      -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// -----

dag.mesh @m <tp = 2, q = 2>

dag.model @c3_figures on @m {
  %x = dag.input "x" : tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %w = dag.parameter "w" : tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.absorbed_values' op (C3) expected the sizes of the parts of a head to be positive, but got 0 and 16}}
  %0 = dag.absorbed_values %x, %w nope_dim = 0 v_dim = 16 : (
      tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// -----

dag.mesh @m <tp = 2, q = 2>

dag.model @c3_heads on @m {
  %x = dag.input "x" : tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %w = dag.parameter "w" : tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.absorbed_values' op (C3)}}
  %0 = dag.absorbed_values %x, %w nope_dim = 8 v_dim = 16 : (
      tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// -----

dag.mesh @m <tp = 2, q = 2>

dag.model @c4_sharding on @m {
  %x = dag.input "x" : tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {q}, {}]>>
  %w = dag.parameter "w" : tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.absorbed_values' op (C4) expected the heads of 'x' and 'wkv' to be sharded and padded alike}}
  %0 = dag.absorbed_values %x, %w nope_dim = 16 v_dim = 16 : (
      tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {q}, {}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// -----

dag.model @c3_width {
  %x = dag.input "x" : tensor<1x1x4xbf16>
  %c = dag.input "c" : tensor<1x8x4xbf16>
  %r = dag.input "r" : tensor<1x8x8xbf16>
  %wq = dag.parameter "wq" : tensor<96x4xbf16>
  %wkv = dag.parameter "wkv" : tensor<128x8xbf16>
  // expected-error @+1 {{'dag.absorbed_qkv_projection' op (C2) expected dimension 2 of 'latent' and dimension 1 of 'wkv' to have one size, but got 4 and 8}}
  %q, %k, %v = dag.absorbed_qkv_projection %x, %c, %r, %wq, %wkv
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 : (
      tensor<1x1x4xbf16>, tensor<1x8x4xbf16>, tensor<1x8x8xbf16>,
      tensor<96x4xbf16>, tensor<128x8xbf16>)
      -> (tensor<1x1x4x12xbf16>, tensor<1x8x1x12xbf16>, tensor<1x8x1x4xbf16>)
}
