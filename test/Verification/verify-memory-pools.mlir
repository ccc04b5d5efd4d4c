// RUN: not dag-opt %s --verify-pipeline="device=h100-sxm report=-" | FileCheck %s

// Each micro-batch has caches of its own; a pool of pages is there once, whatever
// other caches there are: 4 KiB + 64 x 4 KiB.

// CHECK: KV cache 260.00 KiB

dag.mesh @mesh <tp = 2>
dag.model @mixed on @mesh {
  dag.schedule "forward" microbatches = 64
  %table = dag.input "block_table" : tensor<4x4xi32>
  %position = dag.input "position" : tensor<4xi32>
  %x = dag.input "x" : tensor<4x1x2x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<4x1x2x8xf32>, %t = %table : tensor<4x4xi32>, %p = %position : tensor<4xi32>) -> (tensor<16x4x2x8xf32>) {
    %c = dag.kv_cache "layers.0.cache" : tensor<16x4x2x8xf32>
    %1 = dag.kv_cache_update %c, %a at %p pages %t
        : (tensor<16x4x2x8xf32>, tensor<4x1x2x8xf32>, tensor<4xi32>, tensor<4x4xi32>) -> tensor<16x4x2x8xf32>
    dag.yield %1 : tensor<16x4x2x8xf32>
  }
  %2 = dag.kv_cache_gather %0 pages %table
      : (tensor<16x4x2x8xf32>, tensor<4x4xi32>) -> tensor<4x16x2x8xf32>
  %3 = dag.layer 1 (%a = %x : tensor<4x1x2x8xf32>, %p = %position : tensor<4xi32>) -> (tensor<4x16x2x8xf32>) {
    %c = dag.kv_cache "layers.1.cache" : tensor<4x16x2x8xf32>
    %1 = dag.kv_cache_update %c, %a at %p
        : (tensor<4x16x2x8xf32>, tensor<4x1x2x8xf32>, tensor<4xi32>) -> tensor<4x16x2x8xf32>
    dag.yield %1 : tensor<4x16x2x8xf32>
  }
  dag.output %2 "y" : tensor<4x16x2x8xf32>
  dag.output %3 "z" : tensor<4x16x2x8xf32>
}
