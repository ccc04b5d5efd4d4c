//===- ExportSketch.cpp - Draws a sketch ----------------------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotWriter.h"
#include "Export.h"
#include "ReadBack.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

namespace {

/// Clusters around a node that the reader looks at.
constexpr unsigned kMaxClusters = 8;
/// Clusters of one name among which that of a node is looked for.
constexpr size_t kMaxCandidates = 8;
/// Warnings about facts that a drawing cannot state.
constexpr unsigned kMaxWarnings = 20;

constexpr unsigned kNone = ~0u;

class SketchExporter {
public:
  SketchExporter(SketchOp sketch, raw_ostream &os, const RuleTable &rules)
      : sketch(sketch), writer(os), readBack(rules, /*isExact=*/true) {}

  LogicalResult run();

private:
  struct Cluster {
    ClusterOp op;
    StringRef name;
    /// An index, or `kNone` for the drawing itself.
    unsigned parent = kNone;
    AttributeText text;
    ClusterRecognition stated;
    /// What the reader consults for a node in it, innermost first.
    SmallVector<const ClusterRecognition *, 2> enclosing;
    bool wasOpened = false;
  };

  LogicalResult collect();
  LogicalResult collectClusters(ArrayRef<ClusterOp> ops);
  LogicalResult nestClusters();
  void readClusters();
  LogicalResult placeNodes();
  void orderNodes();
  LogicalResult writeNode(unsigned index);
  void writeEdges();
  void warn(Operation *op, StringRef what, const FactNames &facts);

  void getDrawn(DictionaryAttr drawn, AttributeText &text) const;
  void completeNode(unsigned index, unsigned cluster, AttributeText &text,
                    FactNames &lost) const;
  Recognition getWanted(NodeOp op) const;
  void moveTo(unsigned cluster);
  void open(unsigned cluster);

  SketchOp sketch;
  DotWriter writer;
  ReadBack readBack;
  std::vector<Cluster> clusters;
  llvm::MapVector<StringRef, SmallVector<unsigned, 1>> clustersByName;
  std::vector<NodeOp> nodes;
  std::vector<EdgeOp> edges;
  DenseMap<Value, unsigned> nodeIndex;
  /// The cluster of each node, and the order in which nodes are written.
  std::vector<unsigned> nodeCluster;
  std::vector<unsigned> order;
  /// Clusters that are open now, and how many of them there are to open at the
  /// next one by their number.
  SmallVector<unsigned, 4> openClusters;
  std::vector<bool> isOpen;
  unsigned nextCluster = 0;
  unsigned numWarnings = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// What there is
//===----------------------------------------------------------------------===//

LogicalResult SketchExporter::collect() {
  std::vector<ClusterOp> clusterOps;
  llvm::DenseMap<StringRef, NodeOp> byName;
  SyntaxErrorOp damage;
  uint64_t numErrors = 0;
  for (Operation &op : *sketch.getBody()) {
    if (auto node = dyn_cast<NodeOp>(op)) {
      auto [it, isNew] = byName.try_emplace(node.getName(), node);
      if (!isNew) {
        InFlightDiagnostic diagnostic =
            emitError(node.getLoc())
            << "expected nodes of different names, but '" << node.getName()
            << "' stands for two";
        diagnostic.attachNote(it->second.getLoc()) << "the other one";
        return failure();
      }
      nodeIndex[node.getResult()] = nodes.size();
      nodes.push_back(node);
    } else if (auto edge = dyn_cast<EdgeOp>(op)) {
      edges.push_back(edge);
    } else if (auto cluster = dyn_cast<ClusterOp>(op)) {
      clusterOps.push_back(cluster);
    } else if (auto error = dyn_cast<SyntaxErrorOp>(op)) {
      if (!damage)
        damage = error;
      numErrors += std::max<int64_t>(error.getCount(), 1);
    }
  }
  // What was lost cannot be drawn, and without it the drawing would look whole.
  if (damage)
    return emitError(damage.getLoc())
           << "expected a drawing without damage, but got " << numErrors
           << (numErrors == 1 ? " error" : " errors")
           << " of syntax: " << damage.getMessage();
  return collectClusters(clusterOps);
}

LogicalResult SketchExporter::collectClusters(ArrayRef<ClusterOp> ops) {
  clusters.resize(ops.size());
  for (unsigned i = 0; i < ops.size(); ++i) {
    ClusterOp op = ops[i];
    clusters[i].op = op;
    clusters[i].name = op.getName();
    clustersByName[op.getName()].push_back(i);
  }
  // A node may name a cluster that nothing describes.
  for (NodeOp node : nodes)
    if (node.getCluster() && !clustersByName.contains(*node.getCluster())) {
      clustersByName[*node.getCluster()].push_back(clusters.size());
      clusters.emplace_back().name = *node.getCluster();
    }
  isOpen.resize(clusters.size());
  return nestClusters();
}

LogicalResult SketchExporter::nestClusters() {
  for (auto [i, cluster] : llvm::enumerate(clusters)) {
    if (!cluster.op || !cluster.op.getParent())
      continue;
    // Of several with the parent's name, the last before it, as the reader
    // gives them.
    auto it = clustersByName.find(*cluster.op.getParent());
    if (it == clustersByName.end())
      continue;
    ArrayRef<unsigned> candidates = it->second;
    auto *behind = llvm::lower_bound(candidates, unsigned(i));
    cluster.parent =
        behind == candidates.begin() ? candidates.front() : *std::prev(behind);
  }
  // Walks up from each cluster once; meeting the own walk again is a cycle.
  std::vector<unsigned> seenBy(clusters.size(), kNone);
  for (unsigned i = 0; i < clusters.size(); ++i)
    for (unsigned at = i; at != kNone && seenBy[at] != i;) {
      if (seenBy[at] != kNone)
        break;
      seenBy[at] = i;
      at = clusters[at].parent;
      if (at != kNone && seenBy[at] == i)
        return emitError(clusters[at].op.getLoc())
               << "expected cluster '" << clusters[at].name
               << "' not to lie within itself";
    }
  DenseSet<std::pair<unsigned, StringRef>> names;
  for (const Cluster &cluster : clusters)
    if (!names.insert({cluster.parent, cluster.name}).second)
      return emitError(ClusterOp(cluster.op).getLoc())
             << "expected clusters of different names, but '" << cluster.name
             << "' stands for two";
  return success();
}

void SketchExporter::getDrawn(DictionaryAttr drawn, AttributeText &text) const {
  if (!drawn)
    return;
  for (NamedAttribute attribute : drawn) {
    StringRef key = attribute.getName();
    auto value = dyn_cast<StringAttr>(attribute.getValue());
    if (!value) {
      std::string printed;
      llvm::raw_string_ostream(printed) << attribute.getValue();
      text.addOwned(key, std::move(printed));
      continue;
    }
    StringRef inner = value.getValue();
    bool isHTML = inner.consume_front("<") && inner.consume_back(">") &&
                  isBalancedHTML(inner);
    text.add(key, isHTML ? inner : value.getValue(), isHTML);
  }
}

/// Completes the attributes of the clusters, outer ones first.
void SketchExporter::readClusters() {
  std::vector<unsigned> path;
  std::vector<bool> isDone(clusters.size());
  for (unsigned i = 0; i < clusters.size(); ++i) {
    for (unsigned at = i; at != kNone && !isDone[at]; at = clusters[at].parent)
      path.push_back(at);
    while (!path.empty()) {
      Cluster &cluster = clusters[path.back()];
      isDone[path.back()] = true;
      path.pop_back();
      ClusterRecognition wanted;
      if (ClusterOp op = cluster.op) {
        getDrawn(op.getDrawnAttr(), cluster.text);
        wanted.stage = op.getStage();
        wanted.tpSize = op.getTpSize();
        if (op.getLayers())
          wanted.layers = op.getLayers()->getSet();
        if (op.getDevices())
          wanted.devices = op.getDevices()->getSet();
      }
      cluster.stated =
          readBack.completeCluster(cluster.name, wanted, cluster.text);
      if (cluster.stated.statesAnything())
        cluster.enclosing.push_back(&cluster.stated);
      if (cluster.parent != kNone)
        for (const ClusterRecognition *outer :
             clusters[cluster.parent].enclosing)
          if (cluster.enclosing.size() < kMaxClusters)
            cluster.enclosing.push_back(outer);
    }
  }
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

static StringRef getShapeOf(NodeKind kind) {
  switch (kind) {
  case NodeKind::Compute:
    return "box";
  case NodeKind::Communication:
  case NodeKind::Input:
  case NodeKind::Output:
    return "ellipse";
  case NodeKind::Routing:
    return "parallelogram";
  case NodeKind::Note:
    return "note";
  case NodeKind::Unknown:
    break;
  }
  return "";
}

Recognition SketchExporter::getWanted(NodeOp op) const {
  Recognition wanted;
  wanted.kind = op.getKind();
  wanted.role = op.getRole().value_or(Role::Unknown);
  wanted.block = op.getBlock().value_or(Role::Unknown);
  if (op.getLayers())
    wanted.layers = op.getLayers()->getSet();
  bool isRecv = wanted.role == Role::Recv;
  (isRecv ? wanted.sourceLayer : wanted.targetLayer) = op.getTargetLayer();
  (isRecv ? wanted.sourceStage : wanted.targetStage) = op.getTargetStage();
  wanted.tpRank = op.getTpRank();
  wanted.tpSize = op.getTpSize();
  wanted.stage = op.getStage();
  wanted.expert = op.getExpert();
  wanted.microbatch = op.getMicrobatch();
  wanted.dpRank = op.getDpRank();
  if (op.getDevices())
    wanted.devices = op.getDevices()->getSet();
  if (op.getTargetDevices())
    (isRecv ? wanted.sourceDevices : wanted.targetDevices) =
        op.getTargetDevices()->getSet();
  wanted.allDevices = op.getAllDevices();
  if (op.getDeviceName())
    wanted.deviceName = op.getDeviceName()->str();
  auto getShapes = [](std::optional<ArrayAttr> list,
                      SmallVectorImpl<dot::Shape> &shapes) {
    if (list)
      for (DimsAttr dims : list->getAsRange<DimsAttr>())
        shapes.push_back(getShape(dims));
  };
  getShapes(op.getInputs(), wanted.inputs);
  getShapes(op.getOutputs(), wanted.outputs);
  if (op.getBuffer())
    wanted.buffer = getShape(*op.getBuffer());
  if (op.getElementType())
    wanted.elementType = op.getElementType()->str();
  if (op.getDropout())
    wanted.dropout = op.getDropout()->convertToDouble();
  if (op.getContradictions())
    wanted.contradictions.resize(op.getContradictions()->size());
  return wanted;
}

void SketchExporter::completeNode(unsigned index, unsigned cluster,
                                  AttributeText &text, FactNames &lost) const {
  NodeOp op = nodes[index];
  text.clear();
  ArrayRef<const ClusterRecognition *> enclosing;
  if (cluster != kNone)
    enclosing = clusters[cluster].enclosing;
  getDrawn(op.getDrawnAttr(), text);
  // What a default of the drawing said is not known any more.
  StringRef shape = getShapeOf(op.getKind());
  if (!shape.empty() && !text.lookup("shape"))
    text.add("shape", shape);
  // Attributes of its own would declare it.
  Recognition wanted = getWanted(op);
  lost = op.getUndeclared()
             ? readBack.checkNode(op.getName(), enclosing, wanted, text)
             : readBack.completeNode(op.getName(), enclosing, wanted, text);
}

/// Finds the cluster that each node means by its name.
LogicalResult SketchExporter::placeNodes() {
  nodeCluster.assign(nodes.size(), kNone);
  AttributeText text;
  for (auto [i, op] : llvm::enumerate(nodes)) {
    if (!op.getCluster())
      continue;
    ArrayRef<unsigned> candidates =
        clustersByName.find(*op.getCluster())->second;
    nodeCluster[i] = candidates.front();
    if (candidates.size() < 2)
      continue;
    for (unsigned candidate : candidates.take_front(kMaxCandidates)) {
      FactNames lost;
      completeNode(i, candidate, text, lost);
      if (lost.empty()) {
        nodeCluster[i] = candidate;
        break;
      }
    }
  }
  return success();
}

/// Nodes are written as they stand in the sketch, which opens clusters again
/// where it has to; but cluster by cluster where that takes too long.
void SketchExporter::orderNodes() {
  order.reserve(nodes.size());
  for (unsigned i = 0; i < nodes.size(); ++i)
    order.push_back(i);
  std::vector<unsigned> depth(clusters.size(), 0);
  std::vector<unsigned> preorder(clusters.size(), 0);
  std::vector<SmallVector<unsigned, 2>> children(clusters.size());
  SmallVector<unsigned> stack;
  for (unsigned i = clusters.size(); i-- > 0;)
    if (clusters[i].parent == kNone)
      stack.push_back(i);
    else
      children[clusters[i].parent].push_back(i);
  unsigned next = 0;
  while (!stack.empty()) {
    unsigned at = stack.pop_back_val();
    preorder[at] = ++next;
    for (unsigned child : children[at]) {
      depth[child] = depth[at] + 1;
      stack.push_back(child);
    }
  }
  uint64_t steps = 0, budget = 16 * (nodes.size() + clusters.size());
  unsigned last = kNone;
  for (unsigned i : order) {
    unsigned at = nodeCluster[i];
    if (at != last)
      steps +=
          (at == kNone ? 0 : depth[at]) + (last == kNone ? 0 : depth[last]);
    last = at;
  }
  if (steps <= budget)
    return;
  llvm::stable_sort(order, [&](unsigned left, unsigned right) {
    auto getPlace = [&](unsigned i) {
      return nodeCluster[i] == kNone ? 0 : preorder[nodeCluster[i]];
    };
    return getPlace(left) < getPlace(right);
  });
}

void SketchExporter::warn(Operation *op, StringRef what,
                          const FactNames &facts) {
  if (facts.empty() || ++numWarnings > kMaxWarnings)
    return;
  emitWarning(op->getLoc())
      << "the drawing will not be read as the sketch says of " << what << ": "
      << llvm::join(facts, ", ");
}

LogicalResult SketchExporter::writeNode(unsigned index) {
  NodeOp op = nodes[index];
  AttributeText text;
  FactNames lost;
  completeNode(index, nodeCluster[index], text, lost);

  // A sub-graph that is no cluster may have contradicted the node.
  std::optional<int64_t> otherStage;
  if (llvm::is_contained(lost, "contradictions") && op.getContradictions()) {
    constexpr StringLiteral kMark = "cluster says stage ";
    for (auto message : op.getContradictions()->getAsValueRange<StringAttr>()) {
      size_t begin = message.rfind(kMark);
      int64_t stage;
      if (begin != StringRef::npos &&
          !message.drop_front(begin + kMark.size()).getAsInteger(10, stage))
        otherStage = stage;
    }
    if (!otherStage)
      return emitError(op.getLoc())
             << "expected '" << op.getName()
             << "' to contradict itself in the drawing as "
             << "in the sketch, but no text of it does; the rules that were "
             << "used to read it may be missing";
    llvm::erase(lost, "contradictions");
  }
  warn(op, ("node '" + op.getName() + "'").str(), lost);
  std::string stage;
  if (otherStage) {
    stage = std::to_string(*otherStage);
    writer.beginSubgraph("");
    writer.graphAttribute({"stage", stage});
  }
  if (op.getUndeclared())
    writer.mention(op.getName(), text.get());
  else
    writer.node(op.getName(), text.get());
  if (otherStage)
    writer.endSubgraph();
  return success();
}

//===----------------------------------------------------------------------===//
// Clusters
//===----------------------------------------------------------------------===//

void SketchExporter::open(unsigned index) {
  Cluster &cluster = clusters[index];
  writer.beginSubgraph(cluster.name);
  openClusters.push_back(index);
  isOpen[index] = true;
  if (cluster.wasOpened)
    return;
  cluster.wasOpened = true;
  for (const DrawnAttribute &attribute : cluster.text.get())
    writer.graphAttribute(attribute);
}

/// Closes and opens clusters until `target` is the innermost one.
void SketchExporter::moveTo(unsigned target) {
  SmallVector<unsigned, 4> path;
  unsigned common = target;
  while (common != kNone && !isOpen[common]) {
    path.push_back(common);
    common = clusters[common].parent;
  }
  while (!openClusters.empty() && openClusters.back() != common) {
    writer.endSubgraph();
    isOpen[openClusters.pop_back_val()] = false;
  }
  for (unsigned index : llvm::reverse(path))
    open(index);
}

//===----------------------------------------------------------------------===//
// Edges
//===----------------------------------------------------------------------===//

void SketchExporter::writeEdges() {
  AttributeText text;
  for (EdgeOp edge : edges) {
    text.clear();
    getDrawn(edge.getDrawnAttr(), text);
    Recognition wanted;
    wanted.role = edge.getRole().value_or(Role::Unknown);
    wanted.stage = edge.getStage();
    wanted.targetStage = edge.getTargetStage();
    if (edge.getDevices())
      wanted.devices = edge.getDevices()->getSet();
    if (edge.getTargetDevices())
      wanted.targetDevices = edge.getTargetDevices()->getSet();
    if (edge.getBuffer())
      wanted.buffer = getShape(*edge.getBuffer());
    unsigned source = nodeIndex.lookup(edge.getSource());
    unsigned target = nodeIndex.lookup(edge.getTarget());
    if (!text.get().empty() || wanted.role != Role::Unknown || wanted.stage ||
        wanted.targetStage || wanted.buffer || !wanted.devices.empty() ||
        !wanted.targetDevices.empty()) {
      NodeOp from = nodes[source], to = nodes[target];
      warn(edge,
           ("the edge from '" + from.getName() + "' to '" + to.getName() + "'")
               .str(),
           readBack.completeEdge(wanted, text));
    }
    writer.edge(nodes[source].getName(), nodes[target].getName(), text.get());
  }
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

LogicalResult SketchExporter::run() {
  if (failed(verify(sketch)) || failed(collect()))
    return failure();
  readClusters();
  if (failed(placeNodes()))
    return failure();
  orderNodes();

  writer.beginGraph(sketch.getSymName(), !sketch.getUndirected());
  AttributeText text;
  getDrawn(sketch.getDrawnAttr(), text);
  ClusterRecognition wanted;
  wanted.tpSize = sketch.getTpSize();
  wanted.ppSize = sketch.getPpSize();
  wanted.numLayers = sketch.getNumLayers();
  if (sketch.getSampledLayers())
    wanted.sampledLayers = sketch.getSampledLayers()->getSet();
  (void)readBack.completeCluster(sketch.getSymName(), wanted, text);
  // A label at the top would be the label of every cluster without one.
  for (const DrawnAttribute &attribute : text.get())
    if (attribute.key != "label")
      writer.graphAttribute(attribute);

  for (unsigned index : order) {
    // Clusters keep their order: those that hold no node, or only later ones,
    // are opened for a moment.
    if (unsigned target = nodeCluster[index]; target != kNone) {
      for (; nextCluster < target; ++nextCluster)
        if (!clusters[nextCluster].wasOpened)
          moveTo(nextCluster);
    }
    moveTo(nodeCluster[index]);
    if (failed(writeNode(index)))
      return failure();
  }
  for (; nextCluster < clusters.size(); ++nextCluster)
    if (!clusters[nextCluster].wasOpened)
      moveTo(nextCluster);
  moveTo(kNone);
  writeEdges();
  if (const DrawnAttribute *label = text.lookup("label"))
    writer.graphAttribute(*label);
  writer.endGraph();
  if (numWarnings > kMaxWarnings)
    emitWarning(sketch.getLoc())
        << "and of " << numWarnings - kMaxWarnings << " more nodes and edges";
  return success();
}

LogicalResult dot::exportSketch(SketchOp sketch, raw_ostream &os,
                                const RuleTable &rules) {
  return SketchExporter(sketch, os, rules).run();
}
