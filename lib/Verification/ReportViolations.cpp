//===- ReportViolations.cpp - What the verifiers of ops say -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Verification/Checks.h"

using namespace mlir;
using namespace mlir::dag;

void dag::reportViolations(const DeploymentGraph &graph, CheckLog &log) {
  for (const Violation &violation : graph.getViolations().get()) {
    if (getCodeInfo(violation.code).check != &log.getCheck())
      continue;
    auto finding =
        log.report(violation.code, violation.loc,
                   violation.op->getName().getStringRef(), violation.message);
    for (const auto &[loc, message] : violation.notes)
      finding.note(loc, message);
  }
}
