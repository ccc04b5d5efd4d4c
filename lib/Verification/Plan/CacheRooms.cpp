//===- CacheRooms.cpp - How much KV caches hold -----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CacheRooms.h"
#include "../ScheduledMemory.h"
#include "PlannedRules.h"
#include "dag/Dialect/Dag/IR/Caches.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Follows a cache to what writes and reads it.
class RoomWalk {
public:
  explicit RoomWalk(CacheRoom &room) : room(room) {}

  /// False if sizes are not known.
  bool run();

private:
  void visit(OpOperand &use);
  void visitAccess(const PagedUse &use);
  void follow(Value value) {
    if (seen.insert(value).second)
      open.push_back(value);
  }
  void read(MaskKind mask, std::optional<uint64_t> window);
  void readBy(Operation *op);

  CacheRoom &room;
  bool seesAll = false, seesOthers = true, isRead = false, isKnown = true;
  SmallVector<Value> open;
  llvm::SmallDenseSet<Value> seen;
};
} // namespace

void RoomWalk::read(MaskKind mask, std::optional<uint64_t> window) {
  isRead = true;
  seesOthers &= mask == MaskKind::None;
  seesAll |= !window;
  if (seesAll)
    room.window.reset();
  else
    room.window = std::max<int64_t>(room.window.value_or(0), *window);
}

/// By the weights of attention that `op` makes.
void RoomWalk::readBy(Operation *op) {
  while (auto dropout = dyn_cast_if_present<DropoutOp>(op))
    op = dropout.getX().getDefiningOp();
  if (auto weights = dyn_cast_if_present<AttentionWeightsOp>(op))
    return read(weights.getMask(), weights.getWindow());
  read(MaskKind::Causal, std::nullopt);
}

void RoomWalk::visitAccess(const PagedUse &use) {
  auto table = dyn_cast<RankedTensorType>(use.table.getType());
  isKnown &= table && table.getRank() == 2 && table.hasStaticShape();
  if (!isKnown)
    return;
  room.batch = std::max(room.batch, table.getDimSize(0));
  room.blocks = std::max(room.blocks, table.getDimSize(1));
  auto tokens = use.tokens ? dyn_cast<RankedTensorType>(use.tokens.getType())
                           : RankedTensorType();
  if (!tokens || tokens.getRank() < 2 || tokens.isDynamicDim(1))
    return;
  auto position = use.position
                      ? dyn_cast<RankedTensorType>(use.position.getType())
                      : RankedTensorType();
  bool isRagged = position && position.getRank() > 0;
  room.isRagged |= isRagged;
  room.tokens =
      std::max<int64_t>(room.tokens, isRagged ? 1 : tokens.getDimSize(1));
}

void RoomWalk::visit(OpOperand &use) {
  Operation *op = use.getOwner();
  if (PagedUse access = getPagedUse(op);
      llvm::is_contained(access.caches, use.get()))
    visitAccess(access);
  if (auto attention = dyn_cast<AttentionOp>(op))
    return read(attention.getMask(), attention.getWindow());
  if (isa<KvCacheUpdateOp, KvCacheGatherOp>(op))
    return use.getOperandNumber() == 0 ? follow(op->getResult(0))
                                       : read(MaskKind::Causal, std::nullopt);
  // That regions take and give as many values is for another check to say.
  unsigned number = use.getOperandNumber();
  if (isa<StageOp, LayerOp>(op) && number < op->getRegion(0).getNumArguments())
    return follow(op->getRegion(0).getArgument(number));
  Operation *parent = op->getParentOp();
  if (isa<YieldOp>(op) && isa_and_present<StageOp, LayerOp>(parent) &&
      number < parent->getNumResults())
    return follow(parent->getResult(number));
  if (isa<AttentionScoresOp, SoftCapOp, ScaleOp>(op))
    return follow(op->getResult(0));
  // Scores that have become weights.
  if (isa<AttentionWeightsOp>(op))
    return readBy(op);
  if (auto output = dyn_cast<AttentionOutputOp>(op))
    return readBy(output.getWeights().getDefiningOp());
  if (isa<CollectiveOpInterface>(op) && op->getNumResults() == 1)
    return follow(op->getResult(0));
  read(MaskKind::Causal, std::nullopt);
}

bool RoomWalk::run() {
  auto type = dyn_cast<RankedTensorType>(room.cache.getType());
  if (!type || type.getRank() < 2 || !type.hasStaticShape())
    return false;
  room.pages = type.getDimSize(0);
  room.pageSize = type.getDimSize(1);
  std::optional<ShardedType> sharded = ShardedType::get(type);
  room.isSplit = sharded && sharded->dims[0].isSharded();
  if (!room.isPool)
    room.batch = room.pages;
  follow(room.cache);
  while (!open.empty())
    for (OpOperand &use : open.pop_back_val().getUses())
      visit(use);
  room.isOfOthers = isRead && seesOthers;
  return isKnown && room.batch > 0 && room.pageSize > 0;
}

std::vector<CacheRoom> dag::findCacheRooms(ModelOp model) {
  DenseSet<StringAttr> pools = findPagedCaches(model);
  std::vector<CacheRoom> rooms;
  model->walk([&](KvCacheOp cache) {
    CacheRoom room;
    room.cache = cache;
    room.isPool = pools.contains(cache.getNameAttr());
    if (RoomWalk(room).run())
      rooms.push_back(room);
  });
  return rooms;
}

/// Pages that a window and what comes behind it reach over.
static int64_t getReach(const CacheRoom &room) {
  uint64_t tokens = llvm::SaturatingAdd<uint64_t>(
      *room.window, std::max<int64_t>(room.tokens, 1));
  uint64_t beyond = tokens < 2 ? 0 : tokens - 2;
  return std::min<uint64_t>(room.blocks,
                            llvm::divideCeil(beyond, room.pageSize) + 1);
}

int64_t CacheRoom::getLeastPages() const {
  int64_t written = llvm::divideCeil(tokens, pageSize);
  return window ? std::max(written, getReach(*this)) : written;
}

std::optional<int64_t> CacheRoom::getRoom(int64_t sharing) const {
  if (isOfOthers)
    return std::nullopt;
  // What is not paged holds all tokens, a window's too.
  if (!isPool)
    return pageSize;
  int64_t share = pages / batch / std::max<int64_t>(sharing, 1);
  if (window && share >= getReach(*this))
    return std::nullopt;
  return llvm::SaturatingMultiply<uint64_t>(std::min(share, blocks), pageSize);
}

void dag::checkPools(const DeploymentGraph &graph, CheckLog &log) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model || graph.getViolations().hasMalformed())
    return;
  if (findPagedCaches(model).empty())
    return;
  int64_t sharing = ScheduledMemory(model).microBatches;
  for (const CacheRoom &room : findCacheRooms(model)) {
    if (!room.isPool)
      continue;
    int64_t least = room.getLeastPages();
    uint64_t sequences =
        llvm::SaturatingMultiply<uint64_t>(room.batch, sharing);
    if (llvm::SaturatingMultiply<uint64_t>(least, sequences) <=
        static_cast<uint64_t>(room.pages))
      continue;
    KvCacheOp cache = room.cache;
    log.report(Code::DAG708, cache.getLoc(), cache->getName().getStringRef(),
               "expected a pool of at least " + Twine(least) +
                   (least == 1 ? " page" : " pages") + " for each of " +
                   Twine(sequences) + " sequences" +
                   (sharing > 1 ? " of " + Twine(sharing) + " micro-batches"
                                : Twine()) +
                   ", for " +
                   (room.window
                        ? "a window of " + Twine(*room.window) + " tokens"
                        : Twine("one run's new tokens")) +
                   ", but got " + Twine(room.pages) + " of " +
                   Twine(room.pageSize) + " tokens");
  }
}
