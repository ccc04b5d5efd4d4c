// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-attention

// The five parts, of all ranks at once.

dag.mesh @m <tp = 2>

dag.model @good on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.parameter "wq" : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = dag.parameter "wk" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = dag.parameter "wv" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  dag.layer 0 (%a = %x : tensor<1x8x64xbf16>,
      %pq = %wq : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      %pk = %wk : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      %pv = %wv : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>) {
    %q, %k, %v = dag.qkv_projection %a, %pq, %pk, %pv heads = 4 kv_heads = 2 head_dim = 16 :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
        tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
        tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>) -> (
        tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
        tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
        tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
    %s = dag.attention_scores %q, %k scale = 0.25 : (
        tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
        tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
        -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
    %w = dag.attention_weights %s mask causal : (
        tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>)
        -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
    %d = dag.dropout %w p = 0.0 : (
        tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>)
        -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
    %o = dag.attention_output %d, %v : (
        tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>,
        tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
        -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
    dag.yield
  }
}

// -----

// DAG101: the weights are missing, and the dropout.

dag.model @missing {
  %q = dag.input "q" : tensor<1x8x4x16xbf16>
  %k = dag.input "k" : tensor<1x8x4x16xbf16>
  dag.layer 3 (%a = %q : tensor<1x8x4x16xbf16>, %b = %k : tensor<1x8x4x16xbf16>) {
    // expected-error @+1 {{[DAG101] attention of layer 3 lacks QKV projection, attention weights (softmax), attention dropout (or p = 0 stated)}}
    %s = dag.attention_scores %a, %b scale = 0.25 :
        (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
    // expected-note @+1 {{expected before 'layer 3 attention_output'}}
    %o = dag.attention_output %s, %b :
        (tensor<1x4x8x8xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
    dag.yield
  }
}

// -----

// DAG102: the dropout before the weights.

dag.model @order {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w0 = dag.parameter "w" : tensor<64x64xbf16>
  dag.layer 0 (%a = %x : tensor<1x8x64xbf16>, %w = %w0 : tensor<64x64xbf16>) {
    %q, %k, %v = dag.qkv_projection %a, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16 :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
        -> (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
    %s = dag.attention_scores %q, %k scale = 0.25 :
        (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
    // expected-error @+2 {{[DAG102] expected the parts of attention in order, but 'layer 0 dropout' (attention dropout) comes right behind 'layer 0 attention_scores' (attention scores (QK^T)), past the attention weights (softmax)}}
    // expected-note @+1 {{this node}}
    %d = dag.dropout %s p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    %p = dag.attention_weights %d mask none : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    %o = dag.attention_output %p, %v :
        (tensor<1x4x8x8xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
    dag.yield
  }
}

// -----

// DAG103: the weights of the weights.

dag.model @doubled {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w0 = dag.parameter "w" : tensor<64x64xbf16>
  dag.layer 0 (%a = %x : tensor<1x8x64xbf16>, %w = %w0 : tensor<64x64xbf16>) {
    %q, %k, %v = dag.qkv_projection %a, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16 :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
        -> (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
    %s = dag.attention_scores %q, %k scale = 0.25 :
        (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
    // expected-note @+1 {{the first one}}
    %p = dag.attention_weights %s mask none : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    // expected-error @+1 {{[DAG103] expected one attention weights (softmax) in layer 0, but 'layer 0 attention_weights' is a second one}}
    %r = dag.attention_weights %p mask none : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    %d = dag.dropout %r p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    %o = dag.attention_output %d, %v :
        (tensor<1x4x8x8xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
    dag.yield
  }
}

// -----

// DAG104: one op for all of it.

dag.model @composite {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w0 = dag.parameter "w" : tensor<64x64xbf16>
  dag.layer 0 (%a = %x : tensor<1x8x64xbf16>, %w = %w0 : tensor<64x64xbf16>) {
    // expected-error @+1 {{[DAG104] attention 'layer 0 attention' is one node; expected QKV, scores, weights, dropout and output}}
    %0 = dag.attention %a, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16 scale = 0.25 mask causal :
        (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
        tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield
  }
}

// -----

// DAG105: no dropout is stated; the parts stand in no layer.

dag.model @no_dropout {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.parameter "w" : tensor<64x64xbf16>
  // expected-remark @+1 {{[DAG105] attention has no dropout, and none is waived}}
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
      -> (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %s = dag.attention_scores %q, %k scale = 0.25 :
      (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask none : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %o = dag.attention_output %p, %v :
      (tensor<1x4x8x8xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

// Nothing of an attention is in the plan.

// expected-warning @+1 {{UNVERIFIED: no attention is drawn}}
dag.model @none {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  dag.output %x "y" : tensor<1x8x64xbf16>
}

// -----

// Queries from a latent of their own: the step before the projection is not a
// Q projection without K and V.

dag.model @latent_queries {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  dag.layer 0 (%a = %x : tensor<1x8x64xbf16>) {
    %qd = dag.parameter "qd" : tensor<48x64xbf16>
    %wq = dag.parameter "wq" : tensor<96x48xbf16>
    %wkv = dag.parameter "wkv" : tensor<128x32xbf16>
    %c = dag.parameter "c" : tensor<1x8x32xbf16>
    %r = dag.parameter "r" : tensor<1x8x8xbf16>
    %l = dag.linear %a, %qd as q_projection : (tensor<1x8x64xbf16>,
        tensor<48x64xbf16>) -> tensor<1x8x48xbf16>
    %q, %k, %v = dag.latent_qkv_projection %l, %c, %r, %wq, %wkv heads = 4
        nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x48xbf16>,
        tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x48xbf16>,
        tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>,
        tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
    %s = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x24xbf16>,
        tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
    %w = dag.attention_weights %s mask causal
        : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    %d = dag.dropout %w p = 0.0
        : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    %o = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
        tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
    dag.yield
  }
}
