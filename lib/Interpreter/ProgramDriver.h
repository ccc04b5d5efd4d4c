//===- ProgramDriver.h - Ranks that run their programs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERPRETER_PROGRAMDRIVER_H
#define DAG_LIB_INTERPRETER_PROGRAMDRIVER_H

#include "Rendezvous.h"
#include "dag/Interpreter/RankMachine.h"

namespace mlir::dag {

/// One run of a program: every rank runs its functions by itself, until it has
/// to wait for others. Who is next is taken from a queue, so that every run is
/// like the one before; and since no call chooses whom it meets, every order
/// ends in the same state (docs/Rationale/RankPrograms.md).
class ProgramDriver {
public:
  ProgramDriver(ProgramOp program, const MeshShape &mesh, TensorSource &source,
                Precision precision,
                llvm::StringMap<std::vector<Tensor>> &caches);

  /// The outputs, whole and without padding, by name. Emits errors, among them
  /// who waits for whom if not all ranks reach their end.
  FailureOr<llvm::MapVector<StringAttr, Tensor>> run();

private:
  /// A block that a rank is in the middle of.
  struct Frame {
    Block *block;
    Block::iterator next;
  };
  struct Rank {
    SmallVector<FunctionOp, 1> functions;
    size_t nextFunction = 0;
    SmallVector<Frame, 2> frames;
    /// Calls of the current op that have not met.
    unsigned pending = 0;
    /// Of the group that the rank is in: the call that is begun next, or null.
    Operation *nextCall = nullptr;
    bool hasBegun = false;
    bool hasEnded = false;
  };
  /// Runs a rank until it waits or ends.
  LogicalResult advance(size_t rank);
  void enter(size_t rank, LayerOp layer);
  void leave(size_t rank);
  /// Begins the calls of an op, which may be a group: of its calls those that
  /// NCCL issues together.
  LogicalResult begin(size_t rank, Operation *op);
  /// Begins what a group issues next: one collective, or sends and recvs side
  /// by side.
  LogicalResult beginNext(size_t rank);
  LogicalResult begin(size_t rank, CommunicationOpInterface call);
  LogicalResult meetTransfer(PostedCall send, PostedCall recv);
  LogicalResult meetCollective(ArrayRef<PostedCall> calls);
  void end(size_t rank);
  InFlightDiagnostic reportDeadlock();

  ProgramOp program;
  RankMachine machine;
  std::vector<Rank> ranks;
  Rendezvous rendezvous;
  std::deque<size_t> ready;
};

} // namespace mlir::dag

#endif // DAG_LIB_INTERPRETER_PROGRAMDRIVER_H
