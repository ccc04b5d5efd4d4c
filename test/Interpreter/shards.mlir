// RUN: dag-run %s --vocabulary=11 --reference=@logical | FileCheck %s

// Padding is looked at by nobody, however much of it there is, and a tensor at
// a root is worked on where it is.

// CHECK: padded: {{.*}} from the reference
// CHECK: rooted: {{.*}} from the reference

dag.mesh @mesh <a = 2, b = 3>
dag.model @plan on @mesh {
  %ids = dag.input "ids" : tensor<2x6xi32, #dag.sharding<[{}, {b} pad 2]>>
  %table = dag.parameter "table" : tensor<11x4xf32>
  %0 = dag.embedding %ids, %table
      : (tensor<2x6xi32, #dag.sharding<[{}, {b} pad 2]>>, tensor<11x4xf32>)
      -> tensor<2x6x4xf32, #dag.sharding<[{}, {b} pad 2, {}]>>
  %1 = dag.all_gather %0 dim 1 over {b}
      : (tensor<2x6x4xf32, #dag.sharding<[{}, {b} pad 2, {}]>>)
      -> tensor<2x4x4xf32>
  %2 = dag.slice %1 dim 1 over {b} pad 5 : (tensor<2x4x4xf32>)
      -> tensor<2x9x4xf32, #dag.sharding<[{}, {b} pad 5, {}]>>
  dag.output %2 "padded"
      : tensor<2x9x4xf32, #dag.sharding<[{}, {b} pad 5, {}]>>
  %3 = dag.slice %1 dim 0 over {a} : (tensor<2x4x4xf32>)
      -> tensor<2x4x4xf32, #dag.sharding<[{a}, {}, {}]>>
  %4 = dag.gather %3 dim 0 to {a = 1}
      : (tensor<2x4x4xf32, #dag.sharding<[{a}, {}, {}]>>)
      -> tensor<2x4x4xf32, #dag.sharding<[{}, {}, {}], root = {a = 1}>>
  %5 = dag.slice %4 dim 2 over {b} uneven
      : (tensor<2x4x4xf32, #dag.sharding<[{}, {}, {}], root = {a = 1}>>)
      -> tensor<2x4x4xf32,
                #dag.sharding<[{}, {}, {b} uneven], root = {a = 1}>>
  %6 = dag.all_gather %5 dim 2 over {b}
      : (tensor<2x4x4xf32,
                #dag.sharding<[{}, {}, {b} uneven], root = {a = 1}>>)
      -> tensor<2x4x4xf32, #dag.sharding<[{}, {}, {}], root = {a = 1}>>
  %7 = dag.broadcast %6 from {a = 1}
      : (tensor<2x4x4xf32, #dag.sharding<[{}, {}, {}], root = {a = 1}>>)
      -> tensor<2x4x4xf32>
  dag.output %7 "rooted" : tensor<2x4x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %ids = dag.input "ids" : tensor<2x4xi32>
  %table = dag.parameter "table" : tensor<11x4xf32>
  %0 = dag.embedding %ids, %table
      : (tensor<2x4xi32>, tensor<11x4xf32>) -> tensor<2x4x4xf32>
  dag.output %0 "padded" : tensor<2x4x4xf32>
  dag.output %0 "rooted" : tensor<2x4x4xf32>
}
