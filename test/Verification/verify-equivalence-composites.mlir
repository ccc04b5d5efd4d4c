// RUN: dag-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-verify-equivalence
// RUN: dag-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-decompose-composites --dag-verify-equivalence

// A composite is its parts: written by hand, or made by a pass, which leaves
// the reference as it is.

#heads = #dag.sharding<[{tp}, {}]>
#back = #dag.sharding<[{}, {tp}]>
#cache = #dag.sharding<[{}, {}, {tp}, {}]>
#pending = #dag.sharding<[{}, {}, {}], partial = {tp}>

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %p = dag.input "p" : tensor<i64>
  %wq = dag.parameter "wq" : tensor<64x64xf32, #heads>
  %wk = dag.parameter "wk" : tensor<32x64xf32, #heads>
  %wv = dag.parameter "wv" : tensor<32x64xf32, #heads>
  %wo = dag.parameter "wo" : tensor<64x64xf32, #back>
  %nq = dag.parameter "nq" : tensor<16xf32>
  %nk = dag.parameter "nk" : tensor<16xf32>
  %s = dag.parameter "s" : tensor<4xf32, #dag.sharding<[{tp}]>>
  %ck = dag.kv_cache "k" : tensor<1x64x2x16xf32, #cache>
  %cv = dag.kv_cache "v" : tensor<1x64x2x16xf32, #cache>
  %0 = dag.attention %x, %wq, %wk, %wv, %wo norms(%nq, %nk) sinks %s
      cache(%ck, %cv) at %p heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25
      mask sliding_window window = 4 theta = 10000.0 rotary_dim = 8 interleaved
      norm_epsilon = 1.0e-06 unit_offset soft_cap = 30.0 dropout = 0.0 :
      (tensor<1x8x64xf32>, tensor<64x64xf32, #heads>, tensor<32x64xf32, #heads>,
      tensor<32x64xf32, #heads>, tensor<64x64xf32, #back>, tensor<16xf32>,
      tensor<16xf32>, tensor<4xf32, #dag.sharding<[{tp}]>>,
      tensor<1x64x2x16xf32, #cache>, tensor<1x64x2x16xf32, #cache>, tensor<i64>)
      -> tensor<1x8x64xf32, #pending>
  %1 = dag.all_reduce %0 over {tp} : (tensor<1x8x64xf32, #pending>)
      -> tensor<1x8x64xf32>
  dag.output %1 "y" : tensor<1x8x64xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %p = dag.input "p" : tensor<i64>
  %wq = dag.parameter "wq" : tensor<64x64xf32>
  %wk = dag.parameter "wk" : tensor<32x64xf32>
  %wv = dag.parameter "wv" : tensor<32x64xf32>
  %wo = dag.parameter "wo" : tensor<64x64xf32>
  %nq = dag.parameter "nq" : tensor<16xf32>
  %nk = dag.parameter "nk" : tensor<16xf32>
  %s = dag.parameter "s" : tensor<4xf32>
  %ck = dag.kv_cache "k" : tensor<1x64x2x16xf32>
  %cv = dag.kv_cache "v" : tensor<1x64x2x16xf32>
  %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2
      head_dim = 16 : (tensor<1x8x64xf32>, tensor<64x64xf32>,
      tensor<32x64xf32>, tensor<32x64xf32>) -> (tensor<1x8x4x16xf32>,
      tensor<1x8x2x16xf32>, tensor<1x8x2x16xf32>)
  %0 = dag.qk_norm %q, %nq epsilon = 1.0e-06 unit_offset
      : (tensor<1x8x4x16xf32>, tensor<16xf32>) -> tensor<1x8x4x16xf32>
  %1 = dag.qk_norm %k, %nk epsilon = 1.0e-06 unit_offset
      : (tensor<1x8x2x16xf32>, tensor<16xf32>) -> tensor<1x8x2x16xf32>
  %2 = dag.rotary_embedding %0 at %p theta = 10000.0 rotary_dim = 8 interleaved
      : (tensor<1x8x4x16xf32>, tensor<i64>) -> tensor<1x8x4x16xf32>
  %3 = dag.rotary_embedding %1 at %p theta = 10000.0 rotary_dim = 8 interleaved
      : (tensor<1x8x2x16xf32>, tensor<i64>) -> tensor<1x8x2x16xf32>
  %4 = dag.kv_cache_update %ck, %3 at %p : (tensor<1x64x2x16xf32>,
      tensor<1x8x2x16xf32>, tensor<i64>) -> tensor<1x64x2x16xf32>
  %5 = dag.kv_cache_update %cv, %v at %p : (tensor<1x64x2x16xf32>,
      tensor<1x8x2x16xf32>, tensor<i64>) -> tensor<1x64x2x16xf32>
  %6 = dag.attention_scores %2, %4 scale = 0.25 : (tensor<1x8x4x16xf32>,
      tensor<1x64x2x16xf32>) -> tensor<1x4x8x64xf32>
  %7 = dag.soft_cap %6 cap = 30.0 : (tensor<1x4x8x64xf32>)
      -> tensor<1x4x8x64xf32>
  %8 = dag.attention_weights %7 at %p sinks %s mask sliding_window window = 4
      : (tensor<1x4x8x64xf32>, tensor<i64>, tensor<4xf32>)
      -> tensor<1x4x8x64xf32>
  %9 = dag.attention_output %8, %5 : (tensor<1x4x8x64xf32>,
      tensor<1x64x2x16xf32>) -> tensor<1x8x4x16xf32>
  %10 = dag.output_projection %9, %wo : (tensor<1x8x4x16xf32>,
      tensor<64x64xf32>) -> tensor<1x8x64xf32>
  dag.output %10 "y" : tensor<1x8x64xf32>
}

// -----

// The parts of latent attention.

dag.model @plan {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %qd = dag.parameter "q_down" : tensor<24x64xf32>
  %qn = dag.parameter "q_norm" : tensor<24xf32>
  %wq = dag.parameter "wq" : tensor<96x24xf32>
  %wd = dag.parameter "kv_down" : tensor<40x64xf32>
  %n = dag.parameter "norm" : tensor<32xf32>
  %wkv = dag.parameter "wkv" : tensor<128x32xf32>
  %wo = dag.parameter "wo" : tensor<64x64xf32>
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo q_down %qd, %qn
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06
      scale = 0.2 theta = 10000.0 interleaved : (tensor<1x8x64xf32>,
      tensor<96x24xf32>, tensor<40x64xf32>, tensor<32xf32>, tensor<128x32xf32>,
      tensor<64x64xf32>, tensor<24x64xf32>, tensor<24xf32>)
      -> tensor<1x8x64xf32>
  dag.output %0 "y" : tensor<1x8x64xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %qd = dag.parameter "q_down" : tensor<24x64xf32>
  %qn = dag.parameter "q_norm" : tensor<24xf32>
  %wq = dag.parameter "wq" : tensor<96x24xf32>
  %wd = dag.parameter "kv_down" : tensor<40x64xf32>
  %n = dag.parameter "norm" : tensor<32xf32>
  %wkv = dag.parameter "wkv" : tensor<128x32xf32>
  %wo = dag.parameter "wo" : tensor<64x64xf32>
  %0 = dag.linear %x, %qd : (tensor<1x8x64xf32>, tensor<24x64xf32>)
      -> tensor<1x8x24xf32>
  %1 = dag.rms_norm %0, %qn epsilon = 1.0e-06
      : (tensor<1x8x24xf32>, tensor<24xf32>) -> tensor<1x8x24xf32>
  %2 = dag.linear %x, %wd : (tensor<1x8x64xf32>, tensor<40x64xf32>)
      -> tensor<1x8x40xf32>
  %3, %4 = dag.split %2 sizes [32, 8] : (tensor<1x8x40xf32>)
      -> (tensor<1x8x32xf32>, tensor<1x8x8xf32>)
  %5 = dag.rms_norm %3, %n epsilon = 1.0e-06
      : (tensor<1x8x32xf32>, tensor<32xf32>) -> tensor<1x8x32xf32>
  %6 = dag.rotary_embedding %4 theta = 10000.0 interleaved
      : (tensor<1x8x8xf32>) -> tensor<1x8x8xf32>
  %q, %k, %v = dag.latent_qkv_projection %1, %5, %6, %wq, %wkv heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 : (tensor<1x8x24xf32>,
      tensor<1x8x32xf32>, tensor<1x8x8xf32>, tensor<96x24xf32>,
      tensor<128x32xf32>) -> (tensor<1x8x4x24xf32>, tensor<1x8x4x24xf32>,
      tensor<1x8x4x16xf32>)
  %7 = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16
      interleaved : (tensor<1x8x4x24xf32>) -> tensor<1x8x4x24xf32>
  %8 = dag.attention_scores %7, %k scale = 0.2 : (tensor<1x8x4x24xf32>,
      tensor<1x8x4x24xf32>) -> tensor<1x4x8x8xf32>
  %9 = dag.attention_weights %8 mask causal : (tensor<1x4x8x8xf32>)
      -> tensor<1x4x8x8xf32>
  %10 = dag.attention_output %9, %v : (tensor<1x4x8x8xf32>,
      tensor<1x8x4x16xf32>) -> tensor<1x8x4x16xf32>
  %11 = dag.output_projection %10, %wo : (tensor<1x8x4x16xf32>,
      tensor<64x64xf32>) -> tensor<1x8x64xf32>
  dag.output %11 "y" : tensor<1x8x64xf32>
}

// -----

// A mixture of experts, some of whose experts are padding.

#gate = #dag.sharding<[{ep} pad 1, {}, {}]>
#pending = #dag.sharding<[{}, {}, {}], partial = {ep}>

dag.mesh @mesh <ep = 4>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %r = dag.parameter "r" : tensor<7x64xf32>
  %g = dag.parameter "g" : tensor<8x128x64xf32, #gate>
  %u = dag.parameter "u" : tensor<8x128x64xf32, #gate>
  %d = dag.parameter "d" : tensor<8x64x128xf32, #gate>
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 4 activation silu
      normalize : (tensor<1x8x64xf32>, tensor<7x64xf32>,
      tensor<8x128x64xf32, #gate>, tensor<8x128x64xf32, #gate>,
      tensor<8x64x128xf32, #gate>) -> tensor<1x8x64xf32, #pending>
  %1 = dag.all_reduce %0 over {ep} : (tensor<1x8x64xf32, #pending>)
      -> tensor<1x8x64xf32>
  dag.output %1 "y" : tensor<1x8x64xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %r = dag.parameter "r" : tensor<7x64xf32>
  %g = dag.parameter "g" : tensor<7x128x64xf32>
  %u = dag.parameter "u" : tensor<7x128x64xf32>
  %d = dag.parameter "d" : tensor<7x64x128xf32>
  %w, %i = dag.router %x, %r top_k = 2 normalize
      : (tensor<1x8x64xf32>, tensor<7x64xf32>)
      -> (tensor<1x8x2xf32>, tensor<1x8x2xi32>)
  %0 = dag.dispatch %x, %i experts = 7 capacity = 4
      : (tensor<1x8x64xf32>, tensor<1x8x2xi32>) -> tensor<7x4x64xf32>
  %1 = dag.expert silu %0, %g, %u, %d : (tensor<7x4x64xf32>,
      tensor<7x128x64xf32>, tensor<7x128x64xf32>, tensor<7x64x128xf32>)
      -> tensor<7x4x64xf32>
  %2 = dag.combine %1, %w, %i : (tensor<7x4x64xf32>, tensor<1x8x2xf32>,
      tensor<1x8x2xi32>) -> tensor<1x8x64xf32>
  dag.output %2 "y" : tensor<1x8x64xf32>
}
