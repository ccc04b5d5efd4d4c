// RUN: dag-opt %s --allow-unregistered-dialect --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --allow-unregistered-dialect --mlir-print-op-generic | dag-opt --allow-unregistered-dialect | FileCheck %s
// RUN: dag-opt %s --allow-unregistered-dialect --emit-bytecode | dag-opt --allow-unregistered-dialect | FileCheck %s

dag.mesh @m <dp = 2, tp = 2, ep = 4>

// CHECK-LABEL: dag.model @all_reduce on @m
dag.model @all_reduce on @m {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK: = dag.all_reduce %{{.*}} over {tp} : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>) -> tensor<1x8x64xbf16>
  %0 = dag.all_reduce %x over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @all_reduce_one_of_two on @m
dag.model @all_reduce_one_of_two on @m {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep, tp}>>
  // CHECK: = dag.all_reduce %{{.*}} over {tp} : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep, tp}>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep}>>
  %0 = dag.all_reduce %x over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep, tp}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep}>>
}

// CHECK-LABEL: dag.model @all_reduce_two on @m
dag.model @all_reduce_two on @m {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}], partial = {ep, tp}>>
  // CHECK: = dag.all_reduce %{{.*}} over {tp, ep} : (tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}], partial = {ep, tp}>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}]>>
  %0 = dag.all_reduce %x over {tp, ep} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}], partial = {ep, tp}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}]>>
}

// CHECK-LABEL: dag.model @all_gather on @m
dag.model @all_gather on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // CHECK: = dag.all_gather %x dim 2 over {tp} : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>) -> tensor<1x8x64xbf16>
  %0 = dag.all_gather %x dim 2 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @all_gather_minor_axis on @m
dag.model @all_gather_minor_axis on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp}]>>
  // CHECK: = dag.all_gather %x dim 2 over {tp} : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep}]>>
  %0 = dag.all_gather %x dim 2 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep}]>>
}

// CHECK-LABEL: dag.model @all_gather_all_axes on @m
dag.model @all_gather_all_axes on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp}]>>
  // CHECK: = dag.all_gather %x dim 2 over {ep, tp} : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp}]>>) -> tensor<1x8x64xbf16>
  %0 = dag.all_gather %x dim 2 over {ep, tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep, tp}]>>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @all_gather_drops_padding on @m
dag.model @all_gather_drops_padding on @m {
  %x = dag.input "x" :
      tensor<1x8x132xbf16, #dag.sharding<[{}, {}, {tp} pad 3]>>
  // CHECK: = dag.all_gather %x dim 2 over {tp} : (tensor<1x8x132xbf16, #dag.sharding<[{}, {}, {tp} pad 3]>>) -> tensor<1x8x129xbf16>
  %0 = dag.all_gather %x dim 2 over {tp} : (
      tensor<1x8x132xbf16, #dag.sharding<[{}, {}, {tp} pad 3]>>)
      -> tensor<1x8x129xbf16>
}

// CHECK-LABEL: dag.model @all_gather_keeps_padding on @m
dag.model @all_gather_keeps_padding on @m {
  %x = dag.input "x" : tensor<16x8xbf16, #dag.sharding<[{ep, tp} pad 3, {}]>>
  // CHECK: = dag.all_gather %x dim 0 over {tp} : (tensor<16x8xbf16, #dag.sharding<[{ep, tp} pad 3, {}]>>) -> tensor<16x8xbf16, #dag.sharding<[{ep} pad 3, {}]>>
  %0 = dag.all_gather %x dim 0 over {tp} : (
      tensor<16x8xbf16, #dag.sharding<[{ep, tp} pad 3, {}]>>)
      -> tensor<16x8xbf16, #dag.sharding<[{ep} pad 3, {}]>>
}

// CHECK-LABEL: dag.model @all_gather_uneven on @m
dag.model @all_gather_uneven on @m {
  %x = dag.input "x" : tensor<9x8xbf16, #dag.sharding<[{tp} uneven, {}]>>
  // CHECK: = dag.all_gather %x dim 0 over {tp} : (tensor<9x8xbf16, #dag.sharding<[{tp} uneven, {}]>>) -> tensor<9x8xbf16>
  %0 = dag.all_gather %x dim 0 over {tp} : (
      tensor<9x8xbf16, #dag.sharding<[{tp} uneven, {}]>>) -> tensor<9x8xbf16>
}

// CHECK-LABEL: dag.model @all_gather_of_pending_sum on @m
dag.model @all_gather_of_pending_sum on @m {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}], partial = {tp}>>
  // CHECK: = dag.all_gather %{{.*}} dim 1 over {dp} : (tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}], partial = {tp}>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.all_gather %x dim 1 over {dp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @reduce_scatter on @m
dag.model @reduce_scatter on @m {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK: = dag.reduce_scatter %{{.*}} dim 1 over {tp} : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %0 = dag.reduce_scatter %x dim 1 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @reduce_scatter_padded on @m
dag.model @reduce_scatter_padded on @m {
  %x = "test.value"() : ()
      -> tensor<1x7x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK: = dag.reduce_scatter %{{.*}} dim 1 over {tp} pad 1 : (tensor<1x7x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp} pad 1, {}]>>
  %0 = dag.reduce_scatter %x dim 1 over {tp} pad 1 : (
      tensor<1x7x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp} pad 1, {}]>>
}

// CHECK-LABEL: dag.model @reduce_scatter_uneven on @m
dag.model @reduce_scatter_uneven on @m {
  %x = "test.value"() : ()
      -> tensor<1x7x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK: = dag.reduce_scatter %{{.*}} dim 1 over {tp} uneven : (tensor<1x7x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>) -> tensor<1x7x64xbf16, #dag.sharding<[{}, {tp} uneven, {}]>>
  %0 = dag.reduce_scatter %x dim 1 over {tp} uneven : (
      tensor<1x7x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x7x64xbf16, #dag.sharding<[{}, {tp} uneven, {}]>>
}

// CHECK-LABEL: dag.model @slice on @m
dag.model @slice on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  // CHECK: = dag.slice %x dim 1 over {tp} : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %0 = dag.slice %x dim 1 over {tp} : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @slice_further on @m
dag.model @slice_further on @m {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}], partial = {ep}>>
  // CHECK: = dag.slice %{{.*}} dim 1 over {tp} : (tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}], partial = {ep}>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {dp, tp}, {}], partial = {ep}>>
  %0 = dag.slice %x dim 1 over {tp} : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {dp}, {}], partial = {ep}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {dp, tp}, {}], partial = {ep}>>
}

// CHECK-LABEL: dag.model @slice_padded on @m
dag.model @slice_padded on @m {
  %x = dag.input "x" : tensor<6x4xbf16>
  // CHECK: = dag.slice %x dim 0 over {ep} pad 2 : (tensor<6x4xbf16>) -> tensor<8x4xbf16, #dag.sharding<[{ep} pad 2, {}]>>
  %0 = dag.slice %x dim 0 over {ep} pad 2 : (tensor<6x4xbf16>)
      -> tensor<8x4xbf16, #dag.sharding<[{ep} pad 2, {}]>>
}

// CHECK-LABEL: dag.model @slice_uneven on @m
dag.model @slice_uneven on @m {
  %x = dag.input "x" : tensor<6x4xbf16>
  // CHECK: = dag.slice %x dim 0 over {ep} uneven : (tensor<6x4xbf16>) -> tensor<6x4xbf16, #dag.sharding<[{ep} uneven, {}]>>
  %0 = dag.slice %x dim 0 over {ep} uneven : (tensor<6x4xbf16>)
      -> tensor<6x4xbf16, #dag.sharding<[{ep} uneven, {}]>>
}

// CHECK-LABEL: dag.model @all_to_all on @m
dag.model @all_to_all on @m {
  %x = dag.input "x" : tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
  // CHECK: = dag.all_to_all %x split 0 concat 1 over {ep} : (tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>) -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %0 = dag.all_to_all %x split 0 concat 1 over {ep} : (
      tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
}

// CHECK-LABEL: dag.model @all_to_all_minor_axis on @m
dag.model @all_to_all_minor_axis on @m {
  %x = dag.input "x" :
      tensor<8x16x64xbf16, #dag.sharding<[{tp}, {dp, ep}, {}]>>
  // CHECK: = dag.all_to_all %x split 0 concat 1 over {ep} : (tensor<8x16x64xbf16, #dag.sharding<[{tp}, {dp, ep}, {}]>>) -> tensor<8x16x64xbf16, #dag.sharding<[{tp, ep}, {dp}, {}]>>
  %0 = dag.all_to_all %x split 0 concat 1 over {ep} : (
      tensor<8x16x64xbf16, #dag.sharding<[{tp}, {dp, ep}, {}]>>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{tp, ep}, {dp}, {}]>>
}

// CHECK-LABEL: dag.model @broadcast on @m
dag.model @broadcast on @m {
  %x = dag.input "x" :
      tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>
  // CHECK: = dag.broadcast %x from {tp = 0} : (tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>) -> tensor<1x8xi32>
  %0 = dag.broadcast %x from {tp = 0} : (
      tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>)
      -> tensor<1x8xi32>
}

// CHECK-LABEL: dag.model @broadcast_one_of_two on @m
dag.model @broadcast_one_of_two on @m {
  %x = dag.input "x" :
      tensor<1x8xi32, #dag.sharding<[{}, {}], root = {dp = 0, tp = 1}>>
  // CHECK: = dag.broadcast %x from {tp = 1} : (tensor<1x8xi32, #dag.sharding<[{}, {}], root = {dp = 0, tp = 1}>>) -> tensor<1x8xi32, #dag.sharding<[{}, {}], root = {dp = 0}>>
  %0 = dag.broadcast %x from {tp = 1} : (
      tensor<1x8xi32, #dag.sharding<[{}, {}], root = {dp = 0, tp = 1}>>)
      -> tensor<1x8xi32, #dag.sharding<[{}, {}], root = {dp = 0}>>
}

// CHECK-LABEL: dag.model @scatter on @m
dag.model @scatter on @m {
  %x = dag.input "x" :
      tensor<8x16xi32, #dag.sharding<[{}, {}], root = {dp = 0}>>
  // CHECK: = dag.scatter %x dim 0 from {dp = 0} : (tensor<8x16xi32, #dag.sharding<[{}, {}], root = {dp = 0}>>) -> tensor<8x16xi32, #dag.sharding<[{dp}, {}]>>
  %0 = dag.scatter %x dim 0 from {dp = 0} : (
      tensor<8x16xi32, #dag.sharding<[{}, {}], root = {dp = 0}>>)
      -> tensor<8x16xi32, #dag.sharding<[{dp}, {}]>>
}

// CHECK-LABEL: dag.model @scatter_padded on @m
dag.model @scatter_padded on @m {
  %x = dag.input "x" :
      tensor<7x16xi32, #dag.sharding<[{}, {}], root = {dp = 1}>>
  // CHECK: = dag.scatter %x dim 0 from {dp = 1} pad 1 : (tensor<7x16xi32, #dag.sharding<[{}, {}], root = {dp = 1}>>) -> tensor<8x16xi32, #dag.sharding<[{dp} pad 1, {}]>>
  %0 = dag.scatter %x dim 0 from {dp = 1} pad 1 : (
      tensor<7x16xi32, #dag.sharding<[{}, {}], root = {dp = 1}>>)
      -> tensor<8x16xi32, #dag.sharding<[{dp} pad 1, {}]>>
}

// CHECK-LABEL: dag.model @gather on @m
dag.model @gather on @m {
  %x = dag.input "x" : tensor<8x16xi32, #dag.sharding<[{dp}, {}]>>
  // CHECK: = dag.gather %x dim 0 to {dp = 0} : (tensor<8x16xi32, #dag.sharding<[{dp}, {}]>>) -> tensor<8x16xi32, #dag.sharding<[{}, {}], root = {dp = 0}>>
  %0 = dag.gather %x dim 0 to {dp = 0} : (
      tensor<8x16xi32, #dag.sharding<[{dp}, {}]>>)
      -> tensor<8x16xi32, #dag.sharding<[{}, {}], root = {dp = 0}>>
}
