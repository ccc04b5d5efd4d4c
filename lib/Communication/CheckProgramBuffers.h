//===- CheckProgramBuffers.h - Buffers of programs ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_CHECKPROGRAMBUFFERS_H
#define DAG_LIB_COMMUNICATION_CHECKPROGRAMBUFFERS_H

#include "BufferLives.h"
#include "dag/Communication/CommunicationOrder.h"
#include "llvm/ADT/MapVector.h"

#include <map>

namespace mlir::dag {

/// Follows the buffers of a program through the functions of its ranks: no more
/// tensors lie in one than it has slots, what is taken out has been put in, and
/// nothing that was put in is left.
class ProgramBuffers {
public:
  ProgramBuffers(ProgramOp program, CommunicationOrder &order);

  /// Finds what all ranks of a function do to buffers.
  void addFunction(FunctionOp function);
  /// What one of them does. Functions of a rank come in the order in which it
  /// runs them.
  void runRank(uint32_t rank);
  /// Ranks have run all of their functions. What is left in a buffer is what
  /// they would take out first if they ran the program again.
  void end();

private:
  /// What the function that was added last does to a buffer.
  struct OfFunction {
    StringAttr buffer;
    BufferLives lives;
    /// What keeps a tensor in it last, or null.
    Operation *lastKeep = nullptr;
    /// How many tensors a rank leaves in it, by how many there were: all ranks
    /// that find as many do the same.
    std::map<int64_t, int64_t> numKept;
  };

  /// What a rank has left in a buffer so far.
  struct Kept {
    int64_t number = 0;
    Operation *last = nullptr;
  };

  int64_t run(const OfFunction &ofFunction, int64_t numKept, uint32_t rank);
  void report(Operation *op, const Twine &message);

  CommunicationOrder &order;
  DenseMap<StringAttr, int64_t> slots;
  std::vector<OfFunction> function;
  llvm::MapVector<std::pair<StringAttr, uint32_t>, Kept> keptOf;
  DenseSet<Operation *> reported;
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_CHECKPROGRAMBUFFERS_H
