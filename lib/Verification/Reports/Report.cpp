//===- Report.cpp - Choosing and writing a report ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Verification/Reports/Report.h"
#include "ReportSupport.h"

#include "dag/Support/Files.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// What the writers share
//===----------------------------------------------------------------------===//

dag::report::SeverityCounts::SeverityCounts(ArrayRef<Finding> findings) {
  for (const Finding &finding : findings)
    ++counts[static_cast<unsigned>(finding.severity)];
}

SmallVector<CheckResult>
dag::report::getChecklist(const VerificationResult &result) {
  SmallVector<CheckResult> checklist;
  for (const CheckInfo *line : getChecklistLines()) {
    auto found = llvm::find_if(
        result.checks, [&](const auto &other) { return other.check == line; });
    if (found != result.checks.end())
      checklist.push_back(*found);
    else
      checklist.push_back(
          {line, CheckStatus::Unverified, "the check did not run"});
  }
  for (const CheckResult &check : result.checks)
    if (!llvm::is_contained(getChecklistLines(), check.check))
      checklist.push_back(check);
  return checklist;
}

StringRef dag::report::getHint(const Finding &finding) {
  if (!finding.hint.empty())
    return finding.hint;
  return finding.info->hint;
}

llvm::json::Value dag::report::toJSONString(StringRef text) {
  // One name may stand in every finding.
  constexpr size_t kMaxText = 4096;
  if (text.size() > kMaxText)
    return llvm::json::fixUTF8(text.take_front(kMaxText)) + "... (" +
           std::to_string(text.size()) + " bytes)";
  if (llvm::json::isUTF8(text))
    return text;
  return llvm::json::fixUTF8(text);
}

using dag::report::toJSONString;

static void writeFact(const SummaryFact &fact, llvm::json::OStream &json) {
  json.attribute("id", toJSONString(fact.id));
  json.attribute("title", toJSONString(fact.title));
  if (fact.number)
    json.attribute("value", *fact.number);
  else
    json.attribute("value", toJSONString(fact.value));
  if (!fact.unit.empty())
    json.attribute("unit", toJSONString(fact.unit));
  if (fact.isAtLeast)
    json.attribute("atLeast", true);
  json.attribute("text", toJSONString(fact.value));
  if (!fact.parts.empty())
    json.attributeObject("parts", [&] {
      for (const auto &[name, number] : fact.parts)
        json.attribute(name, number);
    });
}

void dag::report::writeFacts(const VerificationResult &result,
                             llvm::json::OStream &json) {
  json.attributeArray("facts", [&] {
    for (const SummaryFact &fact : result.facts)
      json.rawValue([&](raw_ostream &line) {
        llvm::json::OStream element(line);
        element.object([&] { writeFact(fact, element); });
      });
  });
  json.attributeArray("notCompared", [&] {
    for (const NotCompared &missing : result.notCompared)
      json.object([&] {
        json.attribute("id", missing.id);
        json.attribute("reason", toJSONString(missing.reason));
      });
  });
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

namespace {
using Writer = void (*)(ArrayRef<VerificationResult>, raw_ostream &);
} // namespace

/// The writer that the ending of `path` asks for, or null.
static Writer selectWriter(StringRef path) {
  if (path == "-" || path.ends_with_insensitive(".md"))
    return writeMarkdownReport;
  // SARIF's own recommendation for names is `.sarif` or `.sarif.json`.
  if (path.ends_with_insensitive(".sarif") ||
      path.ends_with_insensitive(".sarif.json"))
    return writeSARIFReport;
  if (path.ends_with_insensitive(".json"))
    return writeJSONReport;
  return nullptr;
}

llvm::Error dag::checkReportPath(StringRef path) {
  if (selectWriter(path))
    return llvm::Error::success();
  return llvm::createStringError(
      llvm::inconvertibleErrorCode(),
      "expected a report ending in .md, .json or .sarif, but got '" + path +
          "'");
}

llvm::Error dag::writeReport(ArrayRef<VerificationResult> results,
                             StringRef path) {
  if (llvm::Error error = checkReportPath(path))
    return error;
  Writer write = selectWriter(path);
  return writeOutputFile(path, [&](raw_ostream &os) { write(results, os); });
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

VerificationResult dag::makeUnreadableResult(StringRef file, Location loc,
                                             const Twine &message,
                                             StringRef reason) {
  VerificationResult result;
  result.file = file.str();
  const CodeInfo &info = getCodeInfo(Code::DAG007);
  if (getSourcePlace(loc).file.empty())
    loc = FileLineColLoc::get(loc.getContext(), file, 0, 0);
  result.findings.push_back({&info, info.severity, message.str(),
                             /*node=*/"", loc, /*notes=*/{}, /*hint=*/""});
  for (const CheckInfo *line : getChecklistLines())
    result.checks.push_back({line, CheckStatus::Unverified, reason.str()});
  for (StringRef id : {"reference", "device", "configuration"})
    result.notCompared.push_back({id.str(), reason.str()});
  return result;
}

CheckStatus dag::getVerdict(ArrayRef<VerificationResult> results) {
  CheckStatus verdict =
      results.empty() ? CheckStatus::Unverified : CheckStatus::Pass;
  for (const VerificationResult &result : results) {
    if (result.verdict == CheckStatus::Fail)
      return CheckStatus::Fail;
    if (result.verdict == CheckStatus::Unverified)
      verdict = CheckStatus::Unverified;
  }
  return verdict;
}
