// RUN: dag-opt %s --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --emit-bytecode | dag-opt | FileCheck %s
// RUN: dag-opt %s --mlir-print-op-generic | dag-opt | FileCheck %s

// CHECK-LABEL: dag.sketch @empty
// CHECK-NEXT: }
dag.sketch @empty {
}

// CHECK-LABEL: dag.sketch @whole tp(2) pp(4) num_layers(80) sampled_layers(0, 79) undirected drawn({rankdir = "TB"})
dag.sketch @whole tp(2) pp(4) num_layers(80) sampled_layers(0, 79) undirected
    drawn({rankdir = "TB"}) {
  // CHECK-NEXT: dag.syntax_error "expected ']', but got ';'"
  dag.syntax_error "expected ']', but got ';'"
  // CHECK-NEXT: dag.syntax_error "further syntax errors" count(17)
  dag.syntax_error "further syntax errors" count(17)
}

// CHECK-LABEL: dag.sketch @cluster
dag.sketch @cluster {
  // CHECK-NEXT: dag.cluster "cluster_stage0" stage(0) layers(0 to 19) devices(0 to 1) tp(2)
  dag.cluster "cluster_stage0" stage(0) layers(0 to 19) devices(0 to 1) tp(2)
  // CHECK-NEXT: dag.cluster "cluster_layer0" in "cluster_stage0" layers(0)
  dag.cluster "cluster_layer0" in "cluster_stage0" layers(0)
}

// A drawing can have cycles, and edges before their nodes.
// CHECK-LABEL: dag.sketch @graph_region
dag.sketch @graph_region {
  // CHECK-NEXT: dag.edge %[[A:.*]] -> %[[B:.*]]
  dag.edge %a -> %b
  // CHECK-NEXT: %[[A]] = dag.node unknown "a"
  %a = dag.node unknown "a"
  // CHECK-NEXT: %[[B]] = dag.node unknown "b" undeclared
  %b = dag.node unknown "b" undeclared
  // CHECK-NEXT: dag.edge %[[B]] -> %[[A]] role(transfer) stage(0) to_stage(1) devices(1) to_devices(2) buffer(<"B", "S", 8192>) drawn({label = "0 -> 1"})
  dag.edge %b -> %a role(transfer) stage(0) to_stage(1) devices(1)
    to_devices(2) buffer(<"B", "S", 8192>) drawn({label = "0 -> 1"})
}

// CHECK-LABEL: dag.sketch @node
dag.sketch @node {
  // Values are named for the nodes.
  // CHECK-NEXT: %layer0_qkv_tp0 = dag.node compute "layer0_qkv_tp0" role(qkv_projection)
  // CHECK-SAME: layers(0) tp(0) tp_size(2) stage(0) devices(0, 2 to 3)
  // CHECK-SAME: inputs(<batch_size = 8, "S", hidden = "H/2", 8192>)
  // CHECK-SAME: outputs(<"odd name" = 3>, <7>) element_type("bf16") in "cluster_a"
  %0 = dag.node compute "layer0_qkv_tp0" role(qkv_projection) layers(0) tp(0)
    tp_size(2) stage(0) devices(0, 2, 3)
    inputs(<batch_size = 8, "S", hidden = "H/2", 8192>)
    outputs(<"odd name" = 3>, <7>) element_type("bf16") in "cluster_a"
  // CHECK-NEXT: %send = dag.node communication "send" role(send) block(moe)
  // CHECK-SAME: to_layer(20) to_stage(1) expert(3) microbatch(2) dp(1)
  // CHECK-SAME: to_devices(4) all_devices device_name("host")
  // CHECK-SAME: buffer(<8, 16>) dropout(1.000000e-01)
  // CHECK-SAME: drawn({label = "x"}) recognized_by({role = "send (name)"})
  // CHECK-SAME: contradictions(["name says layer 3, label says layer 4"])
  %1 = dag.node communication "send" role(send) block(moe) to_layer(20)
    to_stage(1) expert(3) microbatch(2) dp(1) to_devices(4) all_devices
    device_name("host") buffer(<8, 16>) dropout(0.1) drawn({label = "x"})
    recognized_by({role = "send (name)"})
    contradictions(["name says layer 3, label says layer 4"])
}

// Ranges are normal whatever they were written as.
// CHECK-LABEL: dag.sketch @ranges
dag.sketch @ranges {
  // CHECK-NEXT: devices(0 to 4, 9)
  %0 = dag.node compute "a" devices(9, 2 to 4, 0 to 1, 3)
}
