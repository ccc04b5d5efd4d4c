//===- ValueMutations.cpp - Ops on wrong values, missing or doubled -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutation.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

static constexpr llvm::StringLiteral kIdentity =
    "dropout with p = 0 is the identity";
/// Ops that can be left out or stand twice without breaking a type.
static bool keepsType(Operation *op) {
  return isa<RmsNormOp, LayerNormOp, ActivationOp, RotaryEmbeddingOp, ScaleOp,
             SoftCapOp, QkNormOp, BiasAddOp, DropoutOp, AttentionWeightsOp,
             KvCacheUpdateOp>(op);
}

static Expected getDropped(Operation *op) {
  if (isa<DropoutOp>(op))
    return {"DAG101 DAG105", kIdentity};
  if (isa<AttentionWeightsOp>(op))
    return {"DAG101 DAG793", ""};
  return {"DAG793", ""};
}

static void dropOp(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (keepsType(op))
      sites.add(
          op, "dropped", [op]() mutable { replaceByOperand(op); },
          getDropped(op));
    // The new tokens in the place of the cache.
    if (isa<KvCacheUpdateOp>(op) &&
        op->getOperand(1).getType() == op->getResult(0).getType())
      sites.add(op, "passed by", [op]() mutable { replaceByOperand(op, 1); },
                {"DAG793", kHiddenWrite});
  });
}

static void doubleOp(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!keepsType(op))
      return;
    Expected expected = {"DAG794", ""};
    if (isa<DropoutOp>(op))
      expected = {"DAG103", kIdentity};
    else if (isa<AttentionWeightsOp>(op))
      expected = {"DAG103 DAG794", ""};
    else if (isa<KvCacheUpdateOp>(op))
      expected = {"DAG103 DAG794", "the same tokens are written once more"};
    else if (auto activation = dyn_cast<ActivationOp>(op);
             activation && activation.getKind() == ActivationKind::Relu)
      expected = {"DAG794", "relu twice is relu"};
    sites.add(op, "doubled", [op]() mutable { applyTwice(op); }, expected);
  });
}

static void dropResidual(Sites &sites) {
  sites.forEach<AddOp>([&](AddOp add) {
    for (unsigned i : {0, 1})
      sites.add(add, "only operand " + Twine(i),
                [add, i]() mutable { replaceByOperand(add, i); });
  });
}

static void doubleResidual(Sites &sites) {
  sites.forEach<AddOp>([&](AddOp add) {
    for (unsigned i : {0, 1})
      sites.add(add, "operand " + Twine(i) + " is added twice",
                [add, i]() mutable {
                  OpBuilder builder(add.getContext());
                  builder.setInsertionPointAfter(add);
                  auto again = cast<AddOp>(builder.clone(*add));
                  add.getResult().replaceAllUsesWith(again.getResult());
                  again->setOperands({add.getResult(), add->getOperand(i)});
                });
  });
}

static void dropBias(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    auto add = [&](MutableOperandRange bias) {
      if (bias.size() != 0)
        sites.add(op, "without its bias", [bias]() mutable { bias.clear(); });
    };
    if (auto linear = dyn_cast<LinearOp>(op))
      add(linear.getBiasMutable());
    else if (auto norm = dyn_cast<LayerNormOp>(op))
      add(norm.getBiasMutable());
    else if (auto qkv = dyn_cast<QkvProjectionOp>(op))
      add(qkv.getBiasesMutable());
    else if (auto projection = dyn_cast<OutputProjectionOp>(op))
      add(projection.getBiasMutable());
    else if (auto expert = dyn_cast<ExpertOp>(op))
      add(expert.getBiasesMutable());
    else if (auto router = dyn_cast<RouterOp>(op))
      add(router.getBiasMutable());
  });
}

static void dropOperand(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    auto add = [&](StringRef name, MutableOperandRange operand, StringRef why) {
      if (operand.size() != 0)
        sites.add(op, "without its " + name,
                  [operand]() mutable { operand.clear(); }, {"DAG793", why});
    };
    StringRef start = "prefill begins at position 0";
    if (auto rotary = dyn_cast<RotaryEmbeddingOp>(op))
      add("position", rotary.getPositionMutable(), start);
    else if (auto table = dyn_cast<PositionEmbeddingOp>(op))
      add("position", table.getPositionMutable(), start);
    else if (auto weights = dyn_cast<AttentionWeightsOp>(op)) {
      add("position", weights.getPositionMutable(), start);
      add("sinks", weights.getSinksMutable(), "");
    } else if (auto last = dyn_cast<LastTokenOp>(op)) {
      add("lengths", last.getLengthsMutable(), "");
    } else if (auto router = dyn_cast<RouterOp>(op)) {
      add("correction", router.getCorrectionMutable(),
          "the choice of experts may be the same");
    }
  });
}

/// A stage or a layer takes other integers of the run: positions or numbers of
/// tokens, the pages of other layers.
static void wrongInput(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isa<StageOp, LayerOp, LastTokenOp>(op))
      return;
    for (OpOperand &operand : op->getOpOperands()) {
      Value value = operand.get();
      if (!getElementTypeOrSelf(value).isInteger())
        continue;
      auto isOther = [&](Value other) {
        return other != value && other.getType() == value.getType();
      };
      Value other;
      if (auto argument = dyn_cast<BlockArgument>(value)) {
        for (Value candidate : argument.getOwner()->getArguments())
          other = !other && isOther(candidate) ? candidate : other;
      } else {
        for (InputOp input : value.getParentBlock()->getOps<InputOp>())
          other = !other && isOther(input.getResult())
                      ? Value(input.getResult())
                      : other;
      }
      if (!other)
        continue;
      unsigned index = operand.getOperandNumber();
      sites.add(op, "operand " + Twine(index) + " is another input",
                [op, index, other] { op->setOperand(index, other); },
                {"DAG79", "nothing depends on it"});
    }
  });
}

/// The cache as it was before, or with the pages of a value of the same type.
static void staleGather(Sites &sites) {
  sites.forEach<KvCacheGatherOp>([&](KvCacheGatherOp gather) {
    auto update = gather.getCache().getDefiningOp<KvCacheUpdateOp>();
    if (update)
      sites.add(gather, "from the cache before the run", [=]() mutable {
        gather.getCacheMutable().assign(update.getCache());
      });
  });
}

/// What a value is but for ops that change nothing.
static Value lookThroughIdentity(Value value) {
  while (auto dropout = value.getDefiningOp<DropoutOp>())
    value = dropout.getX();
  return value;
}

/// The last value before `op` that has the type of an operand.
static Value findOther(Operation *op, Value value) {
  Block *block = op->getBlock();
  for (Operation *other = op->getPrevNode(); other;
       other = other->getPrevNode())
    if (!isa<ParameterOp>(other))
      for (Value result : other->getResults())
        if (result != value && result.getType() == value.getType())
          return result;
  for (Value argument : block->getArguments())
    if (argument != value && argument.getType() == value.getType())
      return argument;
  return {};
}

static void wrongOperand(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op->hasAttr("sym_name") || isa<CollectiveOpInterface>(op))
      return;
    for (OpOperand &operand : op->getOpOperands()) {
      Value value = operand.get();
      if (value.getDefiningOp<ParameterOp>())
        continue;
      Value other = findOther(op, value);
      if (!other)
        continue;
      StringRef why;
      if (lookThroughIdentity(value) == lookThroughIdentity(other))
        why = kIdentity;
      else if (auto update = dyn_cast<KvCacheUpdateOp>(op);
               update && operand.getOperandNumber() == 0)
        why = kHiddenWrite;
      else if (auto update = value.getDefiningOp<KvCacheUpdateOp>();
               update && update.getNewTokens() == other)
        why = kHiddenWrite;
      unsigned index = operand.getOperandNumber();
      sites.add(op, "operand " + Twine(index) + " is another value",
                [op, index, other] { op->setOperand(index, other); },
                {why == kIdentity ? "DAG101 DAG102" : "DAG79 DAG102", why});
    }
  });
}

static void swapOperands(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<AddOp, MultiplyOp, YieldOp, StageOp, LayerOp>(op))
      return;
    for (unsigned i = 0; i + 1 < op->getNumOperands(); ++i) {
      Value a = op->getOperand(i), b = op->getOperand(i + 1);
      if (a == b || a.getType() != b.getType())
        continue;
      StringRef why = isa<KvCacheUpdateOp>(op) ? StringRef(kHiddenWrite) : "";
      sites.add(op,
                "operands " + Twine(i) + " and " + Twine(i + 1) +
                    " change places",
                [op, i, a, b] {
                  op->setOperand(i, b);
                  op->setOperand(i + 1, a);
                },
                {"DAG791 DAG792", why});
    }
  });
}

template <typename OpT>
static void commute(Sites &sites) {
  sites.forEach<OpT>([&](OpT op) {
    sites.add(op, "with its operands in the other order", [op]() mutable {
      Value lhs = op.getLhs(), rhs = op.getRhs();
      op->setOperands({rhs, lhs});
    });
  });
}

ArrayRef<Kind> mutation::getValueKinds() {
  static const Kind kinds[] = {
      {"drop-op",
       {"DAG793", ""},
       "a norm, an activation, a rotation is missing",
       dropOp},
      {"double-op", {"DAG794", ""}, "an op stands twice", doubleOp},
      {"drop-residual",
       {"DAG793", ""},
       "a sum without one of its summands",
       dropResidual},
      {"double-residual",
       {"DAG794", ""},
       "a summand is added twice",
       doubleResidual},
      {"drop-bias", {"DAG793", ""}, "a product without its bias", dropBias},
      {"drop-operand",
       {"DAG793", ""},
       "an op without its position, lengths, sinks or correction",
       dropOperand},
      {"wrong-input",
       {"DAG79", ""},
       "positions of other sequences, pages of other layers",
       wrongInput},
      {"stale-gather",
       {"DAG793", ""},
       "pages are read without the new tokens",
       staleGather},
      {"wrong-operand",
       {"DAG79", ""},
       "an op on another value of the type",
       wrongOperand},
      {"swap-operands",
       {"DAG791 DAG792", ""},
       "two operands of one type change places",
       swapOperands},
      {"commute-add",
       {"", ""},
       "x + y is y + x: nothing is broken",
       commute<AddOp>},
      {"commute-multiply",
       {"", ""},
       "x y is y x: nothing is broken",
       commute<MultiplyOp>},
  };
  return kinds;
}
