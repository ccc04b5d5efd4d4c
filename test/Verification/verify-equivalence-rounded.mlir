// RUN: dag-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-verify-equivalence

// What has 8 bits or fewer is rounded to the few values that there are, sum by
// sum. Operands may change places.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8xf8E4M3FN>
  %y = dag.input "y" : tensor<2x8xf8E4M3FN>
  %b = dag.parameter "b" : tensor<8xf8E4M3FN>
  %0 = dag.add %y, %x : (tensor<2x8xf8E4M3FN>, tensor<2x8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  %1 = dag.bias_add %0, %b : (tensor<2x8xf8E4M3FN>, tensor<8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  %2 = dag.scale %1 by 3.0 : (tensor<2x8xf8E4M3FN>) -> tensor<2x8xf8E4M3FN>
  %3 = dag.scale %2 by 1.0 : (tensor<2x8xf8E4M3FN>) -> tensor<2x8xf8E4M3FN>
  dag.output %3 "z" : tensor<2x8xf8E4M3FN>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8xf8E4M3FN>
  %y = dag.input "y" : tensor<2x8xf8E4M3FN>
  %b = dag.parameter "b" : tensor<8xf8E4M3FN>
  %0 = dag.add %x, %y : (tensor<2x8xf8E4M3FN>, tensor<2x8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  %1 = dag.bias_add %0, %b : (tensor<2x8xf8E4M3FN>, tensor<8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  %2 = dag.scale %1 by 3.0 : (tensor<2x8xf8E4M3FN>) -> tensor<2x8xf8E4M3FN>
  dag.output %2 "z" : tensor<2x8xf8E4M3FN>
}

// -----

// Summands in another order.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8xf8E4M3FN>
  %y = dag.input "y" : tensor<2x8xf8E4M3FN>
  %z = dag.input "z" : tensor<2x8xf8E4M3FN>
  // expected-error @+1 {{[DAG793] expected dag.add as operand 1 of dag.add, but got the input 'y'}}
  %0 = dag.add %x, %y : (tensor<2x8xf8E4M3FN>, tensor<2x8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  // expected-error @+2 {{[DAG791] expected the input 'y' as operand 0 of dag.add, but got the input 'z'}}
  // expected-error @+1 {{[DAG794] expected the input 'z' as operand 1 of dag.add, but got dag.add}}
  %1 = dag.add %0, %z : (tensor<2x8xf8E4M3FN>, tensor<2x8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  // expected-error @+1 {{[DAG793] expected dag.add of the input 'x' as the output 's', but got dag.add of the input 'y'}}
  dag.output %1 "s" : tensor<2x8xf8E4M3FN>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8xf8E4M3FN>
  %y = dag.input "y" : tensor<2x8xf8E4M3FN>
  // expected-note @+1 {{this is what '@logical' has}}
  %z = dag.input "z" : tensor<2x8xf8E4M3FN>
  // expected-note @+1 {{this is what '@logical' has}}
  %0 = dag.add %y, %z : (tensor<2x8xf8E4M3FN>, tensor<2x8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  // expected-note @+1 {{this is what '@logical' has}}
  %1 = dag.add %x, %0 : (tensor<2x8xf8E4M3FN>, tensor<2x8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  dag.output %1 "s" : tensor<2x8xf8E4M3FN>
}

// -----

// A bias that is added to what was rounded before, and a scale of each summand.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8xf8E4M3FN>
  %w = dag.parameter "w" : tensor<8x8xf8E4M3FN>
  %b = dag.parameter "b" : tensor<8xf8E4M3FN>
  // expected-error @+1 {{[DAG793] expected dag.linear with the parameter 'b', but got 2 operands only}}
  %0 = dag.linear %x, %w : (tensor<2x8xf8E4M3FN>, tensor<8x8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  // expected-error @+1 {{[DAG794] expected ops of '@logical' only, but got dag.bias_add, which has no counterpart there}}
  %1 = dag.bias_add %0, %b : (tensor<2x8xf8E4M3FN>, tensor<8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  // expected-error @+1 {{[DAG793] expected dag.add as operand 0 of dag.scale, but got the input 'x'}}
  %2 = dag.scale %x by 3.0 : (tensor<2x8xf8E4M3FN>) -> tensor<2x8xf8E4M3FN>
  // expected-error @+1 {{[DAG793] expected dag.add as operand 0 of dag.scale, but got dag.linear with 'w'}}
  %3 = dag.scale %1 by 3.0 : (tensor<2x8xf8E4M3FN>) -> tensor<2x8xf8E4M3FN>
  // expected-error @+2 {{[DAG794] expected the input 'x' as operand 0 of dag.add, but got dag.scale}}
  // expected-error @+1 {{[DAG794] expected dag.linear with 'w' as operand 1 of dag.add, but got dag.scale}}
  %4 = dag.add %2, %3 : (tensor<2x8xf8E4M3FN>, tensor<2x8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  dag.output %1 "biased" : tensor<2x8xf8E4M3FN>
  // expected-error @+1 {{[DAG793] expected dag.scale as the output 'scaled', but got dag.add}}
  dag.output %4 "scaled" : tensor<2x8xf8E4M3FN>
}
dag.model @logical attributes {dag.reference} {
  // expected-note @+1 {{this is what '@logical' has}}
  %x = dag.input "x" : tensor<2x8xf8E4M3FN>
  %w = dag.parameter "w" : tensor<8x8xf8E4M3FN>
  %b = dag.parameter "b" : tensor<8xf8E4M3FN>
  // expected-note @+1 {{this is what '@logical' has}}
  %0 = dag.linear %x, %w, %b
      : (tensor<2x8xf8E4M3FN>, tensor<8x8xf8E4M3FN>, tensor<8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  // expected-note @+1 {{this is what '@logical' has}}
  %1 = dag.add %x, %0 : (tensor<2x8xf8E4M3FN>, tensor<2x8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  // expected-note @+1 {{this is what '@logical' has}}
  %2 = dag.scale %1 by 3.0 : (tensor<2x8xf8E4M3FN>) -> tensor<2x8xf8E4M3FN>
  dag.output %0 "biased" : tensor<2x8xf8E4M3FN>
  dag.output %2 "scaled" : tensor<2x8xf8E4M3FN>
}

// -----

// Rows of a table are on one rank each: what is added to one is zero, and rounds
// nothing, whatever else is done to it that is linear.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x4xi32>
  %w = dag.parameter "w" : tensor<16x8xf8E4M3FN, #dag.sharding<[{tp}, {}]>>
  %0 = dag.embedding %x, %w
      : (tensor<2x4xi32>, tensor<16x8xf8E4M3FN, #dag.sharding<[{tp}, {}]>>)
      -> tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %1 = dag.layer 0 (%a = %0 : tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> (tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>) {
    %2 = dag.scale %a by 3.0
        : (tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
        -> tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>
    dag.yield %2 : tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  }
  %3 = dag.all_reduce %1 over {tp}
      : (tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<2x4x8xf8E4M3FN>
  dag.output %3 "y" : tensor<2x4x8xf8E4M3FN>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x4xi32>
  %w = dag.parameter "w" : tensor<16x8xf8E4M3FN>
  %0 = dag.embedding %x, %w : (tensor<2x4xi32>, tensor<16x8xf8E4M3FN>)
      -> tensor<2x4x8xf8E4M3FN>
  %1 = dag.scale %0 by 3.0 : (tensor<2x4x8xf8E4M3FN>) -> tensor<2x4x8xf8E4M3FN>
  dag.output %1 "y" : tensor<2x4x8xf8E4M3FN>
}

// -----

// Two rows of two tables may be on two ranks.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x4xi32>
  %w = dag.parameter "w" : tensor<16x8xf8E4M3FN, #dag.sharding<[{tp}, {}]>>
  %v = dag.parameter "v" : tensor<16x8xf8E4M3FN, #dag.sharding<[{tp}, {}]>>
  %0 = dag.embedding %x, %w
      : (tensor<2x4xi32>, tensor<16x8xf8E4M3FN, #dag.sharding<[{tp}, {}]>>)
      -> tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %1 = dag.embedding %x, %v
      : (tensor<2x4xi32>, tensor<16x8xf8E4M3FN, #dag.sharding<[{tp}, {}]>>)
      -> tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // expected-warning @+1 {{UNVERIFIED: 'dag.add' gives summands of 8 bits or fewer, which do not add up to the sum rounded to them}}
  %2 = dag.add %0, %1
      : (tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
         tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %3 = dag.all_reduce %2 over {tp}
      : (tensor<2x4x8xf8E4M3FN, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<2x4x8xf8E4M3FN>
  dag.output %3 "y" : tensor<2x4x8xf8E4M3FN>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x4xi32>
  %w = dag.parameter "w" : tensor<16x8xf8E4M3FN>
  %v = dag.parameter "v" : tensor<16x8xf8E4M3FN>
  %0 = dag.embedding %x, %w : (tensor<2x4xi32>, tensor<16x8xf8E4M3FN>)
      -> tensor<2x4x8xf8E4M3FN>
  %1 = dag.embedding %x, %v : (tensor<2x4xi32>, tensor<16x8xf8E4M3FN>)
      -> tensor<2x4x8xf8E4M3FN>
  %2 = dag.add %0, %1 : (tensor<2x4x8xf8E4M3FN>, tensor<2x4x8xf8E4M3FN>)
      -> tensor<2x4x8xf8E4M3FN>
  dag.output %2 "y" : tensor<2x4x8xf8E4M3FN>
}

// -----

// A reference that rounds summands is no better than such a plan.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8xf8E4M3FN>
  %w = dag.parameter "w" : tensor<8x8xf8E4M3FN>
  %0 = dag.linear %x, %w : (tensor<2x8xf8E4M3FN>, tensor<8x8xf8E4M3FN>)
      -> tensor<2x8xf8E4M3FN>
  dag.output %0 "z" : tensor<2x8xf8E4M3FN>
}
dag.model @logical on @mesh attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8xf8E4M3FN, #dag.sharding<[{}, {tp}]>>
  %w = dag.parameter "w" : tensor<8x8xf8E4M3FN, #dag.sharding<[{}, {tp}]>>
  // expected-warning @+1 {{UNVERIFIED: 'dag.linear' gives summands of 8 bits or fewer, which do not add up to the sum rounded to them}}
  %0 = dag.linear %x, %w
      : (tensor<2x8xf8E4M3FN, #dag.sharding<[{}, {tp}]>>, tensor<8x8xf8E4M3FN, #dag.sharding<[{}, {tp}]>>)
      -> tensor<2x8xf8E4M3FN, #dag.sharding<[{}, {}], partial = {tp}>>
  %1 = dag.all_reduce %0 over {tp}
      : (tensor<2x8xf8E4M3FN, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> tensor<2x8xf8E4M3FN>
  dag.output %1 "z" : tensor<2x8xf8E4M3FN>
}

// -----

// Integers wrap: their sum is not that of more bits.

dag.model @wrapped {
  %t = dag.input "tokens" : tensor<1x4xi8>
  %0 = dag.add %t, %t : (tensor<1x4xi8>, tensor<1x4xi8>) -> tensor<1x4xi8>
  %1 = arith.extsi %0 : tensor<1x4xi8> to tensor<1x4xi32>
  %w = dag.parameter "w" : tensor<64x4xf32>
  // expected-error @+1 {{[DAG792] expected dag.add with element_type = i32 as operand 0 of dag.embedding, but got dag.add with element_type = i8}}
  %2 = dag.embedding %1, %w : (tensor<1x4xi32>, tensor<64x4xf32>) -> tensor<1x4x4xf32>
  dag.output %2 "y" : tensor<1x4x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %t = dag.input "tokens" : tensor<1x4xi8>
  %1 = arith.extsi %t : tensor<1x4xi8> to tensor<1x4xi32>
  // expected-note @+1 {{this is what '@logical' has}}
  %0 = dag.add %1, %1 : (tensor<1x4xi32>, tensor<1x4xi32>) -> tensor<1x4xi32>
  %w = dag.parameter "w" : tensor<64x4xf32>
  %2 = dag.embedding %0, %w : (tensor<1x4xi32>, tensor<64x4xf32>) -> tensor<1x4x4xf32>
  dag.output %2 "y" : tensor<1x4x4xf32>
}

// -----

// In one type they are the same.

dag.model @same {
  %t = dag.input "tokens" : tensor<1x4xi8>
  %0 = dag.add %t, %t : (tensor<1x4xi8>, tensor<1x4xi8>) -> tensor<1x4xi8>
  %w = dag.parameter "w" : tensor<64x4xf32>
  %2 = dag.embedding %0, %w : (tensor<1x4xi8>, tensor<64x4xf32>) -> tensor<1x4x4xf32>
  dag.output %2 "y" : tensor<1x4x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %t = dag.input "tokens" : tensor<1x4xi8>
  %0 = dag.add %t, %t : (tensor<1x4xi8>, tensor<1x4xi8>) -> tensor<1x4xi8>
  %w = dag.parameter "w" : tensor<64x4xf32>
  %2 = dag.embedding %0, %w : (tensor<1x4xi8>, tensor<64x4xf32>) -> tensor<1x4x4xf32>
  dag.output %2 "y" : tensor<1x4x4xf32>
}

// -----

dag.model @product {
  %t = dag.input "tokens" : tensor<1x4xi32>
  // expected-error @+1 {{[DAG790] expected dag.multiply with element_type = i64, but got element_type = i32}}
  %0 = dag.multiply %t, %t : (tensor<1x4xi32>, tensor<1x4xi32>) -> tensor<1x4xi32>
  %1 = arith.extsi %0 : tensor<1x4xi32> to tensor<1x4xi64>
  %w = dag.parameter "w" : tensor<64x4xf32>
  %2 = dag.embedding %1, %w : (tensor<1x4xi64>, tensor<64x4xf32>) -> tensor<1x4x4xf32>
  dag.output %2 "y" : tensor<1x4x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %t = dag.input "tokens" : tensor<1x4xi32>
  %1 = arith.extsi %t : tensor<1x4xi32> to tensor<1x4xi64>
  // expected-note @+1 {{this is what '@logical' has}}
  %0 = dag.multiply %1, %1 : (tensor<1x4xi64>, tensor<1x4xi64>) -> tensor<1x4xi64>
  %w = dag.parameter "w" : tensor<64x4xf32>
  %2 = dag.embedding %0, %w : (tensor<1x4xi64>, tensor<64x4xf32>) -> tensor<1x4x4xf32>
  dag.output %2 "y" : tensor<1x4x4xf32>
}

// -----

// Of one type, integers are added up in any order.

dag.model @order {
  %a = dag.input "a" : tensor<4xi32>
  %b = dag.input "b" : tensor<4xi32>
  %c = dag.input "c" : tensor<4xi32>
  %0 = dag.add %a, %b : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %1 = dag.add %0, %c : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  dag.output %1 "y" : tensor<4xi32>
}
dag.model @logical attributes {dag.reference} {
  %a = dag.input "a" : tensor<4xi32>
  %b = dag.input "b" : tensor<4xi32>
  %c = dag.input "c" : tensor<4xi32>
  %0 = dag.add %c, %b : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %1 = dag.add %a, %0 : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  dag.output %1 "y" : tensor<4xi32>
}
