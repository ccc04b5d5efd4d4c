//===- Models.cpp - Several models in one drawing ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Encoder and decoder, draft and target, prefill and decode count their layers
// anew. Layer 0 of the one is no rank, replica or shard of layer 0 of the
// other, wherever they run.
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/DeploymentGraph.h"
#include "llvm/ADT/MapVector.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

/// Parts that a layer of one model has once.
static bool marksLayer(Role role) {
  switch (role) {
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::AttentionScores:
  case Role::AttentionWeights:
  case Role::OutputProjection:
  case Role::FfnUp:
  case Role::FfnDown:
  case Role::Attention:
  case Role::Ffn:
  case Role::Layer:
    return true;
  default:
    return false;
  }
}

/// Where encoders of images or sounds are all that is called a model, the rest
/// is the model of text behind them.
StringAttr DeploymentGraph::getModelBehindFront() const {
  bool hasFront = false;
  for (const Node &node : nodes) {
    auto name = node.op->getAttrOfType<StringAttr>("dag.model");
    if (name && name != "vision" && name != "audio")
      return {};
    hasFront |= name != nullptr;
  }
  return hasFront ? StringAttr::get(root->getContext(), "text") : StringAttr();
}

/// Where prefill and decode are apart, and nothing encodes, `dec` and `decoder`
/// are what decodes.
bool DeploymentGraph::areDecodersOfPhase() const {
  bool hasPrefill = false;
  for (const Node &node : nodes) {
    auto name = node.op->getAttrOfType<StringAttr>("dag.model");
    if (name && name == "encoder")
      return false;
    hasPrefill |= name && name == "prefill";
  }
  return hasPrefill;
}

/// Takes the models that nodes state, if two of them have a layer of one
/// number: a model that is called a decoder throughout is one model.
void DeploymentGraph::assignModels() {
  llvm::MapVector<StringAttr, int64_t> models;
  std::vector<int64_t> modelOf(nodes.size(), kNone);
  std::map<std::pair<int64_t, Role>, int64_t> first;
  // A box for a whole layer of one model, beside parts of another's.
  DenseMap<int64_t, int64_t> whole, parts;
  bool areSeveral = false;
  // Boxes for several layers of one, and parts of layers of another.
  std::map<int64_t, RangeSet> boxes, inBoxes;
  StringAttr text = getModelBehindFront();
  bool areDecoders = areDecodersOfPhase();
  for (auto [id, node] : llvm::enumerate(nodes)) {
    auto name = node.op->getAttrOfType<StringAttr>("dag.model");
    if (areDecoders && name && name == "decoder")
      name = StringAttr::get(root->getContext(), "decode");
    if (!name && (node.layer != kNone || isLayerRole(node.role)))
      name = text;
    if (!name)
      continue;
    modelOf[id] = models.insert({name, models.size()}).first->second;
    if (!marksLayer(node.role))
      continue;
    areSeveral |=
        first.try_emplace({node.layer, node.role}, modelOf[id]).first->second !=
        modelOf[id];
    bool isWhole = node.role == Role::Layer;
    (isWhole ? whole : parts).try_emplace(node.layer, modelOf[id]);
    const auto &others = isWhole ? parts : whole;
    if (auto other = others.find(node.layer); other != others.end())
      areSeveral |= other->second != modelOf[id];
    RangeSet layers = getStatedLayers(id);
    (layers.size() > 1 ? boxes : inBoxes)[modelOf[id]].insert(layers);
  }
  for (const auto &[model, layers] : boxes)
    for (const auto &[other, parts] : inBoxes)
      areSeveral |= model != other && layers.intersects(parts);
  // The two phases of serving are never one pipeline.
  auto has = [&](StringRef name) {
    return models.contains(StringAttr::get(root->getContext(), name));
  };
  areSeveral |= has("prefill") && has("decode");
  if (!areSeveral)
    return;
  for (auto &[name, index] : models)
    modelNames.push_back(name);
  SmallVector<bool, 2> staged(modelNames.size(), false);
  // Behind micro-batches and replicas, each of which may be in several models.
  constexpr int64_t kStride = int64_t(1) << 48;
  for (auto [id, node] : llvm::enumerate(nodes)) {
    if (modelOf[id] == kNone || node.role == Role::Input ||
        node.role == Role::Output)
      continue;
    node.model = modelOf[id];
    staged[node.model] |= node.statedStage != kNone;
    node.replica = (node.replica + 1) % kStride + (node.model + 1) * kStride;
  }
  bool isPipeline = llvm::is_contained(staged, true);
  for (bool isStaged : staged)
    besidePipeline.push_back(isPipeline && !isStaged);
}

/// True if each of its devices holds all of a node: it is said so, or only
/// experts are said to be shared out.
bool DeploymentGraph::isReplicated(NodeId id) const {
  const Node &node = nodes[id];
  auto op = dyn_cast<NodeOp>(node.op);
  if (!op || tpSize > 1 || node.tpRank != kNone ||
      op.getTpSize().value_or(1) > 1)
    return false;
  if (op->hasAttr("dag.replicated"))
    return true;
  return sharesExpertsOnly && node.expert == kNone &&
         node.role != Role::Expert && node.role != Role::Moe &&
         node.block != Role::Moe;
}
