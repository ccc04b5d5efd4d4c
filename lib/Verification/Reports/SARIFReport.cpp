//===- SARIFReport.cpp - The report for code scanning -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// SARIF 2.1.0 (Static Analysis Results Interchange Format, OASIS). Sections in
// comments are those of its specification. Results are written one by one, so
// that their number does not matter, and each stands on a line.
//
//===----------------------------------------------------------------------===//

#include "ReportSupport.h"
#include "dag/Verification/Reports/Report.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::report;

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

/// A URI of a path: relative paths stay relative, all that RFC 3986 does not
/// leave to paths is percent-encoded, bytes that are not UTF-8 included. The
/// colon too, since `a:b.dot` would be a URI of the scheme `a`.
static std::string getURI(StringRef path) {
  std::string uri;
  if (llvm::sys::path::is_absolute(path))
    uri = "file://";
  for (char c : path) {
    if (llvm::isAlnum(c) || StringRef("/-._~!$&'()*+,;=@").contains(c)) {
      uri += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      uri += '%';
      uri += llvm::hexdigit(byte >> 4);
      uri += llvm::hexdigit(byte & 15);
    }
  }
  return uri;
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
  writeText("message", escapeMessage(text), json);
}

static void writeRule(const CodeInfo &info, OStream &json) {
  json.object([&] {
    json.attribute("id", info.code);
    json.attribute("name", getRuleName(info.title));
    writeText("shortDescription", info.title, json);
    writeText("fullDescription",
              (info.expected + " Otherwise: " + info.impact).str(), json);
    writeText("help", info.hint, json);
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
class SARIFWriter {
public:
  SARIFWriter(const VerificationResult &result, raw_ostream &os);

  void write();

private:
  void writeTool();
  void writeInvocation();
  void writeResult(const Finding &finding, OStream &json);
  /// The inside of a location. Without a place of its own it is in the file
  /// that was verified.
  void writeLocation(Location loc, StringRef node, OStream &json);

  const VerificationResult &result;
  OStream json;
  /// The codes of the findings, in order, and their places in it.
  SmallVector<const CodeInfo *> rules;
  llvm::DenseMap<const CodeInfo *, int64_t> ruleIndices;
  /// The last file that was written: most places are in one file.
  StringRef lastFile;
  std::string lastURI;
};
} // namespace

SARIFWriter::SARIFWriter(const VerificationResult &result, raw_ostream &os)
    : result(result), json(os, /*IndentSize=*/2) {
  for (const Finding &finding : result.findings)
    if (ruleIndices.try_emplace(finding.info, 0).second)
      rules.push_back(finding.info);
  llvm::sort(rules, [](const CodeInfo *left, const CodeInfo *right) {
    return isBefore(*left, *right);
  });
  for (auto [index, rule] : llvm::enumerate(rules))
    ruleIndices[rule] = index;
}

void SARIFWriter::writeTool() {
  json.attributeObject("tool", [&] {
    json.attributeObject("driver", [&] {
      json.attribute("name", "dag");
      json.attributeArray("rules", [&] {
        for (const CodeInfo *rule : rules)
          writeRule(*rule, json);
      });
    });
  });
}

/// The run was successful if the report came about, whatever it says. A check
/// that could not run is a notification.
void SARIFWriter::writeInvocation() {
  json.attributeArray("invocations", [&] {
    json.object([&] {
      json.attribute("executionSuccessful", true);
      json.attributeArray("toolExecutionNotifications", [&] {
        for (const CheckResult &check : getChecklist(result)) {
          if (check.status != CheckStatus::Unverified)
            continue;
          json.object([&] {
            json.attributeObject(
                "descriptor", [&] { json.attribute("id", check.check->name); });
            json.attribute("level", "warning");
            writeMessage(("not verified: " + check.check->title +
                          (check.reason.empty() ? "" : ": ") + check.reason)
                             .str(),
                         json);
          });
        }
      });
    });
  });
}

void SARIFWriter::writeLocation(Location loc, StringRef node, OStream &json) {
  SourcePlace place = getSourcePlace(loc);
  StringRef file = place.file.empty() ? StringRef(result.file) : place.file;
  if (!file.empty()) {
    if (file != lastFile) {
      lastFile = file;
      lastURI = getURI(file);
    }
    json.attributeObject("physicalLocation", [&] {
      json.attributeObject("artifactLocation",
                           [&] { json.attribute("uri", lastURI); });
      // Lines and columns count from 1 (3.30); a zero is not known.
      if (place.line == 0)
        return;
      json.attributeObject("region", [&] {
        json.attribute("startLine", place.line);
        if (place.column != 0)
          json.attribute("startColumn", place.column);
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

void SARIFWriter::writeResult(const Finding &finding, OStream &json) {
  const CodeInfo &info = *finding.info;
  json.object([&] {
    json.attribute("ruleId", info.code);
    json.attribute("ruleIndex", ruleIndices.lookup(&info));
    json.attribute("level", getLevel(finding.severity));
    writeMessage(finding.message, json);
    json.attributeArray("locations", [&] {
      json.object([&] { writeLocation(finding.loc, finding.node, json); });
    });
    if (!finding.notes.empty())
      json.attributeArray("relatedLocations", [&] {
        int64_t id = 0;
        for (const FindingNote &note : finding.notes)
          json.object([&] {
            json.attribute("id", ++id);
            writeLocation(note.loc, note.node, json);
            writeMessage(note.message, json);
          });
      });
    json.attributeObject("properties", [&] {
      json.attribute("severity", stringifySeverity(finding.severity));
      // That of the code is the help of the rule.
      if (!finding.hint.empty())
        json.attribute("hint", toJSONString(finding.hint));
    });
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
        writeInvocation();
        json.attributeArray("results", [&] {
          for (const Finding &finding : result.findings)
            json.rawValue([&](raw_ostream &line) {
              OStream element(line);
              writeResult(finding, element);
            });
        });
        json.attributeObject("properties", [&] {
          json.attribute("verdict", stringifyStatus(result.verdict));
        });
      });
    });
  });
}

void dag::writeSARIFReport(const VerificationResult &result, raw_ostream &os) {
  SARIFWriter(result, os).write();
  os << '\n';
}
