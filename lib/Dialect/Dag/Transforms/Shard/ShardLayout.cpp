//===- ShardLayout.cpp - What is split over which axis -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardLayout.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

/// Sizes stay below this with any padding, so that sums of them do not wrap.
static constexpr int64_t kMaxSize = int64_t(1) << 61;

//===----------------------------------------------------------------------===//
// Axes
//===----------------------------------------------------------------------===//

ArrayRef<StringAttr> Layout::getHeadAxes(int64_t heads) const {
  if (heads % tp == 0)
    return tensorAxes;
  return heads == splitKvHeads ? ArrayRef(tensorAxes).take_front()
                               : ArrayRef<StringAttr>();
}

ArrayRef<StringAttr> Layout::getBatchAxes() const {
  return expertTokens == ExpertTokens::Batch ? ArrayRef<StringAttr>(expertAxes)
                                             : ArrayRef<StringAttr>();
}

int64_t Layout::getRanks(ArrayRef<StringAttr> axes) const {
  int64_t ranks = 1;
  for (const auto &[name, size] : mesh)
    if (llvm::is_contained(axes, name))
      ranks *= size;
  return ranks;
}

SmallVector<StringAttr, 2> Layout::sortAxes(ArrayRef<StringAttr> axes) const {
  SmallVector<StringAttr, 2> sorted;
  for (const auto &[name, size] : mesh)
    if (llvm::is_contained(axes, name))
      sorted.push_back(name);
  return sorted;
}

void Layout::makeAxes(MLIRContext *context, StringRef axis) {
  auto addAxis = [&](StringRef name, int64_t size) {
    return mesh.emplace_back(StringAttr::get(context, name), size).first;
  };
  if (ep > 1)
    expertAxes.push_back(addAxis("ep", ep));
  int64_t first = splitKvHeads ? splitKvHeads : tp;
  if (tp > 1)
    tensorAxes.push_back(addAxis(axis, first));
  if (first != tp)
    tensorAxes.push_back(addAxis("rep", tp / first));
  // A mesh has an axis.
  if (mesh.empty())
    addAxis(axis, 1);
}

//===----------------------------------------------------------------------===//
// What does not divide
//===----------------------------------------------------------------------===//

LogicalResult Layout::checkHeads(Operation *op, int64_t heads,
                                 int64_t kvHeads) {
  if (heads % tp != 0)
    return op->emitError() << heads << " heads do not divide over tp = " << tp;
  if (kvHeads == 1 || kvHeads % tp == 0)
    return success();
  if (tp % kvHeads != 0)
    return op->emitError() << kvHeads
                           << " KV heads do not divide over tp = " << tp
                           << ", nor do the ranks divide over the KV heads";
  if (splitKvHeads && splitKvHeads != kvHeads) {
    InFlightDiagnostic diagnostic =
        op->emitError() << "expected " << splitKvHeads
                        << " KV heads in all layers with fewer of them than "
                           "ranks, but got "
                        << kvHeads;
    diagnostic.attachNote(splitKvOp->getLoc())
        << "the axis is split for the KV heads of this layer";
    return diagnostic;
  }
  splitKvHeads = kvHeads;
  splitKvOp = op;
  return success();
}

LogicalResult Layout::checkExperts(Operation *op, int64_t experts,
                                   bool biased) {
  hasExperts = true;
  if (experts % ep != 0)
    return op->emitError() << experts
                           << " experts do not divide over ep = " << ep;
  if (!biased || experts % (ep * tp) == 0)
    return success();
  InFlightDiagnostic diagnostic = op->emitError();
  diagnostic << experts << " experts do not divide over "
             << (ep > 1 ? "ep * tp = " : "tp = ") << ep * tp;
  diagnostic.attachNote() << "experts with biases are split as a whole: each "
                             "rank would add the bias to its part of a sum";
  return diagnostic;
}

LogicalResult Layout::checkOps(ModelOp model) {
  auto check = [&](Operation *op) -> LogicalResult {
    for (Type type : op->getResultTypes()) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor)
        continue;
      if (!tensor.hasStaticShape())
        return op->emitError("expected sizes to be known, but got ") << tensor;
      if (llvm::any_of(tensor.getShape(),
                       [](int64_t size) { return size > kMaxSize; }))
        return op->emitError("expected sizes of at most ")
               << kMaxSize << ", but got " << tensor;
    }
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case<AttentionOp, LatentAttentionOp>([](Operation *op) {
          return op->emitError("expected attention in parts, but got '")
                 << op->getName()
                 << "': run --dag-decompose-attention before --dag-shard";
        })
        .Case([&](QkvProjectionOp op) {
          return checkHeads(op, op.getNumHeads(), op.getNumKvHeads());
        })
        .Case([&](LatentQkvProjectionOp op) {
          return checkHeads(op, op.getNumHeads(), op.getNumHeads());
        })
        .Case([&](ExpertOp op) {
          return checkExperts(op, op.getWGate().getType().getShape()[0],
                              !op.getBiases().empty());
        })
        .Case([&](MoeOp op) {
          return checkExperts(op, op.getWGate().getType().getShape()[0],
                              /*biased=*/false);
        })
        .Default(success());
  };
  WalkResult result = model.walk([&](Operation *op) {
    return failed(check(op)) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// Tokens of experts
//===----------------------------------------------------------------------===//

/// True if `op` is one of a dispatch, experts and a combination that follow one
/// another and nothing else: no one but them sees which slot a token has.
static bool isHiddenInChain(Operation *op) {
  auto usersAre = [](Operation *op, auto isUser) {
    return llvm::all_of(op->getUses(), [&](OpOperand &use) {
      return use.getOperandNumber() == 0 && isUser(use.getOwner());
    });
  };
  if (auto combine = dyn_cast<CombineOp>(op))
    return combine.getY().getDefiningOp<ExpertOp>() != nullptr;
  if (isa<DispatchOp>(op))
    return usersAre(op, [](Operation *user) { return isa<ExpertOp>(user); });
  auto expert = dyn_cast<ExpertOp>(op);
  if (!expert)
    return true;
  auto dispatch = expert.getX().getDefiningOp<DispatchOp>();
  return dispatch && usersAre(op, [&](Operation *user) {
           auto combine = dyn_cast<CombineOp>(user);
           return combine && combine.getIndices() == dispatch.getIndices();
         });
}

void Layout::chooseExpertTokens(ModelOp model) {
  if (ep == 1)
    return;
  // Split tokens get other slots, and compete for those of their rank only.
  // That comes to the same where slots are not seen and none is dropped.
  bool canSplit = true, canSplitSequence = true;
  std::optional<int64_t> batch;
  bool canSplitBatch = true;
  model.walk([&](Operation *op) {
    if (isa<MoeOp>(op) || !isHiddenInChain(op))
      canSplit = false;
    if (auto dispatch = dyn_cast<DispatchOp>(op)) {
      ArrayRef<int64_t> shape = dispatch.getX().getType().getShape();
      auto capacity = static_cast<int64_t>(dispatch.getCapacity());
      canSplit &= capacity % ep == 0 &&
                  (shape[0] == 0 || capacity / shape[0] >= shape[1]);
      canSplitSequence &= shape[1] % ep == 0;
    }
    if (!isa<InputOp, KvCacheOp>(op))
      return;
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (!type || type.getRank() == 0)
      return;
    int64_t size = type.getShape()[0];
    canSplitBatch &= size % ep == 0 && batch.value_or(size) == size;
    batch = size;
  });
  if (!canSplit)
    return;
  if (canSplitBatch && batch)
    expertTokens = ExpertTokens::Batch;
  else if (canSplitSequence)
    expertTokens = ExpertTokens::Sequence;
}

FailureOr<Layout> Layout::compute(ModelOp model, const Options &options) {
  Layout layout;
  layout.tp = options.tp;
  layout.ep = options.ep;
  layout.sequenceParallel = options.sequenceParallel;
  if (failed(layout.checkOps(model)))
    return failure();
  if (layout.ep > 1 && !layout.hasExperts) {
    InFlightDiagnostic error =
        model.emitError("expected experts for ep = ")
        << layout.ep << ", but '" << model.getSymName() << "' has none";
    error.attachNote() << "hint: leave ep out; tp and pp split a dense model";
    return error;
  }
  layout.makeAxes(model.getContext(), options.axis);
  layout.chooseExpertTokens(model);
  return layout;
}
