//===- ShardStrategy.cpp - What is split over which axis -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/Shard/ShardStrategy.h"
#include "dag/Interfaces/ShardOpInterface.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

/// Sizes stay below this with any padding, so that sums of them do not wrap.
static constexpr int64_t kMaxSize = int64_t(1) << 61;

//===----------------------------------------------------------------------===//
// Axes
//===----------------------------------------------------------------------===//

ArrayRef<StringAttr> ShardStrategy::getHeadAxes(int64_t heads) const {
  if (heads % tp == 0)
    return tensorAxes;
  return heads == splitKvHeads ? ArrayRef(tensorAxes).take_front()
                               : ArrayRef<StringAttr>();
}

ArrayRef<StringAttr> ShardStrategy::getBatchAxes() const {
  return expertTokens == ExpertTokens::Batch ? ArrayRef<StringAttr>(expertAxes)
                                             : ArrayRef<StringAttr>();
}

int64_t ShardStrategy::getRanks(ArrayRef<StringAttr> axes) const {
  int64_t ranks = 1;
  for (const auto &[name, size] : mesh)
    if (llvm::is_contained(axes, name))
      ranks *= size;
  return ranks;
}

SmallVector<StringAttr, 2>
ShardStrategy::sortAxes(ArrayRef<StringAttr> axes) const {
  SmallVector<StringAttr, 2> sorted;
  for (const auto &[name, size] : mesh)
    if (llvm::is_contained(axes, name))
      sorted.push_back(name);
  return sorted;
}

void ShardStrategy::makeAxes(MLIRContext *context, StringRef axis) {
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

/// `1, 2 or 4`: the ranks over which `count` of something divide and of which
/// `fits` is true.
static std::string listDivisors(int64_t count,
                                function_ref<bool(int64_t)> fits) {
  constexpr int64_t kMaxTried = 1 << 16;
  constexpr size_t kMaxShown = 16;
  SmallVector<int64_t> small, large;
  for (int64_t i = 1; i <= kMaxTried && i <= count / i; ++i) {
    if (count % i != 0)
      continue;
    small.push_back(i);
    if (i != count / i)
      large.push_back(count / i);
  }
  small.append(large.rbegin(), large.rend());
  llvm::erase_if(small, [&](int64_t ranks) { return !fits(ranks); });
  if (small.size() > kMaxShown)
    small.resize(kMaxShown);
  std::string text;
  for (auto [i, ranks] : llvm::enumerate(small))
    text += (i == 0                  ? ""
             : i + 1 == small.size() ? " or "
                                     : ", ") +
            std::to_string(ranks);
  return text;
}

/// Ranks that heads divide over, with the KV heads that they share.
static std::string listRanks(int64_t heads, int64_t kvHeads) {
  return listDivisors(heads, [&](int64_t ranks) {
    return kvHeads == 1 || kvHeads % ranks == 0 || ranks % kvHeads == 0;
  });
}

LogicalResult ShardStrategy::addHeads(Operation *op, int64_t heads,
                                      int64_t kvHeads) {
  if (heads % tp != 0)
    return op->emitError() << heads << " heads do not divide over tp = " << tp
                           << ", but over " << listRanks(heads, kvHeads);
  if (kvHeads == 1 || kvHeads % tp == 0)
    return success();
  if (tp % kvHeads != 0)
    return op->emitError() << kvHeads
                           << " KV heads do not divide over tp = " << tp
                           << ", nor do the ranks divide over the KV heads, "
                              "but over "
                           << listRanks(heads, kvHeads);
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

LogicalResult ShardStrategy::addExperts(Operation *op, int64_t experts,
                                        bool biased) {
  hasExperts = true;
  if (experts % ep != 0)
    return op->emitError() << experts
                           << " experts do not divide over ep = " << ep
                           << ", but over "
                           << listDivisors(experts,
                                           [](int64_t) { return true; });
  if (!biased || experts % (ep * tp) == 0)
    return success();
  InFlightDiagnostic diagnostic = op->emitError();
  diagnostic << experts << " experts do not divide over "
             << (ep > 1 ? "ep * tp = " : "tp = ") << ep * tp << ", but over "
             << listDivisors(experts,
                             [&](int64_t ranks) { return ranks % ep == 0; });
  diagnostic.attachNote() << "experts with biases are split as a whole: each "
                             "rank would add the bias to its part of a sum";
  return diagnostic;
}

/// Sizes that a model can be split by: known, and small enough.
static LogicalResult checkSizes(Operation *op) {
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
  return success();
}

LogicalResult ShardStrategy::askOps(ModelOp model) {
  pagedCaches = findPagedCaches(model);
  WalkResult result = model.walk([&](Operation *op) {
    if (failed(checkSizes(op)))
      return WalkResult::interrupt();
    // One that does not say how it is sharded is an error where it would be.
    auto sharded = dyn_cast<ShardOpInterface>(op);
    return sharded && failed(sharded.constrain(*this)) ? WalkResult::interrupt()
                                                       : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// Tokens of experts
//===----------------------------------------------------------------------===//

void ShardStrategy::addBatch(int64_t sequences) {
  canSplitBatch &=
      sequences % ep == 0 && batch.value_or(sequences) == sequences;
  batch = sequences;
}

void ShardStrategy::addDispatch(int64_t sequences, int64_t tokens,
                                int64_t capacity) {
  // Split tokens get other slots, and compete for those of their rank only.
  // That comes to the same where slots are not seen and none is dropped.
  canSplitTokens &=
      capacity % ep == 0 && (sequences == 0 || capacity / sequences >= tokens);
  canSplitSequence &= tokens % ep == 0;
}

void ShardStrategy::chooseExpertTokens() {
  if (ep == 1 || !canSplitTokens)
    return;
  if (canSplitBatch && batch)
    expertTokens = ExpertTokens::Batch;
  else if (canSplitSequence)
    expertTokens = ExpertTokens::Sequence;
}

FailureOr<ShardStrategy> ShardStrategy::choose(ModelOp model,
                                               const ShardOptions &options) {
  ShardStrategy strategy(options);
  if (failed(strategy.askOps(model)))
    return failure();
  if (strategy.ep > 1 && !strategy.hasExperts) {
    InFlightDiagnostic error = model.emitError("expected experts for ep = ")
                               << strategy.ep << ", but '" << model.getSymName()
                               << "' has none";
    error.attachNote() << "hint: leave ep out; tp and pp split a dense model";
    return error;
  }
  strategy.makeAxes(model.getContext(), options.axis);
  strategy.chooseExpertTokens();
  return strategy;
}
