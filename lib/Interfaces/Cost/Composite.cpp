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

/// Keys of each sequence in a composite attention: those of the cache, of all
/// blocks of one in pages, or of the tokens.
template <typename OpT>
static int64_t getNumKeys(OpT attention, const LivenessContext &context) {
  if (attention.getCache().empty())
    return getDim(context, attention.getX(), 1);
  int64_t keys = getDim(context, attention.getCache().front(), 1);
  Value pages = attention.getPages();
  return pages ? multiplySaturating(keys, getDim(context, pages, 1)) : keys;
}

/// Parts know weights by the type that they are used in, once each; read is
/// what is stored.
static OpCost readAsStored(Operation *op, OpCost cost, CostContext &context) {
  for (Value operand : op->getOperands()) {
    if (!operand.getDefiningOp<DequantizeOp>())
      continue;
    const LocalTensor &used = context.getLocal(operand.getType());
    if (used.isKnown)
      cost.bytesRead = std::max<int64_t>(0, cost.bytesRead - used.bytes);
    cost.bytesRead =
        addSaturating(cost.bytesRead, CostBuilder(context).bytes(operand));
  }
  return cost;
}

namespace {
/// Costs what its parts cost, but needs memory as one kernel: all that its
/// parts hand on lives until it ends.
template <typename ConcreteT, typename OpT>
struct CompositeModel : Model<ConcreteT, OpT> {
  OpCost getCost(Operation *op, CostContext &context) const {
    if (std::optional<OpCost> cost =
            context.getCostOfParts(cast<CompositeOpInterface>(op)))
      return readAsStored(op, *cost, context);
    OpCost unknown;
    unknown.unknown.flops = unknown.unknown.moved = true;
    return unknown;
  }
};

struct AttentionModel : CompositeModel<AttentionModel, AttentionOp> {
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
    int64_t keys = getNumKeys(attention, context);
    if (context.kernels.materializesAttention && headDim > 0)
      total = addSaturating(
          total, getBytes(x, {2, dim(x, 0), q / headDim, dim(x, 1), keys}));
    return total;
  }
};

struct LatentAttentionModel
    : CompositeModel<LatentAttentionModel, LatentAttentionOp> {
  /// Queries and the latent of the tokens, keys and values of all of them, and
  /// the sums; absorbed, queries and sums as latents in place of the keys and
  /// values.
  int64_t getWorkspaceBytes(Operation *op,
                            const LivenessContext &context) const {
    auto attention = cast<LatentAttentionOp>(op);
    auto dim = [&](Value value, unsigned index) {
      return getDim(context, value, index);
    };
    Value x = attention.getX();
    int64_t keys = getNumKeys(attention, context);
    int64_t own = addSaturating(dim(attention.getWQ(), 0),
                                dim(attention.getWKvDown(), 0));
    own = addSaturating(own, dim(attention.getWo(), 1));
    int64_t width = static_cast<int64_t>(attention.getNopeDim()) +
                    static_cast<int64_t>(attention.getRopeDim());
    int64_t heads = width > 0 ? dim(attention.getWQ(), 0) / width : 0;
    int64_t all =
        addSaturating(dim(attention.getWKv(), 0),
                      multiplySaturating(heads, attention.getRopeDim()));
    if (attention.getAbsorbed()) {
      int64_t rank = dim(attention.getWKv(), 1);
      int64_t wide =
          addSaturating(multiplySaturating(2, rank), attention.getRopeDim());
      own = addSaturating(own, multiplySaturating(heads, wide));
      all = 0;
    }
    int64_t total = addSaturating(getBytes(x, {dim(x, 0), dim(x, 1), own}),
                                  getBytes(x, {dim(x, 0), keys, all}));
    if (context.kernels.materializesAttention)
      total = addSaturating(
          total, getBytes(x, {2, dim(x, 0), heads, dim(x, 1), keys}));
    return total;
  }
};

struct MoeModel : CompositeModel<MoeModel, MoeOp> {
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
    Share use;
    use.part = multiplySaturating({dim(x, 0), dim(x, 1), topK});
    use.whole = multiplySaturating(dim(moe.getWRouter(), 0), capacity);
    int64_t slots = multiplySaturating(dim(moe.getWUp(), 0), capacity);
    if (!context.kernels.padsExperts && use.whole > 0)
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
