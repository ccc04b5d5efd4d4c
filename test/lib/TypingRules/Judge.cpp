//===- Judge.cpp - Is what a typing rule says right? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Judge.h"
#include "Dialect/Dag/IR/AttentionRules.h"
#include "Interpreter/Kernels.h"
#include "Placements.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::typing;

static constexpr double kTolerance = 1e-9;

LastError &typing::getLastError() {
  static LastError error;
  return error;
}

Judge::Judge(MLIRContext *context, const Case &theCase, const RankSet &ranks)
    : context(context), theCase(theCase), ranks(ranks),
      block(std::make_unique<Block>()), shards(theCase.operands.size()) {}

Judge::~Judge() {
  if (op)
    op->destroy();
}

static bool isTransfer(Operation *op) { return isa<SendOp, RecvOp>(op); }

/// The tensor of a value, or under way.
static Type wrap(Operation *op, RankedTensorType type) {
  return isa<RecvOp>(op) ? Type(TransferType::get(type.getContext(), type))
                         : Type(type);
}
static RankedTensorType unwrap(Type type) {
  if (auto transfer = dyn_cast<TransferType>(type))
    type = transfer.getPayload();
  return cast<RankedTensorType>(type);
}

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
  int64_t tokens = getSize(theCase, "v", 4);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    tensor[i] = operand.content == Content::Number ? random.number()
                : operand.content == Content::Token
                    ? static_cast<double>(random.below(tokens))
                    : 1.0;
  return tensor;
}

/// Creates an op outside of any module. Without result types it has none.
static Operation *createOp(const Case &theCase, Block &block,
                           TypeRange resultTypes) {
  MLIRContext *context = theCase.attributes.getContext();
  OperationState state(UnknownLoc::get(context), theCase.op);
  state.addOperands(block.getArguments());
  state.addTypes(resultTypes);
  if (!theCase.attributes.empty())
    state.propertiesAttr = theCase.attributes;
  return Operation::create(state);
}

static LogicalResult inferTypes(Operation *op, std::optional<Location> loc,
                                SmallVectorImpl<Type> &types) {
  return cast<InferTypeOpInterface>(op).inferReturnTypes(
      op->getContext(), loc, op->getOperands(), op->getRawDictionaryAttrs(),
      op->getPropertiesStorage(), op->getRegions(), types);
}

bool Judge::prepare() {
  auto fail = [&](const Twine &message) {
    llvm::errs() << "expected a case of '" << theCase.op << "' "
                 << theCase.attributes << " that " << message
                 << ", but got: " << getLastError().message << "\n";
    return false;
  };
  Random random(/*seed=*/3);
  Location loc = UnknownLoc::get(context);
  Type elementType = Float64Type::get(context);
  for (const CaseOperand &operand : theCase.operands) {
    whole.push_back(makeWhole(theCase, operand, random));
    elementType = operand.getElementType(context);
    block->addArgument(
        RankedTensorType::get(whole.back().getShape(), elementType), loc);
  }
  op = createOp(theCase, *block, {});
  if (isa<RecvOp>(op))
    block->getArgument(0).setType(
        wrap(op, unwrap(block->getArgument(0).getType())));
  bool isCollective = isa<CollectiveOpInterface>(op);
  SmallVector<Type> types;
  if (isCollective) {
    types.push_back(block->getArgument(0).getType());
  } else if (bool fits = succeeded(inferTypes(op, loc, types));
             fits == theCase.misfits) {
    return fail(fits ? "does not fit on one device" : "fits on one device");
  }
  isDefined = !theCase.misfits;
  if (!isDefined)
    types.assign({block->getArgument(0).getType()});
  op->destroy();
  op = createOp(theCase, *block, types);
  if (!isDefined)
    return true;
  if (isCollective || isTransfer(op)) {
    references.push_back(whole[0]);
  } else {
    if (failed(verify(op)))
      return fail("verifies");
    auto interpretable = dyn_cast<InterpretOpInterface>(op);
    if (!interpretable)
      return fail("can be interpreted");
    MeshShape one;
    RankSet only(one);
    SmallVector<const Tensor *> pointers;
    for (const Tensor &tensor : whole)
      pointers.push_back(&tensor);
    SmallVector<Tensor> results;
    if (failed(interpretable.interpret(only.getRanks().front(), pointers,
                                       results)))
      return fail("can be computed");
    references.assign(results.begin(), results.end());
  }
  candidates.resize(op->getNumResults());
  return true;
}

//===----------------------------------------------------------------------===//
// Shards
//===----------------------------------------------------------------------===//

const Layout &Judge::getLayout(RankedTensorType type) {
  std::unique_ptr<Layout> &layout = layouts[type];
  if (layout)
    return *layout;
  layout = std::make_unique<Layout>();
  ShardedType sharded(type);
  for (auto [index, rank] : llvm::enumerate(ranks.getRanks())) {
    Layout::Part &part = layout->parts.emplace_back();
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
  const Layout &layout = getLayout(type);
  Random random(/*seed=*/2);
  Shards result(ranks.size());
  for (const Layout::Part &part : layout.parts) {
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
    FailureOr<Shards> computed = ranks.run(op, *operands[0], everyone);
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

//===----------------------------------------------------------------------===//
// Are the results right?
//===----------------------------------------------------------------------===//

/// Calls `visit(flat index in the shard, flat index in the whole)` for all
/// elements that are no padding, while it returns true.
static bool forEachElement(ArrayRef<ShardRange> ranges,
                           llvm::function_ref<bool(int64_t, int64_t)> visit) {
  int64_t elements = 1;
  for (const ShardRange &range : ranges)
    elements *= range.size;
  for (int64_t i = 0; i < elements; ++i) {
    int64_t rest = i, index = 0, stride = 1;
    bool isPadding = false;
    for (const ShardRange &range : llvm::reverse(ranges)) {
      int64_t local = rest % range.size;
      rest /= range.size;
      isPadding |= local >= range.valid;
      index += (range.offset + local) * stride;
      stride *= range.total;
    }
    if (!isPadding && !visit(i, index))
      return false;
  }
  return true;
}

static bool isClose(double actual, double expected) {
  return std::abs(actual - expected) <=
         kTolerance * std::max(1.0, std::abs(expected));
}

/// Where a type says that there are shards there are some, of the shape that
/// it says.
static bool haveShape(const Layout &layout, const std::vector<Tensor> &shards) {
  return llvm::all_of_zip(
      layout.parts, shards, [](const Layout::Part &part, const Tensor &shard) {
        return part.exists == shard.exists() &&
               (!part.exists ||
                (part.ranges.size() == shard.getRank() &&
                 llvm::all_of_zip(part.ranges, shard.getShape(),
                                  [](const ShardRange &range, int64_t size) {
                                    return range.size == size;
                                  })));
      });
}

bool Judge::holds(RankedTensorType type, const Shards &held,
                  const Tensor &reference) {
  const Layout &layout = getLayout(type);
  if (!haveShape(layout, held))
    return false;
  // Every replica is compared.
  for (const Layout::Part &part : layout.parts) {
    if (part.summands.empty() || !part.exists)
      continue;
    auto isRight = [&](int64_t local, int64_t index) {
      double sum = 0;
      for (size_t rank : part.summands)
        sum += held[rank][local];
      return isClose(sum, reference[index]);
    };
    if (!forEachElement(part.ranges, isRight))
      return false;
  }
  return true;
}

/// The rows of an expert in an order of their own.
static std::vector<std::vector<double>> sortRows(const Tensor &tensor,
                                                 int64_t expert) {
  std::vector<std::vector<double>> rows;
  for (int64_t slot = 0, e = tensor.getDim(1); slot < e; ++slot) {
    const double *row = tensor.getRow(expert * e + slot);
    rows.emplace_back(row, row + tensor.getDim(2));
  }
  llvm::sort(rows);
  return rows;
}

/// The same as `holds`, but ranks fill their slots in an order of their own.
bool Judge::holdsSlots(RankedTensorType type, const Shards &held,
                       const Tensor &reference) {
  const Layout &layout = getLayout(type);
  if (!haveShape(layout, held))
    return false;
  Tensor sum(reference.getShape());
  std::vector<bool> known(sum.getNumElements());
  for (const Layout::Part &part : layout.parts) {
    if (part.summands.empty() || !part.exists)
      continue;
    auto place = [&](int64_t local, int64_t index) {
      double value = 0;
      for (size_t rank : part.summands)
        value += held[rank][local];
      bool isSame = !known[index] || sum[index] == value;
      sum[index] = value;
      known[index] = true;
      return isSame && !std::isnan(value);
    };
    if (!forEachElement(part.ranges, place))
      return false;
  }
  for (int64_t expert = 0, e = sum.getDim(0); expert < e; ++expert)
    for (auto [actual, expected] :
         llvm::zip_equal(sortRows(sum, expert), sortRows(reference, expert)))
      if (!llvm::all_of_zip(actual, expected, isClose))
        return false;
  return true;
}

/// Tokens are sharded, and there may be more of them than slots.
bool Judge::dropsMayDiffer() const {
  auto areSharded = [](Value value) {
    ShardedType type(cast<RankedTensorType>(value.getType()));
    return type.dims[0].isSharded() || type.dims[1].isSharded();
  };
  auto getTokens = [&](unsigned operand) {
    return whole[operand].getDim(0) * whole[operand].getDim(1);
  };
  if (auto dispatch = dyn_cast<DispatchOp>(op))
    return areSharded(dispatch.getX()) &&
           static_cast<int64_t>(dispatch.getCapacity()) < getTokens(0);
  if (auto combine = dyn_cast<CombineOp>(op))
    return areSharded(combine.getWeights()) &&
           whole[0].getDim(1) < getTokens(1);
  return false;
}

//===----------------------------------------------------------------------===//
// Types of results that would be right
//===----------------------------------------------------------------------===//

/// Local shapes of all ranks, as a key.
static std::string getSignature(const std::vector<Tensor> &shards) {
  std::string signature;
  for (const Tensor &shard : shards) {
    signature += shard.exists() ? '+' : '-';
    for (int64_t size : shard.getShape())
      signature += static_cast<char>(size);
  }
  return signature;
}

static std::string getSignature(const Layout &layout) {
  std::string signature;
  for (const Layout::Part &part : layout.parts) {
    signature += part.exists ? '+' : '-';
    if (part.exists)
      for (const ShardRange &range : part.ranges)
        signature += static_cast<char>(range.size);
  }
  return signature;
}

/// Some rank holds nothing but padding.
static bool hasIdleRanks(const Layout &layout) {
  return llvm::any_of(layout.parts, [](const Layout::Part &part) {
    return llvm::any_of(
        part.ranges, [](const ShardRange &range) { return range.valid == 0; });
  });
}

const std::vector<RankedTensorType> &
Judge::getCandidates(size_t result, const Shards &held, bool anyShape) {
  auto &bySignature = candidates[result];
  if (bySignature.empty()) {
    bySignature["all"] = {};
    SmallVector<CaseDim, 4> dims;
    for (int64_t size : references[result].getShape())
      dims.push_back({"", size, 1});
    Type elementType = unwrap(op->getResult(result).getType()).getElementType();
    for (RankedTensorType type :
         listPlacements(dims, elementType, ranks.getMesh(),
                        {/*roots=*/true, /*spareRemainders=*/false})) {
      if (hasIdleRanks(getLayout(type)))
        continue;
      bySignature[getSignature(getLayout(type))].push_back(type);
      bySignature["all"].push_back(type);
    }
  }
  return bySignature[anyShape ? "all" : getSignature(held)];
}

/// True if every result would be right by some type.
bool Judge::findResults() {
  auto find = [&](ArrayRef<Shards> results) {
    for (size_t i = 0, e = op->getNumResults(); i < e; ++i)
      if (llvm::none_of(getCandidates(i, results[i], /*anyShape=*/false),
                        [&](RankedTensorType type) {
                          return holds(type, results[i], references[i]);
                        }))
        return false;
    return true;
  };
  std::vector<Shards> results;
  auto tryType = [&](RankedTensorType type) {
    op->getResult(0).setType(type);
    return compute(results) && find(results);
  };
  ShardedType x(unwrap(op->getOperand(0).getType()));
  if (isa<DispatchOp>(op)) {
    // How many slots a rank has is what the type of the result says.
    std::vector<RankedTensorType> types =
        getCandidates(0, {}, /*anyShape=*/true);
    return llvm::any_of(types, [&](RankedTensorType type) {
      op->getResult(0).setType(type);
      if (!compute(results))
        return false;
      return ShardedType(type).dims[1].isSharded()
                 ? holdsSlots(type, results[0], references[0])
                 : holds(type, results[0], references[0]);
    });
  }
  if (isa<AllGatherOp, GatherOp>(op)) {
    // With padding, and without it.
    auto dim = cast<CollectiveOpInterface>(op).getCollectiveDims().front();
    ShardedType result({}, x.elementType);
    for (int64_t size : whole[0].getShape())
      result.addDim(size);
    if (x.dims[dim].getPad() != 0 && tryType(result.toType()))
      return true;
    result.shape[dim] = std::numeric_limits<int32_t>::max();
    return tryType(result.toType());
  }
  if (isa<ReduceScatterOp, SliceOp, ScatterOp>(op)) {
    auto collective = cast<CollectiveOpInterface>(op);
    SmallVector<StringAttr> axes;
    for (Attribute axis : collective.getCollectiveAxes())
      axes.push_back(cast<StringAttr>(axis));
    // Shares of what a rank holds, as the attributes say.
    auto dim = collective.getCollectiveDims().front();
    bool uneven = theCase.attributes.contains("uneven");
    auto pad = theCase.attributes.getAs<IntegerAttr>("pad");
    auto held = llvm::find_if(
        *operands[0], [](const Tensor &shard) { return shard.exists(); });
    int64_t size = held->getDim(dim) + (pad ? pad.getInt() : 0);
    if (!uneven && size % ranks.getMesh().getSize(axes) != 0)
      return false;
    ShardedType result(x.shape, x.elementType);
    result.setDim(dim, size,
                  DimShardingAttr::get(context, axes, /*pad=*/0, uneven));
    return tryType(result.toType());
  }
  if (isa<CollectiveOpInterface>(op))
    return tryType(ShardedType(x.shape, x.elementType).toType());
  return compute(results) && find(results);
}

//===----------------------------------------------------------------------===//
// The verdict
//===----------------------------------------------------------------------===//

bool Judge::liesOnMesh(RankedTensorType type) {
  auto [it, isNew] = onMesh.try_emplace(type, false);
  if (isNew)
    it->second = succeeded(verifyOnMesh(op, type, ranks.getMesh()));
  return it->second;
}

bool Judge::infer(SmallVectorImpl<RankedTensorType> &results,
                  std::optional<Location> loc) {
  SmallVector<Type> types;
  if (failed(inferTypes(op, loc, types)))
    return false;
  for (Type type : types) {
    results.push_back(unwrap(type));
    // The messages of the model are not kept: they are asked for again.
    if (loc)
      onMesh.erase(unwrap(type));
    if (!liesOnMesh(unwrap(type)))
      return false;
  }
  return succeeded(verifyHeadsOnMesh(op, ranks.getMesh()));
}

/// `C3 DAG508`, or what is the same for all ops.
std::string Judge::explainRefusal() {
  getLastError() = {};
  SmallVector<RankedTensorType> results;
  (void)infer(results, op->getLoc());
  bool isCollective = isa<CollectiveOpInterface>(op);
  for (Value operand : op->getOperands()) {
    RankedTensorType type = unwrap(operand.getType());
    if (!isCollective && !ShardedType(type).roots.empty())
      return "operand at a root -";
    if (hasIdleRanks(getLayout(type)))
      return "ranks with nothing but padding -";
  }
  // 'dag.linear' op (C3) expected ...
  StringRef message = getLastError().message;
  StringRef constraint = message.split('(').second.split(')').first;
  return (constraint + " " + getLastError().code).str();
}

Verdict Judge::judge(ArrayRef<RankedTensorType> operandTypes,
                     std::string &reason) {
  for (auto [argument, type] :
       llvm::zip_equal(block->getArguments(), operandTypes))
    argument.setType(wrap(op, type));
  SmallVector<RankedTensorType> types;
  bool isAccepted = infer(types, std::nullopt);
  if (!isDefined) {
    reason = "the op does not fit on one device";
    return isAccepted ? Verdict::Unsound : Verdict::RefusedWrong;
  }
  if (isAccepted && dropsMayDiffer())
    return Verdict::Assumed;
  collectOperands();
  if (!isAccepted) {
    if (!fits())
      return Verdict::CannotRun;
    if (!findResults())
      return Verdict::RefusedWrong;
    reason = explainRefusal();
    return Verdict::Conservative;
  }
  for (auto [result, type] : llvm::zip_equal(op->getResults(), types))
    result.setType(isa<SendOp>(op) ? Type(TransferType::get(context, type))
                                   : Type(type));
  std::vector<Shards> results;
  getLastError() = {};
  if (!fits() || !compute(results)) {
    reason = "the op cannot run on what ranks hold: " + getLastError().message;
    return Verdict::Unsound;
  }
  // Caches that are written stay where they are.
  if (auto interpretable = dyn_cast<InterpretOpInterface>(op))
    for (Value cache : interpretable.getWrittenCaches())
      types.push_back(cast<RankedTensorType>(cache.getType()));
  for (auto [i, type] : llvm::enumerate(types)) {
    bool areSlots =
        isa<DispatchOp>(op) && ShardedType(type).dims[1].isSharded();
    if (areSlots ? holdsSlots(type, results[i], references[i])
                 : holds(type, results[i], references[i]))
      continue;
    reason = ("result " + Twine(i) + " is not what its type says").str();
    return Verdict::Unsound;
  }
  return Verdict::Right;
}
