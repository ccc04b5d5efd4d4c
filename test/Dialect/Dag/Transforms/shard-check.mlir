// RUN: dag-opt %s --dag-shard="tp=2 sequence-parallel" | FileCheck %s
// RUN: dag-opt %s --dag-plan="tp=2 pp=2 sequence-parallel" -o %t.mlir
// RUN: dag-run %s && dag-run %t.mlir

// Asserts stand on the value as others see it, and what they compare with is
// brought into its shards. Three tokens make four on two ranks.

// CHECK-LABEL: dag.model @checked on @mesh
dag.model @checked <num_layers = 2> {
  %x = arith.constant dense<[[[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0],
                              [0.0, 1.0, 0.0, 1.0]]]> : tensor<1x3x4xf64>
  // CHECK: dag.layer 0 (%[[X:.*]] = %{{.*}} : tensor<1x4x4xf64, #dag.sharding<[{}, {tp} pad 1, {}]>>)
  %0 = dag.layer 0 (%a = %x : tensor<1x3x4xf64>) -> (tensor<1x3x4xf64>) {
    %one = arith.constant dense<[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0],
                                 [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]>
        : tensor<4x4xf64>
    // CHECK: arith.constant dense<{{.*}}> : tensor<4x4xf64, #dag.sharding<[{tp}, {}]>>
    // CHECK: %[[UP:.*]] = dag.linear %{{.*}}, %{{.*}} as ffn_up
    %u = dag.linear %a, %one as ffn_up
        : (tensor<1x3x4xf64>, tensor<4x4xf64>) -> tensor<1x3x4xf64>
    // CHECK: %[[A:.*]] = dag.slice %{{.*}} dim 2 over {tp}
    // CHECK-NEXT: check.equal %[[UP]], %[[A]] : tensor<1x3x4xf64, #dag.sharding<[{}, {}, {tp}]>>
    check.equal %u, %a : tensor<1x3x4xf64>
    // CHECK: arith.constant dense<{{.*}}> : tensor<4x4xf64, #dag.sharding<[{}, {tp}]>>
    // CHECK: dag.linear %[[UP]], %{{.*}} as ffn_down
    // CHECK: %[[DOWN:.*]] = dag.reduce_scatter
    %d = dag.linear %u, %one as ffn_down
        : (tensor<1x3x4xf64>, tensor<4x4xf64>) -> tensor<1x3x4xf64>
    // CHECK-NEXT: check.close %[[DOWN]], %[[X]] ulp = 1.0 : tensor<1x4x4xf64, #dag.sharding<[{}, {tp} pad 1, {}]>>
    check.close %d, %a ulp = 1 : tensor<1x3x4xf64>
    // CHECK-NEXT: dag.add %[[X]], %[[DOWN]]
    %s = dag.add %a, %d
        : (tensor<1x3x4xf64>, tensor<1x3x4xf64>) -> tensor<1x3x4xf64>
    dag.yield %s : tensor<1x3x4xf64>
  }
  // CHECK: dag.layer 1
  %1 = dag.layer 1 (%a = %0 : tensor<1x3x4xf64>) -> (tensor<1x3x4xf64>) {
    %s = dag.add %a, %a
        : (tensor<1x3x4xf64>, tensor<1x3x4xf64>) -> tensor<1x3x4xf64>
    dag.yield %s : tensor<1x3x4xf64>
  }
  // CHECK: arith.constant dense<{{\[\[\[}}4.0{{.*}}, [0.0{{[^]]*}}], [0.0{{[^]]*}}0.000000e+00]]]> : tensor<1x4x4xf64, #dag.sharding<[{}, {tp} pad 1, {}]>>
  // CHECK-NEXT: check.equal
  %c = arith.constant dense<[[[4.0, 8.0, 12.0, 16.0], [16.0, 12.0, 8.0, 4.0],
                              [0.0, 4.0, 0.0, 4.0]]]> : tensor<1x3x4xf64>
  check.equal %1, %c : tensor<1x3x4xf64>
  dag.output %1 "y" : tensor<1x3x4xf64>
}
