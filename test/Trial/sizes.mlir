// Which sizes a plan is tried with. Each plan has sizes that hang together in
// one way.

// RUN: rm -rf %t && split-file %s %t
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/split.mlir \
// RUN:   | FileCheck %s --check-prefix=SPLIT
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/padded.mlir \
// RUN:   | FileCheck %s --check-prefix=PADDED
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/uneven.mlir \
// RUN:   | FileCheck %s --check-prefix=UNEVEN
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/unknown.mlir \
// RUN:   | FileCheck %s --check-prefix=UNKNOWN
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/kept.mlir \
// RUN:   | FileCheck %s --check-prefix=KEPT
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/parts.mlir \
// RUN:   | FileCheck %s --check-prefix=PARTS
// RUN: not dag-opt --verify-pipeline="reference=@logical report=-" %t/endless.mlir \
// RUN:   | FileCheck %s --check-prefix=ENDLESS
// RUN: not dag-opt --verify-pipeline=reference=@logical %t/windows.mlir 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WINDOWS

//--- split.mlir
// A size that is split has two elements on each rank, and two sizes differ
// where they are not one. The batch is small as it is.
// SPLIT: | Trial | the whole program on 4 ranks; sizes 64 -> 3 or 4, 4096 -> 8; 1 run from position 0; seed 0; largest difference {{.*}}e-{{[0-9]+}} of the largest element, 1e-09 allowed |
dag.mesh @mesh <tp = 4>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x64xf32>
  %w = dag.parameter "w" : tensor<4096x64xf32, #dag.sharding<[{tp}, {}]>>
  %v = dag.parameter "v" : tensor<64x4096xf32, #dag.sharding<[{}, {tp}]>>
  %0 = dag.linear %x, %w
      : (tensor<2x64xf32>, tensor<4096x64xf32, #dag.sharding<[{tp}, {}]>>)
      -> tensor<2x4096xf32, #dag.sharding<[{}, {tp}]>>
  %1 = dag.linear %0, %v
      : (tensor<2x4096xf32, #dag.sharding<[{}, {tp}]>>,
         tensor<64x4096xf32, #dag.sharding<[{}, {tp}]>>)
      -> tensor<2x64xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  %2 = dag.all_reduce %1 over {tp}
      : (tensor<2x64xf32, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> tensor<2x64xf32>
  dag.output %2 "y" : tensor<2x64xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x64xf32>
  %w = dag.parameter "w" : tensor<4096x64xf32>
  %v = dag.parameter "v" : tensor<64x4096xf32>
  %0 = dag.linear %x, %w : (tensor<2x64xf32>, tensor<4096x64xf32>)
      -> tensor<2x4096xf32>
  %1 = dag.linear %0, %v : (tensor<2x4096xf32>, tensor<64x4096xf32>)
      -> tensor<2x64xf32>
  dag.output %1 "y" : tensor<2x64xf32>
}

//--- padded.mlir
// Padding stays padding: 50 rows are 49 and one more.
// PADDED: | Trial | the whole program on 2 ranks; sizes 6 -> 3, 49 -> 4; 1 run
// PADDED-SAME: allowed |
dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x6xf32>
  %w = dag.parameter "w" : tensor<50x6xf32, #dag.sharding<[{tp} pad 1, {}]>>
  %0 = dag.linear %x, %w
      : (tensor<2x6xf32>, tensor<50x6xf32, #dag.sharding<[{tp} pad 1, {}]>>)
      -> tensor<2x50xf32, #dag.sharding<[{}, {tp} pad 1]>>
  %1 = dag.all_gather %0 dim 1 over {tp}
      : (tensor<2x50xf32, #dag.sharding<[{}, {tp} pad 1]>>)
      -> tensor<2x49xf32>
  dag.output %1 "y" : tensor<2x49xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x6xf32>
  %w = dag.parameter "w" : tensor<49x6xf32>
  %0 = dag.linear %x, %w : (tensor<2x6xf32>, tensor<49x6xf32>)
      -> tensor<2x49xf32>
  dag.output %0 "y" : tensor<2x49xf32>
}

//--- uneven.mlir
// A rest stays a rest.
// UNEVEN: | Trial | the whole program on 4 ranks; sizes 6 -> 3, 49 -> 5; 1 run
// UNEVEN-SAME: allowed |
dag.mesh @mesh <tp = 4>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x6xf32>
  %w = dag.parameter "w" : tensor<49x6xf32, #dag.sharding<[{tp} uneven, {}]>>
  %0 = dag.linear %x, %w
      : (tensor<2x6xf32>, tensor<49x6xf32, #dag.sharding<[{tp} uneven, {}]>>)
      -> tensor<2x49xf32, #dag.sharding<[{}, {tp} uneven]>>
  %1 = dag.all_gather %0 dim 1 over {tp}
      : (tensor<2x49xf32, #dag.sharding<[{}, {tp} uneven]>>)
      -> tensor<2x49xf32>
  dag.output %1 "y" : tensor<2x49xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x6xf32>
  %w = dag.parameter "w" : tensor<49x6xf32>
  %0 = dag.linear %x, %w : (tensor<2x6xf32>, tensor<49x6xf32>)
      -> tensor<2x49xf32>
  dag.output %0 "y" : tensor<2x49xf32>
}

//--- unknown.mlir
// What is unknown until the run gets a size, which is split as it has to be.
// UNKNOWN: | Trial | the whole program on 2 ranks; sizes ? -> 4; 1 run
// UNKNOWN-SAME: allowed |
dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<?x3xf32>
  %0 = dag.slice %x dim 0 over {tp} : (tensor<?x3xf32>)
      -> tensor<?x3xf32, #dag.sharding<[{tp}, {}]>>
  %1 = dag.activation silu %0 : (tensor<?x3xf32, #dag.sharding<[{tp}, {}]>>)
      -> tensor<?x3xf32, #dag.sharding<[{tp}, {}]>>
  %2 = dag.all_gather %1 dim 0 over {tp}
      : (tensor<?x3xf32, #dag.sharding<[{tp}, {}]>>) -> tensor<?x3xf32>
  dag.output %2 "y" : tensor<?x3xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<?x3xf32>
  %0 = dag.activation silu %x : (tensor<?x3xf32>) -> tensor<?x3xf32>
  dag.output %0 "y" : tensor<?x3xf32>
}

//--- kept.mlir
// What an op of another dialect works on stays as it is: nobody says what else
// hangs on it.
// KEPT: | Trial | the whole program on 2 ranks; sizes as they are; 1 run
// KEPT-SAME: allowed |
dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<4x5xf32>
  %c = arith.constant dense<2.0> : tensor<4x5xf32>
  %0 = dag.multiply %x, %c : (tensor<4x5xf32>, tensor<4x5xf32>)
      -> tensor<4x5xf32>
  dag.output %0 "y" : tensor<4x5xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4x5xf32>
  %c = arith.constant dense<2.0> : tensor<4x5xf32>
  %0 = dag.multiply %x, %c : (tensor<4x5xf32>, tensor<4x5xf32>)
      -> tensor<4x5xf32>
  dag.output %0 "y" : tensor<4x5xf32>
}

//--- parts.mlir
// Parts add up, and a block and its scales are a product.
// PARTS: | Trial | the whole program on 2 ranks; sizes 5 -> 3, 12 -> 4 or 5, 16 -> 6, 17 -> 7, 48 -> 20, 64 -> 24; 1 run
// PARTS-SAME: allowed |
dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x17xf32>
  %0, %1 = dag.split %x sizes [12, 5] : (tensor<2x17xf32>)
      -> (tensor<2x12xf32>, tensor<2x5xf32>)
  dag.output %0 "first" : tensor<2x12xf32>
  dag.output %1 "second" : tensor<2x5xf32>
  %w = dag.parameter "w" : tensor<64x48xf8E4M3FN, #dag.sharding<[{tp}, {}]>>
  %s = dag.parameter "s" : tensor<16x12xf32, #dag.sharding<[{tp}, {}]>>
  %2 = dag.dequantize %w, %s block = [4, 4] to f32
      : (tensor<64x48xf8E4M3FN, #dag.sharding<[{tp}, {}]>>,
         tensor<16x12xf32, #dag.sharding<[{tp}, {}]>>)
      -> tensor<64x48xf32, #dag.sharding<[{tp}, {}]>>
  %3 = dag.all_gather %2 dim 0 over {tp}
      : (tensor<64x48xf32, #dag.sharding<[{tp}, {}]>>) -> tensor<64x48xf32>
  dag.output %3 "third" : tensor<64x48xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x17xf32>
  %0, %1 = dag.split %x sizes [12, 5] : (tensor<2x17xf32>)
      -> (tensor<2x12xf32>, tensor<2x5xf32>)
  dag.output %0 "first" : tensor<2x12xf32>
  dag.output %1 "second" : tensor<2x5xf32>
  %w = dag.parameter "w" : tensor<64x48xf8E4M3FN>
  %s = dag.parameter "s" : tensor<16x12xf32>
  %2 = dag.dequantize %w, %s block = [4, 4] to f32
      : (tensor<64x48xf8E4M3FN>, tensor<16x12xf32>) -> tensor<64x48xf32>
  dag.output %2 "third" : tensor<64x48xf32>
}

//--- endless.mlir
// Room for two runs is a wish: what is a cache and its tokens has none.
// ENDLESS: | Trial | the whole program on 2 ranks; sizes 8 -> 3; 1 run from position 0; {{.*}} allowed |
dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %p = dag.input "position" : tensor<i32>
  %c = dag.kv_cache "c" : tensor<1x8x2x4xf32>
  %0 = dag.kv_cache_update %c, %c at %p
      : (tensor<1x8x2x4xf32>, tensor<1x8x2x4xf32>, tensor<i32>)
      -> tensor<1x8x2x4xf32>
  dag.output %0 "y" : tensor<1x8x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %p = dag.input "position" : tensor<i32>
  %c = dag.kv_cache "c" : tensor<1x8x2x4xf32>
  %0 = dag.kv_cache_update %c, %c at %p
      : (tensor<1x8x2x4xf32>, tensor<1x8x2x4xf32>, tensor<i32>)
      -> tensor<1x8x2x4xf32>
  dag.output %0 "y" : tensor<1x8x2x4xf32>
}

//--- windows.mlir
// A size that stays is no other one's: windows of 3 and of 4 differ.
// WINDOWS: [DAG797] expected output 'y' to be that of the reference
dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %s = dag.input "s" : tensor<1x2x8x8xf32>
  %0 = dag.attention_weights %s mask sliding_window window = 4
      : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  dag.output %0 "y" : tensor<1x2x8x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %s = dag.input "s" : tensor<1x2x8x8xf32>
  %0 = dag.attention_weights %s mask sliding_window window = 3
      : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  dag.output %0 "y" : tensor<1x2x8x8xf32>
}
