// RUN: dag-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

// dim_sharding_c1_axis_twice
// expected-error @+1 {{(C1) expected different axes, but got 'tp' twice}}
"test.op"() {d = #dag.dim_sharding<{tp, tp}>} : () -> ()

// -----

// dim_sharding_c2_pad
// expected-error @+1 {{(C2) expected padding that is not negative, but got -1}}
"test.op"() {d = #dag.dim_sharding<{tp} pad -1>} : () -> ()

// -----

// dim_sharding_c3_both
// expected-error @+1 {{(C3) expected 'pad' or 'uneven', but got both}}
"test.op"() {d = #dag.dim_sharding<{tp} pad 1 uneven>} : () -> ()

// -----

// dim_sharding_c3_pad_without_axis
// expected-error @+1 {{(C3) expected an axis for 'pad', but got none}}
"test.op"() {d = #dag.dim_sharding<{} pad 1>} : () -> ()

// -----

// dim_sharding_c3_uneven_without_axis
// expected-error @+1 {{(C3) expected an axis for 'uneven', but got none}}
"test.op"() {d = #dag.dim_sharding<{} uneven>} : () -> ()

// -----

// sharding_c1_two_dimensions
// expected-error @+1 {{(C1) expected every axis to be used once, but got 'tp' twice}}
"test.op"() {s = #dag.sharding<[{tp}, {tp}]>} : () -> ()

// -----

// sharding_c1_partial
// expected-error @+1 {{(C1) expected every axis to be used once, but got 'tp' twice}}
"test.op"() {s = #dag.sharding<[{tp}], partial = {tp}>} : () -> ()

// -----

// sharding_c1_root
// expected-error @+1 {{(C1) expected every axis to be used once, but got 'tp' twice}}
"test.op"() {s = #dag.sharding<[{}], partial = {tp}, root = {tp = 0}>} : () -> ()

// -----

// sharding_c1_many_axes
// expected-error @+1 {{(C1) expected every axis to be used once, but got 'a' twice}}
"test.op"() {s = #dag.sharding<[{a, b, c, d, e, f, g, h, i}, {a}]>} : () -> ()

// -----

// sharding_c2_nothing
// expected-error @+1 {{(C2) expected a sharded dimension, a pending sum or a root, but got none: leave the sharding out}}
"test.op"() {s = #dag.sharding<[{}, {}]>} : () -> ()

// -----

// sharding_c3_root
// expected-error @+1 {{(C3) expected the coordinate of a root not to be negative, but got -1}}
"test.op"() {s = #dag.sharding<[{}], root = {tp = -1}>} : () -> ()

// -----

// sharding_c4_rank
// expected-error @+1 {{(C4) expected a sharding of 2 dimensions, but got 1}}
%x = "test.value"() : () -> tensor<8x4xf32, #dag.sharding<[{tp}]>>

// -----

// sharding_c5_padding
// expected-error @+1 {{(C5) expected less padding than the 8 elements of the dimension, but got 8}}
%x = "test.value"() : () -> tensor<8x4xf32, #dag.sharding<[{tp} pad 8, {}]>>

// -----

// sharding_root_before_partial
// expected-error @+1 {{expected '>'}}
"test.op"() {s = #dag.sharding<[{}], root = {ep = 0}, partial = {tp}>} : () -> ()

// -----

// sharding_unknown_part
// expected-error @+1 {{expected 'root'}}
"test.op"() {s = #dag.sharding<[{}], foo = {tp}>} : () -> ()

// -----

// checkpoint_c1_nothing
// expected-error @+1 {{(C1) expected 'packed', 'stacked', 'transposed' or a view}}
"test.op"() {c = #dag.checkpoint<>} : () -> ()

// -----

// checkpoint_c1_empty_view
// expected-error @+1 {{(C1) expected 'packed', 'stacked', 'transposed' or a view}}
"test.op"() {c = #dag.checkpoint<view [] offsets [] sizes []>} : () -> ()

// -----

// checkpoint_c2_offsets
// expected-error @+1 {{(C2) expected view, offsets and sizes of one length, but got 2, 1 and 2}}
"test.op"() {c = #dag.checkpoint<view [4, 4] offsets [0] sizes [4, 4]>} : () -> ()

// -----

// checkpoint_c2_sizes
// expected-error @+1 {{(C2) expected view, offsets and sizes of one length, but got 2, 2 and 3}}
"test.op"() {c = #dag.checkpoint<view [4, 4] offsets [0, 0] sizes [4, 4, 4]>} : () -> ()

// -----

// checkpoint_c3_size
// expected-error @+1 {{(C3) expected a part of 4 elements, but got 0 from 0 on}}
"test.op"() {c = #dag.checkpoint<view [4] offsets [0] sizes [0]>} : () -> ()

// -----

// checkpoint_c3_offset
// expected-error @+1 {{(C3) expected a part of 4 elements, but got 2 from -1 on}}
"test.op"() {c = #dag.checkpoint<view [4] offsets [-1] sizes [2]>} : () -> ()

// -----

// checkpoint_c3_past_the_end
// expected-error @+1 {{(C3) expected a part of 4 elements, but got 2 from 3 on}}
"test.op"() {c = #dag.checkpoint<view [4] offsets [3] sizes [2]>} : () -> ()

// -----

// checkpoint_c3_overflow
// expected-error @+1 {{(C3) expected a part of 4 elements, but got 2 from 9223372036854775807 on}}
"test.op"() {c = #dag.checkpoint<view [4] offsets [9223372036854775807] sizes [2]>} : () -> ()

// -----

dag.model @checkpoint_packing {
  // expected-error @+1 {{expected bytes, words, gptq, gptq_zeros or awq to be how values are packed, but got 'none'}}
  %0 = dag.parameter "w" from <packed none> : tensor<4x4xui4>
}
