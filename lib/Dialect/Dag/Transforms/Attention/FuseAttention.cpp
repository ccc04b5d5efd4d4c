//===- FuseAttention.cpp - Parts into attention -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A chain of parts is followed from its output projection upwards, users before
// what they use. Whatever the composite could not say, or what somebody else
// uses, leaves the chain as it is.
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Dialect/Dag/Transforms/Patterns.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Rewrite/PatternApplicator.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGFUSEATTENTION
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {

/// The ops that a composite takes the place of, and why there is none.
class Chain {
public:
  explicit Chain(Operation *root) : root(root) {}

  /// The op of a kind that gives `value`, as a part of the chain; null with a
  /// reason if it is another one, or cannot be taken.
  template <typename OpTy>
  OpTy take(Value value) {
    if (!reason.empty())
      return {};
    auto op = value.getDefiningOp<OpTy>();
    if (!op)
      return fail("expected '" + OpTy::getOperationName() + "', but got " +
                  describe(value)),
             OpTy();
    return add(op) ? op : OpTy();
  }

  /// The same for a part that need not be there.
  template <typename OpTy>
  OpTy takeOptional(Value value) {
    if (!reason.empty() || !value.getDefiningOp<OpTy>())
      return {};
    return take<OpTy>(value);
  }

  /// States a reason unless `condition` holds.
  bool expect(bool condition, const Twine &why) {
    if (!condition)
      fail(why);
    return reason.empty();
  }

  bool failed() const { return !reason.empty(); }
  StringRef getReason() const { return reason; }
  /// Users before what they use; the root is not among them.
  ArrayRef<Operation *> getParts() const { return parts; }

  /// Where the parts come from: one location if it is one.
  Location getLoc() const {
    SmallVector<Location, 16> locs;
    for (Operation *op : llvm::reverse(parts))
      locs.push_back(op->getLoc());
    locs.push_back(root->getLoc());
    return FusedLoc::get(root->getContext(), locs);
  }

private:
  void fail(const Twine &why) {
    if (reason.empty())
      reason = why.str();
  }

  static std::string describe(Value value) {
    if (Operation *op = value.getDefiningOp())
      return ("'" + op->getName().getStringRef() + "'").str();
    return "a block argument";
  }

  bool add(Operation *op) {
    std::string name = describe(op->getResult(0));
    if (op->getBlock() != root->getBlock())
      fail(name + " is in another block");
    for (Value result : op->getResults())
      if (!result.hasOneUse())
        fail("a result of " + name +
             (result.use_empty() ? " has no use" : " has other uses"));
    if (!op->getDiscardableAttrDictionary().empty())
      fail(name + " has attributes that would be lost");
    parts.push_back(op);
    return reason.empty();
  }

  Operation *root;
  SmallVector<Operation *, 16> parts;
  std::string reason;
};

/// What stands behind queries, keys and values in both kinds of attention.
struct Core {
  AttentionScoresOp scores;
  SoftCapOp softCap;
  AttentionWeightsOp weights;
  DropoutOp dropout;
  AttentionOutputOp output;
  /// Behind the weighted sum of absorbed latent attention.
  AbsorbedValuesOp absorbed;

  Value getPosition() { return weights.getPosition(); }
  FloatAttr getDropout() { return dropout ? dropout.getPAttr() : FloatAttr(); }
};

/// Two ops that a composite has in one.
struct CacheUpdates {
  KvCacheUpdateOp first, second;

  SmallVector<Value, 2> getCaches() {
    if (!first)
      return {};
    return {first.getCache(), second.getCache()};
  }
  Value getPages() { return first ? first.getPages() : Value(); }
};

struct FuseAttentionParts : OpRewritePattern<OutputProjectionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(OutputProjectionOp root,
                                PatternRewriter &rewriter) const final;

private:
  static bool matchAttention(Chain &chain, Core &core, OutputProjectionOp root,
                             OpBuilder &builder, OperationState &state);
  static bool matchLatentAttention(Chain &chain, Core &core,
                                   OutputProjectionOp root, OpBuilder &builder,
                                   OperationState &state);
};
} // namespace

static bool matchCore(Chain &chain, OutputProjectionOp root, Core &core) {
  core.absorbed = chain.takeOptional<AbsorbedValuesOp>(root.getX());
  core.output = chain.take<AttentionOutputOp>(
      core.absorbed ? core.absorbed.getX() : root.getX());
  if (!core.output)
    return false;
  core.dropout = chain.takeOptional<DropoutOp>(core.output.getWeights());
  core.weights = chain.take<AttentionWeightsOp>(
      core.dropout ? core.dropout.getX() : core.output.getWeights());
  if (!core.weights)
    return false;
  core.softCap = chain.takeOptional<SoftCapOp>(core.weights.getScores());
  core.scores = chain.take<AttentionScoresOp>(
      core.softCap ? core.softCap.getX() : core.weights.getScores());
  return !chain.failed();
}

/// The update of a cache, from whose pages tokens may be gathered, and behind
/// which its values may be those of the new tokens' type again.
static KvCacheUpdateOp matchCache(Chain &chain, Value value) {
  auto dequantize = value.getDefiningOp<DequantizeOp>();
  Value stored = dequantize ? dequantize.getX() : value;
  auto gather = stored.getDefiningOp<KvCacheGatherOp>();
  Value updated = gather ? gather.getCache() : stored;
  auto update = updated.getDefiningOp<KvCacheUpdateOp>();
  if (!update)
    return {};
  if (dequantize &&
      (dequantize.getScale() ||
       getElementTypeOrSelf(update.getNewTokens()) != dequantize.getTo() ||
       getElementTypeOrSelf(update) == dequantize.getTo()))
    return {};
  if (!chain.expect((gather ? gather.getPages() : Value()) == update.getPages(),
                    "tokens are read from other pages than they are written "
                    "to"))
    return {};
  if ((dequantize && !chain.take<DequantizeOp>(value)) ||
      (gather && !chain.take<KvCacheGatherOp>(stored)))
    return {};
  return chain.take<KvCacheUpdateOp>(updated);
}

/// Updates of both caches or of none, whose new tokens take the places of
/// `first` and `second`.
static CacheUpdates matchCaches(Chain &chain, Value position, Value &first,
                                Value &second) {
  CacheUpdates updates{matchCache(chain, first), matchCache(chain, second)};
  if (chain.failed() ||
      !chain.expect(!updates.first == !updates.second,
                    "expected both or none to be cached") ||
      !updates.first)
    return {};
  for (KvCacheUpdateOp update : {updates.first, updates.second})
    chain.expect(update.getPosition() == position,
                 "the cache and the mask are at different positions");
  chain.expect(updates.first.getPages() == updates.second.getPages(),
               "expected both caches to have the same pages");
  first = updates.first.getNewTokens();
  second = updates.second.getNewTokens();
  return updates;
}

/// True if two rotations are by one angle, but for the part that is rotated.
static bool haveEqualAngles(RotaryEmbeddingOp lhs, RotaryEmbeddingOp rhs) {
  return lhs.getPosition() == rhs.getPosition() &&
         lhs.getThetaAttr() == rhs.getThetaAttr() &&
         lhs.getScalingAttr() == rhs.getScalingAttr() &&
         lhs.getInterleaved() == rhs.getInterleaved();
}

bool FuseAttentionParts::matchAttention(Chain &chain, Core &core,
                                        OutputProjectionOp root,
                                        OpBuilder &builder,
                                        OperationState &state) {
  Value q = core.scores.getQ(), k = core.scores.getK(), v = core.output.getV();
  Value position = core.getPosition();
  CacheUpdates updates = matchCaches(chain, position, k, v);

  auto rotatedQ = chain.takeOptional<RotaryEmbeddingOp>(q);
  auto rotatedK = chain.takeOptional<RotaryEmbeddingOp>(k);
  if (!chain.expect(!rotatedQ == !rotatedK,
                    "expected both q and k to be rotated, or none"))
    return false;
  if (rotatedQ) {
    if (!chain.expect(haveEqualAngles(rotatedQ, rotatedK) &&
                          rotatedQ.getRotaryDimAttr() ==
                              rotatedK.getRotaryDimAttr(),
                      "q and k are rotated in different ways") ||
        !chain.expect(rotatedQ.getPosition() == position,
                      "the rotation and the mask are at different positions") ||
        !chain.expect(rotatedQ.getOffset() == 0 && rotatedK.getOffset() == 0,
                      "the rotation begins at an offset"))
      return false;
    q = rotatedQ.getX();
    k = rotatedK.getX();
  }

  auto normQ = chain.takeOptional<QkNormOp>(q);
  auto normK = chain.takeOptional<QkNormOp>(k);
  if (!chain.expect(!normQ == !normK,
                    "expected both q and k to be normalized, or none"))
    return false;
  SmallVector<Value, 2> norms;
  if (normQ) {
    if (!chain.expect(normQ.getEpsilonAttr() == normK.getEpsilonAttr() &&
                          normQ.getUnitOffset() == normK.getUnitOffset(),
                      "q and k are normalized in different ways"))
      return false;
    norms = {normQ.getWeight(), normK.getWeight()};
    q = normQ.getX();
    k = normK.getX();
  }

  auto qkv = chain.take<QkvProjectionOp>(q);
  if (!qkv ||
      !chain.expect(q == qkv.getQ() && k == qkv.getK() && v == qkv.getV(),
                    "q, k and v are not those of one projection"))
    return false;
  AttentionOp::build(
      builder, state, root.getType(), qkv.getX(), qkv.getWq(), qkv.getWk(),
      qkv.getWv(), root.getWeight(), qkv.getBiases(), root.getBias(), norms,
      core.weights.getSinks(), updates.getCaches(), position,
      updates.getPages(), qkv.getNumHeadsAttr(), qkv.getNumKvHeadsAttr(),
      qkv.getHeadDimAttr(), core.scores.getScaleAttr(),
      core.weights.getMaskAttr(), core.weights.getWindowAttr(),
      rotatedQ ? rotatedQ.getThetaAttr() : FloatAttr(),
      rotatedQ ? rotatedQ.getRotaryDimAttr() : IntegerAttr(),
      rotatedQ ? rotatedQ.getScalingAttr() : DictionaryAttr(),
      rotatedQ ? rotatedQ.getInterleavedAttr() : UnitAttr(),
      normQ ? normQ.getEpsilonAttr() : FloatAttr(),
      normQ ? normQ.getUnitOffsetAttr() : UnitAttr(),
      core.softCap ? core.softCap.getCapAttr() : FloatAttr(),
      core.weights.getAlibiAttr(), core.getDropout());
  return true;
}

/// True for a norm that a composite keeps nothing of but weight and epsilon.
static bool isPlainNorm(RmsNormOp norm) {
  return !norm.getUnitOffset() && !norm.getRoleAttr();
}

/// What queries come from: the same as keys and values, or a latent of their
/// own, made in the same way.
static bool matchQueryLatent(Chain &chain, Value input, LinearOp kvDown,
                             RmsNormOp kvNorm, Value &qDown, Value &qNorm) {
  if (input == kvDown.getX())
    return true;
  auto norm = chain.take<RmsNormOp>(input);
  if (!norm)
    return false;
  auto down = chain.take<LinearOp>(norm.getX());
  if (!down ||
      !chain.expect(down.getX() == kvDown.getX(),
                    "queries and keys come from different tensors") ||
      !chain.expect(isPlainNorm(norm) &&
                        norm.getEpsilonAttr() == kvNorm.getEpsilonAttr() &&
                        !down.getBias() && down.getRole() == Role::QProjection,
                    "expected the latent of queries to be made like that of "
                    "keys, as q_projection"))
    return false;
  qDown = down.getWeight();
  qNorm = norm.getWeight();
  return true;
}

namespace {
/// The projection to queries, keys and values, expanded or absorbed.
struct LatentProjection {
  Value q, k, v, qInput, latent, kRope, wq, wkv;
  IntegerAttr numHeads, nopeDim, ropeDim, vDim;
  /// Where queries are rotated.
  int64_t offset = 0;
};
} // namespace

template <typename OpT>
static std::optional<LatentProjection> takeProjection(Chain &chain,
                                                      Value value) {
  auto op = chain.take<OpT>(value);
  if (!op)
    return std::nullopt;
  LatentProjection result;
  result.q = op.getQ();
  result.k = op.getK();
  result.v = op.getV();
  result.qInput = op.getQInput();
  result.latent = op.getLatent();
  result.kRope = op.getKRope();
  result.wq = op.getWq();
  result.wkv = op.getWkv();
  result.numHeads = op.getNumHeadsAttr();
  result.nopeDim = op.getNopeDimAttr();
  result.ropeDim = op.getRopeDimAttr();
  result.vDim = op.getVDimAttr();
  result.offset = std::is_same_v<OpT, LatentQkvProjectionOp>
                      ? result.nopeDim.getInt()
                      : op.getV().getType().getDimSize(3);
  return result;
}

bool FuseAttentionParts::matchLatentAttention(Chain &chain, Core &core,
                                              OutputProjectionOp root,
                                              OpBuilder &builder,
                                              OperationState &state) {
  Value position = core.getPosition();
  if (!chain.expect(core.weights.getMask() == MaskKind::Causal &&
                        !core.weights.getSinks() &&
                        !core.weights.getAlibiAttr() && !core.softCap &&
                        !root.getBias(),
                    "latent attention has a causal mask, no sinks, no alibi, "
                    "no soft cap and no bias"))
    return false;
  auto rotatedQ = chain.take<RotaryEmbeddingOp>(core.scores.getQ());
  if (!rotatedQ)
    return false;
  AbsorbedValuesOp absorbed = core.absorbed;
  auto qkv =
      absorbed ? takeProjection<AbsorbedQkvProjectionOp>(chain, rotatedQ.getX())
               : takeProjection<LatentQkvProjectionOp>(chain, rotatedQ.getX());
  if (!qkv ||
      !chain.expect(rotatedQ.getX() == qkv->q && core.scores.getK() == qkv->k &&
                        core.output.getV() == qkv->v,
                    "q, k and v are not those of one projection") ||
      !chain.expect(static_cast<int64_t>(rotatedQ.getOffset()) == qkv->offset &&
                        rotatedQ.getRotaryDimAttr() == qkv->ropeDim,
                    "the rotated part of q is not that of the projection") ||
      !chain.expect(!absorbed || (absorbed.getWkv() == qkv->wkv &&
                                  absorbed.getNopeDimAttr() == qkv->nopeDim &&
                                  absorbed.getVDimAttr() == qkv->vDim),
                    "values are made by another weight than keys"))
    return false;
  // What keys and values come from.
  Value latent = qkv->latent, shared = qkv->kRope;
  CacheUpdates updates = matchCaches(chain, position, latent, shared);
  auto rotatedK = chain.take<RotaryEmbeddingOp>(shared);
  auto kvNorm = chain.take<RmsNormOp>(latent);
  if (!rotatedK || !kvNorm ||
      !chain.expect(haveEqualAngles(rotatedQ, rotatedK) &&
                        !rotatedK.getRotaryDimAttr() &&
                        rotatedK.getOffset() == 0,
                    "q and k are rotated in different ways") ||
      !chain.expect(rotatedQ.getPosition() == position,
                    "the rotation and the mask are at different positions"))
    return false;
  auto split = chain.take<SplitOp>(kvNorm.getX());
  if (!split || !chain.expect(split.getParts().size() == 2 &&
                                  kvNorm.getX() == split.getParts()[0] &&
                                  rotatedK.getX() == split.getParts()[1],
                              "expected a split into the latent and the "
                              "rotated part"))
    return false;
  auto kvDown = chain.take<LinearOp>(split.getX());
  if (!kvDown ||
      !chain.expect(isPlainNorm(kvNorm) && !kvDown.getBias() &&
                        !kvDown.getRoleAttr(),
                    "expected a linear layer and a norm of the latent without "
                    "a bias, a unit offset and a role"))
    return false;
  Value qDown, qNormWeight;
  if (!matchQueryLatent(chain, qkv->qInput, kvDown, kvNorm, qDown, qNormWeight))
    return false;
  LatentAttentionOp::build(
      builder, state, root.getType(), kvDown.getX(), qkv->wq,
      kvDown.getWeight(), kvNorm.getWeight(), qkv->wkv, root.getWeight(), qDown,
      qNormWeight, updates.getCaches(), position, updates.getPages(),
      qkv->numHeads, qkv->nopeDim, qkv->ropeDim, qkv->vDim,
      kvNorm.getEpsilonAttr(), core.scores.getScaleAttr(),
      rotatedQ.getThetaAttr(), rotatedQ.getInterleavedAttr(),
      rotatedQ.getScalingAttr(), core.getDropout(),
      absorbed ? builder.getUnitAttr() : UnitAttr());
  return true;
}

/// True if a composite with these operands and attributes types as `root`.
template <typename OpTy>
static bool typesAs(OperationState &state, OutputProjectionOp root) {
  SmallVector<Type, 1> types;
  return succeeded(OpTy::inferReturnTypes(
             root.getContext(), /*location=*/std::nullopt, state.operands,
             state.attributes.getDictionary(root.getContext()),
             state.getRawProperties(), /*regions=*/{}, types)) &&
         types.front() == root.getType();
}

LogicalResult
FuseAttentionParts::matchAndRewrite(OutputProjectionOp root,
                                    PatternRewriter &rewriter) const {
  Chain chain(root);
  Core core;
  // Whichever projection the values come from decides.
  bool isLatent = false, types = false;
  std::optional<OperationState> state;
  if (matchCore(chain, root, core)) {
    isLatent = core.absorbed ||
               core.output.getV().getDefiningOp<LatentQkvProjectionOp>() ||
               core.scores.getK().getDefiningOp<LatentQkvProjectionOp>();
    StringRef name = isLatent ? LatentAttentionOp::getOperationName()
                              : AttentionOp::getOperationName();
    state.emplace(root.getLoc(), name);
    if (isLatent ? matchLatentAttention(chain, core, root, rewriter, *state)
                 : matchAttention(chain, core, root, rewriter, *state))
      types = isLatent ? typesAs<LatentAttentionOp>(*state, root)
                       : typesAs<AttentionOp>(*state, root);
    chain.expect(types, "the parts in one op would not type as they do");
  }
  if (chain.failed())
    return rewriter.notifyMatchFailure(root, chain.getReason());
  state->location = chain.getLoc();
  Operation *composite = rewriter.create(*state);
  composite->setDiscardableAttrs(root->getDiscardableAttrDictionary());
  rewriter.replaceOp(root, composite);
  for (Operation *part : chain.getParts())
    rewriter.eraseOp(part);
  return success();
}

void dag::populateFuseAttentionPatterns(RewritePatternSet &patterns) {
  patterns.add<FuseAttentionParts>(patterns.getContext());
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
/// Says at a chain why it stays.
struct FailureRemarks : RewriterBase::Listener {
  void
  notifyMatchFailure(Location loc,
                     function_ref<void(Diagnostic &)> reasonCallback) final {
    Diagnostic reason(loc, DiagnosticSeverity::Remark);
    reasonCallback(reason);
    emitRemark(loc) << "attention is not fused: " << reason.str();
  }
};

struct FuseAttention : dag::impl::DagFuseAttentionBase<FuseAttention> {
  using DagFuseAttentionBase::DagFuseAttentionBase;

  LogicalResult initialize(MLIRContext *context) final {
    RewritePatternSet set(context);
    populateFuseAttentionPatterns(set);
    patterns = std::move(set);
    return success();
  }

  // Every root is tried once: one fusion makes no other one possible. Nothing
  // is folded, and what nobody uses stays.
  void runOnOperation() final {
    SmallVector<OutputProjectionOp> roots;
    getOperation().walk([&](OutputProjectionOp op) {
      if (!isInReference(op))
        roots.push_back(op);
    });
    PatternApplicator applicator(patterns);
    applicator.applyDefaultCostModel();
    FailureRemarks remarks;
    PatternRewriter rewriter(&getContext());
    if (explain)
      rewriter.setListener(&remarks);
    for (OutputProjectionOp root : roots) {
      rewriter.setInsertionPoint(root);
      if (succeeded(applicator.matchAndRewrite(root, rewriter)))
        ++numFused;
      else
        ++numLeft;
    }
  }

  FrozenRewritePatternSet patterns;
};
} // namespace
