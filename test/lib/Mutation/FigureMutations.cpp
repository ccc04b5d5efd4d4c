//===- FigureMutations.cpp - Ops with other figures than the model's -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

/// Gives an attribute of some ops another value; null leaves it alone.
template <typename... Ops>
static void change(Sites &sites, StringRef name,
                   function_ref<Attribute(Operation *, Attribute)> change) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isa<Ops...>(op))
      return;
    Attribute value = op->getAttr(name);
    Attribute other = value ? change(op, value) : Attribute();
    if (!other)
      return;
    std::string text;
    llvm::raw_string_ostream(text) << name << " = " << other;
    sites.add(op, text, [=]() mutable { op->setAttr(name, other); });
  });
}

template <typename... Ops>
static void scale(Sites &sites, StringRef name, double factor) {
  change<Ops...>(sites, name, [=](Operation *, Attribute value) -> Attribute {
    auto number = cast<FloatAttr>(value);
    return FloatAttr::get(number.getType(), factor * number.getValueAsDouble());
  });
}

template <typename... Ops>
static void increase(Sites &sites, StringRef name, int64_t step) {
  change<Ops...>(sites, name, [=](Operation *, Attribute value) -> Attribute {
    auto number = cast<IntegerAttr>(value);
    if (number.getInt() + step <= 0)
      return {};
    return IntegerAttr::get(number.getType(), number.getInt() + step);
  });
}

template <typename... Ops>
static void drop(Sites &sites, StringRef name, StringRef why = "") {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<Ops...>(op) && op->getAttr(name))
      sites.add(op, "no " + name, [=]() mutable { op->removeAttr(name); },
                {"DAG790", why});
  });
}

template <typename... Ops>
static void flip(Sites &sites, StringRef name) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isa<Ops...>(op))
      return;
    bool isSet = op->getAttr(name) != Attribute();
    sites.add(op, (isSet ? "not " : "") + name, [=]() mutable {
      if (isSet)
        op->removeAttr(name);
      else
        op->setAttr(name, UnitAttr::get(op->getContext()));
    });
  });
}

/// Gives the results of all ops of a layer the types that follow from their
/// operands, where any follow.
static void inferTypes(Block &block) {
  ScopedDiagnosticHandler silence(block.getParentOp()->getContext(),
                                  [](Diagnostic &) { return success(); });
  for (Operation &op : block) {
    auto infer = dyn_cast<InferTypeOpInterface>(op);
    SmallVector<Type> types;
    if (!infer ||
        failed(infer.inferReturnTypes(
            op.getContext(), op.getLoc(), op.getOperands(),
            op.getDiscardableAttrDictionary(), op.getPropertiesStorage(),
            op.getRegions(), types)) ||
        types.size() != op.getNumResults())
      continue;
    for (auto [result, type] : llvm::zip(op.getResults(), types))
      result.setType(type);
  }
}

static void wrongMask(Sites &sites) {
  sites.forEach<AttentionWeightsOp>([&](AttentionWeightsOp op) {
    MLIRContext *context = op.getContext();
    auto add = [&](MaskKind mask, int64_t window, StringRef why) {
      sites.add(op, "mask " + stringifyMaskKind(mask),
                [=]() mutable {
                  op.setMask(mask);
                  if (window)
                    op.setWindowAttr(IntegerAttr::get(
                        IntegerType::get(context, 64), window));
                  else
                    op.removeWindowAttr();
                },
                {"DAG790", why});
    };
    bool isLast =
        op.getPosition() && op.getScores().getType().getDimSize(2) == 1;
    StringRef why = isLast ? "the only query is the last token"
                           : sites.getReasonForOtherTokens(op);
    if (op.getMask() == MaskKind::Causal) {
      add(MaskKind::None, 0, why);
      add(MaskKind::SlidingWindow, 1, "");
    } else if (op.getMask() == MaskKind::SlidingWindow) {
      add(MaskKind::Causal, 0, "no more tokens than the window has");
    }
  });
}

static void wrongWindow(Sites &sites) {
  sites.forEach<AttentionWeightsOp>([&](AttentionWeightsOp op) {
    IntegerAttr window = op.getWindowAttr();
    if (!window)
      return;
    for (int64_t other : {window.getInt() + 1, window.getInt() - 1})
      sites.add(op, "window = " + Twine(other),
                [=]() mutable {
                  op.setWindowAttr(IntegerAttr::get(window.getType(), other));
                },
                {"DAG790", "no more tokens than the window has"});
  });
}

static void wrongRotaryDim(Sites &sites) {
  sites.forEach<RotaryEmbeddingOp>([&](RotaryEmbeddingOp op) {
    auto type = cast<RankedTensorType>(op.getX().getType());
    int64_t size = op.getRotaryDim().value_or(type.getShape().back());
    if (size % 4 == 0)
      sites.add(op, "rotary_dim = " + Twine(size / 2),
                [=]() mutable { op.setRotaryDim(size / 2); });
    if (int64_t(op.getOffset()) + size < type.getShape().back())
      sites.add(op, "offset = " + Twine(op.getOffset() + 1),
                [=]() mutable { op.setOffset(op.getOffset() + 1); });
    else if (op.getOffset() > 0)
      sites.add(op, "offset = 0", [=]() mutable { op.setOffset(0); });
  });
}

static void wrongActivation(Sites &sites) {
  sites.forEach<ActivationOp>([&](ActivationOp op) {
    for (ActivationKind kind : {ActivationKind::Relu, ActivationKind::Gelu,
                                ActivationKind::GeluTanh, ActivationKind::Silu})
      if (kind != op.getKind())
        sites.add(op, stringifyActivationKind(kind),
                  [=]() mutable { op.setKind(kind); });
  });
  sites.forEach<ExpertOp>([&](ExpertOp op) {
    if (!op.getAlpha())
      sites.add(op, "gelu",
                [=]() mutable { op.setActivation(ActivationKind::Gelu); });
  });
}

static void wrongTopK(Sites &sites) {
  sites.forEach<RouterOp>([&](RouterOp op) {
    int64_t topK = op.getTopK();
    for (int64_t other : {topK + 1, topK - 1}) {
      if (other <= 0)
        continue;
      sites.add(op, "top_k = " + Twine(other), [=]() mutable {
        op.setTopK(other);
        inferTypes(*op->getBlock());
      });
    }
  });
}

static void wrongRouting(Sites &sites) {
  flip<RouterOp>(sites, "normalize");
  scale<RouterOp>(sites, "scale", 2);
  drop<RouterOp>(sites, "scale");
  sites.forEach<RouterOp>([&](RouterOp op) {
    ScoringKind other = op.getScoring() == ScoringKind::Softmax
                            ? ScoringKind::Sigmoid
                            : ScoringKind::Softmax;
    sites.add(op, "scoring " + stringifyScoringKind(other),
              [=]() mutable { op.setScoring(other); });
    if (op.getTopGroups() && *op.getTopGroups() < *op.getGroups())
      sites.add(op, "top_groups = " + Twine(*op.getTopGroups() + 1),
                [=]() mutable { op.setTopGroups(*op.getTopGroups() + 1); },
                {"DAG790", "the best experts may be in the same groups"});
  });
}

static void wrongCapacity(Sites &sites) {
  sites.forEach<DispatchOp>([&](DispatchOp op) {
    int64_t capacity = op.getCapacity();
    for (int64_t other : {2 * capacity, capacity / 4}) {
      if (other == 0)
        continue;
      sites.add(
          op, "capacity = " + Twine(other),
          [=]() mutable {
            op.setCapacity(other);
            inferTypes(*op->getBlock());
          },
          {"DAG790 DAG705", "no expert has more tokens than the capacity"});
    }
  });
}

static void wrongHeads(Sites &sites) {
  for (StringRef name : {"num_heads", "num_kv_heads", "head_dim", "nope_dim",
                         "rope_dim", "v_dim"})
    change<QkvProjectionOp, LatentQkvProjectionOp, AbsorbedQkvProjectionOp,
           AbsorbedValuesOp>(
        sites, name, [](Operation *, Attribute value) -> Attribute {
          auto number = cast<IntegerAttr>(value);
          return IntegerAttr::get(number.getType(), 2 * number.getInt());
        });
}

/// Twice the heads of half the size: all types fit.
static void splitHeads(Sites &sites) {
  sites.forEach<QkvProjectionOp>([&](QkvProjectionOp op) {
    int64_t size = op.getHeadDim();
    // Padded heads would be others.
    bool isPadded = llvm::any_of(op.getResultTypes(), [](Type type) {
      return ShardedType(cast<RankedTensorType>(type)).dims[2].isRagged();
    });
    if (size % 4 != 0 || isPadded)
      return;
    sites.add(op, "heads of " + Twine(size / 2), [=]() mutable {
      op.setNumHeads(2 * op.getNumHeads());
      op.setNumKvHeads(2 * op.getNumKvHeads());
      op.setHeadDim(size / 2);
      for (KvCacheOp cache : op->getBlock()->getOps<KvCacheOp>()) {
        auto type = cast<RankedTensorType>(cache.getType());
        Type halved = withSize(type, 3, size / 2);
        cache.getResult().setType(cast<RankedTensorType>(
            withSize(halved, 2, 2 * type.getDimSize(2))));
      }
      inferTypes(*op->getBlock());
    });
  });
}

static void wrongDropout(Sites &sites) {
  sites.forEach<DropoutOp>([&](DropoutOp op) {
    sites.add(op, "p = 0.5",
              [=]() mutable { op.setPAttr(Builder(op).getF64FloatAttr(0.5)); });
  });
}

static void wrongModelFigure(Sites &sites) {
  ModelOp plan = sites.getPlan();
  for (StringRef name : ModelOp::getFigureNames())
    if (auto figure = plan->getAttrOfType<IntegerAttr>(name))
      sites.add(plan, name + " = " + Twine(2 * figure.getInt()), [=]() mutable {
        plan->setAttr(name,
                      IntegerAttr::get(figure.getType(), 2 * figure.getInt()));
      });
}

ArrayRef<Kind> mutation::getFigureKinds() {
  static constexpr Expected figure = {"DAG790", ""};
  static const Kind kinds[] = {
      {"wrong-epsilon", figure, "a norm with another epsilon",
       [](Sites &sites) {
         scale<RmsNormOp, LayerNormOp, QkNormOp>(sites, "epsilon", 10);
       }},
      {"wrong-unit-offset", figure, "a norm whose weight counts from one",
       [](Sites &sites) { flip<RmsNormOp, QkNormOp>(sites, "unit_offset"); }},
      {"wrong-scale", figure, "attention with another scale",
       [](Sites &sites) { scale<AttentionScoresOp>(sites, "scale", 2); }},
      {"wrong-factor", figure, "a scaling by another factor",
       [](Sites &sites) { scale<ScaleOp>(sites, "factor", 2); }},
      {"wrong-soft-cap", figure, "logits that are capped elsewhere",
       [](Sites &sites) { scale<SoftCapOp>(sites, "cap", 2); }},
      {"wrong-mask", figure, "attention with another mask", wrongMask},
      {"wrong-window", figure, "a window of another size", wrongWindow},
      {"wrong-alibi", figure, "ALiBi with other slopes",
       [](Sites &sites) {
         scale<AttentionWeightsOp>(sites, "alibi", 2);
         drop<AttentionWeightsOp>(sites, "alibi",
                                  "a softmax of one key is one");
       }},
      {"wrong-theta", figure, "a rotation with another base",
       [](Sites &sites) { scale<RotaryEmbeddingOp>(sites, "theta", 2); }},
      {"wrong-interleaving", figure, "a rotation of other pairs",
       [](Sites &sites) { flip<RotaryEmbeddingOp>(sites, "interleaved"); }},
      {"wrong-rotary-dim", figure, "a rotation of other elements",
       wrongRotaryDim},
      {"drop-rope-scaling", figure, "a rotation that is not scaled",
       [](Sites &sites) { drop<RotaryEmbeddingOp>(sites, "scaling"); }},
      {"wrong-activation", figure, "another activation", wrongActivation},
      {"wrong-expert-figure", figure,
       "experts with another alpha, limit or offset",
       [](Sites &sites) {
         scale<ExpertOp>(sites, "alpha", 2);
         scale<ExpertOp>(sites, "up_offset", 2);
         drop<ExpertOp>(sites, "limit", "nothing is beyond the limit");
       }},
      {"wrong-position-offset", figure, "learned positions from another row",
       [](Sites &sites) {
         increase<PositionEmbeddingOp>(sites, "offset", 1);
         increase<PositionEmbeddingOp>(sites, "offset", -1);
       }},
      {"wrong-top-k", figure, "another number of experts for a token",
       wrongTopK},
      {"wrong-routing", figure, "experts that are weighted in another way",
       wrongRouting},
      {"wrong-capacity", figure, "experts of another capacity", wrongCapacity},
      {"wrong-heads",
       {"DAG704 DAG708", ""},
       "a projection with other figures than its weights",
       wrongHeads},
      {"split-heads",
       {"DAG790 DAG706", ""},
       "twice the heads of half the size",
       splitHeads},
      {"wrong-dropout", {"DAG79", ""}, "dropout with p = 0.5", wrongDropout},
      {"wrong-model-figure",
       {"DAG706 DAG704 DAG201 DAG207", "nothing computes with it"},
       "a figure of the model that is not true",
       wrongModelFigure},
  };
  return kinds;
}
