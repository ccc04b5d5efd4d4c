//===- BufferUses.cpp - What lies in buffers of a stage -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferUses.h"
#include "dag/Interfaces/CostOpInterface.h"

using namespace mlir;
using namespace mlir::dag;

uint32_t BufferUses::getPlace(Operation *op) {
  // Most stages have no two tensors in a buffer, and need no places.
  if (places.empty())
    root->walk<WalkOrder::PreOrder>(
        [&](Operation *inner) { places.try_emplace(inner, places.size()); });
  return places.lookup(op);
}

/// What `use` makes of its operand without memory of its own.
static SmallVector<Value, 2> getOtherNames(OpOperand &use) {
  Operation *user = use.getOwner();
  if (isa<LayerOp>(user))
    return {user->getRegion(0).getArgument(use.getOperandNumber())};
  Operation *parent = user->getParentOp();
  if (isa<YieldOp>(user) && isa<LayerOp, CommGroupOp>(parent))
    return {parent->getResult(use.getOperandNumber())};
  auto model = dyn_cast<CostOpInterface>(user);
  if (!model)
    return {};
  SmallVector<Value, 2> names;
  CostContext costs{MeshShape()};
  KernelMemory kernels;
  LivenessContext context{costs, kernels, [](Value) { return false; }};
  for (OpResult result : user->getResults()) {
    ResultPlace place = model.getResultPlace(result, context);
    if (place.kind == ResultPlace::Kind::Shared && place.source == use.get())
      names.push_back(result);
  }
  return names;
}

uint32_t BufferUses::follow(Value value, DenseSet<Value> &values) {
  SmallVector<Value> worklist = {value};
  uint32_t last = 0;
  values.insert(value);
  while (!worklist.empty())
    for (OpOperand &use : worklist.pop_back_val().getUses()) {
      last = std::max(last, getPlace(use.getOwner()));
      for (Value name : getOtherNames(use))
        if (values.insert(name).second)
          worklist.push_back(name);
    }
  return last;
}

BufferUses::Lives &BufferUses::advance(StringAttr name, uint32_t place) {
  Lives &lives = buffers[name];
  // What is used here for the last time is still there.
  lives.ends.erase(lives.ends.begin(), lives.ends.lower_bound(place));
  if (lives.ends.empty())
    lives.values.clear();
  return lives;
}

int64_t BufferUses::receive(StringAttr name, Operation *op, Value received) {
  uint32_t place = getPlace(op);
  Lives &lives = advance(name, place);
  lives.ends.insert(std::max(place, follow(received, lives.values)));
  return lives.ends.size();
}

int64_t BufferUses::send(StringAttr name, Operation *op, Value sent) {
  Lives &lives = advance(name, getPlace(op));
  int64_t numLive = lives.ends.size();
  if (lives.values.contains(sent))
    return numLive;
  // Calls of a group end together.
  if (auto group = dyn_cast<CommGroupOp>(op->getParentOp()))
    lives.ends.insert(getPlace(group.getBody().front().getTerminator()));
  return numLive + 1;
}
