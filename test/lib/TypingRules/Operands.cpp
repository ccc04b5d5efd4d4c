//===- Operands.cpp - What ranks hold, and whether ops run -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Judge.h"
#include "dag/Kernels/Reference/Kernels.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::typing;

//===----------------------------------------------------------------------===//
// Whole tensors
//===----------------------------------------------------------------------===//

namespace {
/// Numbers that look random.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    // SplitMix64.
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  int64_t below(int64_t bound) {
    return static_cast<int64_t>(next() % static_cast<uint64_t>(bound));
  }
  /// In [-1, 1).
  double number() { return static_cast<double>(next() >> 11) * 0x1p-52 - 1; }

private:
  uint64_t state;
};
} // namespace

/// The size of a symbol of a case, or `otherwise`.
static int64_t getSize(const Case &theCase, StringRef symbol,
                       int64_t otherwise) {
  for (const CaseOperand &operand : theCase.operands)
    for (const CaseDim &dim : operand.dims)
      if (dim.symbol == symbol)
        return dim.size;
  return otherwise;
}

static Tensor makeWhole(const Case &theCase, const CaseOperand &operand,
                        Random &random) {
  SmallVector<int64_t> shape;
  for (const CaseDim &dim : operand.dims)
    shape.push_back(dim.size);
  Tensor tensor(shape);
  if (operand.content == Content::Choice) {
    // Different experts for a token.
    int64_t experts = getSize(theCase, "e", 4), choices = shape.back();
    for (int64_t row = 0, e = tensor.getOuterSize(2); row < e; ++row) {
      SmallVector<int64_t> order(experts);
      std::iota(order.begin(), order.end(), 0);
      for (int64_t i = 0; i < choices; ++i) {
        std::swap(order[i], order[i + random.below(experts - i)]);
        tensor.getRow(row)[i] = static_cast<double>(order[i]);
      }
    }
    return tensor;
  }
  // Each page is of one sequence, whose ranks have it if pages are split as
  // sequences are; sequences differ in all that they can.
  int64_t most = getSize(theCase, "s", 1);
  int64_t blocks = shape.empty() ? 1 : shape.back();
  int64_t share = shape.empty() ? 1 : getSize(theCase, "p", 4) / shape.front();
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    if (operand.content == Content::Page)
      tensor[i] =
          i % blocks < share
              ? static_cast<double>((i / blocks + 1) * share - 1 - i % blocks)
              : -1.0;
    else if (operand.content == Content::Length)
      tensor[i] = static_cast<double>(i == 1 ? most : 1);
    else if (operand.content == Content::Position)
      tensor[i] = i == 1 ? 0.0 : 1.0;
  }
  if (operand.content >= Content::Position)
    return tensor;
  int64_t tokens = getSize(theCase, "v", 4);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    tensor[i] = operand.content == Content::Number
                    ? random.number()
                    : static_cast<double>(random.below(tokens));
  return tensor;
}

void Judge::makeWholes() {
  Random random(/*seed=*/3);
  for (const CaseOperand &operand : theCase.operands)
    whole.push_back(makeWhole(theCase, operand, random));
}

//===----------------------------------------------------------------------===//
// Shards
//===----------------------------------------------------------------------===//

const HeldElements &Judge::getHeld(RankedTensorType type) {
  std::unique_ptr<HeldElements> &layout = layouts[type];
  if (layout)
    return *layout;
  layout = std::make_unique<HeldElements>();
  ShardedType sharded(type);
  for (auto [index, rank] : llvm::enumerate(ranks.getRanks())) {
    HeldElements::Part &part = layout->parts.emplace_back();
    for (const AxisCoordinate &root : sharded.roots)
      part.exists &= rank.getIndex(root.axis) == root.coordinate;
    for (unsigned dim = 0, e = type.getRank(); dim < e; ++dim)
      part.ranges.push_back(rank.getRange(type, dim));
    if (rank.getIndex(sharded.partial) == 0)
      part.summands.assign(ranks.getGroup(index, sharded.partial));
  }
  return *layout;
}

/// The slots of experts as ranks fill them with their own tokens.
Tensor Judge::orderSlots(const Tensor &y) const {
  auto combine = dyn_cast<CombineOp>(op);
  if (!combine)
    return y;
  ShardedType type(cast<RankedTensorType>(combine.getY().getType()));
  auto tokensType = cast<RankedTensorType>(combine.getWeights().getType());
  ShardedType tokens(tokensType);
  SmallVector<StringAttr> axes(tokens.dims[0].getAxes());
  llvm::append_range(axes, tokens.dims[1].getAxes());
  if (axes.empty() || type.dims[1].isRagged() ||
      type.dims[1].getAxes() != ArrayRef<StringAttr>(axes))
    return y;
  // Where one device puts each choice.
  const Tensor &indices = whole[2];
  int64_t capacity = y.getDim(1), hidden = y.getDim(2);
  int64_t share = capacity / ranks.getMesh().getSize(axes);
  auto count = [&](SmallVector<int64_t> &used, int64_t expert) {
    return used[expert]++;
  };
  SmallVector<int64_t> used(y.getDim(0)), slots;
  for (int64_t i = 0, e = indices.getNumElements(); i < e; ++i)
    slots.push_back(count(used, static_cast<int64_t>(indices[i])));
  Tensor ordered(y.getShape());
  std::fill_n(ordered.getData(), ordered.getNumElements(), std::nan(""));
  for (const RankContext &rank : ranks.getRanks()) {
    int64_t first = rank.getIndex(axes) * share;
    ShardRange batches = rank.getRange(tokensType, 0),
               sequence = rank.getRange(tokensType, 1);
    used.assign(y.getDim(0), 0);
    for (int64_t b = 0; b < batches.valid; ++b)
      for (int64_t s = 0; s < sequence.valid; ++s)
        for (int64_t t = 0, e = indices.getDim(2); t < e; ++t) {
          int64_t place =
              ((batches.offset + b) * indices.getDim(1) + sequence.offset + s) *
                  e +
              t;
          auto expert = static_cast<int64_t>(indices[place]);
          int64_t slot = count(used, expert);
          if (slot < share && slots[place] < capacity)
            std::copy_n(y.getRow(expert * capacity + slots[place]), hidden,
                        ordered.getRow(expert * capacity + first + slot));
        }
  }
  return ordered;
}

Judge::Shards Judge::cutShards(const Tensor &tensor, RankedTensorType type,
                               bool isInteger) {
  const HeldElements &layout = getHeld(type);
  Random random(/*seed=*/2);
  Shards result(ranks.size());
  for (const HeldElements::Part &part : layout.parts) {
    if (part.summands.empty())
      continue;
    Tensor rest = tensor;
    for (auto [dim, range] : llvm::enumerate(part.ranges))
      if (range.size != rest.getDim(dim) || range.offset != 0)
        rest = rest.slice(dim, range.offset, range.size, std::nan(""));
    for (size_t rank : ArrayRef(part.summands).drop_back()) {
      Tensor summand = rest;
      for (int64_t i = 0, e = rest.getNumElements(); i < e; ++i) {
        if (std::isnan(rest[i]))
          continue;
        summand[i] = isInteger ? static_cast<double>(random.below(
                                     static_cast<int64_t>(rest[i]) + 1))
                               : random.number();
        rest[i] -= summand[i];
      }
      result[rank] = std::move(summand);
    }
    result[part.summands.back()] = std::move(rest);
  }
  for (auto [shard, part] : llvm::zip_equal(result, layout.parts))
    if (!part.exists)
      shard = Tensor();
  return result;
}

const Judge::Shards &Judge::getShards(size_t operand, RankedTensorType type) {
  Shards &cut = shards[operand][type];
  if (cut.empty())
    cut = cutShards(whole[operand], type,
                    theCase.operands[operand].content != Content::Number);
  return cut;
}

void Judge::collectOperands() {
  operands.clear();
  ordered.clear();
  ordered.reserve(1);
  for (auto [i, value] : llvm::enumerate(op->getOperands())) {
    RankedTensorType type = unwrap(value.getType());
    if (i == 0 && isa<CombineOp>(op)) {
      ordered.push_back(
          cutShards(orderSlots(whole[0]), type, /*isInteger=*/false));
      operands.push_back(&ordered.back());
      continue;
    }
    operands.push_back(&getShards(i, type));
  }
}

//===----------------------------------------------------------------------===//
// Can the op run?
//===----------------------------------------------------------------------===//

/// A range of features as one of heads.
static ShardRange toHeads(ShardRange range, int64_t unit) {
  return {range.offset / unit, range.size / unit, range.valid / unit,
          range.total / unit};
}

/// A rank has the KV heads of its heads.
bool Judge::hasHeads(const RankContext &rank) {
  auto getRange = [&](unsigned operand, unsigned dim) {
    return toHeads(
        rank.getRange(unwrap(op->getOperand(operand).getType()), dim),
        theCase.operands[operand].dims[dim].unit);
  };
  kernels::HeadMap map;
  if (isa<AttentionScoresOp>(op))
    map = {getRange(0, 2), getRange(1, 2)};
  else if (isa<AttentionOutputOp>(op))
    map = {getRange(0, 1), getRange(1, 2)};
  else if (isa<AttentionOp>(op))
    map = {getRange(1, 0), getRange(2, 0)};
  else
    return true;
  for (int64_t head = 0; head < map.heads.valid; ++head) {
    int64_t kvHead = map.getKvHead(head);
    if (kvHead < 0 || kvHead >= map.kvHeads.size)
      return false;
  }
  return true;
}

bool Judge::fits() {
  if (isa<CollectiveOpInterface>(op))
    return fitsCollective();
  bool some = false;
  for (auto [index, rank] : llvm::enumerate(ranks.getRanks())) {
    if (llvm::any_of(operands, [&, index = index](const Shards *held) {
          return !(*held)[index].exists();
        }))
      continue;
    some = true;
    SmallVector<std::pair<StringRef, int64_t>, 8> sizes;
    for (auto [held, operand] : llvm::zip_equal(operands, theCase.operands))
      for (auto [i, dim] : llvm::enumerate(operand.dims)) {
        int64_t size = (*held)[index].getDim(i) - dim.more, number;
        if (size <= 0 || size % dim.unit != 0)
          return false;
        size /= dim.unit;
        if (!StringRef(dim.symbol).getAsInteger(10, number) && size != number)
          return false;
        const auto *known =
            llvm::find_if(sizes, [&, &dim = dim](const auto &entry) {
              return entry.first == dim.symbol;
            });
        if (known == sizes.end())
          sizes.push_back({dim.symbol, size});
        else if (known->second != size)
          return false;
      }
    if (!hasHeads(rank))
      return false;
  }
  return some;
}

/// The members of a group hold shards that their collective can work on.
bool Judge::fitsCollective() {
  auto collective = cast<CollectiveOpInterface>(op);
  SmallVector<StringAttr> axes;
  for (Attribute axis : collective.getCollectiveAxes())
    axes.push_back(cast<StringAttr>(axis));
  bool fromRoot = isa<BroadcastOp, ScatterOp>(op);
  size_t root = 0;
  for (auto [axis, coordinate] :
       llvm::zip(axes, collective.getRootCoordinates()))
    root = root * *ranks.getMesh().getSize(axis) + coordinate;
  // Shards that are put behind each other may differ in that dimension.
  std::optional<int64_t> joined;
  if (isa<AllGatherOp, GatherOp>(op))
    joined = collective.getCollectiveDims().front();
  else if (isa<AllToAllOp>(op))
    joined = collective.getCollectiveDims().back();
  const Shards &held = *operands[0];
  bool some = false;
  for (size_t rank = 0; rank < ranks.size(); ++rank) {
    SmallVector<size_t> group = ranks.getGroup(rank, axes);
    const Tensor &first = held[group[fromRoot ? root : 0]];
    some |= first.exists();
    if (fromRoot)
      continue;
    for (size_t member : group) {
      if (held[member].exists() != first.exists())
        return false;
      if (!first.exists() || isa<SliceOp>(op))
        continue;
      for (unsigned dim = 0, e = first.getRank(); dim < e; ++dim)
        if (joined != dim && held[member].getDim(dim) != first.getDim(dim))
          return false;
    }
  }
  return some;
}

bool Judge::compute(std::vector<Shards> &results) {
  results.assign(references.size(), Shards(ranks.size()));
  if (isTransfer(op)) {
    results[0] = *operands[0];
    return true;
  }
  if (isa<CollectiveOpInterface>(op)) {
    SmallVector<size_t> everyone(ranks.size());
    std::iota(everyone.begin(), everyone.end(), 0);
    SmallVector<const Tensor *> held;
    for (const Tensor &shard : *operands[0])
      held.push_back(&shard);
    FailureOr<Shards> computed =
        runCollective(cast<CollectiveOpInterface>(op), ranks, held, everyone);
    if (failed(computed))
      return false;
    results[0] = std::move(*computed);
    return true;
  }
  auto interpretable = cast<InterpretOpInterface>(op);
  for (auto [index, rank] : llvm::enumerate(ranks.getRanks())) {
    SmallVector<const Tensor *, 6> pointers;
    for (const Shards *held : operands)
      if ((*held)[index].exists())
        pointers.push_back(&(*held)[index]);
    if (pointers.size() != operands.size())
      continue;
    SmallVector<Tensor> tensors;
    if (failed(interpretable.interpret(rank, pointers, tensors)))
      return false;
    for (auto [result, tensor] : llvm::zip_equal(results, tensors))
      result[index] = std::move(tensor);
  }
  return true;
}
