// RUN: dag-opt %s --dag-decompose-attention | FileCheck %s
// RUN: dag-opt %s --dag-decompose-attention --dag-fuse-attention | FileCheck %s --check-prefix=FUSED

// A plan states that there is no dropout, also where the model says nothing.

// CHECK-LABEL: dag.model @unstated
// FUSED-LABEL: dag.model @unstated
dag.model @unstated {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  // CHECK: dag.dropout {{.*}} p = 0.0 :
  // FUSED: dag.attention {{.*}} mask causal dropout = 0.0 :
  %0 = dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16
      scale = 0.25 mask causal : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @unstated_latent
// FUSED-LABEL: dag.model @unstated_latent
dag.model @unstated_latent {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %wq = dag.input "wq" : tensor<96x64xbf16>
  %wd = dag.input "wd" : tensor<40x64xbf16>
  %n = dag.input "n" : tensor<32xbf16>
  %wkv = dag.input "wkv" : tensor<128x32xbf16>
  %wo = dag.input "wo" : tensor<64x64xbf16>
  // CHECK: dag.dropout {{.*}} p = 0.0 :
  // FUSED: dag.latent_attention {{.*}} theta = 10000.0 dropout = 0.0 :
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 4 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
      tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}
