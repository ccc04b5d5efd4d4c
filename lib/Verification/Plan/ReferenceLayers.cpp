//===- ReferenceLayers.cpp - What the layers of a reference have ----------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceLayers.h"
#include "PlannedRules.h"
#include "dag/Dialect/Dag/IR/Reference.h"

using namespace mlir;
using namespace mlir::dag;

ReferenceLayers::ReferenceLayers(Operation *root) {
  auto plan = dyn_cast<ModelOp>(root);
  if (!plan || !root->getBlock())
    return;
  for (auto model : root->getBlock()->getOps<ModelOp>()) {
    if (!isReferenceOf(model, plan))
      continue;
    // A layer that stands twice is one.
    DenseMap<int64_t, Layer> ofModel;
    model->walk<WalkOrder::PreOrder>([&](LayerOp layer) {
      Layer &roles = ofModel[static_cast<int64_t>(layer.getIndex())];
      layer->walk([&](RoleOpInterface op) {
        if (op != layer)
          ++roles[op.getDeploymentRole()];
      });
      return WalkResult::skip();
    });
    for (auto &[index, roles] : ofModel)
      layers[index].push_back(std::move(roles));
  }
}

/// What a layer has of a part of attention.
template <typename LayerT>
static unsigned countPart(const LayerT &layer, unsigned position) {
  unsigned count = layer.lookup(Role::Attention);
  for (auto [role, number] : layer)
    if (getAttentionPosition(role) == position)
      count += number;
  return count;
}

template <typename LayerT>
static bool hasAttention(const LayerT &layer) {
  constexpr Role kAttention[] = {Role::Attention,        Role::QkvProjection,
                                 Role::QProjection,      Role::KProjection,
                                 Role::VProjection,      Role::AttentionScores,
                                 Role::AttentionWeights, Role::AttentionOutput};
  return llvm::any_of(kAttention,
                      [&](Role role) { return layer.lookup(role) != 0; });
}

ArrayRef<ReferenceLayers::Layer>
ReferenceLayers::getLayers(int64_t index) const {
  auto it = layers.find(index);
  return it == layers.end() ? ArrayRef<Layer>() : ArrayRef<Layer>(it->second);
}

bool ReferenceLayers::isWithoutAttention(int64_t layer) const {
  ArrayRef<Layer> found = getLayers(layer);
  return !found.empty() && llvm::none_of(found, [](const Layer &roles) {
    return hasAttention(roles);
  });
}

bool ReferenceLayers::isWithoutPart(int64_t layer, unsigned position) const {
  ArrayRef<Layer> found = getLayers(layer);
  return !found.empty() && llvm::all_of(found, [&](const Layer &roles) {
    return hasAttention(roles) && countPart(roles, position) == 0;
  });
}

unsigned ReferenceLayers::getCount(int64_t layer, Role role) const {
  std::optional<unsigned> least;
  for (const Layer &roles : getLayers(layer)) {
    unsigned count = roles.lookup(role) + roles.lookup(Role::Attention);
    if (role == Role::QProjection || role == Role::KProjection ||
        role == Role::VProjection)
      count += roles.lookup(Role::QkvProjection);
    least = std::min(least.value_or(count), count);
  }
  return least.value_or(0);
}
