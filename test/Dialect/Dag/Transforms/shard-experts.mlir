// RUN: dag-opt %s --dag-shard="tp=2" --split-input-file --verify-roundtrip \
// RUN:   | FileCheck %s -enable-var-scope --check-prefixes=CHECK,TP
// RUN: dag-opt %s --dag-shard="tp=2 ep=2" --split-input-file \
// RUN:   --verify-roundtrip \
// RUN:   | FileCheck %s -enable-var-scope --check-prefixes=CHECK,EP
// RUN: dag-opt %s --dag-shard="tp=2 ep=2 sequence-parallel" \
// RUN:   --split-input-file --verify-roundtrip \
// RUN:   | FileCheck %s -enable-var-scope --check-prefixes=CHECK,SP

// The batch divides over `ep`: it is split from the inputs to the outputs, and
// tokens travel to their experts and back. Without `ep` the experts' inner
// dimension is split, like that of the shared expert, which is added before
// the one reduction.

// TP: dag.mesh @mesh <tp = 2>
// EP: dag.mesh @mesh <ep = 2, tp = 2>
// CHECK-LABEL: dag.model @batch
dag.model @batch {
  // TP: dag.input "x" : tensor<4x8x16xbf16>
  // EP: dag.input "x" : tensor<4x8x16xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %0 = dag.input "x" : tensor<4x8x16xbf16>
  // SP: dag.layer 0 (%[[X:.*]] = %{{.*}} : tensor<4x8x16xbf16, #dag.sharding<[{ep}, {tp}, {}]>>)
  %1 = dag.layer 0 (%x = %0 : tensor<4x8x16xbf16>) -> (tensor<4x8x16xbf16>) {
    // CHECK: dag.parameter "router" : tensor<8x16xbf16>
    // CHECK: dag.parameter "correction" : tensor<8xf32>
    %wr = dag.parameter "router" : tensor<8x16xbf16>
    %cr = dag.parameter "correction" : tensor<8xf32>
    // EP: dag.router {{.*}} -> (tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>)
    %w, %i = dag.router %x, %wr correction %cr top_k = 2 normalize
        : (tensor<4x8x16xbf16>, tensor<8x16xbf16>, tensor<8xf32>)
        -> (tensor<4x8x2xbf16>, tensor<4x8x2xi32>)
    // TP: %[[D:.*]] = dag.dispatch {{.*}} -> tensor<8x32x16xbf16>
    // EP: %[[D0:.*]] = dag.dispatch {{.*}} -> tensor<8x32x16xbf16, #dag.sharding<[{}, {ep}, {}]>>
    // EP: %[[D:.*]] = dag.all_to_all %[[D0]] split 0 concat 1 over {ep}
    %d = dag.dispatch %x, %i experts = 8 capacity = 32
        : (tensor<4x8x16xbf16>, tensor<4x8x2xi32>) -> tensor<8x32x16xbf16>
    // The inner dimension is padded.
    // TP: dag.parameter "gate" : tensor<8x32x16xbf16, #dag.sharding<[{}, {tp} pad 1, {}]>>
    // TP: dag.parameter "up" : tensor<8x32x16xbf16, #dag.sharding<[{}, {tp} pad 1, {}]>>
    // TP: dag.parameter "down" : tensor<8x16x32xbf16, #dag.sharding<[{}, {}, {tp} pad 1]>>
    // EP: dag.parameter "gate" : tensor<8x32x16xbf16, #dag.sharding<[{ep}, {tp} pad 1, {}]>>
    // EP: dag.parameter "up" : tensor<8x32x16xbf16, #dag.sharding<[{ep}, {tp} pad 1, {}]>>
    // EP: dag.parameter "down" : tensor<8x16x32xbf16, #dag.sharding<[{ep}, {}, {tp} pad 1]>>
    %eg = dag.parameter "gate" : tensor<8x31x16xbf16>
    %eu = dag.parameter "up" : tensor<8x31x16xbf16>
    %ed = dag.parameter "down" : tensor<8x16x31xbf16>
    // TP: %[[Y:.*]] = dag.expert silu %[[D]]
    // TP-NOT: all_reduce
    // EP: %[[E:.*]] = dag.expert silu %[[D]]
    // EP: %[[Y:.*]] = dag.all_to_all %[[E]] split 1 concat 0 over {ep} {{.*}} -> tensor<8x32x16xbf16, #dag.sharding<[{}, {ep}, {}], partial = {tp}>>
    // EP-NOT: all_reduce
    %e = dag.expert silu %d, %eg, %eu, %ed
        : (tensor<8x32x16xbf16>, tensor<8x31x16xbf16>, tensor<8x31x16xbf16>,
           tensor<8x16x31xbf16>) -> tensor<8x32x16xbf16>
    // TP: %[[C:.*]] = dag.combine %[[Y]], {{.*}} partial = {tp}>>
    // EP: %[[C:.*]] = dag.combine %[[Y]], {{.*}} -> tensor<4x8x16xbf16, #dag.sharding<[{ep}, {}, {}], partial = {tp}>>
    // SP: %[[C:.*]] = dag.combine
    %c = dag.combine %e, %w, %i
        : (tensor<8x32x16xbf16>, tensor<4x8x2xbf16>, tensor<4x8x2xi32>)
        -> tensor<4x8x16xbf16>
    %su = dag.parameter "shared.up" : tensor<32x16xbf16>
    %u = dag.linear %x, %su as ffn_up
        : (tensor<4x8x16xbf16>, tensor<32x16xbf16>) -> tensor<4x8x32xbf16>
    %sd = dag.parameter "shared.down" : tensor<16x32xbf16>
    // CHECK: %[[S:.*]] = dag.linear {{.*}} as ffn_down
    %s = dag.linear %u, %sd as ffn_down
        : (tensor<4x8x32xbf16>, tensor<16x32xbf16>) -> tensor<4x8x16xbf16>
    // TP: %[[SUM:.*]] = dag.add %[[C]], %[[S]]
    // TP-NEXT: dag.all_reduce %[[SUM]] over {tp} {{.*}} -> tensor<4x8x16xbf16>
    // EP: %[[SUM:.*]] = dag.add %[[C]], %[[S]]
    // EP-NEXT: dag.all_reduce %[[SUM]] over {tp} {{.*}} -> tensor<4x8x16xbf16, #dag.sharding<[{ep}, {}, {}]>>
    // SP: %[[SUM:.*]] = dag.add %[[C]], %[[S]]
    // SP-NEXT: dag.reduce_scatter %[[SUM]] dim 1 over {tp} {{.*}} -> tensor<4x8x16xbf16, #dag.sharding<[{ep}, {tp}, {}]>>
    %sum = dag.add %c, %s
        : (tensor<4x8x16xbf16>, tensor<4x8x16xbf16>) -> tensor<4x8x16xbf16>
    %y = dag.add %x, %sum
        : (tensor<4x8x16xbf16>, tensor<4x8x16xbf16>) -> tensor<4x8x16xbf16>
    dag.yield %y : tensor<4x8x16xbf16>
  }
  // TP: dag.output {{.*}} : tensor<4x8x16xbf16>
  // EP: dag.output {{.*}} : tensor<4x8x16xbf16, #dag.sharding<[{ep}, {}, {}]>>
  dag.output %1 "y" : tensor<4x8x16xbf16>
}

// -----

// One sequence: its tokens are split for the experts only, shared ones
// included, and gathered behind them.

// CHECK-LABEL: dag.model @sequence
dag.model @sequence {
  // EP: dag.input "x" : tensor<1x8x16xbf16>
  %0 = dag.input "x" : tensor<1x8x16xbf16>
  // CHECK: dag.layer 0 (%[[X:[^ ]*]] =
  %1 = dag.layer 0 (%x = %0 : tensor<1x8x16xbf16>) -> (tensor<1x8x16xbf16>) {
    // EP: %[[T:.*]] = dag.slice %[[X]] dim 1 over {ep}
    // EP: dag.router %[[T]]
    // SP: %[[G:.*]] = dag.all_gather %[[X]] dim 1 over {tp}
    // SP: %[[T:.*]] = dag.slice %[[G]] dim 1 over {ep}
    // SP: dag.router %[[T]]
    %wr = dag.parameter "router" : tensor<8x16xbf16>
    %w, %i = dag.router %x, %wr top_k = 2
        : (tensor<1x8x16xbf16>, tensor<8x16xbf16>)
        -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
    // EP: dag.dispatch %[[T]], {{.*}} -> tensor<8x8x16xbf16, #dag.sharding<[{}, {ep}, {}]>>
    // EP: dag.all_to_all {{.*}} split 0 concat 1 over {ep}
    %d = dag.dispatch %x, %i experts = 8 capacity = 8
        : (tensor<1x8x16xbf16>, tensor<1x8x2xi32>) -> tensor<8x8x16xbf16>
    %eg = dag.parameter "gate" : tensor<8x32x16xbf16>
    %ed = dag.parameter "down" : tensor<8x16x32xbf16>
    // EP: dag.all_to_all {{.*}} split 1 concat 0 over {ep}
    %e = dag.expert silu %d, %eg, %eg, %ed
        : (tensor<8x8x16xbf16>, tensor<8x32x16xbf16>, tensor<8x32x16xbf16>,
           tensor<8x16x32xbf16>) -> tensor<8x8x16xbf16>
    // EP: %[[C:.*]] = dag.combine {{.*}} -> tensor<1x8x16xbf16, #dag.sharding<[{}, {ep}, {}], partial = {tp}>>
    %c = dag.combine %e, %w, %i
        : (tensor<8x8x16xbf16>, tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
        -> tensor<1x8x16xbf16>
    %su = dag.parameter "shared.up" : tensor<32x16xbf16>
    // EP: dag.linear %[[T]], {{.*}} as ffn_up
    %u = dag.linear %x, %su as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
    %sd = dag.parameter "shared.down" : tensor<16x32xbf16>
    %s = dag.linear %u, %sd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>) -> tensor<1x8x16xbf16>
    // EP: %[[SUM:.*]] = dag.add %[[C]]
    // EP-NEXT: %[[R:.*]] = dag.all_reduce %[[SUM]] over {tp}
    // EP-NEXT: %[[Y:.*]] = dag.all_gather %[[R]] dim 1 over {ep} {{.*}} -> tensor<1x8x16xbf16>
    // EP-NEXT: dag.add %[[X]], %[[Y]]
    // SP: %[[SUM:.*]] = dag.add
    // SP-NEXT: %[[R:.*]] = dag.all_gather %[[SUM]] dim 1 over {ep}
    // SP-NEXT: %[[Y:.*]] = dag.reduce_scatter %[[R]] dim 1 over {tp}
    // SP-NEXT: dag.add %[[X]], %[[Y]]
    %sum = dag.add %c, %s
        : (tensor<1x8x16xbf16>, tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
    %y = dag.add %x, %sum
        : (tensor<1x8x16xbf16>, tensor<1x8x16xbf16>) -> tensor<1x8x16xbf16>
    dag.yield %y : tensor<1x8x16xbf16>
  }
  dag.output %1 "y" : tensor<1x8x16xbf16>
}

// -----

// Neither divides: every rank keeps the slots of its experts, and one reduction
// ends both sums. What is pending over one of the axes meets them there.

// CHECK-LABEL: dag.model @three_tokens
dag.model @three_tokens {
  %0 = dag.input "x" : tensor<1x3x16xbf16>
  // CHECK: dag.layer 0 (%[[X:[^ ]*]] =
  %1 = dag.layer 0 (%x = %0 : tensor<1x3x16xbf16>) -> (tensor<1x3x16xbf16>) {
    %wr = dag.parameter "router" : tensor<8x16xbf16>
    %w, %i = dag.router %x, %wr top_k = 2
        : (tensor<1x3x16xbf16>, tensor<8x16xbf16>)
        -> (tensor<1x3x2xbf16>, tensor<1x3x2xi32>)
    // EP: %[[D:.*]] = dag.dispatch {{.*}} -> tensor<8x3x16xbf16>
    // EP: dag.slice %[[D]] dim 0 over {ep}
    %d = dag.dispatch %x, %i experts = 8 capacity = 3
        : (tensor<1x3x16xbf16>, tensor<1x3x2xi32>) -> tensor<8x3x16xbf16>
    %eg = dag.parameter "gate" : tensor<8x32x16xbf16>
    %ed = dag.parameter "down" : tensor<8x16x32xbf16>
    // EP-NOT: all_to_all
    %e = dag.expert silu %d, %eg, %eg, %ed
        : (tensor<8x3x16xbf16>, tensor<8x32x16xbf16>, tensor<8x32x16xbf16>,
           tensor<8x16x32xbf16>) -> tensor<8x3x16xbf16>
    // EP: %[[C:.*]] = dag.combine {{.*}} partial = {ep, tp}>>
    // EP: %[[R:.*]] = dag.all_reduce %[[C]] over {ep, tp}
    // Scattered first, reduced over the other axis then.
    // SP: %[[C:.*]] = dag.combine {{.*}} partial = {ep, tp}>>
    // SP: %[[R0:.*]] = dag.reduce_scatter %[[C]] dim 1 over {tp} pad 1
    // SP: dag.all_reduce %[[R0]] over {ep}
    %c = dag.combine %e, %w, %i
        : (tensor<8x3x16xbf16>, tensor<1x3x2xbf16>, tensor<1x3x2xi32>)
        -> tensor<1x3x16xbf16>
    %h = dag.add %x, %c
        : (tensor<1x3x16xbf16>, tensor<1x3x16xbf16>) -> tensor<1x3x16xbf16>
    // EP: %[[C2:.*]] = dag.combine
    %c2 = dag.combine %e, %w, %i
        : (tensor<8x3x16xbf16>, tensor<1x3x2xbf16>, tensor<1x3x2xi32>)
        -> tensor<1x3x16xbf16>
    %su = dag.parameter "shared.up" : tensor<32x16xbf16>
    %u = dag.linear %h, %su as ffn_up
        : (tensor<1x3x16xbf16>, tensor<32x16xbf16>) -> tensor<1x3x32xbf16>
    %sd = dag.parameter "shared.down" : tensor<16x32xbf16>
    // EP: %[[S:.*]] = dag.linear {{.*}} as ffn_down
    // EP-NEXT: %[[R2:.*]] = dag.all_reduce %[[C2]] over {ep}
    // EP-NEXT: %[[SUM:.*]] = dag.add %[[R2]], %[[S]]
    // EP-NEXT: dag.all_reduce %[[SUM]] over {tp}
    %s = dag.linear %u, %sd as ffn_down
        : (tensor<1x3x32xbf16>, tensor<16x32xbf16>) -> tensor<1x3x16xbf16>
    %sum = dag.add %c2, %s
        : (tensor<1x3x16xbf16>, tensor<1x3x16xbf16>) -> tensor<1x3x16xbf16>
    %y = dag.add %h, %sum
        : (tensor<1x3x16xbf16>, tensor<1x3x16xbf16>) -> tensor<1x3x16xbf16>
    dag.yield %y : tensor<1x3x16xbf16>
  }
  dag.output %1 "y" : tensor<1x3x16xbf16>
}

// -----

// Slots that can run out stay whole, though the batch divides: split tokens
// would not compete for the same ones.

// CHECK-LABEL: dag.model @dropped_tokens
dag.model @dropped_tokens {
  // EP: dag.input "x" : tensor<2x8x16xbf16>
  %x = dag.input "x" : tensor<2x8x16xbf16>
  %i = dag.input "indices" : tensor<2x8x2xi32>
  %w = dag.input "weights" : tensor<2x8x2xbf16>
  // EP: %[[D:.*]] = dag.dispatch {{.*}} -> tensor<8x4x16xbf16>
  %d = dag.dispatch %x, %i experts = 8 capacity = 4
      : (tensor<2x8x16xbf16>, tensor<2x8x2xi32>) -> tensor<8x4x16xbf16>
  %eg = dag.parameter "gate" : tensor<8x32x16xbf16>
  %ed = dag.parameter "down" : tensor<8x16x32xbf16>
  // EP: dag.slice %[[D]] dim 0 over {ep}
  %e = dag.expert silu %d, %eg, %eg, %ed
      : (tensor<8x4x16xbf16>, tensor<8x32x16xbf16>, tensor<8x32x16xbf16>,
         tensor<8x16x32xbf16>) -> tensor<8x4x16xbf16>
  %c = dag.combine %e, %w, %i
      : (tensor<8x4x16xbf16>, tensor<2x8x2xbf16>, tensor<2x8x2xi32>)
      -> tensor<2x8x16xbf16>
  // CHECK: dag.output {{.*}} : tensor<2x8x16xbf16>
  dag.output %c "y" : tensor<2x8x16xbf16>
}

// -----

// So do slots that something else sees: which one a token has depends on how
// the tokens are split.

// CHECK-LABEL: dag.model @seen_slots
dag.model @seen_slots {
  // EP: dag.input "x" : tensor<2x8x16xbf16>
  %x = dag.input "x" : tensor<2x8x16xbf16>
  %i = dag.input "indices" : tensor<2x8x2xi32>
  %w = dag.input "weights" : tensor<2x8x2xbf16>
  // EP: dag.dispatch {{.*}} -> tensor<8x16x16xbf16>
  %d = dag.dispatch %x, %i experts = 8 capacity = 16
      : (tensor<2x8x16xbf16>, tensor<2x8x2xi32>) -> tensor<8x16x16xbf16>
  %eg = dag.parameter "gate" : tensor<8x32x16xbf16>
  %ed = dag.parameter "down" : tensor<8x16x32xbf16>
  %e = dag.expert silu %d, %eg, %eg, %ed
      : (tensor<8x16x16xbf16>, tensor<8x32x16xbf16>, tensor<8x32x16xbf16>,
         tensor<8x16x32xbf16>) -> tensor<8x16x16xbf16>
  // EP: dag.combine {{.*}} partial = {ep, tp}>>
  %c = dag.combine %e, %w, %i
      : (tensor<8x16x16xbf16>, tensor<2x8x2xbf16>, tensor<2x8x2xi32>)
      -> tensor<2x8x16xbf16>
  // CHECK: dag.output {{.*}} : tensor<8x16x16xbf16>
  dag.output %d "slots" : tensor<8x16x16xbf16>
  dag.output %c "y" : tensor<2x8x16xbf16>
}

// -----

// Experts with biases are split as a whole, over `tp` first, so that less is
// exchanged over `ep`.

// CHECK-LABEL: dag.model @biases
dag.model @biases {
  %0 = dag.input "x" : tensor<2x8x16xbf16>
  %1 = dag.layer 0 (%x = %0 : tensor<2x8x16xbf16>) -> (tensor<2x8x16xbf16>) {
    %wr = dag.parameter "router" : tensor<8x16xbf16>
    // CHECK: dag.parameter "router_bias" : tensor<8xbf16>
    %br = dag.parameter "router_bias" : tensor<8xbf16>
    %w, %i = dag.router %x, %wr bias %br top_k = 2
        : (tensor<2x8x16xbf16>, tensor<8x16xbf16>, tensor<8xbf16>)
        -> (tensor<2x8x2xbf16>, tensor<2x8x2xi32>)
    %d = dag.dispatch %x, %i experts = 8 capacity = 16
        : (tensor<2x8x16xbf16>, tensor<2x8x2xi32>) -> tensor<8x16x16xbf16>
    // CHECK: %[[D:.*]] = dag.dispatch
    // CHECK: %[[MINE:.*]] = dag.slice %[[D]] dim 0 over {tp}
    // EP: dag.all_to_all %[[MINE]] split 0 concat 1 over {ep} {{.*}} -> tensor<8x16x16xbf16, #dag.sharding<[{tp, ep}, {}, {}]>>
    // TP: dag.parameter "gate" : tensor<8x31x16xbf16, #dag.sharding<[{tp}, {}, {}]>>
    // EP: dag.parameter "gate" : tensor<8x31x16xbf16, #dag.sharding<[{tp, ep}, {}, {}]>>
    %eg = dag.parameter "gate" : tensor<8x31x16xbf16>
    %eu = dag.parameter "up" : tensor<8x31x16xbf16>
    %ed = dag.parameter "down" : tensor<8x16x31xbf16>
    // TP: dag.parameter "gate_bias" : tensor<8x31xbf16, #dag.sharding<[{tp}, {}]>>
    %bg = dag.parameter "gate_bias" : tensor<8x31xbf16>
    %bu = dag.parameter "up_bias" : tensor<8x31xbf16>
    %bd = dag.parameter "down_bias" : tensor<8x16xbf16>
    // TP: dag.expert {{.*}} bias{{.*}} alpha = 1.702 limit = 7.0 {{.*}} -> tensor<8x16x16xbf16, #dag.sharding<[{tp}, {}, {}]>>
    // EP: dag.all_to_all {{.*}} split 1 concat 0 over {ep} {{.*}} -> tensor<8x16x16xbf16, #dag.sharding<[{tp}, {ep}, {}]>>
    %e = dag.expert silu %d, %eg, %eu, %ed bias(%bg, %bu, %bd)
        alpha = 1.702 limit = 7.0
        : (tensor<8x16x16xbf16>, tensor<8x31x16xbf16>, tensor<8x31x16xbf16>,
           tensor<8x16x31xbf16>, tensor<8x31xbf16>, tensor<8x31xbf16>,
           tensor<8x16xbf16>) -> tensor<8x16x16xbf16>
    // CHECK: dag.combine {{.*}} partial = {tp}>>
    %c = dag.combine %e, %w, %i
        : (tensor<8x16x16xbf16>, tensor<2x8x2xbf16>, tensor<2x8x2xi32>)
        -> tensor<2x8x16xbf16>
    // TP-NEXT: dag.all_reduce {{.*}} over {tp}
    // EP-NEXT: dag.all_reduce {{.*}} over {tp}
    // SP-NEXT: dag.reduce_scatter {{.*}} dim 1 over {tp}
    %y = dag.add %x, %c
        : (tensor<2x8x16xbf16>, tensor<2x8x16xbf16>) -> tensor<2x8x16xbf16>
    dag.yield %y : tensor<2x8x16xbf16>
  }
  dag.output %1 "y" : tensor<2x8x16xbf16>
}

// -----

// In one op: all ranks see all tokens.

// CHECK-LABEL: dag.model @composite
dag.model @composite {
  // EP: dag.input "x" : tensor<2x8x16xbf16>
  %x = dag.input "x" : tensor<2x8x16xbf16>
  %r = dag.parameter "router" : tensor<8x16xbf16>
  // TP: dag.parameter "gate" : tensor<8x32x16xbf16, #dag.sharding<[{}, {tp}, {}]>>
  // EP: dag.parameter "gate" : tensor<8x32x16xbf16, #dag.sharding<[{ep}, {tp}, {}]>>
  %g = dag.parameter "gate" : tensor<8x32x16xbf16>
  // TP: dag.parameter "down" : tensor<8x16x32xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %d = dag.parameter "down" : tensor<8x16x32xbf16>
  // TP: dag.moe {{.*}} partial = {tp}>>
  // EP: dag.moe {{.*}} partial = {ep, tp}>>
  %y = dag.moe %x, %r, %g, %g, %d top_k = 2 capacity = 16 activation silu
      : (tensor<2x8x16xbf16>, tensor<8x16xbf16>, tensor<8x32x16xbf16>,
         tensor<8x32x16xbf16>, tensor<8x16x32xbf16>) -> tensor<2x8x16xbf16>
  // EP: dag.all_reduce {{.*}} over {ep, tp}
  dag.output %y "y" : tensor<2x8x16xbf16>
}
