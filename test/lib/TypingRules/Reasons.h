//===- Reasons.h - Why rules refuse what would be right -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_TYPINGRULES_REASONS_H
#define DAG_TEST_LIB_TYPINGRULES_REASONS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::dag::typing {

/// Refusals of some ops under some constraints, all of them for one reason.
struct Reason {
  /// `op C1 C2 DAG505, op C3 DAG508`: ops, constraints and codes of messages;
  /// or what is the same for all ops.
  llvm::StringRef where;
  llvm::StringRef why;
};

/// What is known to be refused without need.
llvm::ArrayRef<Reason> getReasons();

/// The reason of a refusal, or null if it is not known.
const Reason *findReason(llvm::StringRef op, llvm::StringRef constraint,
                         llvm::StringRef code);

} // namespace mlir::dag::typing

#endif // DAG_TEST_LIB_TYPINGRULES_REASONS_H
