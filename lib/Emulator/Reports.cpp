//===- Reports.cpp - Findings as text, JSON and SARIF -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Emulator/Finding.h"
#include "dag/Support/Escape.h"

#include "llvm/Support/JSON.h"

using namespace mlir::dag;
using namespace mlir::dag::ptx;
using llvm::StringRef;
namespace json = llvm::json;

static StringRef getHint(const Finding &finding) {
  return finding.hint.empty() ? getRow(finding.code).hint
                              : StringRef(finding.hint);
}

static std::string printable(StringRef text) {
  return escapeHiddenCharacters(text);
}

void mlir::dag::ptx::writeText(llvm::ArrayRef<Finding> findings, StringRef file,
                               llvm::raw_ostream &os) {
  for (const Finding &finding : findings) {
    os << printable(file);
    if (!finding.parties.empty() && finding.parties[0].place.line != 0)
      os << ':' << finding.parties[0].place.line;
    os << ": " << (finding.isWarning ? "warning" : "error") << ": "
       << getName(finding.code) << ": " << getRow(finding.code).title << ": "
       << printable(finding.message) << '\n';
    if (!finding.address.empty())
      os << "  at " << printable(finding.address) << '\n';
    for (const Party &party : finding.parties) {
      os << "  " << printable(file);
      if (party.place.line != 0)
        os << ':' << party.place.line << ": " << printable(party.place.text);
      if (party.place.sourceLine != 0)
        os << " (" << printable(party.place.sourceFile) << ':'
           << party.place.sourceLine << ')';
      os << ": " << printable(party.agent);
      if (party.action != "waits")
        os << ' ' << party.action;
      os << '\n';
    }
    if (finding.count > 1)
      os << "  " << finding.count << " times\n";
    if (!getHint(finding).empty())
      os << "  hint: " << getHint(finding) << '\n';
  }
}

static json::Object toJson(const Party &party) {
  json::Object object{{"line", party.place.line},
                      {"instruction", json::fixUTF8(party.place.text)},
                      {"agent", json::fixUTF8(party.agent)},
                      {"action", party.action}};
  if (party.place.sourceLine != 0) {
    object["source"] = json::fixUTF8(party.place.sourceFile);
    object["sourceLine"] = party.place.sourceLine;
  }
  return object;
}

void mlir::dag::ptx::writeJson(llvm::ArrayRef<Finding> findings, StringRef file,
                               StringRef entry, llvm::raw_ostream &os) {
  json::Array list;
  for (const Finding &finding : findings) {
    json::Array parties;
    for (const Party &party : finding.parties)
      parties.push_back(toJson(party));
    json::Object object{{"code", getName(finding.code)},
                        {"title", getRow(finding.code).title},
                        {"severity", finding.isWarning ? "warning" : "error"},
                        {"message", json::fixUTF8(finding.message)},
                        {"count", finding.count},
                        {"parties", std::move(parties)}};
    if (!finding.address.empty())
      object["address"] = json::fixUTF8(finding.address);
    if (!getHint(finding).empty())
      object["hint"] = getHint(finding);
    list.push_back(std::move(object));
  }
  json::Object report{{"file", json::fixUTF8(file)},
                      {"entry", json::fixUTF8(entry)},
                      {"findings", std::move(list)}};
  os << llvm::formatv("{0:2}", json::Value(std::move(report))) << '\n';
}

static json::Object toLocation(StringRef file, const Party &party) {
  return json::Object{
      {"physicalLocation",
       json::Object{
           {"artifactLocation", json::Object{{"uri", toURI(file)}}},
           {"region",
            json::Object{{"startLine", std::max(1u, party.place.line)}}}}},
      {"message", json::Object{{"text", json::fixUTF8(party.agent + " " +
                                                      party.action)}}}};
}

void mlir::dag::ptx::writeSarif(llvm::ArrayRef<Finding> findings,
                                StringRef file, StringRef version,
                                llvm::raw_ostream &os) {
  json::Array rules, results;
  for (const CodeRow &row : getCodeRows())
    rules.push_back(
        json::Object{{"id", getName(row.code)},
                     {"shortDescription", json::Object{{"text", row.title}}}});
  for (const Finding &finding : findings) {
    json::Object result{
        {"ruleId", getName(finding.code)},
        {"level", finding.isWarning ? "warning" : "error"},
        {"message",
         json::Object{{"text", json::fixUTF8((getRow(finding.code).title +
                                              ": " + finding.message)
                                                 .str())}}}};
    json::Array places, related;
    for (const Party &party : finding.parties)
      (places.empty() ? places : related).push_back(toLocation(file, party));
    result["locations"] = std::move(places);
    if (!related.empty())
      result["relatedLocations"] = std::move(related);
    results.push_back(std::move(result));
  }
  json::Object run{
      {"tool",
       json::Object{{"driver", json::Object{{"name", "ptx-run"},
                                            {"version", version},
                                            {"rules", std::move(rules)}}}}},
      {"results", std::move(results)}};
  json::Object log{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                   {"version", "2.1.0"},
                   {"runs", json::Array{std::move(run)}}};
  os << llvm::formatv("{0:2}", json::Value(std::move(log))) << '\n';
}
