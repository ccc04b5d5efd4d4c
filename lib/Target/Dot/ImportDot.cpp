//===- ImportDot.cpp - From a Graphviz drawing to a sketch -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Target/Dot/ImportDot.h"
#include "DrawingKind.h"
#include "DroppedText.h"
#include "Explain.h"
#include "NamedLayers.h"
#include "RankSizes.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "dag/Support/Files.h"
#include "dag/Target/Dot/DotGraph.h"
#include "dag/Target/Dot/Recognition.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

namespace {
/// Clusters around a node that the recognition looks at. Clusters that state
/// nothing don't count, so that deep nesting costs nothing.
constexpr unsigned kMaxClusters = 8;

/// Builds a sketch from a drawing.
class SketchBuilder {
public:
  SketchBuilder(const Graph &graph, llvm::MemoryBufferRef buffer,
                MLIRContext *context, const RuleTable &rules,
                const ImportOptions &options)
      : graph(graph),
        file(StringAttr::get(context, buffer.getBufferIdentifier())),
        builder(context), rules(rules), options(options) {
    if (options.explain)
      explainer.emplace(graph, file);
  }

  OwningOpRef<ModuleOp> build();

private:
  Location getLoc(Position position) {
    return FileLineColLoc::get(file, position.line, position.column);
  }
  StringAttr getString(StringRef text) { return builder.getStringAttr(text); }
  RangesAttr getRanges(const RangeSet &set) {
    return set.empty() || !dropped.isIndex(set.back())
               ? RangesAttr()
               : RangesAttr::get(context(), set);
  }
  IntegerAttr getInt(std::optional<int64_t> value) {
    // A number that the drawing can't mean is kept in `drawn` alone.
    return value && *value >= 0 && dropped.isIndex(*value)
               ? builder.getI64IntegerAttr(*value)
               : IntegerAttr();
  }
  IntegerAttr getSize(std::optional<int64_t> value) {
    return value && *value >= 1 ? builder.getI64IntegerAttr(*value)
                                : IntegerAttr();
  }
  RoleAttr getRole(Role role) {
    return role == Role::Unknown ? RoleAttr() : RoleAttr::get(context(), role);
  }
  DimsAttr getDims(const Shape &shape);
  ArrayAttr getShapes(ArrayRef<Shape> shapes);
  DictionaryAttr getDrawn(AttributeList attributes);
  MLIRContext *context() { return builder.getContext(); }

  void takeSizes(const ClusterRecognition &stated);
  void takeSampling(const ClusterRecognition &stated);
  void explainNode(const Node &node, NodeOp op, const Recognition &found);
  void takeNote(const Node &node, const Drawn &drawn, const Recognition &found);
  void recognizeClusters();
  void buildSketch();
  void buildClusters();
  void buildNodes();
  void buildNode(const Node &node);
  void addFurtherFacts(NodeOp op, const Recognition &found);
  void findNumLayers();
  void buildEdges();
  void buildErrors();

  const Graph &graph;
  StringAttr file;
  OpBuilder builder;
  const RuleTable &rules;
  const ImportOptions &options;
  SketchOp sketch;
  ClusterRecognition whole;
  /// Per sub-graph: what it states, its nearest cluster, and the clusters that
  /// state something, innermost first.
  std::vector<ClusterRecognition> clusters;
  std::vector<StringAttr> nearestCluster;
  std::vector<SmallVector<const ClusterRecognition *, 2>> enclosing;
  std::vector<Value> values;
  NamedLayers namedLayers;
  /// A shape that tells nothing apart, as most nodes have it.
  StringRef usualShape;
  bool hasDeclared = false;
  DrawingKind kind;
  std::optional<Explainer> explainer;
  DroppedText dropped;
  SmallVector<DrawnAttribute, 8> drawnScratch;
};

} // namespace

/// The attributes as the recognition takes them.
static void getDrawnAttributes(AttributeList attributes,
                               SmallVectorImpl<DrawnAttribute> &result) {
  result.clear();
  for (const dot::Attribute &attribute : attributes)
    result.push_back({attribute.key, attribute.value, attribute.isHTML});
}

static StringRef getValue(const dot::Attribute *attribute) {
  return attribute ? attribute->value : StringRef();
}

DimsAttr SketchBuilder::getDims(const Shape &shape) {
  SmallVector<StringAttr> names, symbols;
  SmallVector<int64_t> sizes;
  for (const Dim &dim : shape) {
    bool isNumber = dim.size && *dim.size >= 0;
    names.push_back(getString(dim.name));
    sizes.push_back(isNumber ? *dim.size : ShapedType::kDynamic);
    symbols.push_back(getString(isNumber             ? ""
                                : dim.symbol.empty() ? "?"
                                                     : dim.symbol));
  }
  return DimsAttr::get(context(), names, sizes, symbols);
}

ArrayAttr SketchBuilder::getShapes(ArrayRef<Shape> shapes) {
  if (shapes.empty())
    return {};
  SmallVector<mlir::Attribute> dims;
  for (const Shape &shape : shapes)
    dims.push_back(getDims(shape));
  return builder.getArrayAttr(dims);
}

DictionaryAttr SketchBuilder::getDrawn(AttributeList attributes) {
  if (attributes.empty())
    return {};
  NamedAttrList list;
  for (const dot::Attribute &attribute : attributes) {
    StringRef key = attribute.key.empty() ? "_" : attribute.key;
    StringAttr value = attribute.isHTML
                           ? builder.getStringAttr("<" + attribute.value + ">")
                           : getString(attribute.value);
    list.set(key, value);
  }
  return list.getDictionary(context());
}

/// Sizes that a comment or a note states, where nothing better does.
void SketchBuilder::takeSizes(const ClusterRecognition &stated) {
  auto take = [](std::optional<int64_t> &slot, std::optional<int64_t> value) {
    if (!slot)
      slot = value;
  };
  take(whole.tpSize, stated.tpSize);
  take(whole.ppSize, stated.ppSize);
  take(whole.dpSize, stated.dpSize);
  take(whole.epSize, stated.epSize);
  take(whole.spSize, stated.spSize);
}

/// A comment whose lines are wrapped: one that begins in lower case goes on.
static std::string joinWrapped(StringRef text) {
  std::string result;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    result += line.rtrim();
    text = rest;
    StringRef next = rest.ltrim(" \t*/");
    bool goesOn = !next.empty() && next.front() >= 'a' && next.front() <= 'z' &&
                  !line.rtrim().ends_with(".") && !line.rtrim().ends_with(";");
    if (!rest.empty())
      result += goesOn ? ' ' : '\n';
    if (goesOn)
      text = next;
  }
  return result;
}

/// How many layers are drawn, and of which models, as a comment or a note says.
void SketchBuilder::takeSampling(const ClusterRecognition &stated) {
  whole.omittedDevices.insert(stated.omittedDevices);
  if (!whole.numSampled)
    whole.numSampled = stated.numSampled;
  whole.othersAlike |= stated.othersAlike;
  if (whole.modelLayers.empty())
    whole.modelLayers = stated.modelLayers;
}

/// True if a note or a cluster says that its layers are like others that are
/// drawn.
static bool saysSame(StringRef label) {
  return llvm::any_of(
      ArrayRef<StringRef>{"same", "identical", "similar", "repeat"},
      [&](StringRef word) { return label.contains_insensitive(word); });
}

void SketchBuilder::recognizeClusters() {
  size_t count = graph.subgraphs.size();
  clusters.resize(count);
  nearestCluster.resize(count);
  enclosing.resize(count);
  // A sub-graph comes behind its parent.
  for (size_t i = 0; i < count; ++i) {
    const Subgraph &subgraph = graph.subgraphs[i];
    bool isRoot = i == 0;
    if (isRoot || !subgraph.name.empty() || !subgraph.attributes.empty()) {
      getDrawnAttributes(subgraph.attributes, drawnScratch);
      Drawn drawn;
      drawn.name = isRoot ? graph.name : subgraph.name;
      if (const dot::Attribute *label = subgraph.lookupOwn("label")) {
        drawn.label = label->value;
        drawn.labelIsHTML = label->isHTML;
      }
      drawn.attributes = drawnScratch;
      clusters[i] = rules.recognizeCluster(drawn);
    }
    if (isRoot)
      continue;
    nearestCluster[i] = subgraph.isCluster() ? getString(subgraph.name)
                                             : nearestCluster[subgraph.parent];
    if (clusters[i].statesAnything())
      enclosing[i].push_back(&clusters[i]);
    for (const ClusterRecognition *outer : enclosing[subgraph.parent])
      if (enclosing[i].size() < kMaxClusters)
        enclosing[i].push_back(outer);
  }

  // What the whole drawing states: its attributes, its label, its comments.
  whole = std::move(clusters[0]);
  // Each cluster for several layers may say that one stands for all of them.
  size_t numRanges = 0, numAlike = 0;
  for (const ClusterRecognition &cluster : ArrayRef(clusters).drop_front())
    if (cluster.layers.size() > 1) {
      ++numRanges;
      numAlike += cluster.othersAlike;
    }
  whole.othersAlike |= numRanges > 0 && numAlike == numRanges;
  // "Layer 0 (of 16)": each of several clusters for one layer says so, and none
  // that it stands for more.
  std::optional<int64_t> ofAll;
  size_t numSaying = 0, numLayers = 0;
  for (size_t i = 1; i < count; ++i) {
    if (clusters[i].layers.size() != 1)
      continue;
    ++numLayers;
    const dot::Attribute *label = graph.subgraphs[i].lookupOwn("label");
    if (clusters[i].numLayers && label && !saysSame(label->value) &&
        (!ofAll || *ofAll == *clusters[i].numLayers)) {
      ofAll = clusters[i].numLayers;
      ++numSaying;
    }
  }
  if (!whole.numLayers && numLayers > 1 && numSaying == numLayers)
    whole.numLayers = ofAll;
  // Groups of experts that all clusters state alike.
  for (const ClusterRecognition &cluster : ArrayRef(clusters).drop_front())
    if (cluster.epSize && !whole.epSize)
      whole.epSize = cluster.epSize;
  if (explainer) {
    const Subgraph &root = graph.subgraphs[0];
    const dot::Attribute *label = root.lookupOwn("label");
    explainer->addOfWhole(whole, label ? "title" : "attributes",
                          label ? label->value : graph.name,
                          label ? label->position : graph.position);
  }
  if (const dot::Attribute *label = graph.subgraphs[0].lookupOwn("label"))
    readTitleSizes(label->value, whole);
  for (const Comment &comment : graph.comments) {
    Drawn drawn;
    std::string joined = joinWrapped(comment.text);
    drawn.label = joined;
    ClusterRecognition stated = rules.recognizeCluster(drawn);
    readTitleSizes(comment.text, stated);
    // Other things than a pipeline have stages: a remark must name it.
    if (!comment.text.contains_insensitive("pp") &&
        !comment.text.contains_insensitive("pipe"))
      stated.ppSize.reset();
    if (explainer)
      explainer->addOfWhole(stated, "comment", comment.text, comment.position);
    takeSizes(stated);
    if (!whole.numLayers)
      whole.numLayers = stated.numLayers;
    takeSampling(stated);
    if (whole.sampledLayers.empty())
      whole.sampledLayers = stated.sampledLayers;
    whole.omittedLayers.insert(stated.omittedLayers);
    whole.meantLayers.insert(stated.meantLayers);
  }
}

void SketchBuilder::buildSketch() {
  sketch = SketchOp::create(
      builder, getLoc(graph.position),
      getString(graph.name.empty() ? StringRef("sketch") : graph.name),
      getSize(whole.tpSize), getSize(whole.ppSize), getSize(whole.numLayers),
      getRanges(whole.sampledLayers), getDrawn(graph.subgraphs[0].attributes),
      graph.isDirected ? UnitAttr() : builder.getUnitAttr());
  if (sketch.getBodyRegion().empty())
    sketch.getBodyRegion().emplaceBlock();
  builder.setInsertionPointToStart(sketch.getBody());
  dropped.addIndices(sketch.getLoc());
}

void SketchBuilder::buildClusters() {
  for (size_t i = 1, e = graph.subgraphs.size(); i < e; ++i) {
    const Subgraph &subgraph = graph.subgraphs[i];
    if (!subgraph.isCluster())
      continue;
    const ClusterRecognition &stated = clusters[i];
    auto op = ClusterOp::create(
        builder, getLoc(subgraph.position), getString(subgraph.name),
        nearestCluster[subgraph.parent], getInt(stated.stage),
        getRanges(stated.layers), getRanges(stated.devices),
        getSize(stated.tpSize), getDrawn(subgraph.attributes));
    if (stated.layerCount && !stated.layers.empty())
      op->setAttr("dag.layer_count", getSize(stated.layerCount));
    dropped.addIndices(op.getLoc());
  }
}

/// A note can declare sizes, and the sampling of layers, for the whole.
void SketchBuilder::takeNote(const Node &node, const Drawn &drawn,
                             const Recognition &found) {
  ClusterRecognition stated = rules.recognizeCluster(drawn);
  if (explainer)
    explainer->addOfWhole(stated, "note", drawn.label, node.position);
  takeSizes(stated);
  takeSampling(stated);
  // "Layers 5-59 (55 layers)" is no number of all of them.
  if (!whole.numLayers && stated.layers.empty() && !found.layerCount)
    whole.numLayers = stated.numLayers;
  if (!whole.sampledLayers.empty())
    return;
  whole.sampledLayers = std::move(stated.sampledLayers);
  whole.omittedLayers.insert(stated.omittedLayers);
  if (stated.omittedLayers.empty() && saysSame(drawn.label))
    whole.omittedLayers.insert(stated.layers);
}

/// What few nodes state has no place in the op.
void SketchBuilder::addFurtherFacts(NodeOp op, const Recognition &found) {
  auto set = [&](StringRef name, mlir::Attribute value) {
    if (value)
      op->setAttr(name, value);
  };
  auto mark = [&](StringRef name, bool isStated) {
    set(name, isStated ? builder.getUnitAttr() : UnitAttr());
  };
  set("dag.layer_count", getSize(found.layerCount));
  set("dag.num_layers", getSize(found.numLayers));
  mark("dag.split", found.isSplit);
  mark("dag.replicated", found.isReplicated && !found.isSplit);
  set("dag.like_layer", getInt(found.likeLayer));
  mark("dag.other_mixer", found.isOtherMixer);
  mark("dag.widths", found.statesWidths);
  if (!found.model.empty())
    set("dag.model", getString(found.model));
  if (!found.targetDeviceName.empty())
    set("dag.target_device_name", getString(found.targetDeviceName));
  if (found.weight)
    set("dag.weight", getDims(*found.weight));
}

void SketchBuilder::buildNode(const Node &node) {
  getDrawnAttributes(node.attributes, drawnScratch);
  Drawn drawn;
  drawn.name = node.name;
  if (const dot::Attribute *label = node.lookup("label")) {
    drawn.label = label->value;
    drawn.labelIsHTML = label->isHTML;
  }
  drawn.attributes = drawnScratch;
  drawn.shape = getValue(node.lookup("shape"));
  if (!usualShape.empty() && drawn.shape.equals_insensitive(usualShape) &&
      (node.isDeclared || !hasDeclared))
    drawn.shape = "box";
  drawn.style = getValue(node.lookup("style"));
  Recognition found =
      rules.recognizeNode(drawn, enclosing[node.subgraph], options.explain);

  if (found.kind == NodeKind::Note) {
    takeNote(node, drawn, found);
  } else {
    bool hasCoordinates = !found.devices.empty() || found.allDevices ||
                          !found.deviceName.empty() || found.stage ||
                          found.tpRank;
    kind.add(drawn.label.empty() ? drawn.name : drawn.label, found.role,
             hasCoordinates);
  }

  // The far end of a recv is where it receives from.
  bool isRecv = found.role == Role::Recv;
  std::optional<int64_t> farStage =
      isRecv ? found.sourceStage : found.targetStage;
  std::optional<int64_t> farLayer =
      isRecv ? found.sourceLayer : found.targetLayer;
  const RangeSet &farDevices =
      isRecv ? found.sourceDevices : found.targetDevices;
  auto op = NodeOp::create(
      builder, getLoc(node.position), NodeType::get(context()),
      NodeKindAttr::get(context(), found.kind), getString(node.name),
      getRole(found.role), getRole(found.block), getRanges(found.layers),
      getInt(farLayer), getInt(found.tpRank), getSize(found.tpSize),
      getInt(found.stage), getInt(farStage), getInt(found.expert),
      getInt(found.microbatch), getInt(found.dpRank), getRanges(found.devices),
      getRanges(farDevices),
      found.allDevices ? builder.getUnitAttr() : UnitAttr(),
      found.deviceName.empty() ? StringAttr() : getString(found.deviceName),
      getShapes(found.inputs), getShapes(found.outputs),
      found.buffer ? getDims(*found.buffer) : DimsAttr(),
      found.elementType.empty() ? StringAttr() : getString(found.elementType),
      found.dropout ? builder.getF64FloatAttr(*found.dropout) : FloatAttr(),
      nearestCluster[node.subgraph], getDrawn(node.attributes),
      /*recognized_by=*/DictionaryAttr(), /*contradictions=*/ArrayAttr(),
      node.isDeclared ? UnitAttr() : builder.getUnitAttr());
  addFurtherFacts(op, found);
  if (!found.contradictions.empty()) {
    SmallVector<mlir::Attribute> messages;
    for (const Contradiction &contradiction : found.contradictions)
      messages.push_back(getString(contradiction.message));
    op.setContradictionsAttr(builder.getArrayAttr(messages));
  }
  if (options.explain) {
    NamedAttrList facts;
    for (const Provenance &provenance : found.provenance)
      facts.set(provenance.fact,
                builder.getStringAttr(provenance.rule + " (" +
                                      provenance.source + ")"));
    op.setRecognizedByAttr(facts.getDictionary(context()));
    explainNode(node, op, found);
  }
  dropped.addIndices(op.getLoc());
  dropped.add(op.getLoc(), node.name, found.isCut, node.attributes);
  values.push_back(op.getResult());
  namedLayers.add(op, found.nameLayer, found.isLayerOfName);
}

/// Layers that are still to be drawn belong to the model.
void SketchBuilder::findNumLayers() {
  if (!whole.numLayers && !whole.meantLayers.empty() &&
      whole.sampledLayers.empty()) {
    int64_t first = whole.meantLayers.front();
    for (NodeOp op : sketch.getBody()->getOps<NodeOp>())
      if (op.getLayers())
        first = std::min(first, op.getLayers()->getSet().front());
    whole.numLayers = whole.meantLayers.back() - first + 1;
  }
  sketch.setNumLayersAttr(getSize(whole.numLayers));
}

void SketchBuilder::explainNode(const Node &node, NodeOp op,
                                const Recognition &found) {
  SmallVector<const Subgraph *, 2> asked;
  for (const ClusterRecognition *cluster : enclosing[node.subgraph])
    asked.push_back(&graph.subgraphs[cluster - clusters.data()]);
  explainer->explainNode(node, op, found, asked);
}

void SketchBuilder::buildNodes() {
  usualShape = findUsualShape(graph);
  hasDeclared = llvm::any_of(graph.nodes,
                             [](const Node &node) { return node.isDeclared; });
  values.reserve(graph.nodes.size());
  for (const Node &node : graph.nodes)
    buildNode(node);
  namedLayers.finish(whole.layers);
  // A cluster that shows one layer of those that it is for.
  for (const ClusterRecognition &cluster : ArrayRef(clusters).drop_front())
    if (!cluster.layers.empty() && cluster.layers == cluster.sampledLayers)
      whole.omittedLayers.insert(cluster.omittedLayers);
  findSampling(sketch, whole);
  markAlikeLayers(sketch, clusters, whole.omittedLayers);
  sketch.setSampledLayersAttr(getRanges(whole.sampledLayers));
  findNumLayers();
  // Notes may have told of sizes.
  sketch.setTpSizeAttr(getSize(whole.tpSize));
  sketch.setPpSizeAttr(getSize(whole.ppSize));
  auto setFurther = [&](StringRef name, mlir::Attribute value) {
    if (value)
      sketch->setAttr(name, value);
  };
  if (!whole.modelLayers.empty()) {
    NamedAttrList numbers;
    for (auto &[model, number] : whole.modelLayers)
      if (IntegerAttr size = getSize(number))
        numbers.set(model, size);
    if (!numbers.empty())
      setFurther("dag.model_layers", numbers.getDictionary(context()));
  }
  setFurther("dag.dp_size", getSize(whole.dpSize));
  setFurther("dag.ep_size", getSize(whole.epSize));
  setFurther("dag.sp_size", getSize(whole.spSize));
  if (!kind.get().empty())
    setFurther("dag.other_kind", getString(kind.get()));
}

void SketchBuilder::buildEdges() {
  for (const Edge &edge : graph.edges) {
    Recognition found;
    const dot::Attribute *label = edge.lookup("label");
    if (label || !edge.attributes.empty()) {
      getDrawnAttributes(edge.attributes, drawnScratch);
      Drawn drawn;
      drawn.attributes = drawnScratch;
      if (label) {
        drawn.label = label->value;
        drawn.labelIsHTML = label->isHTML;
      }
      drawn.style = getValue(edge.lookup("style"));
      found = rules.recognizeEdge(drawn, options.explain);
    }
    DictionaryAttr attributes = getDrawn(edge.attributes);
    if (!edge.sourcePort.empty() || !edge.targetPort.empty()) {
      NamedAttrList list(attributes);
      if (!edge.sourcePort.empty())
        list.set("tailport", getString(edge.sourcePort));
      if (!edge.targetPort.empty())
        list.set("headport", getString(edge.targetPort));
      attributes = list.getDictionary(context());
    }
    auto op = EdgeOp::create(
        builder, getLoc(edge.position), values[edge.source],
        values[edge.target], getRole(found.role), getInt(found.stage),
        getInt(found.targetStage), getRanges(found.devices),
        getRanges(found.targetDevices),
        found.buffer ? getDims(*found.buffer) : DimsAttr(), attributes);
    // A shape of its own is that of what goes along the edge.
    if (!found.buffer && found.inputs.empty() && found.outputs.size() == 1 &&
        found.outputs.front().size() > 1)
      op->setAttr("dag.shape", getDims(found.outputs.front()));
    if (found.sendsAndReceives)
      op->setAttr("dag.sends_and_receives", builder.getUnitAttr());
    dropped.addIndices(op.getLoc());
    dropped.add(op.getLoc(), graph.nodes[edge.source].name, found.isCut,
                edge.attributes);
    if (explainer)
      explainer->explainEdge(edge, op, found);
  }
}

void SketchBuilder::buildErrors() {
  size_t numHarmless = 0;
  for (const SyntaxError &error : graph.errors) {
    auto op = SyntaxErrorOp::create(builder, getLoc(error.position),
                                    getString(error.message));
    numHarmless += error.isHarmless;
    if (error.isHarmless)
      op->setAttr("dag.harmless", builder.getUnitAttr());
    if (graph.cutLine && error.position.line + 1 >= *graph.cutLine)
      op->setAttr("dag.cut_off", builder.getUnitAttr());
  }
  dropped.addWhole(graph, file);
  size_t left =
      graph.numErrors - std::min(graph.numErrors, graph.errors.size());
  if (left == 0)
    return;
  auto op = SyntaxErrorOp::create(builder, getLoc(graph.errors.back().position),
                                  getString("further syntax errors"), left);
  if (left == graph.numHarmless - numHarmless)
    op->setAttr("dag.harmless", builder.getUnitAttr());
}

OwningOpRef<ModuleOp> SketchBuilder::build() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(getLoc({1, 1}));
  builder.setInsertionPointToStart(module->getBody());
  recognizeClusters();
  buildSketch();
  buildErrors();
  buildClusters();
  buildNodes();
  findSizes(sketch);
  buildEdges();
  dropped.addIndices(sketch.getLoc());
  dropped.report(builder, sketch.getLoc());
  if (explainer)
    explainer->explainWhole(sketch);
  return module;
}

OwningOpRef<ModuleOp> dot::importDot(llvm::MemoryBufferRef buffer,
                                     MLIRContext *context,
                                     const ImportOptions &options) {
  RuleTable rules;
  if (llvm::Error error = addRulesFile(options, rules)) {
    emitError(UnknownLoc::get(context)) << llvm::toString(std::move(error));
    return {};
  }
  return importDot(buffer, context, rules, options);
}

OwningOpRef<ModuleOp> dot::importDot(llvm::MemoryBufferRef buffer,
                                     MLIRContext *context,
                                     const RuleTable &rules,
                                     const ImportOptions &options) {
  std::unique_ptr<Graph> graph = parseDot(buffer);
  return SketchBuilder(*graph, buffer, context, rules, options).build();
}
