// RUN: dag-opt %s --split-input-file -o /dev/null \
// RUN:   --dag-print-cost="device=round devices=%S/Inputs/devices.json" \
// RUN:   | FileCheck %s
// RUN: dag-opt %s --split-input-file -o /dev/null --dag-print-cost=device=h200 \
// RUN:   | FileCheck %s --check-prefix=H200

// The device of the test computes 1e15 operations of 16 bits in a second (2e15
// of 8 bits, 5e14 of 32), moves 1e12 bytes of memory, and sends 1e9 bytes
// within a node of two devices and 1e8 out of it. A call takes 1000 ns, and 100
// or 500 a step.

// CHECK-LABEL: # Cost of @compute
// CHECK-LABEL: ## Time of a rank on round
// CHECK: | part | bytes read | bytes written | compute ns | collectives ns | sends ns | all ns |
dag.model @compute {
  %x = dag.input "x" : tensor<1x1000x4000xbf16>
  %e = dag.input "e" : tensor<1x1000x4000xf8E4M3FN>
  %f = dag.input "f" : tensor<1x1000x4000xf32>
  // Bound by arithmetic: 2 * 1000 * 4000 * 1000 operations take 8000 ns; x, the
  // weight and the result have 2 * 4e6, 2 * 4e6 and 2 * 1e6 bytes, for 18000 ns:
  // memory is slower.
  // CHECK: | layer 0 | 16000000 | 2000000 | 18000 | 0 | 0 | 18000 |
  dag.layer 0 (%a = %x : tensor<1x1000x4000xbf16>) {
    %w = dag.parameter "w" : tensor<1000x4000xbf16>
    %y = dag.linear %a, %w : (tensor<1x1000x4000xbf16>, tensor<1000x4000xbf16>)
        -> tensor<1x1000x1000xbf16>
    dag.yield
  }
  // 2 * 1000 * 4000 * 40000 operations, 320000 ns; 2 * (4e6 + 160e6 + 40e6)
  // bytes would take 408000.
  // CHECK: | layer 1 | 328000000 | 80000000 | 408000 | 0 | 0 | 408000 |
  dag.layer 1 (%a = %x : tensor<1x1000x4000xbf16>) {
    %w = dag.parameter "w" : tensor<40000x4000xbf16>
    %y = dag.linear %a, %w : (tensor<1x1000x4000xbf16>, tensor<40000x4000xbf16>)
        -> tensor<1x1000x40000xbf16>
    dag.yield
  }
  // Two ops, each the longer of both: as layer 0, and 2 bytes read and 2 written
  // for each of 1e6 elements.
  // CHECK: | layer 2 | 18000000 | 4000000 | 22000 | 0 | 0 | 22000 |
  dag.layer 2 (%a = %x : tensor<1x1000x4000xbf16>) {
    %w = dag.parameter "w" : tensor<1000x4000xbf16>
    %y = dag.linear %a, %w : (tensor<1x1000x4000xbf16>, tensor<1000x4000xbf16>)
        -> tensor<1x1000x1000xbf16>
    %z = dag.activation silu %y : (tensor<1x1000x1000xbf16>)
        -> tensor<1x1000x1000xbf16>
    dag.yield
  }
  dag.output %x "x" : tensor<1x1000x4000xbf16>
}

// -----

// Bound by arithmetic at 16, 8 and 32 bits: 2 * 4096 * 4096 * 4096 operations
// (1.37e11) take 137439, 68719 and 274878 ns.

// CHECK-LABEL: # Cost of @widths
// CHECK-LABEL: ## Time of a rank on round
// CHECK: | layer 0 | 67108864 | 33554432 | 137439 |
// CHECK: | layer 1 | 33554432 | 16777216 | 68719 |
// CHECK: | layer 2 | 134217728 | 67108864 | 274878 |
dag.model @widths {
  %x = dag.input "x" : tensor<1x4096x4096xbf16>
  %e = dag.input "e" : tensor<1x4096x4096xf8E4M3FN>
  %f = dag.input "f" : tensor<1x4096x4096xf32>
  dag.layer 0 (%a = %x : tensor<1x4096x4096xbf16>) {
    %w = dag.parameter "w" : tensor<4096x4096xbf16>
    %y = dag.linear %a, %w : (tensor<1x4096x4096xbf16>, tensor<4096x4096xbf16>)
        -> tensor<1x4096x4096xbf16>
    dag.yield
  }
  dag.layer 1 (%a = %e : tensor<1x4096x4096xf8E4M3FN>) {
    %w = dag.parameter "w" : tensor<4096x4096xf8E4M3FN>
    %y = dag.linear %a, %w : (tensor<1x4096x4096xf8E4M3FN>,
        tensor<4096x4096xf8E4M3FN>) -> tensor<1x4096x4096xf8E4M3FN>
    dag.yield
  }
  dag.layer 2 (%a = %f : tensor<1x4096x4096xf32>) {
    %w = dag.parameter "w" : tensor<4096x4096xf32>
    %y = dag.linear %a, %w : (tensor<1x4096x4096xf32>, tensor<4096x4096xf32>)
        -> tensor<1x4096x4096xf32>
    dag.yield
  }
}

// -----

// Scores and weights of attention are never in memory. Scores read 2 * 2 * 8 *
// 4 * 16 bytes of queries and 2 * 2 * 32 * 2 * 16 of keys, the output reads as
// many of values and writes 2048.

// CHECK-LABEL: # Cost of @attention
// CHECK-LABEL: ## Time of a rank on round
// CHECK: | layer 0 | 10240 | 2048 |
dag.model @attention {
  %q = dag.input "q" : tensor<2x8x4x16xbf16>
  %k = dag.input "k" : tensor<2x32x2x16xbf16>
  dag.layer 0 (%a = %q : tensor<2x8x4x16xbf16>, %b = %k : tensor<2x32x2x16xbf16>) {
    %s = dag.attention_scores %a, %b scale = 0.25 : (tensor<2x8x4x16xbf16>,
        tensor<2x32x2x16xbf16>) -> tensor<2x4x8x32xbf16>
    %w = dag.attention_weights %s mask none : (tensor<2x4x8x32xbf16>)
        -> tensor<2x4x8x32xbf16>
    %0 = dag.attention_output %w, %b : (tensor<2x4x8x32xbf16>,
        tensor<2x32x2x16xbf16>) -> tensor<2x8x4x16xbf16>
    dag.yield
  }
}

// -----

// Devices 0 and 1 are a node, 2 and 3 another one. A rank sends 1000 bytes to
// gather 2000 over two ranks: within a node, in one step, 1000 + 100 + 1000 ns;
// to the other node 1000 + 500 + 10000. A group that leaves its node takes
// longer.

// CHECK-LABEL: # Cost of @near_and_far
// CHECK-LABEL: ## Time of a rank on round
// CHECK: | layer 0 | 0 | 0 | 0 | 2100 | 0 | 2100 |
// CHECK: | layer 1 | 0 | 0 | 0 | 11500 | 0 | 11500 |

// Over all four ranks it sends 3000 bytes, in three steps. One of them leaves
// the node, and two rings do, each by another adapter: 1000 + 2 * 100 + 500 +
// 3000 / 0.2.
// CHECK: | layer 2 | 0 | 0 | 0 | 16700 | 0 | 16700 |

// An all-to-all of 1000 bytes sends a quarter to each other rank: 250 to the own
// node in 250 ns, and 500 to the other one in 5000 meanwhile, with 1000 + 100 +
// 2 * 500.
// CHECK: | layer 3 | 0 | 0 | 0 | 7100 | 0 | 7100 |

// An all-reduce of 1000 bytes goes around twice and sends 1000: 1000 + 2 * 100 +
// 1000.
// CHECK: | layer 4 |{{.*}}| 2200 | 0 |

// An H200 has nodes of eight: all is near, 6.6 us + 0.6 us + 1000 / 450.
// H200-LABEL: # Cost of @near_and_far
// H200-LABEL: ## Time of a rank on h200
// H200: | layers 0-1, each | 0 | 0 | 0 | 7202 | 0 | 7202 |
dag.mesh @m <a = 2, b = 2>
dag.model @near_and_far on @m {
  %b = dag.input "b" : tensor<2000xi8, #dag.sharding<[{b}]>>
  %a = dag.input "a" : tensor<2000xi8, #dag.sharding<[{a}]>>
  %ab = dag.input "ab" : tensor<4000xi8, #dag.sharding<[{a, b}]>>
  %e = dag.input "e" : tensor<4x1000xi8, #dag.sharding<[{a, b}, {}]>>
  %x = dag.input "x" : tensor<1x8xf8E4M3FN, #dag.sharding<[{}, {b}]>>
  %w = dag.parameter "w" : tensor<1000x8xf8E4M3FN, #dag.sharding<[{}, {b}]>>
  dag.layer 0 (%p = %b : tensor<2000xi8, #dag.sharding<[{b}]>>) {
    %0 = dag.all_gather %p dim 0 over {b} :
        (tensor<2000xi8, #dag.sharding<[{b}]>>) -> tensor<2000xi8>
    dag.yield
  }
  dag.layer 1 (%p = %a : tensor<2000xi8, #dag.sharding<[{a}]>>) {
    %0 = dag.all_gather %p dim 0 over {a} :
        (tensor<2000xi8, #dag.sharding<[{a}]>>) -> tensor<2000xi8>
    dag.yield
  }
  dag.layer 2 (%p = %ab : tensor<4000xi8, #dag.sharding<[{a, b}]>>) {
    %0 = dag.all_gather %p dim 0 over {a, b} :
        (tensor<4000xi8, #dag.sharding<[{a, b}]>>) -> tensor<4000xi8>
    dag.yield
  }
  dag.layer 3 (%p = %e : tensor<4x1000xi8, #dag.sharding<[{a, b}, {}]>>) {
    %0 = dag.all_to_all %p split 1 concat 0 over {a, b} :
        (tensor<4x1000xi8, #dag.sharding<[{a, b}, {}]>>)
        -> tensor<4x1000xi8, #dag.sharding<[{}, {a, b}]>>
    dag.yield
  }
  dag.layer 4 (%p = %x : tensor<1x8xf8E4M3FN, #dag.sharding<[{}, {b}]>>,
               %q = %w : tensor<1000x8xf8E4M3FN, #dag.sharding<[{}, {b}]>>) {
    %0 = dag.linear %p, %q : (tensor<1x8xf8E4M3FN, #dag.sharding<[{}, {b}]>>,
        tensor<1000x8xf8E4M3FN, #dag.sharding<[{}, {b}]>>)
        -> tensor<1x1000xf8E4M3FN, #dag.sharding<[{}, {}], partial = {b}>>
    %1 = dag.all_reduce %0 over {b} :
        (tensor<1x1000xf8E4M3FN, #dag.sharding<[{}, {}], partial = {b}>>)
        -> tensor<1x1000xf8E4M3FN>
    dag.yield
  }
}

// -----

// The mesh says what device is where: here the ranks of {b} are on two nodes.

// CHECK-LABEL: # Cost of @renumbered
// CHECK-LABEL: ## Time of a rank on round
// CHECK: | layer 0 | 0 | 0 | 0 | 11500 | 0 | 11500 |
dag.mesh @m <a = 2, b = 2> devices = [0, 2, 1, 3]
dag.model @renumbered on @m {
  %b = dag.input "b" : tensor<2000xi8, #dag.sharding<[{b}]>>
  dag.layer 0 (%p = %b : tensor<2000xi8, #dag.sharding<[{b}]>>) {
    %0 = dag.all_gather %p dim 0 over {b} :
        (tensor<2000xi8, #dag.sharding<[{b}]>>) -> tensor<2000xi8>
    dag.yield
  }
}

// -----

// A mesh whose ranks are too many to look at each: {in} fits into nodes of two,
// {out} does not.

// CHECK-LABEL: # Cost of @many
// CHECK-LABEL: ## Time of a rank on round
// CHECK: | layer 0 | 0 | 0 | 0 | 2100 | 0 | 2100 |
// CHECK: | layer 1 | 0 | 0 | 0 | 11500 | 0 | 11500 |
dag.mesh @m <most = 1099511627776, out = 2, in = 2>
dag.model @many on @m {
  %b = dag.input "b" : tensor<2000xi8, #dag.sharding<[{in}]>>
  %a = dag.input "a" : tensor<2000xi8, #dag.sharding<[{out}]>>
  dag.layer 0 (%p = %b : tensor<2000xi8, #dag.sharding<[{in}]>>) {
    %0 = dag.all_gather %p dim 0 over {in} :
        (tensor<2000xi8, #dag.sharding<[{in}]>>) -> tensor<2000xi8>
    dag.yield
  }
  dag.layer 1 (%p = %a : tensor<2000xi8, #dag.sharding<[{out}]>>) {
    %0 = dag.all_gather %p dim 0 over {out} :
        (tensor<2000xi8, #dag.sharding<[{out}]>>) -> tensor<2000xi8>
    dag.yield
  }
}

// -----

// A transfer of 1000 bytes within a node takes 1000 + 100 + 1000 ns, one to
// another node 1000 + 500 + 10000, and one between stages of a rank nothing.

// CHECK-LABEL: # Cost of @stages
// CHECK-LABEL: ## Time of a rank on round
// CHECK: | stage 0 | 0 | 0 | 0 | 0 | 2100 | 2100 |
// CHECK: | stage 1 | 0 | 0 | 0 | 0 | 11500 | 11500 |
// CHECK: | stage 2 | 0 | 0 | 0 | 0 | 0 | 0 |
// CHECK: | all stages | 0 | 0 | 0 | 0 | 13600 | 13600 |
dag.mesh @m <pp = 3>
dag.model @stages on @m {
  dag.comm_buffer @b : tensor<1000xi8>
  %x = dag.input "x" : tensor<1000xi8>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<1000xi8>)
      -> (!dag.transfer<tensor<1000xi8>>) {
    %s = dag.send %i to 1 via @b : (tensor<1000xi8>)
        -> !dag.transfer<tensor<1000xi8>>
    dag.yield %s : !dag.transfer<tensor<1000xi8>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<1000xi8>>)
      -> (!dag.transfer<tensor<1000xi8>>) {
    %r = dag.recv %i from 0 via @b : (!dag.transfer<tensor<1000xi8>>)
        -> tensor<1000xi8>
    %s = dag.send %r to 2 via @b : (tensor<1000xi8>)
        -> !dag.transfer<tensor<1000xi8>>
    dag.yield %s : !dag.transfer<tensor<1000xi8>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<1000xi8>>)
      -> (!dag.transfer<tensor<1000xi8>>) {
    %r = dag.recv %i from 1 via @b : (!dag.transfer<tensor<1000xi8>>)
        -> tensor<1000xi8>
    %s = dag.send %r to 3 via @b : (tensor<1000xi8>)
        -> !dag.transfer<tensor<1000xi8>>
    dag.yield %s : !dag.transfer<tensor<1000xi8>>
  }
  %3 = dag.stage 3 on pp = 2 (%i = %2 : !dag.transfer<tensor<1000xi8>>)
      -> (tensor<1000xi8>) {
    %r = dag.recv %i from 2 via @b : (!dag.transfer<tensor<1000xi8>>)
        -> tensor<1000xi8>
    dag.yield %r : tensor<1000xi8>
  }
  dag.output %3 "x" : tensor<1000xi8>
}
