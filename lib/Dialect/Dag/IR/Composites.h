//===- Composites.h - What composites are made of -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The parts of each composite, told once, to whoever listens: `PartMaker`
// builds them (lib/Dialect/Dag/IR/Composites.cpp), `PartTyper` types them
// without building (lib/Dialect/Dag/IR/PartTyper.h). A listener remembers its
// first failure and does nothing from there on, so that a composite is told
// from its beginning to its end.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_IR_COMPOSITES_H
#define DAG_LIB_DIALECT_DAG_IR_COMPOSITES_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

/// A rotation, as `dag.rotary_embedding` states it.
struct RotationAttrs {
  FloatAttr theta;
  IntegerAttr rotaryDim;
  DictionaryAttr scaling;
  UnitAttr interleaved;
  int64_t offset = 0;
};

/// What stands behind queries, keys and values in both kinds of attention.
struct AttentionCore {
  Value wo;
  Value outBias;
  Value position;
  Value sinks;
  FloatAttr scale;
  FloatAttr softCap;
  MaskKind mask = MaskKind::Causal;
  IntegerAttr window;
  FloatAttr alibi;
  FloatAttr dropout;
};

/// The constraints under which the op states what its core does not fit.
struct CoreLabels {
  StringRef scores, weights, dropout, softCap, projection;
};

/// From the scores to the weighted sum.
template <typename PartsT>
typename PartsT::Part tellSum(PartsT &parts, typename PartsT::Part q,
                              typename PartsT::Part k, typename PartsT::Part v,
                              const AttentionCore &core,
                              const CoreLabels &labels) {
  auto scores = parts.scores(labels.scores, q, k, core.scale);
  if (core.softCap)
    scores = parts.softCap(labels.softCap, scores, core.softCap);
  auto weights = parts.weights(labels.weights, scores, core.position,
                               core.sinks, core.mask, core.window, core.alibi);
  auto kept = parts.dropout(labels.dropout, weights, core.dropout);
  return parts.output(labels.scores, kept, v);
}

/// The parts of `dag.attention`. `OpT` is the op or its adaptor.
template <typename PartsT, typename OpT>
typename PartsT::Part tellAttention(PartsT &parts, OpT op) {
  auto [q, k, v] = parts.projectQkv(
      "C1", op.getX(), {op.getWq(), op.getWk(), op.getWv()}, op.getBiases(),
      {op.getNumHeadsAttr(), op.getNumKvHeadsAttr(), op.getHeadDimAttr()});
  if (auto norms = op.getNorms(); !norms.empty()) {
    q = parts.normalizeHeads("C6", q, norms[0], op.getNormEpsilonAttr(),
                             op.getUnitOffsetAttr());
    k = parts.normalizeHeads("C6", k, norms[1], op.getNormEpsilonAttr(),
                             op.getUnitOffsetAttr());
  }
  if (op.getThetaAttr()) {
    RotationAttrs rotation = {op.getThetaAttr(), op.getRotaryDimAttr(),
                              op.getScalingAttr(), op.getInterleavedAttr()};
    q = parts.rotate("C8", q, op.getPosition(), rotation);
    k = parts.rotate("C8", k, op.getPosition(), rotation);
  }
  if (auto cache = op.getCache(); !cache.empty()) {
    k = parts.updateCache("C7", cache[0], k, op.getPosition(), op.getPages());
    v = parts.updateCache("C7", cache[1], v, op.getPosition(), op.getPages());
  }
  AttentionCore core;
  core.wo = op.getWo();
  core.outBias = op.getOutBias();
  core.position = op.getPosition();
  core.sinks = op.getSinks();
  core.scale = op.getScaleAttr();
  core.softCap = op.getSoftCapAttr();
  core.mask = op.getMask();
  core.window = op.getWindowAttr();
  core.alibi = op.getAlibiAttr();
  core.dropout = op.getDropoutAttr();
  CoreLabels labels = {"C2", "C3", "C5", "C8", "C4"};
  auto sum = tellSum(parts, q, k, v, core, labels);
  return parts.projectBack(labels.projection, sum, core.wo, core.outBias);
}

/// The parts of `dag.latent_attention`.
template <typename PartsT, typename OpT>
typename PartsT::Part tellLatentAttention(PartsT &parts, OpT op) {
  auto x = parts.take("C1", op.getX(), "x");
  auto qInput = x;
  if (op.getWQDown()) {
    auto role = RoleAttr::get(parts.getContext(), Role::QProjection);
    qInput =
        parts.linear("C2", x, op.getWQDown(), role, {"w_q_down", "q_latent"});
    qInput = parts.normalize("C2", qInput, op.getQNorm(), op.getEpsilonAttr(),
                             "q_norm");
  }
  // The latent comes first, then what all heads share.
  auto both = parts.linear("C2", x, op.getWKvDown(), /*role=*/RoleAttr(),
                           {"w_kv_down", "compressed_kv"});
  auto [latent, shared] = parts.splitOff(
      "C2", both, static_cast<int64_t>(op.getRopeDim()), {"latent", "k_rope"});
  latent = parts.normalize("C2", latent, op.getKvNorm(), op.getEpsilonAttr(),
                           "kv_norm");
  RotationAttrs rotation = {op.getThetaAttr(), /*rotaryDim=*/IntegerAttr(),
                            op.getScalingAttr(), op.getInterleavedAttr()};
  shared = parts.rotate("C5", shared, op.getPosition(), rotation);
  if (auto cache = op.getCache(); !cache.empty()) {
    latent = parts.updateCache("C6", cache[0], latent, op.getPosition(),
                               op.getPages());
    shared = parts.updateCache("C6", cache[1], shared, op.getPosition(),
                               op.getPages());
  }
  auto [q, k, v] =
      parts.projectLatent("C3", qInput, latent, shared, op.getWQ(), op.getWKv(),
                          {op.getNumHeadsAttr(), op.getNopeDimAttr(),
                           op.getRopeDimAttr(), op.getVDimAttr()},
                          op.getAbsorbed());
  rotation.rotaryDim = op.getRopeDimAttr();
  rotation.offset = static_cast<int64_t>(op.getNopeDim());
  // Behind the latent's elements.
  if (op.getAbsorbed())
    rotation.offset =
        cast<RankedTensorType>(op.getWKv().getType()).getShape().back();
  q = parts.rotate("C5", q, op.getPosition(), rotation);
  AttentionCore core;
  core.wo = op.getWo();
  core.position = op.getPosition();
  core.scale = op.getScaleAttr();
  core.dropout = op.getDropoutAttr();
  CoreLabels labels = {"C3", "C3", "C5", "C5", "C4"};
  auto sum = tellSum(parts, q, k, v, core, labels);
  if (op.getAbsorbed())
    sum = parts.absorbValues("C3", sum, op.getWKv(), op.getNopeDimAttr(),
                             op.getVDimAttr());
  return parts.projectBack(labels.projection, sum, core.wo, core.outBias);
}

/// The parts of `dag.moe`: all ranks route the tokens that they see, and keep
/// those of their experts.
template <typename PartsT, typename OpT>
typename PartsT::Part tellMoe(PartsT &parts, OpT op) {
  auto x = parts.take("C1", op.getX(), "x");
  auto [weights, indices] =
      parts.route("C1", x, op.getWRouter(), op.getTopKAttr(),
                  op.getScoringAttr(), op.getNormalizeAttr());
  auto slots =
      parts.dispatch("C6", x, indices, op.getWGate(), op.getCapacityAttr());
  auto own = parts.sliceExperts("C5", slots, op.getWGate());
  auto y = parts.runExperts("C2", own, op.getWGate(), op.getWUp(),
                            op.getWDown(), op.getActivationAttr());
  return parts.combine("C5", y, weights, indices);
}

} // namespace mlir::dag

#endif // DAG_LIB_DIALECT_DAG_IR_COMPOSITES_H
