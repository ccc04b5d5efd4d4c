//===- ReportSupport.h - What the report writers share ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_REPORTS_REPORTSUPPORT_H
#define DAG_LIB_VERIFICATION_REPORTS_REPORTSUPPORT_H

#include "dag/Diagnostics/Finding.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <array>
#include <cstddef>

namespace mlir::dag::report {

/// From the gravest to the mildest; what was not understood comes last.
constexpr Severity kSeveritiesByGravity[] = {Severity::Critical, Severity::High,
                                             Severity::Medium, Severity::Low,
                                             Severity::Unverified};

/// Number of findings of each severity.
class SeverityCounts {
public:
  explicit SeverityCounts(ArrayRef<Finding> findings);
  std::size_t operator[](Severity severity) const {
    return counts[static_cast<unsigned>(severity)];
  }

private:
  std::array<std::size_t, 5> counts{};
};

/// The seven checks of the checklist in its order, whatever `result` holds; a
/// check that has left no result is unverified. Behind them stand those beyond
/// the checklist that have left one.
SmallVector<CheckResult, kNumChecks - 1>
getChecklist(const VerificationResult &result);

/// The hint of the finding, or of its code.
StringRef getHint(const Finding &finding);

/// A JSON string of any bytes: what is not UTF-8 is replaced.
llvm::json::Value toJSONString(StringRef text);

/// Writes `facts` and `notCompared`: what was verified, and what was not.
void writeFacts(const VerificationResult &result, llvm::json::OStream &json);

} // namespace mlir::dag::report

#endif // DAG_LIB_VERIFICATION_REPORTS_REPORTSUPPORT_H
