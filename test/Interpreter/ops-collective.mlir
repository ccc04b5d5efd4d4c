// What collectives and transfers do with the shards of four ranks, against
// tensors written down by hand.

// RUN: dag-run %s

#pending = #dag.sharding<[{}, {}], partial = {tp}>
#pending2 = #dag.sharding<[{}, {}], partial = {dp, tp}>
#tp0 = #dag.sharding<[{tp}, {}]>
#tp1 = #dag.sharding<[{}, {tp}]>
#both = #dag.sharding<[{dp, tp}, {}]>

dag.mesh @m <dp = 2, tp = 2>
dag.model @collectives on @m {
  //===--- all_reduce ----------------------------------------------------===//

  // The summands are 1 [1 3 5] at tp = 0, and 10 [2 4 6] at tp = 1.
  %x = arith.constant dense<[[1.0, 10.0]]> : tensor<1x2xf64, #tp1>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]>
      : tensor<3x2xf64, #tp1>
  %sum = dag.linear %x, %w : (tensor<1x2xf64, #tp1>, tensor<3x2xf64, #tp1>)
      -> tensor<1x3xf64, #pending>
  %whole = arith.constant dense<[[21.0, 43.0, 65.0]]> : tensor<1x3xf64>
  %0 = dag.all_reduce %sum over {tp}
      : (tensor<1x3xf64, #pending>) -> tensor<1x3xf64>
  check.equal %0, %whole : tensor<1x3xf64>
  // Of two axes, one after the other: 1 + 20 + 300 + 4000.
  %1 = arith.constant dense<[[1.0, 10.0, 100.0, 1000.0]]>
      : tensor<1x4xf64, #dag.sharding<[{}, {dp, tp}]>>
  %2 = arith.constant dense<[[1.0, 2.0, 3.0, 4.0]]>
      : tensor<1x4xf64, #dag.sharding<[{}, {dp, tp}]>>
  %3 = dag.linear %1, %2
      : (tensor<1x4xf64, #dag.sharding<[{}, {dp, tp}]>>,
         tensor<1x4xf64, #dag.sharding<[{}, {dp, tp}]>>)
      -> tensor<1x1xf64, #pending2>
  %4 = dag.all_reduce %3 over {dp} : (tensor<1x1xf64, #pending2>)
      -> tensor<1x1xf64, #pending>
  %5 = dag.all_reduce %4 over {tp}
      : (tensor<1x1xf64, #pending>) -> tensor<1x1xf64>
  %6 = dag.all_reduce %3 over {dp, tp}
      : (tensor<1x1xf64, #pending2>) -> tensor<1x1xf64>
  %7 = arith.constant dense<4321.0> : tensor<1x1xf64>
  check.equal %5, %7 : tensor<1x1xf64>
  check.equal %6, %7 : tensor<1x1xf64>

  //===--- reduce_scatter ------------------------------------------------===//

  // Three elements for two ranks: padded, or two and one.
  %10 = dag.reduce_scatter %sum dim 1 over {tp} pad 1
      : (tensor<1x3xf64, #pending>)
      -> tensor<1x4xf64, #dag.sharding<[{}, {tp} pad 1]>>
  %11 = arith.constant dense<[[21.0, 43.0, 65.0, -1.0]]>
      : tensor<1x4xf64, #dag.sharding<[{}, {tp} pad 1]>>
  check.equal %10, %11 : tensor<1x4xf64, #dag.sharding<[{}, {tp} pad 1]>>
  %12 = dag.reduce_scatter %sum dim 1 over {tp} uneven
      : (tensor<1x3xf64, #pending>)
      -> tensor<1x3xf64, #dag.sharding<[{}, {tp} uneven]>>
  %13 = arith.constant dense<[[21.0, 43.0, 65.0]]>
      : tensor<1x3xf64, #dag.sharding<[{}, {tp} uneven]>>
  check.equal %12, %13 : tensor<1x3xf64, #dag.sharding<[{}, {tp} uneven]>>

  //===--- all_gather ----------------------------------------------------===//

  %20 = dag.all_gather %10 dim 1 over {tp}
      : (tensor<1x4xf64, #dag.sharding<[{}, {tp} pad 1]>>) -> tensor<1x3xf64>
  check.equal %20, %whole : tensor<1x3xf64>
  %21 = dag.all_gather %12 dim 1 over {tp}
      : (tensor<1x3xf64, #dag.sharding<[{}, {tp} uneven]>>) -> tensor<1x3xf64>
  check.equal %21, %whole : tensor<1x3xf64>
  // Row r is at dp = r / 2, tp = r % 2; the minor axis goes first.
  %22 = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, 8]]>
      : tensor<4x2xi32, #both>
  %23 = dag.all_gather %22 dim 0 over {tp} : (tensor<4x2xi32, #both>)
      -> tensor<4x2xi32, #dag.sharding<[{dp}, {}]>>
  %24 = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, 8]]>
      : tensor<4x2xi32, #dag.sharding<[{dp}, {}]>>
  check.equal %23, %24 : tensor<4x2xi32, #dag.sharding<[{dp}, {}]>>
  %25 = dag.all_gather %22 dim 0 over {dp, tp}
      : (tensor<4x2xi32, #both>) -> tensor<4x2xi32>
  %26 = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, 8]]>
      : tensor<4x2xi32>
  check.equal %25, %26 : tensor<4x2xi32>

  //===--- slice ---------------------------------------------------------===//

  %30 = dag.slice %26 dim 0 over {dp, tp}
      : (tensor<4x2xi32>) -> tensor<4x2xi32, #both>
  check.equal %30, %22 : tensor<4x2xi32, #both>
  %31 = dag.slice %whole dim 1 over {dp, tp} pad 1 : (tensor<1x3xf64>)
      -> tensor<1x4xf64, #dag.sharding<[{}, {dp, tp} pad 1]>>
  %32 = arith.constant dense<[[21.0, 43.0, 65.0, -1.0]]>
      : tensor<1x4xf64, #dag.sharding<[{}, {dp, tp} pad 1]>>
  check.equal %31, %32 : tensor<1x4xf64, #dag.sharding<[{}, {dp, tp} pad 1]>>
  %33 = dag.slice %whole dim 1 over {tp} uneven : (tensor<1x3xf64>)
      -> tensor<1x3xf64, #dag.sharding<[{}, {tp} uneven]>>
  check.equal %33, %13 : tensor<1x3xf64, #dag.sharding<[{}, {tp} uneven]>>

  //===--- all_to_all ----------------------------------------------------===//

  // Rows 0 and 1 are at tp = 0, then columns 0 and 1 are.
  %40 = arith.constant dense<[[ 0,  1,  2,  3], [10, 11, 12, 13],
                              [20, 21, 22, 23], [30, 31, 32, 33]]>
      : tensor<4x4xi32, #tp0>
  %41 = dag.all_to_all %40 split 1 concat 0 over {tp}
      : (tensor<4x4xi32, #tp0>) -> tensor<4x4xi32, #tp1>
  %42 = arith.constant dense<[[ 0,  1,  2,  3], [10, 11, 12, 13],
                              [20, 21, 22, 23], [30, 31, 32, 33]]>
      : tensor<4x4xi32, #tp1>
  check.equal %41, %42 : tensor<4x4xi32, #tp1>
  %43 = arith.constant dense<[[ 0,  1,  2,  3], [10, 11, 12, 13],
                              [20, 21, 22, 23], [30, 31, 32, 33]]>
      : tensor<4x4xi32, #both>
  %44 = dag.all_to_all %43 split 1 concat 0 over {tp}
      : (tensor<4x4xi32, #both>)
      -> tensor<4x4xi32, #dag.sharding<[{dp}, {tp}]>>
  %45 = arith.constant dense<[[ 0,  1,  2,  3], [10, 11, 12, 13],
                              [20, 21, 22, 23], [30, 31, 32, 33]]>
      : tensor<4x4xi32, #dag.sharding<[{dp}, {tp}]>>
  check.equal %44, %45 : tensor<4x4xi32, #dag.sharding<[{dp}, {tp}]>>

  //===--- broadcast, scatter, gather ------------------------------------===//

  %50 = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, 8]]>
      : tensor<4x2xi32, #dag.sharding<[{}, {}], root = {tp = 1}>>
  %51 = dag.broadcast %50 from {tp = 1}
      : (tensor<4x2xi32, #dag.sharding<[{}, {}], root = {tp = 1}>>)
      -> tensor<4x2xi32>
  check.equal %51, %26 : tensor<4x2xi32>
  %52 = dag.scatter %50 dim 0 from {tp = 1}
      : (tensor<4x2xi32, #dag.sharding<[{}, {}], root = {tp = 1}>>)
      -> tensor<4x2xi32, #tp0>
  %53 = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, 8]]>
      : tensor<4x2xi32, #tp0>
  check.equal %52, %53 : tensor<4x2xi32, #tp0>
  %54 = arith.constant dense<[[21.0, 43.0, 65.0]]>
      : tensor<1x3xf64, #dag.sharding<[{}, {}], root = {tp = 0}>>
  %55 = dag.scatter %54 dim 1 from {tp = 0} uneven
      : (tensor<1x3xf64, #dag.sharding<[{}, {}], root = {tp = 0}>>)
      -> tensor<1x3xf64, #dag.sharding<[{}, {tp} uneven]>>
  check.equal %55, %13 : tensor<1x3xf64, #dag.sharding<[{}, {tp} uneven]>>
  %56 = dag.scatter %54 dim 1 from {tp = 0} pad 1
      : (tensor<1x3xf64, #dag.sharding<[{}, {}], root = {tp = 0}>>)
      -> tensor<1x4xf64, #dag.sharding<[{}, {tp} pad 1]>>
  check.equal %56, %11 : tensor<1x4xf64, #dag.sharding<[{}, {tp} pad 1]>>
  // To a root, and from it to all.
  %57 = dag.gather %56 dim 1 to {tp = 1}
      : (tensor<1x4xf64, #dag.sharding<[{}, {tp} pad 1]>>)
      -> tensor<1x3xf64, #dag.sharding<[{}, {}], root = {tp = 1}>>
  %58 = dag.broadcast %57 from {tp = 1}
      : (tensor<1x3xf64, #dag.sharding<[{}, {}], root = {tp = 1}>>)
      -> tensor<1x3xf64>
  check.equal %58, %whole : tensor<1x3xf64>

  //===--- send, recv ----------------------------------------------------===//

  // From the ranks of dp = 0 to those of dp = 1 with the same tp.
  dag.comm_buffer @buffer : tensor<4x2xi32, #tp0>, slots = 1
  %sent = dag.stage 0 on dp = 0 layers [0, 1) ()
      -> (!dag.transfer<tensor<4x2xi32, #tp0>>) {
    %a = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, 8]]>
        : tensor<4x2xi32, #tp0>
    %b = dag.send %a to 1 via @buffer
        : (tensor<4x2xi32, #tp0>) -> !dag.transfer<tensor<4x2xi32, #tp0>>
    dag.yield %b : !dag.transfer<tensor<4x2xi32, #tp0>>
  }
  dag.stage 1 on dp = 1 layers [1, 2)
      (%a = %sent : !dag.transfer<tensor<4x2xi32, #tp0>>) -> () {
    %b = dag.recv %a from 0 via @buffer
        : (!dag.transfer<tensor<4x2xi32, #tp0>>) -> tensor<4x2xi32, #tp0>
    %c = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, 8]]>
        : tensor<4x2xi32, #tp0>
    check.equal %b, %c : tensor<4x2xi32, #tp0>
    %d = dag.all_gather %b dim 0 over {tp}
        : (tensor<4x2xi32, #tp0>) -> tensor<4x2xi32>
    %e = arith.constant dense<[[1, 2], [3, 4], [5, 6], [7, 8]]>
        : tensor<4x2xi32>
    check.equal %d, %e : tensor<4x2xi32>
    dag.yield
  }
}
