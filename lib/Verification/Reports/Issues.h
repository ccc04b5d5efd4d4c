//===- Issues.h - Findings by their cause -----------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_REPORTS_ISSUES_H
#define DAG_LIB_VERIFICATION_REPORTS_ISSUES_H

#include "dag/Diagnostics/Finding.h"

#include <string>
#include <vector>

namespace mlir::dag::report {

/// Findings of one code whose messages differ in no more than numbers and
/// quoted names: what is wrong is one thing, at several places.
struct Cause {
  /// By their index, in order. There is at least one.
  std::vector<uint32_t> findings;
  /// Those with the very message of the first.
  size_t numEqual = 0;
};

/// Findings of one code.
struct Issue {
  const CodeInfo *info;
  /// The gravest of its findings.
  Severity severity = Severity::Unverified;
  /// By their index, in order.
  std::vector<uint32_t> findings;
  /// In the order of their first findings.
  std::vector<Cause> causes;
  /// Different ones, in the order of their first findings: the first five.
  SmallVector<StringRef, 1> hints;

  size_t size() const { return findings.size(); }
};

/// What is wrong, for all forms of the report alike: the gravest issue first,
/// and by code within a severity. Linear in the text of the findings.
std::vector<Issue> collectIssues(ArrayRef<Finding> findings);

/// The message of the first finding of a cause, and how many more there are:
/// ` (and 3 like it)`, ` (at 4 places)` or nothing.
std::pair<StringRef, std::string> describe(const Cause &cause,
                                           ArrayRef<Finding> findings);

} // namespace mlir::dag::report

#endif // DAG_LIB_VERIFICATION_REPORTS_ISSUES_H
