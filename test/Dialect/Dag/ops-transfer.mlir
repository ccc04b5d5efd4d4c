// RUN: dag-opt %s --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --mlir-print-op-generic | dag-opt | FileCheck %s
// RUN: dag-opt %s --emit-bytecode | dag-opt | FileCheck %s

dag.mesh @m <pp = 2, tp = 2>

// CHECK-LABEL: dag.model @transfer on @m
dag.model @transfer on @m {
  // CHECK: dag.comm_buffer @one : tensor<1x8x64xbf16>
  // CHECK-NOT: slots = 1
  dag.comm_buffer @one : tensor<1x8x64xbf16>
  // CHECK: dag.comm_buffer @two : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, slots = 2
  dag.comm_buffer @two
      : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, slots = 2
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %y = dag.input "y" : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  // CHECK: dag.stage 0
  %0, %1 = dag.stage 0 on pp = 0 (%a = %x : tensor<1x8x64xbf16>,
      %b = %y : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>)
      -> (!dag.transfer<tensor<1x8x64xbf16>>,
          !dag.transfer<tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>>) {
    // CHECK: dag.send %{{.*}} to 1 via @one : (tensor<1x8x64xbf16>) -> !dag.transfer<tensor<1x8x64xbf16>>
    %2 = dag.send %a to 1 via @one
        : (tensor<1x8x64xbf16>) -> !dag.transfer<tensor<1x8x64xbf16>>
    // CHECK: dag.send %{{.*}} to 1 via @two : (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>) -> !dag.transfer<tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>>
    %3 = dag.send %b to 1 via @two
        : (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>)
        -> !dag.transfer<tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>>
    dag.yield %2, %3 : !dag.transfer<tensor<1x8x64xbf16>>,
        !dag.transfer<tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>>
  }
  // CHECK: dag.stage 1
  dag.stage 1 on pp = 1 (%a = %0 : !dag.transfer<tensor<1x8x64xbf16>>) {
    // CHECK: dag.recv %{{.*}} from 0 via @one : (!dag.transfer<tensor<1x8x64xbf16>>) -> tensor<1x8x64xbf16>
    %2 = dag.recv %a from 0 via @one
        : (!dag.transfer<tensor<1x8x64xbf16>>) -> tensor<1x8x64xbf16>
    dag.yield
  }
}
