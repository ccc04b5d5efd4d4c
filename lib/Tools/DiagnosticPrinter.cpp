//===- DiagnosticPrinter.cpp - Diagnostics on a terminal --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DiagnosticPrinter.h"
#include "dag/Diagnostics/SourcePlace.h"
#include "dag/Support/Escape.h"
#include "dag/Support/Files.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::dag;

/// Upstream's note with an op is on lines of its own.
static std::string getText(const Diagnostic &diagnostic) {
  bool isNote = diagnostic.getSeverity() == DiagnosticSeverity::Note;
  return escapeHiddenCharacters(diagnostic.str(), /*keepsLines=*/isNote);
}

/// Prints `file:line:column: error: message`.
static void printPlain(const Diagnostic &diagnostic) {
  raw_ostream &os = llvm::errs();
  SourcePlace place = getSourcePlace(diagnostic.getLocation());
  if (!place.file.empty()) {
    os << escapeHiddenCharacters(place.file) << ':';
    if (place.line > 0)
      os << place.line << ':' << place.column << ':';
    os << ' ';
  }
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Note:
    llvm::WithColor::note(os);
    break;
  case DiagnosticSeverity::Warning:
    llvm::WithColor::warning(os);
    break;
  case DiagnosticSeverity::Error:
    llvm::WithColor::error(os);
    break;
  case DiagnosticSeverity::Remark:
    llvm::WithColor::remark(os);
    break;
  }
  os << getText(diagnostic) << '\n';
}

static bool isClean(const Diagnostic &diagnostic) {
  Location loc = diagnostic.getLocation();
  if (!isa<FileLineColRange>(loc))
    return false;
  std::string text = diagnostic.str();
  if (diagnostic.getSeverity() == DiagnosticSeverity::Note)
    llvm::erase(text, '\n');
  return !hasHiddenCharacters(text);
}

DiagnosticPrinter::DiagnosticPrinter(llvm::SourceMgr &sourceMgr,
                                     MLIRContext *context)
    : sourceMgr(sourceMgr), shown(sourceMgr, context),
      first(context,
            [this](Diagnostic &diagnostic) { return print(diagnostic); }) {}

/// True if a line is so long that showing it would hide the message.
static bool hasLongLine(StringRef text) {
  constexpr size_t kMaxLine = 4096;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > kMaxLine)
      return true;
    begin = end + 1;
  }
  return false;
}

bool DiagnosticPrinter::showsLines(StringRef file) {
  auto [known, isNew] = files.try_emplace(file, false);
  if (!isNew)
    return known->second;
  const llvm::MemoryBuffer *main =
      sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID());
  if (file == main->getBufferIdentifier())
    return known->second = !hasLongLine(main->getBuffer());
  // A configuration, for example. It was read before, so that it is regular.
  if (hasHiddenCharacters(file) || !isInputFile(file))
    return false;
  auto buffer = llvm::MemoryBuffer::getFile(file);
  return known->second = buffer && !hasLongLine((*buffer)->getBuffer());
}

LogicalResult DiagnosticPrinter::print(Diagnostic &diagnostic) {
  auto shows = [&](const Diagnostic &part) {
    return showsLines(getSourcePlace(part.getLocation()).file);
  };
  auto notes = diagnostic.getNotes();
  if (!shows(diagnostic) || !llvm::all_of(notes, shows)) {
    printPlain(diagnostic);
    for (const Diagnostic &note : notes)
      printPlain(note);
    return success();
  }
  if (isClean(diagnostic) && llvm::all_of(notes, isClean))
    return failure();
  Diagnostic clean(getPlainLoc(diagnostic.getLocation()),
                   diagnostic.getSeverity());
  clean << getText(diagnostic);
  for (const Diagnostic &note : notes)
    clean.attachNote(getPlainLoc(note.getLocation())) << getText(note);
  diagnostic.getLocation()->getContext()->getDiagEngine().emit(
      std::move(clean));
  return success();
}
