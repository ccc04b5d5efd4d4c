//===- FatalErrors.cpp - Ends of a process that LLVM decides on -----------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/FatalErrors.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::dag;
using llvm::StringRef;

static FatalExits &getExits() {
  static FatalExits exits{"", 1, 1};
  return exits;
}

/// Streams may be what has failed, and nothing can be allocated: the message
/// goes out by itself, and new files are taken away.
[[noreturn]] static void end(StringRef message, StringRef reason, int status) {
  if (getExits().prepare)
    getExits().prepare();
  llvm::raw_fd_ostream os(/*fd=*/2, /*shouldClose=*/false, /*unbuffered=*/true);
  os << getExits().prefix << "error: " << message << reason << '\n';
  os.clear_error();
  llvm::sys::RunInterruptHandlers();
  llvm::sys::Process::Exit(status, /*NoCleanup=*/true);
}

static void endWithoutOutput(void *, const char *text, bool) {
  StringRef reason = text;
  if (reason.consume_front("IO failure on output stream: "))
    end("cannot write an output: ", reason, getExits().withoutOutput);
}

static void endWithoutMemory(void *, const char *, bool) {
  end("there is not enough memory", "", getExits().withoutMemory);
}

void mlir::dag::handleFatalErrors(const FatalExits &exits) {
  getExits() = exits;
  llvm::install_fatal_error_handler(endWithoutOutput);
  llvm::install_bad_alloc_error_handler(endWithoutMemory);
}
