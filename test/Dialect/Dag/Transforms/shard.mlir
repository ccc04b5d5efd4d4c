// RUN: dag-opt %s --dag-shard=tp=2 --split-input-file --verify-roundtrip \
// RUN:   | FileCheck %s -enable-var-scope

// A dense layer: whole heads, column- and row-parallel pairs, two reductions;
// the vocabulary is split in embedding and head.

// CHECK: dag.mesh @mesh <tp = 2>
// CHECK-LABEL: dag.model @dense on @mesh <num_layers = 1, vocab_size = 32>
dag.model @dense <num_layers = 1, vocab_size = 32> {
  // CHECK: %[[TOKENS:.*]] = dag.input "tokens" : tensor<2x8xi32>
  %tokens = dag.input "tokens" : tensor<2x8xi32>
  // CHECK: dag.input "position" : tensor<i32>
  %position = dag.input "position" : tensor<i32>
  // CHECK: %[[TABLE:.*]] = dag.parameter "embed" : tensor<32x16xbf16, #dag.sharding<[{tp}, {}]>>
  %table = dag.parameter "embed" : tensor<32x16xbf16>
  // CHECK: %[[EMBED:.*]] = dag.embedding %[[TOKENS]], %[[TABLE]] {{.*}} -> tensor<2x8x16xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK: %[[X:.*]] = dag.all_reduce %[[EMBED]] over {tp}
  %0 = dag.embedding %tokens, %table
      : (tensor<2x8xi32>, tensor<32x16xbf16>) -> tensor<2x8x16xbf16>
  // CHECK: dag.layer 0 (%[[H:.*]] = %[[X]] : tensor<2x8x16xbf16>, %[[P:.*]] = %{{.*}} : tensor<i32>) -> (tensor<2x8x16xbf16>)
  %1 = dag.layer 0 (%x = %0 : tensor<2x8x16xbf16>, %p = %position : tensor<i32>)
      -> (tensor<2x8x16xbf16>) {
    // CHECK: dag.parameter "norm1" : tensor<16xbf16>
    %norm1 = dag.parameter "norm1" : tensor<16xbf16>
    // CHECK: %[[N1:.*]] = dag.rms_norm %[[H]]
    %n1 = dag.rms_norm %x, %norm1 epsilon = 1.0e-05
        : (tensor<2x8x16xbf16>, tensor<16xbf16>) -> tensor<2x8x16xbf16>
    // CHECK: dag.parameter "wq" : tensor<16x16xbf16, #dag.sharding<[{tp}, {}]>>
    // CHECK: dag.parameter "wk" : tensor<8x16xbf16, #dag.sharding<[{tp}, {}]>>
    // CHECK: dag.parameter "wv" : tensor<8x16xbf16, #dag.sharding<[{tp}, {}]>>
    %wq = dag.parameter "wq" : tensor<16x16xbf16>
    %wk = dag.parameter "wk" : tensor<8x16xbf16>
    %wv = dag.parameter "wv" : tensor<8x16xbf16>
    // CHECK: dag.qkv_projection %[[N1]],
    // CHECK-SAME: heads = 4 kv_heads = 2 head_dim = 4
    // CHECK-SAME: -> (tensor<2x8x4x4xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<2x8x2x4xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
    %q, %k, %v = dag.qkv_projection %n1, %wq, %wk, %wv
        heads = 4 kv_heads = 2 head_dim = 4
        : (tensor<2x8x16xbf16>, tensor<16x16xbf16>, tensor<8x16xbf16>,
           tensor<8x16xbf16>)
        -> (tensor<2x8x4x4xbf16>, tensor<2x8x2x4xbf16>, tensor<2x8x2x4xbf16>)
    // CHECK: dag.rotary_embedding {{.*}} at %[[P]] theta = 10000.0 rotary_dim = 2
    %qr = dag.rotary_embedding %q at %p theta = 10000.0 rotary_dim = 2
        : (tensor<2x8x4x4xbf16>, tensor<i32>) -> tensor<2x8x4x4xbf16>
    %kr = dag.rotary_embedding %k at %p theta = 10000.0 rotary_dim = 2
        : (tensor<2x8x2x4xbf16>, tensor<i32>) -> tensor<2x8x2x4xbf16>
    // CHECK: dag.attention_scores {{.*}} -> tensor<2x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {}]>>
    %s = dag.attention_scores %qr, %kr scale = 0.5
        : (tensor<2x8x4x4xbf16>, tensor<2x8x2x4xbf16>) -> tensor<2x4x8x8xbf16>
    %m = dag.attention_weights %s mask causal alibi = 8.0
        : (tensor<2x4x8x8xbf16>) -> tensor<2x4x8x8xbf16>
    %d = dag.dropout %m p = 0.0
        : (tensor<2x4x8x8xbf16>) -> tensor<2x4x8x8xbf16>
    %o = dag.attention_output %d, %v
        : (tensor<2x4x8x8xbf16>, tensor<2x8x2x4xbf16>) -> tensor<2x8x4x4xbf16>
    // CHECK: dag.parameter "wo" : tensor<16x16xbf16, #dag.sharding<[{}, {tp}]>>
    %wo = dag.parameter "wo" : tensor<16x16xbf16>
    // CHECK: %[[A:.*]] = dag.output_projection {{.*}} partial = {tp}>>
    %a = dag.output_projection %o, %wo
        : (tensor<2x8x4x4xbf16>, tensor<16x16xbf16>) -> tensor<2x8x16xbf16>
    // CHECK: %[[AR:.*]] = dag.all_reduce %[[A]] over {tp}
    // CHECK: %[[H1:.*]] = dag.add %[[H]], %[[AR]]
    %h = dag.add %x, %a
        : (tensor<2x8x16xbf16>, tensor<2x8x16xbf16>) -> tensor<2x8x16xbf16>
    %norm2 = dag.parameter "norm2" : tensor<16xbf16>
    %n2 = dag.rms_norm %h, %norm2 epsilon = 1.0e-05
        : (tensor<2x8x16xbf16>, tensor<16xbf16>) -> tensor<2x8x16xbf16>
    // CHECK: dag.parameter "gate" from <transposed> : tensor<64x16xbf16, #dag.sharding<[{tp}, {}]>>
    %wg = dag.parameter "gate" from <transposed>
        : tensor<64x16xbf16>
    // CHECK: dag.linear {{.*}} as ffn_gate {{.*}} -> tensor<2x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
    %g = dag.linear %n2, %wg as ffn_gate
        : (tensor<2x8x16xbf16>, tensor<64x16xbf16>) -> tensor<2x8x64xbf16>
    // CHECK: dag.activation silu
    %act = dag.activation silu %g
        : (tensor<2x8x64xbf16>) -> tensor<2x8x64xbf16>
    %wu = dag.parameter "up" : tensor<64x16xbf16>
    %u = dag.linear %n2, %wu as ffn_up
        : (tensor<2x8x16xbf16>, tensor<64x16xbf16>) -> tensor<2x8x64xbf16>
    // CHECK: dag.multiply {{.*}} -> tensor<2x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
    %gu = dag.multiply %act, %u
        : (tensor<2x8x64xbf16>, tensor<2x8x64xbf16>) -> tensor<2x8x64xbf16>
    // CHECK: dag.parameter "down" : tensor<16x64xbf16, #dag.sharding<[{}, {tp}]>>
    %wd = dag.parameter "down" : tensor<16x64xbf16>
    // CHECK: %[[F:.*]] = dag.linear {{.*}} as ffn_down {{.*}} partial = {tp}>>
    %f = dag.linear %gu, %wd as ffn_down
        : (tensor<2x8x64xbf16>, tensor<16x64xbf16>) -> tensor<2x8x16xbf16>
    // CHECK: %[[FR:.*]] = dag.all_reduce %[[F]] over {tp}
    // CHECK: %[[H2:.*]] = dag.add %[[H1]], %[[FR]]
    %y = dag.add %h, %f
        : (tensor<2x8x16xbf16>, tensor<2x8x16xbf16>) -> tensor<2x8x16xbf16>
    // CHECK: dag.yield %[[H2]]
    dag.yield %y : tensor<2x8x16xbf16>
  }
  %norm = dag.parameter "norm" : tensor<16xbf16>
  // CHECK: dag.rms_norm {{.*}} as final_norm
  %2 = dag.rms_norm %1, %norm epsilon = 1.0e-05 as final_norm
      : (tensor<2x8x16xbf16>, tensor<16xbf16>) -> tensor<2x8x16xbf16>
  // CHECK: dag.parameter "head" : tensor<32x16xbf16, #dag.sharding<[{tp}, {}]>>
  %head = dag.parameter "head" : tensor<32x16xbf16>
  // CHECK: %[[L:.*]] = dag.linear {{.*}} as head {{.*}} -> tensor<2x8x32xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %3 = dag.linear %2, %head as head
      : (tensor<2x8x16xbf16>, tensor<32x16xbf16>) -> tensor<2x8x32xbf16>
  // CHECK: %[[G:.*]] = dag.all_gather %[[L]] dim 2 over {tp}
  // CHECK: dag.output %[[G]] "logits" : tensor<2x8x32xbf16>
  dag.output %3 "logits" : tensor<2x8x32xbf16>
}

// -----

// Attention and FFN side by side: the sum of both is reduced once, and both
// biases come behind that.

// CHECK-LABEL: dag.model @parallel_residual
dag.model @parallel_residual {
  %0 = dag.input "x" : tensor<1x8x16xbf16>
  %o = dag.input "heads" : tensor<1x8x4x4xbf16>
  // CHECK: dag.layer 0 (%[[X:[^ ]*]] =
  %1 = dag.layer 0 (%x = %0 : tensor<1x8x16xbf16>) -> (tensor<1x8x16xbf16>) {
    %wq = dag.parameter "wq" : tensor<16x16xbf16>
    %wk = dag.parameter "wk" : tensor<16x16xbf16>
    %wv = dag.parameter "wv" : tensor<16x16xbf16>
    // CHECK-COUNT-3: dag.parameter "b{{[qkv]}}" : tensor<16xbf16, #dag.sharding<[{tp}]>>
    %bq = dag.parameter "bq" : tensor<16xbf16>
    %bk = dag.parameter "bk" : tensor<16xbf16>
    %bv = dag.parameter "bv" : tensor<16xbf16>
    %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk, %bv)
        heads = 4 kv_heads = 4 head_dim = 4
        : (tensor<1x8x16xbf16>, tensor<16x16xbf16>, tensor<16x16xbf16>,
           tensor<16x16xbf16>, tensor<16xbf16>, tensor<16xbf16>,
           tensor<16xbf16>)
        -> (tensor<1x8x4x4xbf16>, tensor<1x8x4x4xbf16>, tensor<1x8x4x4xbf16>)
    %s = dag.attention_scores %q, %k scale = 0.5
        : (tensor<1x8x4x4xbf16>, tensor<1x8x4x4xbf16>) -> tensor<1x4x8x8xbf16>
    %m = dag.attention_weights %s mask causal
        : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    %heads = dag.attention_output %m, %v
        : (tensor<1x4x8x8xbf16>, tensor<1x8x4x4xbf16>) -> tensor<1x8x4x4xbf16>
    %wo = dag.parameter "wo" : tensor<16x16xbf16>
    %bo = dag.parameter "bo" : tensor<16xbf16>
    // CHECK: %[[BO:.*]] = dag.parameter "bo" : tensor<16xbf16>
    // CHECK-NOT: all_reduce
    %a = dag.output_projection %heads, %wo, %bo
        : (tensor<1x8x4x4xbf16>, tensor<16x16xbf16>, tensor<16xbf16>)
        -> tensor<1x8x16xbf16>
    %wu = dag.parameter "up" : tensor<32x16xbf16>
    // CHECK: dag.parameter "up_bias" : tensor<32xbf16, #dag.sharding<[{tp}]>>
    %bu = dag.parameter "up_bias" : tensor<32xbf16>
    %u = dag.linear %x, %wu, %bu as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>, tensor<32xbf16>)
        -> tensor<1x8x32xbf16>
    %g = dag.activation gelu %u : (tensor<1x8x32xbf16>) -> tensor<1x8x32xbf16>
    %wd = dag.parameter "down" : tensor<16x32xbf16>
    // CHECK: %[[BD:.*]] = dag.parameter "down_bias" : tensor<16xbf16>
    %bd = dag.parameter "down_bias" : tensor<16xbf16>
    %f = dag.linear %g, %wd, %bd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>, tensor<16xbf16>)
        -> tensor<1x8x16xbf16>
    // CHECK: %[[SUM:.*]] = dag.add {{.*}} partial = {tp}>>
    // CHECK-NEXT: %[[R:.*]] = dag.all_reduce %[[SUM]] over {tp}
    // CHECK-NEXT: %[[R1:.*]] = dag.bias_add %[[R]], %[[BO]] as output_projection
    // CHECK-NEXT: %[[R2:.*]] = dag.bias_add %[[R1]], %[[BD]] as ffn_down
    // CHECK-NEXT: dag.add %[[X]], %[[R2]]
    %both = dag.add %a, %f
        : (tensor<1x8x16xbf16>, tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
    %y = dag.add %x, %both
        : (tensor<1x8x16xbf16>, tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
    dag.yield %y : tensor<1x8x16xbf16>
  }
  dag.output %1 "y" : tensor<1x8x16xbf16>
}

// -----

// Sizes that do not divide are padded: rows of the vocabulary, and the inner
// dimension of gate, up and down alike. The gather drops the padding. A tied
// table is one parameter, split the same way at both ends.

// CHECK-LABEL: dag.model @padding
dag.model @padding {
  %tokens = dag.input "tokens" : tensor<1x8xi32>
  // CHECK: %[[TABLE:.*]] = dag.parameter "embed" : tensor<34x16xbf16, #dag.sharding<[{tp} pad 1, {}]>>
  // CHECK-NOT: dag.parameter "embed"
  %table = dag.parameter "embed" : tensor<33x16xbf16>
  // CHECK: dag.embedding %{{.*}}, %[[TABLE]]
  %0 = dag.embedding %tokens, %table
      : (tensor<1x8xi32>, tensor<33x16xbf16>) -> tensor<1x8x16xbf16>
  // CHECK: dag.parameter "gate" : tensor<32x16xbf16, #dag.sharding<[{tp} pad 1, {}]>>
  %wg = dag.parameter "gate" : tensor<31x16xbf16>
  %g = dag.linear %0, %wg as ffn_gate
      : (tensor<1x8x16xbf16>, tensor<31x16xbf16>) -> tensor<1x8x31xbf16>
  %wu = dag.parameter "up" : tensor<31x16xbf16>
  %u = dag.linear %0, %wu as ffn_up
      : (tensor<1x8x16xbf16>, tensor<31x16xbf16>) -> tensor<1x8x31xbf16>
  // CHECK: dag.multiply {{.*}} -> tensor<1x8x32xbf16, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %gu = dag.multiply %g, %u
      : (tensor<1x8x31xbf16>, tensor<1x8x31xbf16>) -> tensor<1x8x31xbf16>
  // CHECK: dag.parameter "down" : tensor<16x32xbf16, #dag.sharding<[{}, {tp} pad 1]>>
  %wd = dag.parameter "down" : tensor<16x31xbf16>
  %f = dag.linear %gu, %wd as ffn_down
      : (tensor<1x8x31xbf16>, tensor<16x31xbf16>) -> tensor<1x8x16xbf16>
  // CHECK: dag.linear %{{.*}}, %[[TABLE]], %{{.*}} as head {{.*}} -> tensor<1x8x34xbf16, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %bias = dag.parameter "head_bias" : tensor<33xbf16>
  %1 = dag.linear %f, %table, %bias as head
      : (tensor<1x8x16xbf16>, tensor<33x16xbf16>, tensor<33xbf16>)
      -> tensor<1x8x33xbf16>
  // Every rank bounds its part of the logits.
  // CHECK: dag.soft_cap {{.*}} -> tensor<1x8x34xbf16
  // CHECK: dag.all_gather {{.*}} dim 2 over {tp} {{.*}} -> tensor<1x8x33xbf16>
  %2 = dag.soft_cap %1 cap = 30.0
      : (tensor<1x8x33xbf16>) -> tensor<1x8x33xbf16>
  dag.output %2 "logits" : tensor<1x8x33xbf16>
}

// -----

// A norm over all heads needs all of them.

// CHECK-LABEL: dag.model @norm_over_heads
dag.model @norm_over_heads {
  %x = dag.input "x" : tensor<1x8x16xbf16>
  %wq = dag.parameter "wq" : tensor<16x16xbf16>
  %wk = dag.parameter "wk" : tensor<8x16xbf16>
  %wv = dag.parameter "wv" : tensor<8x16xbf16>
  // CHECK: %[[Q:[^,]*]], %[[K:[^,]*]], %{{[^,]*}} = dag.qkv_projection
  %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wv
      heads = 4 kv_heads = 2 head_dim = 4
      : (tensor<1x8x16xbf16>, tensor<16x16xbf16>, tensor<8x16xbf16>,
         tensor<8x16xbf16>)
      -> (tensor<1x8x4x4xbf16>, tensor<1x8x2x4xbf16>, tensor<1x8x2x4xbf16>)
  // CHECK: dag.parameter "q_norm" : tensor<16xbf16>
  // CHECK: %[[ALL:.*]] = dag.all_gather %[[Q]] dim 2 over {tp}
  // CHECK: %[[NORM:.*]] = dag.qk_norm %[[ALL]]
  // CHECK: %[[Q1:.*]] = dag.slice %[[NORM]] dim 2 over {tp}
  %norm = dag.parameter "q_norm" : tensor<16xbf16>
  %qn = dag.qk_norm %q, %norm epsilon = 1.0e-06
      : (tensor<1x8x4x4xbf16>, tensor<16xbf16>) -> tensor<1x8x4x4xbf16>
  // One that is the same for each head does not.
  // CHECK: dag.parameter "k_norm" : tensor<4xbf16>
  // CHECK: %[[K1:.*]] = dag.qk_norm %[[K]]
  %knorm = dag.parameter "k_norm" : tensor<4xbf16>
  %kn = dag.qk_norm %k, %knorm epsilon = 1.0e-06
      : (tensor<1x8x2x4xbf16>, tensor<4xbf16>) -> tensor<1x8x2x4xbf16>
  // CHECK: dag.attention_scores %[[Q1]], %[[K1]]
  // CHECK: dag.all_gather {{.*}} dim 1 over {tp} {{.*}} -> tensor<1x4x8x8xbf16>
  %s = dag.attention_scores %qn, %kn scale = 0.5
      : (tensor<1x8x4x4xbf16>, tensor<1x8x2x4xbf16>) -> tensor<1x4x8x8xbf16>
  dag.output %s "scores" : tensor<1x4x8x8xbf16>
}

// -----

// What is linear goes before the reduction, with the biases that wait for it;
// what is not comes behind it.

// CHECK-LABEL: dag.model @deferred
dag.model @deferred {
  %x = dag.input "x" : tensor<1x8x16xbf16>
  %wu = dag.parameter "up" : tensor<32x16xbf16>
  %u = dag.linear %x, %wu as ffn_up
      : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
  %wd = dag.parameter "down" : tensor<16x32xbf16>
  %bd = dag.parameter "down_bias" : tensor<16xbf16>
  // CHECK: %[[D:.*]] = dag.linear {{.*}} as ffn_down {{.*}} partial = {tp}>>
  // CHECK: %[[BIAS:.*]] = dag.parameter "down_bias"
  %d = dag.linear %u, %wd, %bd as ffn_down
      : (tensor<1x8x32xbf16>, tensor<16x32xbf16>, tensor<16xbf16>)
      -> tensor<1x8x16xbf16>
  // CHECK: %[[S:.*]] = dag.scale %[[D]] by 0.5 {{.*}} partial = {tp}>>
  // CHECK: %[[SBIAS:.*]] = dag.scale %[[BIAS]] by 0.5 : (tensor<16xbf16>)
  %s = dag.scale %d by 0.5 : (tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
  // CHECK: %[[MORE:.*]] = dag.parameter "more"
  %more = dag.parameter "more" : tensor<16xbf16>
  %b = dag.bias_add %s, %more
      : (tensor<1x8x16xbf16>, tensor<16xbf16>) -> tensor<1x8x16xbf16>
  // CHECK: %[[R:.*]] = dag.all_reduce %[[S]] over {tp}
  // CHECK: %[[R1:.*]] = dag.bias_add %[[R]], %[[SBIAS]] as ffn_down
  // CHECK: %[[R2:.*]] = dag.bias_add %[[R1]], %[[MORE]] :
  // CHECK: dag.activation tanh %[[R2]]
  %t = dag.activation tanh %b : (tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
  // Not pending: it is added where it stands.
  // CHECK: dag.bias_add {{.*}}, %[[MORE]]
  %c = dag.bias_add %t, %more
      : (tensor<1x8x16xbf16>, tensor<16xbf16>) -> tensor<1x8x16xbf16>
  dag.output %c "y" : tensor<1x8x16xbf16>
}

// -----

// What is split in the last dimension and needed whole is gathered.

// CHECK-LABEL: dag.model @needed_whole
dag.model @needed_whole {
  %x = dag.input "x" : tensor<1x8x16xbf16>
  %wu = dag.parameter "up" : tensor<16x16xbf16>
  // CHECK: %[[U:.*]] = dag.linear
  %u = dag.linear %x, %wu as ffn_up
      : (tensor<1x8x16xbf16>, tensor<16x16xbf16>) -> tensor<1x8x16xbf16>
  // CHECK: %[[WHOLE:.*]] = dag.all_gather %[[U]] dim 2 over {tp}
  // CHECK: dag.layer_norm %[[WHOLE]]
  %w = dag.parameter "w" : tensor<16xbf16>
  %b = dag.parameter "b" : tensor<16xbf16>
  %n = dag.layer_norm %u, %w, %b epsilon = 1.0e-05
      : (tensor<1x8x16xbf16>, tensor<16xbf16>, tensor<16xbf16>)
      -> tensor<1x8x16xbf16>
  // CHECK-NOT: dag.all_gather
  // CHECK: dag.split %[[WHOLE]]
  %0:2 = dag.split %u sizes [12, 4]
      : (tensor<1x8x16xbf16>) -> (tensor<1x8x12xbf16>, tensor<1x8x4xbf16>)
  // To be added, a rank's share is enough.
  // CHECK: %[[SHARE:.*]] = dag.slice %{{.*}} dim 2 over {tp}
  // CHECK: dag.add %[[SHARE]], %[[U]]
  %1 = dag.add %n, %u
      : (tensor<1x8x16xbf16>, tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
  dag.output %0#0 "y" : tensor<1x8x12xbf16>
  dag.output %1 "z" : tensor<1x8x16xbf16>
}

// -----

// Layers that differ in names only are worked on once, and keep their names.
// The last one has an activation of its own.

// CHECK-LABEL: dag.model @layers
dag.model @layers {
  %0 = dag.input "x" : tensor<1x8x16xbf16>
  // CHECK: dag.layer 0
  // CHECK: dag.parameter "0.up" : tensor<32x16xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: dag.parameter "0.down"
  // CHECK: dag.all_reduce
  // CHECK: dag.yield
  %1 = dag.layer 0 (%x = %0 : tensor<1x8x16xbf16>) -> (tensor<1x8x16xbf16>) {
    %wu = dag.parameter "0.up" : tensor<32x16xbf16>
    %u = dag.linear %x, %wu as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
    %g = dag.activation gelu %u : (tensor<1x8x32xbf16>) -> tensor<1x8x32xbf16>
    %wd = dag.parameter "0.down" : tensor<16x32xbf16>
    %f = dag.linear %g, %wd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>) -> tensor<1x8x16xbf16>
    dag.yield %f : tensor<1x8x16xbf16>
  }
  // CHECK: dag.layer 1
  // CHECK: dag.parameter "1.up" : tensor<32x16xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: dag.activation gelu
  // CHECK: dag.parameter "1.down"
  // CHECK: dag.all_reduce
  // CHECK: dag.yield
  %2 = dag.layer 1 (%x = %1 : tensor<1x8x16xbf16>) -> (tensor<1x8x16xbf16>) {
    %wu = dag.parameter "1.up" : tensor<32x16xbf16>
    %u = dag.linear %x, %wu as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
    %g = dag.activation gelu %u : (tensor<1x8x32xbf16>) -> tensor<1x8x32xbf16>
    %wd = dag.parameter "1.down" : tensor<16x32xbf16>
    %f = dag.linear %g, %wd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>) -> tensor<1x8x16xbf16>
    dag.yield %f : tensor<1x8x16xbf16>
  }
  // CHECK: dag.layer 2
  // CHECK: dag.activation relu
  // CHECK: dag.parameter "2.down"
  %3 = dag.layer 2 (%x = %2 : tensor<1x8x16xbf16>) -> (tensor<1x8x16xbf16>) {
    %wu = dag.parameter "2.up" : tensor<32x16xbf16>
    %u = dag.linear %x, %wu as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
    %g = dag.activation relu %u : (tensor<1x8x32xbf16>) -> tensor<1x8x32xbf16>
    %wd = dag.parameter "2.down" : tensor<16x32xbf16>
    %f = dag.linear %g, %wd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>) -> tensor<1x8x16xbf16>
    dag.yield %f : tensor<1x8x16xbf16>
  }
  dag.output %3 "y" : tensor<1x8x16xbf16>
}

// -----

// Each model gets a mesh, equal ones the same; a reference stays as it is, and
// a name that is taken is not taken again.

dag.mesh @mesh <dp = 2>
// CHECK: dag.mesh @[[M:mesh_[0-9]+]] <tp = 2>
// CHECK-NOT: dag.mesh
// CHECK: dag.model @first on @[[M]]
dag.model @first {
  %x = dag.input "x" : tensor<1x8x16xbf16>
  dag.output %x "y" : tensor<1x8x16xbf16>
}
// CHECK: dag.model @second on @[[M]]
dag.model @second {}
// CHECK: dag.model @third attributes {dag.reference}
dag.model @third attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x16xbf16>
}
