// RUN: dag-opt %s --split-input-file --dag-partition-stages=stages=2 | FileCheck %s
// RUN: dag-opt %s --split-input-file --dag-partition-stages="stages=2 layout=1,4" | FileCheck %s --check-prefix=LAYOUT
// RUN: dag-opt %s --split-input-file --dag-partition-stages=stages=4 | FileCheck %s --check-prefix=FOUR
// RUN: dag-opt %s --split-input-file --dag-partition-stages="stages=2 virtual=2" | FileCheck %s --check-prefix=VIRTUAL
// RUN: dag-opt %s --split-input-file --dag-partition-stages="stages=2 devices=8,9,18,19" | FileCheck %s --check-prefix=DEVICES
// RUN: dag-opt %s --split-input-file --dag-partition-stages | FileCheck %s --check-prefix=ONE

// What stands before the layers is in the first stage, what stands behind them
// in the last; inputs are operands of each stage that uses them; a parameter
// that two stages use is in both; a value goes to each stage that uses it.

// CHECK: dag.mesh @mesh <pp = 2, tp = 2>
// CHECK-LABEL: dag.model @m on @mesh <num_layers = 5>
// CHECK: %[[TOKENS:.*]] = dag.input "tokens"
// CHECK: %[[POSITION:.*]] = dag.input "position"
// CHECK: %[[S0:.*]]:3 = dag.stage 0 on pp = 0 layers [0, 3) devices [0, 1] (%[[T:.*]] = %[[TOKENS]] : tensor<1x8xi32>, %[[P:.*]] = %[[POSITION]] : tensor<i32>) -> (tensor<1x8x64xbf16>, tensor<1x8x64xbf16>, tensor<1x8x64xbf16>)
// CHECK:   %[[TABLE:.*]] = dag.parameter "embed"
// CHECK:   %[[E:.*]] = dag.embedding %[[T]], %[[TABLE]]
// CHECK:   %[[L0:.*]] = dag.layer 0 (%{{.*}} = %[[E]] : tensor<1x8x64xbf16>, %{{.*}} = %[[P]] : tensor<i32>)
// CHECK:   %[[L1:.*]] = dag.layer 1 (%{{.*}} = %[[L0]]
// CHECK:   %[[L2:.*]] = dag.layer 2 (%{{.*}} = %[[L1]]
// CHECK:   dag.yield %[[L0]], %[[L1]], %[[L2]]
// CHECK: %[[S1:.*]] = dag.stage 1 on pp = 1 layers [3, 5) devices [2, 3] (%[[X:.*]] = %[[S0]]#2 : tensor<1x8x64xbf16>, %[[P1:.*]] = %[[POSITION]] : tensor<i32>, %[[SKIP:.*]] = %[[S0]]#0 : tensor<1x8x64xbf16>) -> (tensor<1x8x128xbf16>)
// CHECK:   %[[L3:.*]] = dag.layer 3 (%{{.*}} = %[[X]] : tensor<1x8x64xbf16>, %{{.*}} = %[[P1]] : tensor<i32>)
// CHECK:   dag.layer 4 (%{{.*}} = %[[L3]] : tensor<1x8x64xbf16>, %{{.*}} = %[[P1]] : tensor<i32>, %{{.*}} = %[[SKIP]] : tensor<1x8x64xbf16>)
// CHECK:   %[[NORM:.*]] = dag.parameter "norm"
// CHECK:   %[[Y:.*]] = dag.rms_norm %{{.*}}, %[[NORM]]
// CHECK:   %[[TIED:.*]] = dag.parameter "embed"
// CHECK:   %[[LOGITS:.*]] = dag.linear %[[Y]], %[[TIED]] as head
// CHECK:   dag.yield %[[LOGITS]]
// CHECK: dag.output %[[S1]] "logits"
// CHECK: dag.output %[[S0]]#1 "middle"

// LAYOUT: dag.stage 0 on pp = 0 layers [0, 1) devices [0, 1]
// LAYOUT: dag.stage 1 on pp = 1 layers [1, 5) devices [2, 3]

// FOUR: dag.mesh @mesh <pp = 4, tp = 2>
// FOUR: dag.stage 0 on pp = 0 layers [0, 2) devices [0, 1]
// FOUR: dag.stage 1 on pp = 1 layers [2, 3) devices [2, 3]
// FOUR: dag.stage 2 on pp = 2 layers [3, 4) devices [4, 5]
// FOUR: dag.stage 3 on pp = 3 layers [4, 5) devices [6, 7]

// VIRTUAL: dag.mesh @mesh <pp = 2, tp = 2>
// VIRTUAL: dag.stage 0 on pp = 0 layers [0, 2) devices [0, 1]
// VIRTUAL: dag.stage 1 on pp = 1 layers [2, 3) devices [2, 3]
// VIRTUAL: dag.stage 2 on pp = 0 layers [3, 4) devices [0, 1]
// VIRTUAL: dag.stage 3 on pp = 1 layers [4, 5) devices [2, 3]

// DEVICES: dag.mesh @mesh <pp = 2, tp = 2> devices = [8, 9, 18, 19]
// DEVICES: dag.stage 0 on pp = 0 layers [0, 3) devices [8, 9]
// DEVICES: dag.stage 1 on pp = 1 layers [3, 5) devices [18, 19]

// ONE: dag.mesh @mesh <pp = 1, tp = 2>
// ONE: dag.stage 0 on pp = 0 layers [0, 5) devices [0, 1]
// ONE-NOT: dag.stage

dag.mesh @mesh <tp = 2>
dag.model @m on @mesh <num_layers = 5> {
  %tokens = dag.input "tokens" : tensor<1x8xi32>
  %table = dag.parameter "embed" : tensor<128x64xbf16>
  %x = dag.embedding %tokens, %table
      : (tensor<1x8xi32>, tensor<128x64xbf16>) -> tensor<1x8x64xbf16>
  %pos = dag.input "position" : tensor<i32>
  %0 = dag.layer 0 (%a = %x : tensor<1x8x64xbf16>, %p = %pos : tensor<i32>)
      -> (tensor<1x8x64xbf16>) {
    dag.yield %a : tensor<1x8x64xbf16>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<1x8x64xbf16>, %p = %pos : tensor<i32>)
      -> (tensor<1x8x64xbf16>) {
    dag.yield %a : tensor<1x8x64xbf16>
  }
  %2 = dag.layer 2 (%a = %1 : tensor<1x8x64xbf16>, %p = %pos : tensor<i32>)
      -> (tensor<1x8x64xbf16>) {
    dag.yield %a : tensor<1x8x64xbf16>
  }
  %3 = dag.layer 3 (%a = %2 : tensor<1x8x64xbf16>, %p = %pos : tensor<i32>)
      -> (tensor<1x8x64xbf16>) {
    dag.yield %a : tensor<1x8x64xbf16>
  }
  %4 = dag.layer 4 (%a = %3 : tensor<1x8x64xbf16>, %p = %pos : tensor<i32>,
                    %s = %0 : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    %y = dag.add %a, %s
        : (tensor<1x8x64xbf16>, tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield %y : tensor<1x8x64xbf16>
  }
  %n = dag.parameter "norm" : tensor<64xbf16>
  %5 = dag.rms_norm %4, %n epsilon = 1.0e-5 as final_norm
      : (tensor<1x8x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
  %6 = dag.linear %5, %table as head
      : (tensor<1x8x64xbf16>, tensor<128x64xbf16>) -> tensor<1x8x128xbf16>
  dag.output %6 "logits" : tensor<1x8x128xbf16>
  dag.output %1 "middle" : tensor<1x8x64xbf16>
}
