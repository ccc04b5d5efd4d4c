//===- FatalErrors.h - Ends of a process that LLVM decides on ---*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_FATALERRORS_H
#define DAG_SUPPORT_FATALERRORS_H

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

} // namespace mlir::dag

#endif // DAG_SUPPORT_FATALERRORS_H
