//===- PlanGraph.cpp - The graph of a plan -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Graph/DeploymentGraph.h"
#include "dag/Graph/LookThrough.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Graph
//===----------------------------------------------------------------------===//

Value dag::lookThroughRegion(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    Operation *parent = argument.getOwner()->getParentOp();
    unsigned index = argument.getArgNumber();
    if (!isa_and_nonnull<StageOp, LayerOp>(parent) ||
        index >= parent->getNumOperands())
      return {};
    return parent->getOperand(index);
  }
  auto result = cast<OpResult>(value);
  Operation *op = result.getOwner();
  if (!isa<StageOp, LayerOp>(op) || op->getNumRegions() == 0 ||
      op->getRegion(0).empty() || op->getRegion(0).front().empty())
    return {};
  Operation *yield = &op->getRegion(0).front().back();
  if (!isa<YieldOp>(yield) ||
      result.getResultNumber() >= yield->getNumOperands())
    return {};
  return yield->getOperand(result.getResultNumber());
}

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

/// What `value` is made of by an op of another dialect, such as a cast: it is
/// no node, and data passes it.
static Value lookThroughForeign(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || isa_and_nonnull<DagDialect>(op->getDialect()) ||
      op->getNumOperands() != 1 || op->getNumRegions() != 0)
    return {};
  return op->getOperand(0);
}

/// Edges, seen through stages and layers. What a value stands for is kept, so
/// that a long chain of layers that pass it on costs its length once.
void DeploymentGraph::addPlannedEdges() {
  DenseMap<Operation *, NodeId> ids;
  for (NodeId id = 0; id < nodes.size(); ++id)
    ids[nodes[id].op] = id;
  DenseMap<Value, NodeId> sources;
  SmallVector<Value> chain;
  auto getSource = [&](Value value) {
    chain.clear();
    NodeId source = kNoNode;
    while (value) {
      if (auto it = sources.find(value); it != sources.end()) {
        source = it->second;
        break;
      }
      chain.push_back(value);
      if (Operation *op = value.getDefiningOp())
        if (auto it = ids.find(op); it != ids.end()) {
          source = it->second;
          break;
        }
      // A cycle through malformed ops ends here.
      sources[value] = kNoNode;
      Value from = lookThroughForeign(value);
      value = from ? from : lookThroughRegion(value);
    }
    for (Value passed : chain)
      sources[passed] = source;
    return source;
  };
  for (NodeId id = 0; id < nodes.size(); ++id)
    for (Value operand : nodes[id].op->getOperands())
      if (NodeId source = getSource(operand); source != kNoNode)
        edges.push_back({source, id, nodes[id].op});
}
