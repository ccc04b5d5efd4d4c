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
#include "dag/Support/Saturating.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

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

/// Calls `isLast` with each use of an input, in stages and layers, or
/// functions, and of its shards, until it returns true.
static void follow(InputOp op, function_ref<bool(OpOperand &)> isLast) {
  llvm::SetVector<Value> values;
  values.insert(op.getResult());
  for (size_t i = 0; i < values.size(); ++i)
    for (OpOperand &operand : values[i].getUses()) {
      Operation *user = operand.getOwner();
      if (isLast(operand))
        return;
      // The same integers, or other ones that are counted from there.
      unsigned number = operand.getOperandNumber();
      if (isa<AddOp>(user) || carriesOn(user))
        values.insert(user->getResult(0));
      else if (isa<StageOp, LayerOp>(user))
        values.insert(user->getRegion(0).getArgument(number));
      else if (isa<YieldOp>(user) && isa<StageOp, LayerOp>(user->getParentOp()))
        values.insert(user->getParentOp()->getResult(number));
    }
}

InputUse dag::findInputUse(InputOp op) {
  InputUse use;
  follow(op, [&](OpOperand &operand) {
    use = getUse(operand);
    return use.kind != InputUse::Kind::Data;
  });
  return use;
}

std::optional<int64_t> dag::findRoom(InputOp positions) {
  std::optional<int64_t> least;
  auto add = [&](Value cache, Value pages) {
    RankedTensorType pool = getWholePool(cache);
    if (!pool || pool.getRank() < 2 || pool.isDynamicDim(1))
      return;
    int64_t room = pool.getDimSize(1);
    if (pages) {
      auto table = cast<RankedTensorType>(pages.getType());
      if (table.getRank() != 2 || table.isDynamicDim(1))
        return;
      room = multiplySaturating(room, table.getDimSize(1));
    }
    least = std::min(least.value_or(room), room);
  };
  follow(positions, [&](OpOperand &operand) {
    Value value = operand.get();
    llvm::TypeSwitch<Operation *>(operand.getOwner())
        .Case([&](KvCacheUpdateOp update) {
          if (update.getPosition() == value)
            add(update.getCache(), update.getPages());
        })
        .Case<AttentionOp, LatentAttentionOp>([&](auto attention) {
          if (attention.getPosition() == value && !attention.getCache().empty())
            add(attention.getCache().front(), attention.getPages());
        });
    return false;
  });
  return least;
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
