//===- DiagnosticPrinter.cpp - Diagnostics on a terminal --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/DiagnosticPrinter.h"
#include "dag/Diagnostics/SourcePlace.h"
#include "dag/Support/Escape.h"
#include "dag/Support/Files.h"
#include "dag/Tools/CommandLine.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/ManagedStatic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;

namespace {
struct SourceRootOption {
  static void *call() {
    return new cl::opt<std::string>(
        "source-root",
        cl::desc("Show lines of files below this folder that locations name; "
                 "those of input files are always shown"),
        cl::value_desc("folder"), cl::cat(getToolCategory()));
  }
};
} // namespace

static llvm::ManagedStatic<cl::opt<std::string>, SourceRootOption> sourceRoot;

void dag::registerDiagnosticOptions() { (void)*sourceRoot; }

/// Upstream's note with an op is on lines of its own.
static std::string getText(const Diagnostic &diagnostic) {
  bool isNote = diagnostic.getSeverity() == DiagnosticSeverity::Note;
  return shortenMessage(
      escapeHiddenCharacters(diagnostic.str(), /*keepsLines=*/isNote));
}

/// Prints `file:line:column: error: message`.
static void printPlain(const Diagnostic &diagnostic) {
  raw_ostream &os = llvm::errs();
  SourcePlace place = getSourcePlace(diagnostic.getLocation());
  if (!place.file.empty()) {
    os << shortenMessage(escapeHiddenCharacters(place.file)) << ':';
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
  return isa<FileLineColRange>(loc) && getText(diagnostic) == diagnostic.str();
}

/// False if a line is so long that showing it would hide the message, or has
/// characters that a terminal obeys.
static bool canShowLines(StringRef text) {
  if (!llvm::json::isUTF8(text))
    return false;
  constexpr size_t kMaxLine = 4096;
  size_t begin = 0;
  for (auto [at, c] : llvm::enumerate(text)) {
    if (c == '\n') {
      begin = at + 1;
      continue;
    }
    bool isControl = llvm::isASCII(c) && !llvm::isPrint(c) && !llvm::isSpace(c);
    if (isControl || at - begin > kMaxLine)
      return false;
  }
  return true;
}

/// Devices and pipes are not read for the sake of a line, nor is what a message
/// would be late for.
static bool isShort(StringRef file) {
  constexpr uint64_t kMaxSize = 64 << 20;
  llvm::sys::fs::file_status status;
  return !llvm::sys::fs::status(file, status) &&
         llvm::sys::fs::is_regular_file(status) && status.getSize() <= kMaxSize;
}

static bool isBelowSourceRoot(StringRef file) {
  llvm::SmallString<128> root, path;
  if (sourceRoot->getValue().empty() ||
      llvm::sys::fs::real_path(sourceRoot->getValue(), root) ||
      llvm::sys::fs::real_path(file, path))
    return false;
  if (!llvm::sys::path::is_separator(root.back()))
    root += llvm::sys::path::get_separator();
  return StringRef(path).starts_with(root);
}

bool DiagnosticFilter::showsLines(StringRef file) {
  auto [known, isNew] = files.try_emplace(file, false);
  if (!isNew)
    return known->second;
  if (hasHiddenCharacters(file))
    return false;
  // Parts of a file that is split have names of their own.
  StringRef split = file;
  if (file == main.getBufferIdentifier() ||
      (split.consume_front("within split at ") &&
       split.starts_with(main.getBufferIdentifier())))
    return known->second = canShowLines(main.getBuffer());
  // A configuration, for example.
  if (!(isInputFile(file) || isBelowSourceRoot(file)) || !isShort(file))
    return false;
  auto buffer = llvm::MemoryBuffer::getFile(file);
  return known->second = buffer && canShowLines((*buffer)->getBuffer());
}

bool DiagnosticCount::add() {
  bool isShown = shown < limit;
  ++(isShown ? shown : dropped);
  return isShown;
}

void DiagnosticCount::report(StringRef file) const {
  if (dropped > 0)
    llvm::WithColor::warning() << escapeHiddenCharacters(file) << ": "
                               << dropped << " more messages of its parts\n";
}

bool DiagnosticFilter::isShownEnough(const Diagnostic &diagnostic) {
  constexpr unsigned kMaxShown = 16;
  SourcePlace place = getSourcePlace(diagnostic.getLocation());
  return ++lines[(place.file + ":" + Twine(place.line)).str()] > kMaxShown;
}

LogicalResult DiagnosticFilter::handle(Diagnostic &diagnostic) {
  auto shows = [&](const Diagnostic &part) {
    return showsLines(getSourcePlace(part.getLocation()).file);
  };
  auto notes = diagnostic.getNotes();
  if (!shows(diagnostic) || !llvm::all_of(notes, shows) ||
      isShownEnough(diagnostic)) {
    if (!count.add())
      return success();
    printPlain(diagnostic);
    for (const Diagnostic &note : notes)
      printPlain(note);
    return success();
  }
  if (isClean(diagnostic) && llvm::all_of(notes, isClean))
    return success(!count.add());
  Diagnostic clean(getPlainLoc(diagnostic.getLocation()),
                   diagnostic.getSeverity());
  clean << getText(diagnostic);
  for (const Diagnostic &note : notes)
    clean.attachNote(getPlainLoc(note.getLocation())) << getText(note);
  diagnostic.getLocation()->getContext()->getDiagEngine().emit(
      std::move(clean));
  return success();
}

static llvm::MemoryBufferRef getMain(llvm::SourceMgr &sourceMgr) {
  return sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID())
      ->getMemBufferRef();
}

DiagnosticPrinter::DiagnosticPrinter(llvm::SourceMgr &sourceMgr,
                                     MLIRContext *context)
    : DiagnosticPrinter(sourceMgr, context, own) {}

DiagnosticPrinter::DiagnosticPrinter(llvm::SourceMgr &sourceMgr,
                                     MLIRContext *context,
                                     DiagnosticCount &count)
    : filter(getMain(sourceMgr), count), shown(sourceMgr, context),
      first(context, [this](Diagnostic &diagnostic) {
        return filter.handle(diagnostic);
      }) {}
