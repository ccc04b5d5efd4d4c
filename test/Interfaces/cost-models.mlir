// Every op of a plan, of a program of ranks and of checks says what it costs;
// those of drawings are never asked.

// RUN: dag-test-opt %s --test-dag-cost-models -o /dev/null > %t
// RUN: grep "^dag" %t | sort | FileCheck %s
// RUN: not grep -e "^check" -e "^test_dag" -e "^arith.constant" %t

// CHECK: dag.cluster
// CHECK-NEXT: dag.edge
// CHECK-NEXT: dag.node
// CHECK-NEXT: dag.sketch
// CHECK-NEXT: dag.syntax_error
// CHECK-NOT: dag
dag.model @m {
  %x = dag.input "x" : tensor<2xf32>
  %c = arith.constant dense<1.0> : tensor<2xf32>
  %y = test_dag.double %x : (tensor<2xf32>) -> tensor<2xf32>
  check.equal %y, %c : tensor<2xf32>
}
