//===- JSONReport.cpp - The report for programs -----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The form is described in docs/Verification.md. Findings are written one by
// one, so that their number does not matter, and each stands on a line.
//
//===----------------------------------------------------------------------===//

#include "Issues.h"
#include "ReportSupport.h"
#include "dag/Verification/Reports/Report.h"

#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::report;

/// Changes with the form, not with the tool.
static constexpr int64_t kFormVersion = 1;

static void writePlace(Location loc, llvm::json::OStream &json) {
  SourcePlace place = getSourcePlace(loc);
  json.attribute("file", toJSONString(place.file));
  json.attribute("line", place.line);
  json.attribute("column", place.column);
}

static void writeFinding(const Finding &finding, llvm::json::OStream &json) {
  const CodeInfo &info = *finding.info;
  json.object([&] {
    json.attribute("code", info.code);
    json.attribute("severity", stringifySeverity(finding.severity));
    json.attribute("check", info.check->name);
    json.attribute("title", info.title);
    json.attribute("message", toJSONString(finding.message));
    json.attribute("node", toJSONString(finding.node));
    writePlace(finding.loc, json);
    json.attributeArray("notes", [&] {
      for (const FindingNote &note : finding.notes)
        json.object([&] {
          json.attribute("node", toJSONString(note.node));
          json.attribute("message", toJSONString(note.message));
          writePlace(note.loc, json);
        });
    });
    json.attribute("hint", toJSONString(getHint(finding)));
  });
}

/// The facts as people read them.
static void writeSummary(const VerificationResult &result,
                         llvm::json::OStream &json) {
  json.attributeArray("summary", [&] {
    for (const SummaryFact &fact : result.facts)
      json.object([&] {
        json.attribute("title", toJSONString(fact.title));
        json.attribute("value", toJSONString(fact.value));
      });
  });
}

static void writeChecklist(const VerificationResult &result,
                           llvm::json::OStream &json) {
  json.attributeObject("counts", [&] {
    SeverityCounts counts(result.findings);
    for (Severity severity : kSeveritiesByGravity)
      json.attribute(stringifySeverity(severity),
                     static_cast<int64_t>(counts[severity]));
  });
  json.attributeArray("checklist", [&] {
    for (const CheckResult &check : getChecklist(result))
      json.object([&] {
        json.attribute("id", check.check->name);
        json.attribute("title", check.check->title);
        json.attribute("status", stringifyStatus(check.status));
        if (!check.reason.empty())
          json.attribute("reason", toJSONString(check.reason));
      });
  });
}

namespace {
/// The findings that are written: of one cause the first ones.
class Written {
public:
  Written(ArrayRef<Finding> findings, ArrayRef<Issue> issues);

  bool contains(uint32_t index) const { return places[index] != kOmitted; }
  /// The place in the array of those that are written.
  uint32_t getPlace(uint32_t index) const { return places[index]; }
  size_t getNumOmitted() const { return numOmitted; }
  /// Those of a cause.
  static ArrayRef<uint32_t> getFirst(const Cause &cause) {
    return ArrayRef(cause.findings).take_front(kMaxFindings);
  }

private:
  /// More than anybody reads, of what differs in no more than names.
  static constexpr size_t kMaxFindings = 10000;
  static constexpr uint32_t kOmitted = ~uint32_t(0);

  std::vector<uint32_t> places;
  size_t numOmitted = 0;
};
} // namespace

Written::Written(ArrayRef<Finding> findings, ArrayRef<Issue> issues)
    : places(findings.size()) {
  for (const Issue &issue : issues)
    for (const Cause &cause : issue.causes)
      for (uint32_t index :
           ArrayRef(cause.findings).drop_front(getFirst(cause).size())) {
        places[index] = kOmitted;
        ++numOmitted;
      }
  uint32_t place = 0;
  for (uint32_t &entry : places)
    if (entry != kOmitted)
      entry = place++;
}

static void writeCause(const Cause &cause, ArrayRef<Finding> findings,
                       const Written &written, llvm::json::OStream &json) {
  ArrayRef<uint32_t> first = Written::getFirst(cause);
  json.object([&] {
    json.attribute("message",
                   toJSONString(findings[cause.findings.front()].message));
    json.attribute("count", static_cast<int64_t>(cause.findings.size()));
    json.attributeArray("findings", [&] {
      for (uint32_t index : first)
        json.value(written.getPlace(index));
    });
    if (size_t omitted = cause.findings.size() - first.size())
      json.attribute("omitted", static_cast<int64_t>(omitted));
  });
}

static void writeIssue(const Issue &issue, ArrayRef<Finding> findings,
                       const Written &written, llvm::json::OStream &json) {
  json.object([&] {
    const CodeInfo &info = *issue.info;
    // Not `code`: who counts findings by that word counts no issues.
    json.attribute("id", info.code);
    json.attribute("severity", stringifySeverity(issue.severity));
    json.attribute("check", info.check->name);
    json.attribute("title", info.title);
    json.attribute("expected", info.expected);
    json.attribute("impact", info.impact);
    json.attribute("hint", toJSONString(issue.hints.front()));
    json.attribute("count", static_cast<int64_t>(issue.size()));
    json.attributeArray("causes", [&] {
      for (const Cause &cause : issue.causes)
        json.rawValue([&](raw_ostream &line) {
          llvm::json::OStream element(line);
          writeCause(cause, findings, written, element);
        });
    });
  });
}

/// The members of the object of one file.
static void writeResult(const VerificationResult &result,
                        llvm::json::OStream &json) {
  json.attribute("file", toJSONString(result.file));
  json.attribute("verdict", stringifyStatus(result.verdict));
  if (!result.readAs.empty())
    json.attribute("readAs", toJSONString(result.readAs));
  writeSummary(result, json);
  writeFacts(result, json);
  writeChecklist(result, json);
  std::vector<Issue> issues = collectIssues(result.findings);
  Written written(result.findings, issues);
  json.attributeArray("findings", [&] {
    for (size_t i = 0, e = result.findings.size(); i != e; ++i)
      if (written.contains(i))
        json.rawValue([&](raw_ostream &line) {
          llvm::json::OStream element(line);
          writeFinding(result.findings[i], element);
        });
  });
  if (size_t omitted = written.getNumOmitted())
    json.attribute("omittedFindings", static_cast<int64_t>(omitted));
  json.attributeArray("issues", [&] {
    for (const Issue &issue : issues)
      writeIssue(issue, result.findings, written, json);
  });
}

void dag::writeJSONReport(ArrayRef<VerificationResult> results,
                          raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("version", kFormVersion);
    json.attribute("tool", "dag");
    if (results.size() == 1)
      return writeResult(results.front(), json);
    json.attribute("verdict", stringifyStatus(getVerdict(results)));
    json.attributeArray("runs", [&] {
      for (const VerificationResult &result : results)
        json.object([&] { writeResult(result, json); });
    });
  });
  os << '\n';
}
