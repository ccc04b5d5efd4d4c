// Arithmetic of upstream, element by element, on what each rank holds.
// RUN: dag-run %s

dag.mesh @m <tp = 2>
dag.model @arithmetic on @m {
  %a = arith.constant dense<[1.0, -2.0, 6.0]> : tensor<3xf64>
  %b = arith.constant dense<[4.0, 0.5, -3.0]> : tensor<3xf64>
  %addf = arith.addf %a, %b : tensor<3xf64>
  %addf_is = arith.constant dense<[5.0, -1.5, 3.0]> : tensor<3xf64>
  check.equal %addf, %addf_is : tensor<3xf64>
  %subf = arith.subf %a, %b : tensor<3xf64>
  %subf_is = arith.constant dense<[-3.0, -2.5, 9.0]> : tensor<3xf64>
  check.equal %subf, %subf_is : tensor<3xf64>
  %mulf = arith.mulf %a, %b : tensor<3xf64>
  %mulf_is = arith.constant dense<[4.0, -1.0, -18.0]> : tensor<3xf64>
  check.equal %mulf, %mulf_is : tensor<3xf64>
  %divf = arith.divf %a, %b : tensor<3xf64>
  %divf_is = arith.constant dense<[0.25, -4.0, -2.0]> : tensor<3xf64>
  check.equal %divf, %divf_is : tensor<3xf64>
  %negf = arith.negf %a : tensor<3xf64>
  %negf_is = arith.constant dense<[-1.0, 2.0, -6.0]> : tensor<3xf64>
  check.equal %negf, %negf_is : tensor<3xf64>
  %maximumf = arith.maximumf %a, %b : tensor<3xf64>
  %maximumf_is = arith.constant dense<[4.0, 0.5, 6.0]> : tensor<3xf64>
  check.equal %maximumf, %maximumf_is : tensor<3xf64>
  %minimumf = arith.minimumf %a, %b : tensor<3xf64>
  %minimumf_is = arith.constant dense<[1.0, -2.0, -3.0]> : tensor<3xf64>
  check.equal %minimumf, %minimumf_is : tensor<3xf64>
  %maxnumf = arith.maxnumf %a, %b : tensor<3xf64>
  %maxnumf_is = arith.constant dense<[4.0, 0.5, 6.0]> : tensor<3xf64>
  check.equal %maxnumf, %maxnumf_is : tensor<3xf64>
  %minnumf = arith.minnumf %a, %b : tensor<3xf64>
  %minnumf_is = arith.constant dense<[1.0, -2.0, -3.0]> : tensor<3xf64>
  check.equal %minnumf, %minnumf_is : tensor<3xf64>

  // A conversion keeps what fits; integers wrap around at their width.
  %t = arith.truncf %a : tensor<3xf64> to tensor<3xf32>
  %e = arith.extf %t : tensor<3xf32> to tensor<3xf64>
  check.equal %e, %a : tensor<3xf64>
  %i = arith.constant dense<[127, -128, 5]> : tensor<3xi8>
  %j = arith.constant dense<[1, -1, 3]> : tensor<3xi8>
  %sum = arith.addi %i, %j : tensor<3xi8>
  %sum_is = arith.constant dense<[-128, 127, 8]> : tensor<3xi8>
  check.equal %sum, %sum_is : tensor<3xi8>
  %product = arith.muli %i, %j : tensor<3xi8>
  %product_is = arith.constant dense<[127, -128, 15]> : tensor<3xi8>
  check.equal %product, %product_is : tensor<3xi8>
  %f = arith.sitofp %j : tensor<3xi8> to tensor<3xf64>
  %f_is = arith.constant dense<[1.0, -1.0, 3.0]> : tensor<3xf64>
  check.equal %f, %f_is : tensor<3xf64>
  %truth = arith.constant dense<[true, false, true]> : tensor<3xi1>
  %ones = arith.extsi %truth : tensor<3xi1> to tensor<3xi32>
  %ones_is = arith.constant dense<[-1, 0, -1]> : tensor<3xi32>
  check.equal %ones, %ones_is : tensor<3xi32>

  // Parts of a tensor.
  %p = arith.constant dense<[1.0, 2.0]> : tensor<2xf64, #dag.sharding<[{tp}]>>
  %q = arith.mulf %p, %p : tensor<2xf64, #dag.sharding<[{tp}]>>
  %g = dag.all_gather %q dim 0 over {tp} : (tensor<2xf64, #dag.sharding<[{tp}]>>) -> tensor<2xf64>
  %g_is = arith.constant dense<[1.0, 4.0]> : tensor<2xf64>
  check.equal %g, %g_is : tensor<2xf64>
}
