// RUN: dag-opt %s --dag-decompose-attention | FileCheck %s --enable-var-scope
// RUN: dag-opt %s -o %t.composites
// RUN: dag-opt %s --dag-decompose-attention -o %t.parts
// RUN: dag-opt %t.parts --dag-fuse-attention -o %t.fused
// RUN: diff %t.composites %t.fused
// RUN: dag-opt %t.fused --dag-decompose-attention -o %t.again
// RUN: diff %t.parts %t.again
// RUN: dag-opt %s --dag-decompose-attention --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=LOC

dag.mesh @m <tp = 2, rep = 2>

// CHECK-LABEL: dag.model @grouped_queries
dag.model @grouped_queries {
  // CHECK: %[[X:.*]] = dag.input "x"
  // CHECK: %[[WQ:.*]] = dag.input "wq"
  // CHECK: %[[WK:.*]] = dag.input "wk"
  // CHECK: %[[WV:.*]] = dag.input "wv"
  // CHECK: %[[WO:.*]] = dag.input "wo"
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16>
  %wk = dag.input "wk" : tensor<32x64xbf16>
  %wv = dag.input "wv" : tensor<32x64xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  // CHECK-NEXT: %[[Q:.*]], %[[K:.*]], %[[V:.*]] = dag.qkv_projection %[[X]], %[[WQ]], %[[WK]], %[[WV]] heads = 4 kv_heads = 2 head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
  // CHECK-NEXT: %[[RQ:.*]] = dag.rotary_embedding %[[Q]] theta = 10000.0 : (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  // CHECK-NEXT: %[[RK:.*]] = dag.rotary_embedding %[[K]] theta = 10000.0 : (tensor<1x8x2x16xbf16>) -> tensor<1x8x2x16xbf16>
  // CHECK-NEXT: %[[S:.*]] = dag.attention_scores %[[RQ]], %[[RK]] scale = 0.25 : (tensor<1x8x4x16xbf16>, tensor<1x8x2x16xbf16>) -> tensor<1x4x8x8xbf16>
  // CHECK-NEXT: %[[P:.*]] = dag.attention_weights %[[S]] mask causal : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  // CHECK-NEXT: %[[D:.*]] = dag.dropout %[[P]] p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  // CHECK-NEXT: %[[H:.*]] = dag.attention_output %[[D]], %[[V]] : (tensor<1x4x8x8xbf16>, tensor<1x8x2x16xbf16>) -> tensor<1x8x4x16xbf16>
  // CHECK-NEXT: %[[Y:.*]] = dag.output_projection %[[H]], %[[WO]] : (tensor<1x8x4x16xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  // CHECK-NEXT: dag.output %[[Y]] "y"
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2
      head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
      tensor<32x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %0 "y" : tensor<1x8x64xbf16>
}

// Without a rotation nothing stands between projection and scores.

// CHECK-LABEL: dag.model @biases
dag.model @biases {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16>
  %wk = dag.input "wk" : tensor<64x64xbf16>
  %wv = dag.input "wv" : tensor<64x64xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  %bq = dag.input "bq" : tensor<64xbf16>
  %bk = dag.input "bk" : tensor<64xbf16>
  %bv = dag.input "bv" : tensor<64xbf16>
  // CHECK: %[[BO:.*]] = dag.input "bo"
  %bo = dag.input "bo" : tensor<64xbf16>
  // CHECK-NEXT: %[[Q:.*]], %[[K:.*]], %[[V:.*]] = dag.qkv_projection {{.*}} bias(%bq, %bk, %bv) heads = 4 kv_heads = 4 head_dim = 16 :
  // CHECK-NEXT: %[[S:.*]] = dag.attention_scores %[[Q]], %[[K]] scale = 1.0 :
  // CHECK-NEXT: %[[P:.*]] = dag.attention_weights %[[S]] mask none :
  // CHECK-NEXT: %[[D:.*]] = dag.dropout %[[P]] p = 0.1 :
  // CHECK-NEXT: %[[H:.*]] = dag.attention_output %[[D]], %[[V]] :
  // CHECK-NEXT: dag.output_projection %[[H]], %wo, %[[BO]] :
  %0 = dag.attention %x, %wq, %wk, %wv, %wo bias(%bq, %bk, %bv) out_bias %bo
      heads = 4 kv_heads = 4 head_dim = 16 scale = 1.0 mask none dropout = 0.1 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64xbf16>, tensor<64xbf16>,
      tensor<64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @norms_of_a_head
dag.model @norms_of_a_head {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16>
  %wk = dag.input "wk" : tensor<32x64xbf16>
  %wv = dag.input "wv" : tensor<32x64xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  %nq = dag.input "nq" : tensor<16xbf16>
  %nk = dag.input "nk" : tensor<16xbf16>
  // CHECK: %[[Q:.*]], %[[K:.*]], %[[V:.*]] = dag.qkv_projection
  // CHECK-NEXT: %[[NQ:.*]] = dag.qk_norm %[[Q]], %nq epsilon = 1.0e-06 unit_offset :
  // CHECK-NEXT: %[[NK:.*]] = dag.qk_norm %[[K]], %nk epsilon = 1.0e-06 unit_offset :
  // CHECK-NEXT: %[[RQ:.*]] = dag.rotary_embedding %[[NQ]] theta = 10000.0 rotary_dim = 8 interleaved scaling {factor = 8.000000e+00 : f64} :
  // CHECK-NEXT: %[[RK:.*]] = dag.rotary_embedding %[[NK]] theta = 10000.0 rotary_dim = 8 interleaved scaling {factor = 8.000000e+00 : f64} :
  // CHECK-NEXT: dag.attention_scores %[[RQ]], %[[RK]]
  %0 = dag.attention %x, %wq, %wk, %wv, %wo norms(%nq, %nk) heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal theta = 10000.0
      rotary_dim = 8 interleaved scaling {factor = 8.0 : f64}
      norm_epsilon = 1.0e-06 unit_offset dropout = 0.0 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<32x64xbf16>, tensor<32x64xbf16>,
      tensor<64x64xbf16>, tensor<16xbf16>, tensor<16xbf16>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @norms_of_all_heads
dag.model @norms_of_all_heads {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16>
  %wk = dag.input "wk" : tensor<32x64xbf16>
  %wv = dag.input "wv" : tensor<32x64xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  %nq = dag.input "nq" : tensor<64xbf16>
  %nk = dag.input "nk" : tensor<32xbf16>
  // CHECK: dag.qk_norm %q, %nq epsilon = 1.0e-05 : (tensor<1x8x4x16xbf16>, tensor<64xbf16>)
  // CHECK-NEXT: dag.qk_norm %k, %nk epsilon = 1.0e-05 : (tensor<1x8x2x16xbf16>, tensor<32xbf16>)
  // CHECK-NEXT: dag.attention_scores
  %0 = dag.attention %x, %wq, %wk, %wv, %wo norms(%nq, %nk) heads = 4
      kv_heads = 2 head_dim = 16 scale = 0.25 mask causal norm_epsilon = 1.0e-05
      dropout = 0.0 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<32x64xbf16>, tensor<32x64xbf16>, tensor<64x64xbf16>,
      tensor<64xbf16>, tensor<32xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @window
dag.model @window {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  // CHECK: dag.attention_weights %{{.*}} mask sliding_window window = 4 :
  %0 = dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16
      scale = 0.25 mask sliding_window window = 4 theta = 10000.0 dropout = 0.0
      : (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @alibi
dag.model @alibi {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  // CHECK: dag.attention_weights %{{.*}} mask causal alibi = 8.0 :
  %0 = dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16
      scale = 0.25 mask causal alibi = 8.0 dropout = 0.0 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @sinks
dag.model @sinks {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %s = dag.input "s" : tensor<4xbf16>
  // CHECK: dag.attention_weights %{{.*}} sinks %s mask causal :
  %0 = dag.attention %x, %w, %w, %w, %w sinks %s heads = 4 kv_heads = 4
      head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<4xbf16>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @soft_cap
dag.model @soft_cap {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  // CHECK: %[[S:.*]] = dag.attention_scores
  // CHECK-NEXT: %[[C:.*]] = dag.soft_cap %[[S]] cap = 50.0 :
  // CHECK-NEXT: dag.attention_weights %[[C]] mask causal :
  %0 = dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16
      scale = 0.25 mask causal theta = 10000.0 soft_cap = 50.0 dropout = 0.0 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @cache
dag.model @cache {
  %x = dag.input "x" : tensor<1x1x64xbf16>
  // CHECK: %[[POSITION:.*]] = dag.input "position"
  %position = dag.input "position" : tensor<i32>
  %wq = dag.input "wq" : tensor<64x64xbf16>
  %wk = dag.input "wk" : tensor<32x64xbf16>
  %wv = dag.input "wv" : tensor<32x64xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  // CHECK: %[[CK:.*]] = dag.kv_cache "k"
  // CHECK: %[[CV:.*]] = dag.kv_cache "v"
  %ck = dag.kv_cache "k" : tensor<1x64x2x16xbf16>
  %cv = dag.kv_cache "v" : tensor<1x64x2x16xbf16>
  // CHECK-NEXT: %[[Q:.*]], %[[K:.*]], %[[V:.*]] = dag.qkv_projection
  // CHECK-NEXT: %[[RQ:.*]] = dag.rotary_embedding %[[Q]] at %[[POSITION]]
  // CHECK-NEXT: %[[RK:.*]] = dag.rotary_embedding %[[K]] at %[[POSITION]]
  // CHECK-NEXT: %[[KS:.*]] = dag.kv_cache_update %[[CK]], %[[RK]] at %[[POSITION]] : (tensor<1x64x2x16xbf16>, tensor<1x1x2x16xbf16>, tensor<i32>)
  // CHECK-NEXT: %[[VS:.*]] = dag.kv_cache_update %[[CV]], %[[V]] at %[[POSITION]] :
  // CHECK-NEXT: %[[S:.*]] = dag.attention_scores %[[RQ]], %[[KS]] scale = 0.25 : {{.*}} -> tensor<1x4x1x64xbf16>
  // CHECK-NEXT: %[[P:.*]] = dag.attention_weights %[[S]] at %[[POSITION]] mask causal :
  // CHECK-NEXT: %[[D:.*]] = dag.dropout %[[P]]
  // CHECK-NEXT: dag.attention_output %[[D]], %[[VS]]
  %0 = dag.attention %x, %wq, %wk, %wv, %wo cache(%ck, %cv) at %position
      heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal
      theta = 10000.0 dropout = 0.0 : (tensor<1x1x64xbf16>, tensor<64x64xbf16>,
      tensor<32x64xbf16>, tensor<32x64xbf16>, tensor<64x64xbf16>,
      tensor<1x64x2x16xbf16>, tensor<1x64x2x16xbf16>, tensor<i32>)
      -> tensor<1x1x64xbf16>
}

// What is cached in another type is read in that of the queries.

// CHECK-LABEL: dag.model @cache_of_another_type
dag.model @cache_of_another_type {
  %x = dag.input "x" : tensor<1x1x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  %position = dag.input "position" : tensor<i32>
  // CHECK: %[[CK:.*]] = dag.kv_cache "k"
  // CHECK: %[[CV:.*]] = dag.kv_cache "v"
  %ck = dag.kv_cache "k" : tensor<1x64x4x16xf8E4M3FN>
  %cv = dag.kv_cache "v" : tensor<1x64x4x16xf8E4M3FN>
  // CHECK: %[[Q:.*]], %[[K:.*]], %[[V:.*]] = dag.qkv_projection
  // CHECK-NEXT: %[[KU:.*]] = dag.kv_cache_update %[[CK]], %[[K]] at %{{.*}} : (tensor<1x64x4x16xf8E4M3FN>, tensor<1x1x4x16xbf16>, tensor<i32>) -> tensor<1x64x4x16xf8E4M3FN>
  // CHECK-NEXT: %[[KS:.*]] = dag.dequantize %[[KU]] to bf16
  // CHECK-NEXT: %[[VU:.*]] = dag.kv_cache_update %[[CV]], %[[V]] at
  // CHECK-NEXT: %[[VS:.*]] = dag.dequantize %[[VU]] to bf16
  // CHECK-NEXT: dag.attention_scores %[[Q]], %[[KS]]
  // CHECK: dag.attention_output %{{.*}}, %[[VS]]
  %0 = dag.attention %x, %w, %w, %w, %w cache(%ck, %cv) at %position
      heads = 4 kv_heads = 4 head_dim = 16 scale = 0.25 mask causal
      dropout = 0.0 : (tensor<1x1x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<1x64x4x16xf8E4M3FN>, tensor<1x64x4x16xf8E4M3FN>, tensor<i32>)
      -> tensor<1x1x64xbf16>
  dag.output %0 "y" : tensor<1x1x64xbf16>
}

// CHECK-LABEL: dag.model @position_without_cache
dag.model @position_without_cache {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %position = dag.input "position" : tensor<i32>
  %w = dag.input "w" : tensor<64x64xbf16>
  // CHECK: dag.rotary_embedding %q at %position
  // CHECK: dag.rotary_embedding %k at %position
  // CHECK: dag.attention_weights %{{.*}} at %position
  %0 = dag.attention %x, %w, %w, %w, %w at %position heads = 4 kv_heads = 4
      head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<i32>)
      -> tensor<1x8x64xbf16>
}

// With more ranks than KV heads.

// CHECK-LABEL: dag.model @sharded on @m
dag.model @sharded on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<64x64xbf16, #dag.sharding<[{tp, rep}, {}]>>
  %wk = dag.input "wk" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = dag.input "wv" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = dag.input "wo" : tensor<64x64xbf16, #dag.sharding<[{}, {tp, rep}]>>
  %s = dag.input "s" : tensor<4xbf16, #dag.sharding<[{tp, rep}]>>
  // CHECK: dag.qkv_projection {{.*}} -> (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp, rep}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
  // CHECK: dag.attention_scores {{.*}} -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp, rep}, {}, {}]>>
  // CHECK: dag.output_projection {{.*}} -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {rep, tp}>>
  %0 = dag.attention %x, %wq, %wk, %wv, %wo sinks %s heads = 4 kv_heads = 2
      head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 :
      (tensor<1x8x64xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{tp, rep}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp, rep}]>>,
      tensor<4xbf16, #dag.sharding<[{tp, rep}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp, rep}>>
  // CHECK-NEXT: dag.all_reduce
  %1 = dag.all_reduce %0 over {tp, rep} :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp, rep}>>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @padded_heads on @m
dag.model @padded_heads on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>
  %wo = dag.input "wo" : tensor<64x64xbf16, #dag.sharding<[{}, {tp} pad 16]>>
  // CHECK: dag.attention_scores {{.*}} -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp} pad 1, {}, {}]>>
  %0 = dag.attention %x, %w, %w, %w, %wo heads = 3 kv_heads = 3 head_dim = 16
      scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 : (
      tensor<1x8x64xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{tp} pad 16, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp} pad 16]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @dynamic
dag.model @dynamic {
  %x = dag.input "x" : tensor<?x?x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  // CHECK: dag.attention_scores {{.*}} -> tensor<?x4x?x?xbf16>
  // CHECK: dag.output_projection {{.*}} -> tensor<?x?x64xbf16>
  %0 = dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16
      scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 :
      (tensor<?x?x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<?x?x64xbf16>
}

// CHECK-LABEL: dag.model @latent
dag.model @latent {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  // CHECK: %[[B:.*]] = dag.linear %x, %wd : (tensor<1x8x64xbf16>, tensor<40x64xbf16>) -> tensor<1x8x40xbf16>
  // CHECK-NEXT: %[[P:.*]]:2 = dag.split %[[B]] sizes [32, 8] : (tensor<1x8x40xbf16>) -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
  // CHECK-NEXT: %[[C:.*]] = dag.rms_norm %[[P]]#0, %n epsilon = 1.0e-06 : (tensor<1x8x32xbf16>, tensor<32xbf16>) -> tensor<1x8x32xbf16>
  // CHECK-NEXT: %[[R:.*]] = dag.rotary_embedding %[[P]]#1 theta = 10000.0 interleaved : (tensor<1x8x8xbf16>) -> tensor<1x8x8xbf16>
  // CHECK-NEXT: %[[Q:.*]], %[[K:.*]], %[[V:.*]] = dag.latent_qkv_projection %x, %[[C]], %[[R]], %wq, %wkv heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 :
  // CHECK-NEXT: %[[RQ:.*]] = dag.rotary_embedding %[[Q]] theta = 10000.0 rotary_dim = 8 offset = 16 interleaved :
  // CHECK-NEXT: %[[S:.*]] = dag.attention_scores %[[RQ]], %[[K]] scale = 0.2 :
  // CHECK-NEXT: %[[W:.*]] = dag.attention_weights %[[S]] mask causal :
  // CHECK-NEXT: %[[D:.*]] = dag.dropout %[[W]] p = 0.0 :
  // CHECK-NEXT: %[[H:.*]] = dag.attention_output %[[D]], %[[V]] :
  // CHECK-NEXT: dag.output_projection %[[H]], %wo :
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0
      interleaved dropout = 0.0 : (tensor<1x8x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @latent_with_everything on @m
dag.model @latent_with_everything on @m {
  %x = dag.input "x" : tensor<1x1x64xbf16>
  %position = dag.input "position" : tensor<i32>
  %qd = dag.input "qd" : tensor<48x64xbf16>
  %qn = dag.input "qn" : tensor<48xbf16>
  %wq = dag.input "wq" : tensor<96x48xbf16, #dag.sharding<[{tp}, {}]>>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<96x32xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = dag.input "wo" : tensor<64x32xbf16, #dag.sharding<[{}, {tp}]>>
  // CHECK: %[[CC:.*]] = dag.kv_cache "latent"
  // CHECK: %[[CR:.*]] = dag.kv_cache "rope"
  %c = dag.kv_cache "latent" : tensor<1x16x32xbf16>
  %r = dag.kv_cache "rope" : tensor<1x16x8xbf16>
  // CHECK-NEXT: %[[QD:.*]] = dag.linear %x, %qd as q_projection : (tensor<1x1x64xbf16>, tensor<48x64xbf16>) -> tensor<1x1x48xbf16>
  // CHECK-NEXT: %[[QN:.*]] = dag.rms_norm %[[QD]], %qn epsilon = 1.0e-06 :
  // CHECK-NEXT: %[[B:.*]] = dag.linear %x, %wd :
  // CHECK-NEXT: %[[P:.*]]:2 = dag.split %[[B]] sizes [32, 8] :
  // CHECK-NEXT: %[[C:.*]] = dag.rms_norm %[[P]]#0, %n epsilon = 1.0e-06 :
  // CHECK-NEXT: %[[R:.*]] = dag.rotary_embedding %[[P]]#1 at %position theta = 10000.0 scaling {factor = 4.000000e+01 : f64} :
  // CHECK-NEXT: %[[CS:.*]] = dag.kv_cache_update %[[CC]], %[[C]] at %position :
  // CHECK-NEXT: %[[RS:.*]] = dag.kv_cache_update %[[CR]], %[[R]] at %position :
  // CHECK-NEXT: %[[Q:.*]], %[[K:.*]], %[[V:.*]] = dag.latent_qkv_projection %[[QN]], %[[CS]], %[[RS]], %wq, %wkv {{.*}} -> (tensor<1x1x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x16x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x16x4x8xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
  // CHECK-NEXT: %[[RQ:.*]] = dag.rotary_embedding %[[Q]] at %position theta = 10000.0 rotary_dim = 8 offset = 16 scaling {factor = 4.000000e+01 : f64} :
  // CHECK-NEXT: %[[S:.*]] = dag.attention_scores %[[RQ]], %[[K]]
  // CHECK-NEXT: %[[W:.*]] = dag.attention_weights %[[S]] at %position mask causal :
  // CHECK-NEXT: %[[D:.*]] = dag.dropout %[[W]] p = 0.0 :
  // CHECK-NEXT: %[[H:.*]] = dag.attention_output %[[D]], %[[V]]
  // CHECK-NEXT: dag.output_projection %[[H]], %wo : {{.*}} -> tensor<1x1x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo q_down %qd, %qn
      cache(%c, %r) at %position heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 8
      epsilon = 1.0e-06 scale = 0.2 theta = 10000.0
      scaling {factor = 4.0e+01 : f64} dropout = 0.0 : (tensor<1x1x64xbf16>,
      tensor<96x48xbf16, #dag.sharding<[{tp}, {}]>>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<96x32xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x32xbf16, #dag.sharding<[{}, {tp}]>>, tensor<48x64xbf16>,
      tensor<48xbf16>, tensor<1x16x32xbf16>, tensor<1x16x8xbf16>, tensor<i32>)
      -> tensor<1x1x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// Composites are found wherever they are; what nobody uses is split as well.

// CHECK-LABEL: dag.model @layers
// CHECK-NOT: dag.attention {{.*}}:
dag.model @layers {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %0 = dag.stage 0 (%a = %x : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    // CHECK: dag.layer 0
    // CHECK: %[[Y:.*]] = dag.output_projection
    // CHECK: dag.yield %[[Y]]
    %1 = dag.layer 0 (%b = %a : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
      %w = dag.parameter "w" : tensor<64x64xbf16>
      %2 = dag.attention %b, %w, %w, %w, %w heads = 4 kv_heads = 4
          head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 :
          (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
          tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
      dag.yield %2 : tensor<1x8x64xbf16>
    }
    // CHECK: dag.layer 1
    // CHECK: dag.output_projection
    // CHECK: dag.output_projection
    %3 = dag.layer 1 (%b = %1 : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
      %w = dag.parameter "w" : tensor<64x64xbf16>
      %2 = dag.attention %b, %w, %w, %w, %w heads = 4 kv_heads = 4
          head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 :
          (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
          tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
      %4 = dag.attention %b, %w, %w, %w, %w heads = 4 kv_heads = 4
          head_dim = 16 scale = 0.25 mask causal theta = 10000.0 dropout = 0.0 :
          (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
          tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
      dag.yield %2 : tensor<1x8x64xbf16>
    }
    dag.yield %3 : tensor<1x8x64xbf16>
  }
}

// Locations are those of the composite; the output projection, which gives its
// result, gets its attributes.

// CHECK-LABEL: dag.model @locations
// LOC-LABEL: dag.model @locations
dag.model @locations {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  // LOC: dag.qkv_projection {{.*}} loc("attention of layer 0")
  // LOC-NEXT: dag.attention_scores {{.*}} loc("attention of layer 0")
  // LOC-NEXT: dag.attention_weights {{.*}} loc("attention of layer 0")
  // LOC-NEXT: dag.dropout {{.*}} loc("attention of layer 0")
  // LOC-NEXT: dag.attention_output {{.*}} loc("attention of layer 0")
  // LOC-NEXT: dag.output_projection {{.*}} loc("attention of layer 0")
  // CHECK: dag.attention_output %{{.*}}, %v :
  // CHECK: dag.output_projection %{{.*}}, %w {note = "kept"} :
  %0 = dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16
      scale = 0.25 mask causal dropout = 0.0 {note = "kept"} :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
      loc("attention of layer 0")
}

// CHECK-LABEL: dag.model @nothing
dag.model @nothing {
  // CHECK-NEXT: dag.input
  // CHECK-NEXT: dag.rotary_embedding
  // CHECK-NEXT: }
  %x = dag.input "x" : tensor<1x8x4x16xbf16>
  %0 = dag.rotary_embedding %x theta = 10000.0 : (tensor<1x8x4x16xbf16>)
      -> tensor<1x8x4x16xbf16>
}
