// The typing rule of an op of another dialect is looked at as all are.

// RUN: dag-test-opt %s --split-input-file --verify-diagnostics

dag.model @integers {
  %x = dag.input "x" : tensor<4xi32>
  // expected-error@+1 {{'test_dag.double' op (C1) expected 'x' to be of floats, but got i32}}
  %0 = test_dag.double %x : (tensor<4xi32>) -> tensor<4xi32>
}

// -----

dag.mesh @m <tp = 2>
dag.model @sharding on @m {
  %x = dag.input "x" : tensor<4xf32, #dag.sharding<[{tp}]>>
  // expected-error@+1 {{'test_dag.double' op expected type 'tensor<4xf32, #dag.sharding<[{tp}]>>', but got 'tensor<4xf32>'}}
  %0 = test_dag.double %x
      : (tensor<4xf32, #dag.sharding<[{tp}]>>) -> tensor<4xf32>
}
