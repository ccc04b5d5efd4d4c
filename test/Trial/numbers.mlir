// What numbers of a reference show, and what they do not.

// RUN: rm -rf %t && split-file %s %t
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/nan.mlir \
// RUN:   | FileCheck %s --check-prefix=NAN
// RUN: not dag-run %t/nan.mlir --reference=%t/nan-model.mlir 2>&1 \
// RUN:   | FileCheck %s --check-prefix=RAN
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/zero.mlir \
// RUN:   | FileCheck %s --check-prefix=ZERO
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/constant.mlir \
// RUN:   | FileCheck %s --check-prefix=CONSTANT
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/eight.mlir \
// RUN:   | FileCheck %s --check-prefix=EIGHT

// RUN: not dag-opt --dag-verify-equivalence="reference=@logical trial=off" %t/summands.mlir \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=SUMMANDS

//--- nan.mlir
// Infinity less infinity is no difference of anything.
// NAN-NOT: DAG797
// NAN: | Trial | not tried: the reference gives {{.*}} as element 0 of 'y' |
dag.mesh @m <tp = 2>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<2x4xf32>
  %large = dag.scale %x by 1.0e+300 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %0 = dag.scale %large by 1.0e+300 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  dag.output %0 "y" : tensor<2x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<2x4xf32>
  %large = dag.scale %x by 1.0e+300 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %0 = dag.scale %large by 1.0e+300 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  dag.output %0 "y" : tensor<2x4xf32>
}
//--- nan-model.mlir
// RAN: error: expected numbers in the reference to compare with, but element 0 of output 'y' is {{-?}}INF
dag.model @logical {
  %x = dag.input "x" : tensor<2x4xf32>
  %large = dag.scale %x by 1.0e+300 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %0 = dag.scale %large by 1.0e+300 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  dag.output %0 "y" : tensor<2x4xf32>
}
//--- zero.mlir
// What sums to nothing: the order of the sum leaves a rest.
// ZERO-NOT: DAG797
// ZERO: | Trial | the whole program on 2 ranks; {{.*}}; largest difference
dag.mesh @m <tp = 2>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<2x4xf32, #dag.sharding<[{}, {tp}]>>
  %w = dag.parameter "w" : tensor<4x4xf32, #dag.sharding<[{}, {tp}]>>
  %0 = dag.linear %x, %w : (tensor<2x4xf32, #dag.sharding<[{}, {tp}]>>, tensor<4x4xf32, #dag.sharding<[{}, {tp}]>>) -> tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  %1 = dag.all_reduce %0 over {tp} : (tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>) -> tensor<2x4xf32>
  %2 = dag.scale %0 by -1.0 : (tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>) -> tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  %3 = dag.scale %2 by 0.1 : (tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>) -> tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  %4 = dag.all_reduce %3 over {tp} : (tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>) -> tensor<2x4xf32>
  %5 = dag.scale %1 by 0.1 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %6 = dag.add %5, %4 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  dag.output %6 "y" : tensor<2x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<2x4xf32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %0 = dag.linear %x, %w : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
  %2 = dag.scale %0 by -1.0 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %3 = dag.scale %2 by 0.1 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %5 = dag.scale %0 by 0.1 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %6 = dag.add %5, %3 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  dag.output %6 "y" : tensor<2x4xf32>
}
//--- constant.mlir
// Zero on each rank is zero.
// CONSTANT-NOT: DAG797
// CONSTANT: | Trial | the whole program on 2 ranks
dag.mesh @m <tp = 2>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<2x4xf32, #dag.sharding<[{}, {tp}]>>
  %w = dag.parameter "w" : tensor<4x4xf32, #dag.sharding<[{}, {tp}]>>
  %0 = dag.linear %x, %w : (tensor<2x4xf32, #dag.sharding<[{}, {tp}]>>, tensor<4x4xf32, #dag.sharding<[{}, {tp}]>>) -> tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  %z = arith.constant dense<0.0> : tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  %1 = arith.addf %0, %z : tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  %2 = dag.all_reduce %1 over {tp} : (tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>) -> tensor<2x4xf32>
  dag.output %2 "y" : tensor<2x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<2x4xf32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %0 = dag.linear %x, %w : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
  %z = arith.constant dense<0.0> : tensor<2x4xf32>
  %1 = arith.addf %0, %z : tensor<2x4xf32>
  dag.output %1 "y" : tensor<2x4xf32>
}
//--- eight.mlir
// Summands that are rounded to 8 bits do not add up to what is rounded.
// EIGHT: DAG505
dag.mesh @m <tp = 2>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<2x4xf32, #dag.sharding<[{}, {tp}]>>
  %w = dag.parameter "w" : tensor<4x4xf32, #dag.sharding<[{}, {tp}]>>
  %0 = dag.linear %x, %w : (tensor<2x4xf32, #dag.sharding<[{}, {tp}]>>, tensor<4x4xf32, #dag.sharding<[{}, {tp}]>>) -> tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  %1 = arith.truncf %0 : tensor<2x4xf32, #dag.sharding<[{}, {}], partial = {tp}>> to tensor<2x4xf8E4M3FN, #dag.sharding<[{}, {}], partial = {tp}>>
  %2 = dag.all_reduce %1 over {tp} : (tensor<2x4xf8E4M3FN, #dag.sharding<[{}, {}], partial = {tp}>>) -> tensor<2x4xf8E4M3FN>
  dag.output %2 "y" : tensor<2x4xf8E4M3FN>
}
dag.model @logical {
  %x = dag.input "x" : tensor<2x4xf32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %0 = dag.linear %x, %w : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
  %1 = arith.truncf %0 : tensor<2x4xf32> to tensor<2x4xf8E4M3FN>
  dag.output %1 "y" : tensor<2x4xf8E4M3FN>
}
//--- summands.mlir
// So do those of an op of the plan, which a proof by names does not see.
// SUMMANDS: UNVERIFIED: 'dag.linear' gives summands of 8 bits or fewer, which do not add up to the sum rounded to them
dag.mesh @m <tp = 2>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<2x4xf8E4M3FN, #dag.sharding<[{}, {tp}]>>
  %w = dag.parameter "w" : tensor<4x4xf8E4M3FN, #dag.sharding<[{}, {tp}]>>
  %0 = dag.linear %x, %w : (tensor<2x4xf8E4M3FN, #dag.sharding<[{}, {tp}]>>, tensor<4x4xf8E4M3FN, #dag.sharding<[{}, {tp}]>>) -> tensor<2x4xf8E4M3FN, #dag.sharding<[{}, {}], partial = {tp}>>
  %1 = dag.all_reduce %0 over {tp} : (tensor<2x4xf8E4M3FN, #dag.sharding<[{}, {}], partial = {tp}>>) -> tensor<2x4xf8E4M3FN>
  dag.output %1 "y" : tensor<2x4xf8E4M3FN>
}
dag.model @logical {
  %x = dag.input "x" : tensor<2x4xf8E4M3FN>
  %w = dag.parameter "w" : tensor<4x4xf8E4M3FN>
  %0 = dag.linear %x, %w : (tensor<2x4xf8E4M3FN>, tensor<4x4xf8E4M3FN>) -> tensor<2x4xf8E4M3FN>
  dag.output %0 "y" : tensor<2x4xf8E4M3FN>
}
