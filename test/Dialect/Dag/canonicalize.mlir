// RUN: dag-opt %s --allow-unregistered-dialect --canonicalize -split-input-file | FileCheck %s

// CHECK-LABEL: dag.model @all_gather_of_slice
dag.mesh @m <tp = 2>
dag.model @all_gather_of_slice on @m {
  // CHECK: %[[X:.*]] = dag.input "x"
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %0 = dag.slice %x dim 1 over {tp} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %1 = dag.all_gather %0 dim 1 over {tp}
      : (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>)
      -> tensor<1x8x64xbf16>
  // CHECK-NEXT: dag.output %[[X]]
  dag.output %1 "y" : tensor<1x8x64xbf16>
}

// -----

// CHECK-LABEL: dag.model @all_gather_of_padded_slice
dag.mesh @m <tp = 2>
dag.model @all_gather_of_padded_slice on @m {
  // CHECK: %[[X:.*]] = dag.input "x"
  %x = dag.input "x" : tensor<7xbf16>
  %0 = dag.slice %x dim 0 over {tp} pad 1 : (tensor<7xbf16>)
      -> tensor<8xbf16, #dag.sharding<[{tp} pad 1]>>
  %1 = dag.all_gather %0 dim 0 over {tp}
      : (tensor<8xbf16, #dag.sharding<[{tp} pad 1]>>) -> tensor<7xbf16>
  // CHECK-NEXT: dag.output %[[X]]
  dag.output %1 "y" : tensor<7xbf16>
}

// -----

// CHECK-LABEL: dag.model @slice_of_all_gather
dag.mesh @m <tp = 2>
dag.model @slice_of_all_gather on @m {
  // CHECK: %[[X:.*]] = dag.input "x"
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %0 = dag.all_gather %x dim 1 over {tp}
      : (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>)
      -> tensor<1x8x64xbf16>
  %1 = dag.slice %0 dim 1 over {tp} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  // CHECK-NEXT: dag.output %[[X]]
  dag.output %1 "y" : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
}

// -----

// The shards of an uneven dimension are not those of a padded one.

// CHECK-LABEL: dag.model @slice_of_all_gather_other_shards
dag.mesh @m <tp = 2>
dag.model @slice_of_all_gather_other_shards on @m {
  %x = dag.input "x" : tensor<7xbf16, #dag.sharding<[{tp} uneven]>>
  // CHECK: dag.all_gather
  %0 = dag.all_gather %x dim 0 over {tp}
      : (tensor<7xbf16, #dag.sharding<[{tp} uneven]>>) -> tensor<7xbf16>
  // CHECK: dag.slice
  %1 = dag.slice %0 dim 0 over {tp} pad 1 : (tensor<7xbf16>)
      -> tensor<8xbf16, #dag.sharding<[{tp} pad 1]>>
  dag.output %1 "y" : tensor<8xbf16, #dag.sharding<[{tp} pad 1]>>
}

// -----

// CHECK-LABEL: dag.model @slice_of_all_gather_other_dimension
dag.mesh @m <tp = 2>
dag.model @slice_of_all_gather_other_dimension on @m {
  %x = dag.input "x" : tensor<8x8xbf16, #dag.sharding<[{}, {tp}]>>
  // CHECK: dag.all_gather
  %0 = dag.all_gather %x dim 1 over {tp}
      : (tensor<8x8xbf16, #dag.sharding<[{}, {tp}]>>) -> tensor<8x8xbf16>
  // CHECK: dag.slice
  %1 = dag.slice %0 dim 0 over {tp} : (tensor<8x8xbf16>)
      -> tensor<8x8xbf16, #dag.sharding<[{tp}, {}]>>
  dag.output %1 "y" : tensor<8x8xbf16, #dag.sharding<[{tp}, {}]>>
}

// -----

// CHECK-LABEL: dag.model @slice_of_all_reduce
dag.mesh @m <tp = 2>
dag.model @slice_of_all_reduce on @m {
  %x = "test.value"() : ()
      -> tensor<1x7x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK: %[[X:.*]] = "test.value"
  // CHECK-NEXT: %[[Y:.*]] = dag.reduce_scatter %[[X]] dim 1 over {tp} pad 1
  // CHECK-NEXT: dag.output %[[Y]]
  %0 = dag.all_reduce %x over {tp}
      : (tensor<1x7x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x7x64xbf16>
  %1 = dag.slice %0 dim 1 over {tp} pad 1 : (tensor<1x7x64xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp} pad 1, {}]>>
  dag.output %1 "y"
      : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp} pad 1, {}]>>
}

// -----

// CHECK-LABEL: dag.model @slice_of_all_reduce_with_another_use
dag.mesh @m <tp = 2>
dag.model @slice_of_all_reduce_with_another_use on @m {
  %x = "test.value"() : ()
      -> tensor<8xbf16, #dag.sharding<[{}], partial = {tp}>>
  // CHECK: dag.all_reduce
  // CHECK-NEXT: dag.slice
  %0 = dag.all_reduce %x over {tp}
      : (tensor<8xbf16, #dag.sharding<[{}], partial = {tp}>>) -> tensor<8xbf16>
  %1 = dag.slice %0 dim 0 over {tp} : (tensor<8xbf16>)
      -> tensor<8xbf16, #dag.sharding<[{tp}]>>
  dag.output %0 "sum" : tensor<8xbf16>
  dag.output %1 "shard" : tensor<8xbf16, #dag.sharding<[{tp}]>>
}

// -----

// CHECK-LABEL: dag.model @slice_of_all_reduce_over_other_axes
dag.mesh @m <tp = 2, ep = 2>
dag.model @slice_of_all_reduce_over_other_axes on @m {
  %x = "test.value"() : ()
      -> tensor<8xbf16, #dag.sharding<[{}], partial = {ep, tp}>>
  // CHECK: dag.all_reduce
  // CHECK-NEXT: dag.slice
  %0 = dag.all_reduce %x over {tp, ep}
      : (tensor<8xbf16, #dag.sharding<[{}], partial = {ep, tp}>>)
      -> tensor<8xbf16>
  %1 = dag.slice %0 dim 0 over {tp} : (tensor<8xbf16>)
      -> tensor<8xbf16, #dag.sharding<[{tp}]>>
  dag.output %1 "shard" : tensor<8xbf16, #dag.sharding<[{tp}]>>
}

// -----

// CHECK-LABEL: dag.model @scale_by_one
dag.model @scale_by_one {
  // CHECK: %[[X:.*]] = dag.input "x"
  %x = dag.input "x" : tensor<8xbf16>
  %0 = dag.scale %x by 1.0 : (tensor<8xbf16>) -> tensor<8xbf16>
  // CHECK-NEXT: dag.output %[[X]]
  dag.output %0 "y" : tensor<8xbf16>
}

// -----

// That there is no dropout is what a plan says.

// CHECK-LABEL: dag.model @dropout_stays
dag.model @dropout_stays {
  %x = dag.input "x" : tensor<8xbf16>
  // CHECK: dag.dropout %{{.*}} p = 0.0
  %0 = dag.dropout %x p = 0.0 : (tensor<8xbf16>) -> tensor<8xbf16>
  dag.output %0 "y" : tensor<8xbf16>
}

// -----

// Transfers and buffers stay, used or not.

// CHECK-LABEL: dag.model @transfers_stay
dag.model @transfers_stay {
  // CHECK: dag.comm_buffer @b
  dag.comm_buffer @b : tensor<8xbf16>
  %x = dag.input "x" : tensor<8xbf16>
  // CHECK: dag.send
  %0 = dag.send %x to 1 via @b
      : (tensor<8xbf16>) -> !dag.transfer<tensor<8xbf16>>
}
