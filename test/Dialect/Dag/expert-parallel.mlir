// RUN: dag-opt %s --verify-roundtrip | FileCheck %s

// Both ways to split experts, each with the same dispatch, expert and combine.

dag.mesh @m <ep = 4, tp = 2>

// CHECK-LABEL: dag.model @replicated_tokens
dag.model @replicated_tokens on @m <num_experts = 8, top_k = 2> {
  %x = dag.input "x" : tensor<4x8x64xbf16>
  %r = dag.parameter "router" : tensor<8x64xbf16>
  %g = dag.parameter "gate"
      : tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>
  %u = dag.parameter "up"
      : tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>
  %d = dag.parameter "down"
      : tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {tp}]>>
  %w, %i = dag.router %x, %r top_k = 2
      : (tensor<4x8x64xbf16>, tensor<8x64xbf16>)
      -> (tensor<4x8x2xbf16>, tensor<4x8x2xi32>)
  %0 = dag.dispatch %x, %i experts = 8 capacity = 16
      : (tensor<4x8x64xbf16>, tensor<4x8x2xi32>) -> tensor<8x16x64xbf16>
  %1 = dag.slice %0 dim 0 over {ep} : (tensor<8x16x64xbf16>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %2 = dag.expert silu %1, %g, %u, %d
      : (tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
         tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>,
         tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>,
         tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {tp}]>>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}], partial = {tp}>>
  // CHECK: dag.combine {{.*}} -> tensor<4x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep, tp}>>
  %3 = dag.combine %2, %w, %i
      : (tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}], partial = {tp}>>,
         tensor<4x8x2xbf16>, tensor<4x8x2xi32>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep, tp}>>
  // CHECK: dag.all_reduce {{.*}} over {ep, tp} {{.*}} -> tensor<4x8x64xbf16>
  %4 = dag.all_reduce %3 over {ep, tp}
      : (tensor<4x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep, tp}>>)
      -> tensor<4x8x64xbf16>
  dag.output %4 "y" : tensor<4x8x64xbf16>
}

// CHECK-LABEL: dag.model @sharded_tokens
dag.model @sharded_tokens on @m <num_experts = 8, top_k = 2> {
  %x = dag.input "x" : tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %r = dag.parameter "router" : tensor<8x64xbf16>
  %g = dag.parameter "gate"
      : tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %u = dag.parameter "up"
      : tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %d = dag.parameter "down"
      : tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %w, %i = dag.router %x, %r top_k = 2
      : (tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<8x64xbf16>)
      -> (tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>,
          tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>)
  // CHECK: dag.dispatch {{.*}} -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
  %0 = dag.dispatch %x, %i experts = 8 capacity = 16
      : (tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
         tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
  %1 = dag.all_to_all %0 split 0 concat 1 over {ep}
      : (tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %2 = dag.expert silu %1, %g, %u, %d
      : (tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
         tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
         tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
         tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {}]>>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %3 = dag.all_to_all %2 split 1 concat 0 over {ep}
      : (tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
  // CHECK: dag.combine {{.*}} -> tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %4 = dag.combine %3, %w, %i
      : (tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>,
         tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>,
         tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  dag.output %4 "y" : tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
}
