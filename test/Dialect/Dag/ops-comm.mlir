// RUN: dag-opt --verify-roundtrip %s | FileCheck %s
// RUN: dag-opt --emit-bytecode %s | dag-opt | FileCheck %s
// RUN: dag-opt --mlir-print-op-generic %s | dag-opt | FileCheck %s
// RUN: dag-opt --dag-verify-phase=phase=rank %s -o /dev/null

dag.mesh @m <pp = 2, tp = 2>

// CHECK-LABEL: dag.program @calls on @m
dag.program @calls on @m {
  dag.communicator @tp over {tp}
  dag.communicator @pp over {pp}
  dag.comm_buffer @b : tensor<4x6xf32>
  // The first members have one element more.
  dag.function @more ranks 0, 2 {
    %x = dag.input "x" : tensor<4x6xf32>
    // CHECK: dag.comm.all_gather %{{.*}} dim 0 on @tp uneven : (tensor<4x6xf32>) -> tensor<7x6xf32>
    %0 = dag.comm.all_gather %x dim 0 on @tp uneven
      : (tensor<4x6xf32>) -> tensor<7x6xf32>
  }
  dag.function @less ranks 1, 3 {
    %x = dag.input "y" : tensor<7x6xf32>
    // CHECK: dag.comm.reduce_scatter %{{.*}} dim 0 on @tp uneven : (tensor<7x6xf32>) -> tensor<3x6xf32>
    %0 = dag.comm.reduce_scatter %x dim 0 on @tp uneven
      : (tensor<7x6xf32>) -> tensor<3x6xf32>
  }
  dag.function @main ranks 0 to 3 {
    %x = dag.input "x" : tensor<4x6xf32>
    // CHECK: dag.comm.all_reduce %{{.*}} on @tp : (tensor<4x6xf32>) -> tensor<4x6xf32>
    %0 = dag.comm.all_reduce %x on @tp : (tensor<4x6xf32>) -> tensor<4x6xf32>
    // CHECK: dag.comm.all_gather %{{.*}} dim 0 on @tp : (tensor<4x6xf32>) -> tensor<8x6xf32>
    %1 = dag.comm.all_gather %x dim 0 on @tp
      : (tensor<4x6xf32>) -> tensor<8x6xf32>
    // CHECK: dag.comm.reduce_scatter %{{.*}} dim 1 on @tp : (tensor<4x6xf32>) -> tensor<4x3xf32>
    %3 = dag.comm.reduce_scatter %x dim 1 on @tp
      : (tensor<4x6xf32>) -> tensor<4x3xf32>
    // CHECK: dag.comm.all_to_all %{{.*}} split 1 concat 0 on @tp : (tensor<4x6xf32>) -> tensor<8x3xf32>
    %5 = dag.comm.all_to_all %x split 1 concat 0 on @tp
      : (tensor<4x6xf32>) -> tensor<8x3xf32>
    // CHECK: dag.comm.broadcast %{{.*}} root 1 on @tp : (tensor<4x6xf32>) -> tensor<4x6xf32>
    %6 = dag.comm.broadcast %x root 1 on @tp
      : (tensor<4x6xf32>) -> tensor<4x6xf32>
    // CHECK: dag.comm.scatter %{{.*}} dim 0 root 1 on @tp : (tensor<4x6xf32>) -> tensor<2x6xf32>
    %7 = dag.comm.scatter %x dim 0 root 1 on @tp
      : (tensor<4x6xf32>) -> tensor<2x6xf32>
    // CHECK: dag.comm.gather %{{.*}} dim 1 root 0 on @tp : (tensor<4x6xf32>) -> tensor<4x12xf32>
    %8 = dag.comm.gather %x dim 1 root 0 on @tp
      : (tensor<4x6xf32>) -> tensor<4x12xf32>
    // CHECK: dag.comm.send %{{.*}} to 1 on @pp via @b : tensor<4x6xf32>
    dag.comm.send %x to 1 on @pp via @b : tensor<4x6xf32>
    // CHECK: dag.comm.recv from 0 on @pp via @b : tensor<4x6xf32>
    %9 = dag.comm.recv from 0 on @pp via @b : tensor<4x6xf32>
    // CHECK: %{{.*}} = dag.comm.group -> (tensor<4x6xf32>) {
    // CHECK-NEXT: dag.comm.send %{{.*}} to 1 on @pp : tensor<4x6xf32>
    // CHECK-NEXT: %[[R:.*]] = dag.comm.recv from 1 on @pp : tensor<4x6xf32>
    // CHECK-NEXT: dag.yield %[[R]] : tensor<4x6xf32>
    %10 = dag.comm.group -> (tensor<4x6xf32>) {
      dag.comm.send %x to 1 on @pp : tensor<4x6xf32>
      %11 = dag.comm.recv from 1 on @pp : tensor<4x6xf32>
      dag.yield %11 : tensor<4x6xf32>
    }
    // CHECK: dag.comm.group {
    dag.comm.group {
      dag.comm.send %x to 1 on @pp : tensor<4x6xf32>
      dag.yield
    }
    // CHECK: dag.stash %{{.*}} in @b : tensor<4x6xf32>
    dag.stash %x in @b : tensor<4x6xf32>
    // CHECK: dag.unstash @b : tensor<4x6xf32>
    %12 = dag.unstash @b : tensor<4x6xf32>
  }
}
