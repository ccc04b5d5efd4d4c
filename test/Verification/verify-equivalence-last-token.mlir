// RUN: dag-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-verify-equivalence

// Where the last tokens are taken does not matter to what works token by token:
// a norm, a linear layer with its bias, sums, products and caps. Engines take
// them behind the final norm.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x4x8xf32>
  %lengths = dag.input "lengths" : tensor<2xi32>
  %norm = dag.parameter "norm" : tensor<8xf32>
  %up = dag.parameter "up" : tensor<16x8xf32, #dag.sharding<[{tp}, {}]>>
  %down = dag.parameter "down" : tensor<8x16xf32, #dag.sharding<[{}, {tp}]>>
  %bias = dag.parameter "bias" : tensor<8xf32>
  %0 = dag.rms_norm %x, %norm epsilon = 1.0e-05 : (tensor<2x4x8xf32>, tensor<8xf32>) -> tensor<2x4x8xf32>
  %1 = dag.last_token %0 of %lengths : (tensor<2x4x8xf32>, tensor<2xi32>) -> tensor<2x1x8xf32>
  %2 = dag.linear %1, %up : (tensor<2x1x8xf32>, tensor<16x8xf32, #dag.sharding<[{tp}, {}]>>) -> tensor<2x1x16xf32, #dag.sharding<[{}, {}, {tp}]>>
  %3 = dag.activation silu %2 : (tensor<2x1x16xf32, #dag.sharding<[{}, {}, {tp}]>>) -> tensor<2x1x16xf32, #dag.sharding<[{}, {}, {tp}]>>
  %4 = dag.multiply %3, %2 : (tensor<2x1x16xf32, #dag.sharding<[{}, {}, {tp}]>>, tensor<2x1x16xf32, #dag.sharding<[{}, {}, {tp}]>>) -> tensor<2x1x16xf32, #dag.sharding<[{}, {}, {tp}]>>
  %5 = dag.linear %4, %down : (tensor<2x1x16xf32, #dag.sharding<[{}, {}, {tp}]>>, tensor<8x16xf32, #dag.sharding<[{}, {tp}]>>) -> tensor<2x1x8xf32, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %6 = dag.all_reduce %5 over {tp} : (tensor<2x1x8xf32, #dag.sharding<[{}, {}, {}], partial = {tp}>>) -> tensor<2x1x8xf32>
  %7 = dag.bias_add %6, %bias : (tensor<2x1x8xf32>, tensor<8xf32>) -> tensor<2x1x8xf32>
  %8 = dag.add %7, %1 : (tensor<2x1x8xf32>, tensor<2x1x8xf32>) -> tensor<2x1x8xf32>
  %9 = dag.scale %8 by 2.0 : (tensor<2x1x8xf32>) -> tensor<2x1x8xf32>
  %10 = dag.soft_cap %9 cap = 30.0 : (tensor<2x1x8xf32>) -> tensor<2x1x8xf32>
  dag.output %10 "y" : tensor<2x1x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x4x8xf32>
  %lengths = dag.input "lengths" : tensor<2xi32>
  %norm = dag.parameter "norm" : tensor<8xf32>
  %up = dag.parameter "up" : tensor<16x8xf32>
  %down = dag.parameter "down" : tensor<8x16xf32>
  %bias = dag.parameter "bias" : tensor<8xf32>
  %0 = dag.rms_norm %x, %norm epsilon = 1.0e-05 : (tensor<2x4x8xf32>, tensor<8xf32>) -> tensor<2x4x8xf32>
  %2 = dag.linear %0, %up : (tensor<2x4x8xf32>, tensor<16x8xf32>) -> tensor<2x4x16xf32>
  %3 = dag.activation silu %2 : (tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %4 = dag.multiply %3, %2 : (tensor<2x4x16xf32>, tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %5 = dag.linear %4, %down, %bias : (tensor<2x4x16xf32>, tensor<8x16xf32>, tensor<8xf32>) -> tensor<2x4x8xf32>
  %8 = dag.add %0, %5 : (tensor<2x4x8xf32>, tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  %9 = dag.scale %8 by 2.0 : (tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  %10 = dag.soft_cap %9 cap = 30.0 : (tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  %11 = dag.last_token %10 of %lengths : (tensor<2x4x8xf32>, tensor<2xi32>) -> tensor<2x1x8xf32>
  dag.output %11 "y" : tensor<2x1x8xf32>
}

// -----

// The last of all tokens is not the last one of each sequence.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x4x8xf32>
  %lengths = dag.input "lengths" : tensor<2xi32>
  %norm = dag.parameter "norm" : tensor<8xf32>
  %0 = dag.rms_norm %x, %norm epsilon = 1.0e-05 : (tensor<2x4x8xf32>, tensor<8xf32>) -> tensor<2x4x8xf32>
  // expected-error @+1 {{[DAG793] expected dag.last_token with the input 'lengths', but got 1 operands only}}
  %1 = dag.last_token %0 : (tensor<2x4x8xf32>) -> tensor<2x1x8xf32>
  dag.output %1 "y" : tensor<2x1x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x4x8xf32>
  %lengths = dag.input "lengths" : tensor<2xi32>
  %norm = dag.parameter "norm" : tensor<8xf32>
  %0 = dag.last_token %x of %lengths : (tensor<2x4x8xf32>, tensor<2xi32>) -> tensor<2x1x8xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %1 = dag.rms_norm %0, %norm epsilon = 1.0e-05 : (tensor<2x1x8xf32>, tensor<8xf32>) -> tensor<2x1x8xf32>
  dag.output %1 "y" : tensor<2x1x8xf32>
}

// -----

// The sum of last tokens of other lengths is no last token of a sum.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x4x8xf32>
  %lengths = dag.input "lengths" : tensor<2xi32>
  %others = dag.input "others" : tensor<2xi32>
  %0 = dag.last_token %x of %lengths : (tensor<2x4x8xf32>, tensor<2xi32>) -> tensor<2x1x8xf32>
  %1 = dag.last_token %x of %others : (tensor<2x4x8xf32>, tensor<2xi32>) -> tensor<2x1x8xf32>
  // expected-error @+1 {{[DAG792] expected dag.last_token as the output 'y', but got dag.last_token, dag.last_token}}
  %2 = dag.add %0, %1 : (tensor<2x1x8xf32>, tensor<2x1x8xf32>) -> tensor<2x1x8xf32>
  dag.output %2 "y" : tensor<2x1x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x4x8xf32>
  %lengths = dag.input "lengths" : tensor<2xi32>
  %others = dag.input "others" : tensor<2xi32>
  %unused = dag.last_token %x of %others : (tensor<2x4x8xf32>, tensor<2xi32>) -> tensor<2x1x8xf32>
  %0 = dag.add %x, %x : (tensor<2x4x8xf32>, tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %1 = dag.last_token %0 of %lengths : (tensor<2x4x8xf32>, tensor<2xi32>) -> tensor<2x1x8xf32>
  dag.output %1 "y" : tensor<2x1x8xf32>
}
