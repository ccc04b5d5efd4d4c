// What cannot be run says why.

// RUN: split-file %s %t

// RUN: not dag-run %t/ids.mlir 2>&1 | FileCheck %s --check-prefix=IDS
// IDS: ids.mlir:4:8: error: expected token ids in [0, 2), but got 2
//--- ids.mlir
dag.model @ids {
  %0 = arith.constant dense<[[0, 2]]> : tensor<1x2xi32>
  %1 = arith.constant dense<1.0> : tensor<2x1xf32>
  %2 = dag.embedding %0, %1
      : (tensor<1x2xi32>, tensor<2x1xf32>) -> tensor<1x2x1xf32>
}

// RUN: not dag-run %t/positions.mlir 2>&1 | FileCheck %s --check-prefix=POSITIONS
// POSITIONS: error: expected positions in [0, 3), but got 3
//--- positions.mlir
dag.model @positions {
  %0 = arith.constant dense<0> : tensor<1x2xi32>
  %1 = arith.constant dense<1.0> : tensor<3x1xf32>
  %2 = dag.position_embedding %0, %1 offset = 2
      : (tensor<1x2xi32>, tensor<3x1xf32>) -> tensor<1x2x1xf32>
}

// RUN: not dag-run %t/scaling.mlir 2>&1 | FileCheck %s --check-prefix=SCALING
// SCALING: error: expected a scaling of the rotation that is known, but got 'spiral'
//--- scaling.mlir
dag.model @scaling {
  %0 = arith.constant dense<1.0> : tensor<1x2x4xf32>
  %1 = dag.rotary_embedding %0 theta = 10000.0 scaling {rope_type = "spiral"}
      : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
}

// RUN: not dag-run %t/longrope.mlir 2>&1 | FileCheck %s --check-prefix=LONGROPE
// LONGROPE: error: expected a factor for each of 2 frequencies of the rotation, but got 1
//--- longrope.mlir
dag.model @longrope {
  %0 = arith.constant dense<1.0> : tensor<1x2x4xf32>
  %1 = dag.rotary_embedding %0 theta = 10000.0
      scaling {rope_type = "longrope", short_factor = [1.0], long_factor = [1.0],
               original_max_position_embeddings = 8}
      : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
}

// RUN: not dag-run %t/dynamic.mlir 2>&1 | FileCheck %s --check-prefix=DYNAMIC
// DYNAMIC: error: expected static sizes, but got 'tensor<?xf32>'
//--- dynamic.mlir
dag.model @dynamic {
  %0 = dag.input "x" : tensor<?xf32>
}

// RUN: not dag-run %t/large.mlir 2>&1 | FileCheck %s --check-prefix=LARGE
// LARGE: error: expected a tensor of at most 134217728 elements, but got 'tensor<65536x65536xf32>'
//--- large.mlir
dag.model @large {
  %0 = arith.constant dense<1.0> : tensor<65536x65536xf32>
}

// RUN: not dag-run %t/ranks.mlir 2>&1 | FileCheck %s --check-prefix=RANKS
// RANKS: error: expected at most 4096 ranks, but got 4097
//--- ranks.mlir
dag.mesh @m <tp = 4097>
dag.model @ranks on @m {
}

// RUN: not dag-run %t/names.mlir 2>&1 | FileCheck %s --check-prefix=NAMES
// NAMES: error: expected outputs with different names, but 'y' is there already
//--- names.mlir
dag.model @names {
  %0 = arith.constant dense<1.0> : tensor<2xf32>
  dag.output %0 "y" : tensor<2xf32>
  dag.output %0 "y" : tensor<2xf32>
}

// RUN: not dag-run %t/absent.mlir 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: error: expected the operands on every rank, but rank 1 does not have one
//--- absent.mlir
dag.mesh @m <pp = 2>
dag.model @absent on @m {
  %0 = dag.stage 0 on pp = 0 layers [0, 1) () -> (tensor<2xf32>) {
    %a = arith.constant dense<1.0> : tensor<2xf32>
    dag.yield %a : tensor<2xf32>
  }
  dag.stage 1 on pp = 1 layers [1, 2) (%a = %0 : tensor<2xf32>) -> () {
    check.equal %a, %a : tensor<2xf32>
    dag.yield
  }
}

// RUN: not dag-run %t/foreign.mlir 2>&1 | FileCheck %s --check-prefix=FOREIGN
// FOREIGN: error: expected an op that can be interpreted, but got 'arith.negf'
//--- foreign.mlir
dag.model @foreign {
  %0 = arith.constant dense<1.0> : tensor<2xf32>
  %1 = arith.negf %0 : tensor<2xf32>
}

// RUN: not dag-run %t/negative.mlir 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: error: expected positions in [0, 3), but got -1
//--- negative.mlir
dag.model @negative {
  %0 = arith.constant dense<0> : tensor<1x2xi32>
  %1 = arith.constant dense<1.0> : tensor<3x1xf32>
  %2 = arith.constant dense<-1> : tensor<i32>
  %3 = dag.position_embedding %0, %1 at %2
      : (tensor<1x2xi32>, tensor<3x1xf32>, tensor<i32>) -> tensor<1x2x1xf32>
}

// RUN: not dag-run %t/outside.mlir 2>&1 | FileCheck %s --check-prefix=OUTSIDE
// OUTSIDE: error: expected the operand on every rank of the group, but rank 1 does not have it
//--- outside.mlir
dag.mesh @m <pp = 2>
dag.model @outside on @m {
  %0 = dag.stage 0 on pp = 0 layers [0, 1) () -> (tensor<2xf32>) {
    %a = arith.constant dense<1.0> : tensor<2xf32>
    dag.yield %a : tensor<2xf32>
  }
  %1 = dag.slice %0 dim 0 over {pp}
      : (tensor<2xf32>) -> tensor<2xf32, #dag.sharding<[{pp}]>>
}

// Nothing, and what is no number of an expert, do no harm.
// RUN: dag-run %t/nothing.mlir
//--- nothing.mlir
dag.model @nothing {
  %0 = arith.constant dense<> : tensor<1x1x2x0xf32>
  %1 = arith.constant dense<> : tensor<0xf32>
  %2 = dag.qk_norm %0, %1 epsilon = 0.0
      : (tensor<1x1x2x0xf32>, tensor<0xf32>) -> tensor<1x1x2x0xf32>
  check.equal %2, %0 : tensor<1x1x2x0xf32>
  %3 = arith.constant dense<[[[7.0], [8.0], [9.0]]]> : tensor<1x3x1xf32>
  %4 = arith.constant dense<[[[-3], [9223372036854775807], [1]]]>
      : tensor<1x3x1xi64>
  %5 = dag.dispatch %3, %4 experts = 2 capacity = 1
      : (tensor<1x3x1xf32>, tensor<1x3x1xi64>) -> tensor<2x1x1xf32>
  %6 = arith.constant dense<[[[0.0]], [[9.0]]]> : tensor<2x1x1xf32>
  check.equal %5, %6 : tensor<2x1x1xf32>
}
