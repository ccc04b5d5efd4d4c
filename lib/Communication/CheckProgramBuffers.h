//===- CheckProgramBuffers.h - Buffers of programs ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_CHECKPROGRAMBUFFERS_H
#define DAG_LIB_COMMUNICATION_CHECKPROGRAMBUFFERS_H

#include "dag/Communication/CommunicationOrder.h"

namespace mlir::dag {

/// Follows the buffers of a program through the functions of its ranks: no more
/// tensors lie in one than it has slots, and what is taken out has been put in.
class ProgramBuffers {
public:
  ProgramBuffers(ProgramOp program, std::vector<OrderIssue> &issues);

  /// What all ranks of a function do to buffers of transfers.
  void checkFunction(FunctionOp function);
  /// What one of them does to those in which a rank keeps tensors for another
  /// function. Functions of a rank come in the order in which it runs them.
  void runRank(FunctionOp function, uint32_t rank);

private:
  void report(Operation *op, const Twine &message);

  std::vector<OrderIssue> &issues;
  DenseMap<StringAttr, int64_t> slots;
  DenseMap<Operation *, SmallVector<Operation *, 2>> kept;
  DenseMap<std::pair<StringAttr, uint32_t>, int64_t> numKeptOf;
  DenseSet<Operation *> reported;
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_CHECKPROGRAMBUFFERS_H
