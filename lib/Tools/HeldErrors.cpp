//===- HeldErrors.cpp - What upstream says of options -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HeldErrors.h"
#include "dag/Support/Escape.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"

#ifdef LLVM_ON_UNIX
#include <unistd.h>
#endif

using namespace mlir::dag;
using llvm::StringRef;

/// The one that there is, if any.
static int heldStandardError = -1;

void HeldErrors::drop() {
#ifdef LLVM_ON_UNIX
  if (heldStandardError != -1)
    (void)dup2(heldStandardError, STDERR_FILENO);
#endif
}

HeldErrors::HeldErrors() {
#ifdef LLVM_ON_UNIX
  llvm::errs().flush();
  file = std::tmpfile();
  standardError = file ? dup(STDERR_FILENO) : -1;
  if (standardError != -1)
    (void)dup2(fileno(file), STDERR_FILENO);
  heldStandardError = standardError;
#endif
}

/// Messages begin with the name of the tool, or their kind, and a colon. Any
/// other line goes on with a value that has a line end in it.
static std::string escapeMessages(StringRef text) {
  llvm::SmallVector<StringRef> lines;
  text.split(lines, '\n');
  std::string escaped;
  for (auto [i, line] : llvm::enumerate(lines)) {
    bool isLast = i + 1 == lines.size();
    bool begins =
        (isLast && line.empty()) ||
        line.take_until([](char c) { return c == ' '; }).ends_with(":");
    if (i > 0)
      escaped += begins ? "\n" : "\\n";
    escaped += escapeHiddenCharacters(line);
  }
  return escaped;
}

HeldErrors::~HeldErrors() {
#ifdef LLVM_ON_UNIX
  llvm::errs().flush();
  std::string text;
  heldStandardError = -1;
  if (standardError != -1) {
    (void)dup2(standardError, STDERR_FILENO);
    (void)close(standardError);
    std::rewind(file);
    char bytes[1024];
    while (size_t size = std::fread(bytes, 1, sizeof(bytes), file))
      text.append(bytes, size);
  }
  if (file)
    (void)std::fclose(file);
  if (!text.empty())
    llvm::errs() << (areErrors ? escapeMessages(text) : text);
#endif
}
