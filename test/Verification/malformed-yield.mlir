// A stage that yields more than it has results is reported; nothing follows what
// it yields to results that it does not have. They are many, so that no memory
// of the stage lies there.
// RUN: not dag-opt --verify-pipeline %s -o /dev/null 2>&1 | FileCheck %s
// CHECK: error: [DAG708] 'dag.stage' op (C5) expected 1 yielded values, but got 40
// CHECK: verdict FAIL

!c = tensor<2x16x2x4xf32>
dag.model @plan {
  %x = dag.input "x" : tensor<2x3x8xf32>
  %c = dag.kv_cache "c" : !c
  %s = "dag.stage"(%c) <{index = 0 : i64}> ({
  ^bb0(%a: !c):
    "dag.yield"(%a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a) : (!c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c, !c) -> ()
  }) : (!c) -> !c
  dag.output %x "y" : tensor<2x3x8xf32>
}
