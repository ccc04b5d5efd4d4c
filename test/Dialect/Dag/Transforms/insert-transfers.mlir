// RUN: dag-opt %s --split-input-file --dag-insert-transfers | FileCheck %s
// RUN: dag-opt %s --split-input-file --dag-insert-transfers="scatter-gather=always slots=3" | FileCheck %s --check-prefixes=ALWAYS
// RUN: dag-opt %s --split-input-file --dag-insert-transfers="devices-per-node=2" | FileCheck %s --check-prefixes=NODES
// RUN: dag-opt %s --split-input-file --dag-insert-transfers="scatter-gather=never devices-per-node=2" | FileCheck %s --check-prefixes=NEVER

// Each way again, on its own result, changes nothing.
// RUN: dag-opt %s --split-input-file --dag-insert-transfers=scatter-gather=always -o %t.once
// RUN: dag-opt %t.once --split-input-file --dag-insert-transfers=scatter-gather=always -o %t.twice
// RUN: diff %t.once %t.twice

// One transfer for each value and stage that uses it. Sends go out in the order
// of the stages that wait for them, and receives come in likewise. An output
// takes its value as before, an input goes everywhere without a transfer.

// CHECK-LABEL: dag.model @skip
// CHECK-NEXT: dag.comm_buffer @stage0_to_1 : tensor<1x8x64xbf16>, slots = 2
// CHECK-NEXT: dag.comm_buffer @stage0_to_2 : tensor<1x8x64xbf16>, slots = 2
// CHECK-NEXT: dag.comm_buffer @stage1_to_2 : tensor<1x8x64xbf16>, slots = 2
// CHECK-NEXT: %[[X:.*]] = dag.input "x"
// CHECK: %[[S0:.*]]:3 = dag.stage 0 {{.*}} -> (tensor<1x8x64xbf16>, !dag.transfer<tensor<1x8x64xbf16>>, !dag.transfer<tensor<1x8x64xbf16>>)
// CHECK-NEXT:   %[[L0:.*]] = dag.layer 0
// CHECK:        %[[L1:.*]] = dag.layer 1
// CHECK:        %[[A:.*]] = dag.send %[[L1]] to 1 via @stage0_to_1 : (tensor<1x8x64xbf16>) -> !dag.transfer<tensor<1x8x64xbf16>>
// CHECK-NEXT:   %[[B:.*]] = dag.send %[[L0]] to 2 via @stage0_to_2
// CHECK-NEXT:   dag.yield %[[L1]], %[[A]], %[[B]]
// CHECK: %[[S1:.*]] = dag.stage 1 {{.*}} (%[[P:.*]] = %[[S0]]#1 : !dag.transfer<tensor<1x8x64xbf16>>) -> (!dag.transfer<tensor<1x8x64xbf16>>)
// CHECK-NEXT:   %[[R:.*]] = dag.recv %[[P]] from 0 via @stage0_to_1 : (!dag.transfer<tensor<1x8x64xbf16>>) -> tensor<1x8x64xbf16>
// CHECK-NEXT:   %[[L2:.*]] = dag.layer 2 (%{{.*}} = %[[R]]
// CHECK:        %[[C:.*]] = dag.send %[[L2]] to 2 via @stage1_to_2
// CHECK-NEXT:   dag.yield %[[C]]
// CHECK: %[[S2:.*]] = dag.stage 2 {{.*}} (%[[P1:.*]] = %[[S1]] : !dag.transfer<tensor<1x8x64xbf16>>, %[[I:.*]] = %[[X]] : tensor<1x8x64xbf16>, %[[P0:.*]] = %[[S0]]#2 : !dag.transfer<tensor<1x8x64xbf16>>) -> (tensor<1x8x64xbf16>)
// CHECK-NEXT:   %[[R0:.*]] = dag.recv %[[P0]] from 0 via @stage0_to_2
// CHECK-NEXT:   %[[R1:.*]] = dag.recv %[[P1]] from 1 via @stage1_to_2
// CHECK-NEXT:   dag.layer 3 (%{{.*}} = %[[R1]] : tensor<1x8x64xbf16>, %{{.*}} = %[[I]] : tensor<1x8x64xbf16>, %{{.*}} = %[[R0]] : tensor<1x8x64xbf16>, %{{.*}} = %[[R0]] : tensor<1x8x64xbf16>)
// CHECK: dag.output %[[S2]] "y"
// CHECK: dag.output %[[S0]]#0 "middle"

// ALWAYS-LABEL: dag.model @skip
// ALWAYS: dag.comm_buffer @stage0_to_1 : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>, slots = 3
// ALWAYS: dag.stage 0
// ALWAYS: %[[L0:.*]] = dag.layer 0
// ALWAYS: %[[L1:.*]] = dag.layer 1
// ALWAYS: %[[A:.*]] = dag.slice %[[L1]] dim 2 over {tp} : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
// ALWAYS-NEXT: dag.send %[[A]] to 1 via @stage0_to_1
// ALWAYS-NEXT: %[[B:.*]] = dag.slice %[[L0]] dim 2 over {tp}
// ALWAYS-NEXT: dag.send %[[B]] to 2 via @stage0_to_2
// ALWAYS: dag.stage 1
// ALWAYS-NEXT: %[[R:.*]] = dag.recv
// ALWAYS-NEXT: %[[G:.*]] = dag.all_gather %[[R]] dim 2 over {tp} : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>) -> tensor<1x8x64xbf16>
// ALWAYS-NEXT: dag.layer 2 (%{{.*}} = %[[G]]

// With two devices in a node, stages 0 and 1 are on different ones.
// NODES-LABEL: dag.model @skip
// NODES: dag.comm_buffer @stage0_to_1 : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
// NEVER-LABEL: dag.model @skip
// NEVER-NOT: dag.slice

dag.mesh @m <pp = 3, tp = 2>
dag.model @skip on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %0:2 = dag.stage 0 on pp = 0 layers [0, 2) devices [0, 1]
      (%a = %x : tensor<1x8x64xbf16>)
      -> (tensor<1x8x64xbf16>, tensor<1x8x64xbf16>) {
    %1 = dag.layer 0 (%b = %a : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
      dag.yield %b : tensor<1x8x64xbf16>
    }
    %2 = dag.layer 1 (%b = %1 : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
      dag.yield %b : tensor<1x8x64xbf16>
    }
    dag.yield %1, %2 : tensor<1x8x64xbf16>, tensor<1x8x64xbf16>
  }
  %3 = dag.stage 1 on pp = 1 layers [2, 3) devices [2, 3]
      (%a = %0#1 : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    %4 = dag.layer 2 (%b = %a : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
      dag.yield %b : tensor<1x8x64xbf16>
    }
    dag.yield %4 : tensor<1x8x64xbf16>
  }
  %5 = dag.stage 2 on pp = 2 layers [3, 4) devices [4, 5]
      (%a = %3 : tensor<1x8x64xbf16>, %i = %x : tensor<1x8x64xbf16>,
       %s = %0#0 : tensor<1x8x64xbf16>, %t = %0#0 : tensor<1x8x64xbf16>)
      -> (tensor<1x8x64xbf16>) {
    %6 = dag.layer 3 (%b = %a : tensor<1x8x64xbf16>,
                      %c = %i : tensor<1x8x64xbf16>,
                      %d = %s : tensor<1x8x64xbf16>,
                      %e = %t : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
      dag.yield %b : tensor<1x8x64xbf16>
    }
    dag.yield %6 : tensor<1x8x64xbf16>
  }
  dag.output %5 "y" : tensor<1x8x64xbf16>
  dag.output %0#1 "middle" : tensor<1x8x64xbf16>
}

// -----

// What is sharded travels as it is; what does not divide travels whole; the
// next dimension is taken where the last one does not divide; all axes but that
// of the stages are split over. An attribute of a stage is kept.

// ALWAYS-LABEL: dag.model @shards
// ALWAYS: dag.comm_buffer @stage0_to_1 : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
// ALWAYS: dag.comm_buffer @stage0_to_1_0 : tensor<3x5xbf16>
// ALWAYS: dag.comm_buffer @stage0_to_1_1 : tensor<8x5xbf16, #dag.sharding<[{ep, tp}, {}]>>
// ALWAYS: dag.comm_buffer @stage0_to_1_2 : tensor<i32>
// ALWAYS: dag.stage 0 on pp = 0 {{.*}} attributes {note = "kept"}
// ALWAYS: dag.stage 1 on pp = 1
// ALWAYS: dag.recv %{{.*}} from 0 via @stage0_to_1 :
// ALWAYS: dag.recv %{{.*}} from 0 via @stage0_to_1_0 :
// ALWAYS: dag.recv %{{.*}} from 0 via @stage0_to_1_1 :
// ALWAYS: dag.all_gather %{{.*}} dim 0 over {ep, tp}
// ALWAYS: dag.recv %{{.*}} from 0 via @stage0_to_1_2 :

dag.mesh @m <pp = 2, ep = 2, one = 1, tp = 2>
dag.model @shards on @m {
  %w = dag.input "w" : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %x = dag.input "x" : tensor<3x5xbf16>
  %y = dag.input "y" : tensor<8x5xbf16>
  %z = dag.input "z" : tensor<i32>
  %0:4 = dag.stage 0 on pp = 0 (
      %a = %w : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      %b = %x : tensor<3x5xbf16>, %c = %y : tensor<8x5xbf16>,
      %d = %z : tensor<i32>)
      -> (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<3x5xbf16>,
          tensor<8x5xbf16>, tensor<i32>) attributes {note = "kept"} {
    dag.yield %a, %b, %c, %d
        : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<3x5xbf16>,
          tensor<8x5xbf16>, tensor<i32>
  }
  %1 = dag.stage 1 on pp = 1 (
      %a = %0#0 : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      %b = %0#1 : tensor<3x5xbf16>, %c = %0#2 : tensor<8x5xbf16>,
      %d = %0#3 : tensor<i32>) -> (tensor<8x5xbf16>) {
    dag.yield %c : tensor<8x5xbf16>
  }
  dag.output %1 "y" : tensor<8x5xbf16>
}

// -----

// Devices by the mesh, where stages state none: 2 and 3 of one node of four,
// and 4 and 5 of the next.

// NODES-LABEL: dag.model @by_mesh
// NODES: dag.comm_buffer @stage0_to_1 : tensor<64xbf16, #dag.sharding<[{tp}]>>
// CHECK-LABEL: dag.model @by_mesh
// CHECK: dag.comm_buffer @stage0_to_1 : tensor<64xbf16>

dag.mesh @m <pp = 2, tp = 2> devices = [2, 3, 4, 5]
dag.model @by_mesh on @m {
  %x = dag.input "x" : tensor<64xbf16>
  %0 = dag.stage 0 on pp = 0 (%a = %x : tensor<64xbf16>) -> (tensor<64xbf16>) {
    dag.yield %a : tensor<64xbf16>
  }
  %1 = dag.stage 1 on pp = 1 (%a = %0 : tensor<64xbf16>) -> (tensor<64xbf16>) {
    dag.yield %a : tensor<64xbf16>
  }
  dag.output %1 "y" : tensor<64xbf16>
}

// -----

// Nothing to do: no stages, no mesh, a reference.

// CHECK-LABEL: dag.model @no_stages
// CHECK-NOT: dag.comm_buffer
dag.model @no_stages {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}
dag.model @logical attributes {dag.reference} {
  dag.stage 0 () {
    dag.yield
  }
}
