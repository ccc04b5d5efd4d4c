// RUN: dag-opt %s --dag-shard="tp=8 ep=2" --split-input-file \
// RUN:   --verify-diagnostics

// expected-error@below {{expected a 'dag.model' to shard, but there is none}}
module {
  dag.model @reference attributes {dag.reference} {}
}

// -----

// expected-note@below {{the mesh is here}}
dag.mesh @m <tp = 2>
// expected-error@below {{expected a model without a mesh, but 'sharded' is on @m}}
dag.model @sharded on @m {}

// -----

dag.model @dynamic {
  // expected-error@below {{expected sizes to be known, but got 'tensor<?x8xi32>'}}
  %0 = dag.input "tokens" : tensor<?x8xi32>
}

// -----

dag.model @large {
  // expected-error@below {{expected sizes of at most 2305843009213693952, but got 'tensor<9223372036854775807xbf16>'}}
  %0 = dag.parameter "w" : tensor<9223372036854775807xbf16>
}

// -----

dag.model @composite {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.parameter "w" : tensor<64x64xbf16>
  // expected-error@below {{expected attention in parts, but got 'dag.attention': run --dag-decompose-attention before --dag-shard}}
  %0 = dag.attention %x, %w, %w, %w, %w
      heads = 8 kv_heads = 8 head_dim = 8 scale = 0.25 mask causal
      : (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
         tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @latent_composite {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.parameter "wq" : tensor<96x64xbf16>
  %wd = dag.parameter "wd" : tensor<40x64xbf16>
  %n = dag.parameter "n" : tensor<32xbf16>
  %wkv = dag.parameter "wkv" : tensor<128x32xbf16>
  %wo = dag.parameter "wo" : tensor<64x64xbf16>
  // expected-error@below {{expected attention in parts, but got 'dag.latent_attention': run --dag-decompose-attention before --dag-shard}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06
      scale = 0.2 theta = 10000.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @heads {
  %x = dag.input "x" : tensor<1x8x56xbf16>
  %wq = dag.parameter "wq" : tensor<56x56xbf16>
  %wk = dag.parameter "wk" : tensor<8x56xbf16>
  // expected-error@below {{28 heads do not divide over tp = 8, but over 1, 2, 4 or 28}}
  %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wk
      heads = 28 kv_heads = 4 head_dim = 2
      : (tensor<1x8x56xbf16>, tensor<56x56xbf16>, tensor<8x56xbf16>,
         tensor<8x56xbf16>)
      -> (tensor<1x8x28x2xbf16>, tensor<1x8x4x2xbf16>, tensor<1x8x4x2xbf16>)
}

// -----

dag.model @latent_heads {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %c = dag.input "c" : tensor<1x8x32xbf16>
  %r = dag.input "r" : tensor<1x8x8xbf16>
  %wq = dag.parameter "wq" : tensor<96x64xbf16>
  %wkv = dag.parameter "wkv" : tensor<128x32xbf16>
  // expected-error@below {{4 heads do not divide over tp = 8, but over 1, 2 or 4}}
  %q, %k, %v = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 : (
      tensor<1x8x64xbf16>, tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
      tensor<96x64xbf16>, tensor<128x32xbf16>)
      -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

dag.model @kv_heads {
  %x = dag.input "x" : tensor<1x8x48xbf16>
  %wq = dag.parameter "wq" : tensor<48x48xbf16>
  %wk = dag.parameter "wk" : tensor<12x48xbf16>
  // expected-error@below {{6 KV heads do not divide over tp = 8, nor do the ranks divide over the KV heads, but over 1, 2, 3, 6, 12 or 24}}
  %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wk
      heads = 24 kv_heads = 6 head_dim = 2
      : (tensor<1x8x48xbf16>, tensor<48x48xbf16>, tensor<12x48xbf16>,
         tensor<12x48xbf16>)
      -> (tensor<1x8x24x2xbf16>, tensor<1x8x6x2xbf16>, tensor<1x8x6x2xbf16>)
}

// -----

dag.model @different_kv_heads {
  %x = dag.input "x" : tensor<1x8x16xbf16>
  %wq = dag.parameter "wq" : tensor<16x16xbf16>
  %w2 = dag.parameter "w2" : tensor<4x16xbf16>
  %w4 = dag.parameter "w4" : tensor<8x16xbf16>
  // expected-note@below {{the axis is split for the KV heads of this layer}}
  %q, %k, %v = dag.qkv_projection %x, %wq, %w2, %w2
      heads = 8 kv_heads = 2 head_dim = 2
      : (tensor<1x8x16xbf16>, tensor<16x16xbf16>, tensor<4x16xbf16>,
         tensor<4x16xbf16>)
      -> (tensor<1x8x8x2xbf16>, tensor<1x8x2x2xbf16>, tensor<1x8x2x2xbf16>)
  // expected-error@below {{expected 2 KV heads in all layers with fewer of them than ranks, but got 4}}
  %q4, %k4, %v4 = dag.qkv_projection %x, %wq, %w4, %w4
      heads = 8 kv_heads = 4 head_dim = 2
      : (tensor<1x8x16xbf16>, tensor<16x16xbf16>, tensor<8x16xbf16>,
         tensor<8x16xbf16>)
      -> (tensor<1x8x8x2xbf16>, tensor<1x8x4x2xbf16>, tensor<1x8x4x2xbf16>)
}

// -----

dag.model @experts {
  %d = dag.input "x" : tensor<7x8x16xbf16>
  %g = dag.parameter "gate" : tensor<7x32x16xbf16>
  %w = dag.parameter "down" : tensor<7x16x32xbf16>
  // expected-error@below {{7 experts do not divide over ep = 2, but over 1 or 7}}
  %e = dag.expert silu %d, %g, %g, %w
      : (tensor<7x8x16xbf16>, tensor<7x32x16xbf16>, tensor<7x32x16xbf16>,
         tensor<7x16x32xbf16>) -> tensor<7x8x16xbf16>
}

// -----

dag.model @composite_experts {
  %x = dag.input "x" : tensor<2x8x16xbf16>
  %r = dag.parameter "router" : tensor<5x16xbf16>
  %g = dag.parameter "gate" : tensor<5x32x16xbf16>
  %d = dag.parameter "down" : tensor<5x16x32xbf16>
  // expected-error@below {{5 experts do not divide over ep = 2}}
  %y = dag.moe %x, %r, %g, %g, %d top_k = 2 capacity = 16 activation silu
      : (tensor<2x8x16xbf16>, tensor<5x16xbf16>, tensor<5x32x16xbf16>,
         tensor<5x32x16xbf16>, tensor<5x16x32xbf16>) -> tensor<2x8x16xbf16>
}

// -----

dag.model @biased_experts {
  %d = dag.input "x" : tensor<8x8x16xbf16>
  %g = dag.parameter "gate" : tensor<8x32x16xbf16>
  %w = dag.parameter "down" : tensor<8x16x32xbf16>
  %bg = dag.parameter "gate_bias" : tensor<8x32xbf16>
  %bd = dag.parameter "down_bias" : tensor<8x16xbf16>
  // expected-error@below {{8 experts do not divide over ep * tp = 16, but over 2, 4 or 8}}
  // expected-note@below {{experts with biases are split as a whole: each rank would add the bias to its part of a sum}}
  %e = dag.expert silu %d, %g, %g, %w bias(%bg, %bg, %bd)
      : (tensor<8x8x16xbf16>, tensor<8x32x16xbf16>, tensor<8x32x16xbf16>,
         tensor<8x16x32xbf16>, tensor<8x32xbf16>, tensor<8x32xbf16>,
         tensor<8x16xbf16>) -> tensor<8x8x16xbf16>
}

// -----

dag.model @stages {
  %r = dag.parameter "router" : tensor<8x16xbf16>
  %g = dag.parameter "gate" : tensor<8x32x16xbf16>
  %d = dag.parameter "down" : tensor<8x16x32xbf16>
  %x = dag.input "x" : tensor<2x8x16xbf16>
  %y = dag.moe %x, %r, %g, %g, %d top_k = 2 capacity = 16 activation silu
      : (tensor<2x8x16xbf16>, tensor<8x16xbf16>, tensor<8x32x16xbf16>,
         tensor<8x32x16xbf16>, tensor<8x16x32xbf16>) -> tensor<2x8x16xbf16>
  // expected-error@below {{expected an op of a logical program, but got 'dag.stage'}}
  %0 = dag.stage 0 (%a = %y : tensor<2x8x16xbf16>) -> (tensor<2x8x16xbf16>) {
    dag.yield %a : tensor<2x8x16xbf16>
  }
}

// -----

dag.model @silent {
  %x = dag.input "x" : tensor<2x8x16xbf16>
  %r = dag.parameter "router" : tensor<8x16xbf16>
  %g = dag.parameter "gate" : tensor<8x32x16xbf16>
  %d = dag.parameter "down" : tensor<8x16x32xbf16>
  %y = dag.moe %x, %r, %g, %g, %d top_k = 2 capacity = 16 activation silu
      : (tensor<2x8x16xbf16>, tensor<8x16xbf16>, tensor<8x32x16xbf16>,
         tensor<8x32x16xbf16>, tensor<8x16x32xbf16>) -> tensor<2x8x16xbf16>
  // expected-error@below {{but got 'arith.addf', which does not say how it is sharded (ShardOpInterface)}}
  %0 = arith.addf %x, %y : tensor<2x8x16xbf16>
}
