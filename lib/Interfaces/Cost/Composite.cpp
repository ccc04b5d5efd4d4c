//===- Composite.cpp - Costs of ops that are made of others -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::costs;

/// Keys of a composite attention: those of the cache, or of the tokens.
template <typename OpT>
static Value getKeys(OpT attention) {
  return attention.getCache().empty() ? attention.getX()
                                      : attention.getCache().front();
}

namespace {
struct AttentionModel : Model<AttentionModel, AttentionOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto attention = cast<AttentionOp>(op);
    Value x = attention.getX();
    CostBuilder cost(context);
    // Its parts: 2 b s h (q + k + v), twice 2 b s t q, and 2 b s q h.
    int64_t tokens = multiplySaturating(cost.dim(x, 0), cost.dim(x, 1));
    int64_t q = cost.dim(attention.getWq(), 0);
    int64_t features = addSaturating(q, cost.dim(attention.getWk(), 0));
    features = addSaturating(features, cost.dim(attention.getWv(), 0));
    int64_t keys = cost.dim(getKeys(attention), 1);
    return cost.multiply({cost.elements(x), features})
        .multiply({2, tokens, keys, q})
        .multiply({tokens, q, cost.dim(attention.getWo(), 0)})
        .in({x, attention.getWq()})
        .read(op->getOperands())
        .write(op->getResults());
  }
  /// Queries, keys and values, the sums, and the scores twice.
  int64_t getWorkspaceBytes(Operation *op,
                            const LivenessContext &context) const {
    auto attention = cast<AttentionOp>(op);
    auto dim = [&](Value value, unsigned index) {
      return getDim(context, value, index);
    };
    Value x = attention.getX();
    int64_t q = dim(attention.getWq(), 0);
    int64_t features =
        addSaturating(dim(attention.getWk(), 0), dim(attention.getWv(), 0));
    features = addSaturating(features, multiplySaturating(2, q));
    int64_t total = getBytes(x, {dim(x, 0), dim(x, 1), features});
    auto headDim = static_cast<int64_t>(attention.getHeadDim());
    int64_t keys = dim(getKeys(attention), 1);
    if (context.kernels.materializesAttention && headDim > 0)
      total = addSaturating(
          total, getBytes(x, {2, dim(x, 0), q / headDim, dim(x, 1), keys}));
    return total;
  }
};

struct LatentAttentionModel : Model<LatentAttentionModel, LatentAttentionOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto attention = cast<LatentAttentionOp>(op);
    Value x = attention.getX();
    CostBuilder cost(context);
    int64_t batch = cost.dim(x, 0), sequence = cost.dim(x, 1);
    int64_t tokens = multiplySaturating(batch, sequence);
    int64_t keys = cost.dim(getKeys(attention), 1);
    cost.multiply({cost.elements(x), cost.dim(attention.getWKvDown(), 0)});
    if (Value down = attention.getWQDown())
      cost.multiply({cost.elements(x), cost.dim(down, 0)});
    // Products with all keys have the width of q, those with the values the
    // width of the output projection.
    return cost.multiply({tokens, cost.elements(attention.getWQ())})
        .multiply({batch, keys, cost.elements(attention.getWKv())})
        .multiply({tokens, keys, cost.dim(attention.getWQ(), 0)})
        .multiply({tokens, keys, cost.dim(attention.getWo(), 1)})
        .multiply({tokens, cost.elements(attention.getWo())})
        .in({x, attention.getWQ()})
        .read(op->getOperands())
        .write(op->getResults());
  }
  /// Queries and the latent of the tokens, keys and values of all of them, and
  /// the sums.
  int64_t getWorkspaceBytes(Operation *op,
                            const LivenessContext &context) const {
    auto attention = cast<LatentAttentionOp>(op);
    auto dim = [&](Value value, unsigned index) {
      return getDim(context, value, index);
    };
    Value x = attention.getX();
    int64_t keys = dim(getKeys(attention), 1);
    int64_t own = addSaturating(dim(attention.getWQ(), 0),
                                dim(attention.getWKvDown(), 0));
    own = addSaturating(own, dim(attention.getWo(), 1));
    int64_t width = static_cast<int64_t>(attention.getNopeDim()) +
                    static_cast<int64_t>(attention.getRopeDim());
    int64_t heads = width > 0 ? dim(attention.getWQ(), 0) / width : 0;
    int64_t all =
        addSaturating(dim(attention.getWKv(), 0),
                      multiplySaturating(heads, attention.getRopeDim()));
    int64_t total = addSaturating(getBytes(x, {dim(x, 0), dim(x, 1), own}),
                                  getBytes(x, {dim(x, 0), keys, all}));
    if (context.kernels.materializesAttention)
      total = addSaturating(
          total, getBytes(x, {2, dim(x, 0), heads, dim(x, 1), keys}));
    return total;
  }
};

struct MoeModel : Model<MoeModel, MoeOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto moe = cast<MoeOp>(op);
    Value x = moe.getX(), gate = moe.getWGate(), down = moe.getWDown();
    CostBuilder cost(context);
    int64_t experts = cost.dim(moe.getWRouter(), 0);
    auto topK = static_cast<int64_t>(moe.getTopK());
    auto capacity = static_cast<int64_t>(moe.getCapacity());
    SlotUse use;
    use.routed = multiplySaturating({cost.dim(x, 0), cost.dim(x, 1), topK});
    use.slots = multiplySaturating(experts, capacity);
    int64_t slots = multiplySaturating(cost.dim(gate, 0), capacity);
    if (use.slots > 0)
      slots = use.apply(slots);
    int64_t inner = addSaturating(cost.dim(gate, 1), cost.dim(moe.getWUp(), 1));
    return cost.multiply({cost.elements(x), experts})
        .multiply({slots, cost.dim(x, 2), inner})
        .multiply({slots, cost.dim(down, 1), cost.dim(down, 2)})
        .in({x, gate})
        .read(op->getOperands())
        .write(op->getResults());
  }
  /// The tokens by expert, the products with gate and up, the results.
  int64_t getWorkspaceBytes(Operation *op,
                            const LivenessContext &context) const {
    auto moe = cast<MoeOp>(op);
    auto dim = [&](Value value, unsigned index) {
      return getDim(context, value, index);
    };
    Value x = moe.getX();
    auto topK = static_cast<int64_t>(moe.getTopK());
    auto capacity = static_cast<int64_t>(moe.getCapacity());
    SlotUse use;
    use.routed = multiplySaturating({dim(x, 0), dim(x, 1), topK});
    use.slots = multiplySaturating(dim(moe.getWRouter(), 0), capacity);
    int64_t slots = multiplySaturating(dim(moe.getWUp(), 0), capacity);
    if (!context.kernels.padsExperts && use.slots > 0)
      slots = use.apply(slots);
    int64_t inner = multiplySaturating(2, dim(moe.getWUp(), 1));
    int64_t outer = multiplySaturating(2, dim(x, 2));
    return getBytes(x, {slots, addSaturating(inner, outer)});
  }
};
} // namespace

void costs::attachCompositeModels(MLIRContext *context) {
  AttentionOp::attachInterface<AttentionModel>(*context);
  LatentAttentionOp::attachInterface<LatentAttentionModel>(*context);
  MoeOp::attachInterface<MoeModel>(*context);
}
