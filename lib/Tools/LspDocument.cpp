//===- LspDocument.cpp - What an editor is told of a file -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LspDocument.h"
#include "LspText.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Pipelines/Verify.h"
#include "dag/Verification/Reports/Report.h"
#include "dag/Verification/VerificationLog.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/thread.h"

using namespace mlir;
using namespace mlir::dag;
namespace lsp = llvm::lsp;
namespace json = llvm::json;

/// Other parties that a diagnostic names.
constexpr size_t kMaxNotes = 8;

/// Where a file as a whole is told of.
static const lsp::Range kWholeFile(lsp::Position(0, 0), lsp::Position(0, 1));

bool LspDocument::isModule() const {
  return getInputKind(llvm::MemoryBufferRef(text, uri.file())) ==
         InputKind::Module;
}

void LspDocument::change(ArrayRef<lsp::TextDocumentContentChangeEvent> changes,
                         int64_t newVersion) {
  applyChanges(changes, text);
  version = newVersion;
}

lsp::Range LspDocument::getRange(unsigned lineNumber, StringRef line,
                                 size_t begin) const {
  begin = std::min(begin, line.size());
  size_t end = begin;
  if (line.substr(begin).starts_with("\"")) {
    end = std::min(line.find('"', begin + 1), line.size() - 1) + 1;
  } else {
    // Letters beyond ASCII are bytes from 0x80 on.
    auto isWord = [](char c) {
      return llvm::isAlnum(c) || (c & 0x80) || StringRef("_.%@$#-").contains(c);
    };
    while (end < line.size() && isWord(line[end]))
      ++end;
  }
  int row = lineNumber, column = countUnits(line.take_front(begin));
  int size = std::max<int>(countUnits(line.slice(begin, end)), 1);
  return lsp::Range(lsp::Position(row, column),
                    lsp::Position(row, column + size));
}

/// What stands at a place of this file; the file's first character for a place
/// elsewhere.
lsp::Range LspDocument::getRange(Location loc) const {
  SourcePlace place = getSourcePlace(loc);
  if (place.file != uri.file() || place.line == 0)
    return kWholeFile;
  return getRange(place.line - 1, lines->lookup(place.line - 1),
                  place.column == 0 ? 0 : place.column - 1);
}

void LspDocument::add(const Finding &finding) {
  Entry entry{finding.info, finding.severity,      finding.message,
              finding.hint, getRange(finding.loc), {}};
  for (const FindingNote &note : ArrayRef(finding.notes).take_front(kMaxNotes))
    entry.notes.push_back({getRange(note.loc), note.message});
  entries.push_back(std::move(entry));
}

void LspDocument::addError(Severity severity, StringRef message,
                           const lsp::Range &range) {
  entries.push_back({/*code=*/nullptr, severity, message.str(), "", range, {}});
}

void LspDocument::refuse() {
  isRefused = true;
  upstreamStart = 0;
  entries.clear();
  addError(Severity::Unverified,
           "expected a text that MLIR's parser can read, but its server has "
           "ended on it; it is read again when the file is opened again",
           kWholeFile);
}

bool LspDocument::isForUpstream() const {
  return isModule() && !isRefused && !findDeepNesting();
}

std::optional<DeepNesting> LspDocument::findDeepNesting() const {
  // Other readers know by themselves how deep they can go.
  if (!isModule())
    return std::nullopt;
  return dag::findDeepNesting(llvm::MemoryBufferRef(text, uri.file()));
}

void LspDocument::addDeepNesting(const DeepNesting &nesting) {
  size_t offset = nesting.offset;
  StringRef before = StringRef(text).take_front(offset);
  size_t begin = before.rfind('\n') + 1;
  StringRef line = StringRef(text).substr(begin).split('\n').first;
  addError(Severity::Unverified, nesting.message,
           getRange(before.count('\n'), line, offset - begin));
}

void LspDocument::check(const DialectRegistry &registry, bool keepsErrors) {
  if (isRefused)
    return;
  // Deeper than that of upstream's server, which reads the text before: what
  // would end this server has ended that one.
  constexpr unsigned kStackSize = 256 << 20;
  llvm::thread thread(std::optional<unsigned>(kStackSize),
                      [&] { checkOnThisThread(registry, keepsErrors); });
  thread.join();
  lines.reset();
}

void LspDocument::checkOnThisThread(const DialectRegistry &registry,
                                    bool keepsErrors) {
  entries.clear();
  lines.emplace(text);
  if (std::optional<DeepNesting> nesting = findDeepNesting()) {
    addDeepNesting(*nesting);
    return;
  }
  keepsErrors |= !isModule();
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(text, uri.file()), SMLoc());
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (keepsErrors && diagnostic.getSeverity() == DiagnosticSeverity::Error)
      addError(Severity::Critical, diagnostic.str(),
               getRange(diagnostic.getLocation()));
    return success();
  });
  OwningOpRef<ModuleOp> module =
      readInput(sourceMgr, &context, /*verifies=*/false);
  if (!module)
    return;
  keepsErrors = false;
  // A file of other things is nobody's deployment.
  if (isModule() && llvm::none_of(module->getOps(), [](Operation &op) {
        return isa<SketchOp, ModelOp>(op);
      }))
    return;
  PassManager pm(&context, ModuleOp::getOperationName());
  pm.enableVerifier(false);
  VerifyPipelineOptions options;
  options.maxDiagnostics = 1;
  buildVerifyPipeline(pm, options);
  setResultHandler(pm, [&](VerificationResult &&result) {
    // An editor shows no more, and would wait for them.
    constexpr size_t kMaxFindings = 1000;
    ArrayRef<Finding> findings = result.findings;
    for (const Finding &finding : findings.take_front(kMaxFindings))
      add(finding);
    if (findings.size() > kMaxFindings)
      addError(Severity::Unverified,
               "and " + std::to_string(findings.size() - kMaxFindings) +
                   " more findings",
               kWholeFile);
  });
  (void)pm.run(*module);
}

static int getProtocolSeverity(Severity severity) {
  switch (severity) {
  case Severity::Critical:
  case Severity::High:
  case Severity::Medium:
    return 1; // error
  case Severity::Unverified:
    return 2; // warning
  case Severity::Low:
    return 3; // information
  }
  llvm_unreachable("unknown severity");
}

json::Array LspDocument::getDiagnostics() const {
  json::Array diagnostics;
  for (const Entry &entry : entries) {
    json::Object diagnostic{{"range", lsp::toJSON(entry.range)},
                            {"severity", getProtocolSeverity(entry.severity)},
                            {"source", "dag"},
                            {"message", entry.message}};
    if (entry.code)
      diagnostic["code"] = entry.code->code;
    json::Array related;
    for (const auto &[range, message] : entry.notes)
      related.push_back(json::Object{
          {"location",
           json::Object{{"uri", uri.uri()}, {"range", lsp::toJSON(range)}}},
          {"message", message}});
    if (!related.empty())
      diagnostic["relatedInformation"] = std::move(related);
    diagnostics.push_back(std::move(diagnostic));
  }
  return diagnostics;
}

json::Value LspDocument::getHover(const lsp::Position &position) const {
  std::string markdown;
  const Entry *first = nullptr;
  for (const Entry &entry : entries) {
    if (!entry.code || !entry.range.contains(position))
      continue;
    if (!first)
      first = &entry;
    const CodeInfo &code = *entry.code;
    StringRef hint = entry.hint.empty() ? code.hint : StringRef(entry.hint);
    markdown += llvm::formatv("{0}**{1}: {2}** ({3})\n\n{4}\n\n"
                              "- Expected: {5}\n- Impact: {6}\n- Hint: {7}\n",
                              first == &entry ? "" : "\n---\n\n", code.code,
                              code.title, stringifySeverity(entry.severity),
                              entry.message, code.expected, code.impact, hint);
  }
  if (!first)
    return nullptr;
  return json::Object{
      {"contents", json::Object{{"kind", "markdown"}, {"value", markdown}}},
      {"range", lsp::toJSON(first->range)}};
}
