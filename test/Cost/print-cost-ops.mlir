// RUN: dag-opt %s --split-input-file --dag-print-cost -o /dev/null | FileCheck %s

// Products of matrices: the figures are those of the comments.

// CHECK-LABEL: # Cost of @compute
// CHECK: | ranks | 1 |
dag.model @compute {
  %x = dag.input "x" : tensor<2x8x64xbf16>
  %pos = dag.input "position" : tensor<i32>
  %q = dag.input "q" : tensor<2x8x4x16xbf16>
  %k = dag.input "k" : tensor<2x32x2x16xbf16>
  %p = dag.input "p" : tensor<2x4x8x32xbf16>

  // 2 * 2 * 8 * 64 * 256
  // CHECK: | layer 0 | 16384 | 32768 | 0 | 524288 |
  dag.layer 0 (%a = %x : tensor<2x8x64xbf16>) {
    %w = dag.parameter "up" : tensor<256x64xbf16>
    %0 = dag.linear %a, %w : (tensor<2x8x64xbf16>, tensor<256x64xbf16>)
        -> tensor<2x8x256xbf16>
    dag.yield
  }
  // 2 * 2 * 8 * 64 * (64 + 32 + 32)
  // CHECK: | layer 1 | 8192 | 16384 | 0 | 262144 |
  dag.layer 1 (%a = %x : tensor<2x8x64xbf16>) {
    %wq = dag.parameter "q" : tensor<64x64xbf16>
    %wk = dag.parameter "k" : tensor<32x64xbf16>
    %wv = dag.parameter "v" : tensor<32x64xbf16>
    %0:3 = dag.qkv_projection %a, %wq, %wk, %wv heads = 4 kv_heads = 2
        head_dim = 16 : (tensor<2x8x64xbf16>, tensor<64x64xbf16>,
        tensor<32x64xbf16>, tensor<32x64xbf16>) -> (tensor<2x8x4x16xbf16>,
        tensor<2x8x2x16xbf16>, tensor<2x8x2x16xbf16>)
    dag.yield
  }
  // 2 * 2 * 4 * 8 * 32 * 16
  // CHECK: | layer 2 | 0 | 0 | 0 | 65536 |
  dag.layer 2 (%a = %q : tensor<2x8x4x16xbf16>, %b = %k : tensor<2x32x2x16xbf16>) {
    %0 = dag.attention_scores %a, %b scale = 0.25 : (tensor<2x8x4x16xbf16>,
        tensor<2x32x2x16xbf16>) -> tensor<2x4x8x32xbf16>
    dag.yield
  }
  // The same, for the values.
  // CHECK: | layer 4 | 0 | 0 | 0 | 65536 |
  dag.layer 4 (%a = %p : tensor<2x4x8x32xbf16>, %b = %k : tensor<2x32x2x16xbf16>) {
    %0 = dag.attention_output %a, %b : (tensor<2x4x8x32xbf16>,
        tensor<2x32x2x16xbf16>) -> tensor<2x8x4x16xbf16>
    dag.yield
  }
  // 2 * 2 * 8 * 64 * 64
  // CHECK: | layer 5 | 4096 | 8192 | 0 | 131072 |
  dag.layer 5 (%a = %q : tensor<2x8x4x16xbf16>) {
    %w = dag.parameter "o" : tensor<64x64xbf16>
    %0 = dag.output_projection %a, %w : (tensor<2x8x4x16xbf16>,
        tensor<64x64xbf16>) -> tensor<2x8x64xbf16>
    dag.yield
  }
  // What is not a product of matrices counts as nothing.
  // CHECK: | layer 6 | 64 | 128 | 0 | 0 |
  dag.layer 6 (%a = %x : tensor<2x8x64xbf16>) {
    %w = dag.parameter "norm" : tensor<64xbf16>
    %0 = dag.rms_norm %a, %w epsilon = 1.0e-5 : (tensor<2x8x64xbf16>,
        tensor<64xbf16>) -> tensor<2x8x64xbf16>
    dag.yield
  }
  // Composites cost what their parts cost: layers 1, 2, 4 and 5 with 32 keys
  // in the cache, which holds 2 * 2 * 32 * 2 * 16 elements.
  // CHECK: | layer 7 | 12288 | 24576 | 8192 | 524288 |
  dag.layer 7 (%a = %x : tensor<2x8x64xbf16>, %at = %pos : tensor<i32>) {
    %wq = dag.parameter "q7" : tensor<64x64xbf16>
    %wk = dag.parameter "k7" : tensor<32x64xbf16>
    %wv = dag.parameter "v7" : tensor<32x64xbf16>
    %wo = dag.parameter "o7" : tensor<64x64xbf16>
    %ck = dag.kv_cache "ck" : tensor<2x32x2x16xbf16>
    %cv = dag.kv_cache "cv" : tensor<2x32x2x16xbf16>
    %0 = dag.attention %a, %wq, %wk, %wv, %wo cache(%ck, %cv) at %at heads = 4
        kv_heads = 2 head_dim = 16 scale = 0.25 mask causal : (
        tensor<2x8x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
        tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<2x32x2x16xbf16>,
        tensor<2x32x2x16xbf16>, tensor<i32>) -> tensor<2x8x64xbf16>
    dag.yield
  }
  // 16 tokens: down to the latent 2 * 16 * 64 * 40, queries 2 * 16 * 64 * 96,
  // keys and values 2 * 16 * 32 * 128, scores 2 * 16 * 8 * 96, sums
  // 2 * 16 * 8 * 64, output 2 * 16 * 64 * 64.
  // CHECK: | layer 8 | 16928 | 33856 | 0 | 581632 |
  dag.layer 8 (%a = %x : tensor<2x8x64xbf16>) {
    %wq = dag.parameter "q8" : tensor<96x64xbf16>
    %down = dag.parameter "down" : tensor<40x64xbf16>
    %norm = dag.parameter "norm8" : tensor<32xbf16>
    %wkv = dag.parameter "kv" : tensor<128x32xbf16>
    %wo = dag.parameter "o8" : tensor<64x64xbf16>
    %0 = dag.latent_attention %a, %wq, %down, %norm, %wkv, %wo heads = 4
        nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-6 scale = 0.2
        theta = 10000.0 : (tensor<2x8x64xbf16>, tensor<96x64xbf16>,
        tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
        tensor<64x64xbf16>) -> tensor<2x8x64xbf16>
    dag.yield
  }
  // Three elements of four bits take two bytes.
  // CHECK: | layer 9 | 3 | 2 | 0 | 0 |
  dag.layer 9 () {
    %w = dag.parameter "small" : tensor<3xi4>
    dag.yield
  }
  // CHECK-NEXT: | model | 57955 | 115906 | 8192 | 2154496 | 0 | 0 | 0 | 0 |
  // CHECK-NOT: ## Collectives
}

// -----

// A mixture: 16 tokens with two experts each fill 32 of the 8 * 16 slots.

// CHECK-LABEL: # Cost of @mixture
dag.model @mixture {
  %x = dag.input "x" : tensor<2x8x64xbf16>
  // Router 2 * 16 * 64 * 8, experts 3 * 2 * 32 * 64 * 128.
  // The composite of layer 1 costs the same, so that both have one row.
  // CHECK: | layers 0-1, each | 197120 | 394240 | 0 | 1589248 |
  dag.layer 0 (%a = %x : tensor<2x8x64xbf16>) {
    %r = dag.parameter "router" : tensor<8x64xbf16>
    %g = dag.parameter "gate" : tensor<8x128x64xbf16>
    %u = dag.parameter "up" : tensor<8x128x64xbf16>
    %d = dag.parameter "down" : tensor<8x64x128xbf16>
    %w, %i = dag.router %a, %r top_k = 2 : (tensor<2x8x64xbf16>,
        tensor<8x64xbf16>) -> (tensor<2x8x2xbf16>, tensor<2x8x2xi32>)
    %s = dag.dispatch %a, %i experts = 8 capacity = 16 : (tensor<2x8x64xbf16>,
        tensor<2x8x2xi32>) -> tensor<8x16x64xbf16>
    %y = dag.expert silu %s, %g, %u, %d : (tensor<8x16x64xbf16>,
        tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>)
        -> tensor<8x16x64xbf16>
    %0 = dag.combine %y, %w, %i : (tensor<8x16x64xbf16>, tensor<2x8x2xbf16>,
        tensor<2x8x2xi32>) -> tensor<2x8x64xbf16>
    dag.yield
  }
  dag.layer 1 (%a = %x : tensor<2x8x64xbf16>) {
    %r = dag.parameter "router1" : tensor<8x64xbf16>
    %g = dag.parameter "gate1" : tensor<8x128x64xbf16>
    %u = dag.parameter "up1" : tensor<8x128x64xbf16>
    %d = dag.parameter "down1" : tensor<8x64x128xbf16>
    %0 = dag.moe %a, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu : (
        tensor<2x8x64xbf16>, tensor<8x64xbf16>, tensor<8x128x64xbf16>,
        tensor<8x128x64xbf16>, tensor<8x64x128xbf16>) -> tensor<2x8x64xbf16>
    dag.yield
  }
  // No more than all slots are filled: 3 * 2 * 8 * 2 * 64 * 128.
  // CHECK: | layer 2 | 197120 | 394240 | 0 | 802816 |
  dag.layer 2 (%a = %x : tensor<2x8x64xbf16>) {
    %r = dag.parameter "router2" : tensor<8x64xbf16>
    %g = dag.parameter "gate2" : tensor<8x128x64xbf16>
    %u = dag.parameter "up2" : tensor<8x128x64xbf16>
    %d = dag.parameter "down2" : tensor<8x64x128xbf16>
    %0 = dag.moe %a, %r, %g, %u, %d top_k = 2 capacity = 2 activation silu : (
        tensor<2x8x64xbf16>, tensor<8x64xbf16>, tensor<8x128x64xbf16>,
        tensor<8x128x64xbf16>, tensor<8x64x128xbf16>) -> tensor<2x8x64xbf16>
    dag.yield
  }
}

// -----

// Bytes that a rank of four sends for a tensor of 4096 bytes.

dag.mesh @m <tp = 4, one = 1>

// CHECK-LABEL: # Cost of @collectives
dag.model @collectives on @m {
  %x = dag.input "x" : tensor<2048xbf16>
  %s = dag.input "s" : tensor<2048xbf16, #dag.sharding<[{tp}]>>
  %r = dag.input "r" : tensor<2048xbf16, #dag.sharding<[{}], root = {tp = 0}>>
  %v = dag.input "v" : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %n = dag.input "n" : tensor<16x16xbf16, #dag.sharding<[{}, {tp}]>>
  %w = dag.parameter "w" : tensor<2048x16xbf16, #dag.sharding<[{}, {tp}]>>

  // 2 * 3/4
  // CHECK: | layer 0 | 0 | 0 | 0 | 262144 | 1 | 98304 |
  // 3/4 of what is reduced
  // CHECK: | layer 1 | 0 | 0 | 0 | 262144 | 1 | 49152 |
  // 3/4 of what is gathered
  // CHECK: | layer 2 | 0 | 0 | 0 | 0 | 1 | 3072 |
  // 3/4 of a rank's quarter
  // CHECK: | layer 3 | 0 | 0 | 0 | 0 | 1 | 768 |
  // All of it, from the root
  // CHECK: | layer 4 | 0 | 0 | 0 | 0 | 1 | 4096 |
  // 3/4 from or to the root
  // CHECK: | layer 5 | 0 | 0 | 0 | 0 | 1 | 3072 |
  // CHECK: | layer 7 | 0 | 0 | 0 | 0 | 1 | 3072 |
  // No communication
  // CHECK: | layers 8-9, each | 0 | 0 | 0 | 0 | 0 | 0 |
  // A padded dimension: 4 ranks have 3 each of 10 and 2 more
  // CHECK: | layer 10 | 0 | 0 | 0 | 0 | 1 | 18 |
  dag.layer 0 (%a = %n : tensor<16x16xbf16, #dag.sharding<[{}, {tp}]>>,
               %b = %w : tensor<2048x16xbf16, #dag.sharding<[{}, {tp}]>>) {
    %0 = dag.linear %a, %b : (tensor<16x16xbf16, #dag.sharding<[{}, {tp}]>>,
        tensor<2048x16xbf16, #dag.sharding<[{}, {tp}]>>)
        -> tensor<16x2048xbf16, #dag.sharding<[{}, {}], partial = {tp}>>
    %1 = dag.all_reduce %0 over {tp} :
        (tensor<16x2048xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
        -> tensor<16x2048xbf16>
    dag.yield
  }
  dag.layer 1 (%a = %n : tensor<16x16xbf16, #dag.sharding<[{}, {tp}]>>,
               %b = %w : tensor<2048x16xbf16, #dag.sharding<[{}, {tp}]>>) {
    %0 = dag.linear %a, %b : (tensor<16x16xbf16, #dag.sharding<[{}, {tp}]>>,
        tensor<2048x16xbf16, #dag.sharding<[{}, {tp}]>>)
        -> tensor<16x2048xbf16, #dag.sharding<[{}, {}], partial = {tp}>>
    %1 = dag.reduce_scatter %0 dim 0 over {tp} :
        (tensor<16x2048xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
        -> tensor<16x2048xbf16, #dag.sharding<[{tp}, {}]>>
    dag.yield
  }
  dag.layer 2 (%a = %s : tensor<2048xbf16, #dag.sharding<[{tp}]>>) {
    %0 = dag.all_gather %a dim 0 over {tp} :
        (tensor<2048xbf16, #dag.sharding<[{tp}]>>) -> tensor<2048xbf16>
    dag.yield
  }
  dag.layer 3 (%a = %v : tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>) {
    %0 = dag.all_to_all %a split 1 concat 0 over {tp} :
        (tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>)
        -> tensor<32x64xbf16, #dag.sharding<[{}, {tp}]>>
    dag.yield
  }
  dag.layer 4 (%a = %r : tensor<2048xbf16, #dag.sharding<[{}], root = {tp = 0}>>) {
    %0 = dag.broadcast %a from {tp = 0} :
        (tensor<2048xbf16, #dag.sharding<[{}], root = {tp = 0}>>)
        -> tensor<2048xbf16>
    dag.yield
  }
  dag.layer 5 (%a = %r : tensor<2048xbf16, #dag.sharding<[{}], root = {tp = 0}>>) {
    %0 = dag.scatter %a dim 0 from {tp = 0} :
        (tensor<2048xbf16, #dag.sharding<[{}], root = {tp = 0}>>)
        -> tensor<2048xbf16, #dag.sharding<[{tp}]>>
    dag.yield
  }
  dag.layer 7 (%a = %s : tensor<2048xbf16, #dag.sharding<[{tp}]>>) {
    %0 = dag.gather %a dim 0 to {tp = 0} :
        (tensor<2048xbf16, #dag.sharding<[{tp}]>>)
        -> tensor<2048xbf16, #dag.sharding<[{}], root = {tp = 0}>>
    dag.yield
  }
  dag.layer 8 (%a = %x : tensor<2048xbf16>) {
    %0 = dag.slice %a dim 0 over {tp} :
        (tensor<2048xbf16>) -> tensor<2048xbf16, #dag.sharding<[{tp}]>>
    dag.yield
  }
  dag.layer 9 (%a = %x : tensor<2048xbf16>) {
    %0 = dag.slice %a dim 0 over {one} :
        (tensor<2048xbf16>) -> tensor<2048xbf16, #dag.sharding<[{one}]>>
    %1 = dag.all_gather %0 dim 0 over {one} :
        (tensor<2048xbf16, #dag.sharding<[{one}]>>) -> tensor<2048xbf16>
    dag.yield
  }
  %t = dag.input "t" : tensor<10xbf16>
  dag.layer 10 (%a = %t : tensor<10xbf16>) {
    %0 = dag.slice %a dim 0 over {tp} pad 2 :
        (tensor<10xbf16>) -> tensor<12xbf16, #dag.sharding<[{tp} pad 2]>>
    %1 = dag.all_gather %0 dim 0 over {tp} :
        (tensor<12xbf16, #dag.sharding<[{tp} pad 2]>>) -> tensor<10xbf16>
    dag.yield
  }
  // CHECK: ## Collectives of a rank
  // CHECK: | part | all_reduce | bytes sent | all_gather | bytes sent | reduce_scatter | bytes sent | all_to_all | bytes sent | broadcast | bytes sent | scatter | bytes sent | gather | bytes sent |
  // CHECK: | model | 1 | 98304 | 2 | 3090 | 1 | 49152 | 1 | 768 | 1 | 4096 | 1 | 3072 | 1 | 3072 |
}

// -----

// What has no size is unknown, never zero, and what is known of a sum is the
// least that it can be.

// CHECK-LABEL: # Cost of @dynamic
// CHECK: | KV cache: tokens | at least 4 |
// CHECK: | KV cache: bytes for a token, all ranks | at least 32 |
// CHECK: | layer 0 | 4096 | 8192 | 0 | unknown | 1 | unknown | 0 | 0 |
// CHECK: | layer 1 | 4096 | 8192 | at least 64 | at least 32768 | 0 | 0 | 0 | 0 |
// CHECK: | layer 2 | 0 | 0 | unknown | 0 | 0 | 0 | 0 | 0 |
// CHECK: ## Collectives of a rank
// CHECK: | layer 0 | 1 | unknown |
// CHECK: | layer 1 | 0 | 0 |
// CHECK: A size is not known: what depends on it is `unknown`, or counts as nothing in a figure that is `at least` so large.
dag.mesh @unknown <tp = 2>
dag.model @dynamic on @unknown {
  %x = dag.input "x" : tensor<?x64xbf16>
  %y = dag.input "y" : tensor<4x64xbf16>
  dag.layer 0 (%a = %x : tensor<?x64xbf16>) {
    %w = dag.parameter "w" : tensor<64x64xbf16>
    %0 = dag.linear %a, %w : (tensor<?x64xbf16>, tensor<64x64xbf16>)
        -> tensor<?x64xbf16>
    %1 = dag.slice %0 dim 1 over {tp} : (tensor<?x64xbf16>)
        -> tensor<?x64xbf16, #dag.sharding<[{}, {tp}]>>
    %2 = dag.all_gather %1 dim 1 over {tp} :
        (tensor<?x64xbf16, #dag.sharding<[{}, {tp}]>>) -> tensor<?x64xbf16>
    dag.yield
  }
  dag.layer 1 (%a = %x : tensor<?x64xbf16>, %b = %y : tensor<4x64xbf16>) {
    %w = dag.parameter "v" : tensor<64x64xbf16>
    %k = dag.kv_cache "k" : tensor<1x4x2x4xbf16>
    %l = dag.kv_cache "l" : tensor<1x?x2x4xbf16>
    %0 = dag.linear %a, %w : (tensor<?x64xbf16>, tensor<64x64xbf16>)
        -> tensor<?x64xbf16>
    %1 = dag.linear %b, %w : (tensor<4x64xbf16>, tensor<64x64xbf16>)
        -> tensor<4x64xbf16>
    dag.yield
  }
  dag.layer 2 () {
    %k = dag.kv_cache "m" : tensor<?x4x2x4xbf16>
    dag.yield
  }
}

// -----

// CHECK-LABEL: # Cost of @empty
// CHECK: | model | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |
dag.model @empty {
}
