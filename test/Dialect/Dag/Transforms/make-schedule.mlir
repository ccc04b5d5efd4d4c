// RUN: dag-opt %s --split-input-file \
// RUN:   --dag-make-schedule="kind=1f1b stages=2 microbatches=3" | FileCheck %s
// RUN: dag-opt %s --split-input-file \
// RUN:   --dag-make-schedule="kind=forward stages=4 chunks=2 microbatches=2" \
// RUN:   --dag-verify-deadlock | FileCheck %s --check-prefix=FORWARD
// RUN: dag-opt %s --split-input-file \
// RUN:   --dag-make-schedule="kind=gpipe stages=2 microbatches=2 transfers=false" \
// RUN:   | FileCheck %s --check-prefix=COMPUTE

// Without a model, in the place of the schedule that is there.

// CHECK: dag.schedule "1f1b" microbatches = 3 table [
// CHECK-SAME: "0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0F2,0SEND_F2,0RECV_B1,0B1,0RECV_B2,0B2",
// CHECK-SAME: "1RECV_F0,1F0,1RECV_F1,1B0,1SEND_B0,1F1,1B1,{{.*}}"]
// CHECK-NOT: old
// FORWARD: "0F0,0SEND_F0,0F1,0SEND_F1,2RECV_F0,2F0,2RECV_F1,2SEND_F0,2F1,2SEND_F1",
// FORWARD-SAME: "1RECV_F0,1F0,{{.*}}3RECV_F1,3F1"
// COMPUTE: "0F0,0F1,0B0,0B1", "1F0,1F1,1B0,1B1"
dag.schedule "gpipe" microbatches = 9 {old}

// -----

// Ranks and stages are those of the model.

// CHECK-LABEL: dag.model @plan
// CHECK-NEXT: dag.schedule "1f1b" microbatches = 3 table ["0F0,0SEND_F0,
// FORWARD-LABEL: dag.model @plan
// FORWARD-NEXT: dag.schedule "forward" microbatches = 2 table ["0F0,0SEND_F0,0F1,0SEND_F1", "1RECV_F0,1F0,1RECV_F1,1F1"]
// COMPUTE-LABEL: dag.model @plan
// COMPUTE-NEXT: dag.schedule "gpipe" microbatches = 2 table ["0F0,0F1,0B0,0B1", "1F0,1F1,1B0,1B1"]
dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s : !dag.transfer<tensor<64xf32>>
  }
  %2 = dag.stage 1 on pp = 1
      (%i = %1 : !dag.transfer<tensor<64xf32>>) -> (tensor<64xf32>) {
    %x = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %x : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}
