//===- Errors.h - Errors inside of the runtime -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_RUNTIME_ERRORS_H
#define DAG_RUNTIME_ERRORS_H

#include "dag/Runtime/Status.h"

#include <memory>
#include <string>

namespace dag::runtime {

/// An error on its way to the ABI, which adds rank and operation to a refusal.
struct Fault {
  DagrtStatus status = DAGRT_INTERNAL;
  int32_t rank = -1;
  int32_t peer = -1;
  std::string operation;
  std::string communicator;
  std::string message;
  /// All of it, once rank and operation are known.
  std::string text;
  /// What made others fail, such as "rank 1 has ended": who waits for them says
  /// it again. The rank that it is about, -1 for several.
  std::string cause;
  int32_t causeRank = -1;
};

/// Null is success.
using Error = std::shared_ptr<const Fault>;

/// A refusal.
Error refuse(DagrtStatus status, std::string message);
inline Error refuseArgument(std::string message) {
  return refuse(DAGRT_INVALID_ARGUMENT, std::move(message));
}

/// A fault with its text: "rank 0: send to rank 1 on communicator 'c': why".
Error finish(Fault fault);

/// A refusal with rank, operation and text; what has them is as before.
Error complete(const Error &error, int32_t rank, const char *operation);

/// Makes an error the last one of the thread and returns its status; rank and
/// operation are those of a refusal. Success changes nothing.
DagrtStatus report(const Error &error, int32_t rank, const char *operation);

/// The same where an error could not be made; `text` lives for ever.
DagrtStatus reportPlain(DagrtStatus status, const char *text);

} // namespace dag::runtime

#endif // DAG_RUNTIME_ERRORS_H
