// RUN: dag-opt %s --allow-unregistered-dialect --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --allow-unregistered-dialect --emit-bytecode | dag-opt --allow-unregistered-dialect | FileCheck %s

dag.mesh @m <dp = 2, tp = 4, rep = 2>

// CHECK-LABEL: dag.model @shardings
dag.model @shardings on @m {
  // CHECK: dag.input "a" : tensor<8x16xf32, #dag.sharding<[{}, {tp}]>>
  %a = dag.input "a" : tensor<8x16xf32, #dag.sharding<[{}, {tp}]>>
  // CHECK: dag.input "b" : tensor<8x16xf32, #dag.sharding<[{dp}, {tp, rep}]>>
  %b = dag.input "b" : tensor<8x16xf32, #dag.sharding<[{dp}, {tp, rep}]>>
  // CHECK: dag.input "padded" : tensor<12x16xf32, #dag.sharding<[{tp} pad 3, {}]>>
  %c = dag.input "padded"
      : tensor<12x16xf32, #dag.sharding<[{tp} pad 3, {}]>>
  // CHECK: dag.input "uneven" : tensor<9x16xf32, #dag.sharding<[{tp} uneven, {}]>>
  %d = dag.input "uneven"
      : tensor<9x16xf32, #dag.sharding<[{tp} uneven, {}]>>
  // CHECK: dag.input "roots" : tensor<8xf32, #dag.sharding<[{}], root = {dp = 1, tp = 0}>>
  %e = dag.input "roots"
      : tensor<8xf32, #dag.sharding<[{}], root = {tp = 0, dp = 1}>>
  // CHECK: dag.input "dynamic" : tensor<?x?x16xf32, #dag.sharding<[{dp}, {}, {tp}]>>
  %f = dag.input "dynamic"
      : tensor<?x?x16xf32, #dag.sharding<[{dp}, {}, {tp}]>>
  // CHECK: dag.input "scalar" : tensor<f32>
  %g = dag.input "scalar" : tensor<f32>
}

// CHECK-LABEL: dag.model @pending_sums
dag.model @pending_sums on @m {
  %x = dag.input "x" : tensor<8x16xf32, #dag.sharding<[{}, {tp, dp}]>>
  %w = dag.input "w" : tensor<4x16xf32, #dag.sharding<[{}, {tp, dp}]>>
  // CHECK: -> tensor<8x4xf32, #dag.sharding<[{}, {}], partial = {dp, tp}>>
  %0 = dag.linear %x, %w : (
      tensor<8x16xf32, #dag.sharding<[{}, {tp, dp}]>>,
      tensor<4x16xf32, #dag.sharding<[{}, {tp, dp}]>>)
      -> tensor<8x4xf32, #dag.sharding<[{}, {}], partial = {tp, dp}>>
  %r = dag.input "r"
      : tensor<8x16xf32, #dag.sharding<[{}, {}], root = {rep = 1}>>
}

// CHECK: "test.attribute"() {dim = #dag.dim_sharding<{tp, rep} pad 63>}
"test.attribute"() {dim = #dag.dim_sharding<{tp, rep} pad 63>} : () -> ()

// An axis that is not a keyword.
// CHECK: #dag.sharding<[{"1 x"}]>
"test.attribute"() {sharding = #dag.sharding<[{"1 x"}]>} : () -> ()
