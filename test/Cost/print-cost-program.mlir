// RUN: dag-opt %s --split-input-file -o /dev/null \
// RUN:   --dag-print-cost="device=round devices=%S/Inputs/devices.json" \
// RUN:   | FileCheck %s

// Programs of ranks have a row for each function, and calls the same cost as the
// ops of a plan.

// Bytes that a rank of four sends: 2 * 3/4 of 4096 for an all-reduce; 3/4 of
// what is gathered, scattered or summed; 3/4 of a rank's tensor; all of it from
// the root of a broadcast; 3/4 from or to a root.

// CHECK-LABEL: # Cost of @calls
// CHECK: | ranks | 4 |
// CHECK: ## One rank of each function
// CHECK: | part | parameters | bytes | KV cache bytes | FLOPs | collectives | bytes sent | sends | bytes sent |
// CHECK: | @main | 0 | 0 | 0 | 0 | 7 | 25600 | 0 | 0 |
// CHECK: ## Collectives of a rank
// CHECK: | part | all_reduce | bytes sent | all_gather | bytes sent | reduce_scatter | bytes sent | all_to_all | bytes sent | broadcast | bytes sent | scatter | bytes sent | gather | bytes sent |
// CHECK: | @main | 1 | 6144 | 1 | 3072 | 1 | 3072 | 1 | 3072 | 1 | 4096 | 1 | 3072 | 1 | 3072 |
dag.mesh @m <tp = 4, one = 1>
dag.program @calls on @m {
  dag.communicator @tp over {tp}
  dag.communicator @one over {one}
  dag.function @main ranks 0 to 3 {
    %x = dag.input "x" : tensor<2048xbf16>
    %l = dag.to_local %x : (tensor<2048xbf16>) -> tensor<2048xbf16>
    %m = dag.input "m" : tensor<32x64xbf16>
    %n = dag.to_local %m : (tensor<32x64xbf16>) -> tensor<32x64xbf16>
    %0 = dag.comm.all_reduce %l on @tp
        : (tensor<2048xbf16>) -> tensor<2048xbf16>
    %1 = dag.comm.reduce_scatter %0 dim 0 on @tp
        : (tensor<2048xbf16>) -> tensor<512xbf16>
    %2 = dag.comm.all_gather %1 dim 0 on @tp
        : (tensor<512xbf16>) -> tensor<2048xbf16>
    %3 = dag.comm.all_to_all %n split 0 concat 1 on @tp
        : (tensor<32x64xbf16>) -> tensor<8x256xbf16>
    %4 = dag.comm.broadcast %2 root 0 on @tp
        : (tensor<2048xbf16>) -> tensor<2048xbf16>
    %5 = dag.comm.scatter %4 dim 0 root 0 on @tp
        : (tensor<2048xbf16>) -> tensor<512xbf16>
    %6 = dag.comm.gather %5 dim 0 root 0 on @tp
        : (tensor<512xbf16>) -> tensor<2048xbf16>
    // A group of one rank does not communicate.
    %7 = dag.comm.all_reduce %5 on @one : (tensor<512xbf16>) -> tensor<512xbf16>
  }
}

// -----

// Rank 0 sends 2000 bytes to its neighbor on the node, 1000 + 100 + 2000 ns, in
// a group, and rank 1 to the other node: 1000 + 500 + 20000. What stays on the
// rank takes no time. Parameters and caches count with their shards, a tied one
// once: 8 * 4 and 2 * 4 * 8 elements; 2 * 8 * 4 * 4 operations are far below a
// nanosecond.

// CHECK-LABEL: # Cost of @transfers
// CHECK: | @first | 32 | 64 | 128 | 256 | 0 | 0 | 1 | 2000 |
// CHECK: | @second | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 2000 |
// CHECK: | @third | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |
// CHECK: ## Time of a rank on round
// CHECK: | part | bytes read | bytes written | compute ns | collectives ns | sends ns | all ns |
// CHECK: | @first |{{.*}}| 0 | 3100 | 3100 |
// CHECK: | @second | 0 | 0 | 0 | 0 | 21500 | 21500 |
dag.mesh @m <pp = 4>
dag.program @transfers on @m {
  dag.comm_buffer @b : tensor<1000xbf16>
  dag.communicator @pp over {pp}
  dag.function @first stage 0 ranks 0 {
    %x = dag.input "x" : tensor<1000xbf16>
    %l = dag.to_local %x : (tensor<1000xbf16>) -> tensor<1000xbf16>
    %w = dag.parameter "w" : tensor<8x4xbf16>
    %lw = dag.to_local %w : (tensor<8x4xbf16>) -> tensor<8x4xbf16>
    %v = dag.parameter "w" : tensor<8x4xbf16>
    %c = dag.kv_cache "c" : tensor<2x4x8xbf16>
    %y = dag.input "y" : tensor<4x4xbf16>
    %ly = dag.to_local %y : (tensor<4x4xbf16>) -> tensor<4x4xbf16>
    %0 = dag.linear %ly, %lw : (tensor<4x4xbf16>, tensor<8x4xbf16>)
        -> tensor<4x8xbf16>
    dag.comm.group {
      dag.comm.send %l to 1 on @pp via @b : tensor<1000xbf16>
      dag.yield
    }
  }
  dag.function @second stage 1 ranks 1 {
    %0 = dag.comm.recv from 0 on @pp via @b : tensor<1000xbf16>
    dag.comm.send %0 to 2 on @pp via @b : tensor<1000xbf16>
  }
  dag.function @third stage 2 ranks 2 {
    %0 = dag.comm.recv from 1 on @pp via @b : tensor<1000xbf16>
    dag.stash %0 in @b : tensor<1000xbf16>
    %1 = dag.unstash @b : tensor<1000xbf16>
  }
}
