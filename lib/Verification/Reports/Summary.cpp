//===- Summary.cpp - A verification in one line -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Escape.h"
#include "dag/Verification/Reports/Report.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// `16 critical, 3 high`, or `no findings`.
static std::string countFindings(const VerificationResult &result) {
  std::string text;
  for (Severity severity :
       {Severity::Critical, Severity::High, Severity::Medium, Severity::Low,
        Severity::Unverified}) {
    size_t count = llvm::count_if(result.findings, [&](const Finding &finding) {
      return finding.severity == severity;
    });
    if (count == 0)
      continue;
    if (!text.empty())
      text += ", ";
    text += std::to_string(count) + " " + stringifySeverity(severity).str();
  }
  return text.empty() ? "no findings" : text;
}

std::string dag::summarize(const VerificationResult &result) {
  std::string text =
      result.file + ": " + stringifyStatus(result.verdict).str() + ": ";
  // Nothing is known of a file that was not read, but why.
  if (result.facts.empty() && result.findings.size() == 1)
    return escapeHiddenCharacters(text + result.findings.front().message);
  text += countFindings(result);

  if (!result.readAs.empty())
    text += "; read as " + result.readAs;
  return escapeHiddenCharacters(text);
}
