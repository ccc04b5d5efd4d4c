//===- LocalizeOps.cpp - Ops of a plan as ops of a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Most ops are the same op on shards. Those that have to know where their shard
// lies get it as an operand, and figures that count what is split are made
// local. docs/Rationale/RankPrograms.md has the rules.
//
//===----------------------------------------------------------------------===//

#include "LocalizeOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;

Localizer::Localizer(ProgramParts &parts, FunctionOp function,
                     SmallVector<int64_t, 4> coordinates,
                     const DenseMap<int64_t, StageOp> &stages)
    : parts(parts), mesh(parts.getMesh()), coordinates(std::move(coordinates)),
      stages(stages), function(function),
      builder(OpBuilder::atBlockEnd(&function.getBody().front())) {}

//===----------------------------------------------------------------------===//
// Shards
//===----------------------------------------------------------------------===//

DimShardingAttr Localizer::getSplit(Value value, unsigned dim) const {
  return ShardedType(getType(value)).dims[dim];
}

RankedTensorType Localizer::getLocalType(Type type) const {
  auto tensor = cast<RankedTensorType>(type);
  return RankedTensorType::get(getLocalShape(tensor, mesh, coordinates),
                               tensor.getElementType());
}

Value Localizer::getOffset(Location loc, int64_t size, DimShardingAttr split,
                           RankedTensorType type) {
  if (!type)
    type = RankedTensorType::get({}, builder.getI32Type());
  return ShardOffsetOp::create(builder, loc, type, size, split);
}

Value Localizer::getPosition(Location loc, Value position, Value tokens,
                             unsigned dim) {
  Value local = position ? get(position) : Value();
  DimShardingAttr split = getSplit(tokens, dim);
  if (!split.isSharded())
    return local;
  Value offset = getOffset(loc, getType(tokens).getDimSize(dim), split,
                           local ? getType(local) : RankedTensorType());
  if (!local)
    return offset;
  return AddOp::create(builder, loc, local, offset, /*role=*/RoleAttr());
}

Value Localizer::slice(Value x, int64_t dim, Value offset, int64_t size) {
  return DynamicSliceOp::create(builder, x.getLoc(), x, offset, dim, size);
}

Value Localizer::pad(Value x, int64_t dim, std::optional<uint64_t> amount) {
  if (!amount)
    return x;
  return PadOp::create(builder, x.getLoc(), x, dim, *amount);
}

FailureOr<Value> Localizer::getUsedHeads(Operation *op, Value heads,
                                         unsigned headDim, Value kv) {
  constexpr unsigned kKvDim = 2;
  Value local = get(kv);
  DimShardingAttr split = getSplit(heads, headDim);
  size_t shared = getSplit(kv, kKvDim).getAxes().size();
  if (split.getAxes().size() == shared)
    return local;
  // Heads are split further than KV heads: the rank's heads use some of them.
  int64_t group =
      getType(heads).getDimSize(headDim) / getType(kv).getDimSize(kKvDim);
  int64_t numHeads = getLocalType(heads.getType()).getDimSize(headDim);
  int64_t numKvHeads = getType(local).getDimSize(kKvDim);
  if (numKvHeads == 1)
    return local;
  if (numHeads % group != 0)
    return op->emitError()
           << "expected the heads of a rank to use whole groups of " << group
           << " heads, one for each KV head, but got " << numHeads
           << " heads on a rank with " << numKvHeads << " KV heads";
  auto rest = DimShardingAttr::get(op->getContext(),
                                   split.getAxes().drop_front(shared));
  Value offset = getOffset(op->getLoc(), numKvHeads, rest);
  return slice(local, kKvDim, offset, numHeads / group);
}

//===----------------------------------------------------------------------===//
// Borders
//===----------------------------------------------------------------------===//

LogicalResult Localizer::addBorder(Operation *op) {
  Operation *copy = builder.clone(*op);
  for (auto [before, after] :
       llvm::zip_equal(op->getResults(), copy->getResults()))
    mapping.map(before, ToLocalOp::create(builder, op->getLoc(),
                                          getLocalType(after.getType()), after)
                            .getResult());
  return success();
}

LogicalResult Localizer::addOutput(OutputOp output, Value value) {
  Value whole = FromLocalOp::create(builder, output.getLoc(), value.getType(),
                                    get(value));
  auto copy = cast<OutputOp>(builder.clone(*output));
  copy.getValueMutable().assign(whole);
  return success();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

Operation *Localizer::clone(Operation *op) {
  Operation *copy = builder.clone(*op, mapping);
  for (Value result : copy->getResults())
    result.setType(getLocalType(result.getType()));
  return copy;
}

LogicalResult Localizer::localizeLayer(LayerOp op) {
  SmallVector<Type> types;
  SmallVector<Value> operands;
  for (Type type : op.getResultTypes())
    types.push_back(getLocalType(type));
  for (Value operand : op->getOperands())
    operands.push_back(get(operand));
  auto layer =
      LayerOp::create(builder, op.getLoc(), types, op.getIndex(), operands);
  layer->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  Block &block = layer.getBody().emplaceBlock();
  for (BlockArgument argument : op.getBody().getArguments())
    mapping.map(argument, block.addArgument(getLocalType(argument.getType()),
                                            argument.getLoc()));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&block);
  if (failed(run(op.getBody().front())))
    return failure();
  builder.clone(*op.getBody().front().getTerminator(), mapping);
  mapping.map(op->getResults(), layer->getResults());
  return success();
}

LogicalResult Localizer::localizeRotary(RotaryEmbeddingOp op) {
  constexpr unsigned kTokens = 1;
  if (getSplit(op.getX(), kTokens).isSharded())
    if (DictionaryAttr scaling = op.getScalingAttr())
      for (StringRef key : {"rope_type", "type"}) {
        auto kind = scaling.getAs<StringAttr>(key);
        if (kind &&
            llvm::is_contained({"dynamic", "longrope"}, kind.getValue()))
          return op.emitError() << "expected all tokens for a rotation that is "
                                   "scaled by their "
                                   "number ('"
                                << kind.getValue() << "'), but they are split";
      }
  Value position =
      getPosition(op.getLoc(), op.getPosition(), op.getX(), kTokens);
  auto copy = cast<RotaryEmbeddingOp>(clone(op));
  copy.getPositionMutable().assign(position ? ValueRange(position)
                                            : ValueRange());
  return success();
}

LogicalResult Localizer::localizeWeights(AttentionWeightsOp op) {
  constexpr unsigned kHeads = 1, kQueries = 2;
  Value position =
      getPosition(op.getLoc(), op.getPosition(), op.getScores(), kQueries);
  Value scores = get(op.getScores());
  FloatAttr alibi = op.getAlibiAttr();
  DimShardingAttr split = getSplit(op.getScores(), kHeads);
  // The slope of a head depends on its number among all of them.
  if (alibi && split.isSharded()) {
    int64_t heads = getType(op.getScores()).getDimSize(kHeads);
    Value offset = getOffset(op.getLoc(), heads, split);
    scores = AlibiOp::create(builder, op.getLoc(), scores, position, offset,
                             builder.getI64IntegerAttr(heads - split.getPad()),
                             alibi);
    alibi = FloatAttr();
  }
  auto weights =
      AttentionWeightsOp::create(builder, op.getLoc(), scores, position,
                                 op.getSinks() ? get(op.getSinks()) : Value(),
                                 op.getMask(), op.getWindowAttr(), alibi);
  weights->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  mapping.map(op.getResult(), weights.getResult());
  return success();
}

/// The composite types as its parts do where every rank has all tokens.
LogicalResult Localizer::localizeMoe(MoeOp op) {
  Location loc = op.getLoc();
  Value x = get(op.getX());
  ShardedType tokens(getType(op.getX()));
  for (unsigned dim = 0; dim < 2; ++dim)
    if (tokens.dims[dim].isRagged())
      return op.emitError() << "expected tokens to divide over the ranks, but "
                               "dimension "
                            << dim << " is padded or uneven";
  auto router = RouterOp::create(
      builder, loc, x, get(op.getWRouter()), /*bias=*/Value(),
      /*correction=*/Value(), op.getTopKAttr(), op.getScoringAttr(),
      op.getNormalizeAttr(), /*scale=*/FloatAttr(), /*groups=*/IntegerAttr(),
      /*top_groups=*/IntegerAttr(), /*group_top=*/IntegerAttr());
  DimShardingAttr split = getSplit(op.getWGate(), 0);
  int64_t experts = getType(op.getWGate()).getDimSize(0);
  Value slots = DispatchOp::create(builder, loc, x, router.getIndices(),
                                   experts - split.getPad(), op.getCapacity());
  Value offset;
  if (split.isSharded()) {
    offset = getOffset(loc, experts, split);
    slots = pad(slots, 0,
                split.getPad() ? std::optional(split.getPad()) : std::nullopt);
    slots = slice(slots, 0, offset, getType(get(op.getWGate())).getDimSize(0));
  }
  Value y = ExpertOp::create(builder, loc, op.getActivation(), slots,
                             get(op.getWGate()), get(op.getWUp()),
                             get(op.getWDown()), /*biases=*/ValueRange(),
                             /*alpha=*/FloatAttr(), /*limit=*/FloatAttr(),
                             /*up_offset=*/FloatAttr());
  Value result;
  if (offset)
    result = ExpertParallelCombineOp::create(
        builder, loc, y, router.getWeights(), router.getIndices(), offset);
  else
    result = CombineOp::create(builder, loc, y, router.getWeights(),
                               router.getIndices());
  mapping.map(op.getResult(), result);
  return success();
}

LogicalResult Localizer::localize(Operation *op) {
  Location loc = op->getLoc();
  auto setNumber = [&](Operation *copy, StringRef name, int64_t number) {
    copy->setAttr(name, builder.getI64IntegerAttr(number));
  };
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<ParameterOp, InputOp, KvCacheOp>(
          [&](Operation *border) { return addBorder(border); })
      .Case(
          [&](OutputOp output) { return addOutput(output, output.getValue()); })
      .Case([&](LayerOp layer) { return localizeLayer(layer); })
      .Case([&](EmbeddingOp embedding) {
        DimShardingAttr rows = getSplit(embedding.getTable(), 0);
        if (!rows.isSharded()) {
          clone(op);
          return success();
        }
        Value offset =
            getOffset(loc, getType(embedding.getTable()).getDimSize(0), rows);
        mapping.map(op->getResult(0), VocabParallelEmbeddingOp::create(
                                          builder, loc, get(embedding.getIds()),
                                          get(embedding.getTable()), offset)
                                          .getResult());
        return success();
      })
      .Case([&](PositionEmbeddingOp embedding) {
        Value position = getPosition(loc, embedding.getPosition(),
                                     embedding.getIds(), /*dim=*/1);
        auto copy = cast<PositionEmbeddingOp>(clone(op));
        copy.getPositionMutable().assign(position ? ValueRange(position)
                                                  : ValueRange());
        return success();
      })
      .Case([&](RotaryEmbeddingOp rotary) { return localizeRotary(rotary); })
      .Case([&](QkvProjectionOp qkv) {
        Operation *copy = clone(op);
        setNumber(copy, "num_heads", getType(copy->getResult(0)).getDimSize(2));
        setNumber(copy, "num_kv_heads",
                  getType(copy->getResult(1)).getDimSize(2));
        return success();
      })
      .Case([&](LatentQkvProjectionOp qkv) {
        Operation *copy = clone(op);
        setNumber(copy, "num_heads", getType(copy->getResult(0)).getDimSize(2));
        return success();
      })
      .Case([&](AttentionScoresOp scores) -> LogicalResult {
        FailureOr<Value> k = getUsedHeads(op, scores.getQ(), 2, scores.getK());
        if (failed(k))
          return failure();
        cast<AttentionScoresOp>(clone(op)).getKMutable().assign(*k);
        return success();
      })
      .Case(
          [&](AttentionWeightsOp weights) { return localizeWeights(weights); })
      .Case([&](AttentionOutputOp output) -> LogicalResult {
        FailureOr<Value> v =
            getUsedHeads(op, output.getWeights(), 1, output.getV());
        if (failed(v))
          return failure();
        cast<AttentionOutputOp>(clone(op)).getVMutable().assign(*v);
        return success();
      })
      .Case([&](DispatchOp dispatch) {
        Operation *copy = clone(op);
        setNumber(copy, "capacity", getType(copy->getResult(0)).getDimSize(1));
        return success();
      })
      .Case([&](CombineOp combine) {
        DimShardingAttr split = getSplit(combine.getY(), 0);
        if (!split.isSharded()) {
          clone(op);
          return success();
        }
        Value offset =
            getOffset(loc, getType(combine.getY()).getDimSize(0), split);
        mapping.map(op->getResult(0), ExpertParallelCombineOp::create(
                                          builder, loc, get(combine.getY()),
                                          get(combine.getWeights()),
                                          get(combine.getIndices()), offset)
                                          .getResult());
        return success();
      })
      .Case([&](MoeOp moe) { return localizeMoe(moe); })
      .Case([&](CollectiveOpInterface collective) {
        return localizeCollective(collective);
      })
      .Case([&](TransferOpInterface transfer) {
        return localizeTransfer(transfer);
      })
      .Default([&](Operation *other) -> LogicalResult {
        if (other->hasTrait<OpTrait::ConstantLike>())
          return addBorder(other);
        if (!other->hasTrait<RankPhase>())
          return other->emitError()
                 << "expected an op that a rank can run on shards, but got '"
                 << other->getName() << "'";
        clone(other);
        return success();
      });
}

/// What a rank can hold: tensors of static shape. Transfers are between stages.
static LogicalResult checkValues(Operation &op) {
  for (Type type : op.getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && !tensor.hasStaticShape())
      return op.emitError() << "expected static sizes, but got " << type;
    if (!tensor && !(isa<SendOp>(op) && isa<TransferType>(type)))
      return op.emitError() << "expected tensors, but got " << type;
  }
  for (Value operand : op.getOperands())
    if (isa<TransferType>(operand.getType()) && !isa<RecvOp>(op))
      return op.emitError() << "expected a 'dag.recv' to take a transfer, but "
                               "got '"
                            << op.getName() << "'";
  return success();
}

LogicalResult Localizer::run(Block &block) {
  for (Operation &op : block) {
    if (isa<YieldOp>(op))
      break;
    if (failed(checkValues(op)))
      return failure();
    for (Value operand : op.getOperands())
      if (!isa<RecvOp>(op) && !mapping.contains(operand))
        return op.emitError("expected operands that are computed in the stage");
    if (failed(localize(&op)))
      return failure();
  }
  return success();
}
