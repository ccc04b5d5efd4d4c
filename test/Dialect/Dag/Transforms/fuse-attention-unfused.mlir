// RUN: dag-opt %s --allow-unregistered-dialect -o %t.before
// RUN: dag-opt %s --allow-unregistered-dialect --dag-fuse-attention=explain -verify-diagnostics -o %t.after
// RUN: diff %t.before %t.after

// What stays as it is, and why.

dag.mesh @m <tp = 2, cp = 2>

// Somebody else looks at what is between the parts.

dag.model @other_use_of_the_weights {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %s = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  dag.output %p "weights" : tensor<1x4x8x8xbf16>
  // expected-remark @+1 {{attention is not fused: a result of 'dag.attention_weights' has other uses}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @other_use_of_a_result {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  dag.output %q "q" : tensor<1x8x4x16xbf16>
  %rq = dag.rotary_embedding %q theta = 10000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
  %rk = dag.rotary_embedding %k theta = 10000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %rq, %rk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: a result of 'dag.qkv_projection' has other uses}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @values_of_another_projection {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %q2, %k2, %v2 = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %s = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v2 : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: a result of 'dag.qkv_projection' has no use}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

// They would be lost.

dag.model @attributes {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %s = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 {note = "train"} : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: 'dag.dropout' has attributes that would be lost}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @no_attention {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %z = dag.input "z" : tensor<1x8x4x16xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %s = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected 'dag.attention_output', but got 'dag.input'}}
  %y = dag.output_projection %z, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @queries_and_keys_change_places {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %s = dag.attention_scores %k, %q scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: q, k and v are not those of one projection}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @keys_are_not_rotated {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected both q and k to be rotated, or none}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @queries_are_not_rotated {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %rk = dag.rotary_embedding %k theta = 10000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %q, %rk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected both q and k to be rotated, or none}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @rotated_by_different_theta {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
  %rk = dag.rotary_embedding %k theta = 500000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %rq, %rk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: q and k are rotated in different ways}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @rotated_by_different_rotary_dim {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 :
      (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  %rk = dag.rotary_embedding %k theta = 10000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %rq, %rk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: q and k are rotated in different ways}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @rotated_by_different_interleaved {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
  %rk = dag.rotary_embedding %k theta = 10000.0 interleaved :
      (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %rq, %rk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: q and k are rotated in different ways}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @rotated_by_different_scaling {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 scaling {factor = 8.0 : f64} :
      (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  %rk = dag.rotary_embedding %k theta = 10000.0 scaling {factor = 4.0 : f64} :
      (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %rq, %rk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: q and k are rotated in different ways}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @rotated_by_different_positions {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %i = dag.input "i" : tensor<i32>
  %j = dag.input "j" : tensor<i32>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q at %i theta = 10000.0 : (tensor<1x8x4x16xbf16>,
      tensor<i32>) -> tensor<1x8x4x16xbf16>
  %rk = dag.rotary_embedding %k at %j theta = 10000.0 : (tensor<1x8x4x16xbf16>,
      tensor<i32>) -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %rq, %rk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s at %i mask causal : (tensor<1x4x8x8xbf16>,
      tensor<i32>) -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: q and k are rotated in different ways}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @rotated_from_an_offset {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 offset = 8 :
      (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  %rk = dag.rotary_embedding %k theta = 10000.0 offset = 8 :
      (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %rq, %rk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: the rotation begins at an offset}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @rotation_without_position {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %i = dag.input "i" : tensor<i32>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
  %rk = dag.rotary_embedding %k theta = 10000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %rq, %rk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s at %i mask causal : (tensor<1x4x8x8xbf16>,
      tensor<i32>) -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: the rotation and the mask are at different positions}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @only_queries_are_normalized {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %n = dag.input "n" : tensor<16xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %nq = dag.qk_norm %q, %n epsilon = 1.0e-06 : (tensor<1x8x4x16xbf16>,
      tensor<16xbf16>) -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %nq, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected both q and k to be normalized, or none}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @normalized_with_different_epsilon {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %n = dag.input "n" : tensor<16xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %nq = dag.qk_norm %q, %n epsilon = 1.0e-06 : (tensor<1x8x4x16xbf16>,
      tensor<16xbf16>) -> tensor<1x8x4x16xbf16>
  %nk = dag.qk_norm %k, %n epsilon = 1.0e-05 : (tensor<1x8x4x16xbf16>,
      tensor<16xbf16>) -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %nq, %nk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: q and k are normalized in different ways}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @normalized_with_different_offsets {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %n = dag.input "n" : tensor<16xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %nq = dag.qk_norm %q, %n epsilon = 1.0e-06 unit_offset :
      (tensor<1x8x4x16xbf16>, tensor<16xbf16>) -> tensor<1x8x4x16xbf16>
  %nk = dag.qk_norm %k, %n epsilon = 1.0e-06 : (tensor<1x8x4x16xbf16>,
      tensor<16xbf16>) -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %nq, %nk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: q and k are normalized in different ways}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @cache_at_another_position {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %ck = dag.input "ck" : tensor<1x16x4x16xbf16>
  %cv = dag.input "cv" : tensor<1x16x4x16xbf16>
  %i = dag.input "i" : tensor<i32>
  %j = dag.input "j" : tensor<i32>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %uk = dag.kv_cache_update %ck, %k at %i : (tensor<1x16x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<i32>) -> tensor<1x16x4x16xbf16>
  %uv = dag.kv_cache_update %cv, %v at %j : (tensor<1x16x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<i32>) -> tensor<1x16x4x16xbf16>
  %s = dag.attention_scores %q, %uk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x16x4x16xbf16>) -> tensor<1x4x8x16xbf16>
  %p = dag.attention_weights %s at %i mask causal : (tensor<1x4x8x16xbf16>,
      tensor<i32>) -> tensor<1x4x8x16xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x16xbf16>) -> tensor<1x4x8x16xbf16>
  %h = dag.attention_output %d, %uv : (tensor<1x4x8x16xbf16>,
      tensor<1x16x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: the cache and the mask are at different positions}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @mask_without_position {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %ck = dag.input "ck" : tensor<1x16x4x16xbf16>
  %cv = dag.input "cv" : tensor<1x16x4x16xbf16>
  %i = dag.input "i" : tensor<i32>
  %j = dag.input "j" : tensor<i32>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %uk = dag.kv_cache_update %ck, %k at %i : (tensor<1x16x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<i32>) -> tensor<1x16x4x16xbf16>
  %uv = dag.kv_cache_update %cv, %v at %i : (tensor<1x16x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<i32>) -> tensor<1x16x4x16xbf16>
  %s = dag.attention_scores %q, %uk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x16x4x16xbf16>) -> tensor<1x4x8x16xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x16xbf16>)
      -> tensor<1x4x8x16xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x16xbf16>) -> tensor<1x4x8x16xbf16>
  %h = dag.attention_output %d, %uv : (tensor<1x4x8x16xbf16>,
      tensor<1x16x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: the cache and the mask are at different positions}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

dag.model @only_keys_are_cached {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %ck = dag.input "ck" : tensor<1x8x4x16xbf16>
  %i = dag.input "i" : tensor<i32>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %u = dag.kv_cache_update %ck, %k at %i : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<i32>) -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %q, %u scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s at %i mask causal : (tensor<1x4x8x8xbf16>,
      tensor<i32>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %p, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected both or none to be cached}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @parts_in_another_order {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
  %s = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %c = dag.soft_cap %p cap = 30.0 : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %c, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected 'dag.attention_weights', but got 'dag.soft_cap'}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// A collective between the parts is not attention.

dag.model @collective on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>)
      -> (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
  %s = dag.attention_scores %q, %k scale = 0.25 :
      (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %p = dag.attention_weights %s mask causal :
      (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %d = dag.dropout %p p = 0.0 :
      (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %h = dag.attention_output %d, %v :
      (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %g = dag.all_gather %h dim 2 over {tp} :
      (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected 'dag.attention_output', but got 'dag.all_gather'}}
  %y = dag.output_projection %g, %wo : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @collective_on_queries on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {cp}, {}]>>
  %w = dag.input "w" : tensor<64x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16, #dag.sharding<[{}, {cp}, {}]>>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
      -> (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>)
  %gk = dag.all_gather %k dim 1 over {cp} :
      (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>)
      -> tensor<1x8x4x16xbf16>
  %gv = dag.all_gather %v dim 1 over {cp} :
      (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>)
      -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %q, %gk scale = 0.25 :
      (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>,
      tensor<1x8x4x16xbf16>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {cp}, {}]>>
  %p = dag.attention_weights %s mask causal :
      (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {cp}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {cp}, {}]>>
  %d = dag.dropout %p p = 0.0 :
      (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {cp}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {cp}, {}]>>
  %h = dag.attention_output %d, %gv :
      (tensor<1x4x8x8xbf16, #dag.sharding<[{}, {}, {cp}, {}]>>,
      tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>
  // expected-remark @+1 {{attention is not fused: q, k and v are not those of one projection}}
  %y = dag.output_projection %h, %w :
      (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {cp}, {}, {}]>>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {cp}, {}]>>
}

dag.model @block_argument {
  %h = dag.input "h" : tensor<1x8x4x16xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  dag.layer 0 (%a = %h : tensor<1x8x4x16xbf16>,
      %b = %w : tensor<64x64xbf16>) {
    // expected-remark @+1 {{attention is not fused: expected 'dag.attention_output', but got a block argument}}
    %y = dag.output_projection %a, %b : (tensor<1x8x4x16xbf16>,
        tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield
  }
}

dag.model @another_block {
  %w = dag.input "w" : tensor<64x64xbf16>
  %p = dag.input "p" : tensor<1x4x8x8xbf16>
  %v = dag.input "v" : tensor<1x8x4x16xbf16>
  %h = dag.attention_output %p, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  "test.region"() ({
    // expected-remark @+1 {{attention is not fused: 'dag.attention_output' is in another block}}
    %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
        tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  }) : () -> ()
}

// What only dag.attention can say.

dag.model @latent_mask {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask none : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: latent attention has a causal mask, no sinks, no alibi, no soft cap and no bias}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_alibi {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal alibi = 8.0 : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: latent attention has a causal mask, no sinks, no alibi, no soft cap and no bias}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_sinks {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %z = dag.input "z" : tensor<4xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s sinks %z mask causal : (tensor<1x4x8x8xbf16>,
      tensor<4xbf16>) -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: latent attention has a causal mask, no sinks, no alibi, no soft cap and no bias}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_soft_cap {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %c = dag.soft_cap %s cap = 30.0 : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %c mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: latent attention has a causal mask, no sinks, no alibi, no soft cap and no bias}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_bias {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %z = dag.input "z" : tensor<64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: latent attention has a causal mask, no sinks, no alibi, no soft cap and no bias}}
  %y = dag.output_projection %h, %w, %z : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_queries_are_not_rotated {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %s = dag.attention_scores %q, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected 'dag.rotary_embedding', but got 'dag.latent_qkv_projection'}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_rotated_part {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 8 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: the rotated part of q is not that of the projection}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_rotated_part_of_the_part {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 4 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: the rotated part of q is not that of the projection}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_rotated_heads {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 : (tensor<1x8x4x24xbf16>)
      -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: the rotated part of q is not that of the projection}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_rotated_by_different_theta {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 500000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: q and k are rotated in different ways}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_part_of_the_shared_part {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 rotary_dim = 4 :
      (tensor<1x8x8xbf16>) -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: q and k are rotated in different ways}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_rotation_without_position {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %i = dag.input "i" : tensor<i32>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s at %i mask causal : (tensor<1x4x8x8xbf16>,
      tensor<i32>) -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: the rotation and the mask are at different positions}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_cache_at_another_position {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %i = dag.input "i" : tensor<i32>
  %j = dag.input "j" : tensor<i32>
  %cg = dag.input "cg" : tensor<1x16x32xbf16>
  %cr = dag.input "cr" : tensor<1x16x8xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 at %i theta = 10000.0 : (tensor<1x8x8xbf16>,
      tensor<i32>) -> tensor<1x8x8xbf16>
  %ug = dag.kv_cache_update %cg, %g at %i : (tensor<1x16x32xbf16>,
      tensor<1x8x32xbf16>, tensor<i32>) -> tensor<1x16x32xbf16>
  %ur = dag.kv_cache_update %cr, %r at %j : (tensor<1x16x8xbf16>,
      tensor<1x8x8xbf16>, tensor<i32>) -> tensor<1x16x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %ug, %ur, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x16x32xbf16>, tensor<1x16x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x16x4x24xbf16>,
      tensor<1x16x4x16xbf16>)
  %rq = dag.rotary_embedding %q at %i theta = 10000.0 rotary_dim = 8 offset = 16
      : (tensor<1x8x4x24xbf16>, tensor<i32>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x16x4x24xbf16>) -> tensor<1x4x8x16xbf16>
  %p = dag.attention_weights %s at %i mask causal : (tensor<1x4x8x16xbf16>,
      tensor<i32>) -> tensor<1x4x8x16xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x16xbf16>) -> tensor<1x4x8x16xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x16xbf16>,
      tensor<1x16x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: the cache and the mask are at different positions}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_norm_with_unit_offset {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 unit_offset :
      (tensor<1x8x32xbf16>, tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected a linear layer and a norm of the latent without a bias, a unit offset and a role}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_linear_with_role {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd as k_projection : (tensor<1x8x64xbf16>,
      tensor<40x64xbf16>) -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected a linear layer and a norm of the latent without a bias, a unit offset and a role}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_linear_with_bias {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %z = dag.input "z" : tensor<40xbf16>
  %e = dag.linear %x, %wd, %z : (tensor<1x8x64xbf16>, tensor<40x64xbf16>,
      tensor<40xbf16>) -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected a linear layer and a norm of the latent without a bias, a unit offset and a role}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_queries_without_role {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x48xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %qd = dag.input "qd" : tensor<48x64xbf16>
  %qn = dag.input "qn" : tensor<48xbf16>
  %a = dag.linear %x, %qd : (tensor<1x8x64xbf16>, tensor<48x64xbf16>)
      -> tensor<1x8x48xbf16>
  %b = dag.rms_norm %a, %qn epsilon = 1.0e-06 : (tensor<1x8x48xbf16>,
      tensor<48xbf16>) -> tensor<1x8x48xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %b, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x48xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x48xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected the latent of queries to be made like that of keys, as q_projection}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_queries_with_other_epsilon {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x48xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %qd = dag.input "qd" : tensor<48x64xbf16>
  %qn = dag.input "qn" : tensor<48xbf16>
  %a = dag.linear %x, %qd as q_projection : (tensor<1x8x64xbf16>,
      tensor<48x64xbf16>) -> tensor<1x8x48xbf16>
  %b = dag.rms_norm %a, %qn epsilon = 1.0e-05 : (tensor<1x8x48xbf16>,
      tensor<48xbf16>) -> tensor<1x8x48xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %b, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x48xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x48xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected the latent of queries to be made like that of keys, as q_projection}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_queries_of_another_tensor {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x48xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %qd = dag.input "qd" : tensor<48x64xbf16>
  %qn = dag.input "qn" : tensor<48xbf16>
  %z = dag.input "z" : tensor<1x8x64xbf16>
  %a = dag.linear %z, %qd as q_projection : (tensor<1x8x64xbf16>,
      tensor<48x64xbf16>) -> tensor<1x8x48xbf16>
  %b = dag.rms_norm %a, %qn epsilon = 1.0e-06 : (tensor<1x8x48xbf16>,
      tensor<48xbf16>) -> tensor<1x8x48xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %b, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x48xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x48xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: queries and keys come from different tensors}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_queries_without_norm {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %z = dag.input "z" : tensor<1x8x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %z, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected 'dag.rms_norm', but got 'dag.input'}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_split_in_three {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %z = dag.input "z" : tensor<1x8x8xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:3 = dag.split %e sizes [32, 4, 4] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x4xbf16>, tensor<1x8x4xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %z theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: a result of 'dag.split' has no use}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_of_another_split {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %z = dag.input "z" : tensor<1x8x8xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %z theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: a result of 'dag.split' has no use}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

dag.model @latent_queries_and_keys_change_places {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %e = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>)
      -> tensor<1x8x40xbf16>
  %f:2 = dag.split %e sizes [32, 8] : (tensor<1x8x40xbf16>)
      -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  %g = dag.rms_norm %f#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>,
      tensor<32xbf16>) -> tensor<1x8x32xbf16>
  %r = dag.rotary_embedding %f#1 theta = 10000.0 : (tensor<1x8x8xbf16>)
      -> tensor<1x8x8xbf16>
  %q, %k, %v = dag.latent_qkv_projection %x, %g, %r, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x32xbf16>, tensor<1x8x8xbf16>, tensor<96x64xbf16>,
      tensor<128x32xbf16>) -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
      tensor<1x8x4x16xbf16>)
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16 :
      (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %k, %rq scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // expected-remark @+1 {{attention is not fused: expected 'dag.rotary_embedding', but got 'dag.latent_qkv_projection'}}
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}
