// RUN: dag-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

// Every number among the attributes of an op is finite, and lies in the range
// that its name tells, whether a constraint of the op asks for it or not.

dag.model @rms_norm_infinite_epsilon {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<64xbf16>
  // expected-error @+1 {{'dag.rms_norm' op (C4) expected 'epsilon' to be finite, but got inf}}
  %0 = dag.rms_norm %x, %w epsilon = 0x7FF0000000000000
      : (tensor<1x8x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @qk_norm_infinite_epsilon {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  %w = "test.value"() : () -> tensor<16xbf16>
  // expected-error @+1 {{'dag.qk_norm' op (C4) expected 'epsilon' to be finite, but got inf}}
  %0 = dag.qk_norm %x, %w epsilon = 0x7FF0000000000000
      : (tensor<1x8x4x16xbf16>, tensor<16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_infinite_theta {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op (C4) expected 'theta' to be finite, but got inf}}
  %0 = dag.rotary_embedding %x theta = 0x7FF0000000000000
      : (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_infinite_factor {
  %x = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op expected 'scaling.factor' to be finite, but got nan}}
  %0 = dag.rotary_embedding %x theta = 10000.0
      scaling {rope_type = "linear", factor = 0x7FF8000000000000 : f64}
      : (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
}

// -----

dag.model @rotary_embedding_infinite_factors {
  %x = "test.value"() : () -> tensor<1x8x2x4xbf16>
  // expected-error @+1 {{'dag.rotary_embedding' op expected 'scaling.long_factor' to be finite, but got -inf}}
  %0 = dag.rotary_embedding %x theta = 10000.0
      scaling {rope_type = "longrope", long_factor = [1.0, 0xFFF0000000000000 : f64]}
      : (tensor<1x8x2x4xbf16>) -> tensor<1x8x2x4xbf16>
}

// -----

dag.model @attention_scores_scale_not_a_number {
  %q = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.attention_scores' op expected 'scale' to be finite, but got nan}}
  %0 = dag.attention_scores %q, %q scale = 0x7FF8000000000000
      : (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_scale_infinite {
  %q = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.attention_scores' op expected 'scale' to be finite, but got -inf}}
  %0 = dag.attention_scores %q, %q scale = 0xFFF0000000000000
      : (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_scale_negative {
  %q = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.attention_scores' op expected 'scale' to be positive, but got -1.0}}
  %0 = dag.attention_scores %q, %q scale = -1.0
      : (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_scores_scale_zero {
  %q = "test.value"() : () -> tensor<1x8x4x16xbf16>
  // expected-error @+1 {{'dag.attention_scores' op expected 'scale' to be positive, but got 0.0}}
  %0 = dag.attention_scores %q, %q scale = 0.0
      : (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @attention_weights_infinite_alibi {
  %s = "test.value"() : () -> tensor<1x4x8x8xbf16>
  // expected-error @+1 {{'dag.attention_weights' op (C6) expected 'alibi' to be finite, but got inf}}
  %0 = dag.attention_weights %s mask causal alibi = 0x7FF0000000000000
      : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
}

// -----

dag.model @soft_cap_infinite {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.soft_cap' op (C2) expected 'cap' to be finite, but got inf}}
  %0 = dag.soft_cap %x cap = 0x7FF0000000000000
      : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

// Any other factor is one.

dag.model @scale_infinite {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %0 = dag.scale %x by -2.0 : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
  %1 = dag.scale %x by 0.0 : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
  // expected-error @+1 {{'dag.scale' op expected 'factor' to be finite, but got inf}}
  %2 = dag.scale %x by 0x7FF0000000000000
      : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @composite_scale {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<64x64xbf16>
  // expected-error @+1 {{'dag.attention' op expected 'scale' to be finite, but got nan}}
  %0 = dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16
      scale = 0x7FF8000000000000 mask causal
      : (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
         tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @router_scale {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op expected 'scale' to be finite, but got inf}}
  %w, %i = dag.router %x, %r top_k = 2 scale = 0x7FF0000000000000
      : (tensor<1x8x64xbf16>, tensor<8x64xbf16>)
      -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// -----

dag.model @expert_infinite_alpha {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x32x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x32xbf16>
  // expected-error @+1 {{'dag.expert' op expected 'alpha' to be finite, but got nan}}
  %0 = dag.expert silu %x, %g, %g, %d alpha = 0x7FF8000000000000
      : (tensor<8x16x64xbf16>, tensor<8x32x64xbf16>, tensor<8x32x64xbf16>,
         tensor<8x64x32xbf16>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_infinite_limit {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x32x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x32xbf16>
  // expected-error @+1 {{'dag.expert' op (C7) expected 'limit' to be finite, but got inf}}
  %0 = dag.expert silu %x, %g, %g, %d limit = 0x7FF0000000000000
      : (tensor<8x16x64xbf16>, tensor<8x32x64xbf16>, tensor<8x32x64xbf16>,
         tensor<8x64x32xbf16>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_infinite_up_offset {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x32x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x32xbf16>
  // expected-error @+1 {{'dag.expert' op expected 'up_offset' to be finite, but got inf}}
  %0 = dag.expert silu %x, %g, %g, %d up_offset = 0x7FF0000000000000
      : (tensor<8x16x64xbf16>, tensor<8x32x64xbf16>, tensor<8x32x64xbf16>,
         tensor<8x64x32xbf16>) -> tensor<8x16x64xbf16>
}

// -----

// The programs of ranks, too.

dag.mesh @m <tp = 2>
dag.program @alibi on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<1x2x3x3xf32>
    // expected-error@+1 {{'dag.alibi' op (C3) expected 'base' to be finite, but got inf}}
    %0 = dag.alibi %x heads = 4 base = 0x7FF0000000000000
      : (tensor<1x2x3x3xf32>) -> tensor<1x2x3x3xf32>
  }
}
