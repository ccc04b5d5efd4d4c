// RUN: dag-opt %s --dag-shard=tp=2 --verify-roundtrip \
// RUN:   | FileCheck %s -enable-var-scope

// What goes down to the latent vectors is replicated, and so are their caches,
// which all heads share; what comes up from them is split by heads.

// CHECK-LABEL: dag.model @decode
dag.model @decode {
  %0 = dag.input "x" : tensor<2x1x64xbf16>
  %1 = dag.input "position" : tensor<i32>
  // CHECK: dag.layer 0 (%[[X:.*]] = %{{.*}} : tensor<2x1x64xbf16>, %[[P:.*]] = %{{.*}} : tensor<i32>)
  %2 = dag.layer 0 (%x = %0 : tensor<2x1x64xbf16>, %p = %1 : tensor<i32>)
      -> (tensor<2x1x64xbf16>) {
    // CHECK: dag.parameter "kv_down" : tensor<40x64xbf16>
    %down = dag.parameter "kv_down" : tensor<40x64xbf16>
    %c = dag.linear %x, %down
        : (tensor<2x1x64xbf16>, tensor<40x64xbf16>) -> tensor<2x1x40xbf16>
    // CHECK: %[[PARTS:.*]]:2 = dag.split {{.*}} -> (tensor<2x1x32xbf16>, tensor<2x1x8xbf16>)
    %kv:2 = dag.split %c sizes [32, 8]
        : (tensor<2x1x40xbf16>) -> (tensor<2x1x32xbf16>, tensor<2x1x8xbf16>)
    %norm = dag.parameter "kv_norm" : tensor<32xbf16>
    %latent = dag.rms_norm %kv#0, %norm epsilon = 1.0e-06
        : (tensor<2x1x32xbf16>, tensor<32xbf16>) -> tensor<2x1x32xbf16>
    // CHECK: dag.rotary_embedding %[[PARTS]]#1 at %[[P]] theta = 10000.0 interleaved
    %r = dag.rotary_embedding %kv#1 at %p theta = 10000.0 interleaved
        : (tensor<2x1x8xbf16>, tensor<i32>) -> tensor<2x1x8xbf16>
    // CHECK: dag.kv_cache "latent" : tensor<2x16x32xbf16>
    // CHECK: dag.kv_cache "rope" : tensor<2x16x8xbf16>
    %cl = dag.kv_cache "latent" : tensor<2x16x32xbf16>
    %cr = dag.kv_cache "rope" : tensor<2x16x8xbf16>
    // CHECK-COUNT-2: dag.kv_cache_update
    %ls = dag.kv_cache_update %cl, %latent at %p
        : (tensor<2x16x32xbf16>, tensor<2x1x32xbf16>, tensor<i32>)
        -> tensor<2x16x32xbf16>
    %rs = dag.kv_cache_update %cr, %r at %p
        : (tensor<2x16x8xbf16>, tensor<2x1x8xbf16>, tensor<i32>)
        -> tensor<2x16x8xbf16>
    // CHECK: dag.parameter "wq" : tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>
    // CHECK: dag.parameter "wkv" : tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
    %wq = dag.parameter "wq" : tensor<96x64xbf16>
    %wkv = dag.parameter "wkv" : tensor<128x32xbf16>
    // CHECK: dag.latent_qkv_projection {{.*}} -> (tensor<2x1x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<2x16x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<2x16x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
    %q, %k, %v = dag.latent_qkv_projection %x, %ls, %rs, %wq, %wkv
        heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16
        : (tensor<2x1x64xbf16>, tensor<2x16x32xbf16>, tensor<2x16x8xbf16>,
           tensor<96x64xbf16>, tensor<128x32xbf16>)
        -> (tensor<2x1x4x24xbf16>, tensor<2x16x4x24xbf16>,
            tensor<2x16x4x16xbf16>)
    // CHECK: dag.rotary_embedding %{{.*}} at %[[P]] theta = 10000.0 offset = 16 interleaved
    %qr = dag.rotary_embedding %q at %p theta = 10000.0 offset = 16 interleaved
        : (tensor<2x1x4x24xbf16>, tensor<i32>) -> tensor<2x1x4x24xbf16>
    %s = dag.attention_scores %qr, %k scale = 0.2
        : (tensor<2x1x4x24xbf16>, tensor<2x16x4x24xbf16>)
        -> tensor<2x4x1x16xbf16>
    %w = dag.attention_weights %s at %p mask causal
        : (tensor<2x4x1x16xbf16>, tensor<i32>) -> tensor<2x4x1x16xbf16>
    %o = dag.attention_output %w, %v
        : (tensor<2x4x1x16xbf16>, tensor<2x16x4x16xbf16>)
        -> tensor<2x1x4x16xbf16>
    // CHECK: dag.parameter "wo" : tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
    %wo = dag.parameter "wo" : tensor<64x64xbf16>
    // CHECK: dag.output_projection
    // CHECK-NEXT: dag.all_reduce
    // CHECK-NEXT: dag.yield
    %a = dag.output_projection %o, %wo
        : (tensor<2x1x4x16xbf16>, tensor<64x64xbf16>) -> tensor<2x1x64xbf16>
    dag.yield %a : tensor<2x1x64xbf16>
  }
  dag.output %2 "y" : tensor<2x1x64xbf16>
}
