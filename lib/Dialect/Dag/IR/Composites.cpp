//===- Composites.cpp - Composites into their parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Composites.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

#include <array>

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Builds the parts of a composite, one after the other. After a failure, which
/// was reported, all values are null.
class PartMaker {
public:
  using Part = Value;
  using Pair = std::pair<Value, Value>;
  using Triple = std::array<Value, 3>;

  PartMaker(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  MLIRContext *getContext() const { return builder.getContext(); }
  bool hasFailed() const { return isFailed; }

  Value take(StringRef, Value value, StringRef) { return value; }

  //===--- attention ----------------------------------------------------===//

  Triple projectQkv(StringRef, Value x, ArrayRef<Value> weights,
                    ValueRange biases, std::array<IntegerAttr, 3> figures) {
    QkvProjectionOp::Properties properties;
    std::tie(properties.num_heads, properties.num_kv_heads,
             properties.head_dim) =
        std::tie(figures[0], figures[1], figures[2]);
    SmallVector<Value, 7> operands = {x};
    llvm::append_range(operands, weights);
    llvm::append_range(operands, biases);
    return getTriple(make<QkvProjectionOp>(operands, properties));
  }

  Triple projectLatent(StringRef, Value qInput, Value latent, Value shared,
                       Value wq, Value wkv, std::array<IntegerAttr, 4> figures,
                       bool isAbsorbed) {
    Value operands[] = {qInput, latent, shared, wq, wkv};
    return isAbsorbed ? projectWith<AbsorbedQkvProjectionOp>(operands, figures)
                      : projectWith<LatentQkvProjectionOp>(operands, figures);
  }

  Value absorbValues(StringRef, Value x, Value wkv, IntegerAttr nopeDim,
                     IntegerAttr vDim) {
    AbsorbedValuesOp::Properties properties;
    properties.nope_dim = nopeDim;
    properties.v_dim = vDim;
    return getOne(make<AbsorbedValuesOp>({x, wkv}, properties));
  }

  Value normalizeHeads(StringRef, Value x, Value weight, FloatAttr epsilon,
                       UnitAttr unitOffset) {
    QkNormOp::Properties properties;
    properties.epsilon = epsilon;
    properties.unit_offset = unitOffset;
    return getOne(make<QkNormOp>({x, weight}, properties));
  }

  Value rotate(StringRef, Value x, Value position,
               const RotationAttrs &rotation) {
    RotaryEmbeddingOp::Properties properties;
    properties.theta = rotation.theta;
    properties.rotary_dim = rotation.rotaryDim;
    properties.scaling = rotation.scaling;
    properties.offset = builder.getI64IntegerAttr(rotation.offset);
    properties.interleaved = rotation.interleaved;
    return getOne(make<RotaryEmbeddingOp>(getGiven({x, position}), properties));
  }

  /// The tokens of each sequence with the new ones.
  Value updateCache(StringRef, Value cache, Value tokens, Value position,
                    Value pages) {
    Value updated = getOne(
        make<KvCacheUpdateOp>(getGiven({cache, tokens, position, pages}), {}));
    if (updated && pages)
      updated = getOne(make<KvCacheGatherOp>({updated, pages}, {}));
    if (!updated)
      return {};
    Type type = getElementTypeOrSelf(tokens.getType());
    if (getElementTypeOrSelf(updated.getType()) == type)
      return updated;
    DequantizeOp::Properties properties;
    properties.to = TypeAttr::get(type);
    properties.operandSegmentSizes = {1, 0, 0};
    return getOne(make<DequantizeOp>(updated, properties));
  }

  Value scores(StringRef, Value q, Value k, FloatAttr scale) {
    AttentionScoresOp::Properties properties;
    properties.scale = scale;
    return getOne(make<AttentionScoresOp>({q, k}, properties));
  }

  Value softCap(StringRef, Value x, FloatAttr cap) {
    SoftCapOp::Properties properties;
    properties.cap = cap;
    return getOne(make<SoftCapOp>(x, properties));
  }

  Value weights(StringRef, Value scores, Value position, Value sinks,
                MaskKind mask, IntegerAttr window, FloatAttr alibi) {
    AttentionWeightsOp::Properties properties;
    properties.mask = MaskKindAttr::get(getContext(), mask);
    properties.window = window;
    properties.alibi = alibi;
    properties.operandSegmentSizes = {1, position != nullptr, sinks != nullptr};
    return getOne(make<AttentionWeightsOp>(getGiven({scores, position, sinks}),
                                           properties));
  }

  /// A plain zero where the composite does not say.
  Value dropout(StringRef, Value x, FloatAttr p) {
    DropoutOp::Properties properties;
    properties.p = p ? p : builder.getF64FloatAttr(0.0);
    return getOne(make<DropoutOp>(x, properties));
  }

  Value output(StringRef, Value weights, Value v) {
    return getOne(make<AttentionOutputOp>({weights, v}, {}));
  }

  Value projectBack(StringRef, Value x, Value weight, Value bias) {
    return getOne(make<OutputProjectionOp>(getGiven({x, weight, bias}), {}));
  }

  //===--- latent attention ---------------------------------------------===//

  Value linear(StringRef, Value x, Value weight, RoleAttr role,
               std::pair<StringRef, StringRef>) {
    LinearOp::Properties properties;
    properties.role = role;
    return getOne(make<LinearOp>({x, weight}, properties));
  }

  Value normalize(StringRef, Value x, Value weight, FloatAttr epsilon,
                  StringRef) {
    RmsNormOp::Properties properties;
    properties.epsilon = epsilon;
    return getOne(make<RmsNormOp>({x, weight}, properties));
  }

  /// All but the last `size` elements of the last dimension, and these.
  Pair splitOff(StringRef, Value x, int64_t size,
                std::pair<StringRef, StringRef>) {
    if (isFailed)
      return {};
    SplitOp::Properties properties;
    int64_t all = cast<RankedTensorType>(x.getType()).getShape().back();
    properties.sizes = builder.getDenseI64ArrayAttr({all - size, size});
    return getPair(make<SplitOp>(x, properties));
  }

  //===--- mixture of experts -------------------------------------------===//

  Pair route(StringRef, Value x, Value weight, IntegerAttr topK,
             ScoringKindAttr scoring, UnitAttr normalize) {
    RouterOp::Properties properties;
    properties.top_k = topK;
    properties.scoring = scoring;
    properties.normalize = normalize;
    properties.operandSegmentSizes = {1, 1, 0, 0};
    return getPair(make<RouterOp>({x, weight}, properties));
  }

  /// Slots for as many experts as `experts` has, padding aside.
  Value dispatch(StringRef, Value x, Value indices, Value experts,
                 IntegerAttr capacity) {
    ShardedType type(cast<RankedTensorType>(experts.getType()));
    DispatchOp::Properties properties;
    properties.num_experts =
        builder.getI64IntegerAttr(type.shape[0] - type.dims[0].getPad());
    properties.capacity = capacity;
    return getOne(make<DispatchOp>({x, indices}, properties));
  }

  /// The first dimension, sharded as that of `experts`.
  Value sliceExperts(StringRef, Value x, Value experts) {
    ShardedType type(cast<RankedTensorType>(experts.getType()));
    DimShardingAttr sharding = type.dims[0];
    if (!sharding.isSharded())
      return x;
    SmallVector<StringRef, 2> axes;
    for (StringAttr axis : sharding.getAxes())
      axes.push_back(axis.getValue());
    SliceOp::Properties properties;
    properties.dim = builder.getI64IntegerAttr(0);
    properties.axes = builder.getStrArrayAttr(axes);
    if (sharding.getPad() != 0)
      properties.pad = builder.getI64IntegerAttr(sharding.getPad());
    if (sharding.getUneven())
      properties.uneven = builder.getUnitAttr();
    return getOne(make<SliceOp>(x, properties));
  }

  Value runExperts(StringRef, Value x, Value gate, Value up, Value down,
                   ActivationKindAttr activation) {
    ExpertOp::Properties properties;
    properties.activation = activation;
    return getOne(make<ExpertOp>({x, gate, up, down}, properties));
  }

  Value combine(StringRef, Value y, Value weights, Value indices) {
    return getOne(make<CombineOp>({y, weights, indices}, {}));
  }

private:
  template <typename OpT>
  Triple projectWith(ValueRange operands,
                     const std::array<IntegerAttr, 4> &figures) {
    typename OpT::Properties properties;
    std::tie(properties.num_heads, properties.nope_dim, properties.rope_dim,
             properties.v_dim) =
        std::tie(figures[0], figures[1], figures[2], figures[3]);
    return getTriple(make<OpT>(operands, properties));
  }

  /// Builds an op whose types follow from its operands, or reports why not:
  /// builders of ops take it for granted.
  template <typename OpT>
  OpT make(ValueRange operands, typename OpT::Properties properties) {
    SmallVector<Type, 3> types;
    if (isFailed || failed(OpT::inferReturnTypes(getContext(), loc, operands,
                                                 builder.getDictionaryAttr({}),
                                                 OpaqueProperties(&properties),
                                                 /*regions=*/{}, types))) {
      isFailed = true;
      return {};
    }
    return OpT::create(builder, loc, types, operands, properties);
  }

  static SmallVector<Value, 3> getGiven(ArrayRef<Value> values) {
    return llvm::filter_to_vector<3>(values, [](Value value) { return value; });
  }
  static Value getOne(Operation *op) {
    return op ? Value(op->getResult(0)) : Value();
  }
  static Pair getPair(Operation *op) {
    return op ? Pair(op->getResult(0), op->getResult(1)) : Pair();
  }
  static Triple getTriple(Operation *op) {
    return op ? Triple{op->getResult(0), op->getResult(1), op->getResult(2)}
              : Triple();
  }

  OpBuilder &builder;
  Location loc;
  bool isFailed = false;
};
} // namespace

static FailureOr<SmallVector<Value>> finish(const PartMaker &parts,
                                            Value result) {
  if (parts.hasFailed())
    return failure();
  return SmallVector<Value>{result};
}

FailureOr<SmallVector<Value>> AttentionOp::decompose(OpBuilder &builder) {
  PartMaker parts(builder, getLoc());
  return finish(parts, tellAttention(parts, *this));
}

FailureOr<SmallVector<Value>> LatentAttentionOp::decompose(OpBuilder &builder) {
  PartMaker parts(builder, getLoc());
  return finish(parts, tellLatentAttention(parts, *this));
}

FailureOr<SmallVector<Value>> MoeOp::decompose(OpBuilder &builder) {
  PartMaker parts(builder, getLoc());
  return finish(parts, tellMoe(parts, *this));
}
