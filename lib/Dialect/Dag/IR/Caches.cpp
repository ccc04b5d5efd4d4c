//===- Caches.cpp - Where the KV caches of a plan lie -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::dag;

bool dag::areOnSameRanks(Operation *a, Operation *b) {
  auto first = a->getParentOfType<StageOp>();
  auto second = b->getParentOfType<StageOp>();
  return first == second || areOnSameRanks(first, second);
}

bool dag::areOnSameRanks(StageOp a, StageOp b) {
  if (!a || !b)
    return !a && !b;
  return a.getAxisAttr() == b.getAxisAttr() &&
         a.getCoordinate() == b.getCoordinate();
}

std::string CachesApart::getExpectation() const {
  KvCacheOp a = first, b = other;
  std::string text;
  llvm::raw_string_ostream os(text);
  if (a.getType() != b.getType()) {
    os << "to have the type that it has elsewhere, " << a.getType()
       << ", but got " << b.getType();
    return text;
  }
  auto stage = a->getParentOfType<StageOp>();
  os << "to be on the ranks that have it already, ";
  if (stage)
    os << "those of stage " << static_cast<int64_t>(stage.getIndex());
  else
    os << "which are in no stage";
  os << ", but it is ";
  if (auto here = b->getParentOfType<StageOp>())
    os << "in stage " << static_cast<int64_t>(here.getIndex());
  else
    os << "in none";
  return text;
}

SmallVector<CachesApart> dag::findCachesApart(Operation *model) {
  llvm::MapVector<StringAttr, CachesApart> caches;
  model->walk([&](KvCacheOp op) {
    auto [it, isNew] =
        caches.insert({op.getNameAttr(), CachesApart{op, KvCacheOp()}});
    CachesApart &known = it->second;
    if (!isNew && !known.other &&
        (known.first.getType() != op.getType() ||
         !areOnSameRanks(known.first, op)))
      known.other = op;
  });
  SmallVector<CachesApart> result;
  for (auto &[name, known] : caches)
    if (known.other)
      result.push_back(known);
  return result;
}

bool dag::looksAtWindow(Operation *op) {
  auto layer = op->getParentOfType<LayerOp>();
  bool hasWindow = false, seesAll = false;
  if (layer)
    layer.walk([&](Operation *part) {
      std::optional<uint64_t> window;
      if (auto attention = dyn_cast<AttentionOp>(part))
        window = attention.getWindow();
      else if (auto weights = dyn_cast<AttentionWeightsOp>(part))
        window = weights.getWindow();
      else
        return;
      (window ? hasWindow : seesAll) = true;
    });
  return hasWindow && !seesAll;
}

PagedUse dag::getPagedUse(Operation *op) {
  if (auto gather = dyn_cast<KvCacheGatherOp>(op))
    return {op->getOperands().take_front(), gather.getPages()};
  PagedUse use;
  if (auto update = dyn_cast<KvCacheUpdateOp>(op))
    use = {op->getOperands().take_front(), update.getPages(),
           update.getNewTokens(), update.getPosition()};
  else if (auto attention = dyn_cast<AttentionOp>(op))
    use = {attention.getCache(), attention.getPages(), attention.getX(),
           attention.getPosition()};
  else if (auto attention = dyn_cast<LatentAttentionOp>(op))
    use = {attention.getCache(), attention.getPages(), attention.getX(),
           attention.getPosition()};
  return use.table ? use : PagedUse();
}

DenseSet<StringAttr> dag::findPagedCaches(Operation *model) {
  DenseSet<StringAttr> names;
  // What was looked at before leads to the same caches.
  DenseSet<Value> seen;
  model->walk([&](Operation *op) {
    for (Value value : getPagedUse(op).caches)
      while (value && seen.insert(value).second) {
        if (auto cache = value.getDefiningOp<KvCacheOp>())
          names.insert(cache.getNameAttr());
        auto update = value.getDefiningOp<KvCacheUpdateOp>();
        value = update ? update->getOperand(0) : lookThroughRegion(value);
      }
  });
  return names;
}
