// RUN: not dag-opt %s --dag-shard=tp=0 2>&1 | FileCheck %s --check-prefix=TP
// RUN: not dag-opt %s --dag-shard=ep=-1 2>&1 | FileCheck %s --check-prefix=EP
// RUN: not dag-opt %s --dag-shard="tp=4294967296 ep=4294967296" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=RANKS
// RUN: not dag-opt %s --dag-shard=axis=rep 2>&1 \
// RUN:   | FileCheck %s --check-prefix=AXIS
// RUN: not dag-opt %s --dag-shard=axis= 2>&1 \
// RUN:   | FileCheck %s --check-prefix=EMPTY
// RUN: not dag-opt %s --dag-shard=ep=2 2>&1 \
// RUN:   | FileCheck %s --check-prefix=EXPERTS

// TP: error: expected 'tp' to be positive, but got 0
// EP: error: expected 'ep' to be positive, but got -1
// RANKS: error: expected at most 4294967296 ranks, but got 4294967296 times 4294967296
// AXIS: error: expected the name of an axis that is not 'ep', 'pp' or 'rep', but got 'rep'
// EMPTY: error: expected a value behind 'axis='
// EXPERTS: [[@LINE+1]]:1: error: expected experts for ep = 2, but 'dense' has none
dag.model @dense {
}
