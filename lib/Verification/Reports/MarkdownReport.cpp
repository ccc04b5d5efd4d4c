//===- MarkdownReport.cpp - The report for people ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A report has some pages, however many findings there are: the findings of a
// code are one issue, equal messages are one entry of it, and only the first
// places are listed. The time is linear in the findings, the memory is
// constant.
//
//===----------------------------------------------------------------------===//

#include "ReportSupport.h"
#include "dag/Verification/Reports/Report.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <string>
#include <tuple>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::report;

/// Places listed for one issue, and notes for one place.
static constexpr size_t kMaxPlaces = 20;
static constexpr size_t kMaxNotes = 3;
/// Messages quoted as the current state, and hints of its own, of one issue.
static constexpr size_t kMaxQuotes = 3;
/// Bytes of a message that tell its kind.
static constexpr size_t kMaxPattern = 1000;
static constexpr size_t kMaxHints = 5;

//===----------------------------------------------------------------------===//
// Issues
//===----------------------------------------------------------------------===//

namespace {
/// Findings of one code with the same message.
struct Entry {
  size_t count = 0;
  /// The first of them.
  SmallVector<const Finding *, 1> places;
};

/// Findings of one code whose messages differ in no more than numbers and
/// quoted names.
struct Kind {
  std::string pattern;
  /// The message of the first of them.
  StringRef message;
  size_t count = 0;
  /// Those with the very same message.
  size_t numEqual = 0;
};

/// Findings of one code.
struct Issue {
  explicit Issue(const CodeInfo &info) : info(&info) {}
  void add(const Finding &finding);

  const CodeInfo *info;
  /// The gravest of its findings.
  Severity severity = Severity::Unverified;
  size_t count = 0;
  /// By message, in the order of their appearance; the first of them.
  llvm::MapVector<StringRef, Entry, llvm::DenseMap<StringRef, unsigned>>
      entries;
  /// The first of them.
  SmallVector<Kind, 1> kinds;
  SmallVector<StringRef, 1> hints;

private:
  void addToKind(StringRef message);
};
} // namespace

/// The message with `0` for each number and nothing between quotes.
static std::string getPattern(StringRef message) {
  std::string pattern;
  while (!message.empty()) {
    char c = message.front();
    pattern += llvm::isDigit(c) ? '0' : c;
    if (llvm::isDigit(c)) {
      message = message.drop_while(llvm::isDigit);
      continue;
    }
    size_t close = c == '\'' ? message.find('\'', 1) : StringRef::npos;
    message = message.drop_front(close == StringRef::npos ? 1 : close + 1);
  }
  return pattern;
}

void Issue::addToKind(StringRef message) {
  std::string pattern = getPattern(message.take_front(kMaxPattern));
  auto *kind = llvm::find_if(
      kinds, [&](const Kind &other) { return other.pattern == pattern; });
  if (kind == kinds.end()) {
    if (kinds.size() == kMaxQuotes)
      return;
    kinds.push_back({std::move(pattern), message});
    kind = &kinds.back();
  }
  ++kind->count;
  kind->numEqual += message == kind->message;
}

void Issue::add(const Finding &finding) {
  ++count;
  severity = std::max(severity, finding.severity);

  StringRef hint = getHint(finding);
  if (hints.size() < kMaxHints && !llvm::is_contained(hints, hint))
    hints.push_back(hint);

  StringRef message = finding.message;
  addToKind(message);
  auto *entry = entries.find(message);
  if (entry == entries.end()) {
    if (entries.size() == kMaxPlaces)
      return;
    entry = entries.insert({message, Entry()}).first;
  }
  ++entry->second.count;
  if (entry->second.places.size() < kMaxPlaces)
    entry->second.places.push_back(&finding);
}

/// The issues, the gravest first, and by code within a severity.
static SmallVector<Issue, 0> collectIssues(ArrayRef<Finding> findings) {
  SmallVector<Issue, 0> issues;
  llvm::DenseMap<const CodeInfo *, size_t> indices;
  for (const Finding &finding : findings) {
    auto [it, isNew] = indices.try_emplace(finding.info, issues.size());
    if (isNew)
      issues.emplace_back(*finding.info);
    issues[it->second].add(finding);
  }
  llvm::sort(issues, [](const Issue &left, const Issue &right) {
    if (left.severity != right.severity)
      return right.severity < left.severity;
    return isBefore(*left.info, *right.info);
  });
  return issues;
}

//===----------------------------------------------------------------------===//
// The report
//===----------------------------------------------------------------------===//

namespace {
class MarkdownWriter {
public:
  MarkdownWriter(const VerificationResult &result, raw_ostream &os)
      : result(result), os(os), issues(collectIssues(result.findings)),
        checklist(getChecklist(result)), counts(result.findings) {}

  void write();

private:
  void writeSummary();
  void writeCounts();
  void writeFacts();
  void writeAssessment();
  void writeIssues();
  void writeCurrentState(const Issue &issue);
  void writeWhere(const Issue &issue);
  void writePlace(const Finding &finding, unsigned indent, bool withMessage);
  void writeNotes(const Finding &finding, unsigned indent);
  /// Prints `node` at `file:line:column`, as far as they are known.
  void writeNodeAndPlace(StringRef node, Location loc);
  void writeRecommendations();
  void writeChecklist();
  void writeConclusion();

  /// Prints "3 findings".
  void writeCount(size_t count, StringRef noun) {
    os << count << ' ' << noun << (count == 1 ? "" : "s");
  }
  size_t countChecks(CheckStatus status) const {
    return llvm::count_if(checklist, [&](const CheckResult &check) {
      return check.status == status;
    });
  }
  /// The numbers of the issues of a severity: "1, 2 and 3".
  std::string getIssueNumbers(Severity severity) const;
  bool isUnderstood() const { return counts[Severity::Unverified] == 0; }

  const VerificationResult &result;
  raw_ostream &os;
  SmallVector<Issue, 0> issues;
  SmallVector<CheckResult> checklist;
  SeverityCounts counts;
};
} // namespace

void MarkdownWriter::write() {
  os << "# Verification Report\n\n- **File**: ";
  if (result.file.empty())
    os << "not named";
  else
    writeMarkdownCode(result.file, os);
  os << "\n- **Verdict**: " << stringifyStatus(result.verdict) << "\n\n";

  writeSummary();
  writeIssues();
  writeRecommendations();
  writeChecklist();
  writeConclusion();
}

//===----------------------------------------------------------------------===//
// Executive Summary
//===----------------------------------------------------------------------===//

void MarkdownWriter::writeSummary() {
  os << "## Executive Summary\n\n**" << stringifyStatus(result.verdict)
     << "**: ";
  writeCounts();
  writeFacts();
  writeAssessment();
}

void MarkdownWriter::writeCounts() {
  if (result.findings.empty()) {
    os << "no findings.\n\n";
    return;
  }
  writeCount(result.findings.size(), "finding");
  os << " under ";
  writeCount(issues.size(), "issue");
  os << ".\n\n| Severity | Issues | Findings |\n|---|---:|---:|\n";
  for (Severity severity : kSeveritiesByGravity) {
    // The four severities stand there even without findings.
    if (severity == Severity::Unverified && isUnderstood())
      continue;
    size_t numIssues = llvm::count_if(
        issues, [&](const Issue &issue) { return issue.severity == severity; });
    os << "| " << stringifySeverity(severity) << " | " << numIssues << " | "
       << counts[severity] << " |\n";
  }
  os << '\n';
}

void MarkdownWriter::writeFacts() {
  if (result.facts.empty())
    return;
  os << "| Fact | Value |\n|---|---|\n";
  for (const SummaryFact &fact : result.facts) {
    os << "| ";
    writeMarkdownText(fact.title, os);
    os << " | ";
    writeMarkdownText(fact.value, os);
    os << " |\n";
  }
  os << '\n';
}

void MarkdownWriter::writeAssessment() {
  size_t passed = countChecks(CheckStatus::Pass);
  size_t failed = countChecks(CheckStatus::Fail);
  size_t open = countChecks(CheckStatus::Unverified);

  switch (result.verdict) {
  case CheckStatus::Pass:
    os << "The deployment holds up to all " << checklist.size()
       << " checks of the checklist.";
    if (!issues.empty())
      os << " What is listed below does not stand in its way.";
    os << "\n\n";
    return;
  case CheckStatus::Fail:
    os << "The deployment is not ready to run: of " << checklist.size()
       << " checks " << failed << " failed, " << passed << " passed";
    if (open != 0)
      os << " and " << open << " could not be verified";
    os << '.';
    break;
  case CheckStatus::Unverified:
    os << "This is neither a pass nor a fail: ";
    if (isUnderstood())
      os << open << " of " << checklist.size()
         << " checks could not be verified.";
    else
      os << "not all of the input was understood, and what was not understood "
            "was not checked.";
    break;
  }

  if (!issues.empty()) {
    const Issue &gravest = issues.front();
    os << " The gravest issue is \"" << gravest.info->title << "\" ("
       << stringifySeverity(gravest.severity) << ", ";
    writeCount(gravest.count, "finding");
    os << "). ";
    writeMarkdownText(gravest.info->impact, os);
  }
  // Sorted by severity, so that those of a severity are neighbours.
  ArrayRef<Issue> others = issues;
  if (!others.empty())
    others = others.drop_front();
  while (!others.empty()) {
    Severity severity = others.front().severity;
    ArrayRef<Issue> group = others.take_while(
        [&](const Issue &issue) { return issue.severity == severity; });
    others = others.drop_front(group.size());
    os << " Further " << stringifySeverity(severity)
       << (group.size() == 1 ? " issue: " : " issues: ");
    llvm::interleave(
        group, os,
        [&](const Issue &issue) {
          os << '"' << issue.info->title << "\" (" << issue.count << ')';
        },
        ", ");
    os << '.';
  }
  os << "\n\n";
}

//===----------------------------------------------------------------------===//
// Issues Identified
//===----------------------------------------------------------------------===//

void MarkdownWriter::writeIssues() {
  os << "## Issues Identified\n\n";
  if (issues.empty())
    os << "None.\n\n";
  for (auto [index, issue] : llvm::enumerate(issues)) {
    const CodeInfo &info = *issue.info;
    StringRef severity = stringifySeverity(issue.severity);
    os << "### " << index + 1 << ". " << info.title << " (" << severity
       << ")\n\n- **Severity**: " << severity << "\n- **Issue**: " << info.code
       << ", " << info.title << ", ";
    writeCount(issue.count, "finding");
    os << '\n';
    writeCurrentState(issue);
    os << "- **Expected**: ";
    writeMarkdownText(info.expected, os);
    os << "\n- **Impact**: ";
    writeMarkdownText(info.impact, os);
    os << "\n";
    writeWhere(issue);
    os << '\n';
  }
}

void MarkdownWriter::writeCurrentState(const Issue &issue) {
  os << "- **Current State**: ";
  size_t quoted = 0;
  for (const Kind &kind : issue.kinds) {
    if (quoted != 0)
      os << "; ";
    writeMarkdownText(kind.message, os);
    if (kind.count > kind.numEqual)
      os << " (and " << kind.count - 1 << " like it)";
    else if (kind.count > 1)
      os << " (at " << kind.count << " places)";
    quoted += kind.count;
  }
  if (quoted != issue.count)
    os << "; and " << issue.count - quoted << " more";
  os << '\n';
}

void MarkdownWriter::writeWhere(const Issue &issue) {
  os << "- **Where**:\n";
  // A single message is the current state already.
  if (issue.entries.size() == 1) {
    const Entry &entry = issue.entries.front().second;
    for (const Finding *finding : entry.places)
      writePlace(*finding, /*indent=*/2, /*withMessage=*/false);
    if (entry.count > entry.places.size())
      os << "  - and " << entry.count - entry.places.size() << " more\n";
    return;
  }

  // Each message gets one place, and what is left of the places goes to the
  // first messages.
  size_t spare = kMaxPlaces - issue.entries.size();
  size_t listed = 0;
  for (const auto &[message, entry] : issue.entries) {
    size_t places = std::min(entry.places.size(), spare + 1);
    spare -= places - 1;
    listed += places;
    if (entry.count == 1) {
      writePlace(*entry.places.front(), /*indent=*/2, /*withMessage=*/true);
      continue;
    }
    os << "  - at " << entry.count << " places: ";
    writeMarkdownText(message, os);
    os << '\n';
    for (const Finding *finding : ArrayRef(entry.places).take_front(places))
      writePlace(*finding, /*indent=*/4, /*withMessage=*/false);
  }
  if (listed != issue.count)
    os << "  - and " << issue.count - listed << " more\n";
}

void MarkdownWriter::writePlace(const Finding &finding, unsigned indent,
                                bool withMessage) {
  os.indent(indent) << "- ";
  writeNodeAndPlace(finding.node, finding.loc);
  if (withMessage) {
    os << ": ";
    writeMarkdownText(finding.message, os);
  }
  os << '\n';
  writeNotes(finding, indent + 2);
}

void MarkdownWriter::writeNotes(const Finding &finding, unsigned indent) {
  ArrayRef<FindingNote> notes = finding.notes;
  for (const FindingNote &note : notes.take_front(kMaxNotes)) {
    os.indent(indent) << "- ";
    writeNodeAndPlace(note.node, note.loc);
    os << ": ";
    writeMarkdownText(note.message, os);
    os << '\n';
  }
  if (notes.size() > kMaxNotes)
    os.indent(indent) << "- and " << notes.size() - kMaxNotes << " more\n";
}

void MarkdownWriter::writeNodeAndPlace(StringRef node, Location loc) {
  SourcePlace place = getSourcePlace(loc);
  if (!node.empty())
    writeMarkdownCode(node, os);
  if (place.file.empty()) {
    if (node.empty())
      os << "the whole file";
    return;
  }
  os << (node.empty() ? "at " : " at ");
  std::string text = place.file.str();
  if (place.line != 0)
    text += llvm::formatv(":{0}", place.line);
  if (place.line != 0 && place.column != 0)
    text += llvm::formatv(":{0}", place.column);
  writeMarkdownCode(text, os);
}

//===----------------------------------------------------------------------===//
// Recommendations, Verification Checklist, Conclusion
//===----------------------------------------------------------------------===//

void MarkdownWriter::writeRecommendations() {
  os << "## Recommendations\n\n";
  if (issues.empty())
    os << "None.\n";
  // Issues with the same hint share a recommendation, at the gravest of them.
  llvm::MapVector<StringRef, SmallVector<const Issue *, 1>,
                  llvm::DenseMap<StringRef, unsigned>>
      hints;
  for (const Issue &issue : issues)
    for (StringRef hint : issue.hints)
      hints[hint].push_back(&issue);
  for (auto [index, entry] : llvm::enumerate(hints)) {
    const auto &[hint, origins] = entry;
    os << index + 1 << ". **" << stringifySeverity(origins.front()->severity)
       << "**: ";
    writeMarkdownText(hint, os);
    os << " (";
    llvm::interleave(
        origins, os, [&](const Issue *issue) { os << issue->info->code; },
        ", ");
    os << ")\n";
  }
  os << '\n';
}

void MarkdownWriter::writeChecklist() {
  os << "## Verification Checklist\n\n";
  for (const CheckResult &check : checklist) {
    os << (check.status == CheckStatus::Pass ? "- [x] " : "- [ ] ")
       << check.check->title;
    if (check.status == CheckStatus::Unverified) {
      os << " - UNVERIFIED";
      if (!check.reason.empty()) {
        os << ": ";
        writeMarkdownText(check.reason, os);
      }
    }
    os << '\n';
  }
  os << '\n';
}

std::string MarkdownWriter::getIssueNumbers(Severity severity) const {
  SmallVector<size_t> numbers;
  for (auto [index, issue] : llvm::enumerate(issues))
    if (issue.severity == severity)
      numbers.push_back(index + 1);
  // Issues are sorted by severity, so the numbers have no gap.
  if (numbers.empty())
    return "";
  if (numbers.size() == 1)
    return llvm::formatv("issue {0}", numbers.front());
  return llvm::formatv("issues {0} {1} {2}", numbers.front(),
                       numbers.size() == 2 ? "and" : "to", numbers.back());
}

void MarkdownWriter::writeConclusion() {
  os << "## Conclusion\n\n**" << stringifyStatus(result.verdict) << "**: ";
  switch (result.verdict) {
  case CheckStatus::Pass:
    os << "every check of the checklist was made, and none failed.";
    if (!issues.empty())
      os << " The issues above can be mended at leisure.";
    os << " Verify again after each change of the model, the layout or the "
          "devices.\n";
    return;
  case CheckStatus::Fail:
    os << "do not deploy this plan.";
    break;
  case CheckStatus::Unverified:
    os << "do not take this for a pass.";
    if (!isUnderstood())
      os << " Mend first what was not understood ("
         << getIssueNumbers(Severity::Unverified)
         << "), since it can hide other issues.";
    break;
  }

  // The next steps, in the order in which they are worth taking.
  StringRef connective = " Mend ";
  for (Severity severity : kSeveritiesByGravity) {
    if (severity == Severity::Unverified)
      continue;
    std::string numbers = getIssueNumbers(severity);
    if (numbers.empty())
      continue;
    os << connective << numbers << " (" << stringifySeverity(severity) << ')';
    connective = ", then ";
  }
  if (connective != " Mend ")
    os << '.';
  if (result.verdict == CheckStatus::Fail && !isUnderstood())
    os << " Mend also what was not understood ("
       << getIssueNumbers(Severity::Unverified)
       << "), since it can hide other issues.";
  if (countChecks(CheckStatus::Unverified) != 0)
    os << " Supply what the unverified checks of the list are lacking.";
  os << " Then verify again.\n";
}

void dag::writeMarkdownReport(const VerificationResult &result,
                              raw_ostream &os) {
  MarkdownWriter(result, os).write();
}
