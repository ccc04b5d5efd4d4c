// RUN: dag-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

dag.model @all_reduce_c1_no_axis {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.all_reduce' op (C1) expected at least one axis}}
  %0 = dag.all_reduce %x over {} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_reduce_c1_axis_twice {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.all_reduce' op (C1) expected different axes, but got 'tp' twice}}
  %0 = dag.all_reduce %x over {tp, tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_reduce_c2_nothing_pending {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.all_reduce' op (C2) expected the sum over 'tp' to be pending, but none is}}
  %0 = dag.all_reduce %x over {tp} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_reduce_c2_other_axis {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep}>>
  // expected-error @+1 {{'dag.all_reduce' op (C2) expected the sum over 'tp' to be pending, but those are over {ep}}}
  %0 = dag.all_reduce %x over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_reduce_changes_shape {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.all_reduce' op expected type 'tensor<1x8x64xbf16>', but got 'tensor<1x8x32xbf16>'}}
  %0 = dag.all_reduce %x over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x32xbf16>
}

// -----

dag.model @all_gather_c1_no_axis {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.all_gather' op (C1) expected at least one axis}}
  %0 = dag.all_gather %x dim 2 over {} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_gather_c2_dim_out_of_range {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.all_gather' op (C2) expected 'dim' below the rank 3 of 'x', but got 3}}
  %0 = dag.all_gather %x dim 3 over {tp} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_gather_c2_dim_negative {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.all_gather' op (C2) expected 'dim' below the rank 3 of 'x', but got -1}}
  %0 = dag.all_gather %x dim -1 over {tp} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_gather_c3_not_sharded {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.all_gather' op (C3) expected {tp} to be the minor-most axes of dimension 2, but it is sharded over {}}}
  %0 = dag.all_gather %x dim 2 over {tp} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_gather_c3_other_dimension {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // expected-error @+1 {{'dag.all_gather' op (C3) expected {tp} to be the minor-most axes of dimension 1, but it is sharded over {}}}
  %0 = dag.all_gather %x dim 1 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_gather_c3_major_axis {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp}]>>
  // expected-error @+1 {{'dag.all_gather' op (C3) expected {ep} to be the minor-most axes of dimension 2, but it is sharded over {ep, tp}}}
  %0 = dag.all_gather %x dim 2 over {ep} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp}]>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_gather_c3_order {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp}]>>
  // expected-error @+1 {{'dag.all_gather' op (C3) expected {tp, ep} to be the minor-most axes of dimension 2, but it is sharded over {ep, tp}}}
  %0 = dag.all_gather %x dim 2 over {tp, ep} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp}]>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_gather_c4_uneven {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp} uneven]>>
  // expected-error @+1 {{'dag.all_gather' op (C4) expected all axes of an uneven dimension, {ep, tp}, but got {tp}}}
  %0 = dag.all_gather %x dim 2 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp} uneven]>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_gather_keeps_padding {
  %x = "test.value"() : ()
      -> tensor<132x8xbf16, #dag.sharding<[{tp} pad 3, {}]>>
  // expected-error @+1 {{'dag.all_gather' op expected type 'tensor<129x8xbf16>', but got 'tensor<132x8xbf16>'}}
  %0 = dag.all_gather %x dim 0 over {tp} : (
      tensor<132x8xbf16, #dag.sharding<[{tp} pad 3, {}]>>)
      -> tensor<132x8xbf16>
}

// -----

dag.model @reduce_scatter_c1_axis_twice {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.reduce_scatter' op (C1) expected different axes, but got 'tp' twice}}
  %0 = dag.reduce_scatter %x dim 1 over {tp, tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @reduce_scatter_c2_dim_out_of_range {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.reduce_scatter' op (C2) expected 'dim' below the rank 3 of 'x', but got 3}}
  %0 = dag.reduce_scatter %x dim 3 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @reduce_scatter_c3_nothing_pending {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.reduce_scatter' op (C3) expected the sum over 'tp' to be pending, but none is}}
  %0 = dag.reduce_scatter %x dim 1 over {tp} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @reduce_scatter_c4_pad {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.reduce_scatter' op (C4) expected 'pad' to be positive, but got 0}}
  %0 = dag.reduce_scatter %x dim 1 over {tp} pad 0 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @reduce_scatter_c4_pad_and_uneven {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.reduce_scatter' op (C4) expected 'pad' or 'uneven', but got both}}
  %0 = dag.reduce_scatter %x dim 1 over {tp} pad 1 uneven : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @reduce_scatter_c4_sharded_dimension {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {ep}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.reduce_scatter' op (C4) expected 'pad' and 'uneven' only on a dimension that is not sharded yet, but it is over {ep}}}
  %0 = dag.reduce_scatter %x dim 1 over {tp} pad 1 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {ep}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @reduce_scatter_c4_uneven_dimension {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {ep} uneven, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.reduce_scatter' op (C4) expected dimension 1 not to be uneven before it is split further}}
  %0 = dag.reduce_scatter %x dim 1 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {ep} uneven, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @slice_c1_no_axis {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.slice' op (C1) expected at least one axis}}
  %0 = dag.slice %x dim 1 over {} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @slice_c2_dim_out_of_range {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.slice' op (C2) expected 'dim' below the rank 3 of 'x', but got 3}}
  %0 = dag.slice %x dim 3 over {tp} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @slice_c3_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-error @+1 {{'dag.slice' op (C3) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.slice %x dim 1 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @slice_c3_sharded {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // expected-error @+1 {{'dag.slice' op (C3) expected 'x' to be replicated over 'tp', but it is sharded}}
  %0 = dag.slice %x dim 1 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @slice_c3_at_root {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], root = {tp = 0}>>
  // expected-error @+1 {{'dag.slice' op (C3) expected 'x' to be replicated over 'tp', but it is at a root}}
  %0 = dag.slice %x dim 1 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], root = {tp = 0}>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @slice_c4_size_overflows {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.slice' op (C4) expected a size that can be padded by 9223372036854775807, but got 1}}
  %0 = dag.slice %x dim 0 over {tp} pad 9223372036854775807 : (
      tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @all_to_all_c1_no_axis {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  // expected-error @+1 {{'dag.all_to_all' op (C1) expected at least one axis}}
  %0 = dag.all_to_all %x split 0 concat 1 over {} : (tensor<8x16x64xbf16>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @all_to_all_c2_split_out_of_range {
  %x = "test.value"() : ()
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
  // expected-error @+1 {{'dag.all_to_all' op (C2) expected 'split_dim' below the rank 3 of 'x', but got 3}}
  %0 = dag.all_to_all %x split 3 concat 1 over {ep} : (
      tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @all_to_all_c2_concat_out_of_range {
  %x = "test.value"() : ()
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
  // expected-error @+1 {{'dag.all_to_all' op (C2) expected 'concat_dim' below the rank 3 of 'x', but got 3}}
  %0 = dag.all_to_all %x split 0 concat 3 over {ep} : (
      tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @all_to_all_c2_one_dimension {
  %x = "test.value"() : ()
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
  // expected-error @+1 {{'dag.all_to_all' op (C2) expected two different dimensions, but got 1 twice}}
  %0 = dag.all_to_all %x split 1 concat 1 over {ep} : (
      tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @all_to_all_c3_not_sharded {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  // expected-error @+1 {{'dag.all_to_all' op (C3) expected {ep} to be the minor-most axes of dimension 1, but it is sharded over {}}}
  %0 = dag.all_to_all %x split 0 concat 1 over {ep} : (tensor<8x16x64xbf16>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @all_to_all_c4_padded {
  %x = "test.value"() : ()
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep} pad 1, {}]>>
  // expected-error @+1 {{'dag.all_to_all' op (C4) expected dimension 1 to be neither padded nor uneven}}
  %0 = dag.all_to_all %x split 0 concat 1 over {ep} : (
      tensor<8x16x64xbf16, #dag.sharding<[{}, {ep} pad 1, {}]>>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @broadcast_c1_no_axis {
  %x = "test.value"() : ()
      -> tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>
  // expected-error @+1 {{'dag.broadcast' op (C1) expected at least one axis}}
  %0 = dag.broadcast %x from {} : (
      tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>)
      -> tensor<1x8xi32>
}

// -----

dag.model @broadcast_c1_negative_root {
  %x = "test.value"() : ()
      -> tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>
  // expected-error @+1 {{'dag.broadcast' op (C1) expected the root on 'tp' not to be negative, but got -1}}
  %0 = dag.broadcast %x from {tp = -1} : (
      tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>)
      -> tensor<1x8xi32>
}

// -----

dag.model @broadcast_c2_everywhere {
  %x = "test.value"() : () -> tensor<1x8xi32>
  // expected-error @+1 {{'dag.broadcast' op (C2) expected 'x' to exist only at 'tp' = 0, but it exists at all of them}}
  %0 = dag.broadcast %x from {tp = 0} : (tensor<1x8xi32>) -> tensor<1x8xi32>
}

// -----

dag.model @broadcast_c2_other_root {
  %x = "test.value"() : ()
      -> tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 1}>>
  // expected-error @+1 {{'dag.broadcast' op (C2) expected 'x' to exist only at 'tp' = 0, but it exists at 1}}
  %0 = dag.broadcast %x from {tp = 0} : (
      tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 1}>>)
      -> tensor<1x8xi32>
}

// -----

dag.model @scatter_c1_axis_twice {
  %x = "test.value"() : ()
      -> tensor<8x16xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>
  // expected-error @+1 {{'dag.scatter' op (C1) expected different axes, but got 'tp' twice}}
  %0 = dag.scatter %x dim 0 from {tp = 0, tp = 1} : (
      tensor<8x16xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>)
      -> tensor<8x16xi32>
}

// -----

dag.model @scatter_c2_dim_out_of_range {
  %x = "test.value"() : ()
      -> tensor<8x16xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>
  // expected-error @+1 {{'dag.scatter' op (C2) expected 'dim' below the rank 2 of 'x', but got 2}}
  %0 = dag.scatter %x dim 2 from {tp = 0} : (
      tensor<8x16xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>)
      -> tensor<8x16xi32>
}

// -----

dag.model @scatter_c3_everywhere {
  %x = "test.value"() : () -> tensor<8x16xi32>
  // expected-error @+1 {{'dag.scatter' op (C3) expected 'x' to exist only at 'tp' = 0, but it exists at all of them}}
  %0 = dag.scatter %x dim 0 from {tp = 0} : (tensor<8x16xi32>)
      -> tensor<8x16xi32>
}

// -----

dag.model @scatter_c4_pad {
  %x = "test.value"() : ()
      -> tensor<8x16xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>
  // expected-error @+1 {{'dag.scatter' op (C4) expected 'pad' to be positive, but got -1}}
  %0 = dag.scatter %x dim 0 from {tp = 0} pad -1 : (
      tensor<8x16xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>)
      -> tensor<8x16xi32>
}

// -----

dag.model @gather_c1_negative_root {
  %x = "test.value"() : () -> tensor<8x16xi32, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.gather' op (C1) expected the root on 'tp' not to be negative, but got -1}}
  %0 = dag.gather %x dim 0 to {tp = -1} : (
      tensor<8x16xi32, #dag.sharding<[{tp}, {}]>>) -> tensor<8x16xi32>
}

// -----

dag.model @gather_c2_dim_out_of_range {
  %x = "test.value"() : () -> tensor<8x16xi32, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{'dag.gather' op (C2) expected 'dim' below the rank 2 of 'x', but got 2}}
  %0 = dag.gather %x dim 2 to {tp = 0} : (
      tensor<8x16xi32, #dag.sharding<[{tp}, {}]>>) -> tensor<8x16xi32>
}

// -----

dag.model @gather_c3_not_sharded {
  %x = "test.value"() : () -> tensor<8x16xi32>
  // expected-error @+1 {{'dag.gather' op (C3) expected {tp} to be the minor-most axes of dimension 0, but it is sharded over {}}}
  %0 = dag.gather %x dim 0 to {tp = 0} : (tensor<8x16xi32>)
      -> tensor<8x16xi32>
}

// -----

dag.model @gather_c4_uneven {
  %x = "test.value"() : ()
      -> tensor<8x16xi32, #dag.sharding<[{ep, tp} uneven, {}]>>
  // expected-error @+1 {{'dag.gather' op (C4) expected all axes of an uneven dimension, {ep, tp}, but got {tp}}}
  %0 = dag.gather %x dim 0 to {tp = 0} : (
      tensor<8x16xi32, #dag.sharding<[{ep, tp} uneven, {}]>>)
      -> tensor<8x16xi32>
}

// -----

dag.model @broadcast_c1_coordinates {
  %x = "test.value"() : () -> tensor<8xi32>
  // expected-error @+1 {{'dag.broadcast' op (C1) expected 1 coordinates of the root, but got 0}}
  %0 = "dag.broadcast"(%x) {axes = ["tp"], root = array<i64>}
      : (tensor<8xi32>) -> tensor<8xi32>
}
