//===- RankMachine.h - What ranks hold and do by themselves -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ranks of a mesh with their values, caches, buffers and outputs, and all
// ops that a rank runs without the others. In which order ranks run, and how
// they meet, is up to a driver: one op on all ranks after the other for a plan
// (LockstepDriver), each rank on its own way for their programs
// (ProgramDriver).
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERPRETER_RANKMACHINE_H
#define DAG_INTERPRETER_RANKMACHINE_H

#include "dag/Interpreter/Interpreter.h"
#include "dag/Interpreter/RankSet.h"

#include <deque>

namespace mlir::dag {

class RankMachine {
public:
  /// What a driver decides for all ranks.
  struct Conventions {
    Precision precision = Precision::AsTyped;
    /// What pads a shard that comes from outside.
    double padding = std::numeric_limits<double>::quiet_NaN();
    /// True if an op without all of its operands has no results on that rank,
    /// as off the root of a tensor; else that is an error.
    bool mayLackOperands = false;
  };

  /// `caches` have a shard for each rank by name, and outlive the machine.
  RankMachine(const MeshShape &mesh, TensorSource &source,
              llvm::StringMap<std::vector<Tensor>> &caches,
              const Conventions &conventions);

  const RankSet &getRanks() const { return ranks; }
  size_t size() const { return ranks.size(); }
  const RankContext &getContext(size_t rank) const {
    return ranks.getRanks()[rank];
  }

  //===--- Values --------------------------------------------------------===//

  /// What a rank holds of a value; a tensor that does not exist if nothing.
  Tensor &get(size_t rank, Value value) { return values[rank][value]; }
  /// The value of all ranks, to be looked at until one of them is changed.
  SmallVector<const Tensor *> getAll(Value value);
  /// Sets a value, rounded to its type.
  void set(size_t rank, Value value, Tensor tensor);
  /// Values under other names: at the entry to a block and its end.
  void copy(size_t rank, ValueRange from, ValueRange to);
  /// Forgets what is defined in a block: nothing outside of it uses that.
  void forget(size_t rank, Block &block);

  //===--- Ops -----------------------------------------------------------===//

  /// Runs an op that concerns this rank alone. Emits an error for any other.
  LogicalResult run(size_t rank, Operation *op);

  //===--- What ops with a state use -------------------------------------===//

  /// Hands the rank its shard of what comes from outside.
  LogicalResult readSource(size_t rank, Operation *op);
  /// Every rank that runs `op` has its shard.
  void forgetSource(Operation *op) { wholes.erase(op); }
  LogicalResult readCache(size_t rank, KvCacheOp op);
  LogicalResult writeOutput(size_t rank, OutputOp op);
  /// A first-in, first-out buffer of the rank.
  std::deque<Tensor> &getStash(size_t rank, StringRef buffer) {
    return stashes[rank][buffer];
  }

  /// Ends the run: the outputs, whole and without padding, by name. Caches hold
  /// what was written from there on. Emits errors.
  FailureOr<llvm::MapVector<StringAttr, Tensor>> takeOutputs();

private:
  struct Output {
    OutputOp op;
    std::vector<Tensor> shards;
  };

  LogicalResult runLocal(size_t rank, Operation *op);
  LogicalResult getOperands(size_t rank, Operation *op,
                            SmallVectorImpl<const Tensor *> &operands,
                            bool &isComplete);
  void round(Tensor &tensor, Type type) const;
  /// A whole tensor that was made for `op`, checked and rounded.
  FailureOr<Tensor> takeWhole(Operation *op, FailureOr<Tensor> whole) const;
  Tensor getShard(size_t rank, const Tensor &whole,
                  RankedTensorType type) const;

  RankSet ranks;
  TensorSource &source;
  llvm::StringMap<std::vector<Tensor>> &caches;
  /// What the run has written; caches read as they were before it.
  llvm::StringMap<std::vector<Tensor>> written;
  Conventions conventions;
  std::vector<DenseMap<Value, Tensor>> values;
  std::vector<llvm::StringMap<std::deque<Tensor>>> stashes;
  /// What came from outside, for the ranks that are still to run the op.
  DenseMap<Operation *, Tensor> wholes;
  llvm::MapVector<StringAttr, Output> outputs;
};

} // namespace mlir::dag

#endif // DAG_INTERPRETER_RANKMACHINE_H
