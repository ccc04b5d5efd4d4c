//===- SARIFReport.cpp - The report for code scanning -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// SARIF 2.1.0 (Static Analysis Results Interchange Format, OASIS). Sections in
// comments are those of its specification. A result is a cause: findings of one
// code whose messages are alike, with the first of their places. Code hosts
// take some thousands of results of a run: the gravest are written, and the run
// says what is left out.
//
//===----------------------------------------------------------------------===//

#include "Issues.h"
#include "ReportSupport.h"
#include "SourceColumns.h"
#include "dag/Support/Escape.h"
#include "dag/Support/Version.h"
#include "dag/Verification/Reports/Report.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::report;

/// Results of a run, locations of a result, and notes of one.
static constexpr size_t kMaxResults = 4999;
static constexpr size_t kMaxLocations = 100;

/// What was not understood is no defect, but it stops the run: a warning.
static StringRef getLevel(Severity severity) {
  switch (severity) {
  case Severity::Critical:
  case Severity::High:
    return "error";
  case Severity::Medium:
  case Severity::Unverified:
    return "warning";
  case Severity::Low:
    return "note";
  }
  llvm_unreachable("unknown severity");
}

/// `SendWithoutARecv` for "Send without a recv".
static std::string getRuleName(StringRef title) {
  std::string name;
  bool startsWord = true;
  for (char c : title) {
    if (llvm::isAlnum(c))
      name += startsWord ? llvm::toUpper(c) : c;
    // "layer's" is one word.
    startsWord = !llvm::isAlnum(c) && c != '\'';
  }
  return name;
}

/// The section of the documentation that explains a code, or of a code from
/// outside the page: `docs/Verification.md#dag101-attention-not-decomposed`.
static std::string getHelpURI(const CodeInfo &info) {
  return (getDocsURI() + "/Verification.md" + (info.anchor.empty() ? "" : "#") +
          info.anchor)
      .str();
}

/// What tells a result in the next run of the tool: not its line, but its file
/// where there are several.
static std::string getFingerprint(StringRef file, const Finding &finding) {
  std::string text = (file + "\n" + finding.getCode() + "\n" + finding.node +
                      "\n" + finding.message)
                         .str();
  return llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true,
                         /*Width=*/16);
}

/// Braces are doubled, since `{0}` is a placeholder (3.11.5), and a bracket
/// that would start a link (3.11.6) gets a backslash.
static std::string escapeMessage(StringRef text) {
  std::string escaped;
  escaped.reserve(text.size() + 8);
  for (size_t i = 0, e = text.size(); i != e; ++i) {
    char c = text[i];
    if (c == '{' || c == '}')
      escaped += c;
    else if (c == ']' && i + 1 != e && text[i + 1] == '(')
      escaped += '\\';
    escaped += c;
  }
  return escaped;
}

//===----------------------------------------------------------------------===//
// Common objects
//===----------------------------------------------------------------------===//

using llvm::json::OStream;

/// A message or a multiformat message string: both have `text`.
static void writeText(StringRef name, StringRef text, OStream &json) {
  json.attributeObject(name,
                       [&] { json.attribute("text", toJSONString(text)); });
}

static void writeMessage(StringRef text, OStream &json) {
  writeText("message", escapeMessage(escapeHiddenCharacters(text)), json);
}

static void writeRule(const CodeInfo &info, OStream &json) {
  json.object([&] {
    json.attribute("id", info.code);
    json.attribute("name", getRuleName(info.title));
    writeText("shortDescription", info.title, json);
    writeText("fullDescription",
              (info.expected + " Otherwise: " + info.impact).str(), json);
    writeText("help", info.hint, json);
    json.attribute("helpUri", getHelpURI(info));
    json.attributeObject("defaultConfiguration", [&] {
      json.attribute("level", getLevel(info.severity));
    });
    json.attributeObject("properties", [&] {
      json.attribute("severity", stringifySeverity(info.severity));
      json.attributeArray("tags", [&] { json.value(info.check->name); });
    });
  });
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

namespace {
/// A result in the making.
struct Entry {
  const VerificationResult *file;
  const Issue *issue;
  const Cause *cause;

  const Finding &getFirst() const {
    return file->findings[cause->findings.front()];
  }
};

class SARIFWriter {
public:
  SARIFWriter(ArrayRef<VerificationResult> results, raw_ostream &os);

  void write();

private:
  void selectEntries();
  void writeTool();
  void writeInvocation();
  void writeNotification(StringRef id, StringRef level, const Twine &text);
  void writeArtifacts();
  void writeResult(const Entry &entry, OStream &json);
  void writeLocations(const Entry &entry, OStream &json);
  void writeRelatedLocations(const Entry &entry, OStream &json);
  /// The inside of a location. Without a place of its own it is in the file
  /// that was verified.
  void writeLocation(Location loc, StringRef node, StringRef verifiedFile,
                     OStream &json);
  void writeProperties();
  void writeFileProperties(const VerificationResult &result);

  ArrayRef<VerificationResult> results;
  OStream json;
  /// Of each file.
  std::vector<std::vector<Issue>> issues;
  /// In the order of the findings.
  std::vector<Entry> entries;
  size_t numOmitted = 0, numOmittedFindings = 0;
  /// The codes of the results, in order, and their places in it.
  SmallVector<const CodeInfo *> rules;
  llvm::DenseMap<const CodeInfo *, int64_t> ruleIndices;
  SourceColumns columns;
  /// The last file that was written: most places are in one file.
  StringRef lastFile;
  std::string lastURI;
};
} // namespace

SARIFWriter::SARIFWriter(ArrayRef<VerificationResult> results, raw_ostream &os)
    : results(results), json(os, /*IndentSize=*/2) {
  for (const VerificationResult &result : results)
    issues.push_back(collectIssues(result.findings));
  selectEntries();
  for (const Entry &entry : entries)
    if (ruleIndices.try_emplace(entry.issue->info, 0).second)
      rules.push_back(entry.issue->info);
  llvm::sort(rules, [](const CodeInfo *left, const CodeInfo *right) {
    return isBefore(*left, *right);
  });
  for (auto [index, rule] : llvm::enumerate(rules))
    ruleIndices[rule] = index;
}

/// The gravest causes, as many as a run may have.
void SARIFWriter::selectEntries() {
  for (auto [result, ofFile] : llvm::zip_equal(results, issues))
    for (const Issue &issue : ofFile)
      for (const Cause &cause : issue.causes)
        entries.push_back({&result, &issue, &cause});
  if (entries.size() > kMaxResults) {
    // What was not understood may hide what is grave.
    auto getRank = [](const Entry &entry) {
      const auto *at = llvm::find(kSeveritiesByGravity, entry.issue->severity);
      return entry.issue->severity == Severity::Unverified
                 ? 0
                 : at - std::begin(kSeveritiesByGravity) + 1;
    };
    llvm::stable_sort(entries, [&](const Entry &left, const Entry &right) {
      return getRank(left) < getRank(right);
    });
    numOmitted = entries.size() - kMaxResults;
    for (const Entry &entry : ArrayRef(entries).drop_front(kMaxResults))
      numOmittedFindings += entry.cause->findings.size();
    entries.resize(kMaxResults);
  }
  llvm::stable_sort(entries, [](const Entry &left, const Entry &right) {
    return std::make_pair(left.file, left.cause->findings.front()) <
           std::make_pair(right.file, right.cause->findings.front());
  });
}

void SARIFWriter::writeTool() {
  json.attributeObject("tool", [&] {
    json.attributeObject("driver", [&] {
      json.attribute("name", "dag");
      json.attributeArray("rules", [&] {
        for (const CodeInfo *rule : rules)
          writeRule(*rule, json);
      });
      json.attribute("version", getVersion());
      json.attribute("semanticVersion", getVersion());
    });
  });
}

void SARIFWriter::writeNotification(StringRef id, StringRef level,
                                    const Twine &text) {
  json.object([&] {
    json.attributeObject("descriptor", [&] { json.attribute("id", id); });
    json.attribute("level", level);
    writeMessage(text.str(), json);
  });
}

/// The run was successful if the files could be read, whatever the report says.
/// A check that could not run is a notification.
void SARIFWriter::writeInvocation() {
  bool wasRead = llvm::none_of(entries, [](const Entry &entry) {
    return entry.issue->info == &getCodeInfo(Code::DAG007);
  });
  json.attributeArray("invocations", [&] {
    json.object([&] {
      json.attribute("executionSuccessful", wasRead);
      json.attributeArray("toolExecutionNotifications", [&] {
        for (const VerificationResult &result : results)
          for (const CheckResult &check : getChecklist(result))
            if (check.status == CheckStatus::Unverified)
              writeNotification(
                  check.check->name, "warning",
                  (results.size() == 1 ? "" : result.file + ": ") +
                      "not verified: " + check.check->title +
                      (check.reason.empty() ? "" : ": ") + check.reason);
        if (numOmitted != 0)
          writeNotification(
              "omitted", "warning",
              Twine(numOmitted) + " of " + Twine(numOmitted + entries.size()) +
                  " results, the mildest, with " + Twine(numOmittedFindings) +
                  " findings, are left out; the report in JSON has them");
      });
    });
  });
}

void SARIFWriter::writeArtifacts() {
  json.attributeArray("artifacts", [&] {
    for (const VerificationResult &result : results)
      json.object([&] {
        json.attributeObject(
            "location", [&] { json.attribute("uri", toURI(result.file)); });
        json.attributeArray("roles", [&] { json.value("analysisTarget"); });
      });
  });
}

void SARIFWriter::writeLocation(Location loc, StringRef node,
                                StringRef verifiedFile, OStream &json) {
  SourcePlace place = getSourcePlace(loc);
  StringRef file = place.file.empty() ? verifiedFile : place.file;
  if (!file.empty()) {
    if (file != lastFile) {
      lastFile = file;
      lastURI = toURI(file);
    }
    json.attributeObject("physicalLocation", [&] {
      json.attributeObject("artifactLocation",
                           [&] { json.attribute("uri", lastURI); });
      // Lines and columns count from 1 (3.30); a zero is not known.
      if (place.line == 0)
        return;
      json.attributeObject("region", [&] {
        json.attribute("startLine", place.line);
        if (unsigned column = columns.getUTF16Column(place))
          json.attribute("startColumn", column);
      });
    });
  }
  if (!node.empty()) {
    json.attributeArray("logicalLocations", [&] {
      json.object([&] {
        json.attribute("name", toJSONString(node));
        json.attribute("kind", "node");
      });
    });
  }
}

/// All of the places have to be mended, so they are the locations of the
/// result (3.27.12).
void SARIFWriter::writeLocations(const Entry &entry, OStream &json) {
  ArrayRef<uint32_t> indices = entry.cause->findings;
  json.attributeArray("locations", [&] {
    for (uint32_t index : indices.take_front(kMaxLocations)) {
      const Finding &finding = entry.file->findings[index];
      json.object([&] {
        writeLocation(finding.loc, finding.node, entry.file->file, json);
      });
    }
  });
}

/// The notes of the first finding.
void SARIFWriter::writeRelatedLocations(const Entry &entry, OStream &json) {
  ArrayRef<FindingNote> notes = entry.getFirst().notes;
  if (notes.empty())
    return;
  json.attributeArray("relatedLocations", [&] {
    int64_t id = 0;
    for (const FindingNote &note : notes.take_front(kMaxLocations))
      json.object([&] {
        json.attribute("id", ++id);
        writeLocation(note.loc, note.node, entry.file->file, json);
        writeMessage(note.message, json);
      });
    if (notes.size() > kMaxLocations)
      json.object([&] {
        json.attribute("id", ++id);
        writeMessage(Twine(notes.size() - kMaxLocations)
                         .concat(" more notes are left out; the report in "
                                 "JSON has them")
                         .str(),
                     json);
      });
  });
}

void SARIFWriter::writeResult(const Entry &entry, OStream &json) {
  const CodeInfo &info = *entry.issue->info;
  const Finding &first = entry.getFirst();
  size_t count = entry.cause->findings.size();
  json.object([&] {
    json.attribute("ruleId", info.code);
    json.attribute("ruleIndex", ruleIndices.lookup(&info));
    json.attribute("level", getLevel(first.severity));
    auto [message, more] = describe(*entry.cause, entry.file->findings);
    writeMessage((message + more).str(), json);
    if (count > 1)
      json.attribute("occurrenceCount", static_cast<int64_t>(count));
    json.attributeObject("partialFingerprints", [&] {
      json.attribute("dagCause/v1",
                     getFingerprint(results.size() > 1
                                        ? StringRef(entry.file->file)
                                        : StringRef(),
                                    first));
    });
    writeLocations(entry, json);
    writeRelatedLocations(entry, json);
    json.attributeObject("properties", [&] {
      json.attribute("severity", stringifySeverity(first.severity));
      // That of the code is the help of the rule.
      if (!first.hint.empty())
        json.attribute("hint", toJSONString(first.hint));
    });
  });
}

void SARIFWriter::writeFileProperties(const VerificationResult &result) {
  json.attribute("verdict", stringifyStatus(result.verdict));
  if (!result.readAs.empty())
    json.attribute("readAs", toJSONString(result.readAs));
  writeFacts(result, json);
}

void SARIFWriter::writeProperties() {
  json.attributeObject("properties", [&] {
    if (results.size() == 1) {
      writeFileProperties(results.front());
    } else {
      json.attribute("verdict", stringifyStatus(getVerdict(results)));
      json.attributeArray("files", [&] {
        for (const VerificationResult &result : results)
          json.object([&] {
            json.attribute("file", toJSONString(result.file));
            writeFileProperties(result);
          });
      });
    }
    if (numOmitted != 0)
      json.attribute("omittedResults", static_cast<int64_t>(numOmitted));
  });
}

void SARIFWriter::write() {
  json.object([&] {
    json.attribute("$schema",
                   "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/"
                   "schemas/sarif-schema-2.1.0.json");
    json.attribute("version", "2.1.0");
    json.attributeArray("runs", [&] {
      json.object([&] {
        writeTool();
        // What GitHub and editors take a column for.
        json.attribute("columnKind", "utf16CodeUnits");
        writeInvocation();
        writeArtifacts();
        json.attributeArray("results", [&] {
          for (const Entry &entry : entries)
            json.rawValue([&](raw_ostream &line) {
              OStream element(line);
              writeResult(entry, element);
            });
        });
        writeProperties();
      });
    });
  });
}

void dag::writeSARIFReport(ArrayRef<VerificationResult> results,
                           raw_ostream &os) {
  SARIFWriter(results, os).write();
  os << '\n';
}
