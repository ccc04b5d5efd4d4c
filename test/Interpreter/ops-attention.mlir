// What attention and its parts compute, against numbers worked out by hand.

// RUN: split-file %s %t
// RUN: dag-run %t/attention.mlir
// RUN: dag-run %t/attention.mlir --precision=as-typed

//--- attention.mlir
#heads = #dag.sharding<[{}, {}, {tp}, {}]>
#weights = #dag.sharding<[{}, {tp}, {}, {}]>
#row = #dag.sharding<[{tp}, {}]>
#col = #dag.sharding<[{}, {tp}]>
#pending = #dag.sharding<[{}, {}, {}], partial = {tp}>

dag.mesh @m <tp = 2>
dag.model @attention on @m {
  %one = arith.constant dense<1> : tensor<i32>

  //===--- qkv_projection ------------------------------------------------===//

  // Two heads of two elements, one KV head.
  %x = arith.constant dense<[[[1.0, 2.0]]]> : tensor<1x1x2xf64>
  %wq = arith.constant dense<[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]]>
      : tensor<4x2xf64>
  %wk = arith.constant dense<[[2.0, 0.0], [0.0, 2.0]]> : tensor<2x2xf64>
  %wv = arith.constant dense<[[3.0, 0.0], [0.0, 3.0]]> : tensor<2x2xf64>
  %bq = arith.constant dense<[0.5, 0.5, 0.5, 0.5]> : tensor<4xf64>
  %bk = arith.constant dense<[1.0, 2.0]> : tensor<2xf64>
  %bv = arith.constant dense<[10.0, 20.0]> : tensor<2xf64>
  %q0, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv bias(%bq, %bk, %bv)
      heads = 2 kv_heads = 1 head_dim = 2
      : (tensor<1x1x2xf64>, tensor<4x2xf64>, tensor<2x2xf64>, tensor<2x2xf64>,
         tensor<4xf64>, tensor<2xf64>, tensor<2xf64>)
      -> (tensor<1x1x2x2xf64>, tensor<1x1x1x2xf64>, tensor<1x1x1x2xf64>)
  %q1 = arith.constant dense<[[[[1.5, 2.5], [3.5, -0.5]]]]>
      : tensor<1x1x2x2xf64>
  %k1 = arith.constant dense<[[[[3.0, 6.0]]]]> : tensor<1x1x1x2xf64>
  %v1 = arith.constant dense<[[[[13.0, 26.0]]]]> : tensor<1x1x1x2xf64>
  check.equal %q0, %q1 : tensor<1x1x2x2xf64>
  check.equal %k0, %k1 : tensor<1x1x1x2xf64>
  check.equal %v0, %v1 : tensor<1x1x1x2xf64>

  //===--- latent_qkv_projection -----------------------------------------===//

  // Heads on two ranks: q is x times rows of wq; the latent 3 times 1 to 4 gives
  // k and v of both heads in turn, and each k ends in the shared part.
  %c = arith.constant dense<3.0> : tensor<1x1x1xf64>
  %kr = arith.constant dense<[[[7.0, 8.0]]]> : tensor<1x1x2xf64>
  %lq = arith.constant dense<[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0],
                              [2.0, 0.0], [0.0, 2.0], [1.0, -1.0]]>
      : tensor<6x2xf64, #row>
  %lkv = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]>
      : tensor<4x1xf64, #row>
  %q2, %k2, %v2 = dag.latent_qkv_projection %x, %c, %kr, %lq, %lkv
      heads = 2 nope_dim = 1 rope_dim = 2 v_dim = 1
      : (tensor<1x1x2xf64>, tensor<1x1x1xf64>, tensor<1x1x2xf64>,
         tensor<6x2xf64, #row>, tensor<4x1xf64, #row>)
      -> (tensor<1x1x2x3xf64, #heads>, tensor<1x1x2x3xf64, #heads>,
          tensor<1x1x2x1xf64, #heads>)
  %q3 = arith.constant dense<[[[[1.0, 2.0, 3.0], [2.0, 4.0, -1.0]]]]>
      : tensor<1x1x2x3xf64, #heads>
  %k3 = arith.constant dense<[[[[3.0, 7.0, 8.0], [9.0, 7.0, 8.0]]]]>
      : tensor<1x1x2x3xf64, #heads>
  %v3 = arith.constant dense<[[[[6.0], [12.0]]]]> : tensor<1x1x2x1xf64, #heads>
  check.equal %q2, %q3 : tensor<1x1x2x3xf64, #heads>
  check.equal %k2, %k3 : tensor<1x1x2x3xf64, #heads>
  check.equal %v2, %v3 : tensor<1x1x2x1xf64, #heads>

  //===--- qk_norm -------------------------------------------------------===//

  // Heads by themselves: roots of means are 5 and 10.
  %n0 = arith.constant dense<[[[[1.0, 7.0], [2.0, 14.0]]]]>
      : tensor<1x1x2x2xf64>
  %n1 = arith.constant dense<[1.0, 2.0]> : tensor<2xf64>
  %n2 = dag.qk_norm %n0, %n1 epsilon = 0.0
      : (tensor<1x1x2x2xf64>, tensor<2xf64>) -> tensor<1x1x2x2xf64>
  %n3 = arith.constant dense<[[[[0.2, 2.8], [0.2, 2.8]]]]>
      : tensor<1x1x2x2xf64>
  check.close %n2, %n3 ulp = 2 : tensor<1x1x2x2xf64>
  // All heads together: (1 + 49 + 25 + 25) / 4 is 25; weights from one.
  %n4 = arith.constant dense<[[[[1.0, 7.0], [5.0, -5.0]]]]>
      : tensor<1x1x2x2xf64>
  %n5 = arith.constant dense<[0.0, 1.0, 2.0, 3.0]> : tensor<4xf64>
  %n6 = dag.qk_norm %n4, %n5 epsilon = 0.0 unit_offset
      : (tensor<1x1x2x2xf64>, tensor<4xf64>) -> tensor<1x1x2x2xf64>
  %n7 = arith.constant dense<[[[[0.2, 2.8], [3.0, -4.0]]]]>
      : tensor<1x1x2x2xf64>
  check.close %n6, %n7 ulp = 2 : tensor<1x1x2x2xf64>

  //===--- attention_scores ----------------------------------------------===//

  // Heads 0 and 1 use KV head 0, heads 2 and 3 use KV head 1; two on each rank.
  %s0 = arith.constant dense<[[[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0],
                                [2.0, -1.0]]]]> : tensor<1x1x4x2xf64, #heads>
  %s1 = arith.constant dense<[[[[2.0, 4.0], [6.0, 8.0]],
                               [[1.0, 3.0], [5.0, 7.0]]]]>
      : tensor<1x2x2x2xf64, #heads>
  %s2 = dag.attention_scores %s0, %s1 scale = 0.5
      : (tensor<1x1x4x2xf64, #heads>, tensor<1x2x2x2xf64, #heads>)
      -> tensor<1x4x1x2xf64, #weights>
  %s3 = arith.constant dense<[[[[1.0, 0.5]], [[2.0, 1.5]], [[7.0, 6.0]],
                               [[2.0, 1.5]]]]> : tensor<1x4x1x2xf64, #weights>
  check.equal %s2, %s3 : tensor<1x4x1x2xf64, #weights>

  //===--- attention_weights ---------------------------------------------===//

  // Softmax of 0 1 is 1 / (1 + e) and e / (1 + e), that of 0 1 2 is
  // 1 / (1 + e + e^2), ...
  %w0 = arith.constant dense<[[[[0.0, 1.0, 2.0], [0.0, 1.0, 2.0],
                                [0.0, 1.0, 2.0]]]]> : tensor<1x1x3x3xf64>
  %w1 = dag.attention_weights %w0 mask none
      : (tensor<1x1x3x3xf64>) -> tensor<1x1x3x3xf64>
  %w2 = arith.constant dense<[[[
      [0.09003057317038046, 0.24472847105479764, 0.6652409557748218],
      [0.09003057317038046, 0.24472847105479764, 0.6652409557748218],
      [0.09003057317038046, 0.24472847105479764, 0.6652409557748218]]]]>
      : tensor<1x1x3x3xf64>
  check.close %w1, %w2 ulp = 4 : tensor<1x1x3x3xf64>
  %w3 = dag.attention_weights %w0 mask causal
      : (tensor<1x1x3x3xf64>) -> tensor<1x1x3x3xf64>
  %w4 = arith.constant dense<[[[
      [1.0, 0.0, 0.0],
      [0.2689414213699951, 0.7310585786300049, 0.0],
      [0.09003057317038046, 0.24472847105479764, 0.6652409557748218]]]]>
      : tensor<1x1x3x3xf64>
  check.close %w3, %w4 ulp = 4 : tensor<1x1x3x3xf64>
  %w5 = dag.attention_weights %w0 mask sliding_window window = 2
      : (tensor<1x1x3x3xf64>) -> tensor<1x1x3x3xf64>
  %w6 = arith.constant dense<[[[
      [1.0, 0.0, 0.0],
      [0.2689414213699951, 0.7310585786300049, 0.0],
      [0.0, 0.2689414213699951, 0.7310585786300049]]]]>
      : tensor<1x1x3x3xf64>
  check.close %w5, %w6 ulp = 4 : tensor<1x1x3x3xf64>
  // The only query stands at 1.
  %w7 = arith.constant dense<[[[[0.0, 1.0, 2.0]]]]> : tensor<1x1x1x3xf64>
  %w8 = dag.attention_weights %w7 at %one mask causal
      : (tensor<1x1x1x3xf64>, tensor<i32>) -> tensor<1x1x1x3xf64>
  %w9 = arith.constant dense<[[[[0.2689414213699951, 0.7310585786300049,
                                 0.0]]]]> : tensor<1x1x1x3xf64>
  check.close %w8, %w9 ulp = 4 : tensor<1x1x1x3xf64>
  // A sink of ln 2 weighs twice as much as a logit of zero.
  %w10 = arith.constant dense<0.0> : tensor<1x1x2x2xf64>
  %w11 = arith.constant dense<0.6931471805599453> : tensor<1xf64>
  %w12 = dag.attention_weights %w10 sinks %w11 mask causal
      : (tensor<1x1x2x2xf64>, tensor<1xf64>) -> tensor<1x1x2x2xf64>
  %w13 = arith.constant dense<[[[[0.3333333333333333, 0.0], [0.25, 0.25]]]]>
      : tensor<1x1x2x2xf64>
  check.close %w12, %w13 ulp = 4 : tensor<1x1x2x2xf64>
  // Slopes of two heads are 2^(-2/2) and 2^(-4/2), one on each rank: the second
  // query sees 0 - 0.5 and 0, or 0 - 0.25 and 0.
  %w14 = arith.constant dense<0.0> : tensor<1x2x2x2xf64, #weights>
  %w15 = dag.attention_weights %w14 mask causal alibi = 2.0
      : (tensor<1x2x2x2xf64, #weights>) -> tensor<1x2x2x2xf64, #weights>
  %w16 = arith.constant dense<[[
      [[1.0, 0.0], [0.37754066879814546, 0.6224593312018546]],
      [[1.0, 0.0], [0.4378234991142019, 0.5621765008857981]]]]>
      : tensor<1x2x2x2xf64, #weights>
  check.close %w15, %w16 ulp = 4 : tensor<1x2x2x2xf64, #weights>
  // Three heads, of which the third has the first slope of four: 2^-2, 2^-4 and
  // 2^-1. The fourth one is padding.
  %w17 = arith.constant dense<0.0>
      : tensor<1x4x2x2xf64, #dag.sharding<[{}, {tp} pad 1, {}, {}]>>
  %w18 = dag.attention_weights %w17 mask causal alibi = 4.0
      : (tensor<1x4x2x2xf64, #dag.sharding<[{}, {tp} pad 1, {}, {}]>>)
      -> tensor<1x4x2x2xf64, #dag.sharding<[{}, {tp} pad 1, {}, {}]>>
  %w19 = arith.constant dense<[[
      [[1.0, 0.0], [0.4378234991142019, 0.5621765008857981]],
      [[1.0, 0.0], [0.48438008427698437, 0.5156199157230156]],
      [[1.0, 0.0], [0.37754066879814546, 0.6224593312018546]],
      [[-1.0, -1.0], [-1.0, -1.0]]]]>
      : tensor<1x4x2x2xf64, #dag.sharding<[{}, {tp} pad 1, {}, {}]>>
  check.close %w18, %w19 ulp = 4
      : tensor<1x4x2x2xf64, #dag.sharding<[{}, {tp} pad 1, {}, {}]>>

  //===--- dropout, attention_output, output_projection ------------------===//

  %d = dag.dropout %w4 p = 0.0 : (tensor<1x1x3x3xf64>) -> tensor<1x1x3x3xf64>
  check.equal %d, %w4 : tensor<1x1x3x3xf64>
  // Half of each of two values, and a quarter of one; four heads, two KV heads.
  %o0 = arith.constant dense<[[[[0.5, 0.5]], [[1.0, 0.0]], [[0.25, 0.75]],
                               [[0.0, 1.0]]]]>
      : tensor<1x4x1x2xf64, #weights>
  %o1 = arith.constant dense<[[[[2.0], [4.0]], [[6.0], [8.0]]]]>
      : tensor<1x2x2x1xf64, #heads>
  %o2 = dag.attention_output %o0, %o1
      : (tensor<1x4x1x2xf64, #weights>, tensor<1x2x2x1xf64, #heads>)
      -> tensor<1x1x4x1xf64, #heads>
  %o3 = arith.constant dense<[[[[4.0], [2.0], [7.0], [8.0]]]]>
      : tensor<1x1x4x1xf64, #heads>
  check.equal %o2, %o3 : tensor<1x1x4x1xf64, #heads>
  // Heads of both ranks add up: 4 + 2 * 2 + 3 * 7 + 4 * 8, and 4 - 2 + 7 - 8.
  %o4 = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [1.0, -1.0, 1.0, -1.0]]>
      : tensor<2x4xf64, #col>
  %o5 = dag.output_projection %o2, %o4
      : (tensor<1x1x4x1xf64, #heads>, tensor<2x4xf64, #col>)
      -> tensor<1x1x2xf64, #pending>
  %o6 = dag.all_reduce %o5 over {tp}
      : (tensor<1x1x2xf64, #pending>) -> tensor<1x1x2xf64>
  %o7 = arith.constant dense<[[[61.0, 1.0]]]> : tensor<1x1x2xf64>
  check.equal %o6, %o7 : tensor<1x1x2xf64>

  //===--- kv_cache_update -----------------------------------------------===//

  %c0 = arith.constant dense<[[[1.0], [2.0], [3.0]]]> : tensor<1x3x1xf64>
  %c1 = arith.constant dense<[[[8.0], [9.0]]]> : tensor<1x2x1xf64>
  %c2 = dag.kv_cache_update %c0, %c1 at %one
      : (tensor<1x3x1xf64>, tensor<1x2x1xf64>, tensor<i32>)
      -> tensor<1x3x1xf64>
  %c3 = arith.constant dense<[[[1.0], [8.0], [9.0]]]> : tensor<1x3x1xf64>
  check.equal %c2, %c3 : tensor<1x3x1xf64>

  //===--- attention -----------------------------------------------------===//

  // Two heads of one element, on a rank each. Head 0 of the second token has
  // equal scores of values 1 and 0; head 1 has scores 0 and 1 of 0 and 1.
  %a0 = arith.constant dense<[[[1.0, 0.0], [0.0, 1.0]]]> : tensor<1x2x2xf64>
  %a1 = arith.constant dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf64, #row>
  %a2 = arith.constant dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf64, #col>
  %a3 = dag.attention %a0, %a1, %a1, %a1, %a2
      heads = 2 kv_heads = 2 head_dim = 1 scale = 1.0 mask causal
      : (tensor<1x2x2xf64>, tensor<2x2xf64, #row>, tensor<2x2xf64, #row>,
         tensor<2x2xf64, #row>, tensor<2x2xf64, #col>)
      -> tensor<1x2x2xf64, #pending>
  %a4 = dag.all_reduce %a3 over {tp}
      : (tensor<1x2x2xf64, #pending>) -> tensor<1x2x2xf64>
  %a5 = arith.constant dense<[[[1.0, 0.0], [0.5, 0.7310585786300049]]]>
      : tensor<1x2x2xf64>
  check.close %a4, %a5 ulp = 4 : tensor<1x2x2xf64>

  //===--- latent_attention ----------------------------------------------===//

  // One head, of which one element is not rotated and two are. Tokens [1 2] and
  // [2 -1] have latents -1 and 3, normalized to -2 and 2: keys begin with -1 and
  // 1, values are -6 and 6. Shared parts of keys are the tokens themselves. The
  // second query [2 -1 1], rotated by 1 radian, has the scores
  // -1.9920553242777748 and (2 * 1 - 1 * 2 - 1 * 1) / 2 = -0.5; the softmax of
  // that is 0.18361343488579399 and 0.8163865651142059.
  %b0 = arith.constant dense<[[[1.0, 2.0], [2.0, -1.0]]]> : tensor<1x2x2xf64>
  %b1 = arith.constant dense<[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]>
      : tensor<3x2xf64>
  %b2 = arith.constant dense<[[1.0, -1.0], [1.0, 0.0], [0.0, 1.0]]>
      : tensor<3x2xf64>
  %b3 = arith.constant dense<2.0> : tensor<1xf64>
  %b4 = arith.constant dense<[[0.5], [3.0]]> : tensor<2x1xf64>
  %b5 = arith.constant dense<[[1.0], [-1.0]]> : tensor<2x1xf64>
  %b6 = dag.latent_attention %b0, %b1, %b2, %b3, %b4, %b5
      heads = 1 nope_dim = 1 rope_dim = 2 v_dim = 1 epsilon = 0.0 scale = 0.5
      theta = 10000.0
      : (tensor<1x2x2xf64>, tensor<3x2xf64>, tensor<3x2xf64>, tensor<1xf64>,
         tensor<2x1xf64>, tensor<2x1xf64>) -> tensor<1x2x2xf64>
  %b7 = arith.constant dense<[[[-6.0, 6.0], [3.796638781370472, -3.796638781370472]]]>
      : tensor<1x2x2xf64>
  check.close %b6, %b7 ulp = 8 : tensor<1x2x2xf64>
}

// RUN: not dag-run %t/dropout.mlir 2>&1 | FileCheck %s --check-prefix=DROPOUT
// DROPOUT: error: expected no dropout, which is random, but got p = 0.1
//--- dropout.mlir
dag.model @dropout {
  %0 = arith.constant dense<1.0> : tensor<2xf32>
  %1 = dag.dropout %0 p = 0.1 : (tensor<2xf32>) -> tensor<2xf32>
}

// RUN: not dag-run %t/room.mlir 2>&1 | FileCheck %s --check-prefix=ROOM
// ROOM: error: expected room for 2 tokens in a cache of 3, but got position 2
//--- room.mlir
dag.model @room {
  %0 = arith.constant dense<1.0> : tensor<1x3x1xf32>
  %1 = arith.constant dense<1.0> : tensor<1x2x1xf32>
  %2 = arith.constant dense<2> : tensor<i32>
  %3 = dag.kv_cache_update %0, %1 at %2
      : (tensor<1x3x1xf32>, tensor<1x2x1xf32>, tensor<i32>)
      -> tensor<1x3x1xf32>
}
