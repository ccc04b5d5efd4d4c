//===- PlanGraph.cpp - The graph of a plan -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "dag/Graph/DeploymentGraph.h"
#include "dag/Graph/LookThrough.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/ScopeExit.h"

#include <set>

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Violations
//===----------------------------------------------------------------------===//

/// Collects what the verifiers of one op say.
static void collectViolations(Operation *op,
                              std::vector<DeploymentGraph::Violation> &result) {
  // Not the op after each message: that of a stage is the stage.
  MLIRContext *context = op->getContext();
  bool printsOp = context->shouldPrintOpOnDiagnostic();
  context->printOpOnDiagnostic(false);
  auto restore =
      llvm::make_scope_exit([&] { context->printOpOnDiagnostic(printsOp); });
  ScopedDiagnosticHandler handler(
      op->getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return success();
        StringRef code = getTypingCode(diagnostic);
        DeploymentGraph::Violation violation{
            op,
            diagnostic.getLocation(),
            code.empty() ? std::string("DAG005") : code.str(),
            diagnostic.str(),
            {}};
        for (Diagnostic &note : diagnostic.getNotes())
          violation.notes.push_back({note.getLocation(), note.str()});
        result.push_back(std::move(violation));
        return success();
      });
  if (failed(verify(op, /*verifyRecursively=*/false)))
    return;
  // What the symbol table above would verify.
  if (auto user = dyn_cast<SymbolUserOpInterface>(op)) {
    SymbolTableCollection tables;
    (void)user.verifySymbolUses(tables);
  }
}

/// Verifies the whole; where that fails, each op by itself, so that one wrong
/// op does not hide the next.
void DeploymentGraph::findViolations() {
  // A plan's mesh stands outside of it.
  if (auto model = dyn_cast<ModelOp>(root))
    if (MeshOp mesh = model.lookupMesh()) {
      collectViolations(mesh, violations);
      if (!violations.empty())
        malformed.insert(mesh);
    }
  size_t numOfMesh = violations.size();
  {
    ScopedDiagnosticHandler silence(root->getContext(),
                                    [](Diagnostic &) { return success(); });
    SymbolTableCollection tables;
    auto user = dyn_cast<SymbolUserOpInterface>(root);
    if (succeeded(verify(root)) &&
        (!user || succeeded(user.verifySymbolUses(tables))))
      return;
  }
  root->walk<WalkOrder::PreOrder>(
      [&](Operation *op) { collectViolations(op, violations); });
  // What a model says of the symbols of an op, the op says as well.
  std::set<std::pair<const void *, std::string>> inner;
  for (const Violation &violation : violations)
    if (violation.op != root)
      inner.insert({violation.loc.getAsOpaquePointer(), violation.message});
  llvm::erase_if(violations, [&](const Violation &violation) {
    return violation.op == root &&
           inner.count({violation.loc.getAsOpaquePointer(), violation.message});
  });
  for (const Violation &violation : violations)
    if (violation.code == "DAG005")
      malformed.insert(violation.op);
  if (violations.size() > numOfMesh)
    return;
  // Something between ops, such as dominance.
  ScopedDiagnosticHandler handler(
      root->getContext(), [&](Diagnostic &diagnostic) {
        violations.push_back(
            {root, diagnostic.getLocation(), "DAG005", diagnostic.str(), {}});
        return success();
      });
  (void)verify(root);
}

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

void DeploymentGraph::buildFromPlan(ModelOp model) {
  auto getSize = [](std::optional<uint64_t> value) {
    return value ? static_cast<int64_t>(*value) : kNone;
  };
  if (!isMalformed(model)) {
    numLayers = getSize(model.getNumLayers());
    if (auto sampling = model.getSampling()) {
      sampledLayers.emplace();
      for (int64_t layer : *sampling)
        sampledLayers->insert(layer);
    }
  }

  // Nodes: the ops with a role, but for those that hold other ops.
  llvm::DenseSet<Operation *> checked = check::findChecked(model);
  DenseMap<Operation *, NodeId> ids;
  struct Place {
    int64_t stage = kNone;
    int64_t layer = kNone;
  };
  DenseMap<Operation *, Place> places;
  DenseMap<int64_t, Operation *> layerOps;
  model->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == model.getOperation())
      return WalkResult::advance();
    Place place = places.lookup(op->getParentOp());
    // What the parent's accessors would say of the ops inside is lost.
    if (isMalformed(op))
      return isa<StageOp, LayerOp>(op) ? WalkResult::skip()
                                       : WalkResult::advance();
    if (auto stage = dyn_cast<StageOp>(op)) {
      place.stage = toIndex(stage.getIndex());
      places[op] = place;
      Stage entry;
      entry.index = place.stage;
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
      return WalkResult::advance();
    }
    if (auto layer = dyn_cast<LayerOp>(op)) {
      place.layer = toIndex(layer.getIndex());
      places[op] = place;
      auto [first, isNew] = layerOps.try_emplace(place.layer, op);
      if (!isNew)
        violations.push_back({op,
                              op->getLoc(),
                              "DAG203",
                              "expected layer " + std::to_string(place.layer) +
                                  " once, but this is a second one",
                              {{first->second->getLoc(), "the first one"}}});
      return WalkResult::advance();
    }
    auto roleOp = dyn_cast<RoleOpInterface>(op);
    if (!roleOp || checked.contains(op))
      return WalkResult::advance();
    Node node;
    node.op = op;
    node.role = roleOp.getDeploymentRole();
    // Buffers are declared, not run.
    if (node.role == Role::CommBuffer)
      return WalkResult::advance();
    node.block = roleOp.getDeploymentBlock();
    node.kind = getOpKind(node.role);
    node.layer = place.layer;
    node.statedStage = node.stage = place.stage;
    if (auto transfer = dyn_cast<TransferOpInterface>(op))
      node.targetStage = transfer.getPeerStage();
    ids[op] = nodes.size();
    nodes.push_back(node);
    return WalkResult::advance();
  });
  llvm::stable_sort(
      stages, [](const Stage &a, const Stage &b) { return a.index < b.index; });
  for (auto [i, stage] : llvm::enumerate(stages))
    stageIndex.try_emplace(stage.index, i);

  // Edges, seen through stages and layers. What a value stands for is kept, so
  // that a long chain of layers that pass it on costs its length once.
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
      value = lookThroughRegion(value);
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
