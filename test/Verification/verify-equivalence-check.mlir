// RUN: dag-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-verify-equivalence

// Asserts, and what only they look at, are nothing that the model has to have.
// A constant is the same one in shards, whatever its padding is.

dag.mesh @mesh <tp = 2>

dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<1x2x3xf32>
  %c = arith.constant dense<[[[1.0, 2.0, 3.0, 0.0], [1.0, 2.0, 3.0, 0.0]]]>
      : tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %0 = dag.slice %x dim 2 over {tp} pad 1 : (tensor<1x2x3xf32>)
      -> tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %1 = dag.multiply %0, %c
      : (tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>,
         tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>)
      -> tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  // Only an assert looks at these.
  %2 = dag.scale %0 by 2.0
      : (tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>)
      -> tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %3 = arith.constant dense<7.0>
      : tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  check.close %2, %3 absolute = 100
      : tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %4 = dag.all_gather %1 dim 2 over {tp}
      : (tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>)
      -> tensor<1x2x3xf32>
  dag.output %4 "y" : tensor<1x2x3xf32>
}

dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x3xf32>
  %c = arith.constant dense<[[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]]>
      : tensor<1x2x3xf32>
  %0 = dag.multiply %x, %c
      : (tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> tensor<1x2x3xf32>
  dag.output %0 "y" : tensor<1x2x3xf32>
}

// -----

// Another constant.

dag.mesh @mesh <tp = 2>

dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<1x2x3xf32>
  // expected-error @+1 {{[DAG794] expected ops of '@logical' only, but got arith.constant, which has no counterpart there}}
  %c = arith.constant dense<[[[1.0, 2.0, 3.0, 0.0], [1.0, 2.0, 4.0, 0.0]]]>
      : tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %0 = dag.slice %x dim 2 over {tp} pad 1 : (tensor<1x2x3xf32>)
      -> tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  // expected-error @+1 {{[DAG792] expected arith.constant with value = dense<[[[1.000000e+00, 2.000000e+00, 3.000000e+00], [1.000000e+00, 2.000000e+... as operand 1 of dag.multiply, but got arith.constant with value = dense<}}
  %1 = dag.multiply %0, %c
      : (tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>,
         tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>)
      -> tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  // Only an assert looks at these.
  %2 = dag.scale %0 by 2.0
      : (tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>)
      -> tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %3 = arith.constant dense<7.0>
      : tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  check.close %2, %3 absolute = 100
      : tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %4 = dag.all_gather %1 dim 2 over {tp}
      : (tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp} pad 1]>>)
      -> tensor<1x2x3xf32>
  dag.output %4 "y" : tensor<1x2x3xf32>
}

dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x3xf32>
  // expected-note @+1 {{this is what '@logical' has}}
  %c = arith.constant dense<[[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]]>
      : tensor<1x2x3xf32>
  %0 = dag.multiply %x, %c
      : (tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> tensor<1x2x3xf32>
  dag.output %0 "y" : tensor<1x2x3xf32>
}

// -----

// A write is the model's, even if only an assert looks at the cache then.

dag.mesh @mesh <tp = 2>

// expected-error @+1 {{[DAG793] expected the write to the KV cache 'k', but there is none}}
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<1x1x1xf32>
  dag.output %x "y" : tensor<1x1x1xf32>
}

dag.model @logical attributes {dag.reference} {
  %c = dag.kv_cache "k" : tensor<1x4x1xf32>
  %x = dag.input "x" : tensor<1x1x1xf32>
  %p = dag.input "p" : tensor<i32>
  // expected-note @+1 {{this is what '@logical' has}}
  %u = dag.kv_cache_update %c, %x at %p
      : (tensor<1x4x1xf32>, tensor<1x1x1xf32>, tensor<i32>)
      -> tensor<1x4x1xf32>
  check.equal %u, %u : tensor<1x4x1xf32>
  dag.output %x "y" : tensor<1x1x1xf32>
}
