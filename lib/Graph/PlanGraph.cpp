//===- PlanGraph.cpp - The graph of a plan -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Graph/DeploymentGraph.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Graph
//===----------------------------------------------------------------------===//

/// What an op of a plan is drawn as: a parameter comes from outside, and an op
/// without a role does something, whatever that is.
static NodeKind getOpKind(Role role) {
  if (role == Role::Parameter)
    return NodeKind::Input;
  return role == Role::Unknown ? NodeKind::Compute : getNodeKind(role);
}

/// All of a node but its place.
static DeploymentGraph::Node readPlannedNode(RoleOpInterface op) {
  DeploymentGraph::Node node;
  node.op = op;
  node.role = op.getDeploymentRole();
  node.block = op.getDeploymentBlock();
  node.kind = getOpKind(node.role);
  if (auto transfer = dyn_cast<TransferOpInterface>(op.getOperation()))
    node.targetStage = transfer.getPeerStage();
  return node;
}

void DeploymentGraph::buildFromPlan(ModelOp model) {
  auto getSize = [](std::optional<uint64_t> value) {
    return value ? static_cast<int64_t>(*value) : kNone;
  };
  if (!violations.isMalformed(model)) {
    numLayers = getSize(model.getNumLayers());
    if (auto sampling = model.getSampling()) {
      sampledLayers.emplace();
      for (int64_t layer : *sampling)
        sampledLayers->insert(layer);
    }
  }
  addPlannedNodes(model);
  llvm::stable_sort(
      stages, [](const Stage &a, const Stage &b) { return a.index < b.index; });
  for (auto [i, stage] : llvm::enumerate(stages))
    stageIndex.try_emplace(stage.index, i);
  addPlannedEdges();
}

void DeploymentGraph::addPlannedStage(StageOp stage) {
  Stage entry;
  entry.index = toIndex(stage.getIndex());
  entry.op = stage;
  if (stage.getFirstLayer() && stage.getEndLayer())
    if (*stage.getEndLayer() > *stage.getFirstLayer())
      entry.statedLayers =
          RangeSet(*stage.getFirstLayer(), *stage.getEndLayer() - 1);
  if (auto devices = stage.getDevices())
    for (int64_t device : *devices)
      entry.statedDevices.insert(device);
  entry.devices = entry.statedDevices;
  stages.push_back(std::move(entry));
}

/// Nodes are the ops with a role, but for those that hold other ops.
void DeploymentGraph::addPlannedNodes(ModelOp model) {
  llvm::DenseSet<Operation *> checked = check::findChecked(model);
  struct Place {
    int64_t stage = kNone;
    int64_t layer = kNone;
  };
  DenseMap<Operation *, Place> places;
  model->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == model.getOperation())
      return WalkResult::advance();
    Place place = places.lookup(op->getParentOp());
    // What the parent's accessors would say of the ops inside is lost.
    if (violations.isMalformed(op))
      return isa<StageOp, LayerOp>(op) ? WalkResult::skip()
                                       : WalkResult::advance();
    if (auto stage = dyn_cast<StageOp>(op)) {
      place.stage = toIndex(stage.getIndex());
      places[op] = place;
      addPlannedStage(stage);
      return WalkResult::advance();
    }
    if (auto layer = dyn_cast<LayerOp>(op)) {
      place.layer = toIndex(layer.getIndex());
      places[op] = place;
      return WalkResult::advance();
    }
    auto roleOp = dyn_cast<RoleOpInterface>(op);
    if (!roleOp || checked.contains(op))
      return WalkResult::advance();
    // Buffers are declared, not run.
    if (roleOp.getDeploymentRole() == Role::CommBuffer)
      return WalkResult::advance();
    Node node = readPlannedNode(roleOp);
    node.layer = place.layer;
    node.statedStage = node.stage = place.stage;
    nodes.push_back(node);
    return WalkResult::advance();
  });
}

/// An op of another dialect is no node, and data passes it.
static bool isPassed(Operation *op) {
  return op && !isa_and_nonnull<DagDialect>(op->getDialect()) &&
         op->getNumRegions() == 0;
}

namespace {
/// The nodes that values come from, seen through stages, layers and ops of
/// other dialects. What a value stands for is kept, so that a long chain of
/// layers that pass it on costs its length once.
class PlannedSources {
public:
  using NodeId = DeploymentGraph::NodeId;
  static constexpr NodeId kNoNode = DeploymentGraph::kNoNode;

  explicit PlannedSources(const DenseMap<Operation *, NodeId> &ids)
      : ids(ids) {}

  /// Notes what an op of another dialect is made of; ops in their order.
  void addForeign(Operation *op);
  /// Calls `callback` for each node that `value` comes from.
  void forEach(Value value, function_ref<void(NodeId)> callback);

private:
  /// A node, or an op of several operands that are passed on.
  struct Source {
    NodeId node = kNoNode;
    Operation *foreign = nullptr;
  };
  Source find(Value value);

  const DenseMap<Operation *, NodeId> &ids;
  DenseMap<Value, Source> sources;
  DenseMap<Operation *, SmallVector<NodeId, 2>> merged;
  SmallVector<Value> chain;
};
} // namespace

PlannedSources::Source PlannedSources::find(Value value) {
  chain.clear();
  Source source;
  while (value) {
    if (auto it = sources.find(value); it != sources.end()) {
      source = it->second;
      break;
    }
    chain.push_back(value);
    Operation *op = value.getDefiningOp();
    if (auto it = ids.find(op); op && it != ids.end()) {
      source.node = it->second;
      break;
    }
    if (op && merged.contains(op)) {
      source.foreign = op;
      break;
    }
    // A cycle through malformed ops ends here.
    sources[value] = Source();
    bool isCast = isPassed(op) && op->getNumOperands() == 1;
    value = isCast ? op->getOperand(0) : lookThroughRegion(value);
  }
  for (Value passed : chain)
    sources[passed] = source;
  return source;
}

void PlannedSources::forEach(Value value, function_ref<void(NodeId)> callback) {
  Source source = find(value);
  if (source.node != kNoNode)
    callback(source.node);
  if (source.foreign)
    for (NodeId node : merged.lookup(source.foreign))
      callback(node);
}

void PlannedSources::addForeign(Operation *op) {
  // Sums of sums would have as many as there are summands.
  constexpr size_t kMaxSources = 8;
  if (!isPassed(op) || op->getNumOperands() < 2)
    return;
  SmallVector<NodeId, 2> nodes;
  for (Value operand : op->getOperands())
    forEach(operand, [&](NodeId node) {
      if (nodes.size() < kMaxSources && !llvm::is_contained(nodes, node))
        nodes.push_back(node);
    });
  merged[op] = std::move(nodes);
}

void DeploymentGraph::addPlannedEdges() {
  DenseMap<Operation *, NodeId> ids;
  for (NodeId id = 0; id < nodes.size(); ++id)
    ids[nodes[id].op] = id;
  PlannedSources sources(ids);
  root->walk<WalkOrder::PreOrder>(
      [&](Operation *op) { sources.addForeign(op); });
  for (NodeId id = 0; id < nodes.size(); ++id)
    for (Value operand : nodes[id].op->getOperands())
      sources.forEach(operand, [&](NodeId source) {
        edges.push_back({source, id, nodes[id].op});
      });
}
