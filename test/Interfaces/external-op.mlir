// An op of another dialect takes part by interfaces alone.

// RUN: dag-test-opt %s --dag-shard=tp=2 --dag-verify-phase --verify-roundtrip \
// RUN:   | FileCheck %s --check-prefix=SHARD
// RUN: dag-test-opt %s --dag-shard=tp=2 --dag-localize \
// RUN:     --dag-verify-phase=phase=rank --verify-roundtrip \
// RUN:   | FileCheck %s --check-prefix=RANK

// It says of which phases it is.
// RUN: not dag-test-opt %s --dag-verify-phase=phase=sketch 2>&1 -o /dev/null \
// RUN:   | FileCheck %s --check-prefix=PHASE
// PHASE: expected only ops of the sketch phase, but got 'test_dag.double'

// It says what it costs. A rank of layer 0 reads and writes, besides its two
// products with x, a half of the weights and of what is between them (512, 384
// and 384 bytes), and the bias of 32: 512, 384, 512 and 32 to double.
// RUN: dag-test-opt %s --dag-shard=tp=2 --dag-print-cost=device=h200 \
// RUN:     --dag-verify-memory=device=h200 -o /dev/null \
// RUN:   | FileCheck %s --check-prefix=COST
// COST: | layer 0 | 400 | 800 | 0 | 12288 |
// COST: ## Time of a rank on h200
// COST: | layer 0 | 3648 | 2848 |

// The sum stays pending, and the bias that waits for it is doubled as well.
// SHARD-LABEL: dag.model @twice on @mesh
// SHARD: dag.layer 0 (%[[X:.*]] = %{{.*}} : tensor<2x8x16xbf16>)
// SHARD-NEXT: %[[T:.*]] = test_dag.double %[[X]] : (tensor<2x8x16xbf16>) -> tensor<2x8x16xbf16>
// SHARD: %[[U:.*]] = dag.linear %[[T]], {{.*}} as ffn_up
// SHARD-NEXT: %[[V:.*]] = test_dag.double %[[U]] : (tensor<2x8x24xbf16, #dag.sharding<[{}, {}, {tp}]>>)
// SHARD: %[[D:.*]] = dag.linear %[[V]], {{.*}} as ffn_down
// SHARD: %[[B:.*]] = dag.parameter "down.bias" : tensor<16xbf16>
// SHARD-NEXT: %[[P:.*]] = test_dag.double %[[D]] : (tensor<2x8x16xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
// SHARD-NEXT: %[[PB:.*]] = test_dag.double %[[B]] : (tensor<16xbf16>) -> tensor<16xbf16>
// SHARD-NEXT: %[[R:.*]] = dag.all_reduce %[[P]] over {tp}
// SHARD-NEXT: dag.bias_add %[[R]], %[[PB]]

// RANK-LABEL: dag.program @twice on @mesh
// RANK: dag.function @main ranks 0 to 1
// RANK: test_dag.double {{.*}} : (tensor<2x8x16xbf16>) -> tensor<2x8x16xbf16>
// RANK: test_dag.double {{.*}} : (tensor<2x8x12xbf16>) -> tensor<2x8x12xbf16>
// RANK: test_dag.double {{.*}} : (tensor<2x8x16xbf16>) -> tensor<2x8x16xbf16>
// RANK: test_dag.double {{.*}} : (tensor<16xbf16>) -> tensor<16xbf16>
// RANK: dag.comm.all_reduce
dag.model @twice {
  %tokens = dag.input "tokens" : tensor<2x8xi32>
  %table = dag.parameter "table" : tensor<32x16xbf16>
  %0 = dag.embedding %tokens, %table
      : (tensor<2x8xi32>, tensor<32x16xbf16>) -> tensor<2x8x16xbf16>
  %1 = dag.layer 0 (%x = %0 : tensor<2x8x16xbf16>) -> (tensor<2x8x16xbf16>) {
    %t = test_dag.double %x : (tensor<2x8x16xbf16>) -> tensor<2x8x16xbf16>
    %wu = dag.parameter "up" : tensor<24x16xbf16>
    %u = dag.linear %t, %wu as ffn_up
        : (tensor<2x8x16xbf16>, tensor<24x16xbf16>) -> tensor<2x8x24xbf16>
    %v = test_dag.double %u : (tensor<2x8x24xbf16>) -> tensor<2x8x24xbf16>
    %wd = dag.parameter "down" : tensor<16x24xbf16>
    %bd = dag.parameter "down.bias" : tensor<16xbf16>
    %d = dag.linear %v, %wd, %bd as ffn_down
        : (tensor<2x8x24xbf16>, tensor<16x24xbf16>, tensor<16xbf16>)
        -> tensor<2x8x16xbf16>
    %y = test_dag.double %d : (tensor<2x8x16xbf16>) -> tensor<2x8x16xbf16>
    dag.yield %y : tensor<2x8x16xbf16>
  }
  dag.output %1 "y" : tensor<2x8x16xbf16>
}
