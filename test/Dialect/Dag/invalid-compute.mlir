// RUN: dag-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

dag.model @embedding_c1_ids_of_floats {
  %ids = "test.value"() : () -> tensor<1x8xbf16>
  %table = "test.value"() : () -> tensor<128x64xbf16>
  // expected-error @+1 {{'dag.embedding' op (C1) expected 'ids' to be of integers, but got bf16}}
  %0 = dag.embedding %ids, %table : (tensor<1x8xbf16>, tensor<128x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @embedding_c1_pending_ids {
  // expected-note @+1 {{the summands come from here}}
  %ids = "test.value"() : ()
      -> tensor<1x8xi32, #dag.sharding<[{}, {}], partial = {tp}>>
  %table = "test.value"() : () -> tensor<128x64xbf16>
  // expected-error @+1 {{'dag.embedding' op (C1) expected 'ids' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.embedding %ids, %table : (
      tensor<1x8xi32, #dag.sharding<[{}, {}], partial = {tp}>>,
      tensor<128x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @embedding_c1_ids_at_root {
  %ids = "test.value"() : ()
      -> tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>
  %table = "test.value"() : () -> tensor<128x64xbf16>
  // expected-error @+1 {{'dag.embedding' op (C1) expected 'ids' on all ranks, but it exists only at 'tp' = 0}}
  %0 = dag.embedding %ids, %table : (
      tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>,
      tensor<128x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @embedding_c1_rank_of_table {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<128xbf16>
  // expected-error @+1 {{'dag.embedding' op (C1) expected 'table' to be of rank 2, but got rank 1}}
  %0 = dag.embedding %ids, %table : (tensor<1x8xi32>, tensor<128xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @embedding_c1_table_of_integers {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<128x64xi32>
  // expected-error @+1 {{'dag.embedding' op (C1) expected 'table' to be of floats, but got i32}}
  %0 = dag.embedding %ids, %table : (tensor<1x8xi32>, tensor<128x64xi32>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @embedding_c1_pending_table {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  // expected-note @+1 {{the summands come from here}}
  %table = "test.value"() : ()
      -> tensor<128x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.embedding' op (C1) expected 'table' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.embedding %ids, %table : (tensor<1x8xi32>,
      tensor<128x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @embedding_c2_axis_twice {
  %ids = "test.value"() : () -> tensor<8x8xi32, #dag.sharding<[{tp}, {}]>>
  %table = "test.value"() : ()
      -> tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.embedding' op (C2) expected every axis to be used once in the result, but 'tp' is used twice}}
  %0 = dag.embedding %ids, %table : (
      tensor<8x8xi32, #dag.sharding<[{tp}, {}]>>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>) -> tensor<8x8x64xbf16>
}

// -----

dag.model @embedding_missing_pending_sum {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : ()
      -> tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.embedding' op expected type 'tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>', but got 'tensor<1x8x64xbf16>'}}
  %0 = dag.embedding %ids, %table : (tensor<1x8xi32>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @embedding_wrong_shape {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<128x64xbf16>
  // expected-error @+1 {{'dag.embedding' op expected type 'tensor<1x8x64xbf16>', but got 'tensor<1x8x32xbf16>'}}
  %0 = dag.embedding %ids, %table : (tensor<1x8xi32>, tensor<128x64xbf16>)
      -> tensor<1x8x32xbf16>
}

// -----

dag.model @embedding_wrong_element_type {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<128x64xbf16>
  // expected-error @+1 {{'dag.embedding' op expected type 'tensor<1x8x64xbf16>', but got 'tensor<1x8x64xf32>'}}
  %0 = dag.embedding %ids, %table : (tensor<1x8xi32>, tensor<128x64xbf16>)
      -> tensor<1x8x64xf32>
}

// -----

dag.model @rms_norm_c1_integers {
  %x = "test.value"() : () -> tensor<1x8x64xi32>
  %w = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.rms_norm' op (C1) expected 'x' to be of floats, but got i32}}
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-05 : (tensor<1x8x64xi32>,
      tensor<64xbf16>) -> tensor<1x8x64xi32>
}

// -----

dag.model @rms_norm_c1_no_dimension {
  %x = "test.value"() : () -> tensor<bf16>
  %w = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.rms_norm' op (C1) expected 'x' to have at least one dimension}}
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-05 : (tensor<bf16>, tensor<64xbf16>)
      -> tensor<bf16>
}

// -----

dag.model @rms_norm_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %w = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.rms_norm' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-05 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @rms_norm_c2_sharded_dimension {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %w = "test.value"() : () -> tensor<64xbf16, #dag.sharding<[{tp}]>>
  // expected-error @+1 {{'dag.rms_norm' op (C2) expected dimension 2 of 'x' not to be sharded, but it is over {tp}}}
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-05 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<64xbf16, #dag.sharding<[{tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
}

// -----

dag.model @rms_norm_c3_rank_of_weight {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<64x1xbf16>
  // expected-error @+1 {{'dag.rms_norm' op (C3) expected 'weight' to be of rank 1, but got rank 2}}
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-05 : (tensor<1x8x64xbf16>,
      tensor<64x1xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @rms_norm_c3_size_of_weight {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.rms_norm' op (C3) expected dimension 2 of 'x' and dimension 0 of 'weight' to have one size, but got 64 and 32}}
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-05 : (tensor<1x8x64xbf16>,
      tensor<32xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @rms_norm_c3_sharded_weight {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<64xbf16, #dag.sharding<[{tp}]>>
  // expected-error @+1 {{'dag.rms_norm' op (C3) expected dimension 2 of 'x' and dimension 0 of 'weight' to be sharded alike, but got {} and {tp}}}
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-05 : (tensor<1x8x64xbf16>,
      tensor<64xbf16, #dag.sharding<[{tp}]>>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @rms_norm_c3_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<64xf32>
  // expected-error @+1 {{'dag.rms_norm' op (C3) expected 'x' and 'weight' to have one element type, but got bf16 and f32}}
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-05 : (tensor<1x8x64xbf16>,
      tensor<64xf32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @rms_norm_c3_pending_weight {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-note @+1 {{the summands come from here}}
  %w = "test.value"() : ()
      -> tensor<64xbf16, #dag.sharding<[{}], partial = {tp}>>
  // expected-error @+1 {{'dag.rms_norm' op (C3) expected 'weight' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-05 : (tensor<1x8x64xbf16>,
      tensor<64xbf16, #dag.sharding<[{}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @rms_norm_c4_padded_heads {
  %x = "test.value"() : () -> tensor<1x4x4x8xf32, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>
  %w = "test.value"() : () -> tensor<8xf32>
  // expected-error @+1 {{'dag.rms_norm' op (C4) expected 'epsilon' to be positive where more than tokens is padded: what is padding is divided by its root}}
  %0 = dag.rms_norm %x, %w epsilon = 0.0
      : (tensor<1x4x4x8xf32, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>, tensor<8xf32>)
      -> tensor<1x4x4x8xf32, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>
}

// -----

dag.model @layer_norm_c4_padded_rows {
  %x = "test.value"() : () -> tensor<4x8xf32, #dag.sharding<[{tp} pad 1, {}]>>
  %w = "test.value"() : () -> tensor<8xf32>
  // expected-error @+1 {{'dag.layer_norm' op (C4) expected 'epsilon' to be positive where more than tokens is padded: what is padding is divided by its root}}
  %0 = dag.layer_norm %x, %w epsilon = 0.0
      : (tensor<4x8xf32, #dag.sharding<[{tp} pad 1, {}]>>, tensor<8xf32>)
      -> tensor<4x8xf32, #dag.sharding<[{tp} pad 1, {}]>>
}

// -----

// A token of padding is a row of its own; with an epsilon padding stays zero.

dag.mesh @padded <tp = 2>
dag.model @rms_norm_padded_tokens on @padded {
  %x = "test.value"() : () -> tensor<1x4x8xf32, #dag.sharding<[{}, {tp} pad 1, {}]>>
  %y = "test.value"() : () -> tensor<1x4x4x8xf32, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>
  %w = "test.value"() : () -> tensor<8xf32>
  %0 = dag.rms_norm %x, %w epsilon = 0.0
      : (tensor<1x4x8xf32, #dag.sharding<[{}, {tp} pad 1, {}]>>, tensor<8xf32>)
      -> tensor<1x4x8xf32, #dag.sharding<[{}, {tp} pad 1, {}]>>
  %1 = dag.rms_norm %y, %w epsilon = 1.0e-6
      : (tensor<1x4x4x8xf32, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>, tensor<8xf32>)
      -> tensor<1x4x4x8xf32, #dag.sharding<[{}, {}, {tp} pad 1, {}]>>
}

// -----

dag.model @rms_norm_c4_negative_epsilon {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.rms_norm' op (C4) expected 'epsilon' not to be negative, but got -1.0}}
  %0 = dag.rms_norm %x, %w epsilon = -1.0 : (tensor<1x8x64xbf16>,
      tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @layer_norm_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %w = "test.value"() : () -> tensor<64xbf16>
  %b = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.layer_norm' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.layer_norm %x, %w, %b epsilon = 1.0e-05 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @layer_norm_c2_sharded_dimension {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %w = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.layer_norm' op (C2) expected dimension 2 of 'x' not to be sharded, but it is over {tp}}}
  %0 = dag.layer_norm %x, %w epsilon = 1.0e-05 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>, tensor<64xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
}

// -----

dag.model @layer_norm_c3_size_of_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<64xbf16>
  %b = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.layer_norm' op (C3) expected dimension 2 of 'x' and dimension 0 of 'bias' to have one size, but got 64 and 32}}
  %0 = dag.layer_norm %x, %w, %b epsilon = 1.0e-05 : (tensor<1x8x64xbf16>,
      tensor<64xbf16>, tensor<32xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @layer_norm_c4_not_a_number {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.layer_norm' op (C4) expected 'epsilon' to be finite, but got nan}}
  %0 = dag.layer_norm %x, %w epsilon = 0x7FF8000000000000 : (
      tensor<1x8x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @linear_c1_integers {
  %x = "test.value"() : () -> tensor<1x8x64xi32>
  %w = "test.value"() : () -> tensor<128x64xi32>
  // expected-error @+1 {{'dag.linear' op (C1) expected 'x' to be of floats, but got i32}}
  %0 = dag.linear %x, %w : (tensor<1x8x64xi32>, tensor<128x64xi32>)
      -> tensor<1x8x128xi32>
}

// -----

dag.model @linear_c1_no_dimension {
  %x = "test.value"() : () -> tensor<bf16>
  %w = "test.value"() : () -> tensor<128x64xbf16>
  // expected-error @+1 {{'dag.linear' op (C1) expected 'x' to have at least one dimension}}
  %0 = dag.linear %x, %w : (tensor<bf16>, tensor<128x64xbf16>)
      -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c1_rank_of_weight {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<128x64x1xbf16>
  // expected-error @+1 {{'dag.linear' op (C1) expected 'weight' to be of rank 2, but got rank 3}}
  %0 = dag.linear %x, %w : (tensor<1x8x64xbf16>, tensor<128x64x1xbf16>)
      -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c1_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<128x64xf32>
  // expected-error @+1 {{'dag.linear' op (C1) expected 'x' and 'weight' to have one element type, but got bf16 and f32}}
  %0 = dag.linear %x, %w : (tensor<1x8x64xbf16>, tensor<128x64xf32>)
      -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c1_x_at_root {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], root = {tp = 0}>>
  %w = "test.value"() : () -> tensor<128x64xbf16>
  // expected-error @+1 {{'dag.linear' op (C1) expected 'x' on all ranks, but it exists only at 'tp' = 0}}
  %0 = dag.linear %x, %w : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], root = {tp = 0}>>,
      tensor<128x64xbf16>) -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c2_size {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<128x32xbf16>
  // expected-error @+1 {{'dag.linear' op (C2) expected dimension 2 of 'x' and dimension 1 of 'weight' to have one size, but got 64 and 32}}
  %0 = dag.linear %x, %w : (tensor<1x8x64xbf16>, tensor<128x32xbf16>)
      -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c2_transposed_weight {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<64x128xbf16>
  // expected-error @+1 {{'dag.linear' op (C2) expected dimension 2 of 'x' and dimension 1 of 'weight' to have one size, but got 64 and 128}}
  %0 = dag.linear %x, %w : (tensor<1x8x64xbf16>, tensor<64x128xbf16>)
      -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c2_dynamic_size {
  %x = "test.value"() : () -> tensor<1x8x?xbf16>
  %w = "test.value"() : () -> tensor<128x64xbf16>
  // expected-error @+1 {{'dag.linear' op (C2) expected dimension 2 of 'x' and dimension 1 of 'weight' to have one size, but got ? and 64}}
  %0 = dag.linear %x, %w : (tensor<1x8x?xbf16>, tensor<128x64xbf16>)
      -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c3_replicated_input_of_row_parallel {
  %x = "test.value"() : () -> tensor<1x8x128xbf16>
  %w = "test.value"() : () -> tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.linear' op (C3) expected dimension 2 of 'x' and dimension 1 of 'weight' to be sharded alike, but got {} and {tp}}}
  %0 = dag.linear %x, %w : (tensor<1x8x128xbf16>,
      tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.model @linear_c3_other_padding {
  %x = "test.value"() : ()
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %w = "test.value"() : ()
      -> tensor<64x128xbf16, #dag.sharding<[{}, {tp} pad 2]>>
  // expected-error @+1 {{'dag.linear' op (C3) expected dimension 2 of 'x' and dimension 1 of 'weight' to be sharded alike, but got {tp} pad 1 and {tp} pad 2}}
  %0 = dag.linear %x, %w : (
      tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp} pad 1]>>,
      tensor<64x128xbf16, #dag.sharding<[{}, {tp} pad 2]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.model @linear_c3_uneven_and_even {
  %x = "test.value"() : ()
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp} uneven]>>
  %w = "test.value"() : () -> tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.linear' op (C3) expected dimension 2 of 'x' and dimension 1 of 'weight' to be sharded alike, but got {tp} uneven and {tp}}}
  %0 = dag.linear %x, %w : (
      tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp} uneven]>>,
      tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.model @linear_c4_bias_on_pending_x {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %w = "test.value"() : () -> tensor<128x64xbf16>
  %b = "test.value"() : () -> tensor<128xbf16>
  // expected-error @+1 {{'dag.linear' op (C4) expected no bias on a sum that is pending over {tp}: every rank would add it}}
  %0 = dag.linear %x, %w, %b : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<128x64xbf16>, tensor<128xbf16>)
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.model @linear_c4_pending_x {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %w = "test.value"() : () -> tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.linear' op (C4) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.linear %x, %w : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
}

// -----

dag.model @linear_c4_pending_weight {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-note @+1 {{the summands come from here}}
  %w = "test.value"() : ()
      -> tensor<128x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.linear' op (C4) expected 'weight' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.linear %x, %w : (tensor<1x8x64xbf16>,
      tensor<128x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c4_pending_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<128x64xbf16>
  // expected-note @+1 {{the summands come from here}}
  %b = "test.value"() : ()
      -> tensor<128xbf16, #dag.sharding<[{}], partial = {tp}>>
  // expected-error @+1 {{'dag.linear' op (C4) expected 'bias' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.linear %x, %w, %b : (tensor<1x8x64xbf16>, tensor<128x64xbf16>,
      tensor<128xbf16, #dag.sharding<[{}], partial = {tp}>>)
      -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c4_bias_on_partial {
  %x = "test.value"() : ()
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %w = "test.value"() : () -> tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>
  %b = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.linear' op (C4) expected no bias on a sum that is pending over {tp}: every rank would add it}}
  %0 = dag.linear %x, %w, %b : (
      tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>, tensor<64xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.model @linear_c5_rank_of_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<128x64xbf16>
  %b = "test.value"() : () -> tensor<1x128xbf16>
  // expected-error @+1 {{'dag.linear' op (C5) expected 'bias' to be of rank 1, but got rank 2}}
  %0 = dag.linear %x, %w, %b : (tensor<1x8x64xbf16>, tensor<128x64xbf16>,
      tensor<1x128xbf16>) -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c5_element_type_of_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<128x64xbf16>
  %b = "test.value"() : () -> tensor<128xf32>
  // expected-error @+1 {{'dag.linear' op (C5) expected 'x' and 'bias' to have one element type, but got bf16 and f32}}
  %0 = dag.linear %x, %w, %b : (tensor<1x8x64xbf16>, tensor<128x64xbf16>,
      tensor<128xf32>) -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c5_size_of_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<128x64xbf16>
  %b = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.linear' op (C5) expected dimension 0 of 'weight' and dimension 0 of 'bias' to have one size, but got 128 and 64}}
  %0 = dag.linear %x, %w, %b : (tensor<1x8x64xbf16>, tensor<128x64xbf16>,
      tensor<64xbf16>) -> tensor<1x8x128xbf16>
}

// -----

dag.model @linear_c5_replicated_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  %b = "test.value"() : () -> tensor<128xbf16>
  // expected-error @+1 {{'dag.linear' op (C5) expected dimension 0 of 'weight' and dimension 0 of 'bias' to be sharded alike, but got {tp} and {}}}
  %0 = dag.linear %x, %w, %b : (tensor<1x8x64xbf16>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<128xbf16>)
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
}

// -----

dag.model @linear_c6_axis_twice {
  %x = "test.value"() : ()
      -> tensor<8x8x64xbf16, #dag.sharding<[{tp}, {}, {}]>>
  %w = "test.value"() : () -> tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.linear' op (C6) expected every axis to be used once in the result, but 'tp' is used twice}}
  %0 = dag.linear %x, %w : (
      tensor<8x8x64xbf16, #dag.sharding<[{tp}, {}, {}]>>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>) -> tensor<8x8x128xbf16>
}

// -----

dag.model @linear_column_parallel_said_replicated {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.linear' op expected type 'tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>', but got 'tensor<1x8x128xbf16>'}}
  %0 = dag.linear %x, %w : (tensor<1x8x64xbf16>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>) -> tensor<1x8x128xbf16>
}

// -----

dag.model @rotary_embedding_c1_rank {
  %x = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op (C1) expected 'x' to be of rank 3 or 4, but got 2}}
  %0 = dag.rotary_embedding %x theta = 10000.0 : (tensor<8x64xbf16>)
      -> tensor<8x64xbf16>
}

// -----

dag.model @rotary_embedding_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.rotary_embedding' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.rotary_embedding %x theta = 10000.0 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_c2_sharded_head {
  %x = "test.value"() : ()
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>
  // expected-error @+1 {{'dag.rotary_embedding' op (C2) expected dimension 3 of 'x' not to be sharded, but it is over {tp}}}
  %0 = dag.rotary_embedding %x theta = 10000.0 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {}, {tp}]>>
}

// -----

dag.model @rotary_embedding_c3_odd {
  %x = "test.value"() : () -> tensor<1x8x4x15xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op (C3) expected an even number of rotated elements, positive and at most the head size, but got 15}}
  %0 = dag.rotary_embedding %x theta = 10000.0 : (tensor<1x8x4x15xbf16>)
      -> tensor<1x8x4x15xbf16>
}

// -----

dag.model @rotary_embedding_c3_too_many {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op (C3) expected an even number of rotated elements, positive and at most the head size, but got 32}}
  %0 = dag.rotary_embedding %x theta = 10000.0 rotary_dim = 32 : (
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_c3_negative {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op (C3) expected an even number of rotated elements, positive and at most the head size, but got -2}}
  %0 = dag.rotary_embedding %x theta = 10000.0 rotary_dim = -2 : (
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_c4_theta {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op (C4) expected 'theta' to be positive, but got 0.0}}
  %0 = dag.rotary_embedding %x theta = 0.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_c5_rank_of_position {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %p = "test.value"() : () -> tensor<1x8xi32>
  // expected-error @+1 {{'dag.rotary_embedding' op (C5) expected 'position' to be of rank 0 or 1, but got rank 2}}
  %0 = dag.rotary_embedding %x at %p theta = 10000.0 : (tensor<1x8x4x16xbf16>,
      tensor<1x8xi32>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_c5_position_of_floats {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %p = "test.value"() : () -> tensor<f32>
  // expected-error @+1 {{'dag.rotary_embedding' op (C5) expected 'position' to be of integers, but got f32}}
  %0 = dag.rotary_embedding %x at %p theta = 10000.0 : (tensor<1x8x4x16xbf16>,
      tensor<f32>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_c5_pending_position {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-note @+1 {{the summands come from here}}
  %p = "test.value"() : () -> tensor<i32, #dag.sharding<[], partial = {tp}>>
  // expected-error @+1 {{'dag.rotary_embedding' op (C5) expected 'position' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.rotary_embedding %x at %p theta = 10000.0 : (tensor<1x8x4x16xbf16>,
      tensor<i32, #dag.sharding<[], partial = {tp}>>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @activation_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.activation' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.activation silu %x : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.model @activation_c1_integers {
  %x = "test.value"() : () -> tensor<1x8x64xi32>
  // expected-error @+1 {{'dag.activation' op (C1) expected 'x' to be of floats, but got i32}}
  %0 = dag.activation silu %x : (tensor<1x8x64xi32>) -> tensor<1x8x64xi32>
}

// -----

dag.model @activation_other_sharding {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // expected-error @+1 {{'dag.activation' op expected type 'tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>', but got 'tensor<1x8x64xbf16>'}}
  %0 = dag.activation silu %x : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @multiply_c1_pending_lhs {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %y = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.multiply' op (C1) expected 'lhs' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.multiply %x, %y : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @multiply_c1_pending_rhs {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-note @+1 {{the summands come from here}}
  %y = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.multiply' op (C1) expected 'rhs' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.multiply %x, %y : (tensor<1x8x64xbf16>,
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @multiply_c2_rank {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %y = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.multiply' op (C2) expected 'lhs' and 'rhs' to have one rank, but got 3 and 2}}
  %0 = dag.multiply %x, %y : (tensor<1x8x64xbf16>, tensor<8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @multiply_c2_size {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %y = "test.value"() : () -> tensor<1x8x32xbf16>
  // expected-error @+1 {{'dag.multiply' op (C2) expected dimension 2 of 'lhs' and dimension 2 of 'rhs' to have one size, but got 64 and 32}}
  %0 = dag.multiply %x, %y : (tensor<1x8x64xbf16>, tensor<1x8x32xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @multiply_c2_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %y = "test.value"() : () -> tensor<1x8x64xf32>
  // expected-error @+1 {{'dag.multiply' op (C2) expected 'lhs' and 'rhs' to have one element type, but got bf16 and f32}}
  %0 = dag.multiply %x, %y : (tensor<1x8x64xbf16>, tensor<1x8x64xf32>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @multiply_c3_sharding {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %y = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.multiply' op (C3) expected dimension 2 of 'lhs' and dimension 2 of 'rhs' to be sharded alike, but got {tp} and {}}}
  %0 = dag.multiply %x, %y : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>, tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @add_c1_size {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %y = "test.value"() : () -> tensor<1x4x64xbf16>
  // expected-error @+1 {{'dag.add' op (C1) expected dimension 1 of 'lhs' and dimension 1 of 'rhs' to have one size, but got 8 and 4}}
  %0 = dag.add %x, %y : (tensor<1x8x64xbf16>, tensor<1x4x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @add_c1_rank {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %y = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.add' op (C1) expected 'lhs' and 'rhs' to have one rank, but got 3 and 1}}
  %0 = dag.add %x, %y : (tensor<1x8x64xbf16>, tensor<64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @add_c1_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %y = "test.value"() : () -> tensor<1x8x64xf32>
  // expected-error @+1 {{'dag.add' op (C1) expected 'lhs' and 'rhs' to have one element type, but got bf16 and f32}}
  %0 = dag.add %x, %y : (tensor<1x8x64xbf16>, tensor<1x8x64xf32>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @add_c2_missing_all_reduce {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-note @+1 {{the summands of 'rhs' come from here}}
  %y = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.add' op (C2) expected the same sums to be pending on 'lhs' and 'rhs', but got {} and {tp}}}
  %0 = dag.add %x, %y : (tensor<1x8x64xbf16>,
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @add_c2_other_axes {
  // expected-note @+1 {{the summands of 'lhs' come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep}>>
  // expected-note @+1 {{the summands of 'rhs' come from here}}
  %y = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.add' op (C2) expected the same sums to be pending on 'lhs' and 'rhs', but got {ep} and {tp}}}
  %0 = dag.add %x, %y : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep}>>,
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @add_c3_sharding {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %y = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.add' op (C3) expected dimension 1 of 'lhs' and dimension 1 of 'rhs' to be sharded alike, but got {tp} and {}}}
  %0 = dag.add %x, %y : (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @scale_c1_integers {
  %x = "test.value"() : () -> tensor<1x8x64xi32>
  // expected-error @+1 {{'dag.scale' op (C1) expected 'x' to be of floats, but got i32}}
  %0 = dag.scale %x by 2.0 : (tensor<1x8x64xi32>) -> tensor<1x8x64xi32>
}

// -----

dag.model @soft_cap_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.soft_cap' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.soft_cap %x cap = 30.0 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.model @soft_cap_c2_cap {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.soft_cap' op (C2) expected 'cap' to be positive, but got 0.0}}
  %0 = dag.soft_cap %x cap = 0.0 : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c1_rank {
  %ids = "test.value"() : () -> tensor<8xi32>
  %table = "test.value"() : () -> tensor<130x64xbf16>
  // expected-error @+1 {{'dag.position_embedding' op (C1) expected 'ids' to be of rank 2, but got rank 1}}
  %0 = dag.position_embedding %ids, %table : (tensor<8xi32>,
      tensor<130x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c1_floats {
  %ids = "test.value"() : () -> tensor<1x8xf32>
  %table = "test.value"() : () -> tensor<130x64xbf16>
  // expected-error @+1 {{'dag.position_embedding' op (C1) expected 'ids' to be of integers, but got f32}}
  %0 = dag.position_embedding %ids, %table : (tensor<1x8xf32>,
      tensor<130x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c1_pending_ids {
  // expected-note @+1 {{the summands come from here}}
  %ids = "test.value"() : ()
      -> tensor<1x8xi32, #dag.sharding<[{}, {}], partial = {tp}>>
  %table = "test.value"() : () -> tensor<130x64xbf16>
  // expected-error @+1 {{'dag.position_embedding' op (C1) expected 'ids' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.position_embedding %ids, %table :
      (tensor<1x8xi32, #dag.sharding<[{}, {}], partial = {tp}>>,
      tensor<130x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c1_rank_of_table {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.position_embedding' op (C1) expected 'table' to be of rank 2, but got rank 1}}
  %0 = dag.position_embedding %ids, %table : (tensor<1x8xi32>, tensor<64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c1_table_of_integers {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<130x64xi32>
  // expected-error @+1 {{'dag.position_embedding' op (C1) expected 'table' to be of floats, but got i32}}
  %0 = dag.position_embedding %ids, %table : (tensor<1x8xi32>,
      tensor<130x64xi32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c1_pending_table {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  // expected-note @+1 {{the summands come from here}}
  %table = "test.value"() : ()
      -> tensor<130x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.position_embedding' op (C1) expected 'table' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.position_embedding %ids, %table : (tensor<1x8xi32>,
      tensor<130x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c2_sharded_positions {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<130x64xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.position_embedding' op (C2) expected dimension 0 of 'table' not to be sharded, but it is over {tp}}}
  %0 = dag.position_embedding %ids, %table : (tensor<1x8xi32>,
      tensor<130x64xbf16, #dag.sharding<[{tp}, {}]>>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c3_offset {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<130x64xbf16>
  // expected-error @+1 {{'dag.position_embedding' op (C3) expected 'offset' not to be negative, but got -1}}
  %0 = dag.position_embedding %ids, %table offset = -1 : (tensor<1x8xi32>,
      tensor<130x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

// Padding tokens look up a row, too.
dag.mesh @m <tp = 2>
dag.model @position_embedding_c3_padding on @m {
  %ids = "test.value"() : () -> tensor<1x8xi32, #dag.sharding<[{}, {tp} pad 1]>>
  %table = "test.value"() : () -> tensor<7x64xbf16>
  // expected-error @+1 {{'dag.position_embedding' op (C3) expected a table with a row for each of 8 tokens from 0, padding included, but got 7}}
  %0 = dag.position_embedding %ids, %table
      : (tensor<1x8xi32, #dag.sharding<[{}, {tp} pad 1]>>, tensor<7x64xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp} pad 1, {}]>>
}

// -----

dag.model @position_embedding_c3_rows {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<9x64xbf16>
  // expected-error @+1 {{'dag.position_embedding' op (C3) expected a table with a row for each of 8 tokens from 2, padding included, but got 9}}
  %0 = dag.position_embedding %ids, %table offset = 2 : (tensor<1x8xi32>,
      tensor<9x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c4_position {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<130x64xbf16>
  %p = "test.value"() : () -> tensor<f32>
  // expected-error @+1 {{'dag.position_embedding' op (C4) expected 'position' to be of integers, but got f32}}
  %0 = dag.position_embedding %ids, %table at %p : (tensor<1x8xi32>,
      tensor<130x64xbf16>, tensor<f32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c4_rank_of_position {
  %ids = "test.value"() : () -> tensor<1x8xi32>
  %table = "test.value"() : () -> tensor<130x64xbf16>
  %p = "test.value"() : () -> tensor<1x8xi32>
  // expected-error @+1 {{'dag.position_embedding' op (C4) expected 'position' to be of rank 0 or 1, but got rank 2}}
  %0 = dag.position_embedding %ids, %table at %p : (tensor<1x8xi32>,
      tensor<130x64xbf16>, tensor<1x8xi32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @position_embedding_c5_axis_twice {
  %ids = "test.value"() : () -> tensor<2x8xi32, #dag.sharding<[{tp}, {}]>>
  %table = "test.value"() : () -> tensor<130x64xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.position_embedding' op (C5) expected every axis to be used once in the result, but 'tp' is used twice}}
  %0 = dag.position_embedding %ids, %table :
      (tensor<2x8xi32, #dag.sharding<[{tp}, {}]>>,
      tensor<130x64xbf16, #dag.sharding<[{}, {tp}]>>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @rotary_embedding_c2_sharded_shared_part {
  %x = "test.value"() : () -> tensor<1x8x16xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // expected-error @+1 {{'dag.rotary_embedding' op (C2) expected dimension 2 of 'x' not to be sharded, but it is over {tp}}}
  %0 = dag.rotary_embedding %x theta = 10000.0 :
      (tensor<1x8x16xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x16xbf16, #dag.sharding<[{}, {}, {tp}]>>
}

// -----

dag.model @rotary_embedding_c3_negative_offset {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op (C3) expected 'offset' to lie in the last dimension of 'x', but got -2}}
  %0 = dag.rotary_embedding %x theta = 10000.0 offset = -2 :
      (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_c3_offset_at_the_end {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op (C3) expected 'offset' to lie in the last dimension of 'x', but got 16}}
  %0 = dag.rotary_embedding %x theta = 10000.0 offset = 16 :
      (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_c3_odd_rest {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op (C3) expected an even number of rotated elements, positive and at most the head size, but got 13}}
  %0 = dag.rotary_embedding %x theta = 10000.0 offset = 3 :
      (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_c3_past_the_end {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op (C3) expected an even number of rotated elements, positive and at most the head size, but got 8}}
  %0 = dag.rotary_embedding %x theta = 10000.0 rotary_dim = 8 offset = 10 :
      (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @bias_add_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %b = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.bias_add' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.bias_add %x, %b :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @bias_add_c1_integers {
  %x = "test.value"() : () -> tensor<1x8x64xi32>
  %b = "test.value"() : () -> tensor<64xi32>
  // expected-error @+1 {{'dag.bias_add' op (C1) expected 'x' to be of floats, but got i32}}
  %0 = dag.bias_add %x, %b : (tensor<1x8x64xi32>, tensor<64xi32>)
      -> tensor<1x8x64xi32>
}

// -----

dag.model @bias_add_c1_scalar {
  %x = "test.value"() : () -> tensor<bf16>
  %b = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.bias_add' op (C1) expected 'x' to have at least one dimension}}
  %0 = dag.bias_add %x, %b : (tensor<bf16>, tensor<64xbf16>) -> tensor<bf16>
}

// -----

dag.model @bias_add_c2_rank {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %b = "test.value"() : () -> tensor<1x64xbf16>
  // expected-error @+1 {{'dag.bias_add' op (C2) expected 'bias' to be of rank 1, but got rank 2}}
  %0 = dag.bias_add %x, %b : (tensor<1x8x64xbf16>, tensor<1x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @bias_add_c2_pending_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-note @+1 {{the summands come from here}}
  %b = "test.value"() : ()
      -> tensor<64xbf16, #dag.sharding<[{}], partial = {tp}>>
  // expected-error @+1 {{'dag.bias_add' op (C2) expected 'bias' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.bias_add %x, %b : (tensor<1x8x64xbf16>,
      tensor<64xbf16, #dag.sharding<[{}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @bias_add_c2_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %b = "test.value"() : () -> tensor<64xf32>
  // expected-error @+1 {{'dag.bias_add' op (C2) expected 'x' and 'bias' to have one element type, but got bf16 and f32}}
  %0 = dag.bias_add %x, %b : (tensor<1x8x64xbf16>, tensor<64xf32>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @bias_add_c2_size {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %b = "test.value"() : () -> tensor<32xbf16>
  // expected-error @+1 {{'dag.bias_add' op (C2) expected dimension 2 of 'x' and dimension 0 of 'bias' to have one size, but got 64 and 32}}
  %0 = dag.bias_add %x, %b : (tensor<1x8x64xbf16>, tensor<32xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @bias_add_c2_sharding {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %b = "test.value"() : () -> tensor<64xbf16, #dag.sharding<[{tp}]>>
  // expected-error @+1 {{'dag.bias_add' op (C2) expected dimension 2 of 'x' and dimension 0 of 'bias' to be sharded alike, but got {} and {tp}}}
  %0 = dag.bias_add %x, %b : (tensor<1x8x64xbf16>,
      tensor<64xbf16, #dag.sharding<[{tp}]>>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @split_c1_scalar {
  %x = "test.value"() : () -> tensor<bf16>
  // expected-error @+1 {{'dag.split' op (C1) expected 'x' to have at least one dimension}}
  %0, %1 = dag.split %x sizes [48, 16] : (tensor<bf16>) -> (tensor<1x8x48xbf16>,
      tensor<1x8x16xbf16>)
}

// -----

dag.model @split_c2_sharded {
  %x = "test.value"() : () -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // expected-error @+1 {{'dag.split' op (C2) expected dimension 2 of 'x' not to be sharded, but it is over {tp}}}
  %0, %1 = dag.split %x sizes [48, 16] :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> (tensor<1x8x48xbf16>, tensor<1x8x16xbf16>)
}

// -----

dag.model @split_c3_sum {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.split' op (C3) expected sizes to add up to the last dimension, 64, but got 72}}
  %0, %1 = dag.split %x sizes [48, 24] : (tensor<1x8x64xbf16>)
      -> (tensor<1x8x48xbf16>, tensor<1x8x16xbf16>)
}

// -----

dag.model @split_c3_no_sizes {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.split' op (C3) expected sizes to add up to the last dimension, 64, but got 0}}
  %0, %1 = dag.split %x sizes [] : (tensor<1x8x64xbf16>)
      -> (tensor<1x8x48xbf16>, tensor<1x8x16xbf16>)
}

// -----

dag.model @split_c3_zero {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.split' op (C3) expected sizes to be positive, but got 0}}
  %0, %1 = dag.split %x sizes [64, 0] : (tensor<1x8x64xbf16>)
      -> (tensor<1x8x48xbf16>, tensor<1x8x16xbf16>)
}

// -----

dag.model @split_c3_negative {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.split' op (C3) expected sizes to be positive, but got -16}}
  %0, %1 = dag.split %x sizes [80, -16] : (tensor<1x8x64xbf16>)
      -> (tensor<1x8x48xbf16>, tensor<1x8x16xbf16>)
}

// -----

dag.model @split_c3_overflow {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.split' op (C3) expected sizes to be positive, but got 9223372036854775807}}
  %0, %1 = dag.split %x sizes [9223372036854775807, 9223372036854775807] :
      (tensor<1x8x64xbf16>) -> (tensor<1x8x48xbf16>, tensor<1x8x16xbf16>)
}

// -----

dag.model @split_c3_dynamic {
  %x = "test.value"() : () -> tensor<1x8x?xbf16>
  // expected-error @+1 {{'dag.split' op (C3) expected sizes to add up to the last dimension, ?, but got 64}}
  %0, %1 = dag.split %x sizes [48, 16] : (tensor<1x8x?xbf16>)
      -> (tensor<1x8x48xbf16>, tensor<1x8x16xbf16>)
}

// -----

dag.model @split_number_of_results {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.split' op expected 2 results, but got 1}}
  %0 = dag.split %x sizes [48, 16] : (tensor<1x8x64xbf16>)
      -> tensor<1x8x48xbf16>
}

// -----

dag.model @last_token_c1_rank {
  %x = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.last_token' op (C1) expected 'x' to be of rank 3, but got rank 2}}
  %0 = dag.last_token %x : (tensor<8x64xbf16>) -> tensor<1x64xbf16>
}

// -----

dag.model @last_token_c2_sharded {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  // expected-error @+1 {{'dag.last_token' op (C2) expected dimension 1 of 'x' not to be sharded}}
  %0 = dag.last_token %x
      : (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>)
      -> tensor<1x1x64xbf16>
}

// -----

dag.model @dequantize_c1_elements {
  %x = "test.value"() : () -> tensor<4xindex>
  // expected-error @+1 {{'dag.dequantize' op (C1) expected 'x' to be of floats or integers}}
  %0 = dag.dequantize %x to bf16 : (tensor<4xindex>) -> tensor<4xbf16>
}

// -----

dag.model @dequantize_c2_rank {
  %x = "test.value"() : () -> tensor<4x4xi8>
  %s = "test.value"() : () -> tensor<1xf32>
  // expected-error @+1 {{'dag.dequantize' op (C2) expected 'scale' to be of rank 2, but got rank 1}}
  %0 = dag.dequantize %x, %s block = [4, 4] to bf16
      : (tensor<4x4xi8>, tensor<1xf32>) -> tensor<4x4xbf16>
}

// -----

dag.model @dequantize_c2_zeros_of_floats {
  %x = "test.value"() : () -> tensor<4xf8E4M3FN>
  %s = "test.value"() : () -> tensor<1xf32>
  %z = "test.value"() : () -> tensor<1xi8>
  // expected-error @+1 {{'dag.dequantize' op (C2) expected 'x' to be of integers, but got f8E4M3FN}}
  %0 = dag.dequantize %x, %s zero %z block = [4] to bf16
      : (tensor<4xf8E4M3FN>, tensor<1xf32>, tensor<1xi8>) -> tensor<4xbf16>
}

// -----

dag.model @dequantize_c3_no_block {
  %x = "test.value"() : () -> tensor<4xi8>
  %s = "test.value"() : () -> tensor<1xf32>
  // expected-error @+1 {{'dag.dequantize' op (C3) expected a 'block' and a 'scale', or neither}}
  %0 = dag.dequantize %x, %s to bf16
      : (tensor<4xi8>, tensor<1xf32>) -> tensor<4xbf16>
}

// -----

dag.model @dequantize_c3_zero_alone {
  %x = "test.value"() : () -> tensor<4xi8>
  %z = "test.value"() : () -> tensor<1xi8>
  // expected-error @+1 {{'dag.dequantize' op (C3) expected a 'scale' with a 'zero'}}
  %0 = dag.dequantize %x zero %z to bf16
      : (tensor<4xi8>, tensor<1xi8>) -> tensor<4xbf16>
}

// -----

dag.model @dequantize_c3_block {
  %x = "test.value"() : () -> tensor<4xi8>
  %s = "test.value"() : () -> tensor<1xf32>
  // expected-error @+1 {{'dag.dequantize' op (C3) expected 'block' to have a positive size for each of 1 dimensions}}
  %0 = dag.dequantize %x, %s block = [0] to bf16
      : (tensor<4xi8>, tensor<1xf32>) -> tensor<4xbf16>
}

// -----

dag.model @dequantize_c4_blocks {
  %x = "test.value"() : () -> tensor<9xi8>
  %s = "test.value"() : () -> tensor<2xf32>
  // expected-error @+1 {{'dag.dequantize' op (C4) expected dimension 0 of 'scale' to have 3 elements, one for each block of 4 of 9, but got 2}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<9xi8>, tensor<2xf32>) -> tensor<9xbf16>
}

// -----

dag.model @dequantize_c4_one_for_several {
  %x = "test.value"() : () -> tensor<9xi8>
  %s = "test.value"() : () -> tensor<1xf32>
  // expected-error @+1 {{'dag.dequantize' op (C4) expected dimension 0 of 'scale' to have 3 elements}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<9xi8>, tensor<1xf32>) -> tensor<9xbf16>
}

// -----

dag.model @dequantize_c5_sharding {
  %x = "test.value"() : () -> tensor<8xi8, #dag.sharding<[{tp}]>>
  %s = "test.value"() : () -> tensor<2xf32>
  // expected-error @+1 {{'dag.dequantize' op (C5) expected dimension 0 of 'x' and 'scale' to be sharded alike, but got {tp} and {}}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<8xi8, #dag.sharding<[{tp}]>>, tensor<2xf32>)
      -> tensor<8xbf16, #dag.sharding<[{tp}]>>
}

// -----

dag.model @dequantize_c5_sharding_of_unknown_size {
  %x = "test.value"() : () -> tensor<?xi8, #dag.sharding<[{tp}]>>
  %s = "test.value"() : () -> tensor<?xf32>
  // expected-error @+1 {{'dag.dequantize' op (C5) expected dimension 0 of 'x' and 'scale' to be sharded alike, but got {tp} and {}}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<?xi8, #dag.sharding<[{tp}]>>, tensor<?xf32>)
      -> tensor<?xbf16, #dag.sharding<[{tp}]>>
}

// -----

dag.model @dequantize_c5_scales_of_unknown_number {
  %x = "test.value"() : () -> tensor<8xi8, #dag.sharding<[{tp}]>>
  %s = "test.value"() : () -> tensor<?xf32>
  // expected-error @+1 {{'dag.dequantize' op (C5) expected dimension 0 of 'x' and 'scale' to be sharded alike, but got {tp} and {}}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<8xi8, #dag.sharding<[{tp}]>>, tensor<?xf32>)
      -> tensor<8xbf16, #dag.sharding<[{tp}]>>
}

// -----

// One scale for all of what has an unknown size, and scales that are sharded
// like it.

dag.mesh @unknown <tp = 2>
dag.model @dequantize_c5_unknown on @unknown {
  %x = dag.parameter "x" : tensor<?xi8, #dag.sharding<[{tp}]>>
  %s = dag.parameter "s" : tensor<1xf32>
  %t = dag.parameter "t" : tensor<?xf32, #dag.sharding<[{tp}]>>
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<?xi8, #dag.sharding<[{tp}]>>, tensor<1xf32>)
      -> tensor<?xbf16, #dag.sharding<[{tp}]>>
  %1 = dag.dequantize %x, %t block = [4] to bf16
      : (tensor<?xi8, #dag.sharding<[{tp}]>>,
         tensor<?xf32, #dag.sharding<[{tp}]>>)
      -> tensor<?xbf16, #dag.sharding<[{tp}]>>
}

// -----

// A size that is not known follows from the other one: 2 blocks, and one scale
// of padding.

dag.model @dequantize_c5_padding_of_unknown_number {
  %x = "test.value"() : () -> tensor<8xi8, #dag.sharding<[{tp}]>>
  %s = "test.value"() : () -> tensor<?xf32, #dag.sharding<[{tp} pad 1]>>
  // expected-error @+1 {{'dag.dequantize' op (C5) expected dimension 0 of 'x' to be cut between blocks of 4, but got 8 elements in 3 blocks over {tp}}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<8xi8, #dag.sharding<[{tp}]>>, tensor<?xf32, #dag.sharding<[{tp} pad 1]>>)
      -> tensor<8xbf16, #dag.sharding<[{tp}]>>
}

// -----

dag.model @dequantize_c4_padding_of_unknown_size {
  %x = "test.value"() : () -> tensor<?xi8, #dag.sharding<[{tp} pad 4]>>
  %s = "test.value"() : () -> tensor<4xf32, #dag.sharding<[{tp}]>>
  // expected-error @+1 {{'dag.dequantize' op (C4) expected dimension 0 of 'scale' to have 3 elements, one for each block of 4 of 12, but got 4}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<?xi8, #dag.sharding<[{tp} pad 4]>>, tensor<4xf32, #dag.sharding<[{tp}]>>)
      -> tensor<?xbf16, #dag.sharding<[{tp} pad 4]>>
}

// -----

dag.model @dequantize_c5_unknown_padding {
  %x = "test.value"() : () -> tensor<?xi8, #dag.sharding<[{tp} pad 5]>>
  %s = "test.value"() : () -> tensor<?xf32, #dag.sharding<[{tp}]>>
  // expected-error @+1 {{'dag.dequantize' op (C5) expected 1 elements of padding in dimension 0 of 'scale', for 5 of 'x' in blocks of 4, but got 0}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<?xi8, #dag.sharding<[{tp} pad 5]>>, tensor<?xf32, #dag.sharding<[{tp}]>>)
      -> tensor<?xbf16, #dag.sharding<[{tp} pad 5]>>
}

// -----

dag.model @dequantize_c5_unknown_uneven {
  %x = "test.value"() : () -> tensor<?xi8, #dag.sharding<[{tp} uneven]>>
  %s = "test.value"() : () -> tensor<?xf32, #dag.sharding<[{tp} uneven]>>
  // expected-error @+1 {{'dag.dequantize' op (C5) expected dimension 0 of 'x' to be cut between blocks of 4, but it is uneven}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<?xi8, #dag.sharding<[{tp} uneven]>>, tensor<?xf32, #dag.sharding<[{tp} uneven]>>)
      -> tensor<?xbf16, #dag.sharding<[{tp} uneven]>>
}

// -----

// Two scales on four ranks.

dag.mesh @four <tp = 4>
dag.model @dequantize_c5_unknown_number_on_mesh on @four {
  %x = dag.parameter "x" : tensor<8xi8, #dag.sharding<[{tp}]>>
  %s = dag.parameter "s" : tensor<?xf32, #dag.sharding<[{tp}]>>
  // expected-error @+1 {{'dag.dequantize' op (C5) expected the 2 elements of dimension 0 of 'scale' to divide by the 4 ranks of {tp}, but 2 remain}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<8xi8, #dag.sharding<[{tp}]>>, tensor<?xf32, #dag.sharding<[{tp}]>>)
      -> tensor<8xbf16, #dag.sharding<[{tp}]>>
}

// -----

// What fits: padding of whole blocks, of a part of one, and sizes of which one is
// known.

dag.mesh @two <tp = 2>
dag.model @dequantize_unknown on @two {
  %x = dag.parameter "x" : tensor<?xi8, #dag.sharding<[{tp} pad 5]>>
  %s = dag.parameter "s" : tensor<?xf32, #dag.sharding<[{tp} pad 1]>>
  %y = dag.parameter "y" : tensor<8xi8, #dag.sharding<[{tp} pad 3]>>
  %t = dag.parameter "t" : tensor<?xf32, #dag.sharding<[{tp}]>>
  %u = dag.parameter "u" : tensor<4xf32, #dag.sharding<[{tp} pad 1]>>
  %v = dag.parameter "v" : tensor<?xi8, #dag.sharding<[{tp} uneven]>>
  %w = dag.parameter "w" : tensor<?xf32, #dag.sharding<[{tp} uneven]>>
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<?xi8, #dag.sharding<[{tp} pad 5]>>, tensor<?xf32, #dag.sharding<[{tp} pad 1]>>)
      -> tensor<?xbf16, #dag.sharding<[{tp} pad 5]>>
  %1 = dag.dequantize %y, %t block = [4] to bf16
      : (tensor<8xi8, #dag.sharding<[{tp} pad 3]>>, tensor<?xf32, #dag.sharding<[{tp}]>>)
      -> tensor<8xbf16, #dag.sharding<[{tp} pad 3]>>
  %2 = dag.dequantize %x, %u block = [4] to bf16
      : (tensor<?xi8, #dag.sharding<[{tp} pad 5]>>, tensor<4xf32, #dag.sharding<[{tp} pad 1]>>)
      -> tensor<?xbf16, #dag.sharding<[{tp} pad 5]>>
  %3 = dag.dequantize %v, %w block = [1] to bf16
      : (tensor<?xi8, #dag.sharding<[{tp} uneven]>>, tensor<?xf32, #dag.sharding<[{tp} uneven]>>)
      -> tensor<?xbf16, #dag.sharding<[{tp} uneven]>>
}

// -----

dag.model @dequantize_c5_cut_block {
  %x = "test.value"() : () -> tensor<6xi8, #dag.sharding<[{tp}]>>
  %s = "test.value"() : () -> tensor<2xf32, #dag.sharding<[{tp}]>>
  // expected-error @+1 {{'dag.dequantize' op (C5) expected dimension 0 of 'x' to be cut between blocks of 4, but got 6 elements in 2 blocks over {tp}}}
  %0 = dag.dequantize %x, %s block = [4] to bf16
      : (tensor<6xi8, #dag.sharding<[{tp}]>>,
         tensor<2xf32, #dag.sharding<[{tp}]>>)
      -> tensor<6xbf16, #dag.sharding<[{tp}]>>
}

// -----

dag.model @dequantize_c6_integers {
  %x = "test.value"() : () -> tensor<4xi8>
  // expected-error @+1 {{'dag.dequantize' op (C6) expected 'to' to be a type of floats}}
  %0 = dag.dequantize %x to i16 : (tensor<4xi8>) -> tensor<4xi16>
}
