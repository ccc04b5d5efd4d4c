//===- Report.cpp - Choosing and writing a report ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Verification/Reports/Report.h"
#include "ReportSupport.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

SourcePlace dag::getSourcePlace(Location loc) {
  // Depth first, in order. Locations share their parts, so that a small one
  // can be exponentially large as a tree: each part is visited once.
  SmallVector<LocationAttr, 8> worklist{LocationAttr(loc)};
  llvm::SmallPtrSet<const void *, 8> visited;
  while (!worklist.empty()) {
    LocationAttr current = worklist.pop_back_val();
    if (auto range = dyn_cast<FileLineColRange>(current))
      return {range.getFilename().getValue(), range.getStartLine(),
              range.getStartColumn()};
    if (!visited.insert(current.getAsOpaquePointer()).second)
      continue;
    llvm::TypeSwitch<LocationAttr>(current)
        .Case([&](NameLoc name) { worklist.push_back(name.getChildLoc()); })
        .Case([&](FusedLoc fused) {
          for (Location part : llvm::reverse(fused.getLocations()))
            worklist.push_back(part);
        })
        .Case([&](CallSiteLoc call) {
          worklist.push_back(call.getCaller());
          worklist.push_back(call.getCallee());
        })
        .Case([&](OpaqueLoc opaque) {
          worklist.push_back(opaque.getFallbackLocation());
        });
  }
  return {};
}

Location dag::getPlainLoc(Location loc) {
  if (isa<FileLineColLoc, UnknownLoc>(loc))
    return loc;
  SourcePlace place = getSourcePlace(loc);
  if (place.file.empty())
    return UnknownLoc::get(loc.getContext());
  return FileLineColLoc::get(loc.getContext(), place.file, place.line,
                             place.column);
}

//===----------------------------------------------------------------------===//
// What the writers share
//===----------------------------------------------------------------------===//

dag::report::SeverityCounts::SeverityCounts(ArrayRef<Finding> findings) {
  for (const Finding &finding : findings)
    ++counts[static_cast<unsigned>(finding.severity)];
}

SmallVector<CheckResult, kNumChecks - 1>
dag::report::getChecklist(const VerificationResult &result) {
  SmallVector<CheckResult, kNumChecks - 1> checklist;
  for (unsigned index = 1; index != kNumChecks; ++index) {
    auto check = static_cast<CheckId>(index);
    auto found = llvm::find_if(
        result.checks, [&](const auto &other) { return other.check == check; });
    if (found != result.checks.end())
      checklist.push_back(*found);
    else
      checklist.push_back(
          {check, CheckStatus::Unverified, "the check did not run"});
  }
  for (const CheckResult &check : result.checks)
    if (static_cast<unsigned>(check.check) >= kNumChecks)
      checklist.push_back(check);
  return checklist;
}

StringRef dag::report::getHint(const Finding &finding) {
  if (!finding.hint.empty())
    return finding.hint;
  return getCodeInfo(finding.code).hint;
}

llvm::json::Value dag::report::toJSONString(StringRef text) {
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

/// Flushes `os` and takes over its error: an error left in a stream ends the
/// process when the stream is destroyed.
static std::error_code takeError(llvm::raw_fd_ostream &os) {
  os.flush();
  std::error_code error = os.error();
  os.clear_error();
  return error;
}

static llvm::Error makeError(StringRef path, std::error_code error) {
  return llvm::createStringError(error, "cannot write the report '" + path +
                                            "': " + error.message());
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
  if (path == "-") {
    write(results, llvm::outs());
    if (std::error_code error = takeError(llvm::outs()))
      return makeError("-", error);
    return llvm::Error::success();
  }

  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (error)
    return makeError(path, error);
  write(results, os);
  os.close();
  if ((error = takeError(os))) {
    // Half a report misleads. Devices and links stay.
    if (llvm::sys::fs::get_file_type(path, /*follow=*/false) ==
        llvm::sys::fs::file_type::regular_file)
      (void)llvm::sys::fs::remove(path);
    return makeError(path, error);
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

VerificationResult dag::makeUnreadableResult(StringRef file, Location loc,
                                             const Twine &message) {
  VerificationResult result;
  result.file = file.str();
  const CodeInfo &info = getCodeInfo("DAG007");
  if (getSourcePlace(loc).file.empty())
    loc = FileLineColLoc::get(loc.getContext(), file, 0, 0);
  result.findings.push_back({info.code, info.severity, message.str(),
                             /*node=*/"", loc, /*notes=*/{}, /*hint=*/""});
  for (unsigned index = 1; index != kNumChecks; ++index)
    result.checks.push_back({static_cast<CheckId>(index),
                             CheckStatus::Unverified,
                             "the input could not be read"});
  for (StringRef id : {"reference", "device", "configuration"})
    result.notCompared.push_back({id.str(), "the input could not be read"});
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
