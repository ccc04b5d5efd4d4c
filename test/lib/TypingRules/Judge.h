//===- Judge.h - Is what a typing rule says right? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_TYPINGRULES_JUDGE_H
#define DAG_TEST_LIB_TYPINGRULES_JUDGE_H

#include "Cases.h"
#include "Interpreter/Collectives.h"
#include "dag/Interpreter/InterpretOpInterface.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::dag::typing {

enum class Verdict {
  /// Accepted, and every rank computes its share.
  Right,
  /// Accepted, up to slots of experts that are dropped: not looked at.
  Assumed,
  /// Accepted, and wrong.
  Unsound,
  /// Refused, and no type of the results would be right.
  RefusedWrong,
  /// Refused, and the op cannot run on what ranks hold.
  CannotRun,
  /// Refused, though there are types of the results that would be right.
  Conservative
};

inline bool isTransfer(Operation *op) { return isa<SendOp, RecvOp>(op); }

/// The tensor of a value, or under way.
RankedTensorType unwrap(Type type);

/// Elements of a type that each rank of a mesh holds.
struct HeldElements {
  struct Part {
    bool exists = true;
    SmallVector<ShardRange, 4> ranges;
    /// The ranks whose summands add up to this part; empty for all but one of
    /// them.
    SmallVector<size_t, 4> summands;
  };
  std::vector<Part> parts;

  /// Some rank holds nothing but padding.
  bool hasIdleRanks() const;
};

/// One case on one mesh: computes it whole once, and then on the shards of
/// placements.
class Judge {
public:
  using Shards = std::vector<Tensor>;

  Judge(MLIRContext *context, const Case &theCase, const RankSet &ranks);
  ~Judge();

  /// Computes the op on whole tensors. False, with a message on stderr, if
  /// that is not possible.
  bool prepare();

  /// The verdict on operands of these types. `reason` is why they are refused
  /// where that is conservative, and what is wrong where they are accepted.
  Verdict judge(ArrayRef<RankedTensorType> operandTypes, std::string &reason);

private:
  void makeWholes();
  bool infer(SmallVectorImpl<RankedTensorType> &results,
             std::optional<Location> loc);
  bool liesOnMesh(RankedTensorType type);
  const HeldElements &getHeld(RankedTensorType type);
  const Shards &getShards(size_t operand, RankedTensorType type);
  Shards cutShards(const Tensor &whole, RankedTensorType type, bool isInteger);
  Tensor orderSlots(const Tensor &whole) const;
  bool dropsMayDiffer() const;
  bool fits();
  bool fitsCollective();
  bool hasHeads(const RankContext &rank);
  void collectOperands();
  bool compute(std::vector<Shards> &results);
  bool holds(RankedTensorType type, const Shards &shards,
             const Tensor &reference);
  bool holdsSlots(RankedTensorType type, const Shards &shards,
                  const Tensor &reference);
  const std::vector<RankedTensorType> &
  getCandidates(size_t result, const Shards &shards, bool anyShape);
  bool findResults();
  std::string explainRefusal();

  MLIRContext *context;
  const Case &theCase;
  const RankSet &ranks;
  std::unique_ptr<Block> block;
  Operation *op = nullptr;
  /// False where the op is not defined on one device.
  bool isDefined = true;
  std::vector<Tensor> whole;
  /// Results of the op, and then caches that it writes.
  std::vector<Tensor> references;
  std::vector<const Shards *> operands;
  std::vector<Shards> ordered;
  std::vector<llvm::DenseMap<Type, Shards>> shards;
  llvm::DenseMap<Type, std::unique_ptr<HeldElements>> layouts;
  llvm::DenseMap<Type, bool> onMesh;
  std::vector<llvm::StringMap<std::vector<RankedTensorType>>> candidates;
};

/// The last error that was emitted, without its location.
struct LastError {
  std::string message, code;
};
LastError &getLastError();

} // namespace mlir::dag::typing

#endif // DAG_TEST_LIB_TYPINGRULES_JUDGE_H
