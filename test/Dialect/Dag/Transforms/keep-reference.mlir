// RUN: dag-opt %s --split-input-file --dag-keep-reference --verify-diagnostics | FileCheck %s
// RUN: dag-opt %s --split-input-file --dag-keep-reference --dag-keep-reference --verify-diagnostics | FileCheck %s

// CHECK-LABEL: dag.model @m <num_layers = 1> {
// CHECK: dag.layer 0
// CHECK-LABEL: dag.model @logical_0 <num_layers = 1> attributes {dag.reference} {
// CHECK: dag.layer 0
// CHECK-LABEL: dag.model @logical {
// CHECK-LABEL: dag.model @logical_1 attributes {dag.reference} {
// CHECK-NOT: dag.model

dag.model @m <num_layers = 1> {
  dag.layer 0 () {
    dag.yield
  }
}
dag.model @logical {
}

// -----

// expected-error @below {{expected a dag.model to keep, but there is none}}
module {
}

// -----

dag.mesh @mesh <pp = 1>
// expected-error @below {{expected a logical program to keep, but '@plan' is on the mesh @mesh}}
dag.model @plan on @mesh {
}
