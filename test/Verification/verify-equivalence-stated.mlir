// RUN: dag-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-verify-equivalence

// What a reference states of itself and is not: nothing is proved of the model
// that it states.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    %1 = dag.activation silu %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  dag.output %0 "y" : tensor<4x8xf32>
}
// expected-warning @+1 {{UNVERIFIED: '@logical' holds only some of the layers}}
dag.model @logical <num_layers = 80> sampling = [0] because "all layers are alike"
    attributes {dag.reference} {
  %x = dag.input "x" : tensor<4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    %1 = dag.activation silu %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  dag.output %0 "y" : tensor<4x8xf32>
}

// -----

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    %1 = dag.activation silu %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  dag.output %0 "y" : tensor<4x8xf32>
}
// expected-warning @+1 {{UNVERIFIED: '@logical' states 3 layers, but has 1}}
dag.model @logical <num_layers = 3> attributes {dag.reference} {
  %x = dag.input "x" : tensor<4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    %1 = dag.activation silu %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  dag.output %0 "y" : tensor<4x8xf32>
}

// -----

// Figures that contradict those of the plan; what differs is found all the same.

dag.mesh @mesh <tp = 2>
// expected-warning @+1 {{UNVERIFIED: the plan is of another model than '@logical': it states a number of KV heads of 4 and not 8}}
dag.model @plan on @mesh <num_layers = 1, num_heads = 8, num_kv_heads = 4> {
  %x = dag.input "x" : tensor<4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    // expected-error @+1 {{[DAG790] expected dag.activation with kind = relu, but got kind = silu}}
    %1 = dag.activation silu %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  dag.output %0 "y" : tensor<4x8xf32>
}
dag.model @logical <num_layers = 1, num_heads = 8, num_kv_heads = 8>
    attributes {dag.reference} {
  %x = dag.input "x" : tensor<4x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<4x8xf32>) -> (tensor<4x8xf32>) {
    // expected-note @+1 {{this is what '@logical' has}}
    %1 = dag.activation relu %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
    dag.yield %1 : tensor<4x8xf32>
  }
  dag.output %0 "y" : tensor<4x8xf32>
}

// -----

// The same figures, of which either states what it wants. Where no layer is
// marked, nobody knows how many there are.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh <num_layers = 3, num_heads = 8> {
  %x = dag.input "x" : tensor<4x8xf32>
  %0 = dag.activation silu %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  dag.output %0 "y" : tensor<4x8xf32>
}
dag.model @logical <num_layers = 3, num_kv_heads = 8>
    attributes {dag.reference} {
  %x = dag.input "x" : tensor<4x8xf32>
  %0 = dag.activation silu %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  dag.output %0 "y" : tensor<4x8xf32>
}
