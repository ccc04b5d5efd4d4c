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
  %0 = dag.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{[DAG794] expected a sum without the input 'x' as the output 'z', but got it, too}}
  %1 = dag.add %0, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  dag.output %1 "z" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  %y = dag.input "y" : tensor<4xf32>
  %0 = dag.add %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  dag.output %0 "z" : tensor<4xf32>
}

// -----

// Leaves: shape, element type, and where a parameter comes from. Padding is no
// difference of shape.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  // expected-error @+1 {{[DAG795] expected the input 'x' to be tensor<2x8xf32>, but got tensor<4x8xf32>}}
  %x = dag.input "x" : tensor<4x8xf32>
  // expected-error @+1 {{[DAG791] expected the parameter 'w' to come from the tensor, transposed, but got the tensor as it is stored}}
  %w = dag.parameter "w" : tensor<6x8xf32, #dag.sharding<[{tp} pad 1, {} ]>>
  %0 = dag.linear %x, %w : (tensor<4x8xf32>,
      tensor<6x8xf32, #dag.sharding<[{tp} pad 1, {} ]>>)
      -> tensor<4x6xf32, #dag.sharding<[{}, {tp} pad 1]>>
  %1 = dag.all_gather %0 dim 1 over {tp}
      : (tensor<4x6xf32, #dag.sharding<[{}, {tp} pad 1]>>) -> tensor<4x5xf32>
  dag.output %1 "y" : tensor<4x5xf32>
}
dag.model @logical attributes {dag.reference} {
  // expected-note @+1 {{this is what '@logical' has}}
  %x = dag.input "x" : tensor<2x8xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %w = dag.parameter "w" from <transposed> : tensor<5x8xf32>
  %0 = dag.linear %x, %w : (tensor<2x8xf32>, tensor<5x8xf32>)
      -> tensor<2x5xf32>
  dag.output %0 "y" : tensor<2x5xf32>
}

// -----

// Outputs and writes, one by one.

// expected-error @+2 {{[DAG793] expected the output 'y', but there is none}}
// expected-error @+1 {{[DAG793] expected the write to the KV cache 'k', but there is none}}
dag.model @plan {
  %x = dag.input "x" : tensor<1x1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %v = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  // expected-error @+1 {{[DAG794] expected ops of '@logical' only, but got dag.soft_cap, which has no counterpart there}}
  %c = dag.soft_cap %x cap = 2.0 : (tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  // expected-error @+1 {{[DAG794] expected the output 'z' in '@logical' as well, but there is none}}
  dag.output %c "z" : tensor<1x1x2x4xf32>
}
// expected-note @+1 {{the model is here}}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x2x4xf32>,
      tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  dag.output %x "y" : tensor<1x1x2x4xf32>
}

// -----

// Operands that are there or not.

dag.model @plan {
  %x = dag.input "x" : tensor<1x8x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  // expected-error @+1 {{[DAG793] expected dag.rotary_embedding with the input 'p', but got 1 operands only}}
  %0 = dag.rotary_embedding %x theta = 10.0
      : (tensor<1x8x2x4xf32>) -> tensor<1x8x2x4xf32>
  // expected-error @+1 {{[DAG794] expected dag.rotary_embedding with 1 operands, but got the input 'p' as well}}
  %1 = dag.rotary_embedding %0 at %p theta = 20.0
      : (tensor<1x8x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %1 "y" : tensor<1x8x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  // expected-note @+1 {{this is what '@logical' has}}
  %0 = dag.rotary_embedding %x at %p theta = 10.0
      : (tensor<1x8x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %1 = dag.rotary_embedding %0 theta = 20.0
      : (tensor<1x8x2x4xf32>) -> tensor<1x8x2x4xf32>
  dag.output %1 "y" : tensor<1x8x2x4xf32>
}

// -----

// As many operands, which mean something else.

dag.model @plan {
  %x = dag.input "x" : tensor<1x8x4xf32>
  %w = dag.parameter "w" : tensor<8x4xf32>
  %b = dag.parameter "b" : tensor<8xf32>
  // expected-error @+1 {{[DAG792] expected dag.router with other kinds of operands}}
  %0, %1 = dag.router %x, %w bias %b top_k = 2
      : (tensor<1x8x4xf32>, tensor<8x4xf32>, tensor<8xf32>)
      -> (tensor<1x8x2xf32>, tensor<1x8x2xi32>)
  dag.output %0 "y" : tensor<1x8x2xf32>
  dag.output %1 "i" : tensor<1x8x2xi32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x4xf32>
  %w = dag.parameter "w" : tensor<8x4xf32>
  %b = dag.parameter "b" : tensor<8xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %0, %1 = dag.router %x, %w correction %b top_k = 2
      : (tensor<1x8x4xf32>, tensor<8x4xf32>, tensor<8xf32>)
      -> (tensor<1x8x2xf32>, tensor<1x8x2xi32>)
  dag.output %0 "y" : tensor<1x8x2xf32>
  dag.output %1 "i" : tensor<1x8x2xi32>
}

// -----

// Writes in another order.

dag.model @plan {
  %x = dag.input "x" : tensor<1x1x4xf32>
  %y = dag.input "y" : tensor<1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  // expected-error @+1 {{[DAG791] expected the input 'x' as operand 1 of dag.kv_cache_update, but got the input 'y'}}
  %0 = dag.kv_cache_update %k, %y at %p
      : (tensor<1x8x4xf32>, tensor<1x1x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  // expected-error @+1 {{[DAG791] expected the input 'y' as operand 1 of dag.kv_cache_update, but got the input 'x'}}
  %1 = dag.kv_cache_update %0, %x at %p
      : (tensor<1x8x4xf32>, tensor<1x1x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x1x4xf32>
  %y = dag.input "y" : tensor<1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %0 = dag.kv_cache_update %k, %x at %p
      : (tensor<1x8x4xf32>, tensor<1x1x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %1 = dag.kv_cache_update %0, %y at %p
      : (tensor<1x8x4xf32>, tensor<1x1x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
}

// -----

// expected-warning @+2 {{[DAG796] expected a model '@logical' to compare with, but there is none of this name}}
// expected-warning @+1 {{UNVERIFIED: there is no model '@logical'}}
dag.model @plan {
  %x = dag.input "x" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}

// -----

// A cache is what it was before the run, whatever has been written, and the
// same one inside of a layer; but its memory is then no longer as it was.

dag.model @plan {
  %n = dag.input "n" : tensor<1x1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %c = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %u = dag.layer 0 (%k = %c : tensor<1x8x2x4xf32>,
      %m = %n : tensor<1x1x2x4xf32>, %q = %p : tensor<i32>)
      -> (tensor<1x8x2x4xf32>) {
    %0 = dag.kv_cache_update %k, %m at %q : (tensor<1x8x2x4xf32>,
        tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
    dag.yield %0 : tensor<1x8x2x4xf32>
  }
  %d = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  // expected-warning @+1 {{UNVERIFIED: 'dag.add' takes a cache as it was before what is written into the same memory in front of it}}
  %s = dag.add %u, %d : (tensor<1x8x2x4xf32>, tensor<1x8x2x4xf32>)
      -> tensor<1x8x2x4xf32>
  dag.output %s "y" : tensor<1x8x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %n = dag.input "n" : tensor<1x1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %c = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %u = dag.kv_cache_update %c, %n at %p : (tensor<1x8x2x4xf32>,
      tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %s = dag.add %u, %c : (tensor<1x8x2x4xf32>, tensor<1x8x2x4xf32>)
      -> tensor<1x8x2x4xf32>
  dag.output %s "y" : tensor<1x8x2x4xf32>
}

// -----

// Outputs that are not the first results of their ops, one for the other.

dag.model @plan {
  %x = dag.input "x" : tensor<1x8x16xf32>
  %a = dag.parameter "a" : tensor<4x16xf32>
  %b = dag.parameter "b" : tensor<4x16xf32>
  %wa, %ia = dag.router %x, %a top_k = 2 : (tensor<1x8x16xf32>,
      tensor<4x16xf32>) -> (tensor<1x8x2xf32>, tensor<1x8x2xi32>)
  %wb, %ib = dag.router %x, %b top_k = 2 : (tensor<1x8x16xf32>,
      tensor<4x16xf32>) -> (tensor<1x8x2xf32>, tensor<1x8x2xi32>)
  // expected-error @+1 {{[DAG792] expected dag.router#1 with 'a' as the output 'first', but got dag.router#1 with 'b'}}
  dag.output %ib "first" : tensor<1x8x2xi32>
  // expected-error @+1 {{[DAG792] expected dag.router#1 with 'b' as the output 'second', but got dag.router#1 with 'a'}}
  dag.output %ia "second" : tensor<1x8x2xi32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x16xf32>
  %a = dag.parameter "a" : tensor<4x16xf32>
  %b = dag.parameter "b" : tensor<4x16xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %wa, %ia = dag.router %x, %a top_k = 2 : (tensor<1x8x16xf32>,
      tensor<4x16xf32>) -> (tensor<1x8x2xf32>, tensor<1x8x2xi32>)
  // expected-note @+1 {{this is what '@logical' has}}
  %wb, %ib = dag.router %x, %b top_k = 2 : (tensor<1x8x16xf32>,
      tensor<4x16xf32>) -> (tensor<1x8x2xf32>, tensor<1x8x2xi32>)
  dag.output %ia "first" : tensor<1x8x2xi32>
  dag.output %ib "second" : tensor<1x8x2xi32>
}

// -----

// The padding of the values is zero: whatever stands in that of the weights is
// multiplied with it.

dag.mesh @m <r = 3>
dag.model @padded on @m {
  %w = dag.input "w" : tensor<1x2x4x4xf32>
  %v = dag.input "v" : tensor<1x4x2x8xf32>
  %a = dag.slice %w dim 3 over {r} pad 2 : (tensor<1x2x4x4xf32>)
      -> tensor<1x2x4x6xf32, #dag.sharding<[{}, {}, {}, {r} pad 2]>>
  %b = dag.slice %v dim 1 over {r} pad 2 : (tensor<1x4x2x8xf32>)
      -> tensor<1x6x2x8xf32, #dag.sharding<[{}, {r} pad 2, {}, {}]>>
  %c = dag.activation sigmoid %a :
      (tensor<1x2x4x6xf32, #dag.sharding<[{}, {}, {}, {r} pad 2]>>)
      -> tensor<1x2x4x6xf32, #dag.sharding<[{}, {}, {}, {r} pad 2]>>
  %d = dag.activation silu %b :
      (tensor<1x6x2x8xf32, #dag.sharding<[{}, {r} pad 2, {}, {}]>>)
      -> tensor<1x6x2x8xf32, #dag.sharding<[{}, {r} pad 2, {}, {}]>>
  %o = dag.attention_output %c, %d :
      (tensor<1x2x4x6xf32, #dag.sharding<[{}, {}, {}, {r} pad 2]>>,
       tensor<1x6x2x8xf32, #dag.sharding<[{}, {r} pad 2, {}, {}]>>)
      -> tensor<1x4x2x8xf32, #dag.sharding<[{}, {}, {}, {}], partial = {r}>>
  %y = dag.all_reduce %o over {r} :
      (tensor<1x4x2x8xf32, #dag.sharding<[{}, {}, {}, {}], partial = {r}>>)
      -> tensor<1x4x2x8xf32>
  dag.output %y "y" : tensor<1x4x2x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %w = dag.input "w" : tensor<1x2x4x4xf32>
  %v = dag.input "v" : tensor<1x4x2x8xf32>
  %c = dag.activation sigmoid %w :
      (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %d = dag.activation silu %v :
      (tensor<1x4x2x8xf32>) -> tensor<1x4x2x8xf32>
  %o = dag.attention_output %c, %d :
      (tensor<1x2x4x4xf32>, tensor<1x4x2x8xf32>) -> tensor<1x4x2x8xf32>
  dag.output %o "y" : tensor<1x4x2x8xf32>
}

// -----

// Ids are numbers, in whatever integers, and a sum that is reduced in a wider
// type is that sum.

dag.mesh @m <tp = 2>
dag.model @widened on @m {
  %t = dag.input "tokens" : tensor<1x4xi64>
  %w = dag.parameter "w" : tensor<8x4xbf16, #dag.sharding<[{tp}, {}]>>
  %0 = dag.embedding %t, %w :
      (tensor<1x4xi64>, tensor<8x4xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x4x4xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %1 = arith.extf %0 :
      tensor<1x4x4xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
      to tensor<1x4x4xf32, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %2 = dag.all_reduce %1 over {tp} :
      (tensor<1x4x4xf32, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x4x4xf32>
  %3 = arith.truncf %2 : tensor<1x4x4xf32> to tensor<1x4x4xbf16>
  dag.output %3 "y" : tensor<1x4x4xbf16>
}
dag.model @logical attributes {dag.reference} {
  %t = dag.input "tokens" : tensor<1x4xi32>
  %w = dag.parameter "w" : tensor<8x4xbf16>
  %0 = dag.embedding %t, %w :
      (tensor<1x4xi32>, tensor<8x4xbf16>) -> tensor<1x4x4xbf16>
  dag.output %0 "y" : tensor<1x4x4xbf16>
}

// -----

// Ids that are widened with their sign are the same ids.

dag.model @extended {
  %i = dag.input "tokens" : tensor<1x4xi32>
  %h = arith.extsi %i : tensor<1x4xi32> to tensor<1x4xi64>
  %j = arith.index_cast %h : tensor<1x4xi64> to tensor<1x4xindex>
  %t = arith.index_cast %j : tensor<1x4xindex> to tensor<1x4xi64>
  %w = dag.parameter "w" : tensor<8x4xf32>
  %0 = dag.embedding %t, %w :
      (tensor<1x4xi64>, tensor<8x4xf32>) -> tensor<1x4x4xf32>
  dag.output %0 "y" : tensor<1x4x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %t = dag.input "tokens" : tensor<1x4xi32>
  %w = dag.parameter "w" : tensor<8x4xf32>
  %0 = dag.embedding %t, %w :
      (tensor<1x4xi32>, tensor<8x4xf32>) -> tensor<1x4x4xf32>
  dag.output %0 "y" : tensor<1x4x4xf32>
}

// -----

// Without it they are others.

dag.model @extended {
  %i = dag.input "tokens" : tensor<1x4xi8>
  // expected-error @+1 {{[DAG794] expected ops of '@logical' only, but got arith.extui, which has no counterpart there}}
  %t = arith.extui %i : tensor<1x4xi8> to tensor<1x4xi32>
  %w = dag.parameter "w" : tensor<8x4xf32>
  %0 = dag.embedding %t, %w :
      (tensor<1x4xi32>, tensor<8x4xf32>) -> tensor<1x4x4xf32>
  dag.output %0 "y" : tensor<1x4x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %t = dag.input "tokens" : tensor<1x4xi8>
  %w = dag.parameter "w" : tensor<8x4xf32>
  %0 = dag.embedding %t, %w :
      (tensor<1x4xi8>, tensor<8x4xf32>) -> tensor<1x4x4xf32>
  dag.output %0 "y" : tensor<1x4x4xf32>
}

// -----

// What is narrowed to another type than the reference has is another value.

dag.model @narrowed {
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.activation silu %x : (tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{[DAG794] expected ops of '@logical' only, but got arith.truncf, which has no counterpart there}}
  %1 = arith.truncf %0 : tensor<4xf32> to tensor<4xbf16>
  %2 = arith.extf %1 : tensor<4xbf16> to tensor<4xf32>
  dag.output %2 "y" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.activation silu %x : (tensor<4xf32>) -> tensor<4xf32>
  dag.output %0 "y" : tensor<4xf32>
}
