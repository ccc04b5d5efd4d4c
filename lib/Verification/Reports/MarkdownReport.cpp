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
// places are listed. The time is linear in the findings.
//
//===----------------------------------------------------------------------===//

#include "Issues.h"
#include "ReportSupport.h"
#include "dag/Support/Markdown.h"
#include "dag/Verification/Reports/Report.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <string>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::report;

/// Places listed for one issue, and notes for one place.
static constexpr size_t kMaxPlaces = 20;
static constexpr size_t kMaxNotes = 3;
/// Messages quoted as the current state of one issue.
static constexpr size_t kMaxQuotes = 3;

namespace {
/// Findings of one code with the same message.
struct Entry {
  size_t count = 0;
  /// The first of them.
  SmallVector<const Finding *, 1> places;
};

/// By message, in the order of their appearance; the first of them.
using Entries =
    llvm::MapVector<StringRef, Entry, llvm::DenseMap<StringRef, unsigned>>;
} // namespace

static Entries collectEntries(const Issue &issue, ArrayRef<Finding> findings) {
  Entries entries;
  for (uint32_t index : issue.findings) {
    StringRef message = findings[index].message;
    auto *entry = entries.find(message);
    if (entry == entries.end()) {
      if (entries.size() == kMaxPlaces)
        continue;
      entry = entries.insert({message, Entry()}).first;
    }
    ++entry->second.count;
    if (entry->second.places.size() < kMaxPlaces)
      entry->second.places.push_back(&findings[index]);
  }
  return entries;
}

//===----------------------------------------------------------------------===//
// The report
//===----------------------------------------------------------------------===//

namespace {
class MarkdownWriter {
public:
  /// Headings of sections have `level` number signs.
  MarkdownWriter(const VerificationResult &result, unsigned level,
                 raw_ostream &os)
      : result(result), os(os), level(level),
        issues(collectIssues(result.findings)), checklist(getChecklist(result)),
        counts(result.findings) {}

  void write();

private:
  raw_ostream &heading(unsigned depth = 0) {
    return os << std::string(level + depth, '#') << ' ';
  }
  void writeSummary();
  void writeHeadline();
  void writeFacts();
  void writeCounts();
  void writeAssessment();
  void writeGravest();
  void writeFurther();
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
  unsigned level;
  std::vector<Issue> issues;
  SmallVector<CheckResult> checklist;
  SeverityCounts counts;
};
} // namespace

void MarkdownWriter::write() {
  os << "- **File**: ";
  if (result.file.empty())
    os << "not named";
  else
    writeMarkdownCode(result.file, os);
  os << "\n- **Verdict**: " << stringifyStatus(result.verdict) << '\n';
  if (!result.readAs.empty()) {
    os << "- **Read as**: ";
    writeMarkdownText(result.readAs, os);
    os << '\n';
  }
  os << '\n';

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
  heading() << "Executive Summary\n\n**" << stringifyStatus(result.verdict)
            << "**: ";
  writeHeadline();
  writeFacts();
  writeCounts();
  writeAssessment();
}

void MarkdownWriter::writeHeadline() {
  if (result.findings.empty()) {
    os << "no findings.\n\n";
    return;
  }
  writeCount(result.findings.size(), "finding");
  os << " under ";
  writeCount(issues.size(), "issue");
  os << ".\n\n";
}

/// What was verified, and what it was not compared with.
void MarkdownWriter::writeFacts() {
  MarkdownTable table({{"Fact"}, {"Value"}});
  for (const SummaryFact &fact : result.facts)
    table.addRow({fact.title, fact.value});
  for (const NotCompared &missing : result.notCompared)
    table.addRow({"Not compared with a " + missing.id, missing.reason});
  if (table.empty())
    return;
  table.print(os);
  os << '\n';
}

void MarkdownWriter::writeCounts() {
  if (result.findings.empty())
    return;
  MarkdownTable table = MarkdownTable::ofNumbers(
      ArrayRef<StringRef>({"Severity", "Issues", "Findings"}));
  for (Severity severity : kSeveritiesByGravity) {
    // The four severities stand there even without findings.
    if (severity == Severity::Unverified && isUnderstood())
      continue;
    int64_t numIssues = llvm::count_if(
        issues, [&](const Issue &issue) { return issue.severity == severity; });
    table.addRow(stringifySeverity(severity),
                 {numIssues, static_cast<int64_t>(counts[severity])});
  }
  table.print(os);
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
    writeGravest();
    writeFurther();
  }
  os << "\n\n";
}

void MarkdownWriter::writeGravest() {
  const Issue &gravest = issues.front();
  os << " The gravest issue is \"" << gravest.info->title << "\" ("
     << stringifySeverity(gravest.severity) << ", ";
  writeCount(gravest.size(), "finding");
  os << "). ";
  writeMarkdownText(gravest.info->impact, os);
}

void MarkdownWriter::writeFurther() {
  // Sorted by severity, so that those of a severity are neighbours.
  ArrayRef<Issue> others = ArrayRef(issues).drop_front();
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
          os << '"' << issue.info->title << "\" (" << issue.size() << ')';
        },
        ", ");
    os << '.';
  }
}

//===----------------------------------------------------------------------===//
// Issues Identified
//===----------------------------------------------------------------------===//

void MarkdownWriter::writeIssues() {
  heading() << "Issues Identified\n\n";
  if (issues.empty())
    os << "None.\n\n";
  for (auto [index, issue] : llvm::enumerate(issues)) {
    const CodeInfo &info = *issue.info;
    StringRef severity = stringifySeverity(issue.severity);
    heading(1) << index + 1 << ". " << info.title << " (" << severity
               << ")\n\n- **Severity**: " << severity
               << "\n- **Issue**: " << info.code << ", " << info.title << ", ";
    writeCount(issue.size(), "finding");
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
  for (const Cause &cause : ArrayRef(issue.causes).take_front(kMaxQuotes)) {
    if (quoted != 0)
      os << "; ";
    auto [message, more] = describe(cause, result.findings);
    writeMarkdownText(message, os);
    os << more;
    quoted += cause.findings.size();
  }
  if (quoted != issue.size())
    os << "; and " << issue.size() - quoted << " more";
  os << '\n';
}

void MarkdownWriter::writeWhere(const Issue &issue) {
  os << "- **Where**:\n";
  Entries entries = collectEntries(issue, result.findings);
  // A single message is the current state already.
  if (entries.size() == 1) {
    const Entry &entry = entries.front().second;
    for (const Finding *finding : entry.places)
      writePlace(*finding, /*indent=*/2, /*withMessage=*/false);
    if (entry.count > entry.places.size())
      os << "  - and " << entry.count - entry.places.size() << " more\n";
    return;
  }

  // Each message gets one place, and what is left of the places goes to the
  // first messages.
  size_t spare = kMaxPlaces - entries.size();
  size_t listed = 0;
  for (const auto &[message, entry] : entries) {
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
  if (listed != issue.size())
    os << "  - and " << issue.size() - listed << " more\n";
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
  heading() << "Recommendations\n\n";
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
  heading() << "Verification Checklist\n\n";
  for (const CheckResult &check : checklist) {
    os << (check.status == CheckStatus::Pass ? "- [x] " : "- [ ] ")
       << check.check->title;
    StringRef separator = " - ";
    if (check.status == CheckStatus::Unverified) {
      os << " - UNVERIFIED";
      separator = ": ";
    }
    if (!check.reason.empty() && check.status != CheckStatus::Fail) {
      os << separator;
      writeMarkdownText(check.reason, os);
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
  heading() << "Conclusion\n\n**" << stringifyStatus(result.verdict) << "**: ";
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

void dag::writeMarkdownReport(ArrayRef<VerificationResult> results,
                              raw_ostream &os) {
  os << "# Verification Report\n\n";
  if (results.size() == 1)
    return MarkdownWriter(results.front(), /*level=*/2, os).write();

  os << "- **Verdict**: " << stringifyStatus(getVerdict(results)) << "\n\n";
  MarkdownTable table(
      {{"File"}, {"Verdict"}, {"Findings", MarkdownTable::Align::Right}});
  for (const VerificationResult &result : results)
    table.addRow({result.file, stringifyStatus(result.verdict).str(),
                  std::to_string(result.findings.size())});
  table.print(os);
  for (const VerificationResult &result : results) {
    os << "\n## ";
    writeMarkdownCode(result.file, os);
    os << "\n\n";
    MarkdownWriter(result, /*level=*/3, os).write();
  }
}
