//===- TokenNeeds.cpp - Who needs all tokens of a value -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/Shard/TokenNeeds.h"
#include "dag/Interfaces/ShardOpInterface.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

bool TokenNeeds::isNeededWhole(Value value) {
  auto [it, inserted] = whole.try_emplace(value, false);
  if (!inserted)
    return it->second;
  // What works on split tokens as well has its result gathered, with fewer
  // bytes if that is smaller.
  int64_t left = cast<RankedTensorType>(value.getType()).getShape().back();
  for (OpOperand &use : value.getUses()) {
    auto user = dyn_cast<ShardOpInterface>(use.getOwner());
    if (!user)
      continue;
    std::optional<int64_t> behind = user.getFeaturesGatheredBehind(use);
    left = behind ? left - *behind : -1;
    if (left < 0)
      break;
  }
  return it->second = left < 0;
}

bool TokenNeeds::isGatheredForMany(Value value) {
  auto [it, inserted] = gathered.try_emplace(value, false);
  if (!inserted)
    return it->second;
  unsigned count = 0;
  for (OpOperand &use : value.getUses()) {
    auto user = dyn_cast<ShardOpInterface>(use.getOwner());
    if (user && user.mayGatherInFront(use) &&
        isNeededWhole(use.getOwner()->getResult(0)) && ++count == 2)
      break;
  }
  return it->second = count == 2;
}

bool TokenNeeds::feedsExperts(Value value) {
  auto [it, inserted] = expert.try_emplace(value, false);
  if (inserted)
    it->second = llvm::any_of(value.getUsers(), [](Operation *user) {
      auto sharded = dyn_cast<ShardOpInterface>(user);
      return sharded && sharded.takesExpertTokens();
    });
  return it->second;
}
