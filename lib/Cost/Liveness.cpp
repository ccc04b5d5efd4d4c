//===- Liveness.cpp - Activations that live at one time -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Liveness.h"
#include "dag/Support/Saturating.h"
#include "mlir/IR/Matchers.h"

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

Liveness::Liveness(Operation *root, CostContext &costs,
                   const KernelMemory &kernels)
    : costs(costs), kernels(kernels) {
  if (root->getNumRegions() == 0 || root->getRegion(0).empty())
    return;
  Block &body = root->getRegion(0).front();
  ops.push_back(root);
  for (auto [argument, operand] :
       llvm::zip(body.getArguments(), root->getOperands())) {
    Operation *source = operand.getDefiningOp();
    if (isa<RankedTensorType>(argument.getType()) &&
        !isa_and_present<ParameterOp, KvCacheOp>(source) &&
        !(source && getStoredElements(source)))
      makeBuffer(argument, source ? source : root,
                 getBytes(source ? source : root, argument));
  }
  visitBlock(body);
  // What is handed out is there when the run ends.
  for (Operation &op : body)
    if (isa<OutputOp>(op))
      llvm::for_each(op.getOperands(), [&](Value value) { use(value); });
  findPeak();
}

int64_t Liveness::getBytesOf(ArrayRef<Value> values) const {
  llvm::SmallDenseSet<BufferId, 4> counted;
  int64_t bytes = 0;
  for (Value value : values)
    if (auto it = buffersOf.find(value);
        it != buffersOf.end() && counted.insert(it->second).second)
      bytes = addSaturating(bytes, buffers[it->second].bytes);
  return bytes;
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

ElementsAttr dag::getStoredElements(Operation *op) {
  Attribute value;
  if (!matchPattern(op, m_Constant(&value)))
    return {};
  auto elements = dyn_cast<ElementsAttr>(value);
  return elements && !elements.isSplat() ? elements : ElementsAttr();
}

void Liveness::visitOp(Operation *op) {
  ops.push_back(op);
  // They are there all the time.
  if (getStoredElements(op))
    return;
  for (Value operand : op->getOperands())
    use(operand);
  auto model = dyn_cast<CostOpInterface>(op);
  if (!model) {
    // Its parts tell; an op without any is named where parameters are counted.
    if (int64_t bytes = getWorkspaceOfParts(op))
      workspaces.push_back({ops.size() - 1, bytes});
    for (OpResult result : op->getResults())
      placeResult(result, ResultPlace::own());
    return;
  }
  auto isFusedHere = [this](Value value) { return isFused(value); };
  LivenessContext context{costs, kernels, isFusedHere};
  if (int64_t bytes = model.getWorkspaceBytes(context))
    workspaces.push_back({ops.size() - 1, bytes});
  for (OpResult result : op->getResults())
    placeResult(result, model.getResultPlace(result, context));
}

int64_t Liveness::getWorkspaceOfParts(Operation *op) {
  auto composite = dyn_cast<CompositeOpInterface>(op);
  if (!composite)
    return 0;
  FailureOr<const CompositeParts::Parts *> parts =
      costs.getParts().get(composite);
  if (failed(parts))
    return 0;
  Liveness within(costs, kernels);
  within.visitBlock((*parts)->getBlock());
  within.findPeak();
  return within.getPeak();
}

void Liveness::placeResult(OpResult result, const ResultPlace &place) {
  switch (place.kind) {
  case ResultPlace::Kind::Elsewhere:
    return;
  case ResultPlace::Kind::Shared:
    share(result, place.source);
    return;
  case ResultPlace::Kind::Own:
    break;
  }
  if (!isa<RankedTensorType>(result.getType()))
    return;
  Operation *op = result.getOwner();
  int64_t bytes = getBytes(op, result);
  makeBuffer(result, op, place.bytes.value_or(bytes));
  if (!place.keepsOperands)
    return;
  SmallVector<BufferId, 2> &keeps = kept[buffersOf.lookup(result)];
  for (Value operand : op->getOperands())
    if (auto it = buffersOf.find(operand); it != buffersOf.end())
      keeps.push_back(it->second);
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
