//===- StageEdges.cpp - Data that goes from stage to stage --*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

std::vector<StageEdge> dag::getChainEdges(int64_t stages, int64_t slots) {
  std::vector<StageEdge> edges;
  for (int64_t stage = 0; stage + 1 < stages; ++stage)
    edges.push_back(
        {static_cast<int32_t>(stage), static_cast<int32_t>(stage + 1), slots});
  return edges;
}

int64_t SourceSlots::getTaken(const SharedBuffer &buffer, bool isGradient) {
  if (isGradient)
    return buffer.gradients;
  return buffer.tensors -
         llvm::count_if(buffer.repeated, [](const RepeatedValue &value) {
           return !value.isFirst;
         });
}

int64_t SourceSlots::getFreed(const SharedBuffer &buffer, bool isGradient,
                              int32_t microbatch) const {
  SourceSlots after;
  for (const RepeatedValue &value : buffer.repeated)
    if (auto it = numGone.find({value.number, microbatch}); it != numGone.end())
      after.numGone.insert(*it);
  return after.free(buffer, isGradient, microbatch);
}

int64_t SourceSlots::free(const SharedBuffer &buffer, bool isGradient,
                          int32_t microbatch) {
  if (isGradient)
    return buffer.gradients;
  int64_t freed = buffer.tensors - buffer.repeated.size();
  for (const RepeatedValue &value : buffer.repeated)
    if (++numGone[{value.number, microbatch}] == value.times)
      ++freed;
  return freed;
}
