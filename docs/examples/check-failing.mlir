// The layer of check.mlir, and an assert that fails.

#columns = #dag.sharding<[{}, {tp}]>

dag.mesh @mesh <tp = 2>

dag.model @row_parallel on @mesh {
  %x = arith.constant dense<[[1.0, 2.0, 3.0, 4.0]]>
      : tensor<1x4xbf16, #columns>
  %w = arith.constant dense<[[1.0, 1.0, 1.0, 1.0], [0.1, 0.2, 0.3, 0.4]]>
      : tensor<2x4xbf16, #columns>
  %0 = dag.linear %x, %w
      : (tensor<1x4xbf16, #columns>, tensor<2x4xbf16, #columns>)
      -> tensor<1x2xbf16, #dag.sharding<[{}, {}], partial = {tp}>>
  %1 = dag.all_reduce %0 over {tp}
      : (tensor<1x2xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> tensor<1x2xbf16>
  %expected = arith.constant dense<[[10.0, 3.5]]> : tensor<1x2xbf16>
  check.close %1, %expected ulp = 1 : tensor<1x2xbf16>
}
