// Stock mlir-opt learns the dialect and its passes from the plugin.
// REQUIRES: dag-plugin

// RUN: mlir-opt --load-dialect-plugin=%dag_libs/DagPlugin.so %s | FileCheck %s
// RUN: mlir-opt --load-dialect-plugin=%dag_libs/DagPlugin.so %s \
// RUN:   --emit-bytecode -o %t.mlirbc
// RUN: mlir-opt --load-dialect-plugin=%dag_libs/DagPlugin.so %t.mlirbc \
// RUN:   | FileCheck %s
// RUN: not mlir-opt --load-dialect-plugin=%dag_libs/DagPlugin.so \
// RUN:   --load-pass-plugin=%dag_libs/DagPlugin.so \
// RUN:   --pass-pipeline='builtin.module(dag-verify-connectivity)' %s \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PASS

// CHECK-LABEL: dag.sketch @llama
// CHECK:       dag.node compute "layer0_qkv" {{.*}}qkv_projection
// PASS: DAG4
dag.sketch @llama tp(2) {
  %0 = dag.node compute "layer0_qkv" role(qkv_projection) layers(0)
}
