// RUN: dag-test-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-verify-equivalence
// RUN: dag-test-opt %s --split-input-file --dag-decompose-composites \
// RUN:   | FileCheck %s

// An op of another dialect that says what it is as a value: a sum, which is
// that of `dag.add`.

dag.model @plan {
  %x = dag.input "x" : tensor<4xf32>
  %0 = test_dag.double %x : (tensor<4xf32>) -> tensor<4xf32>
  dag.output %0 "y" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  dag.output %0 "y" : tensor<4xf32>
}

// -----

// One that says what it is made of, and no more.

// CHECK-LABEL: dag.model @parts
// CHECK: %[[D:.*]] = test_dag.double %x
// CHECK-NEXT: test_dag.double %[[D]]
// CHECK: dag.model @logical
// CHECK: test_dag.quadruple
dag.model @parts {
  %x = dag.input "x" : tensor<4xf32>
  %0 = test_dag.quadruple %x : tensor<4xf32>
  dag.output %0 "y" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = dag.add %0, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = test_dag.quadruple %x : tensor<4xf32>
  dag.output %1 "y" : tensor<4xf32>
}
