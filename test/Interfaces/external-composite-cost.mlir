// A composite that does not say what it costs costs what its parts do.

// Two ops double 16 bytes, one after the other.
// RUN: dag-test-opt %s --dag-print-cost=device=h200 -o /dev/null | FileCheck %s
// CHECK: ## Time of a rank on h200
// CHECK: | layer 0 | 32 | 32 |

// What lives: x, the result, and both results within.
// RUN: not dag-test-opt %s --dag-verify-memory="device=byte \
// RUN:   devices=%S/../Verification/Inputs/devices.json reserve=0 nccl-reserve=0" \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=MEMORY
// MEMORY: [DAG901] {{.*}} activations 64 bytes,
dag.model @m {
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.layer 0 (%a = %x : tensor<4xf32>) -> (tensor<4xf32>) {
    %y = test_dag.quadruple %a : tensor<4xf32>
    dag.yield %y : tensor<4xf32>
  }
  dag.output %0 "y" : tensor<4xf32>
}
