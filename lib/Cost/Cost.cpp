//===- Cost.cpp - What ops cost on a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Cost/Cost.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

static constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

int64_t dag::addSaturating(int64_t a, int64_t b) {
  int64_t sum;
  return llvm::AddOverflow(a, b, sum) ? kLargest : sum;
}

int64_t dag::multiplySaturating(int64_t a, int64_t b) {
  int64_t product;
  return llvm::MulOverflow(a, b, product) ? kLargest : product;
}

int64_t dag::scaleSaturating(int64_t value, int64_t numerator,
                             int64_t denominator) {
  int64_t divisor = std::gcd(numerator, denominator);
  numerator /= divisor;
  denominator /= divisor;
  // In two parts, so that only a result that is too large overflows.
  int64_t whole = multiplySaturating(value / denominator, numerator);
  int64_t rest = multiplySaturating(value % denominator, numerator);
  return addSaturating(whole, rest / denominator + (rest % denominator != 0));
}

/// The product; negative (dynamic) factors are excluded before.
static int64_t multiply(std::initializer_list<int64_t> factors) {
  int64_t product = 1;
  for (int64_t factor : factors)
    product = multiplySaturating(product, factor);
  return product;
}

MeshShape dag::getMeshShape(ModelOp model) {
  MeshOp mesh = model.lookupMesh();
  return mesh ? MeshShape(mesh) : MeshShape();
}

//===----------------------------------------------------------------------===//
// Cost
//===----------------------------------------------------------------------===//

/// Calls `callback` with each figure and its counterpart.
template <typename A, typename B, typename Fn>
static void forEachFigure(A &a, B &b, Fn callback) {
  callback(a.flops, b.flops);
  callback(a.parameters, b.parameters);
  callback(a.parameterBytes, b.parameterBytes);
  callback(a.cacheBytes, b.cacheBytes);
  callback(a.collectives, b.collectives);
  callback(a.collectiveBytes, b.collectiveBytes);
  callback(a.sends, b.sends);
  callback(a.sendBytes, b.sendBytes);
  for (auto [left, right] : llvm::zip_equal(a.traffic, b.traffic)) {
    callback(left.count, right.count);
    callback(left.bytes, right.bytes);
  }
}

Cost &Cost::operator+=(const Cost &other) {
  forEachFigure(*this, other,
                [](int64_t &a, int64_t b) { a = addSaturating(a, b); });
  isComplete &= other.isComplete;
  return *this;
}

bool Cost::operator==(const Cost &other) const {
  bool isEqual = isComplete == other.isComplete;
  forEachFigure(*this, other, [&](int64_t a, int64_t b) { isEqual &= a == b; });
  return isEqual;
}

//===----------------------------------------------------------------------===//
// Tensors on a rank
//===----------------------------------------------------------------------===//

const LocalTensor &CostModel::getLocal(Type type) {
  const LocalTensor *&entry = known[type];
  if (entry)
    return *entry;
  LocalTensor &tensor = tensors.emplace_back();
  entry = &tensor;
  auto ranked = dyn_cast_if_present<RankedTensorType>(type);
  if (!ranked)
    return tensor;
  tensor.shape.assign(getLocalShape(ranked, mesh));
  if (llvm::any_of(tensor.shape, ShapedType::isDynamic))
    return tensor;
  tensor.elements = 1;
  for (int64_t size : tensor.shape)
    tensor.elements = multiplySaturating(tensor.elements, size);
  if (!ranked.getElementType().isIntOrFloat()) {
    tensor.elements = 0;
    return tensor;
  }
  int64_t bits = ranked.getElementType().getIntOrFloatBitWidth();
  tensor.bytes = scaleSaturating(tensor.elements, bits, 8);
  tensor.isKnown = true;
  return tensor;
}

namespace {
/// Sizes of the operands of an op, of which one that is not known makes the
/// cost incomplete.
class Sizes {
public:
  Sizes(CostModel &model, Cost &cost) : model(model), cost(cost) {}

  /// Elements of the local part.
  int64_t elements(Value value) {
    const LocalTensor &tensor = model.getLocal(value.getType());
    return known(tensor.isKnown ? tensor.elements : -1);
  }
  /// Size of a dimension of the local part.
  int64_t dim(Value value, unsigned index) {
    const LocalTensor &tensor = model.getLocal(value.getType());
    return known(index < tensor.shape.size() ? tensor.shape[index] : -1);
  }

private:
  int64_t known(int64_t size) {
    if (size >= 0)
      return size;
    cost.isComplete = false;
    return 0;
  }

  CostModel &model;
  Cost &cost;
};
} // namespace

//===----------------------------------------------------------------------===//
// Floating-point operations
//===----------------------------------------------------------------------===//

SlotUse dag::getSlotUse(Value value) {
  // Between dispatch and experts there are a slice, an all-to-all or both.
  constexpr unsigned kMaxSteps = 8;
  for (unsigned step = 0; step < kMaxSteps && value; ++step) {
    Operation *op = value.getDefiningOp();
    if (auto dispatch = dyn_cast_if_present<DispatchOp>(op)) {
      auto indices =
          dyn_cast<RankedTensorType>(dispatch.getIndices().getType());
      auto result = dyn_cast<RankedTensorType>(dispatch.getResult().getType());
      if (!indices || !result || !indices.hasStaticShape() ||
          !result.hasStaticShape() || result.getRank() != 3)
        return {};
      SlotUse use;
      use.routed = 1;
      for (int64_t size : indices.getShape())
        use.routed = multiplySaturating(use.routed, size);
      use.slots = multiply({result.getDimSize(0), result.getDimSize(1)});
      return use.slots > 0 ? use : SlotUse();
    }
    if (isa_and_present<ExpertOp>(op) ||
        (isa_and_present<CollectiveOpInterface>(op) &&
         op->getNumOperands() != 0))
      value = op->getOperand(0);
    else
      return {};
  }
  return {};
}

/// Products of matrices, two operations for a multiply-add: a weight [n, k]
/// costs 2 n k for each vector that it is applied to (appendix of arXiv
/// 2104.04473). All else is bound by memory, not by arithmetic, and counts as
/// nothing. A mask saves nothing: what a causal kernel skips depends on its
/// tiles.
static int64_t countFlops(Operation *op, Sizes sizes) {
  auto elements = [&](Value value) { return sizes.elements(value); };
  auto dim = [&](Value value, unsigned index) {
    return sizes.dim(value, index);
  };
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([&](LinearOp linear) {
        return multiply(
            {2, elements(linear.getX()), dim(linear.getWeight(), 0)});
      })
      .Case([&](QkvProjectionOp qkv) {
        int64_t features = dim(qkv.getWq(), 0);
        features = addSaturating(features, dim(qkv.getWk(), 0));
        features = addSaturating(features, dim(qkv.getWv(), 0));
        return multiply({2, elements(qkv.getX()), features});
      })
      .Case([&](LatentQkvProjectionOp qkv) {
        return addSaturating(
            multiply({2, elements(qkv.getQInput()), dim(qkv.getWq(), 0)}),
            multiply({2, elements(qkv.getLatent()), dim(qkv.getWkv(), 0)}));
      })
      .Case([&](AttentionScoresOp scores) {
        return multiply(
            {2, elements(scores.getResult()), dim(scores.getQ(), 3)});
      })
      .Case([&](AttentionOutputOp output) {
        return multiply(
            {2, elements(output.getWeights()), dim(output.getV(), 3)});
      })
      .Case([&](OutputProjectionOp projection) {
        return multiply(
            {2, elements(projection.getX()), dim(projection.getWeight(), 0)});
      })
      .Case([&](AttentionOp attention) {
        // Its parts: 2 b s h (q + k + v), twice 2 b s t q, and 2 b s q h.
        Value x = attention.getX();
        int64_t tokens = multiply({dim(x, 0), dim(x, 1)});
        int64_t q = dim(attention.getWq(), 0);
        int64_t features = addSaturating(q, dim(attention.getWk(), 0));
        features = addSaturating(features, dim(attention.getWv(), 0));
        int64_t keys = attention.getCache().empty()
                           ? dim(x, 1)
                           : dim(attention.getCache().front(), 1);
        int64_t flops = multiply({2, elements(x), features});
        flops = addSaturating(flops, multiply({4, tokens, keys, q}));
        return addSaturating(
            flops, multiply({2, tokens, q, dim(attention.getWo(), 0)}));
      })
      .Case([&](LatentAttentionOp attention) {
        Value x = attention.getX();
        int64_t batch = dim(x, 0), sequence = dim(x, 1);
        int64_t tokens = multiply({batch, sequence});
        int64_t keys = attention.getCache().empty()
                           ? sequence
                           : dim(attention.getCache().front(), 1);
        int64_t flops =
            multiply({2, elements(x), dim(attention.getWKvDown(), 0)});
        auto add = [&](std::initializer_list<int64_t> factors) {
          flops = addSaturating(flops, multiply(factors));
        };
        if (Value down = attention.getWQDown())
          add({2, elements(x), dim(down, 0)});
        add({2, tokens, elements(attention.getWQ())});
        add({2, batch, keys, elements(attention.getWKv())});
        // Products with all keys have the width of q, those with the values
        // the width of the output projection.
        add({2, tokens, keys, dim(attention.getWQ(), 0)});
        add({2, tokens, keys, dim(attention.getWo(), 1)});
        add({2, tokens, elements(attention.getWo())});
        return flops;
      })
      .Case([&](RouterOp router) {
        return multiply(
            {2, elements(router.getX()), dim(router.getWeight(), 0)});
      })
      .Case([&](ExpertOp expert) {
        // A slot without a token costs nothing: kernels group the tokens.
        Value x = expert.getX();
        int64_t slots = getSlotUse(x).apply(multiply({dim(x, 0), dim(x, 1)}));
        int64_t inner = dim(expert.getWGate(), 1);
        inner = addSaturating(inner, dim(expert.getWUp(), 1));
        return addSaturating(multiply({2, slots, dim(x, 2), inner}),
                             multiply({2, slots, dim(expert.getWDown(), 1),
                                       dim(expert.getWDown(), 2)}));
      })
      .Case([&](MoeOp moe) {
        Value x = moe.getX(), gate = moe.getWGate(), down = moe.getWDown();
        int64_t experts = dim(moe.getWRouter(), 0);
        int64_t flops = multiply({2, elements(x), experts});
        SlotUse use;
        use.routed = multiply(
            {dim(x, 0), dim(x, 1), static_cast<int64_t>(moe.getTopK())});
        use.slots =
            multiply({experts, static_cast<int64_t>(moe.getCapacity())});
        int64_t slots =
            multiply({dim(gate, 0), static_cast<int64_t>(moe.getCapacity())});
        if (use.slots > 0)
          slots = use.apply(slots);
        int64_t inner = addSaturating(dim(gate, 1), dim(moe.getWUp(), 1));
        flops = addSaturating(flops, multiply({2, slots, dim(x, 2), inner}));
        return addSaturating(flops,
                             multiply({2, slots, dim(down, 1), dim(down, 2)}));
      })
      .Default([](Operation *) { return int64_t(0); });
}

//===----------------------------------------------------------------------===//
// Communication
//===----------------------------------------------------------------------===//

/// Bytes that a rank sends over a ring of `n`, where `shard` is the smaller of
/// the tensors before and after, and `whole` the larger one. The factors are
/// those of NCCL's bus bandwidth (nccl-tests, doc/PERFORMANCE.md); with a
/// shard of whole / n they are 2 (n - 1) / n, (n - 1) / n and 1 of the whole.
/// At a root stands what the root sends or receives.
static int64_t getRingBytes(CollectiveKind kind, int64_t n, int64_t shard,
                            int64_t whole) {
  switch (kind) {
  case CollectiveKind::AllReduce:
    return scaleSaturating(whole, multiplySaturating(2, n - 1), n);
  case CollectiveKind::AllGather:
  case CollectiveKind::ReduceScatter:
  case CollectiveKind::Scatter:
  case CollectiveKind::Gather:
    return multiplySaturating(shard, n - 1);
  case CollectiveKind::AllToAll:
    return scaleSaturating(whole, n - 1, n);
  case CollectiveKind::Broadcast:
  case CollectiveKind::Reduce:
    return whole;
  case CollectiveKind::Slice:
  case CollectiveKind::Send:
  case CollectiveKind::Recv:
    return 0;
  }
  llvm_unreachable("unknown kind");
}

static void addTraffic(CollectiveOpInterface op, CostModel &model, Cost &cost) {
  const auto *kind = llvm::find(kTrafficKinds, op.getCollectiveKind());
  ArrayAttr names = op.getCollectiveAxes();
  if (kind == std::end(kTrafficKinds) || !names || op->getNumResults() != 1)
    return;
  SmallVector<StringAttr, 2> axes;
  for (Attribute name : names)
    if (auto axis = dyn_cast<StringAttr>(name))
      axes.push_back(axis);
  int64_t n = model.getMesh().getSize(axes);
  // A group of one rank does not communicate.
  if (n <= 1)
    return;
  const LocalTensor &before =
      model.getLocal(op.getCollectiveOperand().getType());
  const LocalTensor &after = model.getLocal(op->getResult(0).getType());
  cost.isComplete &= before.isKnown && after.isKnown;
  Traffic traffic{1, getRingBytes(*kind, n, std::min(before.bytes, after.bytes),
                                  std::max(before.bytes, after.bytes))};
  cost.traffic[kind - std::begin(kTrafficKinds)] = traffic;
  cost.collectives = traffic.count;
  cost.collectiveBytes = traffic.bytes;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

Cost CostModel::getCost(Operation *op) {
  Cost cost;
  if (auto parameter = dyn_cast<ParameterOp>(op)) {
    const LocalTensor &tensor = getLocal(parameter.getType());
    cost.parameters = tensor.elements;
    cost.parameterBytes = tensor.bytes;
    cost.isComplete = tensor.isKnown;
  } else if (auto cache = dyn_cast<KvCacheOp>(op)) {
    const LocalTensor &tensor = getLocal(cache.getType());
    cost.cacheBytes = tensor.bytes;
    cost.isComplete = tensor.isKnown;
  } else if (auto send = dyn_cast<SendOp>(op)) {
    const LocalTensor &tensor = getLocal(send.getValue().getType());
    cost.sends = 1;
    cost.sendBytes = tensor.bytes;
    cost.isComplete = tensor.isKnown;
  } else if (auto collective = dyn_cast<CollectiveOpInterface>(op)) {
    addTraffic(collective, *this, cost);
  } else {
    cost.flops = countFlops(op, Sizes(*this, cost));
  }
  return cost;
}

Cost CostModel::getTotalCost(Operation *op) {
  Cost total;
  op->walk([&](Operation *nested) { total += getCost(nested); });
  return total;
}

Cost dag::getCost(Operation *op, const MeshShape &mesh) {
  return CostModel(mesh).getCost(op);
}

Cost dag::getTotalCost(Operation *op, const MeshShape &mesh) {
  return CostModel(mesh).getTotalCost(op);
}
