// RUN: dag-opt %s --split-input-file --allow-unregistered-dialect \
// RUN:   --dag-partition-stages=stages=2 | FileCheck %s

// A model without a mesh gets one, under a free name.

// CHECK: dag.mesh @mesh_0 <pp = 2>
// CHECK-LABEL: dag.model @no_mesh on @mesh_0
// CHECK: dag.stage 0 on pp = 0 layers [0, 1) devices [0]
// CHECK: dag.stage 1 on pp = 1 layers [1, 2) devices [1]

dag.model @mesh attributes {dag.reference} {
}

dag.model @no_mesh {
  %x = dag.input "x" : tensor<64xf32>
  %0 = dag.layer 0 (%a = %x : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  dag.output %1 "y" : tensor<64xf32>
}

// -----

// Two models on one mesh; the reference stays as it is.

// CHECK: dag.mesh @m <pp = 2, tp = 2>
// CHECK-LABEL: dag.model @first on @m
// CHECK: dag.stage 1
// CHECK-LABEL: dag.model @second on @m
// CHECK: dag.stage 1
// CHECK-LABEL: dag.model @logical attributes {dag.reference}
// CHECK-NOT: dag.stage

dag.mesh @m <tp = 2>
dag.model @first on @m {
  %x = dag.input "x" : tensor<64xf32>
  %0 = dag.layer 0 (%a = %x : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  dag.output %1 "y" : tensor<64xf32>
}
dag.model @second on @m {
  %x = dag.input "x" : tensor<64xf32>
  %0 = dag.layer 0 (%a = %x : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  dag.output %1 "y" : tensor<64xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<64xf32>
  %0 = dag.layer 0 (%a = %x : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  dag.output %0 "y" : tensor<64xf32>
}

// -----

// Sampled layers go where they are in the whole model.

// CHECK-LABEL: dag.model @sampled on
// CHECK: dag.stage 0 on pp = 0 layers [0, 40)
// CHECK: dag.layer 0
// CHECK: dag.layer 39
// CHECK: dag.stage 1 on pp = 1 layers [40, 80)
// CHECK: dag.layer 40

dag.model @sampled <num_layers = 80> sampling = [0, 39, 40]
    because "ends of stages" {
  %x = dag.input "x" : tensor<64xf32>
  %0 = dag.layer 0 (%a = %x : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  %1 = dag.layer 39 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  %2 = dag.layer 40 (%a = %1 : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}

// -----

// Odd things: an op that nothing uses, outputs of an input and of a parameter,
// an input behind the layers, an op that uses values of the model in its
// region, and values that are made beside their first user.

// CHECK-LABEL: dag.model @odd on
// CHECK: %[[X:.*]] = dag.input "x"
// CHECK: %[[Z:.*]] = dag.input "z"
// CHECK: %[[S:.*]]:2 = dag.stage 0 {{.*}}(%[[A:.*]] = %[[X]] : tensor<64xf32>)
// CHECK:   dag.parameter "unused"
// CHECK:   %[[L:.*]] = dag.layer 0 (%{{.*}} = %[[A]]
// CHECK:   %[[R:.*]] = "test.region"() ({
// CHECK:     "test.use"(%[[L]], %[[A]])
// CHECK:   dag.yield %[[L]], %[[R]]
// CHECK: %[[T:.*]]:2 = dag.stage 1 {{.*}}(%[[B:.*]] = %[[S]]#0 : tensor<64xf32>, %[[C:.*]] = %[[Z]] : tensor<64xf32>, %[[D:.*]] = %[[S]]#1 : tensor<64xf32>)
// CHECK:   %[[W:.*]] = dag.parameter "w"
// CHECK:   %[[M:.*]] = dag.layer 1 (%{{.*}} = %[[B]]
// CHECK:   %[[E:.*]] = dag.dropout %[[C]]
// CHECK:   dag.add %[[E]], %[[W]]
// CHECK:   %[[Y:.*]] = "test.region"() ({
// CHECK:     "test.use"(%[[M]], %[[D]])
// CHECK:   dag.yield %[[W]], %[[Y]]
// CHECK: dag.output %[[X]] "same"
// CHECK: dag.output %[[T]]#0 "weight"
// CHECK: dag.output %[[T]]#1 "y"

dag.model @odd {
  %x = dag.input "x" : tensor<64xf32>
  %w = dag.parameter "w" : tensor<64xf32>
  %u = dag.parameter "unused" : tensor<64xf32>
  dag.output %x "same" : tensor<64xf32>
  %0 = dag.layer 0 (%a = %x : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  dag.output %w "weight" : tensor<64xf32>
  %r = "test.region"() ({
    "test.use"(%0, %x) : (tensor<64xf32>, tensor<64xf32>) -> ()
  }) : () -> tensor<64xf32>
  %1 = dag.layer 1 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  %z = dag.input "z" : tensor<64xf32>
  %2 = dag.dropout %z p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
  %3 = dag.add %2, %w : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %4 = dag.add %1, %3 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %5 = "test.region"() ({
    "test.use"(%1, %r) : (tensor<64xf32>, tensor<64xf32>) -> ()
    "test.use"(%4) : (tensor<64xf32>) -> ()
  }) : () -> tensor<64xf32>
  dag.output %5 "y" : tensor<64xf32>
}

// -----

// What depends on no layer stands before the first one that uses it.

// CHECK-LABEL: dag.model @free on
// CHECK: dag.stage 0
// CHECK:   dag.dropout
// CHECK:   dag.dropout
// CHECK:   dag.layer 0
// CHECK: dag.stage 1
// CHECK-NOT: dag.dropout
// CHECK: dag.output

dag.model @free {
  %x = dag.input "x" : tensor<64xf32>
  %f = dag.dropout %x p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
  %g = dag.dropout %x p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
  %0 = dag.layer 0 (%a = %f : tensor<64xf32>, %b = %g : tensor<64xf32>)
      -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<64xf32>, %b = %f : tensor<64xf32>)
      -> (tensor<64xf32>) {
    dag.yield %a : tensor<64xf32>
  }
  %2 = dag.add %1, %g : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  dag.output %2 "y" : tensor<64xf32>
}
