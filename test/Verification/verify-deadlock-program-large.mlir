// What is too large to be simulated is UNVERIFIED.
// RUN: not dag-opt --dag-verify-deadlock %s -o /dev/null 2>&1 | FileCheck %s
// CHECK: UNVERIFIED: the program has more than 262144 ranks, or more than 67108864 calls of all of them
dag.mesh @m <tp = 4294967296>
dag.program @too_large on @m {
  dag.communicator @tp over {tp}
  dag.function @main ranks 0 to 4294967295 {
    %x = dag.input "x" : tensor<2xf32>
    %0 = dag.comm.all_reduce %x on @tp : (tensor<2xf32>) -> tensor<2xf32>
  }
}
