// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-layers

// DAG208: the second stage loads the weights of the first.

dag.mesh @mesh <pp = 2>
dag.model @plan on @mesh {
  dag.comm_buffer @b : tensor<1x4x8xf32>
  %x = dag.input "x" : tensor<1x4x8xf32>
  %0 = dag.stage 0 on pp = 0 layers [0, 1) (%a = %x : tensor<1x4x8xf32>)
      -> (!dag.transfer<tensor<1x4x8xf32>>) {
    %1 = dag.layer 0 (%c = %a : tensor<1x4x8xf32>) -> (tensor<1x4x8xf32>) {
      // expected-note@+1 {{layer 0 has 'model.layers.0.norm.weight'}}
      %w = dag.parameter "model.layers.0.norm.weight" : tensor<8xf32>
      %2 = dag.rms_norm %c, %w epsilon = 1.0e-06
          : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
      dag.yield %2 : tensor<1x4x8xf32>
    }
    %3 = dag.send %1 to 1 via @b
        : (tensor<1x4x8xf32>) -> !dag.transfer<tensor<1x4x8xf32>>
    dag.yield %3 : !dag.transfer<tensor<1x4x8xf32>>
  }
  %4 = dag.stage 1 on pp = 1 layers [1, 3)
      (%a = %0 : !dag.transfer<tensor<1x4x8xf32>>) -> (tensor<1x4x8xf32>) {
    %1 = dag.recv %a from 0 via @b
        : (!dag.transfer<tensor<1x4x8xf32>>) -> tensor<1x4x8xf32>
    %2 = dag.layer 1 (%c = %1 : tensor<1x4x8xf32>) -> (tensor<1x4x8xf32>) {
      // expected-error@+1 {{[DAG208] expected the weights of layer 1 to have number 1 in their names, but got 'model.layers.0.norm.weight'}}
      %w = dag.parameter "model.layers.0.norm.weight" : tensor<8xf32>
      %3 = dag.rms_norm %c, %w epsilon = 1.0e-06
          : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
      dag.yield %3 : tensor<1x4x8xf32>
    }
    %5 = dag.layer 2 (%c = %2 : tensor<1x4x8xf32>) -> (tensor<1x4x8xf32>) {
      %w = dag.parameter "model.layers.2.norm.weight" : tensor<8xf32>
      %3 = dag.rms_norm %c, %w epsilon = 1.0e-06
          : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
      dag.yield %3 : tensor<1x4x8xf32>
    }
    dag.yield %5 : tensor<1x4x8xf32>
  }
  dag.output %4 "y" : tensor<1x4x8xf32>
}

// -----

// Names may count from elsewhere, and have numbers of other things: of what is
// shared by all layers, and of experts.

dag.mesh @mesh <tp = 2>
dag.model @counted on @mesh {
  %x = dag.input "x" : tensor<1x4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<1x4x8xf32>) -> (tensor<1x4x8xf32>) {
    %w = dag.parameter "decoder.1.norm.weight" : tensor<8xf32>
    %v = dag.parameter "shared.0.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06
        : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
    %2 = dag.rms_norm %1, %v epsilon = 1.0e-06
        : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
    dag.yield %2 : tensor<1x4x8xf32>
  }
  %3 = dag.layer 1 (%a = %0 : tensor<1x4x8xf32>) -> (tensor<1x4x8xf32>) {
    %w = dag.parameter "decoder.2.norm.weight" : tensor<8xf32>
    %v = dag.parameter "shared.0.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06
        : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
    %2 = dag.rms_norm %1, %v epsilon = 1.0e-06
        : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
    dag.yield %2 : tensor<1x4x8xf32>
  }
  dag.output %3 "y" : tensor<1x4x8xf32>
}

// -----

dag.mesh @mesh <tp = 2>
dag.model @shared on @mesh {
  %x = dag.input "x" : tensor<1x4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<1x4x8xf32>) -> (tensor<1x4x8xf32>) {
    %w = dag.parameter "blocks.0.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06
        : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
    dag.yield %1 : tensor<1x4x8xf32>
  }
  %2 = dag.layer 1 (%a = %0 : tensor<1x4x8xf32>) -> (tensor<1x4x8xf32>) {
    %w = dag.parameter "blocks.0.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06
        : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
    dag.yield %1 : tensor<1x4x8xf32>
  }
  dag.output %2 "y" : tensor<1x4x8xf32>
}

// -----

dag.mesh @mesh <tp = 2>
dag.model @experts on @mesh {
  %x = dag.input "x" : tensor<1x4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<1x4x8xf32>) -> (tensor<1x4x8xf32>) {
    %w = dag.parameter "experts.0.norm.weight" : tensor<8xf32>
    %v = dag.parameter "experts.1.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06
        : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
    %2 = dag.rms_norm %1, %v epsilon = 1.0e-06
        : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
    dag.yield %2 : tensor<1x4x8xf32>
  }
  dag.output %0 "y" : tensor<1x4x8xf32>
}

// -----

// A model may share weights between layers: its reference says so. DAG208 of
// what the reference has elsewhere.

dag.mesh @mesh <tp = 2>
dag.model @shared on @mesh {
  %x = dag.input "x" : tensor<4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    // expected-note@+1 {{layer 0 has 'model.layers.0.norm.weight'}}
    %w = dag.parameter "model.layers.0.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06 : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  %2 = dag.layer 1 (%a = %0 : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    %w = dag.parameter "model.layers.0.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06 : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  %3 = dag.layer 2 (%a = %2 : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    // expected-error@+1 {{[DAG208] expected the weights of layer 2 to have number 2 in their names, but got 'model.layers.0.norm.weight'}}
    %w = dag.parameter "model.layers.0.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06 : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  %4 = dag.layer 3 (%a = %3 : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    %w = dag.parameter "model.layers.3.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06 : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  dag.output %4 "y" : tensor<4x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    %w = dag.parameter "model.layers.0.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06 : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  %2 = dag.layer 1 (%a = %0 : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    %w = dag.parameter "model.layers.0.norm.weight" : tensor<8xf32>
    %1 = dag.rms_norm %a, %w epsilon = 1.0e-06 : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  dag.output %2 "y" : tensor<4x8xf32>
}
