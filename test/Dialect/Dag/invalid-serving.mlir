// RUN: dag-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

// Positions and lengths of sequences, and pages.

dag.model @rotary_c5_count {
  %x = "test.value"() : () -> tensor<2x8x4x16xbf16>
  %p = "test.value"() : () -> tensor<3xi32>
  // expected-error @+1 {{'dag.rotary_embedding' op (C5) expected dimension 0 of 'position' and dimension 0 of 'x' to have one size, but got 3 and 2}}
  %0 = dag.rotary_embedding %x at %p theta = 100.0
      : (tensor<2x8x4x16xbf16>, tensor<3xi32>) -> tensor<2x8x4x16xbf16>
}

// -----

dag.model @rotary_c5_rank {
  %x = "test.value"() : () -> tensor<2x8x4x16xbf16>
  %p = "test.value"() : () -> tensor<2x8xi32>
  // expected-error @+1 {{'dag.rotary_embedding' op (C5) expected 'position' to be of rank 0 or 1, but got rank 2}}
  %0 = dag.rotary_embedding %x at %p theta = 100.0
      : (tensor<2x8x4x16xbf16>, tensor<2x8xi32>) -> tensor<2x8x4x16xbf16>
}

// -----

// A rank with some of the sequences has their positions, in the same order.

dag.model @weights_c4_sharding {
  %s = "test.value"() : ()
      -> tensor<4x2x8x8xbf16, #dag.sharding<[{dp}, {}, {}, {}]>>
  %p = "test.value"() : () -> tensor<4xi32>
  // expected-error @+1 {{'dag.attention_weights' op (C4) expected dimension 0 of 'position' and dimension 0 of 'scores' to be sharded alike, but got {} and {dp}}}
  %0 = dag.attention_weights %s at %p mask causal : (
      tensor<4x2x8x8xbf16, #dag.sharding<[{dp}, {}, {}, {}]>>, tensor<4xi32>)
      -> tensor<4x2x8x8xbf16, #dag.sharding<[{dp}, {}, {}, {}]>>
}

// -----

dag.model @position_embedding_c4_type {
  %t = "test.value"() : () -> tensor<2x8xi32>
  %w = "test.value"() : () -> tensor<64x32xbf16>
  %p = "test.value"() : () -> tensor<2xf32>
  // expected-error @+1 {{'dag.position_embedding' op (C4) expected 'position' to be of integers, but got f32}}
  %0 = dag.position_embedding %t, %w at %p : (tensor<2x8xi32>,
      tensor<64x32xbf16>, tensor<2xf32>) -> tensor<2x8x32xbf16>
}

// -----

dag.model @last_token_c3_count {
  %x = "test.value"() : () -> tensor<2x8x64xbf16>
  %l = "test.value"() : () -> tensor<3xi32>
  // expected-error @+1 {{'dag.last_token' op (C3) expected dimension 0 of 'lengths' and dimension 0 of 'x' to have one size, but got 3 and 2}}
  %0 = dag.last_token %x of %l
      : (tensor<2x8x64xbf16>, tensor<3xi32>) -> tensor<2x1x64xbf16>
}

// -----

dag.model @last_token_c3_rank {
  %x = "test.value"() : () -> tensor<2x8x64xbf16>
  %l = "test.value"() : () -> tensor<i32>
  // expected-error @+1 {{'dag.last_token' op (C3) expected 'lengths' to be of rank 1, but got rank 0}}
  %0 = dag.last_token %x of %l
      : (tensor<2x8x64xbf16>, tensor<i32>) -> tensor<2x1x64xbf16>
}

// -----

dag.model @update_c2_heads {
  %c = "test.value"() : () -> tensor<9x16x2x16xbf16>
  %n = "test.value"() : () -> tensor<2x4x4x16xbf16>
  %p = "test.value"() : () -> tensor<2xi32>
  %b = "test.value"() : () -> tensor<2x3xi32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C2) expected dimension 2 of 'cache' and dimension 2 of 'new_tokens' to have one size, but got 2 and 4}}
  %0 = dag.kv_cache_update %c, %n at %p pages %b : (tensor<9x16x2x16xbf16>,
      tensor<2x4x4x16xbf16>, tensor<2xi32>, tensor<2x3xi32>)
      -> tensor<9x16x2x16xbf16>
}

// -----

// Each rank would write the pages of its own sequences into what is one pool.

dag.model @update_c3_batch {
  %c = "test.value"() : () -> tensor<9x16x2x16xbf16>
  %n = "test.value"() : ()
      -> tensor<2x4x2x16xbf16, #dag.sharding<[{dp}, {}, {}, {}]>>
  %p = "test.value"() : () -> tensor<2xi32, #dag.sharding<[{dp}]>>
  %b = "test.value"() : () -> tensor<2x3xi32, #dag.sharding<[{dp}, {}]>>
  // expected-error @+1 {{'dag.kv_cache_update' op (C3) expected dimension 0 of 'cache' and dimension 0 of 'new_tokens' to be sharded alike, but got {} and {dp}}}
  %0 = dag.kv_cache_update %c, %n at %p pages %b : (tensor<9x16x2x16xbf16>,
      tensor<2x4x2x16xbf16, #dag.sharding<[{dp}, {}, {}, {}]>>,
      tensor<2xi32, #dag.sharding<[{dp}]>>,
      tensor<2x3xi32, #dag.sharding<[{dp}, {}]>>) -> tensor<9x16x2x16xbf16>
}

// -----

dag.model @update_c3_pages {
  %c = "test.value"() : ()
      -> tensor<8x16x2x16xbf16, #dag.sharding<[{dp}, {}, {}, {}]>>
  %n = "test.value"() : () -> tensor<2x4x2x16xbf16>
  %p = "test.value"() : () -> tensor<2xi32>
  %b = "test.value"() : () -> tensor<2x3xi32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C3) expected dimension 0 of 'cache' and dimension 0 of 'new_tokens' to be sharded alike, but got {dp} and {}}}
  %0 = dag.kv_cache_update %c, %n at %p pages %b : (
      tensor<8x16x2x16xbf16, #dag.sharding<[{dp}, {}, {}, {}]>>,
      tensor<2x4x2x16xbf16>, tensor<2xi32>, tensor<2x3xi32>)
      -> tensor<8x16x2x16xbf16, #dag.sharding<[{dp}, {}, {}, {}]>>
}

// -----

// A rank would have a page that belongs to nobody.

dag.model @update_c3_padding {
  %c = "test.value"() : ()
      -> tensor<4x16x2x16xbf16, #dag.sharding<[{dp} pad 1, {}, {}, {}]>>
  %n = "test.value"() : ()
      -> tensor<4x4x2x16xbf16, #dag.sharding<[{dp} pad 1, {}, {}, {}]>>
  %p = "test.value"() : () -> tensor<4xi32, #dag.sharding<[{dp} pad 1]>>
  %b = "test.value"() : () -> tensor<4x1xi32, #dag.sharding<[{dp} pad 1, {}]>>
  // expected-error @+1 {{'dag.kv_cache_update' op (C3) expected pages to be split evenly over {dp}}}
  %0 = dag.kv_cache_update %c, %n at %p pages %b : (
      tensor<4x16x2x16xbf16, #dag.sharding<[{dp} pad 1, {}, {}, {}]>>,
      tensor<4x4x2x16xbf16, #dag.sharding<[{dp} pad 1, {}, {}, {}]>>,
      tensor<4xi32, #dag.sharding<[{dp} pad 1]>>,
      tensor<4x1xi32, #dag.sharding<[{dp} pad 1, {}]>>)
      -> tensor<4x16x2x16xbf16, #dag.sharding<[{dp} pad 1, {}, {}, {}]>>
}

// -----

dag.model @update_c4_room {
  %c = "test.value"() : () -> tensor<9x2x2x16xbf16>
  %n = "test.value"() : () -> tensor<2x7x2x16xbf16>
  %p = "test.value"() : () -> tensor<2xi32>
  %b = "test.value"() : () -> tensor<2x3xi32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C4) expected at most 6 new tokens, but got 7}}
  %0 = dag.kv_cache_update %c, %n at %p pages %b : (tensor<9x2x2x16xbf16>,
      tensor<2x7x2x16xbf16>, tensor<2xi32>, tensor<2x3xi32>)
      -> tensor<9x2x2x16xbf16>
}

// -----

dag.model @update_c6_rows {
  %c = "test.value"() : () -> tensor<9x16x2x16xbf16>
  %n = "test.value"() : () -> tensor<2x4x2x16xbf16>
  %p = "test.value"() : () -> tensor<2xi32>
  %b = "test.value"() : () -> tensor<3x3xi32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C6) expected dimension 0 of 'pages' and dimension 0 of 'new_tokens' to have one size, but got 3 and 2}}
  %0 = dag.kv_cache_update %c, %n at %p pages %b : (tensor<9x16x2x16xbf16>,
      tensor<2x4x2x16xbf16>, tensor<2xi32>, tensor<3x3xi32>)
      -> tensor<9x16x2x16xbf16>
}

// -----

dag.model @update_c6_type {
  %c = "test.value"() : () -> tensor<9x16x2x16xbf16>
  %n = "test.value"() : () -> tensor<2x4x2x16xbf16>
  %p = "test.value"() : () -> tensor<2xi32>
  %b = "test.value"() : () -> tensor<2x3xf32>
  // expected-error @+1 {{'dag.kv_cache_update' op (C6) expected 'pages' to be of integers, but got f32}}
  %0 = dag.kv_cache_update %c, %n at %p pages %b : (tensor<9x16x2x16xbf16>,
      tensor<2x4x2x16xbf16>, tensor<2xi32>, tensor<2x3xf32>)
      -> tensor<9x16x2x16xbf16>
}

// -----

dag.model @gather_c1_rank {
  %c = "test.value"() : () -> tensor<9x16xbf16>
  %b = "test.value"() : () -> tensor<2x3xi32>
  // expected-error @+1 {{'dag.kv_cache_gather' op (C1) expected 'cache' to be of rank 3 or 4, but got 2}}
  %0 = dag.kv_cache_gather %c pages %b
      : (tensor<9x16xbf16>, tensor<2x3xi32>) -> tensor<2x48xbf16>
}

// -----

dag.model @gather_c2_pages {
  %c = "test.value"() : () -> tensor<8x16x8xbf16, #dag.sharding<[{tp}, {}, {}]>>
  %b = "test.value"() : () -> tensor<2x3xi32>
  // expected-error @+1 {{'dag.kv_cache_gather' op (C2) expected dimension 0 of 'cache' and dimension 0 of 'pages' to be sharded alike, but got {tp} and {}}}
  %0 = dag.kv_cache_gather %c pages %b : (
      tensor<8x16x8xbf16, #dag.sharding<[{tp}, {}, {}]>>, tensor<2x3xi32>)
      -> tensor<2x48x8xbf16>
}

// -----

dag.model @gather_c3_blocks {
  %c = "test.value"() : () -> tensor<8x16x8xbf16>
  %b = "test.value"() : () -> tensor<2x4xi32, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.kv_cache_gather' op (C3) expected dimension 1 of 'pages' not to be sharded, but it is over {tp}}}
  %0 = dag.kv_cache_gather %c pages %b : (tensor<8x16x8xbf16>,
      tensor<2x4xi32, #dag.sharding<[{}, {tp}]>>) -> tensor<2x64x8xbf16>
}

// -----

dag.model @gather_c4_size {
  %c = "test.value"() : () -> tensor<1x4611686018427387904x8xbf16>
  %b = "test.value"() : () -> tensor<2x4xi32>
  // expected-error @+1 {{'dag.kv_cache_gather' op (C4) expected a number of tokens of 64 bits, but got 4 pages of 4611686018427387904}}
  %0 = dag.kv_cache_gather %c pages %b
      : (tensor<1x4611686018427387904x8xbf16>, tensor<2x4xi32>)
      -> tensor<2x64x8xbf16>
}

// -----

dag.model @attention_c7_pages {
  %x = "test.value"() : () -> tensor<2x4x64xbf16>
  %w = "test.value"() : () -> tensor<64x64xbf16>
  %b = "test.value"() : () -> tensor<2x3xi32>
  // expected-error @+1 {{'dag.attention' op (C7) expected a cache for 'pages'}}
  %0 = dag.attention %x, %w, %w, %w, %w pages %b heads = 4 kv_heads = 4
      head_dim = 16 scale = 0.25 mask causal : (tensor<2x4x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<2x3xi32>) -> tensor<2x4x64xbf16>
}

// -----

dag.model @attention_c7_rows {
  %x = "test.value"() : () -> tensor<2x4x64xbf16>
  %w = "test.value"() : () -> tensor<64x64xbf16>
  %c = "test.value"() : () -> tensor<6x8x4x16xbf16>
  %p = "test.value"() : () -> tensor<2xi32>
  %b = "test.value"() : () -> tensor<3x3xi32>
  // expected-error @+1 {{'dag.attention' op (C7) expected dimension 0 of 'pages' and dimension 0 of 'k' to have one size, but got 3 and 2}}
  %0 = dag.attention %x, %w, %w, %w, %w cache(%c, %c) at %p pages %b heads = 4
      kv_heads = 4 head_dim = 16 scale = 0.25 mask causal : (
      tensor<2x4x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<6x8x4x16xbf16>,
      tensor<6x8x4x16xbf16>, tensor<2xi32>, tensor<3x3xi32>)
      -> tensor<2x4x64xbf16>
}
