// RUN: dag-opt %s --split-input-file --dag-partition-stages="stages=2 balance=cost" | FileCheck %s
// RUN: dag-opt %s --split-input-file --dag-partition-stages="stages=3 balance=cost" | FileCheck %s --check-prefix=THREE

// A wide head takes the time of three layers, and an embedding that of two.

// CHECK-LABEL: dag.model @head
// CHECK: dag.stage 0 on pp = 0 layers [0, 4)
// CHECK: dag.stage 1 on pp = 1 layers [4, 5)
// CHECK:   dag.linear %{{.*}} as head

dag.model @head <num_layers = 5> {
  %x = dag.input "x" : tensor<1x8x1024xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w0" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w1" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  %2 = dag.layer 2 (%a = %1 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w2" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  %3 = dag.layer 3 (%a = %2 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w3" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  %4 = dag.layer 4 (%a = %3 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w4" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  %h = dag.parameter "head" : tensor<3072x1024xbf16>
  %l = dag.linear %4, %h as head : (tensor<1x8x1024xbf16>, tensor<3072x1024xbf16>) -> tensor<1x8x3072xbf16>
  dag.output %l "logits" : tensor<1x8x3072xbf16>
}

// -----

// CHECK-LABEL: dag.model @embedding
// CHECK: dag.stage 0 on pp = 0 layers [0, 1)
// CHECK:   dag.embedding
// CHECK: dag.stage 1 on pp = 1 layers [1, 4)

dag.model @embedding <num_layers = 4> {
  %t = dag.input "tokens" : tensor<1x8xi32>
  %e = dag.parameter "embed" : tensor<2048x1024xbf16>
  %x = dag.embedding %t, %e : (tensor<1x8xi32>, tensor<2048x1024xbf16>) -> tensor<1x8x1024xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w0" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w1" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  %2 = dag.layer 2 (%a = %1 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w2" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  %3 = dag.layer 3 (%a = %2 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w3" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  dag.output %3 "y" : tensor<1x8x1024xbf16>
}

// -----

// Layers that take 2, 1, 3 and 1: the longest of three stages takes 3, and the
// longest of two takes 4.

// THREE-LABEL: dag.model @middle
// THREE: dag.stage 0 on pp = 0 layers [0, 2)
// THREE: dag.stage 1 on pp = 1 layers [2, 3)
// THREE: dag.stage 2 on pp = 2 layers [3, 4)
// CHECK-LABEL: dag.model @middle
// CHECK: dag.stage 0 on pp = 0 layers [0, 2)
// CHECK: dag.stage 1 on pp = 1 layers [2, 4)

dag.model @middle <num_layers = 4> {
  %x = dag.input "x" : tensor<1x8x1024xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w0" : tensor<2048x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<2048x1024xbf16>) -> tensor<1x8x2048xbf16>
    dag.yield %a : tensor<1x8x1024xbf16>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w1" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %a : tensor<1x8x1024xbf16>
  }
  %2 = dag.layer 2 (%a = %1 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w2" : tensor<3072x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<3072x1024xbf16>) -> tensor<1x8x3072xbf16>
    dag.yield %a : tensor<1x8x1024xbf16>
  }
  %3 = dag.layer 3 (%a = %2 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w3" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %a : tensor<1x8x1024xbf16>
  }
  dag.output %3 "y" : tensor<1x8x1024xbf16>
}

// -----

// Where several ways are as short, stages are near the mean: of three equal
// layers, the first stage takes two.

// CHECK-LABEL: dag.model @equal
// CHECK: dag.stage 0 on pp = 0 layers [0, 2)
// CHECK: dag.stage 1 on pp = 1 layers [2, 3)

dag.model @equal <num_layers = 3> {
  %x = dag.input "x" : tensor<1x8x1024xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w0" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w1" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  %2 = dag.layer 2 (%a = %1 : tensor<1x8x1024xbf16>) -> (tensor<1x8x1024xbf16>) {
    %w = dag.parameter "w2" : tensor<1024x1024xbf16>
    %y = dag.linear %a, %w : (tensor<1x8x1024xbf16>, tensor<1024x1024xbf16>) -> tensor<1x8x1024xbf16>
    dag.yield %y : tensor<1x8x1024xbf16>
  }
  dag.output %2 "y" : tensor<1x8x1024xbf16>
}
