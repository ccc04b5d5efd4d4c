// RUN: dag-opt %s --dag-partition-stages=stages=2 | FileCheck %s

// Asserts go to the stage of what they look at; what they compare with is in
// each stage that needs it, and is not sent.

// CHECK-LABEL: dag.model @checked on @mesh
dag.model @checked <num_layers = 2> {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %c = arith.constant dense<1.0> : tensor<1x2x4xf32>
  // CHECK: %[[FIRST:.*]] = dag.stage 0 {{.*}} (%[[X:.*]] = %x : tensor<1x2x4xf32>) -> (tensor<1x2x4xf32>)
  // CHECK: %[[C:.*]] = arith.constant dense<1.000000e+00>
  // CHECK: check.close %[[X]], %[[C]] absolute = 9.0
  check.close %x, %c absolute = 9.0 : tensor<1x2x4xf32>
  // CHECK: %[[L:.*]] = dag.layer 0
  %0 = dag.layer 0 (%a = %x : tensor<1x2x4xf32>) -> (tensor<1x2x4xf32>) {
    dag.yield %a : tensor<1x2x4xf32>
  }
  // CHECK: check.close %[[L]], %[[C]] absolute = 8.0
  check.close %0, %c absolute = 8.0 : tensor<1x2x4xf32>
  // CHECK: dag.yield %[[L]] : tensor<1x2x4xf32>
  // CHECK: dag.stage 1 {{.*}} (%{{.*}} = %[[FIRST]] : tensor<1x2x4xf32>) -> (tensor<1x2x4xf32>)
  // CHECK: %[[COPY:.*]] = arith.constant dense<1.000000e+00>
  %1 = dag.layer 1 (%a = %0 : tensor<1x2x4xf32>) -> (tensor<1x2x4xf32>) {
    dag.yield %a : tensor<1x2x4xf32>
  }
  // CHECK: check.close %{{.*}}, %[[COPY]] absolute = 7.0
  check.close %1, %c absolute = 7.0 : tensor<1x2x4xf32>
  dag.output %1 "y" : tensor<1x2x4xf32>
}
