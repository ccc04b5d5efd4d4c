// RUN: dag-opt %s --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --mlir-print-op-generic | dag-opt | FileCheck %s
// RUN: dag-opt %s --emit-bytecode | dag-opt | FileCheck %s

// CHECK: dag.schedule "1f1b" microbatches = 8
// CHECK-NOT: table
dag.schedule "1f1b" microbatches = 8

// CHECK: dag.schedule "mine" microbatches = 2 table ["0F0,0SEND_F0,0F1,0SEND_F1", "1RECV_F0,1F0,1RECV_F1,1F1"]
dag.schedule "mine" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1", "1RECV_F0,1F0,1RECV_F1,1F1"]

// CHECK: dag.schedule "streams" microbatches = 1 table ["INIT:x,0SEND_F0@2,RECORD:e@2,WAIT:e,SYNC", "SPLIT:world:x/1@1"]
dag.schedule "streams" microbatches = 1
    table ["INIT:x,0SEND_F0@2,RECORD:e@2,WAIT:e,SYNC", "SPLIT:world:x/1@1"]

// CHECK: dag.schedule "waits" microbatches = 1 table ["0UNSHARD,0SEND_F0,0SEND_F0>2,0WAIT_SEND_F0,0WAIT_SEND_F0>2", "1SEND_B0,1WAIT_SEND_B0,1REDUCE_GRAD,1WAIT_REDUCE_GRAD"]
dag.schedule "waits" microbatches = 1
    table ["0UNSHARD,0SEND_F0,0SEND_F0>2,0WAIT_SEND_F0,0WAIT_SEND_F0>2",
           "1SEND_B0,1WAIT_SEND_B0,1REDUCE_GRAD,1WAIT_REDUCE_GRAD"]

dag.mesh @m <pp = 2>
// CHECK-LABEL: dag.model @model
dag.model @model on @m {
  // CHECK: dag.schedule "joined" microbatches = 4 table ["(0F0;1B1)OVERLAP_F_B, 0UNSHARD", "(2SEND_F0;2RECV_B3<4)GROUP,ALL_REDUCE:x:4096:bf16"]
  dag.schedule "joined" microbatches = 4
      table ["(0F0;1B1)OVERLAP_F_B, 0UNSHARD",
             "(2SEND_F0;2RECV_B3<4)GROUP,ALL_REDUCE:x:4096:bf16"]
}
