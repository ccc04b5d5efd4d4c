//===- ExportPlan.cpp - Draws a plan --------------------------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotWriter.h"
#include "Export.h"
#include "PlanFlow.h"
#include "PlanLabels.h"
#include "PlanShapes.h"
#include "ReadBack.h"
#include "StageRanks.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

using NodeId = DeploymentGraph::NodeId;

namespace {

/// Warnings about ops that the rules do not read as they are.
constexpr unsigned kMaxWarnings = 20;

class PlanExporter {
public:
  PlanExporter(ModelOp model, raw_ostream &os, const RuleTable &rules,
               const ExportOptions &options)
      : model(model), options(options), writer(os),
        readBack(rules, /*isExact=*/false), graph(model, Violations(model)),
        flow(graph, options.layers) {}

  LogicalResult run();

private:
  /// How many drawn nodes stand for an op.
  enum class Spread { Shared, Ranks, Groups };

  /// One op, which the drawing shows as one node or several.
  struct DrawnOp {
    std::string name;
    Spread spread = Spread::Shared;
    unsigned layout = 0;
    const RankGroups *groups = nullptr;

    unsigned getInstance(unsigned rank) const {
      if (spread == Spread::Shared)
        return 0;
      return spread == Spread::Groups ? groups->groupOf[rank] : rank;
    }
  };

  LogicalResult checkOptions();
  LogicalResult checkSize();
  LogicalResult findLayouts();
  void prepare(NodeId id);
  unsigned getNumInstances(const DrawnOp &op);
  std::string getName(const DrawnOp &op, unsigned instance);

  void beginGraph();
  void endGraph();
  void openStage(StageOp stage);
  void openLayer(int64_t layer);
  void closeStage();
  std::string describeNode(NodeId id, unsigned instance, Recognition &wanted);
  void writeNode(NodeId id, unsigned instance);
  void writeEdges(NodeId id);

  RangeSet getDevices(NodeId id, unsigned instance);
  bool isLogical() const { return !model->hasAttr("mesh") && !hasStages; }
  ArrayRef<unsigned> getRanks(const DrawnOp &op, unsigned instance);
  void addShapes(const PlanFlow::Tensor &tensor, const DrawnOp &op,
                 unsigned instance, SmallVectorImpl<std::string> &shapes);

  ModelOp model;
  const ExportOptions &options;
  DotWriter writer;
  ReadBack readBack;
  DeploymentGraph graph;
  PlanFlow flow;

  /// The layout of each stage, and of what stands in none.
  std::vector<StageRanks> layouts;
  std::vector<ShapePrinter> shapePrinters;
  DenseMap<Operation *, unsigned> layoutOf;
  bool hasStages = false;
  std::vector<DrawnOp> drawn;
  llvm::StringMap<unsigned> numNamed;
  StageOp openedStage;
  ClusterRecognition stageStated, layerStated;
  SmallVector<const ClusterRecognition *, 2> enclosing;
  int64_t openedLayer = DeploymentGraph::kNone;
  SmallVector<unsigned, 8> oneRank;
  std::vector<unsigned> allRanks;
  unsigned numWarnings = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Preparation
//===----------------------------------------------------------------------===//

LogicalResult PlanExporter::checkOptions() {
  RangeSet layers;
  for (const DeploymentGraph::Layer &layer : graph.getLayers())
    layers.insert(layer.index);
  for (int64_t layer : options.layers)
    if (!layers.contains(layer))
      return emitError(model.getLoc())
             << "expected layers of the model to draw, " << layers.str()
             << ", but got " << layer;
  return success();
}

LogicalResult PlanExporter::findLayouts() {
  MeshOp mesh;
  if (!graph.getViolations().isMalformed(model))
    mesh = model.lookupMesh();
  if (mesh && failed(verify(mesh)))
    return failure();
  for (auto stage : model.getOps<StageOp>()) {
    hasStages = true;
    if (graph.getViolations().isMalformed(stage))
      continue;
    layoutOf[stage] = layouts.size();
    layouts.emplace_back(mesh, stage);
  }
  layoutOf[nullptr] = layouts.size();
  layouts.emplace_back(hasStages ? MeshOp() : mesh, StageOp());
  for (const StageRanks &layout : layouts)
    shapePrinters.emplace_back(layout);
  return success();
}

/// A row-parallel product that gives no part of a sum: all ranks make the same,
/// and one node for each would look like the parts.
static bool isReplicatedProduct(Operation *op, Role role) {
  if ((role != Role::OutputProjection && role != Role::FfnDown) ||
      op->getNumResults() != 1)
    return false;
  std::optional<ShardedType> type =
      ShardedType::get(op->getResult(0).getType());
  return type && !type->hasPartial();
}

static ArrayAttr getAxes(Operation *op) {
  auto collective = dyn_cast<CollectiveOpInterface>(op);
  return collective ? collective.getCollectiveAxes() : ArrayAttr();
}

void PlanExporter::prepare(NodeId id) {
  const DeploymentGraph::Node &node = graph.getNode(id);
  DrawnOp &op = drawn[id];
  Operation *stage = node.op->getParentOfType<StageOp>();
  auto layout = layoutOf.find(stage);
  op.layout = layout == layoutOf.end() ? layoutOf[nullptr] : layout->second;

  OpLabel label = getOpLabel(node.op, node.role, flow.getPlace(id));
  if (node.layer != DeploymentGraph::kNone)
    op.name = "layer" + std::to_string(node.layer) + "_" + label.name;
  else if (isTransfer(node.role) && node.stage != DeploymentGraph::kNone)
    op.name = "stage" + std::to_string(node.stage) + "_" + label.name;
  else
    op.name = label.name;
  // Two alike in one layer: the first keeps the plain name.
  if (unsigned count = numNamed[op.name]++) {
    static constexpr StringLiteral kOrdinals[] = {"second", "third", "fourth"};
    std::string suffix = count <= std::size(kOrdinals)
                             ? kOrdinals[count - 1].str()
                             : "no" + std::to_string(count + 1);
    op.name += "_" + suffix;
  }

  if (options.ranks == DrawnRanks::One || node.role == Role::Input ||
      node.role == Role::Output) {
    op.spread = Spread::Shared;
  } else if (ArrayAttr axes = getAxes(node.op);
             axes && isCollective(node.role)) {
    SmallVector<StringAttr, 2> names(axes.getAsRange<StringAttr>());
    op.spread = Spread::Groups;
    op.groups = &layouts[op.layout].getGroups(names);
  } else if (isReplicatedProduct(node.op, label.role)) {
    op.spread = Spread::Groups;
    op.groups = &layouts[op.layout].getWhole();
  } else {
    op.spread = Spread::Ranks;
  }
}

unsigned PlanExporter::getNumInstances(const DrawnOp &op) {
  switch (op.spread) {
  case Spread::Shared:
    return 1;
  case Spread::Groups:
    return op.groups->members.size();
  case Spread::Ranks:
    break;
  }
  return layouts[op.layout].getNumRanks();
}

std::string PlanExporter::getName(const DrawnOp &op, unsigned instance) {
  if (getNumInstances(op) == 1)
    return op.name;
  return op.name + (op.spread == Spread::Groups ? "_group" : "_tp") +
         std::to_string(instance);
}

LogicalResult PlanExporter::checkSize() {
  uint64_t most = 1, numNodes = 0;
  if (options.ranks != DrawnRanks::One)
    for (const StageRanks &layout : layouts)
      most = std::max(most, layout.getNumRanks());
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    numNodes += flow.isDrawn(id);
  if (llvm::SaturatingMultiply(most, numNodes) <= kMaxDrawnNodes)
    return success();
  return emitError(model.getLoc())
         << "expected at most " << kMaxDrawnNodes << " nodes to draw, but got "
         << numNodes << " ops on " << most
         << " ranks; --dot-ranks=one draws one of them";
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// The ranks that a drawn node stands for.
ArrayRef<unsigned> PlanExporter::getRanks(const DrawnOp &op,
                                          unsigned instance) {
  if (op.spread == Spread::Groups)
    return op.groups->members[instance];
  if (op.spread == Spread::Ranks) {
    oneRank.assign(1, instance);
    return oneRank;
  }
  // A million ranks of one shape say no more than the first ones.
  uint64_t count = std::min<uint64_t>(layouts[op.layout].getNumRanks(), 4096);
  for (unsigned rank = allRanks.size(); rank < count; ++rank)
    allRanks.push_back(rank);
  return ArrayRef(allRanks).take_front(count);
}

void PlanExporter::addShapes(const PlanFlow::Tensor &tensor, const DrawnOp &op,
                             unsigned instance,
                             SmallVectorImpl<std::string> &shapes) {
  // What is not of a stage is there as a whole.
  if (op.spread == Spread::Shared && options.ranks != DrawnRanks::One)
    return ShapePrinter::addWhole(tensor, shapes);
  shapePrinters[op.layout].add(tensor, getRanks(op, instance), shapes);
}

RangeSet PlanExporter::getDevices(NodeId id, unsigned instance) {
  const DrawnOp &op = drawn[id];
  const StageRanks &layout = layouts[op.layout];
  if (isLogical())
    return {};
  if (op.spread == Spread::Shared) {
    if (layoutOf[nullptr] != op.layout || !hasStages)
      return layout.getDevices();
    // Ends of the model are where they are used, or made.
    return flow.getStageOfEnd(id) == nullptr
               ? RangeSet()
               : layouts[layoutOf[flow.getStageOfEnd(id)]].getDevices();
  }
  // Nothing says where an op beside the stages runs.
  if (layoutOf[nullptr] == op.layout && hasStages)
    return {};
  RangeSet devices;
  for (unsigned rank : getRanks(op, instance))
    if (std::optional<int64_t> device = layout.getDevice(rank))
      devices.insert(*device);
  if (devices.empty() && layout.getNumRanks() == 1)
    return layout.getDevices();
  return devices;
}

static StringRef getShapeOf(NodeKind kind) {
  switch (kind) {
  case NodeKind::Compute:
    return "box";
  case NodeKind::Routing:
    return "parallelogram";
  default:
    return "ellipse";
  }
}

/// Text of the model in a label: backslashes begin escapes there.
static void printEscaped(raw_ostream &os, StringRef text) {
  for (char c : text)
    if (c == '\\')
      os << "\\\\";
    else if (c == '\n')
      os << ' ';
    else
      os << c;
}

/// The label of a node, and in `wanted` what it has to be read as.
std::string PlanExporter::describeNode(NodeId id, unsigned instance,
                                       Recognition &wanted) {
  const DeploymentGraph::Node &node = graph.getNode(id);
  const DrawnOp &op = drawn[id];
  OpLabel label = getOpLabel(node.op, node.role, flow.getPlace(id));
  wanted.kind = label.kind;
  wanted.role = label.role;
  wanted.block = label.block;
  std::string text;
  llvm::raw_string_ostream os(text);
  if (node.layer != DeploymentGraph::kNone) {
    wanted.layers.insert(node.layer);
    os << "Layer " << node.layer << ' ';
  }
  printEscaped(os, label.title);
  if (auto dropout = dyn_cast<DropoutOp>(node.op))
    wanted.dropout = dropout.getP().convertToDouble();
  if (op.spread == Spread::Groups && !getAxes(node.op) &&
      layouts[op.layout].getNumRanks() > 1)
    os << " (replicated)";
  if (op.spread == Spread::Ranks && getNumInstances(op) > 1) {
    wanted.tpRank = instance;
    os << " (TP " << instance << ')';
  }

  if (isa<InputOp, OutputOp>(node.op)) {
    os << "\\nName: ";
    printEscaped(os, node.op->getAttrOfType<StringAttr>("name").getValue());
  }

  auto printShapes = [&](StringRef key, ArrayRef<PlanFlow::Tensor> tensors) {
    SmallVector<std::string, 4> shapes;
    for (const PlanFlow::Tensor &tensor : tensors)
      addShapes(tensor, op, instance, shapes);
    if (shapes.empty())
      return;
    os << "\\n" << key << ": ";
    llvm::interleaveComma(shapes, os);
  };
  printShapes("Input", flow.getInputs(id));
  printShapes("Output", flow.getOutputs(id));
  if (auto transfer = dyn_cast<TransferOpInterface>(node.op)) {
    printShapes("Buffer", flow.getInputs(id).take_front(1));
    (transfer.isSend() ? wanted.targetStage : wanted.sourceStage) =
        transfer.getPeerStage();
  }
  if (isTransfer(node.role) && node.stage != DeploymentGraph::kNone)
    wanted.stage = node.stage;
  if (ArrayAttr axes = getAxes(node.op); axes && isCollective(node.role)) {
    bool isPlain =
        llvm::all_of(axes.getAsValueRange<StringAttr>(), [](StringRef axis) {
          return llvm::all_of(axis, [](char c) { return llvm::isAlpha(c); });
        });
    if (isPlain && !axes.empty()) {
      os << "\\nAxes: ";
      llvm::interleaveComma(axes.getAsValueRange<StringAttr>(), os);
    }
  }
  wanted.elementType =
      getCommonElementType(flow.getInputs(id), flow.getOutputs(id));
  if (!wanted.elementType.empty())
    os << "\\nType: "
       << llvm::StringSwitch<StringRef>(wanted.elementType)
              .Case("f8E4M3FN", "fp8")
              .Case("i8", "int8")
              .Case("i32", "int32")
              .Case("i64", "int64")
              .Default(wanted.elementType);
  wanted.devices = getDevices(id, instance);
  if (!wanted.devices.empty()) {
    os << (wanted.devices.size() == 1 ? "\\nGPU: " : "\\nGPUs: ");
    wanted.devices.print(os);
  }
  return text;
}

void PlanExporter::writeNode(NodeId id, unsigned instance) {
  Operation *op = graph.getNode(id).op;
  Recognition wanted;
  std::string text = describeNode(id, instance, wanted);
  AttributeText attributes;
  attributes.add("shape", getShapeOf(wanted.kind));
  attributes.add("label", text);
  std::string name = getName(drawn[id], instance);
  FactNames lost = readBack.completeNode(name, enclosing, wanted, attributes);
  if (!lost.empty() && ++numWarnings <= kMaxWarnings)
    emitWarning(op->getLoc())
        << "the drawing will not be read as the plan says of node '" << name
        << "': " << llvm::join(lost, ", ");
  writer.node(name, attributes.get());
}

//===----------------------------------------------------------------------===//
// Edges
//===----------------------------------------------------------------------===//

void PlanExporter::writeEdges(NodeId id) {
  const DrawnOp &target = drawn[id];
  for (NodeId producer : flow.getProducers(id)) {
    const DrawnOp &source = drawn[producer];
    unsigned numSources = source.spread == Spread::Shared
                              ? 1
                              : layouts[source.layout].getNumRanks();
    unsigned numTargets = target.spread == Spread::Shared
                              ? 1
                              : layouts[target.layout].getNumRanks();
    // What a router decides is drawn apart from the data.
    DrawnAttribute dashed = {"style", "dashed"};
    ArrayRef<DrawnAttribute> style;
    if (graph.getNode(producer).role == Role::Router)
      style = dashed;
    DenseSet<std::pair<unsigned, unsigned>> seen;
    bool mayRepeat =
        source.spread == Spread::Groups || target.spread == Spread::Groups;
    // Each rank takes what the same rank gives.
    for (unsigned rank = 0, e = std::max(numSources, numTargets); rank < e;
         ++rank) {
      unsigned from = source.getInstance(rank % numSources);
      unsigned to = target.getInstance(rank % numTargets);
      if (mayRepeat && !seen.insert({from, to}).second)
        continue;
      writer.edge(getName(source, from), getName(target, to), style);
    }
  }
}

//===----------------------------------------------------------------------===//
// Clusters and the graph
//===----------------------------------------------------------------------===//

void PlanExporter::openStage(StageOp stage) {
  openedStage = stage;
  enclosing.clear();
  if (!stage)
    return;
  int64_t index = stage.getIndex();
  std::string name = "cluster_stage" + std::to_string(index);
  writer.beginSubgraph(name);
  std::string label = "Stage " + std::to_string(index);
  llvm::raw_string_ostream os(label);
  ClusterRecognition wanted;
  wanted.stage = index;
  StringRef separator = ": ";
  if (stage.getFirstLayer() && stage.getEndLayer() &&
      *stage.getEndLayer() > *stage.getFirstLayer()) {
    int64_t first = *stage.getFirstLayer(), last = *stage.getEndLayer() - 1;
    wanted.layers.insert(first, last);
    os << separator << (first == last ? "layer " : "layers ");
    wanted.layers.print(os);
    separator = ", ";
  }
  wanted.devices = layouts[layoutOf[stage]].getDevices();
  if (!wanted.devices.empty()) {
    os << separator << (wanted.devices.size() == 1 ? "GPU " : "GPUs ");
    wanted.devices.print(os);
  }
  AttributeText attributes;
  attributes.add("label", label);
  stageStated = readBack.completeCluster(name, wanted, attributes);
  for (const DrawnAttribute &attribute : attributes.get())
    writer.graphAttribute(attribute);
  enclosing.push_back(&stageStated);
}

void PlanExporter::openLayer(int64_t layer) {
  if (!options.layerClusters || layer == openedLayer)
    return;
  if (openedLayer != DeploymentGraph::kNone) {
    writer.endSubgraph();
    enclosing.erase(enclosing.begin());
  }
  openedLayer = layer;
  if (layer == DeploymentGraph::kNone)
    return;
  std::string name = "cluster_layer" + std::to_string(layer);
  std::string label = "Layer " + std::to_string(layer);
  writer.beginSubgraph(name);
  ClusterRecognition wanted;
  wanted.layers.insert(layer);
  AttributeText attributes;
  attributes.add("label", label);
  layerStated = readBack.completeCluster(name, wanted, attributes);
  for (const DrawnAttribute &attribute : attributes.get())
    writer.graphAttribute(attribute);
  enclosing.insert(enclosing.begin(), &layerStated);
}

void PlanExporter::closeStage() {
  openLayer(DeploymentGraph::kNone);
  if (openedStage)
    writer.endSubgraph();
  openedStage = nullptr;
  enclosing.clear();
}

void PlanExporter::beginGraph() {
  writer.beginGraph(model.getSymName(), /*isDirected=*/true);
  writer.graphAttribute({"rankdir", "TB"});
  auto add = [&](StringRef key, int64_t value) {
    std::string text = std::to_string(value);
    writer.graphAttribute({key, text});
  };
  if (graph.getStatedNumLayers() != DeploymentGraph::kNone)
    add("num_layers", graph.getStatedNumLayers());
  uint64_t tpSize = 1;
  for (const StageRanks &layout : layouts)
    tpSize = std::max(tpSize, layout.getNumRanks());
  if (!isLogical())
    add("tp_size", tpSize);
  if (!graph.getStages().empty())
    add("pp_size", graph.getStages().size());
  RangeSet sampled;
  if (graph.getSampledLayers())
    sampled = *graph.getSampledLayers();
  if (!options.layers.empty()) {
    sampled = RangeSet();
    for (int64_t layer : options.layers)
      sampled.insert(layer);
  }
  if (!sampled.empty()) {
    std::string text;
    llvm::raw_string_ostream os(text);
    sampled.print(os);
    writer.graphAttribute({"sampled_layers", text});
  }
}

void PlanExporter::endGraph() {
  std::string label;
  llvm::raw_string_ostream os(label);
  printEscaped(os, model.getSymName());
  if (auto reason = model.getSamplingReason()) {
    os << "\\n";
    printEscaped(os, *reason);
  }
  writer.graphAttribute({"label", label});
  writer.endGraph();
}

LogicalResult PlanExporter::run() {
  if (failed(checkOptions()))
    return failure();
  if (failed(findLayouts()) || failed(checkSize()))
    return failure();
  size_t size = graph.getNodes().size();
  drawn.resize(size);
  for (NodeId id = 0; id < size; ++id)
    if (flow.isDrawn(id))
      prepare(id);

  beginGraph();
  // Stage by stage: its nodes in a cluster, then the edges that lead to them.
  for (NodeId begin = 0; begin < size;) {
    auto stage = graph.getNode(begin).op->getParentOfType<StageOp>();
    NodeId end = begin;
    openStage(stage);
    for (; end < size &&
           graph.getNode(end).op->getParentOfType<StageOp>() == stage;
         ++end) {
      if (!flow.isDrawn(end))
        continue;
      openLayer(graph.getNode(end).layer);
      for (unsigned i = 0, e = getNumInstances(drawn[end]); i < e; ++i)
        writeNode(end, i);
    }
    closeStage();
    for (NodeId id = begin; id < end; ++id)
      if (flow.isDrawn(id))
        writeEdges(id);
    begin = end;
  }
  endGraph();
  if (numWarnings > kMaxWarnings)
    emitWarning(model.getLoc())
        << "and of " << numWarnings - kMaxWarnings << " more nodes";
  return success();
}

LogicalResult dot::exportPlan(ModelOp model, raw_ostream &os,
                              const RuleTable &rules,
                              const ExportOptions &options) {
  return PlanExporter(model, os, rules, options).run();
}
