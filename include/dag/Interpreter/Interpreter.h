//===- Interpreter.h - Runs programs on small tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERPRETER_INTERPRETER_H
#define DAG_INTERPRETER_INTERPRETER_H

#include "dag/Interpreter/InterpretOpInterface.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

#include <functional>
#include <string>
#include <vector>

namespace mlir::dag {

/// Where the interpreter takes from what a program does not compute. Tensors
/// are whole and without padding.
class TensorSource {
public:
  virtual ~TensorSource() = default;
  virtual FailureOr<Tensor> getParameter(ParameterOp op) = 0;
  virtual FailureOr<Tensor> getInput(InputOp op) = 0;
  /// A cache as it is before the first run.
  virtual FailureOr<Tensor> getCache(KvCacheOp op) = 0;
};

/// Numbers that look random, the same for the same name and index wherever
/// they are asked for: a model and its plan get the same weights. Weights have
/// a variance of one over the size of their last dimension; vectors lie around
/// one half.
class RandomSource : public TensorSource {
public:
  struct Options {
    uint64_t seed = 0;
    /// Tokens that are in the caches before the first step.
    int64_t position = 0;
    /// The same for each sequence; none if it is one number for all.
    std::vector<int64_t> positions;
    /// New tokens of each sequence in a step; none if a program takes as many
    /// of all. Those behind them are padding.
    std::vector<int64_t> queryLens;
    /// Runs that a sequence takes: each gets the next tokens of it.
    int64_t steps = 1;
    /// Token ids are below this; from the model's figures if zero.
    int64_t vocabulary = 0;
  };
  explicit RandomSource(Options options) : options(options) {}

  FailureOr<Tensor> getParameter(ParameterOp op) override;
  FailureOr<Tensor> getInput(InputOp op) override;
  FailureOr<Tensor> getCache(KvCacheOp op) override;

  /// From here on it is the run of this number.
  void setStep(int64_t number) { step = number; }
  /// The program that runs next begins there, in all sequences.
  void setPosition(int64_t position) {
    options.position = position;
    options.positions.clear();
    options.queryLens.clear();
  }
  void setOptions(Options other) { options = std::move(other); }

  /// True if sequences are in different places.
  static bool areRagged(const Options &options) {
    return !options.positions.empty() || !options.queryLens.empty();
  }
  /// New tokens of a sequence in a step of a program that takes `tokens`.
  static int64_t getQueryLen(const Options &options, int64_t sequence,
                             int64_t tokens);
  /// Where the tokens of a step begin in their sequence.
  static int64_t getBegin(const Options &options, int64_t sequence,
                          int64_t step, int64_t tokens);

protected:
  /// Fails unless there is one number for each sequence of an input, or one for
  /// all.
  LogicalResult checkSequences(InputOp op) const;
  FailureOr<Tensor> getPositions(InputOp op) const;
  FailureOr<Tensor> getPages(InputOp op, RankedTensorType cache) const;

  Options options;
  int64_t step = 0;
};

/// What an input is to the ops that use it.
struct InputUse {
  enum class Kind { Data, Position, QueryLens, Pages };
  Kind kind = Kind::Data;
  /// The cache whose pages they are.
  RankedTensorType cache;
};
/// Follows an input into stages and layers, or into functions, and to its
/// shards.
InputUse findInputUse(InputOp op);
/// The tokens of each sequence that a run takes, or zero.
int64_t getNumTokens(InputOp op);
/// The tokens of a sequence that all caches have room for which are written at
/// these positions; nothing if none are, or where sizes are not known.
std::optional<int64_t> findRoom(InputOp positions);

/// Fails unless every cache of `model` is one of `before`, of the same type and
/// on the same ranks, so that it can go on with what was written there.
LogicalResult checkCacheContinuity(Operation *before, Operation *model);

/// What runs may take, on all ranks. A program that takes more is refused
/// before it begins.
struct RunLimits {
  /// Elements of all values that there are at a time: 1 GiB.
  int64_t elements = int64_t(1) << 27;
  /// Work of all runs together: multiplications of products, and elements that
  /// ops read and write. Some seconds.
  int64_t work = int64_t(1) << 32;
};

/// Ranks of a mesh that there may be: they are simulated one by one.
constexpr int64_t kMaxRanks = 4096;

/// How numbers are rounded.
enum class Precision {
  /// To the element type of each result.
  AsTyped,
  /// Not at all: everything is f64, whatever the types say.
  F64
};

/// Runs a model, a logical program or a plan, or the programs of its ranks,
/// with all ranks in one process. In a plan ranks take steps together, op by
/// op: a program of this phase is one, so that nothing can hang. What is
/// replicated is computed on every rank, and compared where the program hands
/// it out.
class Interpreter {
public:
  Interpreter(TensorSource &source, Precision precision,
              const RunLimits &limits = RunLimits())
      : source(source), precision(precision), limits(limits) {}

  /// The model's outputs, whole and without padding, by name. Caches keep what
  /// was written until the next run, of this model or of one that has the same
  /// caches. With this run, `runs` of the model are still to come, which have
  /// to stay within the limits. Emits errors.
  FailureOr<llvm::MapVector<StringAttr, Tensor>> run(ModelOp model,
                                                     int64_t runs = 1);
  /// The same for the programs of ranks. Each rank goes its own way, and waits
  /// where it has to meet others: an error says who waits for whom if not all
  /// of them reach their end.
  FailureOr<llvm::MapVector<StringAttr, Tensor>> run(ProgramOp program,
                                                     int64_t runs = 1);

private:
  /// Checks that the program stays within the limits.
  LogicalResult begin(Operation *program, const MeshShape &mesh, int64_t runs);

  TensorSource &source;
  Precision precision;
  RunLimits limits;
  /// Caches by name, with a shard for each rank.
  llvm::StringMap<std::vector<Tensor>> caches;
};

} // namespace mlir::dag

#endif // DAG_INTERPRETER_INTERPRETER_H
