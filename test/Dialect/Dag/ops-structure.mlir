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

// CHECK-LABEL: dag.model @checkpoints on @m
dag.model @checkpoints on @m {
  // CHECK: dag.parameter "h.0.attn.c_proj.weight" from <transposed> : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %0 = dag.parameter "h.0.attn.c_proj.weight" from <transposed>
      : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: dag.parameter "h.0.attn.c_attn.weight" from <transposed view [3, 64, 64] offsets [1, 0, 0] sizes [1, 64, 64]> : tensor<64x64xbf16>
  %1 = dag.parameter "h.0.attn.c_attn.weight"
      from <transposed view [3, 64, 64] offsets [1, 0, 0] sizes [1, 64, 64]>
      : tensor<64x64xbf16>
  // CHECK: dag.parameter "h.0.mlp.gate_up.weight" from <view [256, 64] offsets [128, 0] sizes [128, 64]> : tensor<130x64xbf16, #dag.sharding<[{tp} pad 2, {}]>>
  %2 = dag.parameter "h.0.mlp.gate_up.weight"
      from <view [256, 64] offsets [128, 0] sizes [128, 64]>
      : tensor<130x64xbf16, #dag.sharding<[{tp} pad 2, {}]>>
  // CHECK: dag.parameter "h.0.mlp.experts.{}.up_proj.weight" from <stacked> : tensor<8x128x64xbf16>
  %3 = dag.parameter "h.0.mlp.experts.{}.up_proj.weight" from <stacked>
      : tensor<8x128x64xbf16>
  // CHECK: dag.parameter "h.0.mlp.experts.{}.gate_up.weight" from <stacked transposed view [8, 2, 128, 64] offsets [0, 1, 0, 0] sizes [8, 1, 128, 64]> : tensor<8x128x64xbf16>
  %4 = dag.parameter "h.0.mlp.experts.{}.gate_up.weight"
      from <stacked transposed view [8, 2, 128, 64] offsets [0, 1, 0, 0]
            sizes [8, 1, 128, 64]> : tensor<8x128x64xbf16>
  // CHECK: dag.parameter "dynamic" from <view [4, 4] offsets [0, 0] sizes [2, 4]> : tensor<?x4xbf16>
  %5 = dag.parameter "dynamic"
      from <view [4, 4] offsets [0, 0] sizes [2, 4]> : tensor<?x4xbf16>
}
