//===- Summary.cpp - A verification in one line -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Verification/Reports/Report.h"
#include "dag/Support/Escape.h"
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

static const SummaryFact *findFact(const VerificationResult &result,
                                   StringRef id) {
  auto it = llvm::find_if(
      result.facts, [&](const SummaryFact &fact) { return fact.id == id; });
  return it == result.facts.end() ? nullptr : &*it;
}

/// `8 devices`, `1 device`.
static std::string formatNumber(int64_t number, StringRef unit) {
  if (number == 1)
    unit.consume_back("s");
  return std::to_string(number) + " " + unit.str();
}

std::string dag::summarize(const VerificationResult &result) {
  std::string text =
      result.file + ": " + stringifyStatus(result.verdict).str() + ": ";
  // Nothing is known of a file that was not read, but why.
  if (result.facts.empty() && result.findings.size() == 1)
    return escapeHiddenCharacters(text + result.findings.front().message);
  text += countFindings(result);

  SmallVector<std::string> parts;
  if (const SummaryFact *model = findFact(result, "model"))
    parts.push_back(model->value);
  if (const SummaryFact *layers = findFact(result, "layers")) {
    int64_t all =
        layers->parts.empty() ? *layers->number : layers->parts.front().second;
    parts.push_back(*layers->number == all
                        ? formatNumber(all, "layers")
                        : std::to_string(*layers->number) + " of " +
                              formatNumber(all, "layers"));
  }
  if (const SummaryFact *mesh = findFact(result, "mesh")) {
    for (const auto &[axis, size] : mesh->parts)
      parts.push_back(axis + " " + std::to_string(size));
  } else {
    if (const SummaryFact *tp = findFact(result, "tp"))
      parts.push_back("tp " + std::to_string(*tp->number));
    if (const SummaryFact *stages = findFact(result, "stages"))
      parts.push_back("pp " + std::to_string(*stages->number));
  }
  for (StringRef id : {"devices", "batch", "tokens"})
    if (const SummaryFact *fact = findFact(result, id))
      if (fact->number)
        parts.push_back(formatNumber(*fact->number, fact->unit));
  if (!parts.empty())
    text += "; read as " + llvm::join(parts, ", ");
  return escapeHiddenCharacters(text);
}
