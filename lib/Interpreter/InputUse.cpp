//===- InputUse.cpp - What inputs are for -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Interpreter/Interpreter.h"
#include "dag/Interpreter/RankContext.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::dag;

/// The whole of a pool, of which `value` may be what a rank has of it.
static RankedTensorType getWholePool(Value value) {
  Value first = value;
  while (value) {
    Operation *op = value.getDefiningOp();
    if (auto cache = dyn_cast_or_null<KvCacheOp>(op))
      return cache.getType();
    value = isa_and_nonnull<KvCacheUpdateOp, ToLocalOp>(op)
                ? op->getOperand(0)
                : lookThroughRegion(value);
  }
  return dyn_cast<RankedTensorType>(first.getType());
}

/// What an operand is to the op that has it.
static InputUse getUse(OpOperand &operand) {
  Operation *op = operand.getOwner();
  Value value = operand.get();
  InputUse use;
  auto setPages = [&](Value cache) {
    use.kind = InputUse::Kind::Pages;
    use.cache = getWholePool(cache);
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case<KvCacheUpdateOp, KvCacheGatherOp>([&](auto cached) {
        if (cached.getPages() == value)
          setPages(cached.getCache());
      })
      .Case<AttentionOp, LatentAttentionOp>([&](auto attention) {
        if (attention.getPages() == value && !attention.getCache().empty())
          setPages(attention.getCache().front());
      })
      .Case([&](LastTokenOp last) {
        if (last.getLengths() == value)
          use.kind = InputUse::Kind::QueryLens;
      });
  llvm::TypeSwitch<Operation *>(op)
      .Case<KvCacheUpdateOp, AttentionOp, LatentAttentionOp, AttentionWeightsOp,
            RotaryEmbeddingOp, PositionEmbeddingOp, AlibiOp>([&](auto user) {
        if (user.getPosition() == value)
          use.kind = InputUse::Kind::Position;
      });
  return use;
}

InputUse dag::findInputUse(InputOp op) {
  llvm::SetVector<Value> values;
  values.insert(op.getResult());
  for (size_t i = 0; i < values.size(); ++i)
    for (OpOperand &operand : values[i].getUses()) {
      Operation *user = operand.getOwner();
      if (InputUse use = getUse(operand); use.kind != InputUse::Kind::Data)
        return use;
      // The same integers, or other ones that are counted from there.
      if (isa<ToLocalOp, SliceOp, DynamicSliceOp, AddOp>(user))
        values.insert(user->getResult(0));
      else if (isa<StageOp, LayerOp>(user))
        values.insert(
            user->getRegion(0).getArgument(operand.getOperandNumber()));
    }
  return {};
}

int64_t dag::getNumTokens(InputOp op) {
  SmallVector<Block *> blocks = {op->getBlock()};
  if (auto program = op->getParentOfType<ProgramOp>()) {
    // Parts of a model may be in different functions.
    blocks.clear();
    for (auto function : program.getBody().getOps<FunctionOp>())
      blocks.push_back(&function.getBody().front());
  }
  for (Block *block : blocks)
    for (InputOp input : block->getOps<InputOp>()) {
      auto type = cast<RankedTensorType>(input.getType());
      if (type.getRank() == 2 &&
          findInputUse(input).kind == InputUse::Kind::Data)
        return getUnpaddedShape(type)[1];
    }
  return 0;
}
