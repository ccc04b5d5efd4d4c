// RUN: dag-opt %s --dag-fuse-attention 2>&1 | FileCheck %s --enable-var-scope --implicit-check-not=remark
// RUN: dag-opt %s --dag-fuse-attention -o %t.fused
// RUN: dag-opt %t.fused --dag-fuse-attention -o %t.again
// RUN: diff %t.fused %t.again
// RUN: dag-opt %s --dag-fuse-attention --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=LOC

// What --dag-decompose-attention makes is fused in its test. This is about
// chains that somebody else wrote.

dag.mesh @m <tp = 2>

// CHECK-LABEL: dag.model @grouped_queries
dag.model @grouped_queries {
  // CHECK: %[[X:.*]] = dag.input "x"
  %x = dag.input "x" : tensor<1x8x64xbf16>
  // CHECK-NEXT: %[[WQ:.*]] = dag.parameter "wq"
  // CHECK-NEXT: %[[WK:.*]] = dag.parameter "wk"
  // CHECK-NEXT: %[[WV:.*]] = dag.parameter "wv"
  %wq = dag.parameter "wq" : tensor<64x64xbf16>
  %wk = dag.parameter "wk" : tensor<32x64xbf16>
  %wv = dag.parameter "wv" : tensor<32x64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wv heads = 4 kv_heads = 2
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<32x64xbf16>, tensor<32x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x2x16xbf16>, tensor<1x8x2x16xbf16>)
  // Keys first, and a parameter in between, which stays where it is.
  %rk = dag.rotary_embedding %k theta = 10000.0 rotary_dim = 8
      : (tensor<1x8x2x16xbf16>) -> tensor<1x8x2x16xbf16>
  // CHECK-NEXT: %[[WO:.*]] = dag.parameter "wo"
  %wo = dag.parameter "wo" : tensor<64x64xbf16>
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8
      : (tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  %s = dag.attention_scores %rq, %rk scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x2x16xbf16>) -> tensor<1x4x8x8xbf16>
  %c = dag.soft_cap %s cap = 50.0
      : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %c mask sliding_window window = 4
      : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.1 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x2x16xbf16>) -> tensor<1x8x4x16xbf16>
  // CHECK-NEXT: %[[Y:.*]] = dag.attention %[[X]], %[[WQ]], %[[WK]], %[[WV]], %[[WO]] heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask sliding_window window = 4 theta = 10000.0 rotary_dim = 8 soft_cap = 50.0 dropout = 0.1 {note = "kept"} :
  %y = dag.output_projection %h, %wo {note = "kept"} : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  // CHECK-NEXT: dag.output %[[Y]]
  dag.output %y "y" : tensor<1x8x64xbf16>
}

// A dropout that is not there is not stated.

// CHECK-LABEL: dag.model @without_dropout
// LOC-LABEL: dag.model @without_dropout
dag.model @without_dropout {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  // CHECK: dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16 scale = 0.25 mask causal :
  // LOC: dag.attention {{.*}} loc(fused["projection", "softmax", "output"])
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>) -> (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>) loc("projection")
  %s = dag.attention_scores %q, %k scale = 0.25 : (tensor<1x8x4x16xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x4x8x8xbf16> loc("softmax")
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16> loc("softmax")
  %h = dag.attention_output %p, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16> loc("output")
  %y = dag.output_projection %h, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16> loc("output")
}

// What follows the reduction is not the composite's.

// CHECK-LABEL: dag.model @bias_behind_the_reduction on @m
dag.model @bias_behind_the_reduction on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = dag.input "wo" : tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  %b = dag.input "b" : tensor<64xbf16>
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4
      head_dim = 16 : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>) -> (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
  %s = dag.attention_scores %q, %k scale = 0.25 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %p = dag.attention_weights %s mask causal alibi = 8.0 : (
      tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %d = dag.dropout %p p = 0.0 : (
      tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>)
      -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
  %h = dag.attention_output %d, %v : (
      tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>,
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // CHECK: %[[Y:.*]] = dag.attention {{.*}} alibi = 8.0 dropout = 0.0 : {{.*}} -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK-NEXT: %[[R:.*]] = dag.all_reduce %[[Y]] over {tp}
  // CHECK-NEXT: dag.bias_add %[[R]], %b as output_projection
  %y = dag.output_projection %h, %wo : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %r = dag.all_reduce %y over {tp} :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
  %z = dag.bias_add %r, %b as output_projection
      : (tensor<1x8x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// A latent of the hidden states can be normalized like that of keys without
// being the queries': they come from the same tensor, whatever it is.

// CHECK-LABEL: dag.model @latent_of_a_normalized_tensor
dag.model @latent_of_a_normalized_tensor {
  %a = dag.input "a" : tensor<1x8x64xbf16>
  %wl = dag.input "wl" : tensor<64x64xbf16>
  %nl = dag.input "nl" : tensor<64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  // CHECK: dag.linear %a, %wl as q_projection
  // CHECK-NEXT: %[[X:.*]] = dag.rms_norm
  %l = dag.linear %a, %wl as q_projection : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
  %x = dag.rms_norm %l, %nl epsilon = 1.0e-06 : (tensor<1x8x64xbf16>,
      tensor<64xbf16>) -> tensor<1x8x64xbf16>
  // CHECK-NEXT: dag.latent_attention %[[X]], %wq, %wd, %n, %wkv, %wo heads = 4
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
  %rq = dag.rotary_embedding %q theta = 10000.0 rotary_dim = 8 offset = 16
      : (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %s = dag.attention_scores %rq, %k scale = 0.2 : (tensor<1x8x4x24xbf16>,
      tensor<1x8x4x24xbf16>) -> tensor<1x4x8x8xbf16>
  %p = dag.attention_weights %s mask causal : (tensor<1x4x8x8xbf16>)
      -> tensor<1x4x8x8xbf16>
  %d = dag.dropout %p p = 0.0 : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
  %h = dag.attention_output %d, %v : (tensor<1x4x8x8xbf16>,
      tensor<1x8x4x16xbf16>) -> tensor<1x8x4x16xbf16>
  %y = dag.output_projection %h, %wo : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}

// Without `explain` nothing is said about what stays.

// CHECK-LABEL: dag.model @left
dag.model @left {
  %x = dag.input "x" : tensor<1x8x4x16xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  // CHECK: dag.output_projection
  %y = dag.output_projection %x, %w : (tensor<1x8x4x16xbf16>,
      tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
}
