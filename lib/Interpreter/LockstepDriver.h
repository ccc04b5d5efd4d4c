//===- LockstepDriver.h - One op on all ranks after the other -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERPRETER_LOCKSTEPDRIVER_H
#define DAG_LIB_INTERPRETER_LOCKSTEPDRIVER_H

#include "dag/Interpreter/RankMachine.h"

namespace mlir::dag {

/// Runs a model or a plan: each op on all of its ranks, then the next one.
/// Nobody waits, so that nothing can hang.
class LockstepDriver {
public:
  LockstepDriver(const MeshShape &mesh, TensorSource &source,
                 Precision precision,
                 llvm::StringMap<std::vector<Tensor>> &caches);

  /// The outputs, whole and without padding, by name. Emits errors.
  FailureOr<llvm::MapVector<StringAttr, Tensor>> run(ModelOp model);

private:
  using Ranks = ArrayRef<size_t>;

  LogicalResult runBlock(Block &block, Ranks active);
  LogicalResult runOp(Operation *op, Ranks active);
  /// Runs the body of a stage or a layer.
  LogicalResult runRegion(Operation *op, Ranks active);
  LogicalResult runCollective(CollectiveOpInterface op, Ranks active);
  LogicalResult runTransfer(TransferOpInterface op, Ranks active);
  LogicalResult receive(Operation *op, Ranks active);
  SmallVector<size_t> getRanksOf(StageOp stage) const;

  RankMachine machine;
  SmallVector<size_t> everyone;
};

} // namespace mlir::dag

#endif // DAG_LIB_INTERPRETER_LOCKSTEPDRIVER_H
