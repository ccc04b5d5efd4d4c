//===- Axes.cpp - What works side by side in a drawing ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nodes of one role on several devices are ranks of one group, which share the
// weights, or replicas, which have them all and share the batch, or shards of
// the sequence. The whole drawing tells: what it states, and what the shapes
// are a part of.
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/DeploymentGraph.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::dag;

void DeploymentGraph::assignLanes() {
  // Which rank a device is, as far as nodes that state both agree.
  DenseMap<int64_t, int64_t> rankOfDevice;
  for (auto [id, node] : llvm::enumerate(nodes)) {
    // A shard of what is stored is no rank of what is computed.
    if (node.tpRank == kNone || node.role == Role::Parameter ||
        node.role == Role::Input || node.role == Role::Output)
      continue;
    node.lane = node.tpRank;
    if (int64_t device = getOnlyDevice(node); device != kNone)
      rankOfDevice.try_emplace(device, node.tpRank);
  }
  for (Node &node : nodes) {
    if (node.lane != kShared || isCollective(node.role) ||
        isTransfer(node.role) || node.role == Role::Input ||
        node.role == Role::Output)
      continue;
    int64_t device = getOnlyDevice(node);
    if (device == kNone)
      continue;
    auto rank = rankOfDevice.find(device);
    // Without stated ranks the device is the rank.
    if (rank != rankOfDevice.end())
      node.lane = rank->second;
    else if (rankOfDevice.empty())
      node.lane = device;
  }
  auto sketch = cast<SketchOp>(root);
  sharesExpertsOnly =
      sketch.getEpSize().value_or(1) > 1 && tpSize <= 1 &&
      llvm::all_of(nodes, [](const Node &node) {
        return node.tpRank == kNone &&
               cast<NodeOp>(node.op).getTpSize().value_or(1) <= 1;
      });
  findReplicasOfRanks();
  if (rankOfDevice.empty()) {
    dropLanesOfReplicas();
    dropLanesOfParts();
    findLaneAxis();
  } else {
    laneAxis = LaneAxis::Tensor;
  }
}

/// Ranks that occur on several devices in one layer and role are those of
/// several replicas, in the order of their devices.
void DeploymentGraph::findReplicasOfRanks() {
  // Layer, role, block, expert.
  using Part = std::tuple<int64_t, Role, Role, int64_t>;
  std::map<Part, std::map<int64_t, std::set<int64_t>>> devices;
  auto isRank = [](const Node &node) {
    return node.tpRank != kNone && node.replica == kNone &&
           !isCollective(node.role) && !isTransfer(node.role);
  };
  auto getPart = [](const Node &node) {
    return Part{node.layer, node.role, node.block, node.expert};
  };
  for (const Node &node : nodes)
    if (isRank(node))
      if (int64_t device = getOnlyDevice(node); device != kNone)
        devices[getPart(node)][node.tpRank].insert(device);
  // As many of each rank.
  std::set<Part> replicated;
  for (auto &[part, byRank] : devices) {
    size_t number = byRank.begin()->second.size();
    if (number > 1 && byRank.size() > 1 &&
        llvm::all_of(byRank, [&](const auto &entry) {
          return entry.second.size() == number;
        }))
      replicated.insert(part);
  }
  for (Node &node : nodes) {
    if (!isRank(node) || !replicated.count(getPart(node)))
      continue;
    const std::set<int64_t> &mine = devices[getPart(node)][node.tpRank];
    auto at = mine.find(getOnlyDevice(node));
    if (at != mine.end())
      node.replica = std::distance(mine.begin(), at);
  }
}

/// Replicas that are stated and run each part on one device have no ranks: what
/// several devices share is the batch.
void DeploymentGraph::dropLanesOfReplicas() {
  // Layer, role, block, expert, replica.
  std::map<std::tuple<int64_t, Role, Role, int64_t, int64_t>, int64_t> devices;
  bool hasReplicas = false;
  for (const Node &node : nodes) {
    if (node.replica == kNone || node.lane == kShared || node.layer == kNone ||
        node.role == Role::Expert)
      continue;
    hasReplicas = true;
    auto [it, isNew] = devices.insert(
        {{node.layer, node.role, node.block, node.expert, node.replica},
         node.lane});
    if (it->second != node.lane)
      return;
  }
  if (!hasReplicas)
    return;
  for (Node &node : nodes)
    if (node.replica != kNone && node.tpRank == kNone)
      node.lane = kShared;
}

/// True for what ranks share, or do each by itself, if they do anything side by
/// side.
static bool isWork(const DeploymentGraph::Node &node) {
  switch (node.role) {
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
  case Role::OutputProjection:
  case Role::Attention:
  case Role::FfnGate:
  case Role::FfnUp:
  case Role::FfnDown:
  case Role::Ffn:
  case Role::Moe:
  case Role::Expert:
  case Role::Layer:
  case Role::Linear:
  case Role::Unknown:
    return true;
  default:
    return getAttentionPosition(node.role) > 0;
  }
}

/// The layers of which a node takes what another device has made of the same
/// layer, past transfers: one of them is a second copy.
DenseSet<int64_t> DeploymentGraph::findLayersBehindThemselves() const {
  DenseMap<NodeId, NodeId> feeding;
  for (const Edge &edge : edges)
    feeding.try_emplace(edge.target, edge.source);
  DenseSet<int64_t> found;
  constexpr unsigned kMaxTransfers = 4;
  for (auto [id, node] : llvm::enumerate(nodes)) {
    if (node.layer == kNone || node.lane == kShared)
      continue;
    auto from = feeding.find(id);
    for (unsigned i = 0; i < kMaxTransfers && from != feeding.end() &&
                         isTransfer(nodes[from->second].role);
         ++i)
      from = feeding.find(from->second);
    if (from == feeding.end())
      continue;
    const Node &source = nodes[from->second];
    if (source.layer == node.layer && source.lane != kShared &&
        source.lane != node.lane)
      found.insert(node.layer);
  }
  return found;
}

/// Parts of one layer on several devices are no ranks where no part is on two
/// of them: attention here and the network there, or one that strayed. A few
/// layers that come twice, one behind the other, share nothing either.
void DeploymentGraph::dropLanesOfParts() {
  auto sketch = cast<SketchOp>(root);
  if (tpSize > 1 || sketch.getDpSize().value_or(1) > 1 ||
      sketch.getSpSize().value_or(1) > 1 || sketch.getEpSize().value_or(1) > 1)
    return;
  std::map<std::tuple<int64_t, Role, Role>, int64_t> lanes;
  DenseMap<int64_t, int64_t> ofLayer, ofAttention;
  DenseSet<int64_t> split, onTwo;
  for (const Node &node : nodes) {
    if (node.tpRank != kNone)
      return;
    if (node.lane == kShared || node.layer == kNone)
      continue;
    if (ofLayer.try_emplace(node.layer, node.lane).first->second != node.lane)
      split.insert(node.layer);
    // An attention in pieces is a matter of its own.
    if (getAttentionPosition(node.role) > 0 &&
        ofAttention.try_emplace(node.layer, node.lane).first->second !=
            node.lane)
      return;
    if (isWork(node) &&
        lanes.insert({{node.layer, node.role, node.block}, node.lane})
                .first->second != node.lane)
      onTwo.insert(node.layer);
  }
  constexpr size_t kMinLayersForEach = 4;
  if (onTwo.size() * kMinLayersForEach > ofLayer.size())
    return;
  if (!onTwo.empty()) {
    DenseSet<int64_t> repeated = findLayersBehindThemselves();
    if (llvm::any_of(onTwo,
                     [&](int64_t layer) { return !repeated.contains(layer); }))
      return;
  }
  for (Node &node : nodes)
    if (split.contains(node.layer))
      node.lane = kShared;
}

/// The first shape of a drawn node, of its results or else of its inputs.
static DimsAttr getShape(const DeploymentGraph::Node &node) {
  auto op = cast<NodeOp>(node.op);
  for (std::optional<ArrayAttr> shapes : {op.getOutputs(), op.getInputs()})
    if (shapes && !shapes->empty())
      return cast<DimsAttr>((*shapes)[0]);
  return {};
}

/// The size of a shape behind batch and sequence, or zero where it is unknown.
static int64_t getWidth(DimsAttr shape) {
  int64_t width = 1;
  for (unsigned dim = 2; shape && dim < shape.getRank(); ++dim)
    width =
        shape.isStatic(dim) && shape.getSizes()[dim] > 0 &&
                shape.getSizes()[dim] < (int64_t(1) << 20)
            ? std::min<int64_t>(width * shape.getSizes()[dim], int64_t(1) << 40)
            : 0;
  return shape && shape.getRank() > 2 ? width : 0;
}

/// A rank of a tensor-parallel group takes its heads alone into the output
/// projection; a node that has them all, with all of the weight, takes the
/// width that it gives.
static bool hasWholeWeight(const DeploymentGraph::Node &node) {
  auto op = cast<NodeOp>(node.op);
  if (node.role != Role::OutputProjection || !op.getInputs() ||
      !op.getOutputs() || op.getInputs()->size() != 1 ||
      op.getOutputs()->size() != 1)
    return false;
  int64_t in = getWidth(cast<DimsAttr>((*op.getInputs())[0]));
  return in != 0 && in == getWidth(cast<DimsAttr>((*op.getOutputs())[0]));
}

/// What devices share by the sizes that are stated beside the drawing: the only
/// size that is more than one decides, or the one that counts the devices.
DeploymentGraph::LaneAxis
DeploymentGraph::getStatedLaneAxis(size_t numDevices) const {
  const std::pair<int64_t, LaneAxis> sizes[] = {
      {beside.tp, LaneAxis::Tensor},
      {beside.dp, LaneAxis::Data},
      {beside.cp, LaneAxis::Sequence}};
  LaneAxis only = LaneAxis::None, counted = LaneAxis::None;
  unsigned numStated = 0, numCounted = 0;
  for (auto [size, axis] : sizes) {
    if (size < 2)
      continue;
    ++numStated;
    only = axis;
    if (static_cast<size_t>(size) == numDevices) {
      ++numCounted;
      counted = axis;
    }
  }
  if (numStated == 1)
    return only;
  return numCounted == 1 ? counted : LaneAxis::None;
}

/// True if anything tells what devices share: a size, a shape, a collective, an
/// edge from one to the other, or a node inside of the model where they meet;
/// or if no part of a layer is on two of them.
bool DeploymentGraph::hasSignOfSharing() const {
  auto sketch = cast<SketchOp>(root);
  if (tpSize > 1 || sketch.getDpSize() || sketch.getSpSize() ||
      sketch.getEpSize())
    return true;
  // Of each part, the first device.
  std::map<std::tuple<int64_t, Role, Role>, int64_t> first;
  bool isOnSeveral = false;
  for (const Node &node : nodes) {
    auto op = cast<NodeOp>(node.op);
    if (isCollective(node.role) || node.expert != kNone || op.getTpSize() ||
        node.replica != kNone)
      return true;
    // What goes in and out as a whole says nothing of a share.
    if (node.role != Role::Input && node.role != Role::Output &&
        node.role != Role::Note && (op.getInputs() || op.getOutputs()))
      return true;
    if (node.lane == kShared)
      continue;
    isOnSeveral |=
        first.try_emplace({node.layer, node.role, node.block}, node.lane)
            .first->second != node.lane;
  }
  // Of each node that no device is stated for, the lane that feeds it.
  DenseMap<NodeId, int64_t> feeding;
  for (const Edge &edge : edges) {
    int64_t from = nodes[edge.source].lane, to = nodes[edge.target].lane;
    std::optional<Role> role = getEdgeRole(edge);
    if ((role && isCollective(*role)) ||
        (from != kShared && to != kShared && from != to))
      return true;
    Role target = nodes[edge.target].role;
    if (from != kShared && to == kShared && target != Role::Output &&
        target != Role::Note &&
        feeding.try_emplace(edge.target, from).first->second != from)
      return true;
  }
  return !isOnSeveral;
}

/// True if replicas are all that the drawing states, and each part of a layer
/// is on as many devices.
bool DeploymentGraph::areStatedReplicas(unsigned numSequence) const {
  auto sketch = cast<SketchOp>(root);
  uint64_t stated = sketch.getDpSize().value_or(1);
  if (stated < 2 || tpSize > 1 || numSequence > 0 ||
      sketch.getSpSize().value_or(1) > 1 || sketch.getEpSize().value_or(1) > 1)
    return false;
  std::map<std::tuple<int64_t, Role, Role>, std::set<int64_t>> parts;
  for (const Node &node : nodes) {
    if (node.lane == kShared || !isLayerRole(node.role))
      continue;
    if (node.replica != kNone || node.tpRank != kNone || node.expert != kNone)
      return false;
    parts[{node.layer, node.role, node.block}].insert(node.lane);
  }
  return !parts.empty() && llvm::all_of(parts, [&](const auto &part) {
    return part.second.size() == stated;
  });
}

/// Devices that no rank is stated for share the batch or the sequence if their
/// shapes are that part of the whole model's.
void DeploymentGraph::findLaneAxis() {
  auto hasShape = [](DimsAttr shape) {
    return shape && shape.getRank() >= 2 && shape.isStatic(0) &&
           shape.isStatic(1) && shape.getSizes()[0] > 0 &&
           shape.getSizes()[1] > 0;
  };
  DimsAttr whole;
  for (const Node &node : nodes)
    if (node.role == Role::Input || node.role == Role::Output)
      for (std::optional<ArrayAttr> shapes :
           {cast<NodeOp>(node.op).getInputs(),
            cast<NodeOp>(node.op).getOutputs()})
        for (Attribute shape :
             shapes ? shapes->getValue() : ArrayRef<Attribute>())
          if (auto dims = cast<DimsAttr>(shape);
              hasShape(dims) &&
              (!whole || dims.getSizes()[0] > whole.getSizes()[0] ||
               dims.getSizes()[1] > whole.getSizes()[1]))
            whole = dims;
  DenseSet<int64_t> devices;
  unsigned numWhole = 0, numProjections = 0;
  unsigned numTensor = 0, numData = 0, numSequence = 0;
  for (const Node &node : nodes) {
    if (node.lane == kShared || node.tpRank != kNone)
      continue;
    devices.insert(node.lane);
    numProjections += node.role == Role::OutputProjection;
    numWhole += hasWholeWeight(node);
  }
  // Stages have devices of their own: as many as share one part.
  std::map<std::tuple<int64_t, Role, Role>, std::set<int64_t>> parts;
  size_t numSharing = 0;
  for (const Node &node : nodes)
    if (node.lane != kShared && node.tpRank == kNone &&
        isLayerRole(node.role) && node.role != Role::Expert) {
      std::set<int64_t> &lanes = parts[{node.layer, node.role, node.block}];
      lanes.insert(node.lane);
      numSharing = std::max(numSharing, lanes.size());
    }
  if (numSharing < 2)
    numSharing = devices.size();
  auto isShare = [&](int64_t part, int64_t all) {
    return part < all && all % part == 0 &&
           all / part >= static_cast<int64_t>(numSharing);
  };
  for (const Node &node : nodes) {
    DimsAttr shape = getShape(node);
    if (!whole || node.lane == kShared || !hasShape(shape) ||
        node.role == Role::Expert)
      continue;
    int64_t batch = shape.getSizes()[0], length = shape.getSizes()[1];
    int64_t allBatch = whole.getSizes()[0], allLength = whole.getSizes()[1];
    if (length == allLength && isShare(batch, allBatch))
      ++numData;
    else if (batch == allBatch && isShare(length, allLength))
      ++numSequence;
    else
      ++numTensor;
  }
  if (devices.size() < 2)
    return;
  laneAxis = LaneAxis::Tensor;
  // Groups of another kind that are stated, and none of tensors.
  if (auto sketch = cast<SketchOp>(root);
      tpSize <= 1 && (sketch.getSpSize().value_or(1) > 1 ||
                      sketch.getEpSize().value_or(1) > 1))
    laneAxis = LaneAxis::Sequence;
  LaneAxis stated = getStatedLaneAxis(devices.size());
  // Whatever they share, it is no weight.
  if (numSequence > numTensor + numData || numWhole * 2 > numProjections)
    laneAxis = LaneAxis::Sequence;
  laneAxisIsOpen = stated == LaneAxis::None &&
                   numTensor + numData + numSequence + numWhole == 0 &&
                   !hasSignOfSharing();
  if (stated != LaneAxis::None)
    laneAxis = stated;
  else if (numData > numTensor + numSequence || areStatedReplicas(numSequence))
    laneAxis = LaneAxis::Data;
  if (laneAxis != LaneAxis::Data)
    return;
  for (Node &node : nodes)
    if (node.lane != kShared && node.tpRank == kNone && node.replica == kNone)
      node.replica = std::exchange(node.lane, kShared);
}
