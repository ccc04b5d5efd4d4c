// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-attention

// A model may have layers without attention, with parts of it, or with two: its
// reference says so. What the reference has otherwise is wrong all the same.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.parameter "w" : tensor<64x64xbf16>
  // As wanted: two attentions.
  dag.layer 0 (%a = %x : tensor<1x8x64xbf16>, %m = %w : tensor<64x64xbf16>) {
    %q, %k, %v = dag.qkv_projection %a, %m, %m, %m heads = 4 kv_heads = 4 head_dim = 16 :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
        -> (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
    %s = dag.attention_scores %q, %k scale = 0.25 :
        (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
    %p = dag.attention_weights %s mask none : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    %o = dag.attention_output %p, %v :
        (tensor<1x4x8x8xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
    %s1 = dag.attention_scores %q, %k scale = 0.5 :
        (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
    %p1 = dag.attention_weights %s1 mask none : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    %o1 = dag.attention_output %p1, %v :
        (tensor<1x4x8x8xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
    dag.yield
  }
  // As wanted: no attention.
  %1 = dag.layer 1 (%a = %x : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    %2 = dag.activation silu %a : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield %2 : tensor<1x8x64xbf16>
  }
  // Not wanted: no attention.
  %3 = dag.layer 2 (%a = %x : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    // expected-error @+1 {{[DAG101] layer 2 has no attention}}
    %2 = dag.activation silu %a : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield %2 : tensor<1x8x64xbf16>
  }
  // As wanted: no softmax. Not wanted: two outputs.
  dag.layer 3 (%a = %x : tensor<1x8x64xbf16>, %m = %w : tensor<64x64xbf16>) {
    %q, %k, %v = dag.qkv_projection %a, %m, %m, %m heads = 4 kv_heads = 4 head_dim = 16 :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
        -> (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
    %s = dag.attention_scores %q, %k scale = 0.25 :
        (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
    // expected-note @+1 {{the first one}}
    %o = dag.attention_output %s, %v :
        (tensor<1x4x8x8xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
    // expected-error @+1 {{[DAG103] expected one attention output (weighted sum of values) in layer 3, but 'layer 3 attention_output' is a second one}}
    %o1 = dag.attention_output %s, %v :
        (tensor<1x4x8x8xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
    dag.yield
  }
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.parameter "w" : tensor<64x64xbf16>
  dag.layer 0 (%a = %x : tensor<1x8x64xbf16>, %m = %w : tensor<64x64xbf16>) {
    %0 = dag.attention %a, %m, %m, %m, %m heads = 4 kv_heads = 4 head_dim = 16
        scale = 0.25 mask none :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
         tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
    %1 = dag.attention %0, %m, %m, %m, %m heads = 4 kv_heads = 4 head_dim = 16
        scale = 0.5 mask none :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
         tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield
  }
  %1 = dag.layer 1 (%a = %x : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    %2 = dag.activation silu %a : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield %2 : tensor<1x8x64xbf16>
  }
  dag.layer 2 (%a = %x : tensor<1x8x64xbf16>, %m = %w : tensor<64x64xbf16>) {
    %0 = dag.attention %a, %m, %m, %m, %m heads = 4 kv_heads = 4 head_dim = 16
        scale = 0.25 mask none :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
         tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield
  }
  dag.layer 3 (%a = %x : tensor<1x8x64xbf16>, %m = %w : tensor<64x64xbf16>) {
    %q, %k, %v = dag.qkv_projection %a, %m, %m, %m heads = 4 kv_heads = 4 head_dim = 16 :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
        -> (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
    %s = dag.attention_scores %q, %k scale = 0.25 :
        (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
    %o = dag.attention_output %s, %v :
        (tensor<1x4x8x8xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
    dag.yield
  }
}

// -----

// References of other models, by their figures or their parameters, say nothing
// of this one; and one of two that have the layer is not enough.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh <hidden_size = 64> {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %m = dag.parameter "m" : tensor<64x64xbf16>
  dag.layer 0 (%a = %x : tensor<1x8x64xbf16>) {
    // expected-error @+1 {{[DAG101] layer 0 has no attention}}
    %1 = dag.activation silu %a : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield
  }
  dag.layer 1 (%a = %x : tensor<1x8x64xbf16>) {
    // expected-error @+1 {{[DAG101] layer 1 has no attention}}
    %1 = dag.activation silu %a : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield
  }
  dag.layer 2 (%a = %x : tensor<1x8x64xbf16>, %n = %m : tensor<64x64xbf16>) {
    // expected-error @+1 {{[DAG104]}}
    %0 = dag.attention %a, %n, %n, %n, %n heads = 4 kv_heads = 4 head_dim = 16
        scale = 0.25 mask none :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
         tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield
  }
}
dag.model @draft <hidden_size = 8> attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x8xbf16>
  %m = dag.parameter "m" : tensor<64x64xbf16>
  dag.layer 0 (%a = %x : tensor<1x8x8xbf16>) {
    %1 = dag.activation silu %a : (tensor<1x8x8xbf16>) -> tensor<1x8x8xbf16>
    dag.yield
  }
}
dag.model @other attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x8xbf16>
  dag.layer 0 (%a = %x : tensor<1x8x8xbf16>) {
    %1 = dag.activation silu %a : (tensor<1x8x8xbf16>) -> tensor<1x8x8xbf16>
    dag.yield
  }
}
dag.model @without attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %m = dag.parameter "m" : tensor<64x64xbf16>
  dag.layer 1 (%a = %x : tensor<1x8x64xbf16>) {
    %1 = dag.activation silu %a : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield
  }
}
dag.model @with attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %m = dag.parameter "m" : tensor<64x64xbf16>
  dag.layer 1 (%a = %x : tensor<1x8x64xbf16>, %n = %m : tensor<64x64xbf16>) {
    %0 = dag.attention %a, %n, %n, %n, %n heads = 4 kv_heads = 4 head_dim = 16
        scale = 0.25 mask none :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
         tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield
  }
}
