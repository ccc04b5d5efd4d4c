// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-insert-transfers
// RUN: not dag-opt %s --split-input-file --dag-insert-transfers=slots=0 2>&1 | FileCheck %s --check-prefix=SLOTS
// RUN: not dag-opt %s --split-input-file --dag-insert-transfers=devices-per-node=-1 2>&1 | FileCheck %s --check-prefix=NODE
// RUN: not dag-opt %s --split-input-file --dag-insert-transfers=scatter-gather=often 2>&1 | FileCheck %s --check-prefix=MODE

// SLOTS: expected 'slots' to be positive, but got 0
// NODE: expected 'devices-per-node' to be positive, but got -1
// MODE: for the --scatter-gather option: expected always, never or auto, but got 'often'

dag.mesh @m <pp = 2>
dag.model @backwards on @m {
  // expected-note @below {{the value is a result of this stage}}
  %0 = dag.stage 1 on pp = 1 () -> (tensor<64xf32>) {
    %w = dag.parameter "w" : tensor<64xf32>
    dag.yield %w : tensor<64xf32>
  }
  // expected-error @below {{expected data to go to a later stage, but stage 0 uses a value of stage 1}}
  dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>) {
    dag.yield
  }
}

// -----

dag.mesh @m <pp = 2>
dag.model @same_index on @m {
  // expected-note @below {{the value is a result of this stage}}
  %0 = dag.stage 0 on pp = 0 () -> (tensor<64xf32>) {
    %w = dag.parameter "w" : tensor<64xf32>
    dag.yield %w : tensor<64xf32>
  }
  // expected-error @below {{expected data to go to a later stage, but stage 0 uses a value of stage 0}}
  dag.stage 0 on pp = 1 (%a = %0 : tensor<64xf32>) {
    dag.yield
  }
}

// -----

dag.mesh @m <pp = 2>
dag.model @no_tensor on @m {
  // expected-note @below {{the value is a result of this stage}}
  %0 = dag.stage 0 on pp = 0 () -> (i32) {
    %w = builtin.unrealized_conversion_cast to i32
    dag.yield %w : i32
  }
  // expected-error @below {{expected a tensor from stage 0 to stage 1, but got 'i32'}}
  dag.stage 1 on pp = 1 (%a = %0 : i32) {
    dag.yield
  }
}

// -----

dag.mesh @m <pp = 2, tp = 2>
dag.model @pending on @m {
  %x = dag.input "x" : tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>
  // expected-note @below {{the value is a result of this stage}}
  %0 = dag.stage 0 on pp = 0
      (%a = %x : tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>)
      -> (tensor<8x32xf32, #dag.sharding<[{}, {}], partial = {tp}>>) {
    %w = dag.parameter "w" : tensor<32x64xf32, #dag.sharding<[{}, {tp}]>>
    %1 = dag.linear %a, %w : (tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>,
        tensor<32x64xf32, #dag.sharding<[{}, {tp}]>>)
        -> tensor<8x32xf32, #dag.sharding<[{}, {}], partial = {tp}>>
    dag.yield %1 : tensor<8x32xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  }
  // expected-error @below {{expected a value without a pending sum from stage 0 to stage 1, but got one over {tp}}}
  dag.stage 1 on pp = 1
      (%a = %0 : tensor<8x32xf32, #dag.sharding<[{}, {}], partial = {tp}>>) {
    dag.yield
  }
}
