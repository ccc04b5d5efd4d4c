// RUN: dag-opt %s --dag-shard=tp=2 --mlir-print-debuginfo \
// RUN:   --mlir-print-local-scope | FileCheck %s -enable-var-scope

// Ops keep their places, copied layers their own; a collective stands where
// the op does that made it necessary.

// CHECK: dag.mesh @mesh <tp = 2> loc("model")
dag.model @places {
  %0 = dag.input "x" : tensor<1x8x16xbf16>
  // CHECK: dag.layer 0
  // CHECK: dag.parameter "0.up" {{.*}} loc("parameter0")
  // CHECK: dag.linear {{.*}} as ffn_up {{.*}} loc("up0")
  // CHECK: dag.linear {{.*}} as ffn_down {{.*}} loc("down0")
  // CHECK: dag.all_reduce {{.*}} loc("down0")
  // CHECK: dag.yield {{.*}} loc("yield0")
  // CHECK: } loc("layer0")
  %1 = dag.layer 0 (%x = %0 : tensor<1x8x16xbf16>)
      -> (tensor<1x8x16xbf16>) {
    %wu = dag.parameter "0.up" : tensor<32x16xbf16> loc("parameter0")
    %u = dag.linear %x, %wu as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
        loc("up0")
    %wd = dag.parameter "0.down" : tensor<16x32xbf16>
    %f = dag.linear %u, %wd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>) -> tensor<1x8x16xbf16>
        loc("down0")
    dag.yield %f : tensor<1x8x16xbf16> loc("yield0")
  } loc("layer0")
  // CHECK: dag.layer 1
  // CHECK: dag.parameter "1.up" {{.*}} loc("parameter1")
  // CHECK: dag.linear {{.*}} as ffn_up {{.*}} loc("up1")
  // CHECK: dag.linear {{.*}} as ffn_down {{.*}} loc("down1")
  // CHECK: dag.all_reduce {{.*}} loc("down1")
  // CHECK: dag.yield {{.*}} loc("yield1")
  // CHECK: } loc("layer1")
  %2 = dag.layer 1 (%x = %1 : tensor<1x8x16xbf16>)
      -> (tensor<1x8x16xbf16>) {
    %wu = dag.parameter "1.up" : tensor<32x16xbf16> loc("parameter1")
    %u = dag.linear %x, %wu as ffn_up
        : (tensor<1x8x16xbf16>, tensor<32x16xbf16>) -> tensor<1x8x32xbf16>
        loc("up1")
    %wd = dag.parameter "1.down" : tensor<16x32xbf16>
    %f = dag.linear %u, %wd as ffn_down
        : (tensor<1x8x32xbf16>, tensor<16x32xbf16>) -> tensor<1x8x16xbf16>
        loc("down1")
    dag.yield %f : tensor<1x8x16xbf16> loc("yield1")
  } loc("layer1")
  dag.output %2 "y" : tensor<1x8x16xbf16>
} loc("model")
