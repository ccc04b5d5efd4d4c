//===- ValueNumbering.cpp - What a model computes, by numbers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Equivalence/ValueNumbering.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;

ValueNumber ValueNumbering::make(uint32_t opcode,
                                 ArrayRef<ValueNumber> operands, Operation *op,
                                 uint32_t result) {
  ValueNumber number = table.getValue(opcode, operands, op, result);
  return callback ? callback(number, op) : number;
}

ValueNumber ValueNumbering::makeUpdate(ValueNumber cache, ValueNumber tokens,
                                       ValueNumber position, Operation *op) {
  uint32_t opcode = table.getOpcode(ValueOpcode::Op, "dag.kv_cache_update");
  ValueNumber number = make(opcode, {cache, tokens, position}, op);
  if (table.getNode(number).opcode == opcode)
    cache = table.getNode(number).operands.front();
  ValueNumber root = table.getCacheRoot(cache);
  table.setCacheRoot(number, root);
  writes[root].push_back({number, op});
  return number;
}

ValueNumber ValueNumbering::makeDropout(ValueNumber x, FloatAttr p,
                                        Operation *op) {
  if (!p || p.getValue().isZero())
    return x;
  doubtAt(op, "it draws random numbers");
  NamedAttribute attribute(StringAttr::get(op->getContext(), "p"), p);
  return make(table.getOpcode(ValueOpcode::Op, "dag.dropout", attribute), x,
              op);
}

void ValueNumbering::doubtAt(Operation *op, StringRef reason) {
  if (doubtful)
    return;
  doubtful = op;
  doubt = reason;
}

//===----------------------------------------------------------------------===//
// Slots of experts
//===----------------------------------------------------------------------===//

/// The axes of batch and sequence.
static Attribute getTokenAxes(Value value) {
  std::optional<ShardedType> type = ShardedType::get(value.getType());
  return ArrayAttr::get(value.getContext(), {type->dims[0], type->dims[1]});
}

/// Tokens in the slots of an expert are ordered rank by rank where they are
/// sharded. That is another order than that of the reference, and the same
/// function if nothing but experts sees it, and nothing is dropped.
void ValueNumbering::numberSlots(Operation *op,
                                 ArrayRef<ValueNumber> operands) {
  auto getSlots = [&](ValueNumber number) { return slots.lookup(number); };
  if (auto dispatch = dyn_cast<DispatchOp>(op)) {
    Attribute axes = getTokenAxes(dispatch.getX());
    Attribute &known = slots[get(dispatch.getResult())];
    if (known && known != axes)
      doubtAt(op, "it orders the slots of experts as no other does");
    known = axes;
    ShardedType type = *ShardedType::get(dispatch.getX().getType());
    if (!type.dims[0].isSharded() && !type.dims[1].isSharded())
      return;
    std::optional<int64_t> tokens = multiplySizes(type.shape[0], type.shape[1]);
    if (!tokens || ShapedType::isDynamic(*tokens) ||
        static_cast<int64_t>(dispatch.getCapacity()) < *tokens)
      doubtAt(op, "its ranks may drop other tokens than one device would");
    return;
  }
  if (auto combine = dyn_cast<CombineOp>(op)) {
    Attribute known = getSlots(operands[0]);
    if (known && known != getTokenAxes(combine.getWeights()))
      doubtAt(op, "it orders the slots of experts as no dispatch does");
    return;
  }
  const auto *it = llvm::find_if(operands, getSlots);
  if (it == operands.end())
    return;
  if (isa<ExpertOp>(op))
    slots[get(op->getResult(0))] = getSlots(*it);
  else if (!isa<StageOp, LayerOp, YieldOp>(op) &&
           (op->getNumResults() != 1 || get(op->getResult(0)) != *it))
    doubtAt(op, "it sees in which slots the tokens of experts are");
  return;
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// What stands behind queries, keys and values in both kinds of attention.
struct ValueNumbering::AttentionCore {
  Value wo, outBias, position, sinks;
  FloatAttr scale, softCap, alibi, dropout;
  MaskKindAttr mask;
  IntegerAttr window;
};

namespace {
/// Attributes of a part, those left out that are not given.
class PartAttributes {
public:
  explicit PartAttributes(MLIRContext *context) : context(context) {}
  PartAttributes &add(StringRef name, Attribute value) {
    if (value)
      attributes.push_back({StringAttr::get(context, name), value});
    return *this;
  }
  operator ArrayRef<NamedAttribute>() const { return attributes; }

private:
  MLIRContext *context;
  SmallVector<NamedAttribute> attributes;
};
} // namespace

ValueNumber ValueNumbering::numberCore(Operation *op, ValueNumber q,
                                       ValueNumber k, ValueNumber v,
                                       const AttentionCore &core) {
  MLIRContext *context = op->getContext();
  auto part = [&](StringRef name, ArrayRef<NamedAttribute> attributes,
                  ArrayRef<ValueNumber> operands) {
    return make(table.getOpcode(ValueOpcode::Op, name, attributes), operands,
                op);
  };
  using Attributes = PartAttributes;
  ValueNumber scores =
      part("dag.attention_scores", Attributes(context).add("scale", core.scale),
           {q, k});
  if (core.softCap)
    scores = part("dag.soft_cap", Attributes(context).add("cap", core.softCap),
                  scores);
  SmallVector<ValueNumber, 3> operands = {scores};
  int32_t segments[] = {1, core.position != nullptr, core.sinks != nullptr};
  if (core.position)
    operands.push_back(get(core.position));
  if (core.sinks)
    operands.push_back(get(core.sinks));
  ValueNumber weights =
      part("dag.attention_weights",
           Attributes(context)
               .add("mask", core.mask)
               .add("window", core.window)
               .add("alibi", core.alibi)
               .add("operandSegmentSizes",
                    DenseI32ArrayAttr::get(context, segments)),
           operands);
  weights = makeDropout(weights, core.dropout, op);
  ValueNumber sum = part("dag.attention_output", {}, {weights, v});
  ValueNumber result = part("dag.output_projection", {}, {sum, get(core.wo)});
  return core.outBias ? table.getBiased(result, get(core.outBias), op) : result;
}

ValueNumber ValueNumbering::numberAttention(AttentionOp op) {
  MLIRContext *context = op.getContext();
  SmallVector<ValueNumber, 7> operands = {get(op.getX()), get(op.getWq()),
                                          get(op.getWk()), get(op.getWv())};
  for (Value bias : op.getBiases())
    operands.push_back(get(bias));
  uint32_t projection =
      table.getOpcode(ValueOpcode::Op, "dag.qkv_projection",
                      PartAttributes(context)
                          .add("num_heads", op.getNumHeadsAttr())
                          .add("num_kv_heads", op.getNumKvHeadsAttr())
                          .add("head_dim", op.getHeadDimAttr()));
  ValueNumber q = make(projection, operands, op, 0);
  ValueNumber k = make(projection, operands, op, 1);
  ValueNumber v = make(projection, operands, op, 2);
  if (OperandRange norms = op.getNorms(); !norms.empty()) {
    uint32_t norm =
        table.getOpcode(ValueOpcode::Op, "dag.qk_norm",
                        PartAttributes(context)
                            .add("epsilon", op.getNormEpsilonAttr())
                            .add("unit_offset", op.getUnitOffsetAttr()));
    q = make(norm, {q, get(norms[0])}, op);
    k = make(norm, {k, get(norms[1])}, op);
  }
  if (op.getThetaAttr()) {
    uint32_t rotary = table.getOpcode(
        ValueOpcode::Op, "dag.rotary_embedding",
        PartAttributes(context)
            .add("theta", op.getThetaAttr())
            .add("rotary_dim", op.getRotaryDimAttr())
            .add("scaling", op.getScalingAttr())
            .add("offset", IntegerAttr::get(IntegerType::get(context, 64), 0))
            .add("interleaved", op.getInterleavedAttr()));
    SmallVector<ValueNumber, 1> position;
    if (op.getPosition())
      position.push_back(get(op.getPosition()));
    auto rotate = [&](ValueNumber x) {
      SmallVector<ValueNumber, 2> operands = {x};
      llvm::append_range(operands, position);
      return make(rotary, operands, op);
    };
    q = rotate(q);
    k = rotate(k);
  }
  if (OperandRange cache = op.getCache(); !cache.empty()) {
    k = makeUpdate(get(cache[0]), k, get(op.getPosition()), op);
    v = makeUpdate(get(cache[1]), v, get(op.getPosition()), op);
  }
  return numberCore(op, q, k, v,
                    {op.getWo(), op.getOutBias(), op.getPosition(),
                     op.getSinks(), op.getScaleAttr(), op.getSoftCapAttr(),
                     op.getAlibiAttr(), op.getDropoutAttr(), op.getMaskAttr(),
                     op.getWindowAttr()});
}

ValueNumber ValueNumbering::numberLatentAttention(LatentAttentionOp op) {
  MLIRContext *context = op.getContext();
  using Attributes = PartAttributes;
  auto opcode = [&](StringRef name, ArrayRef<NamedAttribute> attributes) {
    return table.getOpcode(ValueOpcode::Op, name, attributes);
  };
  auto linear = [&](Value x, Value weight) {
    return make(opcode("dag.linear", {}), {get(x), get(weight)}, op);
  };
  auto normalize = [&](ValueNumber x, Value weight) {
    return make(opcode("dag.rms_norm",
                       Attributes(context).add("epsilon", op.getEpsilonAttr())),
                {x, get(weight)}, op);
  };
  auto rotate = [&](ValueNumber x, IntegerAttr rotaryDim, int64_t offset) {
    SmallVector<ValueNumber, 2> operands = {x};
    if (op.getPosition())
      operands.push_back(get(op.getPosition()));
    auto offsetAttr = IntegerAttr::get(IntegerType::get(context, 64), offset);
    return make(opcode("dag.rotary_embedding",
                       Attributes(context)
                           .add("theta", op.getThetaAttr())
                           .add("rotary_dim", rotaryDim)
                           .add("scaling", op.getScalingAttr())
                           .add("offset", offsetAttr)
                           .add("interleaved", op.getInterleavedAttr())),
                operands, op);
  };

  ValueNumber qInput = get(op.getX());
  if (Value down = op.getWQDown())
    qInput = normalize(linear(op.getX(), down), op.getQNorm());
  ValueNumber both = linear(op.getX(), op.getWKvDown());
  // The latent comes first, then what all heads share.
  int64_t sizes[] = {
      cast<RankedTensorType>(op.getKvNorm().getType()).getDimSize(0),
      static_cast<int64_t>(op.getRopeDim())};
  uint32_t split = opcode(
      "dag.split",
      Attributes(context).add("sizes", DenseI64ArrayAttr::get(context, sizes)));
  ValueNumber latent = normalize(make(split, both, op, 0), op.getKvNorm());
  ValueNumber shared = rotate(make(split, both, op, 1), IntegerAttr(), 0);
  if (OperandRange cache = op.getCache(); !cache.empty()) {
    latent = makeUpdate(get(cache[0]), latent, get(op.getPosition()), op);
    shared = makeUpdate(get(cache[1]), shared, get(op.getPosition()), op);
  }
  uint32_t projection = opcode("dag.latent_qkv_projection",
                               Attributes(context)
                                   .add("num_heads", op.getNumHeadsAttr())
                                   .add("nope_dim", op.getNopeDimAttr())
                                   .add("rope_dim", op.getRopeDimAttr())
                                   .add("v_dim", op.getVDimAttr()));
  ValueNumber operands[] = {qInput, latent, shared, get(op.getWQ()),
                            get(op.getWKv())};
  ValueNumber q = make(projection, operands, op, 0);
  ValueNumber k = make(projection, operands, op, 1);
  ValueNumber v = make(projection, operands, op, 2);
  q = rotate(q, op.getRopeDimAttr(), op.getNopeDim());
  AttentionCore core;
  core.wo = op.getWo();
  core.position = op.getPosition();
  core.scale = op.getScaleAttr();
  core.dropout = op.getDropoutAttr();
  core.mask = MaskKindAttr::get(context, MaskKind::Causal);
  return numberCore(op, q, k, v, core);
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult ValueNumbering::number(Operation *op) {
  // An assert computes nothing, and what it alone looks at is not the model's.
  if (check::isCheck(op) || checked.contains(op))
    return success();
  MLIRContext *context = op->getContext();
  SmallVector<ValueNumber, 8> operands;
  for (Value operand : op->getOperands()) {
    auto it = numbers.find(operand);
    if (it == numbers.end()) {
      obstacle = op;
      return failure();
    }
    operands.push_back(it->second);
  }

  auto defineLeaf = [&](StringAttr name, Attribute checkpoint) {
    Type type = table.getGlobalType(op->getResult(0).getType());
    uint32_t opcode =
        table.getOpcode(ValueOpcode::Leaf, op->getName().getStringRef(),
                        PartAttributes(context)
                            .add("name", name)
                            .add("checkpoint", checkpoint)
                            .add("type", TypeAttr::get(type)));
    define(op->getResult(0), make(opcode, {}, op));
    return success();
  };
  // A bias is a summand of its own.
  auto defineBiased = [&](StringRef name) {
    ValueNumber number = make(table.getOpcode(ValueOpcode::Op, name),
                              {operands[0], operands[1]}, op);
    if (operands.size() == 3)
      number = table.getBiased(number, operands[2], op);
    define(op->getResult(0), number);
    return success();
  };
  auto defineFirst = [&](ValueNumber number) {
    define(op->getResult(0), number);
    return success();
  };

  LogicalResult result =
      TypeSwitch<Operation *, LogicalResult>(op)
          .Case<ParameterOp>([&](ParameterOp op) {
            return defineLeaf(op.getNameAttr(), op.getCheckpointAttr());
          })
          .Case<InputOp, KvCacheOp>(
              [&](auto op) { return defineLeaf(op.getNameAttr(), {}); })
          .Case<OutputOp>([&](OutputOp op) {
            outputs[op.getNameAttr()].push_back({operands[0], op});
            return success();
          })
          .Case<StageOp, LayerOp>([&](auto region) {
            Block &body = region.getBody().front();
            for (auto [argument, number] :
                 llvm::zip_equal(body.getArguments(), operands))
              define(argument, number);
            if (failed(this->number(body)))
              return failure();
            for (auto [result, value] : llvm::zip_equal(
                     op->getResults(), body.getTerminator()->getOperands()))
              define(result, get(value));
            return success();
          })
          .Case<MeshOp, CommBufferOp, ScheduleOp, YieldOp>(
              [](auto) { return success(); })
          // Of this dialect only: an interface promises less than these ops do.
          .Case<AllReduceOp, AllGatherOp, ReduceScatterOp, SliceOp, AllToAllOp,
                BroadcastOp, ScatterOp, GatherOp, SendOp, RecvOp>(
              [&](auto) { return defineFirst(operands[0]); })
          .Case<DropoutOp>([&](DropoutOp op) {
            return defineFirst(makeDropout(operands[0], op.getPAttr(), op));
          })
          .Case<AddOp>(
              [&](AddOp op) { return defineFirst(table.getSum(operands, op)); })
          .Case<BiasAddOp>([&](BiasAddOp op) {
            return defineFirst(table.getBiased(operands[0], operands[1], op));
          })
          .Case<ScaleOp>([&](ScaleOp op) {
            if (op.getFactor().convertToDouble() == 1.0)
              return defineFirst(operands[0]);
            ValueNumber number =
                table.getScaled(table.getOpcodeOf(op), operands[0], op);
            if (callback && !table.isSum(number))
              number = callback(number, op);
            return defineFirst(number);
          })
          .Case<LinearOp>([&](auto) { return defineBiased("dag.linear"); })
          .Case<OutputProjectionOp>(
              [&](auto) { return defineBiased("dag.output_projection"); })
          .Case<MultiplyOp>([&](MultiplyOp op) {
            llvm::sort(operands);
            return defineFirst(make(table.getOpcodeOf(op), operands, op));
          })
          .Case<KvCacheUpdateOp>([&](auto) {
            return defineFirst(
                makeUpdate(operands[0], operands[1], operands[2], op));
          })
          .Case<AttentionOp>(
              [&](AttentionOp op) { return defineFirst(numberAttention(op)); })
          .Case<LatentAttentionOp>([&](LatentAttentionOp op) {
            return defineFirst(numberLatentAttention(op));
          })
          .Default([&](Operation *op) {
            // Another dialect's op has to be a function of its operands.
            if (op->getNumRegions() != 0 || !isMemoryEffectFree(op)) {
              obstacle = op;
              return failure();
            }
            uint32_t opcode = table.getOpcodeOf(op);
            for (OpResult result : op->getResults())
              define(result,
                     make(opcode, operands, op, result.getResultNumber()));
            return success();
          });
  if (succeeded(result) && (!slots.empty() || isa<DispatchOp>(op)))
    numberSlots(op, operands);
  return result;
}

LogicalResult ValueNumbering::number(Block &block) {
  for (Operation &op : block)
    if (failed(number(&op)))
      return failure();
  return success();
}

LogicalResult ValueNumbering::run(ModelOp model) {
  checked = check::findChecked(model);
  // Stages hold layers, and layers hold ops: the depth is bounded.
  return number(model.getBody().front());
}
