// A plan that does not verify is rejected, unless it is to be verified: then
// what is wrong is a finding like others, and the rest is verified too.

// RUN: not dag-opt %s 2>&1 | FileCheck %s --check-prefix=REJECTED
// RUN: not dag-opt %s --canonicalize 2>&1 | FileCheck %s --check-prefix=REJECTED
// RUN: not dag-opt %s --verify-pipeline=report=%t.json 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FOUND
// RUN: FileCheck %s --check-prefix=REPORT < %t.json

// REJECTED:     error: 'dag.linear' op (C2) expected dimension 1 of 'x'
// REJECTED-NOT: DAG
// FOUND-DAG:    :[[# @LINE + 9]]:{{.*}} error: [DAG403] node 'parameter' has no edge
// FOUND-DAG:    :[[# @LINE + 9]]:{{.*}} error: [DAG708] 'dag.linear' op (C2) expected dimension 1 of 'x'
// FOUND:        error: verdict FAIL
// REPORT-DAG:   "code":"DAG403"
// REPORT-DAG:   "code":"DAG708"

dag.model @invalid {
  %x = dag.input "x" : tensor<8x64xf32>
  %w = dag.parameter "w" : tensor<256x32xf32>
  %unused = dag.parameter "unused" : tensor<256x32xf32>
  %0 = dag.linear %x, %w : (tensor<8x64xf32>, tensor<256x32xf32>)
      -> tensor<8x256xf32>
  dag.output %0 "y" : tensor<8x256xf32>
}
