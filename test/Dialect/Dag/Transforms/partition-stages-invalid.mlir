// RUN: split-file %s %t

// RUN: dag-opt %t/models.mlir --split-input-file --verify-diagnostics \
// RUN:   --dag-partition-stages=stages=2

// RUN: dag-opt %t/none.mlir --split-input-file --verify-diagnostics \
// RUN:   --dag-partition-stages
// RUN: not dag-opt %t/two.mlir --dag-partition-stages=stages=0 2>&1 | FileCheck %s --check-prefix=STAGES
// RUN: not dag-opt %t/two.mlir --dag-partition-stages=virtual=0 2>&1 | FileCheck %s --check-prefix=VIRTUAL
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="placement=w virtual=2" 2>&1 | FileCheck %s --check-prefix=PLACEMENT
// RUN: not dag-opt %t/two.mlir --dag-partition-stages=virtual=2 2>&1 | FileCheck %s --check-prefix=ONE-RANK
// RUN: not dag-opt %t/two.mlir --dag-partition-stages=balance=size 2>&1 | FileCheck %s --check-prefix=BALANCE
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="balance=cost layout=2" 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not dag-opt %t/two.mlir --dag-partition-stages=stages=3 2>&1 | FileCheck %s --check-prefix=TOO-MANY
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="stages=9223372036854775807 virtual=3" 2>&1 | FileCheck %s --check-prefix=HUGE
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="stages=2 layout=1,1,1" 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="stages=2 layout=2" 2>&1 | FileCheck %s --check-prefix=COUNT-ONE
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="stages=2 layout=2,0" 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="stages=2 layout=2,1" 2>&1 | FileCheck %s --check-prefix=SUM
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="stages=2 layout=1,9223372036854775807" 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="stages=2 devices=0" 2>&1 | FileCheck %s --check-prefix=DEVICES
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="stages=2 devices=0,-1" 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="stages=2 devices=0,9223372036854775807" 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not dag-opt %t/two.mlir --dag-partition-stages="stages=2 devices=7,7" 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not dag-opt %t/sampled.mlir --dag-partition-stages=stages=3 2>&1 | FileCheck %s --check-prefix=SAMPLED
// RUN: not dag-opt %t/sampled.mlir --dag-partition-stages="stages=2 balance=cost" 2>&1 | FileCheck %s --check-prefix=SAMPLED-COST

// RUN: not dag-opt %t/unknown.mlir --dag-partition-stages="stages=2 balance=cost" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: dag-opt %t/unknown.mlir --dag-partition-stages="stages=2 layout=1,1" -o /dev/null

// RUN: sed 's/dag.model @m {/dag.model @m attributes {dag.unknown_storage = "it is by aqlm"} {/' %t/two.mlir > %t/aqlm.mlir
// RUN: not dag-opt %t/aqlm.mlir --dag-partition-stages="stages=2 balance=cost" 2>&1 | FileCheck %s --check-prefix=STORAGE
// RUN: dag-opt %t/aqlm.mlir --dag-partition-stages=stages=2 -o /dev/null
// STORAGE: aqlm.mlir:1:1: error: expected weights that are stored in a known way for balance=cost, but it is by aqlm; give a 'layout'

// UNKNOWN: unknown.mlir:5:10: error: expected known sizes for balance=cost, but what 'dag.linear' takes is not known; give a 'layout'
// STAGES: expected 'stages' to be positive, but got 0
// PLACEMENT: for the --placement option: expected loop or v, but got 'w'
// VIRTUAL: expected 'virtual' to be positive, but got 0
// ONE-RANK: expected 'virtual' stages on at least 2 pipeline ranks, but got virtual = 2 on 1
// BALANCE: for the --balance option: expected layers or cost, but got 'size'
// BOTH: expected a 'layout' or balance=cost, but got both
// TOO-MANY: two.mlir:1:1: error: expected at most 2 stages, one for each layer, but got 3
// HUGE: expected at most 2 stages, one for each layer, but got 9223372036854775807, 3 on each of 9223372036854775807 pipeline ranks
// COUNT: expected a layout of 2 stages, but got 3 numbers
// COUNT-ONE: expected a layout of 2 stages, but got 1 number
// EMPTY: expected every stage of the layout to have a layer, but stage 1 has 0
// SUM: expected a layout of 2 layers, but 2 + 1 = 3
// OVERFLOW: expected a stage of the layout to have at most all 2 layers, but stage 1 has 9223372036854775807
// DEVICES: expected 2 devices, one for each coordinate of the mesh, but got 1
// NEGATIVE: expected devices not to be negative, but got -1
// LARGE: expected devices below 9223372036854775806, but got 9223372036854775807
// TWICE: expected different devices, but got 7 twice
// SAMPLED: expected at most 2 stages, one for each sampled layer, but got 3
// SAMPLED-COST: expected all 8 layers for balance=cost, but only 2 are there; give a 'layout'

//--- two.mlir
dag.model @m {
  %x = dag.input "x" : tensor<64xf32>
  %0 = dag.layer 0 (%a = %x : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  dag.output %1 "y" : tensor<64xf32>
}

//--- sampled.mlir
dag.model @m <num_layers = 8> sampling = [0, 7] because "ends" {
  %x = dag.input "x" : tensor<64xf32>
  %0 = dag.layer 0 (%a = %x : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  %1 = dag.layer 7 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  dag.output %1 "y" : tensor<64xf32>
}

//--- none.mlir
// expected-error @below {{expected a dag.model to put into stages, but there is none}}
module {
  dag.model @logical attributes {dag.reference} {
  }
}

//--- models.mlir
// A cache that two stages would have each for itself.

dag.model @shared_cache <num_layers = 2> {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %0 = dag.layer 0 (%a = %x : tensor<1x2x4xf32>, %i = %p : tensor<i32>) -> (tensor<1x2x4xf32>) {
    // expected-note @+1 {{the cache is here}}
    %k = dag.kv_cache "k" : tensor<1x8x4xf32>
    %1 = dag.kv_cache_update %k, %a at %i : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    dag.yield %a : tensor<1x2x4xf32>
  }
  %2 = dag.layer 1 (%a = %0 : tensor<1x2x4xf32>) -> (tensor<1x8x4xf32>) {
    // expected-error @+1 {{expected KV cache 'k' to be on the ranks that have it already, those of stage 0, but it is in stage 1}}
    %k = dag.kv_cache "k" : tensor<1x8x4xf32>
    dag.yield %k : tensor<1x8x4xf32>
  }
  dag.output %2 "y" : tensor<1x8x4xf32>
}

// -----

// expected-error @below {{expected layers to put into stages, but '@empty' has none}}
dag.model @empty {
}

// -----

dag.mesh @m <pp = 1>
// expected-error @below {{expected a model without stages, but '@staged' has one}}
dag.model @staged on @m {
  // expected-note @below {{the stage}}
  dag.stage 0 on pp = 0 () {
    dag.yield
  }
}

// -----

dag.model @gap {
  dag.layer 0 () {
    dag.yield
  }
  // expected-error @below {{expected layer 1 behind layer 0, but got layer 2}}
  dag.layer 2 () {
    dag.yield
  }
}

// -----

dag.model @not_from_zero {
  // expected-error @below {{expected layer 0 first, but got layer 1}}
  dag.layer 1 () {
    dag.yield
  }
}

// -----

dag.model @descending <num_layers = 9> sampling = [2, 4] because "enough" {
  dag.layer 4 () {
    dag.yield
  }
  // expected-error @below {{expected layer 5 or a later one behind layer 4, but got layer 2}}
  dag.layer 2 () {
    dag.yield
  }
}

// -----

dag.model @largest sampling = [0] because "enough" {
  // expected-error @below {{attribute 'index' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative whose maximum value is 1099511627775}}
  dag.layer 1099511627776 () {
    dag.yield
  }
}

// -----

dag.model @beyond <num_layers = 2> sampling = [0] because "enough" {
  dag.layer 0 () {
    dag.yield
  }
  // expected-error @below {{expected layers below 2, but got layer 5}}
  dag.layer 5 () {
    dag.yield
  }
}

// -----

// expected-error @below {{expected 3 layers, as '@lost' states, but got 2}}
dag.model @lost <num_layers = 3> {
  dag.layer 0 () {
    dag.yield
  }
  dag.layer 1 () {
    dag.yield
  }
}

// -----

// expected-error @below {{expected a sampled layer in every stage, but stage 1 with layers [4, 8) has none}}
dag.model @uneven <num_layers = 8> sampling = [0, 1] because "enough" {
  dag.layer 0 () {
    dag.yield
  }
  dag.layer 1 () {
    dag.yield
  }
}

// -----

// expected-error @below {{expected a mesh without an axis 'pp', but it has one of size 3}}
dag.mesh @m <pp = 3>
dag.model @taken on @m {
  dag.layer 0 () {
    dag.yield
  }
  dag.layer 1 () {
    dag.yield
  }
}

// -----

// expected-error @below {{expected 'devices' for 4 coordinates, since the mesh states its own 2}}
dag.mesh @m <tp = 2> devices = [4, 5]
dag.model @numbered on @m {
  dag.layer 0 () {
    dag.yield
  }
  dag.layer 1 () {
    dag.yield
  }
}

// -----

dag.mesh @m <tp = 1000000000000>
// expected-error @below {{expected stages to list at most 1048576 devices, but got 2 stages on 1000000000000 each}}
dag.model @large on @m {
  dag.layer 0 () {
    dag.yield
  }
  dag.layer 1 () {
    dag.yield
  }
}

//--- unknown.mlir
dag.model @unknown {
  %x = dag.input "x" : tensor<?x64xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<?x64xbf16>) -> (tensor<?x64xbf16>) {
    %w = dag.parameter "w" : tensor<64x64xbf16>
    %1 = dag.linear %a, %w : (tensor<?x64xbf16>, tensor<64x64xbf16>) -> tensor<?x64xbf16>
    dag.yield %1 : tensor<?x64xbf16>
  }
  %2 = dag.layer 1 (%a = %0 : tensor<?x64xbf16>) -> (tensor<?x64xbf16>) {
    dag.yield %a : tensor<?x64xbf16>
  }
  dag.output %2 "y" : tensor<?x64xbf16>
}
