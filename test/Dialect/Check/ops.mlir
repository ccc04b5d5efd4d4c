// RUN: dag-opt %s --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --mlir-print-op-generic | dag-opt | FileCheck %s
// RUN: dag-opt %s --emit-bytecode | dag-opt | FileCheck %s
// RUN: dag-opt %s --canonicalize --cse | FileCheck %s

dag.mesh @m <tp = 2>

// CHECK-LABEL: dag.model @equal on @m
dag.model @equal on @m {
  %x = dag.input "x" : tensor<2x4xbf16, #dag.sharding<[{}, {tp}]>>
  %y = dag.input "y" : tensor<2x4xbf16, #dag.sharding<[{}, {tp}]>>
  // CHECK: check.equal %x, %y : tensor<2x4xbf16, #dag.sharding<[{}, {tp}]>>
  check.equal %x, %y : tensor<2x4xbf16, #dag.sharding<[{}, {tp}]>>
  %i = dag.input "i" : tensor<3xi32>
  %c = arith.constant dense<[1, 2, 3]> : tensor<3xi32>
  // CHECK: check.equal %i, %{{.*}} : tensor<3xi32>
  check.equal %i, %c : tensor<3xi32>
}

// CHECK-LABEL: dag.model @close on @m
dag.model @close on @m {
  %x = dag.input "x" : tensor<3xf32, #dag.sharding<[{tp} uneven]>>
  // CHECK: arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32, #dag.sharding<[{tp} uneven]>>
  %c = arith.constant dense<[1.0, 2.0, 3.0]>
      : tensor<3xf32, #dag.sharding<[{tp} uneven]>>
  // CHECK: check.close %x, %{{.*}} ulp = 0.5 : tensor<3xf32, #dag.sharding<[{tp} uneven]>>
  check.close %x, %c ulp = 0.5 : tensor<3xf32, #dag.sharding<[{tp} uneven]>>
  // CHECK: check.close %x, %{{.*}} relative = 1.0e-05 : tensor<3xf32, #dag.sharding<[{tp} uneven]>>
  check.close %x, %c relative = 1.0e-5
      : tensor<3xf32, #dag.sharding<[{tp} uneven]>>
  // CHECK: check.close %x, %{{.*}} absolute = 2.0 {note = "wide"} : tensor<3xf32, #dag.sharding<[{tp} uneven]>>
  check.close %x, %c absolute = 2 {note = "wide"}
      : tensor<3xf32, #dag.sharding<[{tp} uneven]>>
}

// A layer that does nothing but check is not dead.
// CHECK-LABEL: dag.model @inside_of_layers
dag.model @inside_of_layers {
  %x = dag.input "x" : tensor<1x2x2xf32>
  // CHECK: dag.stage 0
  dag.stage 0 layers [0, 1) (%s = %x : tensor<1x2x2xf32>) -> () {
    // CHECK: dag.layer 0
    dag.layer 0 (%a = %s : tensor<1x2x2xf32>) -> () {
      // CHECK: check.equal %{{.*}}, %{{.*}} : tensor<1x2x2xf32>
      check.equal %a, %a : tensor<1x2x2xf32>
      dag.yield
    }
    dag.yield
  }
}
