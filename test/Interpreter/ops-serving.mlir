// Positions of sequences, lengths and pages, worked out by hand.

// RUN: split-file %s %t
// RUN: dag-run %t/pages.mlir
// RUN: dag-run %t/dropped.mlir
// RUN: dag-run %t/last.mlir
// RUN: dag-run %t/weights.mlir

// Sequence 0 has pages 2 and 0, sequence 1 page 1: place 1 of it, and then no
// page: no number is there.

//--- pages.mlir
dag.model @pages {
  %p = arith.constant dense<[1, 1]> : tensor<2xi32>
  %t = arith.constant dense<[[2, 0], [1, -1]]> : tensor<2x2xi32>
  %c = arith.constant dense<0.0> : tensor<3x2x1xf32>
  %n = arith.constant dense<[[[5.0], [6.0]], [[7.0], [8.0]]]>
      : tensor<2x2x1xf32>
  %u = dag.kv_cache_update %c, %n at %p pages %t : (tensor<3x2x1xf32>,
      tensor<2x2x1xf32>, tensor<2xi32>, tensor<2x2xi32>) -> tensor<3x2x1xf32>
  %pool = arith.constant dense<[[[6.0], [0.0]], [[0.0], [7.0]],
      [[0.0], [5.0]]]> : tensor<3x2x1xf32>
  check.equal %u, %pool : tensor<3x2x1xf32>
  %g = dag.kv_cache_gather %u pages %t
      : (tensor<3x2x1xf32>, tensor<2x2xi32>) -> tensor<2x4x1xf32>
  %all = arith.constant dense<[[[0.0], [5.0], [6.0], [0.0]],
      [[0.0], [7.0], [0x7FC00000], [0x7FC00000]]]> : tensor<2x4x1xf32>
  check.equal %g, %all : tensor<2x4x1xf32>
}

// Without pages, what is behind the last place is padding.

//--- dropped.mlir
dag.model @dropped {
  %p = arith.constant dense<[0, 2]> : tensor<2xi32>
  %c = arith.constant dense<0.0> : tensor<2x3x1xf32>
  %n = arith.constant dense<[[[5.0], [6.0]], [[7.0], [8.0]]]>
      : tensor<2x2x1xf32>
  %u = dag.kv_cache_update %c, %n at %p : (tensor<2x3x1xf32>,
      tensor<2x2x1xf32>, tensor<2xi32>) -> tensor<2x3x1xf32>
  %all = arith.constant dense<[[[5.0], [6.0], [0.0]], [[0.0], [0.0], [7.0]]]>
      : tensor<2x3x1xf32>
  check.equal %u, %all : tensor<2x3x1xf32>
}

//--- last.mlir
dag.model @last {
  %l = arith.constant dense<[2, 1]> : tensor<2xi32>
  %x = arith.constant dense<[[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]]>
      : tensor<2x3x1xf32>
  %0 = dag.last_token %x of %l
      : (tensor<2x3x1xf32>, tensor<2xi32>) -> tensor<2x1x1xf32>
  %1 = arith.constant dense<[[[2.0]], [[4.0]]]> : tensor<2x1x1xf32>
  check.equal %0, %1 : tensor<2x1x1xf32>
}

// One query of each sequence, that sees one key and two.

//--- weights.mlir
dag.model @weights {
  %p = arith.constant dense<[0, 1]> : tensor<2xi32>
  %s = arith.constant dense<0.0> : tensor<2x1x1x4xf32>
  %0 = dag.attention_weights %s at %p mask causal
      : (tensor<2x1x1x4xf32>, tensor<2xi32>) -> tensor<2x1x1x4xf32>
  %1 = arith.constant dense<[[[[1.0, 0.0, 0.0, 0.0]]],
      [[[0.5, 0.5, 0.0, 0.0]]]]> : tensor<2x1x1x4xf32>
  check.equal %0, %1 : tensor<2x1x1x4xf32>
}

// A query that sees a key without a page gives no number; one that does not see it, does.

// RUN: dag-run %t/missing.mlir

//--- missing.mlir
dag.model @missing {
  %p = arith.constant dense<[1, 3]> : tensor<2xi32>
  %t = arith.constant dense<[[2, -1], [-1, 1]]> : tensor<2x2xi32>
  %c = arith.constant dense<1.0> : tensor<3x2x1x1xf32>
  %k = dag.kv_cache_gather %c pages %t
      : (tensor<3x2x1x1xf32>, tensor<2x2xi32>) -> tensor<2x4x1x1xf32>
  %q = arith.constant dense<1.0> : tensor<2x1x1x1xf32>
  %s = dag.attention_scores %q, %k scale = 1.0 : (tensor<2x1x1x1xf32>,
      tensor<2x4x1x1xf32>) -> tensor<2x1x1x4xf32>
  %w = dag.attention_weights %s at %p mask causal
      : (tensor<2x1x1x4xf32>, tensor<2xi32>) -> tensor<2x1x1x4xf32>
  %o = dag.attention_output %w, %k : (tensor<2x1x1x4xf32>,
      tensor<2x4x1x1xf32>) -> tensor<2x1x1x1xf32>
  %expected = arith.constant dense<[[[[1.0]]], [[[0x7FC00000]]]]>
      : tensor<2x1x1x1xf32>
  check.equal %o, %expected : tensor<2x1x1x1xf32>
}

// What no engine does.

// RUN: not dag-run %t/twice.mlir 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: error: expected each page to be written for one sequence, but page 2 is for 0 and 1
//--- twice.mlir
dag.model @twice {
  %p = arith.constant dense<[1, 1]> : tensor<2xi32>
  %t = arith.constant dense<2> : tensor<2x1xi32>
  %c = arith.constant dense<0.0> : tensor<3x2x1xf32>
  %n = arith.constant dense<1.0> : tensor<2x1x1xf32>
  %u = dag.kv_cache_update %c, %n at %p pages %t : (tensor<3x2x1xf32>,
      tensor<2x1x1xf32>, tensor<2xi32>, tensor<2x1xi32>) -> tensor<3x2x1xf32>
}

// RUN: not dag-run %t/beyond.mlir 2>&1 | FileCheck %s --check-prefix=BEYOND
// BEYOND: error: expected pages below 3, but got page 3 of sequence 1
//--- beyond.mlir
dag.model @beyond {
  %t = arith.constant dense<[[2], [3]]> : tensor<2x1xi32>
  %c = arith.constant dense<0.0> : tensor<3x2x1xf32>
  %g = dag.kv_cache_gather %c pages %t
      : (tensor<3x2x1xf32>, tensor<2x1xi32>) -> tensor<2x2x1xf32>
}

// Of a token that is no padding a page is there: the first of each sequence.

// RUN: not dag-run %t/hole.mlir 2>&1 | FileCheck %s --check-prefix=HOLE
// HOLE: error: expected a page for token 2 of sequence 1, but got none
//--- hole.mlir
dag.model @hole {
  %p = arith.constant dense<[1, 2]> : tensor<2xi32>
  %t = arith.constant dense<[[2, 0], [1, -1]]> : tensor<2x2xi32>
  %c = arith.constant dense<0.0> : tensor<3x2x1xf32>
  %n = arith.constant dense<1.0> : tensor<2x1x1xf32>
  %u = dag.kv_cache_update %c, %n at %p pages %t : (tensor<3x2x1xf32>,
      tensor<2x1x1xf32>, tensor<2xi32>, tensor<2x2xi32>) -> tensor<3x2x1xf32>
}

// RUN: not dag-run %t/hole-of-all.mlir 2>&1 | FileCheck %s --check-prefix=ALL
// ALL: error: expected a page for token 2 of sequence 1, but got none
//--- hole-of-all.mlir
dag.model @hole_of_all {
  %p = arith.constant dense<1> : tensor<i32>
  %t = arith.constant dense<[[2, 0], [1, -1]]> : tensor<2x2xi32>
  %c = arith.constant dense<0.0> : tensor<3x2x1xf32>
  %n = arith.constant dense<1.0> : tensor<2x2x1xf32>
  %u = dag.kv_cache_update %c, %n at %p pages %t : (tensor<3x2x1xf32>,
      tensor<2x2x1xf32>, tensor<i32>, tensor<2x2xi32>) -> tensor<3x2x1xf32>
}

// RUN: not dag-run %t/room.mlir 2>&1 | FileCheck %s --check-prefix=ROOM
// ROOM: error: expected room for 1 tokens in a cache of 2, but got position 3
//--- room.mlir
dag.model @room {
  %p = arith.constant dense<[1, 3]> : tensor<2xi32>
  %c = arith.constant dense<0.0> : tensor<2x2x1xf32>
  %n = arith.constant dense<1.0> : tensor<2x1x1xf32>
  %u = dag.kv_cache_update %c, %n at %p : (tensor<2x2x1xf32>,
      tensor<2x1x1xf32>, tensor<2xi32>) -> tensor<2x2x1xf32>
}

// RUN: not dag-run %t/length.mlir 2>&1 | FileCheck %s --check-prefix=LENGTH
// LENGTH: error: expected from 1 to 3 tokens of a sequence, but got 4
//--- length.mlir
dag.model @length {
  %l = arith.constant dense<[2, 4]> : tensor<2xi32>
  %x = arith.constant dense<1.0> : tensor<2x3x1xf32>
  %0 = dag.last_token %x of %l
      : (tensor<2x3x1xf32>, tensor<2xi32>) -> tensor<2x1x1xf32>
}

// Options that do not fit the program.

// RUN: not dag-run %t/inputs.mlir --position=1,2,3 2>&1 \
// RUN:   | FileCheck %s --check-prefix=THREE
// THREE: error: expected one of positions for all sequences, or one for each, but got 3 for 'tensor<2x2xi32>'
// RUN: not dag-run %t/inputs.mlir --query-lens=3 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LONG
// LONG: error: expected at most 2 new tokens, but got 3
// RUN: not dag-run %t/inputs.mlir --query-lens=0 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NONE
// NONE: expected --query-lens from 1 to {{[0-9]+}}, but got 0
// RUN: dag-run %t/inputs.mlir --position=1,2 --query-lens=2,1
//--- inputs.mlir
dag.model @inputs <vocab_size = 8> {
  %t = dag.input "tokens" : tensor<2x2xi32>
  %p = dag.input "position" : tensor<2xi32>
  %w = dag.parameter "w" : tensor<8x4xf32>
  %x = dag.embedding %t, %w
      : (tensor<2x2xi32>, tensor<8x4xf32>) -> tensor<2x2x4xf32>
  %0 = dag.position_embedding %t, %w at %p : (tensor<2x2xi32>,
      tensor<8x4xf32>, tensor<2xi32>) -> tensor<2x2x4xf32>
  %1 = dag.add %x, %0
      : (tensor<2x2x4xf32>, tensor<2x2x4xf32>) -> tensor<2x2x4xf32>
  dag.output %1 "y" : tensor<2x2x4xf32>
}

// Tokens that are split begin further on, in each sequence.

// RUN: dag-run %t/split.mlir --reference=@logical
// RUN: dag-opt --dag-localize %t/split.mlir -o %t/ranks.mlir
// RUN: FileCheck %s --check-prefix=RANKS < %t/ranks.mlir
// RANKS: dag.shard_offset 4 split <{sp}> : tensor<2xi32>
// RUN: dag-run %t/ranks.mlir --reference=@logical
//--- split.mlir
dag.mesh @mesh <sp = 2>
dag.model @plan on @mesh {
  %p = arith.constant dense<[1, 3]> : tensor<2xi32>
  %x = arith.constant dense<[[[[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]],
      [[7.0, 8.0]]], [[[1.5, 2.5]], [[3.5, 4.5]], [[5.5, 6.5]], [[7.5, 8.5]]]]>
      : tensor<2x4x1x2xf64>
  %s = dag.slice %x dim 1 over {sp} : (tensor<2x4x1x2xf64>)
      -> tensor<2x4x1x2xf64, #dag.sharding<[{}, {sp}, {}, {}]>>
  %0 = dag.rotary_embedding %s at %p theta = 10.0 : (
      tensor<2x4x1x2xf64, #dag.sharding<[{}, {sp}, {}, {}]>>, tensor<2xi32>)
      -> tensor<2x4x1x2xf64, #dag.sharding<[{}, {sp}, {}, {}]>>
  dag.output %0 "y"
      : tensor<2x4x1x2xf64, #dag.sharding<[{}, {sp}, {}, {}]>>
}
dag.model @logical attributes {dag.reference} {
  %p = arith.constant dense<[1, 3]> : tensor<2xi32>
  %x = arith.constant dense<[[[[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]],
      [[7.0, 8.0]]], [[[1.5, 2.5]], [[3.5, 4.5]], [[5.5, 6.5]], [[7.5, 8.5]]]]>
      : tensor<2x4x1x2xf64>
  %0 = dag.rotary_embedding %x at %p theta = 10.0
      : (tensor<2x4x1x2xf64>, tensor<2xi32>) -> tensor<2x4x1x2xf64>
  dag.output %0 "y" : tensor<2x4x1x2xf64>
}

// A rank with a part of a pool has the pages of its sequences, and no others.

// RUN: dag-run %t/pools.mlir
// RUN: sed 's/\[1, 0\], \[2, 3\]/[1, 2], [0, 3]/' %t/pools.mlir > %t/foreign.mlir
// RUN: not dag-run %t/foreign.mlir 2>&1 | FileCheck %s --check-prefix=FOREIGN
// FOREIGN: error: expected pages below 2, but got page 2 of sequence 0
// RUN: sed 's/\[1, 0\], \[2, 3\]/[1, 0], [2, 1]/' %t/pools.mlir > %t/before.mlir
// RUN: not dag-run %t/before.mlir 2>&1 | FileCheck %s --check-prefix=BEFORE
// BEFORE: error: expected pages from 2 on and below 4, but got page 1 of sequence 0
//--- pools.mlir
dag.mesh @mesh <dp = 2>
dag.model @pools on @mesh {
  %t = arith.constant dense<[[1, 0], [2, 3]]> : tensor<2x2xi32>
  %c = arith.constant dense<[[[0.0]], [[1.0]], [[2.0]], [[3.0]]]>
      : tensor<4x1x1xf32>
  %ts = dag.slice %t dim 0 over {dp}
      : (tensor<2x2xi32>) -> tensor<2x2xi32, #dag.sharding<[{dp}, {}]>>
  %cs = dag.slice %c dim 0 over {dp} : (tensor<4x1x1xf32>)
      -> tensor<4x1x1xf32, #dag.sharding<[{dp}, {}, {}]>>
  %0 = dag.kv_cache_gather %cs pages %ts : (
      tensor<4x1x1xf32, #dag.sharding<[{dp}, {}, {}]>>,
      tensor<2x2xi32, #dag.sharding<[{dp}, {}]>>)
      -> tensor<2x2x1xf32, #dag.sharding<[{dp}, {}, {}]>>
  %1 = dag.all_gather %0 dim 0 over {dp}
      : (tensor<2x2x1xf32, #dag.sharding<[{dp}, {}, {}]>>)
      -> tensor<2x2x1xf32>
  %2 = arith.constant dense<[[[1.0], [0.0]], [[2.0], [3.0]]]>
      : tensor<2x2x1xf32>
  check.equal %1, %2 : tensor<2x2x1xf32>
}

// Sequences in different places: padding may be behind the end, new tokens may not.

// RUN: dag-run %t/behind.mlir --vocabulary=8 --position=0,2 --query-lens=2,1
// RUN: not dag-run %t/behind.mlir --vocabulary=8 --position=0,2 --query-lens=1,2 2>&1 | FileCheck %s --check-prefix=BEHIND
// BEHIND: error: expected room for 2 tokens in a cache of 3, but got position 2 of sequence 1
//--- behind.mlir
dag.model @behind {
  %tokens = dag.input "tokens" : tensor<2x2xi32>
  %p = dag.input "position" : tensor<2xi32>
  %table = dag.parameter "table" : tensor<8x1xf32>
  %n = dag.embedding %tokens, %table
      : (tensor<2x2xi32>, tensor<8x1xf32>) -> tensor<2x2x1xf32>
  %c = dag.kv_cache "c" : tensor<2x3x1xf32>
  %u = dag.kv_cache_update %c, %n at %p : (tensor<2x3x1xf32>,
      tensor<2x2x1xf32>, tensor<2xi32>) -> tensor<2x3x1xf32>
  dag.output %u "u" : tensor<2x3x1xf32>
}
