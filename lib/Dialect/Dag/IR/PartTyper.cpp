//===- PartTyper.cpp - Types of the parts of attention -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PartTyper.h"
#include "dag/Dialect/Dag/IR/NumberRange.h"

using namespace mlir;
using namespace mlir::dag;

using Part = PartTyper::Part;

Part PartTyper::keep(FailureOr<TypedOperand> part) {
  isFailed |= failed(part);
  return isFailed ? Part() : std::move(*part);
}

Part PartTyper::keepIf(LogicalResult result, const Part &part) {
  isFailed |= failed(result);
  return isFailed ? Part() : part;
}

PartTyper::Triple PartTyper::keep(FailureOr<Qkv> qkv) {
  isFailed |= failed(qkv);
  return isFailed ? Triple() : Triple{qkv->q, qkv->k, qkv->v};
}

Part PartTyper::take(StringRef constraint, Value value, StringRef name) {
  return keep(rule.getReducedFloats(constraint, value, name, 3));
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

PartTyper::Triple PartTyper::projectQkv(StringRef constraint, Value x,
                                        ArrayRef<Value> weights,
                                        ValueRange biases,
                                        std::array<IntegerAttr, 3> figures) {
  if (isFailed)
    return {};
  return keep(inferQkv(
      rule.under(constraint), x, weights, biases,
      {figures[0].getInt(), figures[1].getInt(), figures[2].getInt()}));
}

PartTyper::Triple
PartTyper::projectLatent(StringRef constraint, const Part &qInput,
                         const Part &latent, const Part &shared, Value wq,
                         Value wkv, std::array<IntegerAttr, 4> figures,
                         bool isAbsorbed) {
  if (isFailed)
    return {};
  Part queries = keep(rule.getOperand(constraint, wq, "w_q", 2));
  Part others = keep(rule.getOperand(constraint, wkv, "w_kv", 2));
  if (isFailed)
    return {};
  LatentHeads heads = {figures[0].getInt(), figures[1].getInt(),
                       figures[2].getInt(), figures[3].getInt()};
  auto infer = isAbsorbed ? inferAbsorbedQkv : inferLatentQkv;
  return keep(infer(rule.under(constraint), qInput, latent, shared, queries,
                    others, heads));
}

Part PartTyper::absorbValues(StringRef constraint, const Part &x, Value wkv,
                             IntegerAttr nopeDim, IntegerAttr vDim) {
  if (isFailed)
    return {};
  Part weight = keep(rule.getOperand(constraint, wkv, "w_kv", 2));
  if (isFailed)
    return {};
  return keep(inferAbsorbedValues(rule.under(constraint), x, weight,
                                  nopeDim.getInt(), vDim.getInt()));
}

Part PartTyper::normalizeHeads(StringRef constraint, const Part &x,
                               Value weight, FloatAttr epsilon, UnitAttr) {
  if (isFailed)
    return {};
  return keepIf(checkQkNorm(rule.under(constraint), x, weight,
                            epsilon.getValueAsDouble()),
                x);
}

Part PartTyper::rotate(StringRef constraint, const Part &x, Value position,
                       const RotationAttrs &rotation) {
  if (isFailed)
    return {};
  std::optional<int64_t> rotaryDim;
  if (rotation.rotaryDim)
    rotaryDim = rotation.rotaryDim.getInt();
  return keepIf(checkRotation(rule.under(constraint), x,
                              {rotaryDim, rotation.offset,
                               rotation.theta.getValueAsDouble()}),
                x);
}

Part PartTyper::updateCache(StringRef constraint, Value value,
                            const Part &tokens, Value position, Value pages) {
  if (isFailed)
    return {};
  Part cache =
      keep(rule.getReducedFloats(constraint, value, "cache", tokens.getRank()));
  if (isFailed)
    return {};
  if (failed(checkCacheUpdate(rule.under(constraint), cache, tokens, pages)))
    return keepIf(failure(), cache);
  Part all = cache;
  if (pages)
    all = keep(inferGather(rule.under(constraint), cache, pages));
  // What is stored in another type is read in that of the tokens.
  Part result = asOperand(all, tokens.name);
  result.elementType = tokens.elementType;
  return result;
}

Part PartTyper::scores(StringRef constraint, const Part &q, const Part &k,
                       FloatAttr) {
  return isFailed ? Part() : keep(inferScores(rule.under(constraint), q, k));
}

Part PartTyper::softCap(StringRef constraint, const Part &x, FloatAttr cap) {
  if (isFailed)
    return {};
  return keepIf(expectNumber(rule, constraint, "cap", cap.getValueAsDouble()),
                x);
}

Part PartTyper::weights(StringRef constraint, const Part &scores, Value,
                        Value sinks, MaskKind mask, IntegerAttr window,
                        FloatAttr alibi) {
  if (isFailed)
    return {};
  std::optional<uint64_t> size;
  if (window)
    size = window.getValue().getZExtValue();
  std::optional<APFloat> slope;
  if (alibi)
    slope = alibi.getValue();
  return keepIf(
      checkWeights(rule.under(constraint), scores, mask, size, sinks, slope),
      scores);
}

Part PartTyper::dropout(StringRef constraint, const Part &x, FloatAttr p) {
  if (isFailed || !p)
    return x;
  return keepIf(expectNumber(rule, constraint, "p", p.getValueAsDouble()), x);
}

Part PartTyper::output(StringRef constraint, const Part &weights,
                       const Part &v) {
  return isFailed ? Part()
                  : keep(inferOutput(rule.under(constraint), weights, v));
}

Part PartTyper::projectBack(StringRef constraint, const Part &x, Value weight,
                            Value bias) {
  if (isFailed)
    return {};
  FailureOr<ShardedType> type =
      inferProjection(rule.under(constraint), x, weight, bias);
  isFailed = failed(type);
  return isFailed ? Part() : asOperand(*type, "result");
}

//===----------------------------------------------------------------------===//
// Latent attention
//===----------------------------------------------------------------------===//

/// A weight of latents is neither sharded nor pending.
Part PartTyper::linear(StringRef constraint, const Part &x, Value value,
                       RoleAttr, Names names) {
  if (isFailed)
    return {};
  Part weight = keep(rule.getOperand(constraint, value, names.first, 2));
  if (isFailed)
    return {};
  ShardedType result = x;
  result.setDim(2, weight.shape[0], weight.dims[0]);
  return keepIf(rule.expectSameDim(constraint, x, 2, weight, 1),
                asOperand(result, names.second));
}

Part PartTyper::normalize(StringRef constraint, const Part &x, Value value,
                          FloatAttr, StringRef name) {
  if (isFailed)
    return {};
  Part norm = keep(rule.getOperand(constraint, value, name, 1));
  if (isFailed)
    return {};
  return keepIf(rule.expectSameDim(constraint, x, 2, norm, 0), x);
}

PartTyper::Pair PartTyper::splitOff(StringRef constraint, const Part &x,
                                    int64_t size, Names names) {
  if (isFailed)
    return {};
  int64_t all = x.shape.back();
  if (ShapedType::isDynamic(all) || size <= 0 || all <= size) {
    keepIf(rule.error(TypingKind::Heads, constraint,
                      "expected 'rope_dim' to be positive and less than the "
                      "first dimension of 'w_kv_down', but got " +
                          Twine(size)),
           x);
    return {};
  }
  Pair parts(asOperand(x, names.first), asOperand(x, names.second));
  parts.first.shape.back() = all - size;
  parts.second.shape.back() = size;
  return parts;
}
