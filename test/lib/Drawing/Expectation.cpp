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
  for (unsigned stage : stages) {
    if (stage >= printer.getStageLines().size())
      continue;
    // The cluster, and its label in the line below.
    lines.insert(printer.getStageLines()[stage]);
    lines.insert(printer.getStageLines()[stage] + 1);
  }
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

bool Expectation::judge(StringRef report, llvm::raw_ostream &os) const {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(report);
  if (!value) {
    os << "malformed report: " << llvm::toString(value.takeError()) << '\n';
    return false;
  }
  const llvm::json::Object *root = value->getAsObject();
  const llvm::json::Array *findings =
      root ? root->getArray("findings") : nullptr;
  std::optional<StringRef> verdict =
      root ? root->getString("verdict") : std::nullopt;
  if (!findings || !verdict) {
    os << "malformed report: expected 'verdict' and 'findings'\n";
    return false;
  }

  auto belongsTo = [](StringRef code, llvm::ArrayRef<std::string> families) {
    return llvm::any_of(families, [&](const std::string &family) {
      return code.starts_with(family);
    });
  };
  bool isClean = mutation.kind.empty();
  bool isRight = true;
  bool isFound = isClean;
  for (const llvm::json::Value &element : *findings) {
    const llvm::json::Object *finding = element.getAsObject();
    StringRef code = finding->getString("code").value_or("");
    unsigned line = finding->getInteger("line").value_or(0);
    bool isCause = belongsTo(code, mutation.codes);
    if (isCause && (mutation.blamesAnything || lines.count(line)))
      isFound = true;
    if ((isCause || belongsTo(code, mutation.consequences)) &&
        (mutation.blamesAnything || lines.count(line) || near.count(line)))
      continue;
    os << "blamed for nothing: " << code << " at line " << line << ": "
       << finding->getString("message").value_or("") << '\n';
    isRight = false;
  }
  if (!isFound) {
    os << "not found: " << mutation.kind << " of " << mutation.description
       << ", expected one of";
    for (const std::string &code : mutation.codes)
      os << ' ' << code;
    os << '\n';
    isRight = false;
  }
  if ((*verdict == "PASS") != isClean) {
    os << "expected " << (isClean ? "PASS" : "no PASS") << ", but got "
       << *verdict << '\n';
    isRight = false;
  }
  return isRight;
}
