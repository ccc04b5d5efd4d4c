// RUN: dag-opt %s --dag-shard="tp=2 sequence-parallel" --split-input-file \
// RUN:   --verify-roundtrip | FileCheck %s -enable-var-scope

// Between blocks a rank holds its share of the tokens. A block gathers them
// once, for all of its column-parallel layers, and scatters its sum. Norms and
// residual sums work on shares.

// CHECK-LABEL: dag.model @dense
dag.model @dense {
  %tokens = dag.input "tokens" : tensor<1x8xi32>
  %table = dag.parameter "embed" : tensor<32x16xbf16>
  // CHECK: %[[E:.*]] = dag.embedding
  %0 = dag.embedding %tokens, %table
      : (tensor<1x8xi32>, tensor<32x16xbf16>) -> tensor<1x8x16xbf16>
  // Learned positions are replicated; a rank takes its share.
  %wpe = dag.parameter "positions" : tensor<64x16xbf16>
  // CHECK: %[[POS:.*]] = dag.position_embedding {{.*}} -> tensor<1x8x16xbf16>
  // CHECK: %[[X:.*]] = dag.reduce_scatter %[[E]] dim 1 over {tp} {{.*}} -> tensor<1x8x16xbf16, #dag.sharding<[{}, {tp}, {}]>>
  // CHECK: %[[S:.*]] = dag.slice %[[POS]] dim 1 over {tp}
  // CHECK: %[[XP:.*]] = dag.add %[[X]], %[[S]]
  %1 = dag.position_embedding %tokens, %wpe
      : (tensor<1x8xi32>, tensor<64x16xbf16>) -> tensor<1x8x16xbf16>
  %2 = dag.add %0, %1
      : (tensor<1x8x16xbf16>, tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
  // CHECK: dag.layer 0 (%[[H:.*]] = %[[XP]] : tensor<1x8x16xbf16, #dag.sharding<[{}, {tp}, {}]>>) -> (tensor<1x8x16xbf16, #dag.sharding<[{}, {tp}, {}]>>)
  %3 = dag.layer 0 (%x = %2 : tensor<1x8x16xbf16>) -> (tensor<1x8x16xbf16>) {
    %norm1 = dag.parameter "norm1" : tensor<16xbf16>
    // CHECK: %[[N1:.*]] = dag.rms_norm %[[H]], {{.*}} -> tensor<1x8x16xbf16, #dag.sharding<[{}, {tp}, {}]>>
    %n1 = dag.rms_norm %x, %norm1 epsilon = 1.0e-05
        : (tensor<1x8x16xbf16>, tensor<16xbf16>) -> tensor<1x8x16xbf16>
    // CHECK: %[[G1:.*]] = dag.all_gather %[[N1]] dim 1 over {tp}
    // CHECK: dag.qkv_projection %[[G1]]
    %w = dag.parameter "w" : tensor<16x16xbf16>
    %q, %k, %v = dag.qkv_projection %n1, %w, %w, %w
        heads = 4 kv_heads = 4 head_dim = 4
        : (tensor<1x8x16xbf16>, tensor<16x16xbf16>, tensor<16x16xbf16>,
           tensor<16x16xbf16>)
        -> (tensor<1x8x4x4xbf16>, tensor<1x8x4x4xbf16>, tensor<1x8x4x4xbf16>)
    %s = dag.attention_scores %q, %k scale = 0.5
        : (tensor<1x8x4x4xbf16>, tensor<1x8x4x4xbf16>) -> tensor<1x4x8x8xbf16>
    %o = dag.attention_output %s, %v
        : (tensor<1x4x8x8xbf16>, tensor<1x8x4x4xbf16>) -> tensor<1x8x4x4xbf16>
    %wo = dag.parameter "wo" : tensor<16x16xbf16>
    %bo = dag.parameter "bo" : tensor<16xbf16>
    // CHECK: %[[A:.*]] = dag.output_projection
    // CHECK: %[[RS:.*]] = dag.reduce_scatter %[[A]] dim 1 over {tp}
    // CHECK: %[[B:.*]] = dag.bias_add %[[RS]]
    // CHECK: %[[H1:.*]] = dag.add %[[H]], %[[B]]
    %a = dag.output_projection %o, %wo, %bo
        : (tensor<1x8x4x4xbf16>, tensor<16x16xbf16>, tensor<16xbf16>)
        -> tensor<1x8x16xbf16>
    %h = dag.add %x, %a
        : (tensor<1x8x16xbf16>, tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
    // CHECK: %[[N2:.*]] = dag.rms_norm %[[H1]]
    %norm2 = dag.parameter "norm2" : tensor<16xbf16>
    %n2 = dag.rms_norm %h, %norm2 epsilon = 1.0e-05
        : (tensor<1x8x16xbf16>, tensor<16xbf16>) -> tensor<1x8x16xbf16>
    // CHECK: %[[G2:.*]] = dag.all_gather %[[N2]] dim 1 over {tp}
    // CHECK: dag.linear %[[G2]], %{{.*}} as ffn_gate
    // CHECK-NOT: dag.all_gather
    // CHECK: dag.linear %[[G2]], %{{.*}} as ffn_up
    %wg = dag.parameter "gate" : tensor<32x16xbf16>
    %g = dag.linear %n2, %wg as ffn_gate
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
    %wu = dag.parameter "up" : tensor<32x16xbf16>
    %u = dag.linear %n2, %wu as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
    %gu = dag.multiply %g, %u
        : (tensor<1x8x32xbf16>, tensor<1x8x32xbf16>) -> tensor<1x8x32xbf16>
    %wd = dag.parameter "down" : tensor<16x32xbf16>
    // CHECK: %[[F:.*]] = dag.linear {{.*}} as ffn_down
    // CHECK: %[[FS:.*]] = dag.reduce_scatter %[[F]] dim 1 over {tp}
    // CHECK: dag.add %[[H1]], %[[FS]]
    // CHECK-NEXT: dag.yield
    %f = dag.linear %gu, %wd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>) -> tensor<1x8x16xbf16>
    %y = dag.add %h, %f
        : (tensor<1x8x16xbf16>, tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
    dag.yield %y : tensor<1x8x16xbf16>
  }
  // CHECK: %[[Y:.*]] = dag.all_gather {{.*}} dim 1 over {tp}
  // CHECK: dag.linear %[[Y]], {{.*}} as head
  // CHECK: dag.all_gather {{.*}} dim 2 over {tp}
  %head = dag.parameter "head" : tensor<32x16xbf16>
  %4 = dag.linear %3, %head as head
      : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
  dag.output %4 "logits" : tensor<1x8x32xbf16>
}

// -----

// Tokens that do not divide are padded, and the gather drops the padding.

// CHECK-LABEL: dag.model @padded_tokens
dag.model @padded_tokens {
  %0 = dag.input "x" : tensor<1x7x16xbf16>
  // CHECK: dag.slice %{{.*}} dim 1 over {tp} pad 1 {{.*}} -> tensor<1x8x16xbf16, #dag.sharding<[{}, {tp} pad 1, {}]>>
  %1 = dag.layer 0 (%x = %0 : tensor<1x7x16xbf16>) -> (tensor<1x7x16xbf16>) {
    // CHECK: dag.all_gather {{.*}} dim 1 over {tp} {{.*}} -> tensor<1x7x16xbf16>
    %wu = dag.parameter "up" : tensor<32x16xbf16>
    %u = dag.linear %x, %wu as ffn_up
        : (tensor<1x7x16xbf16>, tensor<32x16xbf16>) -> tensor<1x7x32xbf16>
    %wd = dag.parameter "down" : tensor<16x32xbf16>
    // CHECK: dag.reduce_scatter {{.*}} dim 1 over {tp} pad 1 {{.*}} -> tensor<1x8x16xbf16, #dag.sharding<[{}, {tp} pad 1, {}]>>
    %f = dag.linear %u, %wd as ffn_down
        : (tensor<1x7x32xbf16>, tensor<16x32xbf16>) -> tensor<1x7x16xbf16>
    %y = dag.add %x, %f
        : (tensor<1x7x16xbf16>, tensor<1x7x16xbf16>) -> tensor<1x7x16xbf16>
    dag.yield %y : tensor<1x7x16xbf16>
  }
  dag.output %1 "y" : tensor<1x7x16xbf16>
}

// -----

// Fewer tokens than ranks, as in decoding, stay whole: shares of padding would
// cost more than the reduction.

// CHECK-LABEL: dag.model @one_token
dag.model @one_token {
  %0 = dag.input "x" : tensor<4x1x16xbf16>
  // CHECK: dag.layer 0 (%{{.*}} = %{{.*}} : tensor<4x1x16xbf16>)
  %1 = dag.layer 0 (%x = %0 : tensor<4x1x16xbf16>) -> (tensor<4x1x16xbf16>) {
    %wu = dag.parameter "up" : tensor<32x16xbf16>
    %u = dag.linear %x, %wu as ffn_up
        : (tensor<4x1x16xbf16>, tensor<32x16xbf16>) -> tensor<4x1x32xbf16>
    %wd = dag.parameter "down" : tensor<16x32xbf16>
    // CHECK: dag.linear {{.*}} as ffn_down
    // CHECK-NEXT: dag.all_reduce
    // CHECK-NEXT: dag.add
    %f = dag.linear %u, %wd as ffn_down
        : (tensor<4x1x32xbf16>, tensor<16x32xbf16>) -> tensor<4x1x16xbf16>
    %y = dag.add %x, %f
        : (tensor<4x1x16xbf16>, tensor<4x1x16xbf16>) -> tensor<4x1x16xbf16>
    dag.yield %y : tensor<4x1x16xbf16>
  }
  dag.output %1 "y" : tensor<4x1x16xbf16>
}

// -----

// Multi-head latent attention gathers the latent vectors, which are smaller
// than the hidden states that they come from.

// CHECK-LABEL: dag.model @latent
dag.model @latent {
  %0 = dag.input "x" : tensor<1x8x64xbf16>
  // CHECK: dag.layer 0 (%[[X:[^ ]*]] =
  %1 = dag.layer 0 (%x = %0 : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    // CHECK: dag.parameter "q_down" : tensor<24x64xbf16>
    // CHECK: %[[Q0:.*]] = dag.linear %[[X]]
    // CHECK: %[[Q1:.*]] = dag.rms_norm %[[Q0]]
    %wqd = dag.parameter "q_down" : tensor<24x64xbf16>
    %q0 = dag.linear %x, %wqd
        : (tensor<1x8x64xbf16>, tensor<24x64xbf16>) -> tensor<1x8x24xbf16>
    %qnorm = dag.parameter "q_norm" : tensor<24xbf16>
    %q1 = dag.rms_norm %q0, %qnorm epsilon = 1.0e-06
        : (tensor<1x8x24xbf16>, tensor<24xbf16>) -> tensor<1x8x24xbf16>
    // CHECK: %[[C:.*]] = dag.linear %[[X]]
    // CHECK: %[[CG:.*]] = dag.all_gather %[[C]] dim 1 over {tp} {{.*}} -> tensor<1x8x40xbf16>
    // CHECK: dag.split %[[CG]]
    %wkvd = dag.parameter "kv_down" : tensor<40x64xbf16>
    %c = dag.linear %x, %wkvd
        : (tensor<1x8x64xbf16>, tensor<40x64xbf16>) -> tensor<1x8x40xbf16>
    %kv:2 = dag.split %c sizes [32, 8]
        : (tensor<1x8x40xbf16>) -> (tensor<1x8x32xbf16>, tensor<1x8x8xbf16>)
    %kvnorm = dag.parameter "kv_norm" : tensor<32xbf16>
    %latent = dag.rms_norm %kv#0, %kvnorm epsilon = 1.0e-06
        : (tensor<1x8x32xbf16>, tensor<32xbf16>) -> tensor<1x8x32xbf16>
    %r = dag.rotary_embedding %kv#1 theta = 10000.0 interleaved
        : (tensor<1x8x8xbf16>) -> tensor<1x8x8xbf16>
    // CHECK: %[[QG:.*]] = dag.all_gather %[[Q1]] dim 1 over {tp} {{.*}} -> tensor<1x8x24xbf16>
    // CHECK: dag.parameter "wq" : tensor<96x24xbf16, #dag.sharding<[{tp}, {}]>>
    // CHECK: dag.parameter "wkv" : tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
    // CHECK: dag.latent_qkv_projection %[[QG]]
    %wq = dag.parameter "wq" : tensor<96x24xbf16>
    %wkv = dag.parameter "wkv" : tensor<128x32xbf16>
    %q, %k, %v = dag.latent_qkv_projection %q1, %latent, %r, %wq, %wkv
        heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16
        : (tensor<1x8x24xbf16>, tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
           tensor<96x24xbf16>, tensor<128x32xbf16>)
        -> (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>,
            tensor<1x8x4x16xbf16>)
    %s = dag.attention_scores %q, %k scale = 0.2
        : (tensor<1x8x4x24xbf16>, tensor<1x8x4x24xbf16>)
        -> tensor<1x4x8x8xbf16>
    %o = dag.attention_output %s, %v
        : (tensor<1x4x8x8xbf16>, tensor<1x8x4x16xbf16>)
        -> tensor<1x8x4x16xbf16>
    %wo = dag.parameter "wo" : tensor<64x64xbf16>
    // CHECK: dag.output_projection
    // CHECK: dag.reduce_scatter
    %a = dag.output_projection %o, %wo
        : (tensor<1x8x4x16xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield %a : tensor<1x8x64xbf16>
  }
  dag.output %1 "y" : tensor<1x8x64xbf16>
}

// -----

// Where hidden states are gathered for another layer, the small layer uses
// them too.

// CHECK-LABEL: dag.model @gathered_anyway
dag.model @gathered_anyway {
  %0 = dag.input "x" : tensor<1x8x16xbf16>
  // CHECK: dag.layer 0 (%[[X:[^ ]*]] =
  %1 = dag.layer 0 (%x = %0 : tensor<1x8x16xbf16>) -> (tensor<1x8x16xbf16>) {
    // CHECK: %[[G:.*]] = dag.all_gather %[[X]] dim 1 over {tp}
    // CHECK: dag.linear %[[G]]
    // CHECK: dag.linear %[[G]], {{.*}} as ffn_up
    %ws = dag.parameter "small" : tensor<4x16xbf16>
    %s = dag.linear %x, %ws
        : (tensor<1x8x16xbf16>, tensor<4x16xbf16>) -> tensor<1x8x4xbf16>
    %wu = dag.parameter "up" : tensor<32x16xbf16>
    %u = dag.linear %x, %wu as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
    %wb = dag.parameter "back" : tensor<32x4xbf16>
    %b = dag.linear %s, %wb
        : (tensor<1x8x4xbf16>, tensor<32x4xbf16>) -> tensor<1x8x32xbf16>
    // CHECK: dag.multiply
    %m = dag.multiply %u, %b
        : (tensor<1x8x32xbf16>, tensor<1x8x32xbf16>) -> tensor<1x8x32xbf16>
    %wd = dag.parameter "down" : tensor<16x32xbf16>
    %f = dag.linear %m, %wd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>) -> tensor<1x8x16xbf16>
    dag.yield %f : tensor<1x8x16xbf16>
  }
  dag.output %1 "y" : tensor<1x8x16xbf16>
}

// -----

// Two norms of the same hidden states, for attention and FFN side by side,
// gather them once.

// CHECK-LABEL: dag.model @two_norms
dag.model @two_norms {
  %0 = dag.input "x" : tensor<1x8x16xbf16>
  // CHECK: dag.layer 0 (%[[X:[^ ]*]] =
  %1 = dag.layer 0 (%x = %0 : tensor<1x8x16xbf16>) -> (tensor<1x8x16xbf16>) {
    %n1 = dag.parameter "norm1" : tensor<16xbf16>
    %n2 = dag.parameter "norm2" : tensor<16xbf16>
    // CHECK: %[[G:.*]] = dag.all_gather %[[X]] dim 1 over {tp}
    // CHECK: dag.rms_norm %[[G]]
    // CHECK-NOT: dag.all_gather
    // CHECK: dag.rms_norm %[[G]]
    %h1 = dag.rms_norm %x, %n1 epsilon = 1.0e-05
        : (tensor<1x8x16xbf16>, tensor<16xbf16>) -> tensor<1x8x16xbf16>
    %h2 = dag.rms_norm %x, %n2 epsilon = 1.0e-05
        : (tensor<1x8x16xbf16>, tensor<16xbf16>) -> tensor<1x8x16xbf16>
    %wu = dag.parameter "up" : tensor<32x16xbf16>
    %wd = dag.parameter "down" : tensor<16x32xbf16>
    %u1 = dag.linear %h1, %wu as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
    %d1 = dag.linear %u1, %wd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>) -> tensor<1x8x16xbf16>
    %u2 = dag.linear %h2, %wu as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
    %d2 = dag.linear %u2, %wd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>) -> tensor<1x8x16xbf16>
    // CHECK: dag.add
    // CHECK-NEXT: dag.reduce_scatter
    %sum = dag.add %d1, %d2
        : (tensor<1x8x16xbf16>, tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
    // CHECK: dag.add %[[X]]
    %y = dag.add %x, %sum
        : (tensor<1x8x16xbf16>, tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
    dag.yield %y : tensor<1x8x16xbf16>
  }
  dag.output %1 "y" : tensor<1x8x16xbf16>
}
