// Every op of a plan, of a program of ranks and of checks says what it costs;
// those of drawings are never asked, and of a composite from elsewhere its parts.

// RUN: dag-test-opt %s --test-dag-cost-models -o /dev/null > %t
// RUN: grep -e "^dag" -e "^test_dag" %t | sort | FileCheck %s
// RUN: not grep -e "^check" -e "^arith.constant" %t

// CHECK: dag.cluster
// CHECK-NEXT: dag.edge
// CHECK-NEXT: dag.malformed
// CHECK-NEXT: dag.node
// CHECK-NEXT: dag.sketch
// CHECK-NEXT: dag.syntax_error
// CHECK-NEXT: test_dag.quadruple
// CHECK-NOT: dag
dag.model @m {
  %x = dag.input "x" : tensor<2xf32>
  %c = arith.constant dense<1.0> : tensor<2xf32>
  %y = test_dag.double %x : (tensor<2xf32>) -> tensor<2xf32>
  check.equal %y, %c : tensor<2xf32>
}
