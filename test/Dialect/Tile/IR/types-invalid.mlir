// RUN: dag-opt %s --split-input-file --verify-diagnostics

// What types refuse: a module for each.

// expected-error @+1 {{(C1) expected two axes, but got 1}}
module @buffer_c1_axes attributes {test.type = !tile.buffer<[m = 64], bf16>} {}

// -----

// expected-error @+1 {{(C1) expected axes of different names, but both are "m"}}
module @buffer_c1_names attributes {test.type = !tile.buffer<[m = 64, m = 64], bf16>} {}

// -----

// expected-error @+1 {{(C1) expected an extent from 1 to 1048576 of axis "m", but got 0}}
module @buffer_c1_extent attributes {test.type = !tile.buffer<[m = 0, k = 64], bf16>} {}

// -----

// expected-error @+1 {{(C2) expected elements of bf16, f16, f32, f8E4M3FN or f8E5M2, but got 'i8'}}
module @buffer_c2 attributes {test.type = !tile.buffer<[m = 64, k = 64], i8>} {}

// -----

// expected-error @+1 {{(C3) expected a swizzle of 0, 32, 64 or 128 bytes, but got 16}}
module @buffer_c3_swizzle attributes {test.type = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 16>} {}

// -----

// expected-error @+1 {{(C3) expected rows of 128 bytes, those of the swizzle, but got 64}}
module @buffer_c3_rows attributes {test.type = !tile.buffer<[m = 64, k = 32], bf16, swizzle = 128>} {}

// -----

// expected-error @+1 {{(C4) expected a multiple of 8 rows for a swizzle, but got 12}}
module @buffer_c4 attributes {test.type = !tile.buffer<[m = 12, k = 64], bf16, swizzle = 128>} {}

// -----

// expected-error @+1 {{(C5) expected at most 256 elements of a box along axis "m", but got 512}}
module @tensor_map_c5 attributes {test.type = !tile.tensor_map<[m = 512, k = 64], bf16, swizzle = 128>} {}

// -----

// expected-error @+1 {{(C1) expected from 1 to 64 slots, but got 0}}
module @pipeline_c1 attributes {test.type = !tile.pipeline<0, !tile.buffer<[m = 64, k = 64], bf16>>} {}

// -----

!ring = !tile.pipeline<4, !tile.buffer<[m = 64, k = 64], bf16>>
// expected-error @+1 {{(C1) expected from 0 to 1 tiles with a copy, but got 2}}
module @filling_c1 attributes {test.type = !tile.filling<!ring, 2>} {}

// -----

// expected-error @+1 {{(C1) expected a multiple of 64 rows, but got 32}}
module @fragment_c1_rows attributes {test.type = !tile.fragment<[m = 32, n = 64], f32>} {}

// -----

// expected-error @+1 {{(C1) expected a multiple of 8 columns, but got 12}}
module @fragment_c1_columns attributes {test.type = !tile.fragment<[m = 64, n = 12], f32>} {}

// -----

// expected-error @+1 {{(C2) expected elements of f32, bf16 or f16, but got 'f64'}}
module @fragment_c2 attributes {test.type = !tile.fragment<[m = 64, n = 64], f64>} {}

// -----

!ring = !tile.pipeline<4, !tile.buffer<[m = 64, k = 64], bf16>>
// expected-error @+1 {{(C1) expected a sum of f32, but got 'bf16'}}
module @product_c1 attributes {test.type = !tile.product<!tile.fragment<[m = 64, n = 64], bf16>, holds !ring>} {}

// -----

// expected-error @+1 {{(C1) expected from 1 to 8 tiles, but got 9}}
module @staging_c1_depth attributes {test.type = !tile.staging<9, !tile.buffer<[m = 64, n = 64], bf16>>} {}

// -----

// expected-error @+1 {{(C1) expected 64 rows, those of a warpgroup, but got 32}}
module @staging_c1_rows attributes {test.type = !tile.staging<2, !tile.buffer<[m = 32, n = 64], bf16>>} {}

// -----

!ring = !tile.pipeline<2, !tile.buffer<[m = 64, k = 64], bf16>>
// expected-error @+1 {{(C1) expected 2 slots that are in flight, empty or read, but got 2 in flight and 1 empty}}
module @copies_c1 attributes {test.type = !tile.copies<!ring, in_flight = 2, empty = 1>} {}

// -----

// expected-error @+1 {{(C1) expected axes of different names, but both are "m"}}
module @matrix_c1_names attributes {test.type = !tile.matrix<m, m, bf16>} {}

// -----

// expected-error @+1 {{(C1) expected elements of bf16 or f16, but got 'f32'}}
module @matrix_c1_elements attributes {test.type = !tile.matrix<m, k, f32>} {}

// -----

// expected-error @+1 {{(C1) expected a grid of warps with two extents, but got 1}}
module @fragment_c1_grid attributes {test.type = !tile.fragment<[m = 64, n = 64], f32, warps = [4]>} {}

// -----

// expected-error @+1 {{(C1) expected 1 to 32 warps along axis "m", but got 0}}
module @fragment_c1_warps attributes {test.type = !tile.fragment<[m = 64, n = 64], f32, warps = [0, 4]>} {}

// -----

// expected-error @+1 {{(C1) expected a multiple of 16 elements for each of 8 warps along axis "n", but got 64}}
module @fragment_c1_pieces attributes {test.type = !tile.fragment<[m = 64, n = 64], f32, warps = [1, 8]>} {}
