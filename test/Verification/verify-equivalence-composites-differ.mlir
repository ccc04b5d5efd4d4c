// RUN: dag-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-verify-equivalence

// Parts that differ are named, and stand at their composite.

dag.model @plan {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %r = dag.parameter "r" : tensor<8x64xf32>
  %g = dag.parameter "g" : tensor<8x128x64xf32>
  %u = dag.parameter "u" : tensor<8x128x64xf32>
  %d = dag.parameter "d" : tensor<8x64x128xf32>
  // expected-error @below {{[DAG790] expected dag.router with scoring = sigmoid, but got scoring = softmax}}
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 4 activation silu :
      (tensor<1x8x64xf32>, tensor<8x64xf32>, tensor<8x128x64xf32>,
      tensor<8x128x64xf32>, tensor<8x64x128xf32>) -> tensor<1x8x64xf32>
  dag.output %0 "y" : tensor<1x8x64xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %r = dag.parameter "r" : tensor<8x64xf32>
  %g = dag.parameter "g" : tensor<8x128x64xf32>
  %u = dag.parameter "u" : tensor<8x128x64xf32>
  %d = dag.parameter "d" : tensor<8x64x128xf32>
  // expected-note @below {{this is what '@logical' has}}
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 4 activation silu
      scoring sigmoid : (tensor<1x8x64xf32>, tensor<8x64xf32>,
      tensor<8x128x64xf32>, tensor<8x128x64xf32>, tensor<8x64x128xf32>)
      -> tensor<1x8x64xf32>
  dag.output %0 "y" : tensor<1x8x64xf32>
}
