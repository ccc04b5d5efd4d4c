// RUN: dag-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-verify-equivalence

// Equal: a bias behind the reduction of two sums, a scale of each summand,
// factors in another order, what does nothing.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8xf32>
  %v = dag.parameter "v" : tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>
  %w = dag.parameter "w" : tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>
  %b = dag.parameter "b" : tensor<4xf32>
  %c = dag.parameter "c" : tensor<4xf32>
  %s = dag.slice %x dim 1 over {tp} : (tensor<2x8xf32>)
      -> tensor<2x8xf32, #dag.sharding<[{}, {tp} ]>>
  %0 = dag.linear %s, %v : (tensor<2x8xf32, #dag.sharding<[{}, {tp} ]>>,
      tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>)
      -> tensor<2x4xf32, #dag.sharding<[{}, {} ], partial = {tp}>>
  %1 = dag.linear %s, %w : (tensor<2x8xf32, #dag.sharding<[{}, {tp} ]>>,
      tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>)
      -> tensor<2x4xf32, #dag.sharding<[{}, {} ], partial = {tp}>>
  %2 = dag.add %1, %0
      : (tensor<2x4xf32, #dag.sharding<[{}, {} ], partial = {tp}>>,
         tensor<2x4xf32, #dag.sharding<[{}, {} ], partial = {tp}>>)
      -> tensor<2x4xf32, #dag.sharding<[{}, {} ], partial = {tp}>>
  %3 = dag.scale %2 by 3.0
      : (tensor<2x4xf32, #dag.sharding<[{}, {} ], partial = {tp}>>)
      -> tensor<2x4xf32, #dag.sharding<[{}, {} ], partial = {tp}>>
  %4 = dag.all_reduce %3 over {tp}
      : (tensor<2x4xf32, #dag.sharding<[{}, {} ], partial = {tp}>>)
      -> tensor<2x4xf32>
  %d = dag.scale %b by 3.0 : (tensor<4xf32>) -> tensor<4xf32>
  %e = dag.scale %c by 3.0 : (tensor<4xf32>) -> tensor<4xf32>
  %5 = dag.bias_add %4, %e : (tensor<2x4xf32>, tensor<4xf32>)
      -> tensor<2x4xf32>
  %6 = dag.bias_add %5, %d as ffn_down : (tensor<2x4xf32>, tensor<4xf32>)
      -> tensor<2x4xf32>
  %7 = dag.activation silu %6 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %8 = dag.multiply %7, %6 : (tensor<2x4xf32>, tensor<2x4xf32>)
      -> tensor<2x4xf32>
  %9 = dag.dropout %8 p = 0.0 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %10 = dag.scale %9 by 1.0 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  dag.output %10 "y" : tensor<2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8xf32>
  %v = dag.parameter "v" : tensor<4x8xf32>
  %w = dag.parameter "w" : tensor<4x8xf32>
  %b = dag.parameter "b" : tensor<4xf32>
  %c = dag.parameter "c" : tensor<4xf32>
  %0 = dag.linear %x, %v, %b
      : (tensor<2x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %1 = dag.linear %x, %w, %c as ffn_down
      : (tensor<2x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %2 = dag.add %0, %1 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %3 = dag.scale %2 by 3.0 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %4 = dag.activation silu %3 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %5 = dag.multiply %3, %4 : (tensor<2x4xf32>, tensor<2x4xf32>)
      -> tensor<2x4xf32>
  dag.output %5 "y" : tensor<2x4xf32>
}

// -----

// A multiset is no set: a value twice is not the value.

dag.model @plan {
  %x = dag.input "x" : tensor<4xf32>
  %y = dag.input "y" : tensor<4xf32>
  // expected-error @+2 {{[DAG794] expected output 'z' without the input 'x', but got a sum with it}}
  %0 = dag.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = dag.add %0, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  dag.output %1 "z" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  // expected-note @+1 {{this is what '@logical' has}}
  %x = dag.input "x" : tensor<4xf32>
  %y = dag.input "y" : tensor<4xf32>
  %0 = dag.add %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  dag.output %0 "z" : tensor<4xf32>
}
