// A drawing is reduced to what still shows the matter.

// RUN: dag-reduce %s --reduction-tree='traversal-mode=0 test=%S/Inputs/has-all-reduce.sh' \
// RUN:   | FileCheck %s

// CHECK-LABEL: dag.sketch @llama
// CHECK-NEXT:    dag.node communication "layer0_allreduce"{{.*}}all_reduce
// CHECK-NEXT:  }
dag.sketch @llama tp(2) {
  %0 = dag.node compute "layer0_qkv" role(qkv_projection) layers(0)
  %1 = dag.node communication "layer0_allreduce" role(all_reduce) layers(0)
  %2 = dag.node compute "layer0_ffn" role(ffn) layers(0)
  %3 = dag.node compute "layer1_qkv" role(qkv_projection) layers(1)
}
