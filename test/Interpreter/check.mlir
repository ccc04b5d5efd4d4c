// Asserts, on the ranks of a mesh.

// RUN: split-file %s %t
// RUN: dag-run %t/pass.mlir
// RUN: dag-run %t/pass.mlir --precision=as-typed

//--- pass.mlir
dag.mesh @m <dp = 2, tp = 2>
dag.model @pass on @m {
  // NaN is equal to NaN, an infinity to itself.
  %0 = arith.constant dense<[0x7F80, 0xFF80, 0x7FC0, -0.0]> : tensor<4xbf16>
  check.equal %0, %0 : tensor<4xbf16>
  check.close %0, %0 ulp = 0 : tensor<4xbf16>
  check.close %0, %0 relative = 0 : tensor<4xbf16>
  check.close %0, %0 absolute = 0 : tensor<4xbf16>
  %1 = arith.constant dense<[0x7F80, 0xFF80, 0x7FC0, 0.0]> : tensor<4xbf16>
  check.close %0, %1 ulp = 0 : tensor<4xbf16>

  // One unit is 2^-7 at 1, 2^-6 at 2, and the smallest number at zero.
  %2 = arith.constant dense<[1.0078125, 1.984375, 9.18354962e-41]>
      : tensor<3xbf16>
  %3 = arith.constant dense<[1.0, 2.0, 0.0]> : tensor<3xbf16>
  check.close %2, %3 ulp = 1 : tensor<3xbf16>
  check.close %2, %3 absolute = 0.015625 : tensor<3xbf16>
  check.close %2, %3 relative = 0.0078125 : tensor<3xbf16>
  %4 = arith.constant dense<1.00000011920928955> : tensor<2xf32>
  %5 = arith.constant dense<1.0> : tensor<2xf32>
  check.close %4, %5 ulp = 1 : tensor<2xf32>
  %6 = arith.constant dense<1.0000000000000002220> : tensor<2xf64>
  %7 = arith.constant dense<1.0> : tensor<2xf64>
  check.close %6, %7 ulp = 1 : tensor<2xf64>
  %8 = arith.constant dense<1.0009765625> : tensor<2xf16>
  %9 = arith.constant dense<1.0> : tensor<2xf16>
  check.close %8, %9 ulp = 1 : tensor<2xf16>

  // What stands in the place of padding is not looked at.
  %10 = arith.constant dense<[1, 2, 3, 4, 5, 6]>
      : tensor<6xi32, #dag.sharding<[{dp, tp} uneven]>>
  check.equal %10, %10 : tensor<6xi32, #dag.sharding<[{dp, tp} uneven]>>
  %11 = arith.constant dense<[1, 2, 3, 9]>
      : tensor<4xi32, #dag.sharding<[{tp} pad 1]>>
  %12 = arith.constant dense<[1, 2, 3, 8]>
      : tensor<4xi32, #dag.sharding<[{tp} pad 1]>>
  check.equal %11, %12 : tensor<4xi32, #dag.sharding<[{tp} pad 1]>>

  // A stage and a layer check on their own ranks.
  dag.stage 0 on dp = 1 layers [0, 1) (%a = %7 : tensor<2xf64>) -> () {
    dag.layer 0 (%b = %a : tensor<2xf64>) -> () {
      %c = arith.constant dense<1.0> : tensor<2xf64>
      check.equal %b, %c : tensor<2xf64>
      dag.yield
    }
    dag.yield
  }
  dag.output %10 "ids" : tensor<6xi32, #dag.sharding<[{dp, tp} uneven]>>
}

// RUN: not dag-run %t/equal.mlir 2>&1 | FileCheck %s --check-prefix=EQUAL
// EQUAL: equal.mlir:5:3: error: 'check.equal' op expected element [0, 1] to be 2.0, but got 2.5 on rank 0, 32.0 ulp away (1 of its 3 elements differ)
//--- equal.mlir
dag.model @equal {
  %0 = arith.constant dense<[[1.0, 2.5, 3.0]]> : tensor<1x3xbf16>
  %1 = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xbf16>
  check.equal %0, %0 : tensor<1x3xbf16>
  check.equal %0, %1 : tensor<1x3xbf16>
}

// RUN: not dag-run %t/shard.mlir 2>&1 | FileCheck %s --check-prefix=SHARD
// SHARD: shard.mlir:7:3: error: 'check.equal' op expected element [1, 3] to be 8, but got 9 on rank 3, 1 away (1 of its 2 elements differ)
//--- shard.mlir
dag.mesh @m <dp = 2, tp = 2>
dag.model @shard on @m {
  %0 = arith.constant dense<[[1, 2, 3, 4], [5, 6, 7, 9]]>
      : tensor<2x4xi32, #dag.sharding<[{dp}, {tp}]>>
  %1 = arith.constant dense<[[1, 2, 3, 4], [5, 6, 7, 8]]>
      : tensor<2x4xi32, #dag.sharding<[{dp}, {tp}]>>
  check.equal %0, %1 : tensor<2x4xi32, #dag.sharding<[{dp}, {tp}]>>
}

// RUN: not dag-run %t/zero.mlir 2>&1 | FileCheck %s --check-prefix=ZERO
// ZERO: error: 'check.equal' op expected element [] to be 0.0, but got -0.0 on rank 0, 0.0 ulp away (1 of its 1 elements differ)
//--- zero.mlir
dag.model @zero {
  %0 = arith.constant dense<-0.0> : tensor<f32>
  %1 = arith.constant dense<0.0> : tensor<f32>
  check.equal %0, %1 : tensor<f32>
}

// RUN: not dag-run %t/nan.mlir 2>&1 | FileCheck %s --check-prefix=NAN
// NAN: error: 'check.close' op expected element [1] to be 1.0 within 100.0, but got nan on rank 0 (2 of its 3 elements differ)
//--- nan.mlir
dag.model @nan {
  %0 = arith.constant dense<[0.0, 0x7FC00000, 1.0]> : tensor<3xf32>
  %1 = arith.constant dense<[1.0, 1.0, 0x7F800000]> : tensor<3xf32>
  check.close %0, %1 absolute = 100 : tensor<3xf32>
}

// RUN: not dag-run %t/ulp.mlir 2>&1 | FileCheck %s --check-prefix=ULP
// ULP: error: 'check.close' op expected element [1] to be 2.0 within 1.0 ulp, but got 2.03125 on rank 0, 2.0 ulp away (1 of its 2 elements differ)
//--- ulp.mlir
dag.model @ulp {
  %0 = arith.constant dense<[1.0078125, 2.03125]> : tensor<2xbf16>
  %1 = arith.constant dense<[1.0, 2.0]> : tensor<2xbf16>
  check.close %0, %1 ulp = 1 : tensor<2xbf16>
}

// A rank goes by the largest element that it holds.
// RUN: not dag-run %t/relative.mlir 2>&1 | FileCheck %s --check-prefix=RELATIVE
// RELATIVE: error: 'check.close' op expected element [3] to be 3.0 within 0.1 of 4.0, but got 3.5 on rank 1, 0.125 of it away (1 of its 2 elements differ)
//--- relative.mlir
dag.mesh @m <tp = 2>
dag.model @relative on @m {
  %0 = arith.constant dense<[99.0, 50.0, 4.0, 3.5]>
      : tensor<4xf32, #dag.sharding<[{tp}]>>
  %1 = arith.constant dense<[100.0, 50.0, 4.0, 3.0]>
      : tensor<4xf32, #dag.sharding<[{tp}]>>
  check.close %0, %1 relative = 0.1 : tensor<4xf32, #dag.sharding<[{tp}]>>
}

// RUN: not dag-run %t/absolute.mlir 2>&1 | FileCheck %s --check-prefix=ABSOLUTE
// ABSOLUTE: error: 'check.close' op expected element [0] to be 1.0 within 0.25, but got 1.5 on rank 0, 0.5 away (1 of its 1 elements differ)
//--- absolute.mlir
dag.model @absolute {
  %0 = arith.constant dense<1.5> : tensor<1xf32>
  %1 = arith.constant dense<1.0> : tensor<1xf32>
  check.close %0, %1 absolute = 0.25 : tensor<1xf32>
}

// RUN: not dag-run %t/layer.mlir 2>&1 | FileCheck %s --check-prefix=LAYER
// LAYER: layer.mlir:8:7: error: 'check.equal' op expected element [0] to be 2, but got 1
//--- layer.mlir
dag.mesh @m <pp = 2>
dag.model @layer on @m {
  %0 = arith.constant dense<1> : tensor<1xi32>
  dag.stage 0 on pp = 1 layers [0, 1) (%a = %0 : tensor<1xi32>) -> () {
    dag.layer 0 (%b = %a : tensor<1xi32>) -> () {
      %c = arith.constant dense<2> : tensor<1xi32>
      // On rank 1.
      check.equal %b, %c : tensor<1xi32>
      dag.yield
    }
    dag.yield
  }
}

// RUN: not dag-run %t/pending.mlir 2>&1 | FileCheck %s --check-prefix=PENDING
// PENDING: error: expected a constant without a pending sum, but got one over {tp}
//--- pending.mlir
dag.mesh @m <tp = 2>
dag.model @pending on @m {
  %0 = arith.constant dense<1.0>
      : tensor<1xf32, #dag.sharding<[{}], partial = {tp}>>
}

// RUN: not dag-run %t/scalar.mlir 2>&1 | FileCheck %s --check-prefix=SCALAR
// SCALAR: error: expected tensors, but got 'f32'
//--- scalar.mlir
dag.model @scalar {
  %0 = arith.constant 1.0 : f32
}

// RUN: not dag-run %t/complex.mlir 2>&1 | FileCheck %s --check-prefix=COMPLEX
// COMPLEX: error: expected elements that are floats, or integers of 1 to 64 bits, but got 'tensor<2xcomplex<f32>>'
//--- complex.mlir
dag.model @complex {
  %0 = arith.constant dense<(1.0, 0.0)> : tensor<2xcomplex<f32>>
}

// RUN: not dag-run %t/resource.mlir 2>&1 | FileCheck %s --check-prefix=RESOURCE
// RESOURCE: error: expected dense elements, but got dense_resource<blob>
//--- resource.mlir
dag.model @resource {
  %0 = arith.constant dense_resource<blob> : tensor<2xf32>
}
{-#
  dialect_resources: {
    builtin: {
      blob: "0x040000000000803F00000040"
    }
  }
#-}
