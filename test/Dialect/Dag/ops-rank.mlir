// RUN: dag-opt --verify-roundtrip %s | FileCheck %s
// RUN: dag-opt --emit-bytecode %s | dag-opt | FileCheck %s
// RUN: dag-opt --mlir-print-op-generic %s | dag-opt | FileCheck %s
// RUN: dag-opt --dag-verify-phase=phase=rank %s -o /dev/null

// CHECK-LABEL: dag.mesh @m
dag.mesh @m <pp = 2, tp = 2>

// CHECK: dag.program @structure on @m figures {num_layers = 2 : i64} {
dag.program @structure on @m figures {num_layers = 2 : i64} {
  // CHECK-NEXT: dag.communicator @tp over {tp}
  dag.communicator @tp over {tp}
  // CHECK-NEXT: dag.communicator @all over {pp, tp}
  dag.communicator @all over {pp, tp}
  // CHECK-NEXT: dag.comm_buffer @b : tensor<4xf32>, slots = 2
  dag.comm_buffer @b : tensor<4xf32>, slots = 2
  // CHECK-NEXT: dag.schedule "forward" microbatches = 4
  dag.schedule "forward" microbatches = 4
  // CHECK-NEXT: dag.function @stage0 stage 0 ranks 0 to 1 devices = [4, 5] {
  dag.function @stage0 stage 0 ranks 0 to 1 devices = [4, 5] {
  }
  // CHECK: dag.function @main ranks 0, 2 to 3 {
  dag.function @main ranks 0, 2 to 3 {
  }
}

// CHECK-LABEL: dag.program @border on @m
dag.program @border on @m {
  dag.function @main ranks 0 to 3 {
    %w = dag.parameter "w" : tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>
    // CHECK: dag.to_local %w : (tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>) -> tensor<4x4xf32>
    %0 = dag.to_local %w : (tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>)
      -> tensor<4x4xf32>
    %l = dag.layer 0 (%a = %0 : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      dag.yield %a : tensor<4x4xf32>
    }
    // CHECK: dag.from_local %{{.*}} : (tensor<4x4xf32>) -> tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>
    %1 = dag.from_local %l : (tensor<4x4xf32>)
      -> tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>
    dag.output %1 "y" : tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>
  }
}

// Shards of five elements over two ranks are 3 and 2.
// CHECK-LABEL: dag.program @uneven on @m
dag.program @uneven on @m {
  dag.function @first ranks 0, 2 {
    %x = dag.input "x" : tensor<5xf32, #dag.sharding<[{tp} uneven]>>
    // CHECK: -> tensor<3xf32>
    %0 = dag.to_local %x
      : (tensor<5xf32, #dag.sharding<[{tp} uneven]>>) -> tensor<3xf32>
  }
  dag.function @second ranks 1, 3 {
    %x = dag.input "x" : tensor<5xf32, #dag.sharding<[{tp} uneven]>>
    // CHECK: -> tensor<2xf32>
    %0 = dag.to_local %x
      : (tensor<5xf32, #dag.sharding<[{tp} uneven]>>) -> tensor<2xf32>
  }
}

// CHECK-LABEL: dag.program @local on @m
dag.program @local on @m {
  dag.function @main ranks 0 to 3 {
    %x = dag.input "x" : tensor<1x8x4xf32>
    %ids = dag.input "ids" : tensor<1x8xi32>
    // CHECK: %[[O:.*]] = dag.shard_offset 8 split <{tp}> : tensor<i32>
    %o = dag.shard_offset 8 split <{tp}> : tensor<i32>
    // CHECK: dag.shard_offset 9 split <{pp, tp} uneven> : tensor<i64>
    %u = dag.shard_offset 9 split <{pp, tp} uneven> : tensor<i64>
    // CHECK: dag.dynamic_slice %{{.*}} dim 1 at %[[O]] size 4 : (tensor<1x8x4xf32>, tensor<i32>) -> tensor<1x4x4xf32>
    %0 = dag.dynamic_slice %x dim 1 at %o size 4
      : (tensor<1x8x4xf32>, tensor<i32>) -> tensor<1x4x4xf32>
    // CHECK: dag.dynamic_slice %{{.*}} dim 2 size 3 : (tensor<1x8x4xf32>) -> tensor<1x8x3xf32>
    %1 = dag.dynamic_slice %x dim 2 size 3
      : (tensor<1x8x4xf32>) -> tensor<1x8x3xf32>
    // CHECK: dag.pad %{{.*}} dim 1 by 2 : (tensor<1x8x4xf32>) -> tensor<1x10x4xf32>
    %2 = dag.pad %x dim 1 by 2 : (tensor<1x8x4xf32>) -> tensor<1x10x4xf32>
    %t = dag.parameter "t" : tensor<16x4xf32>
    // CHECK: dag.vocab_parallel_embedding %{{.*}}, %t from %[[O]]
    %3 = dag.vocab_parallel_embedding %ids, %t from %o
      : (tensor<1x8xi32>, tensor<16x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    %s = dag.input "s" : tensor<1x2x8x8xf32>
    // CHECK: dag.alibi %{{.*}} at %[[O]] from %[[O]] heads = 4 base = 8.0
    %4 = dag.alibi %s at %o from %o heads = 4 base = 8.0
      : (tensor<1x2x8x8xf32>, tensor<i32>, tensor<i32>) -> tensor<1x2x8x8xf32>
    // CHECK: dag.alibi %{{.*}} heads = 2 base = 8.0
    %5 = dag.alibi %s heads = 2 base = 8.0
      : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
    %y = dag.input "y" : tensor<2x8x4xf32>
    %w = dag.input "w" : tensor<1x8x2xf32>
    %i = dag.input "i" : tensor<1x8x2xi32>
    // CHECK: dag.expert_parallel_combine %{{.*}}, %{{.*}}, %{{.*}} from %[[O]]
    %6 = dag.expert_parallel_combine %y, %w, %i from %o
      : (tensor<2x8x4xf32>, tensor<1x8x2xf32>, tensor<1x8x2xi32>, tensor<i32>)
      -> tensor<1x8x4xf32>
  }
}
