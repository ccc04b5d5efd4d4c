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
  %p = arith.constant dense<2> : tensor<i32>
  %2 = dag.position_embedding %0, %1 at %p
      : (tensor<1x2xi32>, tensor<3x1xf32>, tensor<i32>) -> tensor<1x2x1xf32>
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
// LARGE: error: expected a tensor of at most 536870912 elements, but got 'tensor<65536x65536xf32>'
//--- large.mlir
dag.model @large {
  %0 = arith.constant dense<1.0> : tensor<65536x65536xf32>
}

// All values of a block live until it ends.
// RUN: not dag-run %t/sum.mlir 2>&1 | FileCheck %s --check-prefix=SUM
// SUM: sum.mlir:1:1: error: expected at most 134217728 elements at a time, in the values of all ranks, but got 600000000 on 1 rank
//--- sum.mlir
dag.model @sum {
  %0 = dag.input "a" : tensor<100000000xf32>
  %1 = dag.input "b" : tensor<100000000xf32>
  %2 = dag.input "c" : tensor<100000000xf32>
  %3 = dag.input "d" : tensor<100000000xf32>
  %4 = dag.input "e" : tensor<100000000xf32>
}

// What is replicated is on each rank, what is split on one: 2 * 300000000, and once
// more 100000000 while the last parameter is read.
// RUN: not dag-run %t/sharded-sum.mlir 2>&1 | FileCheck %s --check-prefix=SHARDED-SUM
// SHARDED-SUM: error: expected at most 134217728 elements at a time, in the values of all ranks, but got 700000000 on 2 ranks
//--- sharded-sum.mlir
dag.mesh @mesh <tp = 2>
dag.model @sharded_sum on @mesh {
  %0 = dag.parameter "a" : tensor<100000000xf32>
  %1 = dag.parameter "b" : tensor<100000000xf32>
  %2 = dag.parameter "c" : tensor<100000000xf32, #dag.sharding<[{tp}]>>
  %3 = dag.parameter "d" : tensor<100000000xf32, #dag.sharding<[{tp}]>>
}

// Programs of ranks keep what comes from outside, too.
// RUN: not dag-run %t/program-sum.mlir 2>&1 | FileCheck %s --check-prefix=PROGRAM-SUM
// PROGRAM-SUM: error: expected at most 134217728 elements at a time, in the values of all ranks, but got 600000000 on 2 ranks
//--- program-sum.mlir
dag.mesh @m <tp = 2>
dag.program @p on @m {
  dag.function @all ranks 0 to 1 {
    %0 = dag.input "a" : tensor<100000000xf32>
    %1 = dag.input "b" : tensor<100000000xf32>
  }
}

// What there is while a composite runs, on one rank after the other: three of
// 2 * 8192 * 8192 (scores, weights, what a dropout leaves), queries, keys, values,
// sums.
// RUN: not dag-run %t/composite.mlir 2>&1 | FileCheck %s --check-prefix=COMPOSITE
// COMPOSITE: composite.mlir:1:1: error: expected at most 134217728 elements at a time, in the values of all ranks, but got 403112000 on 1 rank
//--- composite.mlir
dag.model @composite {
  %x = dag.input "x" : tensor<1x8192x8xf32>
  %w = dag.parameter "w" : tensor<8x8xf32>
  %0 = dag.attention %x, %w, %w, %w, %w heads = 2 kv_heads = 2 head_dim = 4
      scale = 0.5 mask causal
      : (tensor<1x8192x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
         tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<1x8192x8xf32>
}

// The bound is an option.
// RUN: dag-run %t/some.mlir --max-elements=16
// RUN: not dag-run %t/some.mlir --max-elements=15 2>&1 | FileCheck %s --check-prefix=SOME
// SOME: some.mlir:1:1: error: expected at most 15 elements at a time, in the values of all ranks, but got 16 on 1 rank
// RUN: bash %S/../Tools/Inputs/expect-status.sh 3 dag-run %t/some.mlir --max-elements=0 | FileCheck %s --check-prefix=NONE
// NONE: error: expected --max-elements of at least 1, but got 0
//--- some.mlir
dag.model @some {
  %0 = dag.input "a" : tensor<8xf32>
}

// Work has a bound, too, which is known before anything runs.
// RUN: not dag-run %t/work.mlir 2>&1 | FileCheck %s --check-prefix=WORK
// WORK: work.mlir:4:8: error: expected at most 4294967296 multiplications and elements read or written, by all ranks in all runs, but got 64080000000 up to this op
//--- work.mlir
dag.model @work {
  %x = dag.input "x" : tensor<1x4000x4000xf32>
  %w = dag.parameter "w" : tensor<4000x4000xf32>
  %y = dag.linear %x, %w : (tensor<1x4000x4000xf32>, tensor<4000x4000xf32>)
      -> tensor<1x4000x4000xf32>
  dag.output %y "y" : tensor<1x4000x4000xf32>
}

// Of all ranks and all runs: on each of two ranks 8 + 16 elements of the inputs,
// 8 * 4 multiplications, and 8 + 16 + 8 elements that these read and write.
// RUN: dag-run %t/ranks-work.mlir --max-work=176
// RUN: not dag-run %t/ranks-work.mlir --max-work=175 2>&1 | FileCheck %s --check-prefix=RANKS-WORK
// RANKS-WORK: ranks-work.mlir:5:8: error: expected at most 175 multiplications and elements read or written, by all ranks in all runs, but got 176 up to this op
// RUN: dag-run %t/ranks-work.mlir --max-work=528 --steps=3
// RUN: not dag-run %t/ranks-work.mlir --max-work=527 --steps=3 2>&1 | FileCheck %s --check-prefix=RUNS-WORK
// RUNS-WORK: ranks-work.mlir:5:8: error: expected at most 527 {{.*}}, but got 528 up to this op
//--- ranks-work.mlir
dag.mesh @m <tp = 2>
dag.model @ranks_work on @m {
  %x = dag.input "x" : tensor<2x4xf32>
  %w = dag.parameter "w" : tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>
  %y = dag.linear %x, %w : (tensor<2x4xf32>, tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>)
      -> tensor<2x8xf32, #dag.sharding<[{}, {tp}]>>
}

// RUN: not dag-run %t/complex.mlir 2>&1 | FileCheck %s --check-prefix=COMPLEX
// COMPLEX: complex.mlir:2:8: error: expected elements that are floats, or integers of 1 to 64 bits, but got 'tensor<4xcomplex<f32>>'
//--- complex.mlir
dag.model @complex {
  %0 = dag.input "x" : tensor<4xcomplex<f32>>
}

// RUN: not dag-run %t/vector.mlir 2>&1 | FileCheck %s --check-prefix=VECTOR
// VECTOR: error: expected elements that are floats, or integers of 1 to 64 bits, but got 'tensor<4xvector<4xf32>>'
//--- vector.mlir
dag.model @vector {
  %0 = dag.parameter "w" : tensor<4xvector<4xf32>>
}

// RUN: not dag-run %t/index.mlir 2>&1 | FileCheck %s --check-prefix=INDEX
// INDEX: error: expected elements that are floats, or integers of 1 to 64 bits, but got 'tensor<4xindex>'
//--- index.mlir
dag.model @index {
  %0 = dag.parameter "w" : tensor<4xindex>
}

// RUN: not dag-run %t/wide.mlir 2>&1 | FileCheck %s --check-prefix=WIDE
// WIDE: error: expected elements that are floats, or integers of 1 to 64 bits, but got 'tensor<4xi128>'
//--- wide.mlir
dag.model @wide {
  %0 = dag.parameter "w" : tensor<4xi128>
}

// RUN: not dag-run %t/bits.mlir 2>&1 | FileCheck %s --check-prefix=BITS
// BITS: bits.mlir:2:8: error: expected floats, to draw random numbers, but got 'tensor<4xi1>'
//--- bits.mlir
dag.model @bits {
  %0 = dag.parameter "w" : tensor<4xi1>
}

// RUN: not dag-run %t/tokens.mlir 2>&1 | FileCheck %s --check-prefix=TOKENS
// RUN: dag-run %t/tokens.mlir --vocabulary=8
// TOKENS: error: expected integers that hold tokens below 9, but got 'tensor<1x4xi4>'
//--- tokens.mlir
dag.model @tokens attributes {vocab_size = 9 : i64} {
  %0 = dag.input "tokens" : tensor<1x4xi4>
}

// RUN: not dag-run %t/position.mlir --position=128 2>&1 | FileCheck %s --check-prefix=POSITION
// RUN: dag-run %t/position.mlir --position=127
// POSITION: error: expected an integer that holds position 128, but got 'tensor<i8>'
//--- position.mlir
dag.model @position {
  %0 = dag.input "position" : tensor<i8>
}

// RUN: not dag-run %t/ranks.mlir 2>&1 | FileCheck %s --check-prefix=RANKS
// RANKS: error: expected at most 4096 ranks, but got 4097
//--- ranks.mlir
dag.mesh @m <tp = 4097>
dag.model @ranks on @m {
}

// RUN: not dag-run %t/names.mlir 2>&1 | FileCheck %s --check-prefix=NAMES
// NAMES: error: 'dag.output' op (C10) expected another name than "y", which another output has
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
// FOREIGN: error: expected an op that can be interpreted, but got 'arith.remf'
//--- foreign.mlir
dag.model @foreign {
  %0 = arith.constant dense<1.0> : tensor<2xf32>
  %1 = arith.remf %0, %0 : tensor<2xf32>
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

// RUN: not dag-run %t/pool.mlir 2>&1 | FileCheck %s --check-prefix=POOL
// POOL: error: expected static sizes of the pool that pages are of, but got 'tensor<?x2x2x8xf32>'
//--- pool.mlir
dag.model @pool {
  %pages = dag.input "pages" : tensor<1x2xi32>
  %cache = dag.kv_cache "k" : tensor<?x2x2x8xf32>
  %0 = dag.kv_cache_gather %cache pages %pages
      : (tensor<?x2x2x8xf32>, tensor<1x2xi32>) -> tensor<1x4x2x8xf32>
  dag.output %0 "y" : tensor<1x4x2x8xf32>
}
