// What the parts of a mixture of experts compute, against numbers worked out by
// hand.

// RUN: dag-run %s
// RUN: dag-run %s --precision=as-typed

#ep = #dag.sharding<[{ep}, {}, {}]>
#slots = #dag.sharding<[{}, {ep}, {}]>
#pending = #dag.sharding<[{}, {}, {}], partial = {ep}>

dag.mesh @m <ep = 2, tp = 2>
dag.model @moe on @m {
  //===--- router --------------------------------------------------------===//

  // Logits are the logarithms of 1 to 4, so that softmax gives 0.1 to 0.4.
  %x = arith.constant dense<1.0> : tensor<1x1x1xf64>
  %w = arith.constant dense<[[0.0], [0.6931471805599453], [1.0986122886681098],
                             [1.3862943611198906]]> : tensor<4x1xf64>
  %r0, %r1 = dag.router %x, %w top_k = 2
      : (tensor<1x1x1xf64>, tensor<4x1xf64>)
      -> (tensor<1x1x2xf64>, tensor<1x1x2xi32>)
  %r2 = arith.constant dense<[[[0.4, 0.3]]]> : tensor<1x1x2xf64>
  %r3 = arith.constant dense<[[[3, 2]]]> : tensor<1x1x2xi32>
  check.close %r0, %r2 ulp = 4 : tensor<1x1x2xf64>
  check.equal %r1, %r3 : tensor<1x1x2xi32>
  // To a sum of one, times 3.5.
  %r4, %r5 = dag.router %x, %w top_k = 2 normalize scale = 3.5
      : (tensor<1x1x1xf64>, tensor<4x1xf64>)
      -> (tensor<1x1x2xf64>, tensor<1x1x2xi32>)
  %r6 = arith.constant dense<[[[2.0, 1.5]]]> : tensor<1x1x2xf64>
  check.close %r4, %r6 ulp = 4 : tensor<1x1x2xf64>
  // A bias of ln 8 makes the first one the best: 8/17 and 4/17.
  %r7 = arith.constant dense<[2.0794415416798357, 0.0, 0.0, 0.0]>
      : tensor<4xf64>
  %r8, %r9 = dag.router %x, %w bias %r7 top_k = 2
      : (tensor<1x1x1xf64>, tensor<4x1xf64>, tensor<4xf64>)
      -> (tensor<1x1x2xf64>, tensor<1x1x2xi32>)
  %r10 = arith.constant dense<[[[0.47058823529411764, 0.23529411764705882]]]>
      : tensor<1x1x2xf64>
  %r11 = arith.constant dense<[[[0, 3]]]> : tensor<1x1x2xi32>
  check.close %r8, %r10 ulp = 4 : tensor<1x1x2xf64>
  check.equal %r9, %r11 : tensor<1x1x2xi32>
  // Of equals, the first ones.
  %r12 = arith.constant dense<0.0> : tensor<4x1xf64>
  %r13, %r14 = dag.router %x, %r12 top_k = 3
      : (tensor<1x1x1xf64>, tensor<4x1xf64>)
      -> (tensor<1x1x3xf64>, tensor<1x1x3xi32>)
  %r15 = arith.constant dense<0.25> : tensor<1x1x3xf64>
  %r16 = arith.constant dense<[[[0, 1, 2]]]> : tensor<1x1x3xi32>
  check.equal %r13, %r15 : tensor<1x1x3xf64>
  check.equal %r14, %r16 : tensor<1x1x3xi32>
  // Sigmoid of ln 3, -ln 3, 0 and ln 1.5 is 0.75, 0.25, 0.5 and 0.6. The pair of
  // 0.5 and 0.6 is the better one, and then 0.6 the best.
  %r17 = arith.constant dense<[[1.0986122886681098], [-1.0986122886681098],
                               [0.0], [0.4054651081081644]]> : tensor<4x1xf64>
  %r18, %r19 = dag.router %x, %r17 top_k = 1 scoring sigmoid groups = 2
      top_groups = 1 group_top = 2
      : (tensor<1x1x1xf64>, tensor<4x1xf64>)
      -> (tensor<1x1x1xf64>, tensor<1x1x1xi32>)
  %r20 = arith.constant dense<0.6> : tensor<1x1x1xf64>
  %r21 = arith.constant dense<3> : tensor<1x1x1xi32>
  check.close %r18, %r20 ulp = 4 : tensor<1x1x1xf64>
  check.equal %r19, %r21 : tensor<1x1x1xi32>
  // By their best ones only, the first group wins.
  %r22, %r23 = dag.router %x, %r17 top_k = 1 scoring sigmoid groups = 2
      top_groups = 1 group_top = 1
      : (tensor<1x1x1xf64>, tensor<4x1xf64>)
      -> (tensor<1x1x1xf64>, tensor<1x1x1xi32>)
  %r24 = arith.constant dense<0> : tensor<1x1x1xi32>
  check.equal %r23, %r24 : tensor<1x1x1xi32>
  // A correction of 1 chooses 0.25, and does not weigh it.
  %r25 = arith.constant dense<[0.0, 1.0, 0.0, 0.0]> : tensor<4xf64>
  %r26, %r27 = dag.router %x, %r17 correction %r25 top_k = 2 scoring sigmoid
      : (tensor<1x1x1xf64>, tensor<4x1xf64>, tensor<4xf64>)
      -> (tensor<1x1x2xf64>, tensor<1x1x2xi32>)
  %r28 = arith.constant dense<[[[0.25, 0.75]]]> : tensor<1x1x2xf64>
  %r29 = arith.constant dense<[[[1, 0]]]> : tensor<1x1x2xi32>
  check.close %r26, %r28 ulp = 4 : tensor<1x1x2xf64>
  check.equal %r27, %r29 : tensor<1x1x2xi32>

  //===--- dispatch ------------------------------------------------------===//

  // Three tokens want expert 0, which has room for two; expert 2 is sent one.
  %d0 = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]>
      : tensor<1x3x2xf64>
  %d1 = arith.constant dense<[[[0, 1], [0, 2], [0, 1]]]> : tensor<1x3x2xi32>
  %d2 = dag.dispatch %d0, %d1 experts = 3 capacity = 2
      : (tensor<1x3x2xf64>, tensor<1x3x2xi32>) -> tensor<3x2x2xf64>
  %d3 = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]],
                              [[1.0, 2.0], [5.0, 6.0]],
                              [[3.0, 4.0], [0.0, 0.0]]]> : tensor<3x2x2xf64>
  check.equal %d2, %d3 : tensor<3x2x2xf64>
  // A token on each rank, each with a slot of every expert.
  %d4 = arith.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]>
      : tensor<2x1x2xf64, #ep>
  %d5 = arith.constant dense<[[[0]], [[1]]]> : tensor<2x1x1xi32, #ep>
  %d6 = dag.dispatch %d4, %d5 experts = 2 capacity = 2
      : (tensor<2x1x2xf64, #ep>, tensor<2x1x1xi32, #ep>)
      -> tensor<2x2x2xf64, #slots>
  %d7 = arith.constant dense<[[[1.0, 2.0], [0.0, 0.0]],
                              [[0.0, 0.0], [3.0, 4.0]]]>
      : tensor<2x2x2xf64, #slots>
  check.equal %d6, %d7 : tensor<2x2x2xf64, #slots>

  //===--- expert --------------------------------------------------------===//

  // Expert 0: gate [1 -2], of which relu leaves [1 0], and up [3 3]; then
  // 1 * 3 and 2 * 3. Expert 1: gate [4 3], up [4 12]: 16 + 5 * 36 and 7 * 36.
  %e0 = arith.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]>
      : tensor<2x1x2xf64, #ep>
  %e1 = arith.constant dense<[[[1.0, 0.0], [0.0, -1.0]],
                              [[0.0, 1.0], [1.0, 0.0]]]>
      : tensor<2x2x2xf64, #ep>
  %e2 = arith.constant dense<[[[1.0, 1.0], [1.0, 1.0]],
                              [[0.0, 1.0], [4.0, 0.0]]]>
      : tensor<2x2x2xf64, #ep>
  %e3 = arith.constant dense<[[[1.0, 5.0], [2.0, 7.0]],
                              [[1.0, 5.0], [0.0, 7.0]]]>
      : tensor<2x2x2xf64, #ep>
  %e4 = dag.expert relu %e0, %e1, %e2, %e3
      : (tensor<2x1x2xf64, #ep>, tensor<2x2x2xf64, #ep>,
         tensor<2x2x2xf64, #ep>, tensor<2x2x2xf64, #ep>)
      -> tensor<2x1x2xf64, #ep>
  %e5 = arith.constant dense<[[[3.0, 6.0]], [[196.0, 252.0]]]>
      : tensor<2x1x2xf64, #ep>
  check.equal %e4, %e5 : tensor<2x1x2xf64, #ep>
  // The same, an inner element on each rank: the sum is pending.
  %e6 = arith.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]> : tensor<2x1x2xf64>
  %e7 = arith.constant dense<[[[1.0, 0.0], [0.0, -1.0]],
                              [[0.0, 1.0], [1.0, 0.0]]]>
      : tensor<2x2x2xf64, #dag.sharding<[{}, {tp}, {}]>>
  %e8 = arith.constant dense<[[[1.0, 1.0], [1.0, 1.0]],
                              [[0.0, 1.0], [4.0, 0.0]]]>
      : tensor<2x2x2xf64, #dag.sharding<[{}, {tp}, {}]>>
  %e9 = arith.constant dense<[[[1.0, 5.0], [2.0, 7.0]],
                              [[1.0, 5.0], [0.0, 7.0]]]>
      : tensor<2x2x2xf64, #dag.sharding<[{}, {}, {tp}]>>
  %e10 = dag.expert relu %e6, %e7, %e8, %e9
      : (tensor<2x1x2xf64>,
         tensor<2x2x2xf64, #dag.sharding<[{}, {tp}, {}]>>,
         tensor<2x2x2xf64, #dag.sharding<[{}, {tp}, {}]>>,
         tensor<2x2x2xf64, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<2x1x2xf64, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %e11 = dag.all_reduce %e10 over {tp}
      : (tensor<2x1x2xf64, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<2x1x2xf64>
  %e12 = arith.constant dense<[[[3.0, 6.0]], [[196.0, 252.0]]]>
      : tensor<2x1x2xf64>
  check.equal %e11, %e12 : tensor<2x1x2xf64>
  // Bounds of 7: gates 1 + 7 = 8 and 1 + 0, of which 7 and 1 are left, ups
  // 1 - 10 = -9 and 1 + 1, of which -7 and 2 are left, one more each. Then
  // 7 s(11.914) * -6 + 1 s(1.702) * 3 + 0.5, with s(x) = 1 / (1 + e^-x).
  %e13 = arith.constant dense<1.0> : tensor<1x1x1xf64>
  %e14 = arith.constant dense<1.0> : tensor<1x2x1xf64>
  %e15 = arith.constant dense<1.0> : tensor<1x1x2xf64>
  %e16 = arith.constant dense<[[7.0, 0.0]]> : tensor<1x2xf64>
  %e17 = arith.constant dense<[[-10.0, 1.0]]> : tensor<1x2xf64>
  %e18 = arith.constant dense<0.5> : tensor<1x1xf64>
  %e19 = dag.expert silu %e13, %e14, %e14, %e15 bias(%e16, %e17, %e18)
      alpha = 1.702 limit = 7.0 up_offset = 1.0
      : (tensor<1x1x1xf64>, tensor<1x2x1xf64>, tensor<1x2x1xf64>,
         tensor<1x1x2xf64>, tensor<1x2xf64>, tensor<1x2xf64>, tensor<1x1xf64>)
      -> tensor<1x1x1xf64>
  %e20 = arith.constant dense<-38.96233147202145> : tensor<1x1x1xf64>
  check.close %e19, %e20 ulp = 4 : tensor<1x1x1xf64>

  //===--- combine -------------------------------------------------------===//

  // Token 0: half of slot 0 of expert 0 and a quarter of slot 0 of expert 1;
  // token 1: slot 1 of expert 0; token 2 found no slot of expert 0, and has all
  // of slot 1 of expert 1.
  %c0 = arith.constant dense<[[[10.0], [20.0]], [[40.0], [80.0]]]>
      : tensor<2x2x1xf64>
  %c1 = arith.constant dense<[[[0.5, 0.25], [1.0, 1.0], [3.0, 1.0]]]>
      : tensor<1x3x2xf64>
  %c2 = arith.constant dense<[[[0, 1], [0, 9], [0, 1]]]> : tensor<1x3x2xi32>
  %c3 = dag.combine %c0, %c1, %c2
      : (tensor<2x2x1xf64>, tensor<1x3x2xf64>, tensor<1x3x2xi32>)
      -> tensor<1x3x1xf64>
  %c4 = arith.constant dense<[[[15.0], [20.0], [80.0]]]> : tensor<1x3x1xf64>
  check.equal %c3, %c4 : tensor<1x3x1xf64>
  // An expert on each rank.
  %c5 = arith.constant dense<[[[10.0], [20.0]], [[40.0], [80.0]]]>
      : tensor<2x2x1xf64, #ep>
  %c6 = dag.combine %c5, %c1, %c2
      : (tensor<2x2x1xf64, #ep>, tensor<1x3x2xf64>, tensor<1x3x2xi32>)
      -> tensor<1x3x1xf64, #pending>
  %c7 = dag.all_reduce %c6 over {ep}
      : (tensor<1x3x1xf64, #pending>) -> tensor<1x3x1xf64>
  check.equal %c7, %c4 : tensor<1x3x1xf64>

  //===--- moe -----------------------------------------------------------===//

  // The experts above, one of them for each token, with logits of ln 3 and 0
  // (-3 ln 3 + 2 * 2 ln 3), and of -ln 3 and 0 (-9 ln 3 + 8 ln 3): 3/4 of [3 6]
  // and of [196 252].
  %m0 = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf64>
  %m1 = arith.constant dense<[[-3.295836866004329, 2.1972245773362196],
                              [0.0, 0.0]]> : tensor<2x2xf64>
  %m2 = dag.moe %m0, %m1, %e1, %e2, %e3 top_k = 1 capacity = 2 activation relu
      : (tensor<1x2x2xf64>, tensor<2x2xf64>, tensor<2x2x2xf64, #ep>,
         tensor<2x2x2xf64, #ep>, tensor<2x2x2xf64, #ep>)
      -> tensor<1x2x2xf64, #pending>
  %m3 = dag.all_reduce %m2 over {ep}
      : (tensor<1x2x2xf64, #pending>) -> tensor<1x2x2xf64>
  %m4 = arith.constant dense<[[[2.25, 4.5], [147.0, 189.0]]]>
      : tensor<1x2x2xf64>
  check.close %m3, %m4 ulp = 8 : tensor<1x2x2xf64>
}
