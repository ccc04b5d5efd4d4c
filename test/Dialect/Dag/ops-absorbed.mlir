// RUN: dag-opt %s | dag-opt | FileCheck %s
// RUN: dag-opt --emit-bytecode %s | dag-opt | FileCheck %s
// RUN: dag-opt --mlir-print-op-generic %s | dag-opt | FileCheck %s

// Latent attention in the basis of the latent vectors.

dag.mesh @m <tp = 2>

// CHECK-LABEL: dag.model @absorbed on @m
dag.model @absorbed on @m {
  %x = dag.input "x" : tensor<1x1x64xbf16>
  %c = dag.input "c" : tensor<1x8x32xbf16>
  %r = dag.input "r" : tensor<1x8x8xbf16>
  %wq = dag.parameter "wq" : tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wkv = dag.parameter "wkv" : tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: %q, %k, %v = dag.absorbed_qkv_projection %x, %c, %r, %wq, %wkv heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 : {{.*}} -> (tensor<1x1x4x40xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<1x8x1x40xbf16>, tensor<1x8x1x32xbf16>)
  %q, %k, %v = dag.absorbed_qkv_projection %x, %c, %r, %wq, %wkv
      heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 : (
      tensor<1x1x64xbf16>, tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
      tensor<96x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>)
      -> (tensor<1x1x4x40xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
          tensor<1x8x1x40xbf16>, tensor<1x8x1x32xbf16>)
  %s = dag.input "sum" :
      tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // CHECK: dag.absorbed_values %sum, %wkv nope_dim = 16 v_dim = 16 : {{.*}} -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %y = dag.absorbed_values %s, %wkv nope_dim = 16 v_dim = 16 : (
      tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<128x32xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}
