// Parts of one stored tensor have one name: the message says which parts.
// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-equivalence=trial=off

// A part that the model does not take.

dag.mesh @m <tp = 1>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  // expected-error @+1 {{[DAG791] expected the parameter 'fused.weight' to come from elements [0, 6) x [0, 4) of [12, 4], but got elements [6, 12) x [0, 4) of [12, 4]}}
  %gate = dag.parameter "fused.weight" from <view [12, 4] offsets [6, 0] sizes [6, 4]> : tensor<6x4xf32>
  %0 = dag.linear %x, %gate : (tensor<1x2x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6xf32>
  dag.output %0 "y" : tensor<1x2x6xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %gate = dag.parameter "fused.weight" from <view [12, 4] offsets [0, 0] sizes [6, 4]> : tensor<6x4xf32>
  %0 = dag.linear %x, %gate : (tensor<1x2x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6xf32>
  dag.output %0 "y" : tensor<1x2x6xf32>
}

// -----

// Two parts that it takes, exchanged.

dag.mesh @m <tp = 1>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %gate = dag.parameter "fused.weight" from <view [12, 4] offsets [0, 0] sizes [6, 4]> : tensor<6x4xf32>
  %up = dag.parameter "fused.weight" from <view [12, 4] offsets [6, 0] sizes [6, 4]> : tensor<6x4xf32>
  %0 = dag.linear %x, %up as ffn_gate : (tensor<1x2x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6xf32>
  %1 = dag.linear %x, %gate as ffn_up : (tensor<1x2x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6xf32>
  // expected-error @+1 {{[DAG792] expected dag.linear with 'fused.weight' of the parameter 'fused.weight' from elements [0, 6) x [0, 4) of [12, 4] as operand 0 of dag.activation, but got dag.linear with 'fused.weight' of the parameter 'fused.weight' from elements [6, 12) x [0, 4) of [12, 4]}}
  %2 = dag.activation silu %0 : (tensor<1x2x6xf32>) -> tensor<1x2x6xf32>
  // expected-error @+1 {{[DAG792] expected dag.linear with 'fused.weight' of the parameter 'fused.weight' from elements [6, 12) x [0, 4) of [12, 4] as operand 0 of dag.multiply, but got dag.linear with 'fused.weight' of the parameter 'fused.weight' from elements [0, 6) x [0, 4) of [12, 4]}}
  %3 = dag.multiply %2, %1 : (tensor<1x2x6xf32>, tensor<1x2x6xf32>) -> tensor<1x2x6xf32>
  dag.output %3 "y" : tensor<1x2x6xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %gate = dag.parameter "fused.weight" from <view [12, 4] offsets [0, 0] sizes [6, 4]> : tensor<6x4xf32>
  %up = dag.parameter "fused.weight" from <view [12, 4] offsets [6, 0] sizes [6, 4]> : tensor<6x4xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %0 = dag.linear %x, %gate as ffn_gate : (tensor<1x2x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %1 = dag.linear %x, %up as ffn_up : (tensor<1x2x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6xf32>
  %2 = dag.activation silu %0 : (tensor<1x2x6xf32>) -> tensor<1x2x6xf32>
  %3 = dag.multiply %2, %1 : (tensor<1x2x6xf32>, tensor<1x2x6xf32>) -> tensor<1x2x6xf32>
  dag.output %3 "y" : tensor<1x2x6xf32>
}

// -----

// The same elements in another spelling are the same: of rows, of all of a tensor, with
// dimensions of one element.

dag.mesh @m <tp = 1>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %w = dag.parameter "fused.weight" from <view [1, 12, 4] offsets [0, 6, 0] sizes [1, 6, 4]> : tensor<6x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6xf32>
  %v = dag.parameter "whole.weight" from <view [24] offsets [0] sizes [24]> : tensor<6x4xf32>
  %1 = dag.linear %x, %v : (tensor<1x2x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6xf32>
  %p2 = dag.parameter "other.weight" from <view [2, 2, 12] offsets [1, 0, 0] sizes [1, 2, 12]> : tensor<4x6xf32>
  %2 = dag.linear %1, %p2 : (tensor<1x2x6xf32>, tensor<4x6xf32>) -> tensor<1x2x4xf32>
  dag.output %0 "y" : tensor<1x2x6xf32>
  dag.output %2 "z" : tensor<1x2x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %w = dag.parameter "fused.weight" from <view [12, 4] offsets [6, 0] sizes [6, 4]> : tensor<6x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6xf32>
  %v = dag.parameter "whole.weight" : tensor<6x4xf32>
  %1 = dag.linear %x, %v : (tensor<1x2x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6xf32>
  %p2 = dag.parameter "other.weight" from <view [48] offsets [24] sizes [24]> : tensor<4x6xf32>
  %2 = dag.linear %1, %p2 : (tensor<1x2x6xf32>, tensor<4x6xf32>) -> tensor<1x2x4xf32>
  dag.output %0 "y" : tensor<1x2x6xf32>
  dag.output %2 "z" : tensor<1x2x4xf32>
}
