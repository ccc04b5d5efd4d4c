//===- Expectation.cpp - What a verifier should say of a mutant -----------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawingGenerator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"

using namespace mlir::dag::drawing;
using llvm::StringRef;

/// Lines of the printed text.
static std::set<unsigned> getLines(const Drawing &drawing,
                                   const DrawingPrinter &printer,
                                   llvm::ArrayRef<uint32_t> nodes,
                                   llvm::ArrayRef<uint32_t> edges,
                                   llvm::ArrayRef<unsigned> stages) {
  std::set<unsigned> lines;
  for (uint32_t node : nodes)
    lines.insert(drawing.nodeLines[node]);
  for (uint32_t edge : edges)
    lines.insert(drawing.edgeLines[edge]);
  // The clusters of all copies, each with its label in the line below.
  for (auto [cluster, line] : llvm::enumerate(printer.getStageLines()))
    if (llvm::is_contained(stages, cluster % drawing.options.pp))
      lines.insert({line, line + 1});
  lines.erase(0);
  return lines;
}

Expectation::Expectation(const Drawing &drawing, const DrawingPrinter &printer,
                         Mutation result, unsigned damagedLine)
    : mutation(std::move(result)) {
  lines = getLines(drawing, printer, mutation.blamedNodes, mutation.blamedEdges,
                   mutation.blamedStages);
  if (mutation.blamesGraph)
    for (unsigned line = 1; line <= printer.getFirstLine(); ++line)
      lines.insert(line);
  if (damagedLine)
    lines.insert(damagedLine);
  near = getLines(drawing, printer, mutation.nearNodes, mutation.nearEdges, {});
}

void Expectation::writeJSON(llvm::raw_ostream &os) const {
  llvm::json::OStream json(os, 2);
  auto writeStrings = [&](StringRef key, llvm::ArrayRef<std::string> strings) {
    json.attributeArray(key, [&] {
      for (const std::string &string : strings)
        json.value(string);
    });
  };
  auto writeLines = [&](StringRef key, const std::set<unsigned> &numbers) {
    json.attributeArray(key, [&] {
      for (unsigned number : numbers)
        json.value(number);
    });
  };
  json.object([&] {
    json.attribute("kind", mutation.kind);
    json.attribute("variant", mutation.variant);
    json.attribute("description", mutation.description);
    json.attribute("sites", mutation.numSites);
    writeStrings("nodes", mutation.names);
    writeStrings("codes", mutation.codes);
    json.attribute("anywhere", mutation.blamesAnything);
    writeLines("lines", lines);
    writeStrings("consequences", mutation.consequences);
    writeLines("near", near);
  });
  os << '\n';
}

namespace {

/// What a report says, against what it should say.
struct Comparison {
  bool isFound = false;
  bool isPass = false;
  bool isFail = false;
  /// A finding that fails the drawing.
  bool isBlamed = false;
  std::string malformed;
  std::vector<std::string> besides;
};

bool belongsTo(StringRef code, llvm::ArrayRef<std::string> families) {
  return llvm::any_of(families, [&](const std::string &family) {
    return code.starts_with(family);
  });
}

Comparison compare(const Expectation &expected, StringRef report) {
  Comparison result;
  const Mutation &mutation = expected.mutation;
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(report);
  if (!value) {
    result.malformed = llvm::toString(value.takeError());
    return result;
  }
  const llvm::json::Object *root = value->getAsObject();
  const llvm::json::Array *findings =
      root ? root->getArray("findings") : nullptr;
  std::optional<StringRef> verdict =
      root ? root->getString("verdict") : std::nullopt;
  if (!findings || !verdict) {
    result.malformed = "expected 'verdict' and 'findings'";
    return result;
  }
  result.isPass = *verdict == "PASS";
  result.isFail = *verdict == "FAIL";
  for (const llvm::json::Value &element : *findings) {
    const llvm::json::Object *finding = element.getAsObject();
    StringRef code = finding->getString("code").value_or("");
    StringRef severity = finding->getString("severity").value_or("");
    unsigned line = finding->getInteger("line").value_or(0);
    bool isCause = belongsTo(code, mutation.codes);
    bool isAt = mutation.blamesAnything || expected.lines.count(line);
    result.isFound |= isCause && isAt;
    bool isNote = severity == "low" || severity == "unverified";
    result.isBlamed |= !isNote;
    if (mutation.isHarmless
            ? isCause && isNote
            : (isCause || belongsTo(code, mutation.consequences)) &&
                  (isAt || expected.near.count(line)))
      continue;
    result.besides.push_back((llvm::Twine(code) + " at line " +
                              llvm::Twine(line) + ": " +
                              finding->getString("message").value_or(""))
                                 .str());
  }
  return result;
}

} // namespace

bool Expectation::judge(StringRef report, llvm::raw_ostream &os) const {
  Comparison found = compare(*this, report);
  if (!found.malformed.empty()) {
    os << "malformed report: " << found.malformed << '\n';
    return false;
  }
  bool isClean = mutation.kind.empty();
  for (const std::string &finding : found.besides)
    os << "blamed for nothing: " << finding << '\n';
  if (isClean || mutation.isHarmless) {
    if (isClean ? found.isPass : !found.isFail)
      return found.besides.empty();
    os << "expected " << (isClean ? "PASS" : "no FAIL")
       << ", but got another verdict\n";
    return false;
  }
  if (!found.isFound) {
    os << "not found: " << mutation.kind << " of " << mutation.description
       << ", expected one of";
    for (const std::string &code : mutation.codes)
      os << ' ' << code;
    os << '\n';
  }
  if (found.isPass)
    os << "expected no PASS, but got PASS\n";
  return found.isFound && !found.isPass && found.besides.empty();
}

Expectation::Outcome Expectation::classify(StringRef report) const {
  Comparison found = compare(*this, report);
  if (!found.malformed.empty())
    return Malformed;
  if (mutation.kind.empty() || mutation.isHarmless)
    return found.isFail || found.isBlamed || !found.besides.empty() ||
                   (mutation.kind.empty() && !found.isPass)
               ? OtherCode
               : Caught;
  if (found.isFound)
    return found.besides.empty() ? Caught : CaughtBesides;
  return found.isBlamed || !found.isPass ? OtherCode : Missed;
}
