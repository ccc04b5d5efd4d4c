// RUN: dag-opt %s -split-input-file | FileCheck %s
// RUN: dag-opt %s -split-input-file --mlir-print-op-generic \
// RUN:   | dag-opt -split-input-file | FileCheck %s

// A position for each sequence, caches in pages, the last of some tokens.

dag.mesh @m <dp = 2, tp = 2>
// CHECK-LABEL: dag.model @positions on @m
dag.model @positions on @m {
  %p = dag.input "p" : tensor<4xi32, #dag.sharding<[{dp}]>>
  %t = dag.input "t" : tensor<4x8xi32, #dag.sharding<[{dp}, {}]>>
  %w = dag.parameter "w" : tensor<64x32xbf16>
  %q = dag.input "q"
      : tensor<4x8x4x16xbf16, #dag.sharding<[{dp}, {}, {tp}, {}]>>
  %s = dag.input "s"
      : tensor<4x4x8x64xbf16, #dag.sharding<[{dp}, {tp}, {}, {}]>>
  // CHECK: dag.position_embedding %t, %w at %p : (tensor<4x8xi32, #dag.sharding<[{dp}, {}]>>, tensor<64x32xbf16>, tensor<4xi32, #dag.sharding<[{dp}]>>) -> tensor<4x8x32xbf16, #dag.sharding<[{dp}, {}, {}]>>
  %0 = dag.position_embedding %t, %w at %p : (
      tensor<4x8xi32, #dag.sharding<[{dp}, {}]>>, tensor<64x32xbf16>,
      tensor<4xi32, #dag.sharding<[{dp}]>>)
      -> tensor<4x8x32xbf16, #dag.sharding<[{dp}, {}, {}]>>
  // CHECK: dag.rotary_embedding %q at %p theta = 100.0
  %1 = dag.rotary_embedding %q at %p theta = 100.0 : (
      tensor<4x8x4x16xbf16, #dag.sharding<[{dp}, {}, {tp}, {}]>>,
      tensor<4xi32, #dag.sharding<[{dp}]>>)
      -> tensor<4x8x4x16xbf16, #dag.sharding<[{dp}, {}, {tp}, {}]>>
  // CHECK: dag.attention_weights %s at %p mask causal
  %2 = dag.attention_weights %s at %p mask causal : (
      tensor<4x4x8x64xbf16, #dag.sharding<[{dp}, {tp}, {}, {}]>>,
      tensor<4xi32, #dag.sharding<[{dp}]>>)
      -> tensor<4x4x8x64xbf16, #dag.sharding<[{dp}, {tp}, {}, {}]>>
  // CHECK: dag.last_token %{{[0-9]+}} of %p : (tensor<4x8x32xbf16, #dag.sharding<[{dp}, {}, {}]>>, tensor<4xi32, #dag.sharding<[{dp}]>>) -> tensor<4x1x32xbf16, #dag.sharding<[{dp}, {}, {}]>>
  %3 = dag.last_token %0 of %p : (
      tensor<4x8x32xbf16, #dag.sharding<[{dp}, {}, {}]>>,
      tensor<4xi32, #dag.sharding<[{dp}]>>)
      -> tensor<4x1x32xbf16, #dag.sharding<[{dp}, {}, {}]>>
}

// -----

dag.mesh @m <dp = 2, tp = 2>
// CHECK-LABEL: dag.model @pages on @m
dag.model @pages on @m {
  %p = dag.input "p" : tensor<4xi32>
  %b = dag.input "b" : tensor<4x3xi32>
  %bs = dag.input "bs" : tensor<4x3xi32, #dag.sharding<[{dp}, {}]>>
  %n = dag.input "n"
      : tensor<4x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %c = dag.kv_cache "c"
      : tensor<9x16x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // CHECK: %[[U:.*]] = dag.kv_cache_update %{{.*}}, %n at %p pages %b : (tensor<9x16x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<4x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<4xi32>, tensor<4x3xi32>) -> tensor<9x16x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %0 = dag.kv_cache_update %c, %n at %p pages %b : (
      tensor<9x16x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<4x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<4xi32>, tensor<4x3xi32>)
      -> tensor<9x16x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // CHECK: dag.kv_cache_gather %[[U]] pages %b : (tensor<9x16x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<4x3xi32>) -> tensor<4x48x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %1 = dag.kv_cache_gather %0 pages %b : (
      tensor<9x16x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<4x3xi32>)
      -> tensor<4x48x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // A rank may gather for some of the sequences.
  // CHECK: dag.kv_cache_gather %[[U]] pages %bs
  %2 = dag.kv_cache_gather %0 pages %bs : (
      tensor<9x16x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<4x3xi32, #dag.sharding<[{dp}, {}]>>)
      -> tensor<4x48x2x16xbf16, #dag.sharding<[{dp}, {}, {tp}, {}]>>
}

// -----

// A rank has some of the sequences, and their pages.

dag.mesh @m <dp = 2>
// CHECK-LABEL: dag.model @pages_of_ranks on @m
dag.model @pages_of_ranks on @m {
  %p = dag.input "p" : tensor<4xi32, #dag.sharding<[{dp}]>>
  %b = dag.input "b" : tensor<4x3xi32, #dag.sharding<[{dp}, {}]>>
  %n = dag.input "n" : tensor<4x8x16xbf16, #dag.sharding<[{dp}, {}, {}]>>
  %c = dag.kv_cache "c" : tensor<10x16x16xbf16, #dag.sharding<[{dp}, {}, {}]>>
  // CHECK: %[[U:.*]] = dag.kv_cache_update
  %0 = dag.kv_cache_update %c, %n at %p pages %b : (
      tensor<10x16x16xbf16, #dag.sharding<[{dp}, {}, {}]>>,
      tensor<4x8x16xbf16, #dag.sharding<[{dp}, {}, {}]>>,
      tensor<4xi32, #dag.sharding<[{dp}]>>,
      tensor<4x3xi32, #dag.sharding<[{dp}, {}]>>)
      -> tensor<10x16x16xbf16, #dag.sharding<[{dp}, {}, {}]>>
  // CHECK: dag.kv_cache_gather %[[U]] pages %b
  %1 = dag.kv_cache_gather %0 pages %b : (
      tensor<10x16x16xbf16, #dag.sharding<[{dp}, {}, {}]>>,
      tensor<4x3xi32, #dag.sharding<[{dp}, {}]>>)
      -> tensor<4x48x16xbf16, #dag.sharding<[{dp}, {}, {}]>>
}

// -----

// CHECK-LABEL: dag.model @composites
dag.model @composites {
  %x = dag.input "x" : tensor<2x4x64xbf16>
  %p = dag.input "p" : tensor<2xi32>
  %b = dag.input "b" : tensor<2x3xi32>
  %wq = dag.parameter "wq" : tensor<64x64xbf16>
  %wk = dag.parameter "wk" : tensor<32x64xbf16>
  %k = dag.kv_cache "k" : tensor<6x8x2x16xf8E4M3FN>
  %v = dag.kv_cache "v" : tensor<6x8x2x16xf8E4M3FN>
  // CHECK: dag.attention %x, %wq, %wk, %wk, %wq cache(%{{.*}}, %{{.*}}) at %p pages %b heads = 4
  %0 = dag.attention %x, %wq, %wk, %wk, %wq cache(%k, %v) at %p pages %b
      heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal
      theta = 100.0 : (tensor<2x4x64xbf16>, tensor<64x64xbf16>,
      tensor<32x64xbf16>, tensor<32x64xbf16>, tensor<64x64xbf16>,
      tensor<6x8x2x16xf8E4M3FN>, tensor<6x8x2x16xf8E4M3FN>, tensor<2xi32>,
      tensor<2x3xi32>) -> tensor<2x4x64xbf16>
}
