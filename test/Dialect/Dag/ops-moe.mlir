// RUN: dag-opt %s --allow-unregistered-dialect --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --allow-unregistered-dialect --mlir-print-op-generic | dag-opt --allow-unregistered-dialect | FileCheck %s
// RUN: dag-opt %s --allow-unregistered-dialect --emit-bytecode | dag-opt --allow-unregistered-dialect | FileCheck %s

dag.mesh @m <ep = 2, tp = 2>

// CHECK-LABEL: dag.model @moe on @m
dag.model @moe on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %r = dag.input "r" : tensor<8x64xbf16>
  %g = dag.input "g" : tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>
  %u = dag.input "u" : tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>
  %d = dag.input "d" : tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {tp}]>>
  // CHECK: = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu : (tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>, tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>, tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep, tp}>>
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu : (
      tensor<1x8x64xbf16>, tensor<8x64xbf16>,
      tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>,
      tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep, tp}>>
}

// CHECK-LABEL: dag.model @moe_sigmoid on @m
dag.model @moe_sigmoid on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %r = dag.input "r" : tensor<8x64xbf16>
  %g = dag.input "g" : tensor<8x128x64xbf16>
  %u = dag.input "u" : tensor<8x128x64xbf16>
  %d = dag.input "d" : tensor<8x64x128xbf16>
  // CHECK: = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation gelu scoring sigmoid normalize : (tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation gelu scoring sigmoid normalize :
      (tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x64x128xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @router on @m
dag.model @router on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %r = dag.input "r" : tensor<8x64xbf16>
  // CHECK: = dag.router %x, %r top_k = 2 : (tensor<1x8x64xbf16>, tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
  %0, %1 = dag.router %x, %r top_k = 2 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// CHECK-LABEL: dag.model @router_sigmoid on @m
dag.model @router_sigmoid on @m {
  %x = dag.input "x" : tensor<4x8x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>
  %r = dag.input "r" : tensor<8x64xbf16>
  // CHECK: = dag.router %x, %r top_k = 8 scoring sigmoid normalize : (tensor<4x8x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>, tensor<8x64xbf16>) -> (tensor<4x8x8xbf16, #dag.sharding<[{ep}, {tp}, {}]>>, tensor<4x8x8xi32, #dag.sharding<[{ep}, {tp}, {}]>>)
  %0, %1 = dag.router %x, %r top_k = 8 scoring sigmoid normalize : (
      tensor<4x8x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>, tensor<8x64xbf16>)
      -> (tensor<4x8x8xbf16, #dag.sharding<[{ep}, {tp}, {}]>>,
      tensor<4x8x8xi32, #dag.sharding<[{ep}, {tp}, {}]>>)
}

// CHECK-LABEL: dag.model @dispatch_replicated_tokens on @m
dag.model @dispatch_replicated_tokens on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %i = dag.input "i" : tensor<1x8x2xi32>
  // CHECK: = dag.dispatch %x, %i experts = 8 capacity = 16 : (tensor<1x8x64xbf16>, tensor<1x8x2xi32>) -> tensor<8x16x64xbf16>
  %0 = dag.dispatch %x, %i experts = 8 capacity = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x2xi32>) -> tensor<8x16x64xbf16>
}

// CHECK-LABEL: dag.model @dispatch_sharded_tokens on @m
dag.model @dispatch_sharded_tokens on @m {
  %x = dag.input "x" : tensor<4x8x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>
  %i = dag.input "i" : tensor<4x8x2xi32, #dag.sharding<[{ep}, {tp}, {}]>>
  // CHECK: = dag.dispatch %x, %i experts = 8 capacity = 16 : (tensor<4x8x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>, tensor<4x8x2xi32, #dag.sharding<[{ep}, {tp}, {}]>>) -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep, tp}, {}]>>
  %0 = dag.dispatch %x, %i experts = 8 capacity = 16 : (
      tensor<4x8x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>,
      tensor<4x8x2xi32, #dag.sharding<[{ep}, {tp}, {}]>>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep, tp}, {}]>>
}

// CHECK-LABEL: dag.model @expert on @m
dag.model @expert on @m {
  %x = dag.input "x" : tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %g = dag.input "g" : tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>
  %u = dag.input "u" : tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>
  %d = dag.input "d" : tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {tp}]>>
  // CHECK: = dag.expert silu %x, %g, %u, %d : (tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>, tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>, tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {tp}]>>) -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}], partial = {tp}>>
  %0 = dag.expert silu %x, %g, %u, %d : (
      tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {}]>>,
      tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {tp}]>>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @combine_replicated_tokens on @m
dag.model @combine_replicated_tokens on @m {
  %y = "test.value"() : ()
      -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}], partial = {tp}>>
  %w = dag.input "w" : tensor<1x8x2xbf16>
  %i = dag.input "i" : tensor<1x8x2xi32>
  // CHECK: = dag.combine %{{.*}}, %w, %i : (tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}], partial = {tp}>>, tensor<1x8x2xbf16>, tensor<1x8x2xi32>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep, tp}>>
  %0 = dag.combine %y, %w, %i : (
      tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}], partial = {tp}>>,
      tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep, tp}>>
}

// CHECK-LABEL: dag.model @combine_sharded_tokens on @m
dag.model @combine_sharded_tokens on @m {
  %y = dag.input "y" : tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
  %w = dag.input "w" : tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %i = dag.input "i" : tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>
  // CHECK: = dag.combine %y, %w, %i : (tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>, tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>) -> tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %0 = dag.combine %y, %w, %i : (
      tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {}]>>,
      tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
}

// CHECK-LABEL: dag.model @router_bias on @m
dag.model @router_bias on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<8x64xbf16>
  %b = dag.input "b" : tensor<8xbf16>
  // CHECK: = dag.router %x, %w bias %b top_k = 2 normalize : (tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
  %0, %1 = dag.router %x, %w bias %b top_k = 2 normalize : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>, tensor<8xbf16>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// CHECK-LABEL: dag.model @router_groups on @m
dag.model @router_groups on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<8x64xbf16>
  %c = dag.input "c" : tensor<8xf32>
  // CHECK: = dag.router %x, %w correction %c top_k = 2 scoring sigmoid normalize scale = 2.5 groups = 4 top_groups = 2 group_top = 2 : (tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8xf32>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
  %0, %1 = dag.router %x, %w correction %c top_k = 2 scoring sigmoid normalize
      scale = 2.5 groups = 4 top_groups = 2 group_top = 2 :
      (tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8xf32>)
      -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// CHECK-LABEL: dag.model @router_everything on @m
dag.model @router_everything on @m {
  %x = dag.input "x" : tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %w = dag.input "w" : tensor<8x64xbf16>
  %b = dag.input "b" : tensor<8xbf16>
  %c = dag.input "c" : tensor<8xbf16>
  // CHECK: = dag.router %x, %w bias %b correction %c top_k = 2 scale = 16.0 groups = 8 top_groups = 3 group_top = 1 : (tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<8x64xbf16>, tensor<8xbf16>, tensor<8xbf16>) -> (tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>)
  %0, %1 = dag.router %x, %w bias %b correction %c top_k = 2 scale = 16.0
      groups = 8 top_groups = 3 group_top = 1 :
      (tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<8x64xbf16>,
      tensor<8xbf16>, tensor<8xbf16>)
      -> (tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>)
}

// CHECK-LABEL: dag.model @expert_biases on @m
dag.model @expert_biases on @m {
  %x = dag.input "x" : tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %g = dag.input "g" : tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %u = dag.input "u" : tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %d = dag.input "d" : tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %bg = dag.input "bg" : tensor<8x128xbf16, #dag.sharding<[{ep}, {}]>>
  %bu = dag.input "bu" : tensor<8x128xbf16, #dag.sharding<[{ep}, {}]>>
  %bd = dag.input "bd" : tensor<8x64xbf16, #dag.sharding<[{ep}, {}]>>
  // CHECK: = dag.expert silu %x, %g, %u, %d bias(%bg, %bu, %bd) alpha = 1.702 limit = 7.0 up_offset = 1.0 : (tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<8x128xbf16, #dag.sharding<[{ep}, {}]>>, tensor<8x128xbf16, #dag.sharding<[{ep}, {}]>>, tensor<8x64xbf16, #dag.sharding<[{ep}, {}]>>) -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %0 = dag.expert silu %x, %g, %u, %d bias(%bg, %bu, %bd) alpha = 1.702
      limit = 7.0 up_offset = 1.0 :
      (tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<8x128xbf16, #dag.sharding<[{ep}, {}]>>,
      tensor<8x128xbf16, #dag.sharding<[{ep}, {}]>>,
      tensor<8x64xbf16, #dag.sharding<[{ep}, {}]>>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
}

// CHECK-LABEL: dag.model @expert_limit on @m
dag.model @expert_limit on @m {
  %x = dag.input "x" : tensor<8x16x64xbf16>
  %g = dag.input "g" : tensor<8x128x64xbf16>
  %u = dag.input "u" : tensor<8x128x64xbf16>
  %d = dag.input "d" : tensor<8x64x128xbf16>
  // CHECK: = dag.expert gelu %x, %g, %u, %d limit = 7.0 : (tensor<8x16x64xbf16>, tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>) -> tensor<8x16x64xbf16>
  %0 = dag.expert gelu %x, %g, %u, %d limit = 7.0 : (tensor<8x16x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>)
      -> tensor<8x16x64xbf16>
}
