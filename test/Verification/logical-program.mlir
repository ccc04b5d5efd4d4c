// RUN: split-file %s %t
// RUN: not dag-opt %t/logical.mlir --verify-pipeline=report=- 2>%t.err \
// RUN:   | FileCheck %s --check-prefix=REPORT
// RUN: FileCheck %s --check-prefix=LOGICAL < %t.err
// RUN: not dag-opt %t/reference.mlir --verify-pipeline 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ALONE
// RUN: not dag-opt %t/malformed.mlir --verify-pipeline 2>&1 \
// RUN:   | FileCheck %s --check-prefix=MALFORMED
// RUN: not dag-opt %t/beside.mlir --dag-verify-attention 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BESIDE
// RUN: not dag-opt %t/on-mesh.mlir --dag-verify-stages 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ON-MESH

// A program for one device is no plan, and nobody is told that its attention is
// not decomposed.

// REPORT: UNVERIFIED
// LOGICAL: logical.mlir:1:1: warning: [DAG004] expected a plan, but '@m' has no mesh and no stages: it is a program for one device
// LOGICAL: hint: Make a plan of it with --dag-plan
// LOGICAL-NOT: error: [DAG
// LOGICAL: error: verdict UNVERIFIED
// LOGICAL: UNVERIFIED: PP stage boundaries clear (the model is a program for one device, not a plan)

// A reference without a plan is a program for one device as well.

// ALONE: [DAG004] expected a plan, but '@logical' has no mesh and no stages

// Beside a plan, its composite attention is no finding.

// BESIDE-NOT: DAG104
// BESIDE: UNVERIFIED: no attention is drawn

// A reference that does not verify is no reference.

// MALFORMED: [DAG005] {{.*}}attribute 'name' failed to satisfy constraint: string attribute that is not empty

// Nor is a model on a mesh, whatever it is marked as.

// ON-MESH: [DAG603] stages 0 and 1 share GPU 0

//--- logical.mlir
dag.model @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.parameter "w" : tensor<64x64xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    %w0 = dag.parameter "w" : tensor<64x64xbf16>
    %1 = dag.attention %a, %w0, %w0, %w0, %w0
        heads = 4 kv_heads = 4 head_dim = 16 scale = 0.25 mask causal
        : (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
           tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield %1 : tensor<1x8x64xbf16>
  }
  dag.output %0 "y" : tensor<1x8x64xbf16>
}

//--- reference.mlir
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<64xf32>
  dag.output %x "y" : tensor<64xf32>
}

//--- malformed.mlir
dag.mesh @mesh <pp = 1>
dag.model @m on @mesh {
  %x = dag.input "x" : tensor<64xf32>
  dag.output %x "y" : tensor<64xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "" : tensor<64xf32>
  dag.output %x "y" : tensor<64xf32>
}

//--- beside.mlir
dag.mesh @mesh <pp = 1>
dag.model @m on @mesh {
  %x = dag.input "x" : tensor<64xf32>
  %0 = dag.stage 0 on pp = 0 layers [0, 1) devices [0]
      (%a = %x : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  dag.output %0 "y" : tensor<64xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.parameter "w" : tensor<64x64xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    %w0 = dag.parameter "w" : tensor<64x64xbf16>
    %1 = dag.attention %a, %w0, %w0, %w0, %w0
        heads = 4 kv_heads = 4 head_dim = 16 scale = 0.25 mask causal
        : (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
           tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<1x8x64xbf16>
    dag.yield %1 : tensor<1x8x64xbf16>
  }
  dag.output %0 "y" : tensor<1x8x64xbf16>
}

//--- on-mesh.mlir
dag.mesh @mesh <pp = 2>
dag.model @m on @mesh attributes {dag.reference} {
  %x = dag.input "x" : tensor<64xf32>
  dag.stage 0 on pp = 0 devices [0] () {
    dag.yield
  }
  dag.stage 1 on pp = 1 devices [0] () {
    dag.yield
  }
}
