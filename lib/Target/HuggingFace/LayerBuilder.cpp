//===- LayerBuilder.cpp - Ops of a layer from a description -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerBuilder.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

std::string huggingface::getLayerPrefix(const Description &d, int64_t index) {
  auto [before, after] = d.architecture->names.layer.split('#');
  return (d.namePrefix + before + Twine(index) + after).str();
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

Value BlockBuilder::parameter(const Twine &name, ArrayRef<int64_t> shape,
                              CheckpointAttr checkpoint, Type elementType) {
  if (elementType)
    return stored(name, shape, elementType, checkpoint);
  Value x = stored(name, shape, d.weightType, checkpoint);
  return d.weightType == d.elementType ? x : dequantize(x);
}

Value BlockBuilder::stored(const Twine &name, ArrayRef<int64_t> shape,
                           Type elementType, CheckpointAttr checkpoint) {
  return ParameterOp::create(builder, RankedTensorType::get(shape, elementType),
                             (prefix + name).str(), checkpoint);
}

Value BlockBuilder::dequantize(Value x, Value scale, Value zero,
                               ArrayRef<int64_t> block, Type to) {
  return DequantizeOp::create(builder, x, scale, zero,
                              scale ? builder.getDenseI64ArrayAttr(block)
                                    : DenseI64ArrayAttr(),
                              TypeAttr::get(to ? to : d.elementType));
}

Value BlockBuilder::norm(Value x, StringRef name, std::optional<Role> as) {
  RoleAttr role = as ? this->role(*as) : RoleAttr();
  Value weight = parameter(name + ".weight", {d.hidden});
  if (row.norm == NormKind::Rms)
    return RmsNormOp::create(builder, x, weight, APFloat(d.epsilon),
                             row.unitOffset, role);
  Value bias = row.normBias ? parameter(name + ".bias", {d.hidden}) : Value();
  return LayerNormOp::create(builder, x, weight, bias, APFloat(d.epsilon),
                             role);
}

/// Weights, scales or zeros of a matrix: one for each block.
Value BlockBuilder::storedPart(const Matrix &matrix, const StoredPart &part,
                               const Storage &storage, int64_t blockRows,
                               int64_t blockColumns) {
  const Part &rows = matrix.part;
  auto divide = [](int64_t size, int64_t block) {
    return block == 0 ? 1 : size / block + (size % block != 0);
  };
  int64_t columns = divide(matrix.columns, blockColumns);
  int64_t numRows = divide(matrix.getRows(), blockRows);
  // What is stored, and the part of it that this is.
  SmallVector<int64_t, 4> shape = {numRows, columns}, view, offsets, sizes;
  if (matrix.second && blockRows != 0) {
    view = {numRows, 2, columns};
    offsets = {0, *matrix.second, 0};
    sizes = {numRows, 1, columns};
  } else if (blockRows != 0 && rows.rows != rows.groupRows) {
    view = {rows.groups, rows.groupRows / blockRows, columns};
    offsets = {0, rows.offset / blockRows, 0};
    sizes = {rows.groups, rows.rows / blockRows, columns};
  } else if (blockColumns == 0 || part.isBlocked) {
    // Some write a vector for one column, or a number for one element.
    view = sizes = {numRows, columns};
    offsets = {0, 0};
  }
  bool isStacked = rows.module.contains("{}");
  if (matrix.experts) {
    shape.insert(shape.begin(), *matrix.experts);
    if (!view.empty()) {
      view.insert(view.begin(), *matrix.experts);
      offsets.insert(offsets.begin(), 0);
      sizes.insert(sizes.begin(), *matrix.experts);
    }
  }
  CheckpointAttr checkpoint;
  bool isTransposed =
      storage.isTransposed || (row.transposed && !matrix.isHead);
  if (part.packing != Packing::None || isStacked || isTransposed ||
      !view.empty())
    checkpoint =
        CheckpointAttr::get(builder.getContext(), part.packing, isStacked,
                            isTransposed, view, offsets, sizes);
  // Of tensors without a name of their own the last word goes on.
  StringRef separator = part.suffix.starts_with("_") ? "" : ".";
  return stored(rows.module + separator + part.suffix, shape, part.type,
                checkpoint);
}

Value BlockBuilder::quantizedWeight(const Matrix &matrix,
                                    const Storage &storage) {
  int64_t blockRows = storage.blockRows, blockColumns = storage.blockColumns;
  Value weight = storedPart(matrix, storage.weight, storage, 1, 1);
  Value scale =
      storedPart(matrix, storage.scale, storage, blockRows, blockColumns);
  auto withExperts = [&](int64_t rows, int64_t columns) {
    SmallVector<int64_t, 3> block = {rows == 0 ? matrix.getRows() : rows,
                                     columns == 0 ? matrix.columns : columns};
    if (matrix.experts)
      block.insert(block.begin(), 1);
    return block;
  };
  if (!storage.outer.suffix.empty()) {
    Value outer = storedPart(matrix, storage.outer, storage, 0, 0);
    scale = dequantize(scale, outer, Value(), withExperts(0, 0),
                       storage.outer.type);
  }
  Value zero;
  if (!storage.zero.suffix.empty())
    zero = storedPart(matrix, storage.zero, storage, blockRows, blockColumns);
  return dequantize(weight, scale, zero, withExperts(blockRows, blockColumns));
}

Value BlockBuilder::quantizedHead() {
  Part rows{row.names.head, 1, d.vocab, 0, d.vocab};
  return quantizedWeight(
      {std::nullopt, rows, d.hidden, std::nullopt, /*isHead=*/true},
      *d.storage);
}

/// How the weights of a module are stored; null for the plain type.
const Storage *LayerBuilder::getStorage(StringRef module) const {
  if (!d.storage)
    return nullptr;
  for (auto [bit, other] : llvm::enumerate(getLinearModules(d)))
    if (other.name == module)
      return kind.plainModules & (uint32_t(1) << bit) ? nullptr : &*d.storage;
  return nullptr;
}

/// The weight of a linear layer, `[out, in]`.
Value LayerBuilder::linearWeight(const Part &part, int64_t columns) {
  if (const Storage *storage = getStorage(part.module))
    return quantizedWeight({std::nullopt, part, columns}, *storage);
  SmallVector<int64_t, 3> view, offsets, sizes;
  if (part.rows != part.groupRows) {
    view = {part.groupRows, columns};
    offsets = {part.offset, 0};
    sizes = {part.rows, columns};
    if (part.groups != 1) {
      view.insert(view.begin(), part.groups);
      offsets.insert(offsets.begin(), 0);
      sizes.insert(sizes.begin(), part.groups);
    }
  }
  CheckpointAttr checkpoint;
  if (row.transposed || !view.empty())
    checkpoint = CheckpointAttr::get(builder.getContext(), /*stacked=*/false,
                                     row.transposed, view, offsets, sizes);
  return parameter(part.module + ".weight", {part.groups * part.rows, columns},
                   checkpoint);
}

Value LayerBuilder::linearBias(const Part &part) {
  SmallVector<int64_t, 2> view, offsets, sizes;
  if (part.rows != part.groupRows) {
    view = {part.groupRows};
    offsets = {part.offset};
    sizes = {part.rows};
    if (part.groups != 1) {
      view.insert(view.begin(), part.groups);
      offsets.insert(offsets.begin(), 0);
      sizes.insert(sizes.begin(), part.groups);
    }
  }
  CheckpointAttr checkpoint;
  if (!view.empty())
    checkpoint =
        CheckpointAttr::get(builder.getContext(), /*stacked=*/false,
                            /*transposed=*/false, view, offsets, sizes);
  return parameter(part.module + ".bias", {part.groups * part.rows},
                   checkpoint);
}

Value LayerBuilder::weight(StringRef module, int64_t rows, int64_t columns) {
  return linearWeight({module, 1, rows, 0, rows}, columns);
}

Value LayerBuilder::bias(StringRef module, int64_t rows, bool exists) {
  return exists ? linearBias({module, 1, rows, 0, rows}) : Value();
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// A cache of what has this shape for each token.
Value LayerBuilder::cache(StringRef name, ArrayRef<int64_t> shape) {
  SmallVector<int64_t, 4> all = {d.batch, d.cacheTokens};
  if (pages)
    all = {d.hasOwnPages(kind) ? d.windowPages : d.pages, d.pageSize};
  llvm::append_range(all, shape);
  auto type = RankedTensorType::get(all, d.cacheType);
  // Caches are named like the parameters beside them.
  StringRef module = row.names.o.rsplit('.').first;
  return KvCacheOp::create(builder, type, (prefix + module + "." + name).str());
}

Value LayerBuilder::attention(Value x) {
  const Names &names = row.names;
  int64_t q = d.heads * d.headDim, kv = d.kvHeads * d.headDim;
  Part parts[3];
  switch (row.qkvLayout) {
  case QkvLayout::Separate:
    parts[0] = {names.q, 1, q, 0, q};
    parts[1] = {names.k, 1, kv, 0, kv};
    parts[2] = {names.v, 1, kv, 0, kv};
    break;
  case QkvLayout::Stacked: {
    int64_t all = q + 2 * kv;
    parts[0] = {names.qkv, 1, all, 0, q};
    parts[1] = {names.qkv, 1, all, q, kv};
    parts[2] = {names.qkv, 1, all, q + kv, kv};
    break;
  }
  case QkvLayout::Grouped: {
    int64_t dim = d.headDim, group = d.heads / d.kvHeads * dim;
    int64_t all = group + 2 * dim;
    parts[0] = {names.qkv, d.kvHeads, all, 0, group};
    parts[1] = {names.qkv, d.kvHeads, all, group, dim};
    parts[2] = {names.qkv, d.kvHeads, all, group + dim, dim};
    break;
  }
  }
  SmallVector<Value, 3> weights, biases;
  for (const Part &part : parts)
    weights.push_back(linearWeight(part, d.hidden));
  Value wo = weight(names.o, d.hidden, q);
  if (d.qkvBias)
    for (const Part &part : parts)
      biases.push_back(linearBias(part));
  Value outBias = bias(names.o, d.hidden, d.outBias);
  SmallVector<Value, 2> norms;
  if (row.qkNorm != QkNorm::None) {
    bool all = row.qkNorm == QkNorm::AllHeads;
    norms = {parameter(names.qNorm + ".weight", {all ? q : d.headDim}),
             parameter(names.kNorm + ".weight", {all ? kv : d.headDim})};
  }
  Value sinks =
      names.sinks.empty() ? Value() : parameter(names.sinks, {d.heads});
  int64_t cacheShape[] = {d.kvHeads, d.headDim};
  Value caches[] = {cache("k_cache", cacheShape), cache("v_cache", cacheShape)};

  std::optional<double> theta;
  RotaryDescription rotary;
  if (kind.rotary) {
    rotary = *kind.rotary;
    theta = rotary.theta;
  }
  return AttentionOp::create(
      builder, x, weights[0], weights[1], weights[2], wo, biases, outBias,
      norms, sinks, caches, position, pages, d.heads, d.kvHeads, d.headDim,
      APFloat(d.scale),
      kind.window ? MaskKind::SlidingWindow : MaskKind::Causal,
      integer(kind.window), number(theta), integer(rotary.dim), rotary.scaling,
      rotary.interleaved,
      number(norms.empty() ? std::nullopt : std::optional(d.epsilon)),
      !norms.empty() && row.unitOffset, number(d.softCap), number(d.alibi),
      builder.getF64FloatAttr(0.0));
}

Value LayerBuilder::latentAttention(Value x) {
  const Names &names = row.names;
  const LatentDescription &latent = *d.latent;
  int64_t q = d.heads * (latent.nopeDim + latent.ropeDim);
  Value qDown, qNorm, wq;
  if (latent.qRank) {
    qDown = weight(names.qDown, *latent.qRank, d.hidden);
    qNorm = parameter(names.qDownNorm + ".weight", {*latent.qRank});
    wq = weight(names.qUp, q, *latent.qRank);
  } else {
    wq = weight(names.q, q, d.hidden);
  }
  Value kvDown = weight(names.kvDown, latent.kvRank + latent.ropeDim, d.hidden);
  Value kvNorm = parameter(names.kvNorm + ".weight", {latent.kvRank});
  Value wkv = weight(names.kvUp, d.heads * (latent.nopeDim + latent.vDim),
                     latent.kvRank);
  Value wo = weight(names.o, d.hidden, d.heads * latent.vDim);
  Value caches[] = {cache("latent_cache", latent.kvRank),
                    cache("rope_cache", latent.ropeDim)};
  return LatentAttentionOp::create(
      builder, x, wq, kvDown, kvNorm, wkv, wo, qDown, qNorm, caches, position,
      pages, d.heads, latent.nopeDim, latent.ropeDim, latent.vDim,
      APFloat(row.latent->epsilon), APFloat(d.scale),
      APFloat(kind.rotary->theta), kind.rotary->interleaved,
      kind.rotary->scaling, builder.getF64FloatAttr(0.0),
      /*absorbed=*/false);
}

//===----------------------------------------------------------------------===//
// FFN and experts
//===----------------------------------------------------------------------===//

Value LayerBuilder::ffn(Value x, StringRef gate, StringRef up, StringRef down,
                        int64_t inner, bool allowFused) {
  bool isFused = allowFused && !row.names.gateUp.empty();
  auto linear = [&](Value input, const Part &part, int64_t columns,
                    Role as) -> Value {
    Value w = linearWeight(part, columns);
    Value b = d.ffnBias ? linearBias(part) : Value();
    return LinearOp::create(builder, input, w, b, role(as));
  };
  Part gatePart{gate, 1, inner, 0, inner}, upPart{up, 1, inner, 0, inner};
  if (isFused) {
    gatePart = {row.names.gateUp, 1, 2 * inner, 0, inner};
    upPart = {row.names.gateUp, 1, 2 * inner, inner, inner};
  }
  Value hidden;
  if (row.gated) {
    Value gated = linear(x, gatePart, d.hidden, Role::FfnGate);
    hidden = linear(x, upPart, d.hidden, Role::FfnUp);
    gated = ActivationOp::create(builder, d.activation, gated);
    hidden = MultiplyOp::create(builder, gated, hidden);
  } else {
    hidden = linear(x, upPart, d.hidden, Role::FfnUp);
    hidden = ActivationOp::create(builder, d.activation, hidden);
  }
  return linear(hidden, {down, 1, d.hidden, 0, d.hidden}, inner, Role::FfnDown);
}

/// Weights of all experts, `[expert, out, in]`, stored one by one.
Value LayerBuilder::expertParameter(StringRef module, int64_t rows,
                                    int64_t columns) {
  if (const Storage *storage = getStorage(module))
    return quantizedWeight(
        {d.experts->number, {module, 1, rows, 0, rows}, columns}, *storage);
  auto stacked = CheckpointAttr::get(builder.getContext(), /*stacked=*/true,
                                     /*transposed=*/false);
  return parameter(module + ".weight", {d.experts->number, rows, columns},
                   stacked);
}

/// Gate or up of all experts, from one tensor `[expert, in, 2 * inner]` in
/// which they alternate.
Value LayerBuilder::fusedExpertParameter(bool isUp, bool isBias) {
  int64_t number = d.experts->number, inner = d.experts->inner;
  StringRef module = row.names.expertGateUp;
  const Storage *storage = isBias ? nullptr : getStorage(module);
  if (storage)
    return quantizedWeight(
        {number, {module, 1, inner, 0, inner}, d.hidden, isUp}, *storage);
  SmallVector<int64_t, 4> view = {number, inner, 2};
  SmallVector<int64_t, 4> offsets = {0, 0, isUp};
  SmallVector<int64_t, 4> sizes = {number, inner, 1};
  SmallVector<int64_t, 4> shape = {number, inner};
  if (!isBias) {
    view.push_back(d.hidden);
    offsets.push_back(0);
    sizes.push_back(d.hidden);
    shape.push_back(d.hidden);
  }
  return parameter(row.names.expertGateUp + (isBias ? "_bias" : ""), shape,
                   CheckpointAttr::get(builder.getContext(), /*stacked=*/false,
                                       /*transposed=*/!isBias, view, offsets,
                                       sizes));
}

/// Down of all experts, from one tensor `[expert, in, out]`.
Value LayerBuilder::fusedExpertDown() {
  int64_t number = d.experts->number, inner = d.experts->inner;
  StringRef module = row.names.expertDown;
  if (const Storage *storage = getStorage(module))
    return quantizedWeight({number, {module, 1, d.hidden, 0, d.hidden}, inner},
                           *storage);
  return parameter(module, {number, d.hidden, inner},
                   CheckpointAttr::get(builder.getContext(), /*stacked=*/false,
                                       /*transposed=*/true));
}

Value LayerBuilder::experts(Value x) {
  const ExpertsDescription &experts = *d.experts;
  const Experts &settings = *row.experts;
  const Names &names = row.names;
  Value wRouter =
      parameter(names.router + ".weight", {experts.number, d.hidden});
  Value routerBias;
  if (settings.routerBias)
    routerBias = parameter(names.router + ".bias", {experts.number});
  Value correction;
  if (!names.correction.empty())
    correction = parameter(names.correction, {experts.number},
                           /*checkpoint=*/{}, builder.getF32Type());
  std::optional<int64_t> groups, topGroups, groupTop;
  if (experts.groups) {
    groups = experts.groups->groups;
    topGroups = experts.groups->topGroups;
    groupTop = experts.groups->groupTop;
  }
  auto router = RouterOp::create(
      builder, x, wRouter, routerBias, correction, experts.topK,
      settings.scoring, experts.normalize, number(experts.scale),
      integer(groups), integer(topGroups), integer(groupTop));
  // Room for all tokens in each expert, so that none is dropped.
  Value slots = DispatchOp::create(builder, x, router.getIndices(),
                                   experts.number, d.batch * d.tokens);
  Value wGate, wUp, wDown;
  SmallVector<Value, 3> biases;
  if (settings.layout == ExpertLayout::Each) {
    wGate = expertParameter(names.expertGate, experts.inner, d.hidden);
    wUp = expertParameter(names.expertUp, experts.inner, d.hidden);
    wDown = expertParameter(names.expertDown, d.hidden, experts.inner);
  } else {
    wGate = fusedExpertParameter(/*isUp=*/false, /*isBias=*/false);
    wUp = fusedExpertParameter(/*isUp=*/true, /*isBias=*/false);
    wDown = fusedExpertDown();
  }
  if (settings.biases)
    biases = {
        fusedExpertParameter(/*isUp=*/false, /*isBias=*/true),
        fusedExpertParameter(/*isUp=*/true, /*isBias=*/true),
        parameter(names.expertDown + "_bias", {experts.number, d.hidden})};
  Value y = ExpertOp::create(builder, d.activation, slots, wGate, wUp, wDown,
                             biases, number(experts.alpha),
                             number(experts.limit), number(experts.upOffset));
  y = CombineOp::create(builder, y, router.getWeights(), router.getIndices());
  if (experts.sharedInner == 0)
    return y;
  Value shared = ffn(x, names.sharedGate, names.sharedUp, names.sharedDown,
                     experts.sharedInner, /*allowFused=*/false);
  return AddOp::create(builder, y, shared, RoleAttr());
}

Value LayerBuilder::feedForward(Value x) {
  if (kind.hasExperts)
    return experts(x);
  return ffn(x, row.names.gate, row.names.up, row.names.down, d.inner,
             /*allowFused=*/true);
}

//===----------------------------------------------------------------------===//
// The layer
//===----------------------------------------------------------------------===//

Value LayerBuilder::build(ValueRange arguments) {
  const Names &names = row.names;
  Value x = arguments[0];
  position = arguments[1];
  pages = arguments.size() > 2 ? arguments[2] : Value();
  auto normIf = [&](Value value, StringRef name) {
    return name.empty() ? value : norm(value, name);
  };
  auto add = [&](Value lhs, Value rhs) -> Value {
    return AddOp::create(builder, lhs, rhs, RoleAttr());
  };
  Value before = normIf(x, names.attentionNorm);
  Value sum = d.latent ? latentAttention(before) : attention(before);
  sum = normIf(sum, names.attentionPostNorm);
  if (d.parallel) {
    Value ffnInput = names.ffnNorm.empty() ? before : norm(x, names.ffnNorm);
    Value result = normIf(feedForward(ffnInput), names.ffnPostNorm);
    // Sums that are pending over the same ranks are reduced together.
    return add(x, add(sum, result));
  }
  x = add(x, sum);
  Value result = feedForward(normIf(x, names.ffnNorm));
  return add(x, normIf(result, names.ffnPostNorm));
}
