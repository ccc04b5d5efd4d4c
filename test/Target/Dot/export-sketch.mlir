// RUN: dag-translate --dag-to-dot %s 2>/dev/null | FileCheck %s
// RUN: dag-translate --dag-to-dot %s --verify-diagnostics
// RUN: dag-translate --dag-to-dot %s 2>/dev/null | dag-translate --dot-to-dag - | FileCheck --check-prefix=BACK %s

// Facts that no name and no label state become attributes.

// CHECK: digraph facts {
// CHECK-NEXT: tp_size=2;
// CHECK-NEXT: pp_size=3;
// CHECK-NEXT: num_layers=8;
// CHECK-NEXT: sampled_layers="0, 7";
// BACK: dag.sketch @facts tp(2) pp(3) num_layers(8) sampled_layers(0, 7)
dag.sketch @facts tp(2) pp(3) num_layers(8) sampled_layers(0, 7) {
  // CHECK-NEXT: subgraph cluster_x {
  // CHECK-NEXT: label=hello;
  // CHECK-NEXT: stage=1;
  // CHECK-NEXT: tp_size=2;
  // CHECK-NEXT: layers="4-7";
  // CHECK-NEXT: gpu="2-3";
  // BACK-NEXT: dag.cluster "cluster_x" stage(1) layers(4 to 7) devices(2 to 3) tp(2)
  dag.cluster "cluster_x" stage(1) layers(4 to 7) devices(2 to 3) tp(2)
    drawn({label = "hello"})
  // CHECK-NEXT: a [shape=box, role=ffn_up, layer=3, tp_rank=1, input="[B, heads=4]", output="[B, S], [8]"];
  // BACK: %a = dag.node compute "a" role(ffn_up) layers(3) tp(1) tp_size(2) stage(1) devices(2 to 3) inputs(<"B", heads = 4>) outputs(<"B", "S">, <8>) in "cluster_x"
  %0 = dag.node compute "a" role(ffn_up) layers(3) tp(1) tp_size(2) stage(1)
    devices(2 to 3) inputs(<"B", heads = 4>) outputs(<"B", "S">, <8>)
    in "cluster_x"
  // CHECK-NEXT: }
  // CHECK-NEXT: b [shape=ellipse, role=send, stage=0, target_stage=1, gpu="0-1 -> 2-3", buffer="[B, 8]", dtype=bf16];
  // BACK: %b = dag.node communication "b" role(send) stage(0) to_stage(1) devices(0 to 1) to_devices(2 to 3) buffer(<"B", 8>) element_type("bf16")
  %1 = dag.node communication "b" role(send) stage(0) to_stage(1)
    devices(0 to 1) to_devices(2 to 3) buffer(<"B", 8>) element_type("bf16")
  // CHECK-NEXT: c [shape=ellipse, role=recv, stage=1, source_stage=0, gpu="0-1 -> 2-3"];
  // BACK: %c = dag.node communication "c" role(recv) stage(1) to_stage(0) devices(2 to 3) to_devices(0 to 1)
  %2 = dag.node communication "c" role(recv) stage(1) to_stage(0)
    devices(2 to 3) to_devices(0 to 1)
  // CHECK-NEXT: d [shape=box, role=expert, expert=3, microbatch=2, dp_rank=1, gpu=all, dropout="0.25"];
  // BACK: %d = dag.node compute "d" role(expert) expert(3) microbatch(2) dp(1) all_devices dropout(2.500000e-01)
  %3 = dag.node compute "d" role(expert) expert(3) microbatch(2) dp(1)
    all_devices dropout(2.5e-01)
  // CHECK-NEXT: e [shape=box, role=norm, block=ffn, gpu=host];
  // BACK: %e = dag.node compute "e" role(norm) block(ffn) device_name("host")
  %4 = dag.node compute "e" role(norm) block(ffn) device_name("host")
  // The text of a string ends in `key=`, which would look as if the quote
  // before was forgotten.
  // CHECK-NEXT: "f
  // CHECK-NEXT: " + "key=" [kind=compute, shape=box];
  // CHECK-NEXT: "g\\" [n="3 : i64", shape=box];
  // CHECK-NEXT: "h{{.*}}" [shape=note];
  %5 = dag.node compute "f\0Akey=" drawn({kind = "compute"})
  %6 = dag.node compute "g\5C" drawn({n = 3})
  %7 = dag.node note "h\FF\00" role(note)
  // CHECK-NEXT: subgraph cluster_named {
  // CHECK-NEXT: i;
  // CHECK-NEXT: }
  %8 = dag.node unknown "i" in "cluster_named"
  // expected-warning @+1 {{the drawing will not be read as the sketch says of node 'layer7': kind, role, layers}}
  %9 = dag.node unknown "layer7"
  // CHECK: b -> c [role=transfer, stage=0, target_stage=1, gpu="0 -> 4", buffer="[B]"];
  dag.edge %1 -> %2 role(transfer) stage(0) to_stage(1) devices(0)
    to_devices(4) buffer(<"B">)
  // expected-warning @+1 {{the drawing will not be read as the sketch says of the edge from 'b' to 'd': role}}
  dag.edge %1 -> %3 drawn({label = "All-Reduce"})
}
