//===- Liveness.cpp - Activations that live at one time -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Liveness.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;

void dag::keepLargest(SmallVectorImpl<MemoryUse> &uses, MemoryUse use) {
  constexpr size_t kMaxUses = 3;
  auto *place = llvm::find_if(
      uses, [&](const MemoryUse &other) { return other.bytes < use.bytes; });
  if (use.bytes == 0 || (place == uses.end() && uses.size() == kMaxUses))
    return;
  uses.insert(place, use);
  if (uses.size() > kMaxUses)
    uses.pop_back();
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

Liveness::Liveness(Operation *root, CostModel &costs,
                   const MemoryOptions &options)
    : costs(costs), options(options) {
  if (root->getNumRegions() == 0 || root->getRegion(0).empty())
    return;
  Block &body = root->getRegion(0).front();
  ops.push_back(root);
  for (auto [argument, operand] :
       llvm::zip(body.getArguments(), root->getOperands())) {
    Operation *source = operand.getDefiningOp();
    if (isa<RankedTensorType>(argument.getType()) &&
        !isa_and_present<ParameterOp, KvCacheOp>(source))
      makeBuffer(argument, source ? source : root,
                 getBytes(source ? source : root, argument));
  }
  visitBlock(body);
  findPeak();
}

int64_t Liveness::getBytes(Operation *op, Value value) {
  const LocalTensor &tensor = costs.getLocal(value.getType());
  if (!tensor.isKnown) {
    if (!unknown)
      unknown = op;
    ++numUnknown;
  }
  return tensor.bytes;
}

void Liveness::makeBuffer(Value value, Operation *op, int64_t bytes) {
  uint32_t position = ops.size() - 1;
  buffersOf[value] = buffers.size();
  buffers.push_back({op, bytes, position, position});
}

void Liveness::share(Value value, Value source) {
  if (auto it = buffersOf.find(source); it != buffersOf.end()) {
    BufferId buffer = it->second;
    buffersOf[value] = buffer;
  }
}

bool Liveness::isFused(Value value) const {
  auto it = buffersOf.find(value);
  return it != buffersOf.end() && kept.contains(it->second);
}

void Liveness::use(Value value) {
  auto it = buffersOf.find(value);
  if (it == buffersOf.end())
    return;
  uint32_t position = ops.size() - 1;
  buffers[it->second].last = position;
  if (auto keeps = kept.find(it->second); keeps != kept.end())
    for (BufferId buffer : keeps->second)
      buffers[buffer].last = position;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

void Liveness::visitBlock(Block &block) {
  for (Operation &op : block) {
    auto layer = dyn_cast<LayerOp>(op);
    if (!layer || layer.getBody().empty()) {
      visitOp(&op);
      continue;
    }
    // A layer is as if its ops stood here. Layers do not nest.
    Block &body = layer.getBody().front();
    for (auto [argument, operand] :
         llvm::zip(body.getArguments(), layer.getOperands()))
      share(argument, operand);
    visitBlock(body);
    if (auto yield = body.empty() ? YieldOp() : dyn_cast<YieldOp>(body.back()))
      for (auto [result, value] :
           llvm::zip(layer.getResults(), yield.getOperands()))
        share(result, value);
  }
}

Value Liveness::getInPlace(Operation *op) const {
  if (auto dropout = dyn_cast<DropoutOp>(op))
    if (dropout.getP().isZero() || isFused(dropout.getX()))
      return dropout.getX();
  if (auto reduce = dyn_cast<AllReduceOp>(op))
    if (reduce.getX().hasOneUse())
      return reduce.getX();
  if (auto split = dyn_cast<SplitOp>(op))
    return split.getX();
  if (isa<SoftCapOp, ScaleOp, AttentionWeightsOp>(op) &&
      isFused(op->getOperand(0)))
    return op->getOperand(0);
  return {};
}

void Liveness::visitOp(Operation *op) {
  ops.push_back(op);
  for (Value operand : op->getOperands())
    use(operand);
  if (int64_t bytes = getWorkspace(op))
    workspaces.push_back({ops.size() - 1, bytes});
  if (isa<ParameterOp, KvCacheOp, KvCacheUpdateOp, RecvOp>(op))
    return;
  if (Value source = getInPlace(op)) {
    for (Value result : op->getResults())
      share(result, source);
    return;
  }
  for (Value result : op->getResults()) {
    if (!isa<RankedTensorType>(result.getType()))
      continue;
    int64_t bytes = getBytes(op, result);
    const LocalTensor &tensor = costs.getLocal(result.getType());
    auto scores = dyn_cast<AttentionScoresOp>(op);
    bool isFusedHere = scores && !options.materializesAttention;
    if (isFusedHere && tensor.isKnown && tensor.shape.size() == 4)
      bytes = multiplySaturating(
          multiplySaturating(tensor.shape[0], tensor.shape[1]),
          multiplySaturating(tensor.shape[2], sizeof(float)));
    else if (!options.padsExperts &&
             isa<DispatchOp, ExpertOp, CollectiveOpInterface>(op))
      bytes = getSlotUse(result).apply(bytes);
    makeBuffer(result, op, bytes);
    if (!isFusedHere)
      continue;
    SmallVector<BufferId, 2> &keeps = kept[buffersOf.lookup(result)];
    for (Value operand : op->getOperands())
      if (auto it = buffersOf.find(operand); it != buffersOf.end())
        keeps.push_back(it->second);
  }
}

/// Bytes that live within an op only.
int64_t Liveness::getWorkspace(Operation *op) {
  auto dim = [&](Value value, unsigned index) {
    const LocalTensor &tensor = costs.getLocal(value.getType());
    return tensor.isKnown && index < tensor.shape.size() ? tensor.shape[index]
                                                         : int64_t(0);
  };
  auto bytes = [&](Value like, std::initializer_list<int64_t> sizes) {
    auto type = dyn_cast<RankedTensorType>(like.getType());
    if (!type || !type.getElementType().isIntOrFloat())
      return int64_t(0);
    int64_t bits = type.getElementType().getIntOrFloatBitWidth();
    for (int64_t size : sizes)
      bits = multiplySaturating(bits, size);
    return scaleSaturating(bits, 1, 8);
  };
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([&](ExpertOp expert) {
        // The products with the gate and with up.
        Value x = expert.getX();
        int64_t slots = multiplySaturating(dim(x, 0), dim(x, 1));
        if (!options.padsExperts)
          slots = getSlotUse(x).apply(slots);
        return bytes(x, {2, slots, dim(expert.getWUp(), 1)});
      })
      .Case([&](MoeOp moe) {
        // The tokens by expert, the products with gate and up, the results.
        Value x = moe.getX();
        auto topK = static_cast<int64_t>(moe.getTopK());
        auto capacity = static_cast<int64_t>(moe.getCapacity());
        SlotUse use;
        use.routed =
            multiplySaturating(multiplySaturating(dim(x, 0), dim(x, 1)), topK);
        use.slots = multiplySaturating(dim(moe.getWRouter(), 0), capacity);
        int64_t slots = multiplySaturating(dim(moe.getWUp(), 0), capacity);
        if (!options.padsExperts && use.slots > 0)
          slots = use.apply(slots);
        int64_t inner = multiplySaturating(2, dim(moe.getWUp(), 1));
        int64_t outer = multiplySaturating(2, dim(x, 2));
        return bytes(x, {slots, addSaturating(inner, outer)});
      })
      .Case([&](AttentionOp attention) {
        // Queries, keys and values, the sums, and the scores twice.
        Value x = attention.getX();
        int64_t q = dim(attention.getWq(), 0);
        int64_t features =
            addSaturating(dim(attention.getWk(), 0), dim(attention.getWv(), 0));
        features = addSaturating(features, multiplySaturating(2, q));
        int64_t total = bytes(x, {dim(x, 0), dim(x, 1), features});
        auto headDim = static_cast<int64_t>(attention.getHeadDim());
        int64_t keys = attention.getCache().empty()
                           ? dim(x, 1)
                           : dim(attention.getCache().front(), 1);
        if (options.materializesAttention && headDim > 0)
          total = addSaturating(
              total, bytes(x, {2, dim(x, 0), q / headDim, dim(x, 1), keys}));
        return total;
      })
      .Case([&](LatentAttentionOp attention) {
        // Queries and the latent of the tokens, keys and values of all of
        // them, and the sums.
        Value x = attention.getX();
        int64_t keys = attention.getCache().empty()
                           ? dim(x, 1)
                           : dim(attention.getCache().front(), 1);
        int64_t own = addSaturating(dim(attention.getWQ(), 0),
                                    dim(attention.getWKvDown(), 0));
        own = addSaturating(own, dim(attention.getWo(), 1));
        int64_t width = static_cast<int64_t>(attention.getNopeDim()) +
                        static_cast<int64_t>(attention.getRopeDim());
        int64_t heads = width > 0 ? dim(attention.getWQ(), 0) / width : 0;
        int64_t all =
            addSaturating(dim(attention.getWKv(), 0),
                          multiplySaturating(heads, attention.getRopeDim()));
        int64_t total = addSaturating(bytes(x, {dim(x, 0), dim(x, 1), own}),
                                      bytes(x, {dim(x, 0), keys, all}));
        if (options.materializesAttention)
          total = addSaturating(
              total, bytes(x, {2, dim(x, 0), heads, dim(x, 1), keys}));
        return total;
      })
      .Default([](Operation *) { return int64_t(0); });
}

//===----------------------------------------------------------------------===//
// The peak
//===----------------------------------------------------------------------===//

void Liveness::findPeak() {
  std::vector<int64_t> freed(ops.size());
  for (const Buffer &buffer : buffers)
    freed[buffer.last] = addSaturating(freed[buffer.last], buffer.bytes);
  // Buffers and workspaces ascend by position.
  int64_t live = 0;
  uint32_t peakPosition = 0;
  int64_t peakWorkspace = 0;
  auto buffer = buffers.begin();
  auto workspace = workspaces.begin();
  for (uint32_t position = 0; position < ops.size(); ++position) {
    for (; buffer != buffers.end() && buffer->first == position; ++buffer)
      live = addSaturating(live, buffer->bytes);
    int64_t within = 0;
    if (workspace != workspaces.end() && workspace->first == position)
      within = (workspace++)->second;
    int64_t total = addSaturating(live, within);
    if (total > peak) {
      peak = total;
      peakPosition = position;
      peakWorkspace = within;
    }
    live = std::max<int64_t>(0, live - freed[position]);
  }
  if (peak == 0)
    return;
  peakOp = ops[peakPosition];
  for (const Buffer &candidate : buffers)
    if (candidate.first <= peakPosition && candidate.last >= peakPosition)
      keepLargest(largest, {candidate.op, candidate.bytes});
  keepLargest(largest, {peakOp, peakWorkspace});
}
