//===- Localizer.h - Ops of a plan as ops of a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Most ops are the same op on shards. Those that have to know where their shard
// lies get it as an operand, and figures that count what is split are made
// local. What an op is on a rank is said by its LocalizeOpInterface, which
// works on this class; docs/Rationale/RankPrograms.md has the rules.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_LOCALIZE_LOCALIZER_H
#define DAG_INTERFACES_LOCALIZE_LOCALIZER_H

#include "dag/Interfaces/Localize/ProgramParts.h"
#include "dag/Interfaces/LocalizeOpInterface.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::dag {

/// Translates the ops of one function: those that ranks with equal shapes run.
class Localizer {
public:
  /// `coordinates` are those of one of the ranks.
  Localizer(ProgramParts &parts, FunctionOp function,
            SmallVector<int64_t, 4> coordinates,
            const DenseMap<int64_t, StageOp> &stages);

  ProgramParts &getParts() { return parts; }
  const MeshShape &getMesh() const { return mesh; }
  OpBuilder &getBuilder() { return builder; }
  /// The stage of that index, or null.
  StageOp getStage(int64_t index) const { return stages.lookup(index); }

  //===--- Blocks --------------------------------------------------------===//

  /// All ops of a block but its terminator, each as its interface says. Emits
  /// errors, one for an op without the interface.
  LogicalResult run(Block &block);
  /// What comes from outside the stage, and what is handed out.
  LogicalResult addBorder(Operation *op);
  LogicalResult addOutput(OutputOp output, Value value);
  /// `op` on shards, as it is.
  Operation *clone(Operation *op);

  //===--- Values --------------------------------------------------------===//

  /// The shard of `value`, which is known.
  Value get(Value value) const { return mapping.lookup(value); }
  bool knows(Value value) const { return mapping.contains(value); }
  /// The shard of `old` has been made.
  void define(Value old, Value shard) { mapping.map(old, shard); }
  /// Says what the argument of a stage is.
  void alias(Value argument, Value value) { define(argument, get(value)); }

  //===--- Shards --------------------------------------------------------===//

  static RankedTensorType getType(Value value) {
    return cast<RankedTensorType>(value.getType());
  }
  /// How a dimension of a value of the plan is split.
  static DimShardingAttr getSplit(Value value, unsigned dim);
  /// The shard of a tensor type of the plan.
  RankedTensorType getLocalType(Type type) const;
  /// Where the rank's shard of a dimension of `size` elements begins, as an
  /// integer of `type`; negated, what leads from the whole into the shard.
  Value getOffset(Location loc, int64_t size, DimShardingAttr split,
                  RankedTensorType type = {}, bool negated = false);
  /// A position of the plan, or null, moved by where the rank's share begins of
  /// `tokens`, which are dimension `dim` there.
  Value getPosition(Location loc, Value position, Value tokens, unsigned dim);
  /// `size` elements of a shard from `offset` on; null is the first.
  Value slice(Value x, int64_t dim, Value offset, int64_t size);
  /// A shard with `amount` elements of padding, if any.
  Value pad(Value x, int64_t dim, std::optional<uint64_t> amount);

private:
  ProgramParts &parts;
  const MeshShape &mesh;
  SmallVector<int64_t, 4> coordinates;
  const DenseMap<int64_t, StageOp> &stages;
  OpBuilder builder;
  IRMapping mapping;
};

/// Model of an op that does to shards what it does to whole tensors.
template <typename OpT>
struct SameOnShards
    : LocalizeOpInterface::ExternalModel<SameOnShards<OpT>, OpT> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    localizer.clone(op);
    return success();
  }
};

} // namespace mlir::dag

#endif // DAG_INTERFACES_LOCALIZE_LOCALIZER_H
