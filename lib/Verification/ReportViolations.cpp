//===- ReportViolations.cpp - What the verifiers of ops say -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Malformed.h"
#include "dag/Verification/Checks.h"

using namespace mlir;
using namespace mlir::dag;

void dag::reportViolations(const DeploymentGraph &graph, CheckLog &log) {
  for (const Violation &violation : graph.getViolations().get()) {
    if (getCodeInfo(violation.code).check != &log.getCheck())
      continue;
    auto malformed = dyn_cast<MalformedOp>(violation.op);
    auto finding =
        log.report(violation.code, violation.loc,
                   malformed ? malformed.getName()
                             : violation.op->getName().getStringRef(),
                   violation.message);
    for (const auto &[loc, message] : violation.notes)
      finding.note(loc, message);
  }
}
