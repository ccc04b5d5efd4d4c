// What breaks the rules of its ops is UNVERIFIED, whatever else is there; the
// first rule is named at its op.
// RUN: not dag-opt --dag-verify-deadlock %s -o /dev/null 2>&1 | FileCheck %s
// RUN: not dag-opt --verify-pipeline %s -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=PIPELINE
// CHECK: invalid.mlir:[[# @LINE + 9]]:5: warning: UNVERIFIED: an op is malformed: 'dag.comm.recv' op requires attribute
// PIPELINE: UNVERIFIED: No deadlock (an op is malformed: 'dag.comm.recv' op requires attribute {{.*}} (line [[# @LINE + 8]]))
dag.mesh @m <pp = 2>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<2xf32>
  dag.output %x "y" : tensor<2xf32>
}
"dag.program"() <{mesh = @m, sym_name = "broken"}> ({
  "dag.function"() <{sym_name = "f", ranks = #dag.ranges<0>}> ({
    "dag.comm.recv"() : () -> tensor<4xf32>
    "dag.comm.all_reduce"() : () -> ()
  }) : () -> ()
}) : () -> ()
