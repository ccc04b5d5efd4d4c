// Results are rounded to their type, to nearest, ties to even, once for each op.

// RUN: split-file %s %t
// RUN: dag-run %t/as-typed.mlir --precision=as-typed
// RUN: dag-run %t/f64.mlir

//--- as-typed.mlir
dag.model @as_typed {
  //===--- bf16: 8 digits ------------------------------------------------===//

  // 1 + 2^-8 lies between 1 and 1 + 2^-7, (1 + 2^-7) + 2^-8 between that and
  // 1 + 2^-6; a little more than the first tie goes up. Twice the largest number
  // is an infinity.
  %0 = arith.constant dense<[1.0, 1.0078125, 1.0, 0x7F7F, -0.0]>
      : tensor<5xbf16>
  %1 = arith.constant dense<[0.00390625, 0.00390625, 0.00393676758, 0x7F7F,
                             -0.0]> : tensor<5xbf16>
  %2 = dag.add %0, %1 : (tensor<5xbf16>, tensor<5xbf16>) -> tensor<5xbf16>
  %3 = arith.constant dense<[1.0, 1.015625, 1.0078125, 0x7F80, -0.0]>
      : tensor<5xbf16>
  check.equal %2, %3 : tensor<5xbf16>
  // The smallest numbers are n 2^-133: 0.5, 1.5 and 2.5 of them.
  %4 = arith.constant dense<[0x0001, 0x0003, 0x0005]> : tensor<3xbf16>
  %5 = dag.scale %4 by 0.5 : (tensor<3xbf16>) -> tensor<3xbf16>
  %6 = arith.constant dense<[0x0000, 0x0002, 0x0002]> : tensor<3xbf16>
  check.equal %5, %6 : tensor<3xbf16>
  // Of a subnormal and a normal number: 2^-126 less half the smallest number.
  %7 = arith.constant dense<[0x00FF]> : tensor<1xbf16>
  %8 = dag.scale %7 by 0.5 : (tensor<1xbf16>) -> tensor<1xbf16>
  %9 = arith.constant dense<[0x0080]> : tensor<1xbf16>
  check.equal %8, %9 : tensor<1xbf16>
  // The sum of a linear layer is rounded at its end: 256 + 1 + 1 in steps would
  // stay 256.
  %10 = arith.constant dense<[[[256.0, 1.0, 1.0]]]> : tensor<1x1x3xbf16>
  %11 = arith.constant dense<1.0> : tensor<1x3xbf16>
  %12 = dag.linear %10, %11
      : (tensor<1x1x3xbf16>, tensor<1x3xbf16>) -> tensor<1x1x1xbf16>
  %13 = arith.constant dense<258.0> : tensor<1x1x1xbf16>
  check.equal %12, %13 : tensor<1x1x1xbf16>
  // Two adds are rounded twice.
  %14 = arith.constant dense<256.0> : tensor<1xbf16>
  %15 = arith.constant dense<1.0> : tensor<1xbf16>
  %16 = dag.add %14, %15 : (tensor<1xbf16>, tensor<1xbf16>) -> tensor<1xbf16>
  %17 = dag.add %16, %15 : (tensor<1xbf16>, tensor<1xbf16>) -> tensor<1xbf16>
  check.equal %17, %14 : tensor<1xbf16>

  //===--- f16: 11 digits, up to 65504 -----------------------------------===//

  // 2048 + 1 and 2050 + 1 are ties. 65504 + 15.99 is still 65504, 65504 + 16 is
  // an infinity.
  %20 = arith.constant dense<[2048.0, 2050.0, 65504.0, 65504.0, -65504.0]>
      : tensor<5xf16>
  %21 = arith.constant dense<[1.0, 1.0, 15.9921875, 16.0, -16.0]>
      : tensor<5xf16>
  %22 = dag.add %20, %21 : (tensor<5xf16>, tensor<5xf16>) -> tensor<5xf16>
  %23 = arith.constant dense<[2048.0, 2052.0, 65504.0, 0x7C00, 0xFC00]>
      : tensor<5xf16>
  check.equal %22, %23 : tensor<5xf16>
  // The smallest numbers are n 2^-24.
  %24 = arith.constant dense<[0x0001, 0x8001, 0x0003, 0x03FF]> : tensor<4xf16>
  %25 = dag.scale %24 by 0.5 : (tensor<4xf16>) -> tensor<4xf16>
  %26 = arith.constant dense<[0x0000, 0x8000, 0x0002, 0x0200]> : tensor<4xf16>
  check.equal %25, %26 : tensor<4xf16>

  //===--- f32: 24 digits ------------------------------------------------===//

  // 2^24 + 1 and 2^24 + 3 are ties; twice the largest number; infinities of
  // both signs add up to no number.
  %30 = arith.constant dense<[16777216.0, 16777216.0, 0x7F7FFFFF, 0x7F800000]>
      : tensor<4xf32>
  %31 = arith.constant dense<[1.0, 3.0, 0x7F7FFFFF, 0xFF800000]>
      : tensor<4xf32>
  %32 = dag.add %30, %31 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %33 = arith.constant dense<[16777216.0, 16777220.0, 0x7F800000, 0x7FC00000]>
      : tensor<4xf32>
  check.equal %32, %33 : tensor<4xf32>
  // The smallest numbers are n 2^-149.
  %34 = arith.constant dense<[0x00000001, 0x00000003]> : tensor<2xf32>
  %35 = dag.scale %34 by 0.5 : (tensor<2xf32>) -> tensor<2xf32>
  %36 = arith.constant dense<[0x00000000, 0x00000002]> : tensor<2xf32>
  check.equal %35, %36 : tensor<2xf32>

  //===--- f8E4M3FN: 4 digits, up to 448, no infinities ------------------===//

  // 16 + 1 and 18 + 1 are ties.
  %40 = arith.constant dense<[16.0, 18.0]> : tensor<2xf8E4M3FN>
  %41 = arith.constant dense<1.0> : tensor<2xf8E4M3FN>
  %42 = dag.add %40, %41
      : (tensor<2xf8E4M3FN>, tensor<2xf8E4M3FN>) -> tensor<2xf8E4M3FN>
  %43 = arith.constant dense<[16.0, 20.0]> : tensor<2xf8E4M3FN>
  check.equal %42, %43 : tensor<2xf8E4M3FN>
}

// In f64 nothing is rounded, and half a unit in the last place of the type is
// what rounding would take away.
//--- f64.mlir
dag.model @f64 {
  %0 = arith.constant dense<[1.0, 1.0078125]> : tensor<2xbf16>
  %1 = arith.constant dense<0.00390625> : tensor<2xbf16>
  %2 = dag.add %0, %1 : (tensor<2xbf16>, tensor<2xbf16>) -> tensor<2xbf16>
  %3 = arith.constant dense<[1.0, 1.015625]> : tensor<2xbf16>
  check.close %2, %3 ulp = 0.5 : tensor<2xbf16>
  // Back from there, the sum is what it was.
  %4 = arith.constant dense<-0.00390625> : tensor<2xbf16>
  %5 = dag.add %2, %4 : (tensor<2xbf16>, tensor<2xbf16>) -> tensor<2xbf16>
  check.equal %5, %0 : tensor<2xbf16>
}
