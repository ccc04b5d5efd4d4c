// RUN: dag-opt %s --dag-plan="tp=2 pp=2" --dump-pass-pipeline 2>&1 | FileCheck %s --check-prefix=PASSES
// RUN: dag-opt %s --dag-plan="ep=1 pp=1 virtual=1 placement=v keep-reference sequence-parallel layout=2 scatter-gather=never devices-per-node=4 slots=1 devices=3" --dump-pass-pipeline 2>&1 | FileCheck %s --check-prefix=OPTIONS
// RUN: dag-opt %s --dag-plan="tp=2 pp=2" | FileCheck %s

// PASSES: builtin.module(
// PASSES-NEXT: dag-absorb-latent{when=auto},
// PASSES-NEXT: dag-decompose-attention,
// PASSES-NEXT: dag-shard{axis=tp ep=1 {{.*}}sequence-parallel=false tp=2},
// PASSES-NEXT: dag-partition-stages{balance=layers {{.*}}stages=2 virtual=1},
// PASSES-NEXT: dag-insert-transfers{devices-per-node=8 scatter-gather=auto slots=2}

// OPTIONS: dag-keep-reference
// OPTIONS: dag-shard{axis=tp ep=1 {{.*}}sequence-parallel=true tp=1}
// OPTIONS: dag-partition-stages{balance=layers device=h100-sxm device-file= devices={3} layout={2} placement=v stages=1 virtual=1}
// OPTIONS: dag-insert-transfers{devices-per-node=4 scatter-gather=never slots=1}

// CHECK: dag.mesh @mesh <pp = 2, tp = 2>
// CHECK-LABEL: dag.model @m on @mesh <num_layers = 2>
// CHECK: dag.comm_buffer @stage0_to_1 : tensor<1x8x64xbf16>, slots = 2
// CHECK: dag.stage 0 on pp = 0 layers [0, 1) devices [0, 1]
// CHECK:   dag.layer 0
// CHECK:     dag.linear {{.*}} as ffn_up {{.*}} -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
// CHECK:     dag.linear {{.*}} as ffn_down {{.*}} partial = {tp}>>
// CHECK:     dag.all_reduce {{.*}} over {tp}
// CHECK:   dag.send {{.*}} to 1 via @stage0_to_1
// CHECK: dag.stage 1 on pp = 1 layers [1, 2) devices [2, 3]
// CHECK:   dag.recv {{.*}} from 0 via @stage0_to_1
// CHECK:   dag.layer 1
// CHECK: dag.output

dag.model @m <num_layers = 2> {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    %u = dag.parameter "u0" : tensor<128x64xbf16>
    %d = dag.parameter "d0" : tensor<64x128xbf16>
    %1 = dag.linear %a, %u as ffn_up
        : (tensor<1x8x64xbf16>, tensor<128x64xbf16>) -> tensor<1x8x128xbf16>
    %2 = dag.activation relu %1 : (tensor<1x8x128xbf16>) -> tensor<1x8x128xbf16>
    %3 = dag.linear %2, %d as ffn_down
        : (tensor<1x8x128xbf16>, tensor<64x128xbf16>) -> tensor<1x8x64xbf16>
    %4 = dag.add %a, %3
        : (tensor<1x8x64xbf16>, tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield %4 : tensor<1x8x64xbf16>
  }
  %5 = dag.layer 1 (%a = %0 : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    %u = dag.parameter "u1" : tensor<128x64xbf16>
    %d = dag.parameter "d1" : tensor<64x128xbf16>
    %1 = dag.linear %a, %u as ffn_up
        : (tensor<1x8x64xbf16>, tensor<128x64xbf16>) -> tensor<1x8x128xbf16>
    %2 = dag.activation relu %1 : (tensor<1x8x128xbf16>) -> tensor<1x8x128xbf16>
    %3 = dag.linear %2, %d as ffn_down
        : (tensor<1x8x128xbf16>, tensor<64x128xbf16>) -> tensor<1x8x64xbf16>
    %4 = dag.add %a, %3
        : (tensor<1x8x64xbf16>, tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield %4 : tensor<1x8x64xbf16>
  }
  dag.output %5 "y" : tensor<1x8x64xbf16>
}
