// An op of the file that stands for a malformed one, and lacks what it needs
// itself, is lost with the malformed op around it, which is reported.
// RUN: not dag-opt --verify-pipeline %s -o /dev/null 2>&1 | FileCheck %s
// RUN: not dag-opt --dag-verify-attention %s -o /dev/null 2>&1 | FileCheck %s
// CHECK: malformed-stored.mlir:10:{{.*}}'dag.comm.group' op
dag.mesh @m <tp = 2>
"dag.program"() <{mesh = @m, sym_name = "p"}> ({
  "dag.function"() <{sym_name = "f", ranks = #dag.ranges<0 to 1>}> ({
    %x = "dag.input"() <{name = "x"}> : () -> tensor<4xf32>
    "dag.comm.group"() ({
      "dag.malformed"() ({
      }) : () -> ()
    ^bb1:
    }) : () -> ()
  }) : () -> ()
}) : () -> ()
