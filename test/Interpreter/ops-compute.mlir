// What single ops compute, against numbers worked out by hand: norms, linear
// layers and pointwise ops, each on one device's tensors or on shards.

// RUN: dag-run %s
// RUN: dag-run %s --precision=as-typed

#row = #dag.sharding<[{tp}, {}]>
#col = #dag.sharding<[{}, {tp}]>
#heads = #dag.sharding<[{}, {}, {tp}]>
#pending = #dag.sharding<[{}, {}, {}], partial = {tp}>

dag.mesh @m <tp = 2>
dag.model @compute on @m {
  %one = arith.constant dense<1> : tensor<i32>
  %three = arith.constant dense<3> : tensor<i32>

  //===--- embedding -----------------------------------------------------===//

  // Rows 3, 0 and 2.
  %ids = arith.constant dense<[[3, 0, 2]]> : tensor<1x3xi32>
  %table = arith.constant
      dense<[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]]>
      : tensor<4x2xf64>
  %rows = arith.constant dense<[[[6.0, 7.0], [0.0, 1.0], [4.0, 5.0]]]>
      : tensor<1x3x2xf64>
  %e0 = dag.embedding %ids, %table : (tensor<1x3xi32>, tensor<4x2xf64>)
      -> tensor<1x3x2xf64>
  check.equal %e0, %rows : tensor<1x3x2xf64>
  // A rank gives zero for the rows of others; the fourth one is padding.
  %table_tp = arith.constant
      dense<[[6.0, 7.0], [2.0, 3.0], [4.0, 5.0], [9.0, 9.0]]>
      : tensor<4x2xf64, #dag.sharding<[{tp} pad 1, {}]>>
  %ids_tp = arith.constant dense<[[0, 1, 2]]> : tensor<1x3xi32>
  %e1 = dag.embedding %ids_tp, %table_tp
      : (tensor<1x3xi32>,
         tensor<4x2xf64, #dag.sharding<[{tp} pad 1, {}]>>)
      -> tensor<1x3x2xf64, #pending>
  %e2 = dag.all_reduce %e1 over {tp}
      : (tensor<1x3x2xf64, #pending>) -> tensor<1x3x2xf64>
  %e3 = arith.constant dense<[[[6.0, 7.0], [2.0, 3.0], [4.0, 5.0]]]>
      : tensor<1x3x2xf64>
  check.equal %e2, %e3 : tensor<1x3x2xf64>

  //===--- position_embedding --------------------------------------------===//

  %table5 = arith.constant dense<[[10.0], [11.0], [12.0], [13.0], [14.0]]>
      : tensor<5x1xf64>
  // Token s has row s + 1 + 1 of the table.
  %p0 = dag.position_embedding %ids, %table5 at %one offset = 1
      : (tensor<1x3xi32>, tensor<5x1xf64>, tensor<i32>) -> tensor<1x3x1xf64>
  %p1 = arith.constant dense<[[[12.0], [13.0], [14.0]]]> : tensor<1x3x1xf64>
  check.equal %p0, %p1 : tensor<1x3x1xf64>

  //===--- norms ---------------------------------------------------------===//

  // The mean of 1 and 49 is 25: everything is divided by 5.
  %n0 = arith.constant dense<[[[1.0, 7.0]]]> : tensor<1x1x2xf64>
  %n1 = arith.constant dense<[1.0, 2.0]> : tensor<2xf64>
  %n2 = dag.rms_norm %n0, %n1 epsilon = 0.0
      : (tensor<1x1x2xf64>, tensor<2xf64>) -> tensor<1x1x2xf64>
  %n3 = arith.constant dense<[[[0.2, 2.8]]]> : tensor<1x1x2xf64>
  check.close %n2, %n3 ulp = 2 : tensor<1x1x2xf64>
  // 25 + 75 is 100.
  %n4 = dag.rms_norm %n0, %n1 epsilon = 75.0
      : (tensor<1x1x2xf64>, tensor<2xf64>) -> tensor<1x1x2xf64>
  %n5 = arith.constant dense<[[[0.1, 1.4]]]> : tensor<1x1x2xf64>
  check.close %n4, %n5 ulp = 2 : tensor<1x1x2xf64>
  // Weights from one: 1/5 * 2 and 7/5 * 3.
  %n6 = dag.rms_norm %n0, %n1 epsilon = 0.0 unit_offset
      : (tensor<1x1x2xf64>, tensor<2xf64>) -> tensor<1x1x2xf64>
  %n7 = arith.constant dense<[[[0.4, 4.2]]]> : tensor<1x1x2xf64>
  check.close %n6, %n7 ulp = 2 : tensor<1x1x2xf64>
  // The mean is 4, the variance 9; (1 - 4) / 3 and (7 - 4) / 3.
  %n8 = arith.constant dense<[10.0, 20.0]> : tensor<2xf64>
  %n9 = dag.layer_norm %n0, %n1, %n8 epsilon = 0.0
      : (tensor<1x1x2xf64>, tensor<2xf64>, tensor<2xf64>) -> tensor<1x1x2xf64>
  %n10 = arith.constant dense<[[[9.0, 22.0]]]> : tensor<1x1x2xf64>
  check.close %n9, %n10 ulp = 2 : tensor<1x1x2xf64>
  // 9 + 27 is 36.
  %n11 = dag.layer_norm %n0, %n1 epsilon = 27.0
      : (tensor<1x1x2xf64>, tensor<2xf64>) -> tensor<1x1x2xf64>
  %n12 = arith.constant dense<[[[-0.5, 1.0]]]> : tensor<1x1x2xf64>
  check.close %n11, %n12 ulp = 2 : tensor<1x1x2xf64>

  //===--- linear --------------------------------------------------------===//

  // [1 2 3 4] times the rows [1 1 1 1], [1 0 -1 0], [0 1 0 2].
  %l0 = arith.constant dense<[[[1.0, 2.0, 3.0, 4.0]]]> : tensor<1x1x4xf64>
  %l1 = arith.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0],
                              [0.0, 1.0, 0.0, 2.0]]> : tensor<3x4xf64>
  %l2 = arith.constant dense<[0.5, 0.25, -1.0]> : tensor<3xf64>
  %l3 = dag.linear %l0, %l1, %l2
      : (tensor<1x1x4xf64>, tensor<3x4xf64>, tensor<3xf64>)
      -> tensor<1x1x3xf64>
  %l4 = arith.constant dense<[[[10.5, -1.75, 9.0]]]> : tensor<1x1x3xf64>
  check.equal %l3, %l4 : tensor<1x1x3xf64>
  // Row-parallel: the sums of ranks are [3 1 2] and [7 -3 8].
  %l5 = arith.constant dense<[[[1.0, 2.0, 3.0, 4.0]]]>
      : tensor<1x1x4xf64, #heads>
  %l6 = arith.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0],
                              [0.0, 1.0, 0.0, 2.0]]> : tensor<3x4xf64, #col>
  %l7 = dag.linear %l5, %l6
      : (tensor<1x1x4xf64, #heads>, tensor<3x4xf64, #col>)
      -> tensor<1x1x3xf64, #pending>
  %l8 = dag.all_reduce %l7 over {tp}
      : (tensor<1x1x3xf64, #pending>) -> tensor<1x1x3xf64>
  %l9 = arith.constant dense<[[[10.0, -2.0, 10.0]]]> : tensor<1x1x3xf64>
  check.equal %l8, %l9 : tensor<1x1x3xf64>
  // Column-parallel, two rows on the first rank and one on the second.
  %l10 = arith.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0],
                               [0.0, 1.0, 0.0, 2.0]]>
      : tensor<3x4xf64, #dag.sharding<[{tp} uneven, {}]>>
  %l11 = dag.linear %l0, %l10
      : (tensor<1x1x4xf64>, tensor<3x4xf64, #dag.sharding<[{tp} uneven, {}]>>)
      -> tensor<1x1x3xf64, #dag.sharding<[{}, {}, {tp} uneven]>>
  %l12 = arith.constant dense<[[[10.0, -2.0, 10.0]]]>
      : tensor<1x1x3xf64, #dag.sharding<[{}, {}, {tp} uneven]>>
  check.equal %l11, %l12
      : tensor<1x1x3xf64, #dag.sharding<[{}, {}, {tp} uneven]>>
  // Padding is no summand: three elements, padded to four.
  %l13 = arith.constant dense<[[[1.0, 2.0, 3.0, 9.0]]]>
      : tensor<1x1x4xf64, #dag.sharding<[{}, {}, {tp} pad 1]>>
  %l14 = arith.constant dense<[[1.0, 1.0, 1.0, 9.0]]>
      : tensor<1x4xf64, #dag.sharding<[{}, {tp} pad 1]>>
  %l15 = dag.linear %l13, %l14
      : (tensor<1x1x4xf64, #dag.sharding<[{}, {}, {tp} pad 1]>>,
         tensor<1x4xf64, #dag.sharding<[{}, {tp} pad 1]>>)
      -> tensor<1x1x1xf64, #pending>
  %l16 = dag.all_reduce %l15 over {tp}
      : (tensor<1x1x1xf64, #pending>) -> tensor<1x1x1xf64>
  %l17 = arith.constant dense<6.0> : tensor<1x1x1xf64>
  check.equal %l16, %l17 : tensor<1x1x1xf64>

  //===--- rotary_embedding ----------------------------------------------===//

  // Angles of pairs: the position times 1 and 10000^(-2/4) = 0.01. At 1, halves
  // paired: 1 cos 1 - 3 sin 1, 2 cos 0.01 - 4 sin 0.01, 3 cos 1 + 1 sin 1, ...
  %r0 = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]], [[1.0, 2.0, 3.0, 4.0]]]]>
      : tensor<1x2x1x4xf64>
  %r1 = dag.rotary_embedding %r0 theta = 10000.0
      : (tensor<1x2x1x4xf64>) -> tensor<1x2x1x4xf64>
  %r2 = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]],
      [[-1.9841106485555495, 1.959900667496664, 2.4623779024123156,
        4.019799668334994]]]]> : tensor<1x2x1x4xf64>
  check.close %r1, %r2 ulp = 4 : tensor<1x2x1x4xf64>
  // Neighbors paired, at 3 and 4: 1 cos 3 - 2 sin 3, 2 cos 3 + 1 sin 3, ...
  %r3 = dag.rotary_embedding %r0 at %three theta = 10000.0 interleaved
      : (tensor<1x2x1x4xf64>, tensor<i32>) -> tensor<1x2x1x4xf64>
  %r4 = arith.constant dense<[[
      [[-1.27223251272018, -1.8388649851410237, 2.87866810043698,
        4.088186635603437]],
      [[0.8599613697522445, -2.064089737035152, 2.837642983236397,
        4.116768429203814]]]]> : tensor<1x2x1x4xf64>
  check.close %r3, %r4 ulp = 4 : tensor<1x2x1x4xf64>
  // Two elements from the second on: 2 cos 1 - 3 sin 1, 3 cos 1 + 2 sin 1.
  %r5 = dag.rotary_embedding %r0 theta = 10000.0 rotary_dim = 2 offset = 1
      : (tensor<1x2x1x4xf64>) -> tensor<1x2x1x4xf64>
  %r6 = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]],
      [[1.0, -1.4438083426874098, 3.3038488872202123, 4.0]]]]>
      : tensor<1x2x1x4xf64>
  check.close %r5, %r6 ulp = 4 : tensor<1x2x1x4xf64>
  // Tokens on two ranks: the second one starts at 1.
  %r7 = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]], [[1.0, 2.0, 3.0, 4.0]]]]>
      : tensor<1x2x1x4xf64, #dag.sharding<[{}, {tp}, {}, {}]>>
  %r8 = dag.rotary_embedding %r7 theta = 10000.0
      : (tensor<1x2x1x4xf64, #dag.sharding<[{}, {tp}, {}, {}]>>)
      -> tensor<1x2x1x4xf64, #dag.sharding<[{}, {tp}, {}, {}]>>
  %r9 = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]],
      [[-1.9841106485555495, 1.959900667496664, 2.4623779024123156,
        4.019799668334994]]]]>
      : tensor<1x2x1x4xf64, #dag.sharding<[{}, {tp}, {}, {}]>>
  check.close %r8, %r9 ulp = 4
      : tensor<1x2x1x4xf64, #dag.sharding<[{}, {tp}, {}, {}]>>
  // Angles divided by 4.
  %r10 = dag.rotary_embedding %r0 theta = 10000.0
      scaling {rope_type = "linear", factor = 4.0}
      : (tensor<1x2x1x4xf64>) -> tensor<1x2x1x4xf64>
  %r11 = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]],
      [[0.22670054394707595, 1.9899937604199187, 3.154141224386457,
        4.004987494798178]]]]> : tensor<1x2x1x4xf64>
  check.close %r10, %r11 ulp = 4 : tensor<1x2x1x4xf64>
  // Wave lengths of 6.3 and 628: shorter than 1024 / 4, and between that and
  // 1024 / 1. The smoothed second angle is 0.00308676.
  %r12 = dag.rotary_embedding %r0 theta = 10000.0
      scaling {rope_type = "llama3", factor = 8.0, low_freq_factor = 1.0,
               high_freq_factor = 4.0, original_max_position_embeddings = 1024}
      : (tensor<1x2x1x4xf64>) -> tensor<1x2x1x4xf64>
  %r13 = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]],
      [[-1.9841106485555495, 1.9876434476535412, 2.4623779024123156,
        4.006154455958974]]]]> : tensor<1x2x1x4xf64>
  check.close %r12, %r13 ulp = 4 : tensor<1x2x1x4xf64>
  // The first angle is kept, the second divided by 4; all is multiplied by
  // 0.1 ln 4 + 1 = 1.138629436111989.
  %r14 = dag.rotary_embedding %r0 theta = 10000.0
      scaling {rope_type = "yarn", factor = 4.0, beta_fast = 32.0,
               beta_slow = 1.0, original_max_position_embeddings = 64}
      : (tensor<1x2x1x4xf64>) -> tensor<1x2x1x4xf64>
  %r15 = arith.constant dense<[[
      [[1.138629436111989, 2.277258872223978, 3.415888308335967,
        4.554517744447956]],
      [[-2.2591667889485985, 2.265865473293309, 2.8037359625183575,
        4.560196652837617]]]]> : tensor<1x2x1x4xf64>
  check.close %r14, %r15 ulp = 4 : tensor<1x2x1x4xf64>

  //===--- activation ----------------------------------------------------===//

  %a0 = arith.constant dense<[[[-1.0, 0.0, 2.0]]]> : tensor<1x1x3xf64>
  %a1 = dag.activation relu %a0 : (tensor<1x1x3xf64>) -> tensor<1x1x3xf64>
  %a2 = arith.constant dense<[[[0.0, 0.0, 2.0]]]> : tensor<1x1x3xf64>
  check.equal %a1, %a2 : tensor<1x1x3xf64>
  // x / 2 (1 + erf(x / sqrt 2)).
  %a3 = dag.activation gelu %a0 : (tensor<1x1x3xf64>) -> tensor<1x1x3xf64>
  %a4 = arith.constant dense<[[[-0.15865525393145707, 0.0,
                                1.9544997361036416]]]> : tensor<1x1x3xf64>
  check.close %a3, %a4 ulp = 4 : tensor<1x1x3xf64>
  %a5 = dag.activation gelu_tanh %a0 : (tensor<1x1x3xf64>) -> tensor<1x1x3xf64>
  %a6 = arith.constant dense<[[[-0.15880800939172324, 0.0,
                                1.954597694087775]]]> : tensor<1x1x3xf64>
  check.close %a5, %a6 ulp = 4 : tensor<1x1x3xf64>
  // x / (1 + e^-x).
  %a7 = dag.activation silu %a0 : (tensor<1x1x3xf64>) -> tensor<1x1x3xf64>
  %a8 = arith.constant dense<[[[-0.2689414213699951, 0.0,
                                1.7615941559557646]]]> : tensor<1x1x3xf64>
  check.close %a7, %a8 ulp = 4 : tensor<1x1x3xf64>
  %a9 = dag.activation sigmoid %a0 : (tensor<1x1x3xf64>) -> tensor<1x1x3xf64>
  %a10 = arith.constant dense<[[[0.2689414213699951, 0.5,
                                 0.8807970779778823]]]> : tensor<1x1x3xf64>
  check.close %a9, %a10 ulp = 4 : tensor<1x1x3xf64>
  %a11 = dag.activation tanh %a0 : (tensor<1x1x3xf64>) -> tensor<1x1x3xf64>
  %a12 = arith.constant dense<[[[-0.7615941559557649, 0.0,
                                 0.9640275800758169]]]> : tensor<1x1x3xf64>
  check.close %a11, %a12 ulp = 4 : tensor<1x1x3xf64>
  // x / (1 + e^(-1.702 x)).
  %a13 = dag.activation quick_gelu %a0
      : (tensor<1x1x3xf64>) -> tensor<1x1x3xf64>
  %a14 = arith.constant dense<[[[-0.1542042340671787, 0.0,
                                 1.9356586231442083]]]> : tensor<1x1x3xf64>
  check.close %a13, %a14 ulp = 4 : tensor<1x1x3xf64>

  //===--- pointwise ops -------------------------------------------------===//

  %x = arith.constant dense<[[[1.5, -2.0, 4.0, 0.0]]]>
      : tensor<1x1x4xf64, #heads>
  %y = arith.constant dense<[[[2.0, 3.0, -0.5, -7.0]]]>
      : tensor<1x1x4xf64, #heads>
  %x0 = dag.multiply %x, %y
      : (tensor<1x1x4xf64, #heads>, tensor<1x1x4xf64, #heads>)
      -> tensor<1x1x4xf64, #heads>
  %x1 = arith.constant dense<[[[3.0, -6.0, -2.0, -0.0]]]>
      : tensor<1x1x4xf64, #heads>
  check.equal %x0, %x1 : tensor<1x1x4xf64, #heads>
  %x2 = dag.add %x, %y
      : (tensor<1x1x4xf64, #heads>, tensor<1x1x4xf64, #heads>)
      -> tensor<1x1x4xf64, #heads>
  %x3 = arith.constant dense<[[[3.5, 1.0, 3.5, -7.0]]]>
      : tensor<1x1x4xf64, #heads>
  check.equal %x2, %x3 : tensor<1x1x4xf64, #heads>
  %x4 = arith.constant dense<[1.0, 2.0, 3.0, 4.0]>
      : tensor<4xf64, #dag.sharding<[{tp}]>>
  %x5 = dag.bias_add %x, %x4
      : (tensor<1x1x4xf64, #heads>, tensor<4xf64, #dag.sharding<[{tp}]>>)
      -> tensor<1x1x4xf64, #heads>
  %x6 = arith.constant dense<[[[2.5, 0.0, 7.0, 4.0]]]>
      : tensor<1x1x4xf64, #heads>
  check.equal %x5, %x6 : tensor<1x1x4xf64, #heads>
  %x7 = dag.scale %x by -2.0
      : (tensor<1x1x4xf64, #heads>) -> tensor<1x1x4xf64, #heads>
  %x8 = arith.constant dense<[[[-3.0, 4.0, -8.0, -0.0]]]>
      : tensor<1x1x4xf64, #heads>
  check.equal %x7, %x8 : tensor<1x1x4xf64, #heads>
  %x9 = arith.constant dense<[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]>
      : tensor<1x2x3xf64>
  %x10, %x11 = dag.split %x9 sizes [1, 2]
      : (tensor<1x2x3xf64>) -> (tensor<1x2x1xf64>, tensor<1x2x2xf64>)
  %x12 = arith.constant dense<[[[1.0], [4.0]]]> : tensor<1x2x1xf64>
  %x13 = arith.constant dense<[[[2.0, 3.0], [5.0, 6.0]]]> : tensor<1x2x2xf64>
  check.equal %x10, %x12 : tensor<1x2x1xf64>
  check.equal %x11, %x13 : tensor<1x2x2xf64>
  // 3 tanh(x / 3) of -3, 0 and 6.
  %x14 = arith.constant dense<[[[-3.0, 0.0, 6.0]]]> : tensor<1x1x3xf64>
  %x15 = dag.soft_cap %x14 cap = 3.0 : (tensor<1x1x3xf64>) -> tensor<1x1x3xf64>
  %x16 = arith.constant dense<[[[-2.2847824678672946, 0.0,
                                 2.8920827402274507]]]> : tensor<1x1x3xf64>
  check.close %x15, %x16 ulp = 4 : tensor<1x1x3xf64>
}
