// Random programs of ranks, most of them broken: the check of deadlocks and the
// interpreter, which have schedulers of their own, say the same of each.
// RUN: dag-test-opt %s --pass-pipeline="builtin.module(test-dag-programs{programs=4000})" -o /dev/null | FileCheck %s
// CHECK: {{[1-9][0-9]+}} end, {{[1-9][0-9]+}} do not, {{[0-9]+}} have groups on one side
