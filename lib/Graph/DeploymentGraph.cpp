//===- DeploymentGraph.cpp - What the checks read -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/DeploymentGraph.h"
#include "dag/Diagnostics/SourcePlace.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Threading.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Construction
//===----------------------------------------------------------------------===//

DeploymentGraph::DeploymentGraph(Operation *root, Violations violationsOfRoot,
                                 StatedFacts factsBeside)
    : root(root), violations(std::move(violationsOfRoot)),
      beside(std::move(factsBeside)) {
  if (auto sketch = dyn_cast<SketchOp>(root))
    buildFromSketch(sketch);
  else
    buildFromPlan(cast<ModelOp>(root));
  indexEdges();
  if (isSketch()) {
    completeFromEdges();
    completeWidths();
    findPlaces();
    findNotes();
    findEnds();
  }
  groupLayers();
  groupStages();
  findHomes();
  assignPeerClasses();
}

static int64_t getIndex(std::optional<uint64_t> value) {
  return value ? toIndex(*value) : DeploymentGraph::kNone;
}

int64_t DeploymentGraph::getOnly(std::optional<RangesAttr> ranges) {
  if (!ranges)
    return kNone;
  ArrayRef<int64_t> bounds = ranges->getBounds();
  return bounds.size() == 2 && bounds[0] == bounds[1] ? toIndex(bounds[0])
                                                      : kNone;
}

void DeploymentGraph::readNode(NodeOp op, Node &node) const {
  node.op = op;
  node.role = op.getDeploymentRole();
  node.block = op.getDeploymentBlock();
  node.kind = op.getKind();
  node.layer = getOnly(op.getLayers());
  // A cluster may lend its only layer to what stands before and behind it.
  if (!isTransfer(node.role) && node.role != Role::Unknown &&
      (!isLayerRole(node.role) || node.block == Role::Embedding ||
       node.block == Role::Head || node.block == Role::FinalNorm))
    node.layer = kNone;
  node.targetLayer = getIndex(op.getTargetLayer());
  node.statedStage = node.stage = getIndex(op.getStage());
  node.targetStage = getIndex(op.getTargetStage());
  node.tpRank = getIndex(op.getTpRank());
  node.expert = getIndex(op.getExpert());
  node.replica = getIndex(op.getMicrobatch());
  if (int64_t dpRank = getIndex(op.getDpRank()); dpRank != kNone)
    node.replica = dpRank + (node.replica + 1) * 1000003;
}

void DeploymentGraph::buildFromSketch(SketchOp sketch) {
  Block *body = getSketchBody();
  if (!body)
    return;
  tpSize = getIndex(sketch.getTpSize());
  ppSize = getIndex(sketch.getPpSize());
  numLayers = getIndex(sketch.getNumLayers());
  if (auto sampled = sketch.getSampledLayers())
    sampledLayers = sampled->getSet();
  takeFactsBeside();

  std::vector<NodeOp> nodeOps;
  std::vector<EdgeOp> edgeOps;
  for (Operation &op : *body) {
    if (violations.isMalformed(&op))
      continue;
    if (auto node = dyn_cast<NodeOp>(op))
      nodeOps.push_back(node);
    else if (auto edge = dyn_cast<EdgeOp>(op))
      edgeOps.push_back(edge);
    else if (auto error = dyn_cast<SyntaxErrorOp>(op))
      cutOff |= error.isCutOff();
  }

  nodes.resize(nodeOps.size());
  parallelFor(sketch.getContext(), 0, nodeOps.size(),
              [&](size_t i) { readNode(nodeOps[i], nodes[i]); });

  DenseMap<Operation *, NodeId> ids(nodeOps.size());
  for (auto [i, op] : llvm::enumerate(nodeOps))
    ids[op] = i;
  edges.reserve(edgeOps.size());
  for (EdgeOp op : edgeOps) {
    auto source = ids.find(op.getSource().getDefiningOp());
    auto target = ids.find(op.getTarget().getDefiningOp());
    // Ends outside of the sketch do not verify.
    if (source != ids.end() && target != ids.end())
      edges.push_back({source->second, target->second, op});
  }
  size_t numUndeclared =
      llvm::count_if(nodeOps, [](NodeOp op) { return op.getUndeclared(); });
  declares = numUndeclared * 2 < nodes.size();
  if (cutOff)
    dropUnread();
  if (beside.model)
    for (const Node &node : nodes) {
      auto op = cast<NodeOp>(node.op);
      boundShapes.bind(op.getInputsAttr(), *beside.model);
      boundShapes.bind(op.getOutputsAttr(), *beside.model);
    }
  refineRoles();
  assignModels();
  assignLanes();
}

/// Where the file ends too early, the declarations of nodes that only edges
/// mention stand in the rest, and the layer that is declared last may go on.
void DeploymentGraph::dropUnread() {
  unsigned lastNode = 0, lastEdge = 0;
  for (NodeId id = 0; id < nodes.size(); ++id) {
    Node &node = nodes[id];
    if (isUndeclared(id)) {
      if (!declares)
        continue;
      node.role = Role::Note;
      node.kind = NodeKind::Note;
      node.layer = node.targetLayer = node.tpRank = node.expert = kNone;
      node.stage = node.statedStage = node.targetStage = kNone;
      continue;
    }
    unsigned line = getSourcePlace(node.op->getLoc()).line;
    if (line >= lastNode) {
      lastNode = line;
      cutLayer = node.layer;
    }
  }
  for (const Edge &edge : edges)
    lastEdge = std::max(lastEdge, getSourcePlace(edge.op->getLoc()).line);
  if (lastEdge > lastNode)
    cutLayer = kNone;
}

/// What is stated beside a drawing comes before what it states.
void DeploymentGraph::takeFactsBeside() {
  auto take = [](int64_t &slot, int64_t size) {
    if (size != 0)
      slot = size;
  };
  take(tpSize, beside.tp);
  take(ppSize, beside.pp);
  take(numLayers, beside.getNumLayers());
}

/// What a node stands between tells what its words leave open.
void DeploymentGraph::refineRoles() {
  // "Output projection" is the head's name and that of attention's last part.
  std::vector<bool> takesAttention(nodes.size());
  // Heads may be joined in between.
  for (bool isJoined : {false, true})
    for (const Edge &edge : edges) {
      Role source = nodes[edge.source].role;
      bool joins = source == Role::Concat || isCollective(source);
      if (isJoined
              ? joins && takesAttention[edge.source]
              : source == Role::Attention || source == Role::AttentionOutput)
        takesAttention[edge.target] = true;
    }
  for (auto [id, node] : llvm::enumerate(nodes))
    if (node.role == Role::Head && takesAttention[id])
      node.role = Role::OutputProjection;
  refineOutputProjections(takesAttention);
  // A score of what models give is none of attention.
  std::vector<bool> takesParts(nodes.size()), isScored(nodes.size());
  for (const Edge &edge : edges) {
    Role source = nodes[edge.source].role;
    isScored[edge.target] = true;
    if (source != Role::ResidualAdd && source != Role::FinalNorm &&
        source != Role::Head && source != Role::Sampling &&
        !isTransfer(source) && !isCollective(source))
      takesParts[edge.target] = true;
    if (isLayerRole(nodes[edge.target].role))
      takesParts[edge.source] = true;
  }
  for (auto [id, node] : llvm::enumerate(nodes))
    if (node.role == Role::AttentionScores && node.layer == kNone &&
        isScored[id] && !takesParts[id])
      node.role = Role::Sampling;
  // A gate whose scores say which expert a token goes to is a router.
  for (const Edge &edge : edges) {
    Node &gate = nodes[edge.source];
    Role user = nodes[edge.target].role;
    if (gate.role == Role::FfnGate && gate.expert == kNone &&
        (user == Role::Dispatch || user == Role::Combine))
      gate.role = Role::Router;
  }
}

/// A linear layer without a name of its own is the last part of attention if
/// attention is all that feeds it, and no part of a network takes its result.
void DeploymentGraph::refineOutputProjections(
    const std::vector<bool> &takesAttention) {
  std::vector<bool> isOther(nodes.size());
  for (const Edge &edge : edges) {
    const Node &source = nodes[edge.source], &target = nodes[edge.target];
    if (target.role == Role::Linear && source.role != Role::Attention &&
        source.role != Role::AttentionOutput && source.role != Role::Concat &&
        !isCollective(source.role))
      isOther[edge.target] = true;
    bool isInner = target.role == Role::Activation ||
                   target.role == Role::Multiply ||
                   target.role == Role::Linear || target.role == Role::FfnDown;
    if (source.role == Role::Linear && isInner)
      isOther[edge.source] = true;
  }
  // One that lacks an edge is what those are that are named like it.
  auto getStem = [&](const Node &node) {
    std::string stem = cast<NodeOp>(node.op).getName().str();
    llvm::erase_if(stem, llvm::isDigit);
    return stem;
  };
  auto isOpen = [&](NodeId id) {
    return nodes[id].role == Role::Linear && nodes[id].expert == kNone &&
           !isOther[id];
  };
  llvm::StringSet<> stems;
  for (NodeId id = 0; id < nodes.size(); ++id)
    if (isOpen(id) && takesAttention[id])
      stems.insert(getStem(nodes[id]));
  if (stems.empty())
    return;
  for (NodeId id = 0; id < nodes.size(); ++id)
    if (isOpen(id) &&
        (takesAttention[id] || stems.contains(getStem(nodes[id]))))
      nodes[id].role = Role::OutputProjection;
}

void DeploymentGraph::indexEdges() {
  inBegin.assign(nodes.size() + 1, 0);
  outBegin.assign(nodes.size() + 1, 0);
  for (const Edge &edge : edges) {
    ++outBegin[edge.source + 1];
    ++inBegin[edge.target + 1];
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    inBegin[i + 1] += inBegin[i];
    outBegin[i + 1] += outBegin[i];
  }
  inEdges.resize(edges.size());
  outEdges.resize(edges.size());
  std::vector<uint32_t> nextIn(inBegin.begin(), inBegin.end() - 1);
  std::vector<uint32_t> nextOut(outBegin.begin(), outBegin.end() - 1);
  for (auto [i, edge] : llvm::enumerate(edges)) {
    inEdges[nextIn[edge.target]++] = i;
    outEdges[nextOut[edge.source]++] = i;
  }
}

/// True for an identifier that a program has drawn lots for, such as
/// `3594f56e-351b`, which says nothing of what the node is.
static bool isOpaque(StringRef name) {
  bool hasDigit = false;
  for (char c : name) {
    hasDigit |= llvm::isDigit(c);
    if (!llvm::isHexDigit(c) && c != '-')
      return false;
  }
  return hasDigit && name.size() > 7;
}

void DeploymentGraph::assignPeerClasses() {
  // Two nodes are peers if they have the same role and block, and names that
  // differ in numbers only. An expert without a number is not one of those
  // that have one.
  std::vector<uint64_t> hashes(nodes.size());
  parallelFor(root->getContext(), 0, nodes.size(), [&](size_t i) {
    SmallString<64> pattern;
    if (auto op = dyn_cast<NodeOp>(nodes[i].op)) {
      bool inNumber = false;
      StringRef name = op.getName();
      if (DictionaryAttr drawn = op.getDrawn().value_or(nullptr);
          drawn && isOpaque(name))
        if (auto label = drawn.getAs<StringAttr>("label"))
          name = label.getValue().take_until(
              [](char c) { return c == '|' || c == '\\' || c == '\n'; });
      for (char c : name) {
        bool isNumber = llvm::isDigit(c);
        if (!isNumber)
          pattern.push_back(c);
        else if (!inNumber)
          pattern.push_back('#');
        inNumber = isNumber;
      }
    }
    hashes[i] =
        llvm::hash_combine(static_cast<uint32_t>(nodes[i].role),
                           static_cast<uint32_t>(nodes[i].block),
                           nodes[i].expert == kNone, StringRef(pattern));
  });
  DenseMap<uint64_t, uint32_t> classes;
  for (auto [i, node] : llvm::enumerate(nodes))
    node.peerClass =
        classes.try_emplace(hashes[i] >> 1, classes.size()).first->second;
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

Block *DeploymentGraph::getSketchBody() const {
  if (!isSketch() || root->getNumRegions() != 1 ||
      !llvm::hasSingleElement(root->getRegion(0)))
    return nullptr;
  return &root->getRegion(0).front();
}

bool DeploymentGraph::documentsSampling() const {
  return sampledLayers || root->hasAttr("dag.layers_alike");
}

const DeploymentGraph::Layer *DeploymentGraph::getLayer(int64_t index) const {
  auto it = layerIndex.find(index);
  return it == layerIndex.end() ? nullptr : &layers[it->second];
}

const DeploymentGraph::Stage *DeploymentGraph::getStage(int64_t index) const {
  auto it = stageIndex.find(index);
  return it == stageIndex.end() ? nullptr : &stages[it->second];
}

int64_t DeploymentGraph::getOwningStage(NodeId id) const {
  const Node &node = nodes[id];
  if (!isInPipeline(id))
    return kNone;
  // Layers of several models have one number, and are in stages of their own.
  if (node.model != kNone && node.stage != kNone)
    return node.stage;
  if (!isTransfer(node.role))
    if (const Layer *layer = getLayer(node.layer);
        layer && layer->home != kNone &&
        !(layer->isSplit && node.stage != kNone))
      return layer->home;
  return node.stage;
}

std::string DeploymentGraph::getName(NodeId id) const {
  const Node &node = nodes[id];
  if (auto op = dyn_cast<NodeOp>(node.op))
    return op.getName().str();
  std::string name;
  llvm::raw_string_ostream os(name);
  if (node.layer != kNone)
    os << "layer " << node.layer << ' ';
  else if (node.stage != kNone)
    os << "stage " << node.stage << ' ';
  os << node.op->getName().stripDialect();
  return name;
}

RangesAttr DeploymentGraph::getDevicesAttr(NodeId id) const {
  if (auto op = dyn_cast<NodeOp>(nodes[id].op))
    return op.getDevicesAttr();
  return {};
}

RangeSet DeploymentGraph::getDevices(NodeId id) const {
  RangesAttr devices = getDevicesAttr(id);
  return devices ? devices.getSet() : RangeSet();
}

RangeSet DeploymentGraph::getTargetDevices(NodeId id) const {
  if (auto op = dyn_cast<NodeOp>(nodes[id].op))
    if (auto devices = op.getTargetDevices())
      return devices->getSet();
  return {};
}

bool DeploymentGraph::hasAllDevices(NodeId id) const {
  auto op = dyn_cast<NodeOp>(nodes[id].op);
  return op && op.getAllDevices();
}

ArrayRef<Attribute> DeploymentGraph::getInputDims(NodeId id) const {
  if (auto it = completed.find(id); it != completed.end())
    return it->second.first.getValue();
  if (auto op = dyn_cast<NodeOp>(nodes[id].op))
    if (ArrayAttr inputs = op.getInputsAttr())
      return boundShapes.lookup(inputs).getValue();
  return {};
}

ArrayRef<Attribute> DeploymentGraph::getOutputDims(NodeId id) const {
  if (auto it = completed.find(id); it != completed.end())
    return it->second.second.getValue();
  if (auto op = dyn_cast<NodeOp>(nodes[id].op))
    if (ArrayAttr outputs = op.getOutputsAttr())
      return boundShapes.lookup(outputs).getValue();
  return {};
}

DictionaryAttr DeploymentGraph::getDrawnAttr(NodeId id) const {
  auto op = dyn_cast<NodeOp>(nodes[id].op);
  return op ? op.getDrawnAttr() : DictionaryAttr();
}

int64_t DeploymentGraph::getDpRank(NodeId id) const {
  auto op = dyn_cast<NodeOp>(nodes[id].op);
  return op ? getIndex(op.getDpRank()) : kNone;
}

bool DeploymentGraph::isUndeclared(NodeId id) const {
  auto op = dyn_cast<NodeOp>(nodes[id].op);
  return op && op.getUndeclared();
}

int64_t DeploymentGraph::getLayerCount(NodeId id) const {
  auto count = nodes[id].op->getAttrOfType<IntegerAttr>("dag.layer_count");
  return count ? count.getInt() : kNone;
}

StringRef DeploymentGraph::getTargetDeviceName(NodeId id) const {
  auto name = nodes[id].op->getAttrOfType<StringAttr>("dag.target_device_name");
  return name ? name.getValue() : StringRef();
}

bool DeploymentGraph::statesDropout(NodeId id) const {
  auto op = dyn_cast<NodeOp>(nodes[id].op);
  return op && op.getDropout().has_value();
}

RangeSet DeploymentGraph::getStatedLayers(NodeId id) const {
  auto op = dyn_cast<NodeOp>(nodes[id].op);
  return op && op.getLayers() ? op.getLayers()->getSet() : RangeSet();
}

std::optional<Role> DeploymentGraph::getEdgeRole(const Edge &edge) const {
  auto op = dyn_cast<EdgeOp>(edge.op);
  return op ? op.getRole() : std::nullopt;
}

//===----------------------------------------------------------------------===//
// DeploymentGraphs
//===----------------------------------------------------------------------===//

/// What a pass before has stated; nothing if there was none.
static StatedFacts getFactsOfRun(AnalysisManager &analyses) {
  auto facts = analyses.getCachedAnalysis<StatedFactsOfRun>();
  return facts ? facts->get().facts : StatedFacts();
}

DeploymentGraphs::DeploymentGraphs(Operation *module, AnalysisManager &analyses)
    : DeploymentGraphs(module, getFactsOfRun(analyses)) {}

DeploymentGraphs::DeploymentGraphs(Operation *module, const StatedFacts &beside)
    : isStated(beside.isStated()) {
  SmallVector<Operation *> references;
  bool hasOrders = false;
  for (Region &region : module->getRegions())
    for (Operation &op : region.getOps()) {
      hasOrders |= isa<ProgramOp, ScheduleOp>(op);
      if (auto model = dyn_cast<ModelOp>(op);
          model && beside.isReference(model) && verifiesAsWhole(model))
        references.push_back(&op);
      else if (isa<SketchOp, ModelOp>(op))
        graphs.push_back(
            std::make_unique<DeploymentGraph>(&op, Violations(&op), beside));
    }
  // A reference beside nothing is what there is to say something about.
  if (graphs.empty() && !hasOrders)
    for (Operation *op : references)
      graphs.push_back(std::make_unique<DeploymentGraph>(op, Violations(op)));
}

bool DeploymentGraph::isLogical() const {
  auto model = dyn_cast<ModelOp>(root);
  return model && !model->hasAttr("mesh") && stages.empty() &&
         !violations.isMalformed(model);
}
