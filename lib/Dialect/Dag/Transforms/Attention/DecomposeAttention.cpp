//===- DecomposeAttention.cpp - Attention into its parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Dialect/Dag/Transforms/Patterns.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGDECOMPOSEATTENTION
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {

/// What stands behind queries, keys and values in both kinds of attention.
struct Core {
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

/// Puts parts in the place of a composite.
class PartBuilder {
public:
  PartBuilder(PatternRewriter &rewriter, Operation *composite)
      : rewriter(rewriter), composite(composite) {}

  template <typename OpTy, typename... Args>
  OpTy make(Args &&...args) {
    return OpTy::create(rewriter, composite->getLoc(),
                        std::forward<Args>(args)...);
  }

  /// From the scores to the output projection, which takes over what else the
  /// composite says.
  void finish(Value q, Value k, Value v, const Core &core) {
    Value scores = make<AttentionScoresOp>(q, k, core.scale);
    if (core.softCap)
      scores = make<SoftCapOp>(scores, core.softCap);
    Value weights = make<AttentionWeightsOp>(
        scores, core.position, core.sinks, core.mask, core.window, core.alibi);
    FloatAttr p = core.dropout ? core.dropout : rewriter.getF64FloatAttr(0.0);
    Value kept = make<DropoutOp>(weights, p);
    Value sum = make<AttentionOutputOp>(kept, v);
    auto result = make<OutputProjectionOp>(sum, core.wo, core.outBias);
    result->setDiscardableAttrs(composite->getDiscardableAttrDictionary());
    rewriter.replaceOp(composite, result);
  }

private:
  PatternRewriter &rewriter;
  Operation *composite;
};

struct DecomposeAttentionOp : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const final {
    if (isInReference(op))
      return rewriter.notifyMatchFailure(op, "a reference stays as it is");
    PartBuilder parts(rewriter, op);
    auto qkv = parts.make<QkvProjectionOp>(
        op.getX(), op.getWq(), op.getWk(), op.getWv(), op.getBiases(),
        op.getNumHeadsAttr(), op.getNumKvHeadsAttr(), op.getHeadDimAttr());
    Value q = qkv.getQ(), k = qkv.getK(), v = qkv.getV();
    if (OperandRange norms = op.getNorms(); !norms.empty()) {
      q = parts.make<QkNormOp>(q, norms[0], op.getNormEpsilonAttr(),
                               op.getUnitOffsetAttr());
      k = parts.make<QkNormOp>(k, norms[1], op.getNormEpsilonAttr(),
                               op.getUnitOffsetAttr());
    }
    if (op.getThetaAttr()) {
      auto rotate = [&](Value x) -> Value {
        return parts.make<RotaryEmbeddingOp>(
            x, op.getPosition(), op.getThetaAttr(), op.getRotaryDimAttr(),
            op.getScalingAttr(), /*offset=*/rewriter.getI64IntegerAttr(0),
            op.getInterleavedAttr());
      };
      q = rotate(q);
      k = rotate(k);
    }
    if (OperandRange cache = op.getCache(); !cache.empty()) {
      k = parts.make<KvCacheUpdateOp>(cache[0], k, op.getPosition());
      v = parts.make<KvCacheUpdateOp>(cache[1], v, op.getPosition());
    }
    Core core;
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
    parts.finish(q, k, v, core);
    return success();
  }
};

struct DecomposeLatentAttentionOp : OpRewritePattern<LatentAttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LatentAttentionOp op,
                                PatternRewriter &rewriter) const final {
    if (isInReference(op))
      return rewriter.notifyMatchFailure(op, "a reference stays as it is");
    PartBuilder parts(rewriter, op);
    auto normalize = [&](Value x, Value weight) -> Value {
      return parts.make<RmsNormOp>(x, weight, op.getEpsilonAttr(),
                                   /*unit_offset=*/UnitAttr(),
                                   /*role=*/RoleAttr());
    };
    auto rotate = [&](Value x, IntegerAttr rotaryDim, IntegerAttr offset) {
      return parts.make<RotaryEmbeddingOp>(
          x, op.getPosition(), op.getThetaAttr(), rotaryDim,
          op.getScalingAttr(), offset, op.getInterleavedAttr());
    };
    Value qInput = op.getX();
    if (Value down = op.getWQDown()) {
      auto role = RoleAttr::get(getContext(), Role::QProjection);
      qInput = parts.make<LinearOp>(qInput, down, /*bias=*/Value(), role);
      qInput = normalize(qInput, op.getQNorm());
    }
    // The latent comes first, then what all heads share.
    Value both = parts.make<LinearOp>(op.getX(), op.getWKvDown(),
                                      /*bias=*/Value(), /*role=*/RoleAttr());
    auto width = [](Value value, unsigned dim) {
      return cast<RankedTensorType>(value.getType()).getDimSize(dim);
    };
    auto split = parts.make<SplitOp>(
        both,
        rewriter.getDenseI64ArrayAttr(
            {width(op.getKvNorm(), 0), static_cast<int64_t>(op.getRopeDim())}));
    Value latent = normalize(split.getParts()[0], op.getKvNorm());
    Value shared = rotate(split.getParts()[1], /*rotaryDim=*/IntegerAttr(),
                          /*offset=*/rewriter.getI64IntegerAttr(0));
    if (OperandRange cache = op.getCache(); !cache.empty()) {
      latent = parts.make<KvCacheUpdateOp>(cache[0], latent, op.getPosition());
      shared = parts.make<KvCacheUpdateOp>(cache[1], shared, op.getPosition());
    }
    auto qkv = parts.make<LatentQkvProjectionOp>(
        qInput, latent, shared, op.getWQ(), op.getWKv(), op.getNumHeadsAttr(),
        op.getNopeDimAttr(), op.getRopeDimAttr(), op.getVDimAttr());
    Value q = rotate(qkv.getQ(), op.getRopeDimAttr(), op.getNopeDimAttr());
    Core core;
    core.wo = op.getWo();
    core.position = op.getPosition();
    core.scale = op.getScaleAttr();
    core.dropout = op.getDropoutAttr();
    parts.finish(q, qkv.getK(), qkv.getV(), core);
    return success();
  }
};

/// Counts composites that are replaced.
struct ReplacementCounter : RewriterBase::Listener {
  explicit ReplacementCounter(Pass::Statistic &count) : count(count) {}
  void notifyOperationReplaced(Operation *, ValueRange) final { ++count; }
  Pass::Statistic &count;
};

struct DecomposeAttention
    : dag::impl::DagDecomposeAttentionBase<DecomposeAttention> {
  using DagDecomposeAttentionBase::DagDecomposeAttentionBase;

  LogicalResult initialize(MLIRContext *context) final {
    RewritePatternSet set(context);
    populateDecomposeAttentionPatterns(set);
    patterns = std::move(set);
    return success();
  }

  // Every composite is visited once, whatever layer it is in. Nothing is
  // folded, and what nobody uses stays.
  void runOnOperation() final {
    ReplacementCounter counter(numDecomposed);
    walkAndApplyPatterns(getOperation(), patterns, &counter);
  }

  FrozenRewritePatternSet patterns;
};
} // namespace

void dag::populateDecomposeAttentionPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeAttentionOp, DecomposeLatentAttentionOp>(
      patterns.getContext());
}
