//===- FatalErrors.h - Ends of a process that LLVM decides on ---*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_FATALERRORS_H
#define DAG_SUPPORT_FATALERRORS_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>
#include <optional>
#include <string>

namespace mlir::dag {

/// How a tool ends where LLVM would abort, or end with a status that means a
/// FAIL.
struct FatalExits {
  /// What messages begin with.
  const char *prefix;
  /// A stream that nobody has looked at could not be written.
  int withoutOutput;
  int withoutMemory;
  /// Called before the message, where there is one.
  void (*prepare)() = nullptr;
};

/// To be called behind InitLLVM, which has handlers of its own. What LLVM ends
/// for other reasons, defects of the program, it still ends.
void handleFatalErrors(const FatalExits &exits);

/// Runs code of LLVM that ends or crashes the process on what it does not know,
/// on this thread alone. Returns what LLVM said where it ended before its time,
/// empty if it crashed, or nothing. What it held then is lost, and it can't run
/// again: further calls return that without a try, and the process has to end
/// by endIfAbandoned().
std::optional<std::string> runGuarded(llvm::function_ref<void()> body);

/// Ends the process at once where guarded code has come to no end of its own:
/// LLVM would clean up what is lost.
void endIfAbandoned(int status);

/// Ends the process with a message if it is not destroyed in time: what hangs
/// in a library can't be stopped otherwise.
class ScopedTimeLimit {
public:
  /// None where `seconds` is zero.
  ScopedTimeLimit(unsigned seconds, std::string message);
  ~ScopedTimeLimit();

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace mlir::dag

#endif // DAG_SUPPORT_FATALERRORS_H
