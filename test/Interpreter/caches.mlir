// A cache is read as it was before the run, and holds what was written last
// behind it, whoever has handed it on.

// RUN: split-file %s %t
// RUN: dag-run %t/before.mlir
// RUN: dag-run %t/before.mlir --reference=@logical | FileCheck %s --check-prefix=SAME
// RUN: dag-opt --dag-localize %t/before.mlir -o %t/ranks.mlir
// RUN: dag-run %t/ranks.mlir --reference=@logical | FileCheck %s --check-prefix=SAME
// SAME: y: 0 from the reference

//--- before.mlir
dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %p = arith.constant dense<1> : tensor<i32>
  %n = arith.constant dense<2.0>
      : tensor<1x1x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>
  %c = dag.kv_cache "k"
      : tensor<1x2x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>
  %u = dag.kv_cache_update %c, %n at %p
      : (tensor<1x2x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>,
         tensor<1x1x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>, tensor<i32>)
      -> tensor<1x2x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>
  %d = dag.kv_cache "k"
      : tensor<1x2x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>
  check.equal %c, %d : tensor<1x2x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>
  %s = dag.add %u, %d : (
      tensor<1x2x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>,
      tensor<1x2x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>)
      -> tensor<1x2x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>
  dag.output %s "y" : tensor<1x2x2x1xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>
}
dag.model @logical attributes {dag.reference} {
  %p = arith.constant dense<1> : tensor<i32>
  %n = arith.constant dense<2.0> : tensor<1x1x2x1xf32>
  %c = dag.kv_cache "k" : tensor<1x2x2x1xf32>
  %u = dag.kv_cache_update %c, %n at %p
      : (tensor<1x2x2x1xf32>, tensor<1x1x2x1xf32>, tensor<i32>)
      -> tensor<1x2x2x1xf32>
  %s = dag.add %u, %c : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>)
      -> tensor<1x2x2x1xf32>
  dag.output %s "y" : tensor<1x2x2x1xf32>
}
