// RUN: dag-opt %s --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --mlir-print-op-generic | dag-opt | FileCheck %s
// RUN: dag-opt %s --emit-bytecode | dag-opt | FileCheck %s

// CHECK: dag.mesh @m <pp = 2, tp = 2> devices = [0, 1, 4, 5]
dag.mesh @m <pp = 2, tp = 2> devices = [0, 1, 4, 5]

// CHECK: dag.mesh @quoted <"a b" = 3>
dag.mesh @quoted <"a b" = 3>

// CHECK-LABEL: dag.model @logical {
dag.model @logical {
  // CHECK: %[[X:.*]] = dag.input "tokens" : tensor<1x8xi32>
  %0 = dag.input "tokens" : tensor<1x8xi32>
  // CHECK: dag.output %[[X]] "logits" : tensor<1x8xi32>
  dag.output %0 "logits" : tensor<1x8xi32>
}

// CHECK-LABEL: dag.model @empty <num_layers = 2> {
dag.model @empty <num_layers = 2> {
}

// CHECK-LABEL: dag.model @full on @m <num_layers = 80, hidden_size = 64, num_heads = 4, num_kv_heads = 2, head_dim = 16, intermediate_size = 128, vocab_size = 256, num_experts = 8, top_k = 2> sampling = [0, 79] because "first and last" attributes {note = "kept"} {
dag.model @full on @m <num_layers = 80, num_heads = 4, hidden_size = 64,
    num_kv_heads = 2, head_dim = 16, intermediate_size = 128,
    vocab_size = 256, num_experts = 8, top_k = 2>
    sampling = [0, 79] because "first and last" attributes {note = "kept"} {
}

// CHECK-LABEL: dag.model @stages on @m
dag.model @stages on @m {
  // CHECK: %[[X:.*]] = dag.input "hidden" : tensor<1x8x64xbf16>
  %0 = dag.input "hidden" : tensor<1x8x64xbf16>
  // CHECK: %[[S:.*]] = dag.stage 0 on pp = 0 layers [0, 40) devices [0, 1] (%[[A:.*]] = %[[X]] : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
  %1 = dag.stage 0 on pp = 0 layers [0, 40) devices [0, 1]
      (%a = %0 : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    // CHECK: dag.layer 0 (%[[B:.*]] = %[[A]] : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
    // CHECK: dag.yield %[[B]] : tensor<1x8x64xbf16>
    %2 = dag.layer 0 (%b = %a : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
      dag.yield %b : tensor<1x8x64xbf16>
    }
    // CHECK: dag.layer 1 () {
    // CHECK-NEXT: dag.yield
    dag.layer 1 () {
      dag.yield
    }
    dag.yield %2 : tensor<1x8x64xbf16>
  }
  // CHECK: dag.stage 1 () attributes {note} {
  // CHECK-NEXT: dag.yield
  dag.stage 1 () attributes {note} {
    dag.yield
  }
  // CHECK: %up_proj = dag.parameter "model.layers.0.mlp.up_proj.weight" : tensor<256x64xbf16, #dag.sharding<[{tp}, {}]>>
  %w = dag.parameter "model.layers.0.mlp.up_proj.weight"
      : tensor<256x64xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: dag.input "ids" : tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>
  %ids = dag.input "ids"
      : tensor<1x8xi32, #dag.sharding<[{}, {}], root = {tp = 0}>>
}
