// RUN: dag-opt %s --split-input-file --dag-decompose-composites | FileCheck %s --enable-var-scope
// RUN: dag-opt %s --split-input-file --dag-decompose-attention | FileCheck %s --check-prefix=ATTENTION

// All ranks have all experts: nothing is sliced.

// ATTENTION-LABEL: dag.model @whole
// ATTENTION: dag.moe
// CHECK-LABEL: dag.model @whole
dag.model @whole {
  // CHECK: %[[X:[a-z0-9_]+]] = dag.input "x"
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %r = dag.input "r" : tensor<8x64xbf16>
  %g = dag.input "g" : tensor<8x128x64xbf16>
  %u = dag.input "u" : tensor<8x128x64xbf16>
  %d = dag.input "d" : tensor<8x64x128xbf16>
  // CHECK: %[[W:[a-z0-9_]+]], %[[I:[a-z0-9_]+]] = dag.router %[[X]], %r top_k = 2 scoring sigmoid normalize : (tensor<1x8x64xbf16>, tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
  // CHECK-NEXT: %[[S:[a-z0-9_]+]] = dag.dispatch %[[X]], %[[I]] experts = 8 capacity = 4 : (tensor<1x8x64xbf16>, tensor<1x8x2xi32>) -> tensor<8x4x64xbf16>
  // CHECK-NEXT: %[[Y:[a-z0-9_]+]] = dag.expert gelu %[[S]], %g, %u, %d : (tensor<8x4x64xbf16>, tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>) -> tensor<8x4x64xbf16>
  // CHECK-NEXT: %[[Z:[a-z0-9_]+]] = dag.combine %[[Y]], %[[W]], %[[I]] {note = 1 : i64} : (tensor<8x4x64xbf16>, tensor<1x8x2xbf16>, tensor<1x8x2xi32>) -> tensor<1x8x64xbf16>
  // CHECK-NEXT: dag.output %[[Z]] "y"
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 4 activation gelu
      scoring sigmoid normalize {note = 1} : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>, tensor<8x128x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x64x128xbf16>) -> tensor<1x8x64xbf16>
  dag.output %0 "y" : tensor<1x8x64xbf16>
}

// -----

// Sharded tokens, sharded experts of which some are padding, and a sharded
// inner dimension.

#gate = #dag.sharding<[{ep} pad 2, {tp}, {}]>

dag.mesh @m <dp = 2, ep = 4, tp = 2>
// CHECK-LABEL: dag.model @padded
dag.model @padded on @m {
  %x = dag.input "x" : tensor<2x8x64xbf16, #dag.sharding<[{dp}, {}, {}]>>
  %r = dag.input "r" : tensor<6x64xbf16>
  %g = dag.input "g" : tensor<8x128x64xbf16, #gate>
  %u = dag.input "u" : tensor<8x128x64xbf16, #gate>
  %d = dag.input "d" : tensor<8x64x128xbf16, #dag.sharding<[{ep} pad 2, {}, {tp}]>>
  // CHECK: %[[W:[a-z0-9_]+]], %[[I:[a-z0-9_]+]] = dag.router %{{.*}}, %{{.*}} top_k = 2 :
  // CHECK-NEXT: %[[S:[a-z0-9_]+]] = dag.dispatch %{{.*}}, %[[I]] experts = 6 capacity = 16 : {{.*}} -> tensor<6x16x64xbf16, #dag.sharding<[{}, {dp}, {}]>>
  // CHECK-NEXT: %[[K:[a-z0-9_]+]] = dag.slice %[[S]] dim 0 over {ep} pad 2 : {{.*}} -> tensor<8x16x64xbf16, #dag.sharding<[{ep} pad 2, {dp}, {}]>>
  // CHECK-NEXT: %[[Y:[a-z0-9_]+]] = dag.expert silu %[[K]], {{.*}} -> tensor<8x16x64xbf16, #dag.sharding<[{ep} pad 2, {dp}, {}], partial = {tp}>>
  // CHECK-NEXT: dag.combine %[[Y]], %[[W]], %[[I]] : {{.*}} -> tensor<2x8x64xbf16, #dag.sharding<[{dp}, {}, {}], partial = {ep, tp}>>
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu :
      (tensor<2x8x64xbf16, #dag.sharding<[{dp}, {}, {}]>>, tensor<6x64xbf16>,
       tensor<8x128x64xbf16, #gate>, tensor<8x128x64xbf16, #gate>,
       tensor<8x64x128xbf16, #dag.sharding<[{ep} pad 2, {}, {tp}]>>)
      -> tensor<2x8x64xbf16, #dag.sharding<[{dp}, {}, {}], partial = {ep, tp}>>
}

// -----

// Seven experts on two ranks: one has more of them.

#gate = #dag.sharding<[{ep} uneven, {}, {}]>

dag.mesh @m <ep = 2>
// CHECK-LABEL: dag.model @uneven
dag.model @uneven on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %r = dag.input "r" : tensor<7x64xbf16>
  %g = dag.input "g" : tensor<7x128x64xbf16, #gate>
  %u = dag.input "u" : tensor<7x128x64xbf16, #gate>
  %d = dag.input "d" : tensor<7x64x128xbf16, #gate>
  // CHECK: dag.slice %{{.*}} dim 0 over {ep} uneven :
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu :
      (tensor<1x8x64xbf16>, tensor<7x64xbf16>, tensor<7x128x64xbf16, #gate>,
       tensor<7x128x64xbf16, #gate>, tensor<7x64x128xbf16, #gate>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep}>>
}

// -----

// Attention is a composite as well; a reference stays as it is.

// CHECK-LABEL: dag.model @attention
// ATTENTION-LABEL: dag.model @attention
dag.model @attention {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64x64xbf16>
  // CHECK: dag.qkv_projection
  // CHECK: dag.output_projection
  // ATTENTION: dag.qkv_projection
  // ATTENTION: dag.output_projection
  %0 = dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16
      scale = 1.0 mask none : (tensor<1x8x64xbf16>, tensor<64x64xbf16>,
      tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
      -> tensor<1x8x64xbf16>
}
