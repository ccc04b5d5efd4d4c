// RUN: dag-opt --split-input-file --verify-diagnostics --dag-verify-phase=phase=rank %s
// RUN: not dag-opt --split-input-file --dag-verify-phase=phase=rank %s -o /dev/null 2>&1 | FileCheck %s
// RUN: not dag-opt --dag-verify-phase=phase=lowered %s -o /dev/null 2>&1 | FileCheck %s --check-prefix=NAME

// NAME: for the --phase option: expected sketch, plan or rank, but got 'lowered'

// Everything is reported, not the first alone.
// CHECK-COUNT-3: expected only ops of the rank phase
dag.mesh @m <tp = 2>
// expected-error@+1 {{expected only ops of the rank phase, but got 'dag.model'}}
dag.model @plan on @m {
  %x = dag.input "x" : tensor<4xf32>
  // expected-error@+1 {{expected only ops of the rank phase, but got 'dag.slice'}}
  %0 = dag.slice %x dim 0 over {tp}
    : (tensor<4xf32>) -> tensor<4xf32, #dag.sharding<[{tp}]>>
  // expected-error@+1 {{expected only ops of the rank phase, but got 'dag.all_gather'}}
  %1 = dag.all_gather %0 dim 0 over {tp}
    : (tensor<4xf32, #dag.sharding<[{tp}]>>) -> tensor<4xf32>
}
// The program that it is compared with stays.
dag.model @logical attributes {dag.reference} {
}

// -----

// expected-error@+1 {{expected only ops of the rank phase, but got 'dag.sketch'}}
dag.sketch @drawing {
  // expected-error@+1 {{expected only ops of the rank phase, but got 'dag.node'}}
  %0 = dag.node input "tokens" role(input)
}
