// Values of other types, scales, zeros; what is stored in few bits is rounded.

// RUN: dag-run %s --elements=9 | FileCheck %s

// CHECK: blocks [3, 3]: 20 30 80 50 60 140 140 160 360{{$}}
// CHECK: zeros [2, 2]: -2 0 0 2.5{{$}}
// CHECK: rounded [1, 4]: 1.125 448 -448 0{{$}}
// CHECK: last [2, 1, 2]: 5 6 11 12{{$}}
dag.model @m {
  %x = arith.constant dense<[[2.0, 3.0, 4.0], [5.0, 6.0, 7.0], [7.0, 8.0, 9.0]]>
      : tensor<3x3xf32>
  %s = arith.constant dense<[[10.0, 20.0], [20.0, 40.0]]> : tensor<2x2xf32>
  %0 = dag.dequantize %x, %s block = [2, 2] to f32
      : (tensor<3x3xf32>, tensor<2x2xf32>) -> tensor<3x3xf32>
  dag.output %0 "blocks" : tensor<3x3xf32>
  %i = arith.constant dense<[[1, 3], [2, 7]]> : tensor<2x2xi8>
  %t = arith.constant dense<[[1.0], [0.5]]> : tensor<2x1xf32>
  %z = arith.constant dense<[[3], [2]]> : tensor<2x1xi8>
  %1 = dag.dequantize %i, %t zero %z block = [1, 2] to f32
      : (tensor<2x2xi8>, tensor<2x1xf32>, tensor<2x1xi8>) -> tensor<2x2xf32>
  dag.output %1 "zeros" : tensor<2x2xf32>
  %y = arith.constant dense<[[1.15, 1000.0, -1000.0, 0.0001]]>
      : tensor<1x4xf32>
  %2 = dag.dequantize %y to f8E4M3FN
      : (tensor<1x4xf32>) -> tensor<1x4xf8E4M3FN>
  dag.output %2 "rounded" : tensor<1x4xf8E4M3FN>
  %w = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
      [[7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]]> : tensor<2x3x2xf32>
  %3 = dag.last_token %w : (tensor<2x3x2xf32>) -> tensor<2x1x2xf32>
  dag.output %3 "last" : tensor<2x1x2xf32>
}
