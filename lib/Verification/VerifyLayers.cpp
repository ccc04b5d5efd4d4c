//===- VerifyLayers.cpp - Is every layer there once, in order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Drawing/DrawnRules.h"
#include "Plan/PlannedRules.h"
#include "Stages.h"
#include "StatedRules.h"
#include "dag/Graph/Components.h"
#include "dag/Graph/Deviations.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYLAYERS
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

using NodeId = DeploymentGraph::NodeId;

namespace {

class LayersCheck {
public:
  LayersCheck(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void run() {
    if (graph.getDrawnLayers().empty()) {
      RangeSet stated;
      Operation *place = nullptr;
      for (const auto &stage : graph.getStages()) {
        if (!place && !stage.statedLayers.empty())
          place = stage.op;
        stated.insert(stage.statedLayers);
      }
      if (graph.documentsSampling() &&
          (showsUnnumberedLayer(graph) || countAttention(graph) > 0))
        return;
      if (place)
        checkUnnamedLayers(graph, stated, place->getLoc(), log);
      else if (graph.isSketch() && graph.getStatedNumLayers() > 1 &&
               countAttention(graph) == graph.getStatedNumLayers())
        log.addFact("Layers", "as many attentions on each rank as are stated");
      else if (graph.getStatedNumLayers() > 1)
        log.report(Code::DAG201, graph.getRoot()->getLoc(), "",
                   Twine(graph.getStatedNumLayers()) +
                       " layers are stated, but no node names its layer");
      else if (graph.isSketch())
        checkUnnumberedLayers(graph, log);
      else
        log.setUnverified("no node names its layer");
      return;
    }
    checkCoverage();
    checkModels();
    checkDrawnCounts(graph, getLastLayer() - getFirstLayer() + 1, log);
    checkDrawnRanges(graph, log);
    checkComposites();
    checkStages();
    checkOrder();
    checkFragments();
    if (graph.isSketch())
      checkRanges();
    checkDrawnCopies(graph, log);
    checkPeers();
  }

private:
  int64_t getFirstLayer() const;
  int64_t getLastLayer() const;
  NodeId getFirstNodeFrom(int64_t layer) const;
  void checkCoverage();
  void checkSampling();
  void checkModels();
  uint64_t countElided() const;
  void checkComposites();
  void checkRanges();
  int64_t findNeighbor(NodeId id, bool forward) const;
  void checkStages();
  void checkOrder();
  void checkFragments();
  void checkPeers();

  const DeploymentGraph &graph;
  CheckLog &log;
};

} // namespace

/// `layer 3` or `layers 3-5`.
static std::string getLayerNames(const RangeSet &layers) {
  return (layers.size() == 1 ? "layer " : "layers ") + layers.str();
}

/// Layers count from 0, or from 1 if the first layer that is drawn is 1 and
/// takes the input or the embedding.
int64_t LayersCheck::getFirstLayer() const {
  int64_t first = graph.getDrawnLayers().front();
  for (const auto &stage : graph.getStages())
    if (!stage.statedLayers.empty())
      first = std::min(first, stage.statedLayers.front());
  if (first != 1)
    return 0;
  int64_t last = graph.getDrawnLayers().back();
  if (graph.getStatedNumLayers() != DeploymentGraph::kNone)
    return graph.getStatedNumLayers() == last ? 1 : 0;
  const auto *layer = graph.getLayer(1);
  if (!layer)
    return 1;
  for (NodeId id : layer->nodes)
    for (uint32_t index : graph.getInEdges(id)) {
      NodeId source = graph.getEdge(index).source;
      if (graph.getNode(source).layer == DeploymentGraph::kNone)
        return 1;
    }
  return 0;
}

int64_t LayersCheck::getLastLayer() const {
  int64_t last = graph.getDrawnLayers().back();
  for (const auto &stage : graph.getStages())
    if (!stage.statedLayers.empty())
      last = std::max(last, stage.statedLayers.back());
  // Notes and boxes for layers that are not drawn tell of them too.
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (graph.getNode(id).role == Role::Note && !graph.isUndeclared(id))
      if (RangeSet layers = graph.getStatedLayers(id); !layers.empty())
        last = std::max(last, layers.back());
  if (graph.getStatedNumLayers() != DeploymentGraph::kNone)
    last = std::max(last, getFirstLayer() + graph.getStatedNumLayers() - 1);
  return last;
}

/// The first node of the first drawn layer at or behind `layer`, or of the
/// last one.
NodeId LayersCheck::getFirstNodeFrom(int64_t layer) const {
  for (const auto &candidate : graph.getLayers())
    if (candidate.index >= layer)
      return candidate.nodes.front();
  return graph.getLayers().empty() ? DeploymentGraph::kNoNode
                                   : graph.getLayers().back().nodes.back();
}

/// How many layers boxes such as "12 more layers" say that they leave out.
uint64_t LayersCheck::countElided() const {
  uint64_t count = 0;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if ((node.role == Role::Note || node.role == Role::Layer) &&
        node.layer == DeploymentGraph::kNone &&
        graph.getStatedLayers(id).empty())
      if (int64_t layers = graph.getLayerCount(id);
          layers != DeploymentGraph::kNone)
        count += std::min<uint64_t>(layers, 1u << 20);
  }
  for (const auto &edge : graph.getEdges())
    count += readElidedLayers(edge);
  return count;
}

void LayersCheck::checkCoverage() {
  RangeSet expected(getFirstLayer(), getLastLayer());
  const RangeSet &drawn = graph.getDrawnLayers();
  if (int64_t stated = graph.getStatedNumLayers();
      stated != DeploymentGraph::kNone &&
      static_cast<uint64_t>(stated) < expected.size() &&
      !isSizeOfModel(graph, stated)) {
    RangeSet whole(expected.front(), expected.front() + stated - 1);
    RangeSet beyond = drawn.subtract(whole);
    NodeId place = beyond.empty() ? DeploymentGraph::kNoNode
                                  : getFirstNodeFrom(beyond.front());
    std::string message = "expected " + std::to_string(stated) + " layers, " +
                          whole.str() + ", but layer " +
                          std::to_string(expected.back()) + " is drawn";
    if (place == DeploymentGraph::kNoNode)
      log.report(Code::DAG207, graph.getRoot()->getLoc(), "", message);
    else
      log.report(Code::DAG207, graph.getPlace(place), message);
    expected = whole;
  }
  RangeSet missing = expected.subtract(drawn);
  if (graph.getSampledLayers()) {
    checkSampling();
    // What is said to be left out is not missing; all the rest is.
    auto omitted =
        graph.getRoot()->getAttrOfType<RangesAttr>("dag.omitted_layers");
    if (!omitted)
      return;
    missing = missing.subtract(omitted.getSet());
    for (NodeId id = 0; id < graph.getNodes().size(); ++id)
      if (graph.getNode(id).role == Role::Note && !missing.empty())
        missing = missing.subtract(graph.getStatedLayers(id));
  }
  if (missing.empty() || countElided() == missing.size())
    return;
  // One layer of a model, of which nothing says how many it has.
  if (graph.isSketch() && drawn.size() == 1 && !graph.getSampledLayers() &&
      graph.getStatedNumLayers() == DeploymentGraph::kNone)
    return log.setUnverified("only layer " + drawn.str() +
                             " is drawn, and nothing says how many there are");
  // "Layers 1-31, same as above": what is above is the one that is left.
  if (drawn.size() > 1 && isUnnumberedLayer(graph, missing))
    return;
  uint64_t percent = drawn.size() * 100 / expected.size();
  NodeId place = getFirstNodeFrom(missing.front());
  std::string message =
      (Twine(drawn.size()) + " of " + Twine(expected.size()) +
       " layers are drawn (" + Twine(percent) +
       (graph.getSampledLayers()
            ? "%), and not all others are said to be left out; missing: "
            : "%), and no sampling is documented; missing: ") +
       missing.str())
          .str();
  auto finding =
      place == DeploymentGraph::kNoNode
          ? log.report(Code::DAG201, graph.getRoot()->getLoc(), "", message)
          : log.report(Code::DAG201, graph.getPlace(place), message);
  for (RangeSet::Range gap : missing.getRanges().take_front(8)) {
    NodeId next = getFirstNodeFrom(gap.first);
    if (next != DeploymentGraph::kNoNode)
      finding.note(graph.getPlace(next),
                   Twine("without ") +
                       getLayerNames(RangeSet(gap.first, gap.last)) +
                       (graph.getNode(next).layer > gap.last ? " before this"
                                                             : " behind this"));
  }
}

/// The layers of each of several models: no gap in them, and as many as are
/// stated.
void LayersCheck::checkModels() {
  if (graph.getModelNames().empty())
    return;
  std::vector<RangeSet> drawn(graph.getModelNames().size());
  std::vector<NodeId> last(drawn.size(), DeploymentGraph::kNoNode);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.model == DeploymentGraph::kNone || !isLayerRole(node.role))
      continue;
    drawn[node.model].insert(graph.getStatedLayers(id));
    last[node.model] = id;
  }
  checkModelGaps(graph, drawn, last, log);
  auto stated =
      graph.getRoot()->getAttrOfType<DictionaryAttr>("dag.model_layers");
  if (!stated)
    return;
  for (auto [index, name] : llvm::enumerate(graph.getModelNames())) {
    auto number = stated.getAs<IntegerAttr>(name);
    uint64_t size = drawn[index].size();
    if (!number || size == 0 || size == number.getValue().getZExtValue())
      continue;
    // Of a sample with boxes for what is left out, few are lost.
    if (graph.getSampledLayers() && size * 2 < number.getValue().getZExtValue())
      continue;
    bool isLess = size < number.getValue().getZExtValue();
    log.report(
        isLess ? Code::DAG201 : Code::DAG207, graph.getPlace(last[index]),
        "expected " + Twine(number.getInt()) + " layers of the " +
            name.getValue() + ", but " + Twine(size) +
            (size == 1 ? " is" : " are") + " drawn: " + drawn[index].str());
  }
}

void LayersCheck::checkSampling() {
  RangeSet sampled = *graph.getSampledLayers();
  const RangeSet &drawn = graph.getDrawnLayers();
  RangeSet absent = sampled.subtract(drawn);
  // Boxes for ranges of layers say what the sample stands for.
  RangeSet detailed;
  auto isUndeclared = [&](NodeId id) { return graph.isUndeclared(id); };
  bool hasDeclared = !llvm::all_of(
      llvm::seq<NodeId>(0, graph.getNodes().size()), isUndeclared);
  for (const auto &layer : graph.getLayers())
    // What only edges name may be a slip, where other nodes are declared.
    if (!hasDeclared || !llvm::all_of(layer.nodes, isUndeclared))
      detailed.insert(layer.index);
  RangeSet undeclaredDetail = detailed.subtract(sampled);
  if (!absent.empty() && !isUnnumberedLayer(graph, absent))
    log.report(Code::DAG205, graph.getRoot()->getLoc(), "",
               "the declared sampling holds " + getLayerNames(absent) +
                   ", but the drawing does not");
  if (!undeclaredDetail.empty())
    log.report(Code::DAG205,
               graph.getPlace(getFirstNodeFrom(undeclaredDetail.front())),
               "the drawing holds " + getLayerNames(undeclaredDetail) +
                   ", but the declared sampling is " + sampled.str());
  // Where boxes draw what the sample leaves out, they draw all of it.
  RangeSet boxes = drawn.subtract(detailed);
  RangeSet missing = RangeSet(getFirstLayer(), getLastLayer()).subtract(drawn);
  if (missing.empty() || boxes.size() <= missing.size() ||
      isUnnumberedLayer(graph, missing))
    return;
  std::string message = "boxes stand for " + getLayerNames(boxes) + ", but " +
                        getLayerNames(missing) +
                        (missing.size() == 1 ? " is" : " are") +
                        " neither in a box nor drawn";
  NodeId place = getFirstNodeFrom(missing.front());
  if (place == DeploymentGraph::kNoNode)
    log.report(Code::DAG201, graph.getRoot()->getLoc(), "", message);
  else
    log.report(Code::DAG201, graph.getPlace(place), message);
}

/// The layer of what comes behind a box, or before it, past transfers.
int64_t LayersCheck::findNeighbor(NodeId id, bool forward) const {
  for (unsigned i = 0; i < 4; ++i) {
    ArrayRef<uint32_t> edges =
        forward ? graph.getOutEdges(id) : graph.getInEdges(id);
    if (edges.empty())
      break;
    const auto &edge = graph.getEdge(edges.front());
    id = forward ? edge.target : edge.source;
    const auto &node = graph.getNode(id);
    if (!isTransfer(node.role) && !isCollective(node.role))
      return node.layer;
  }
  return DeploymentGraph::kNone;
}

/// A box that ends with the layer that is drawn behind it, or begins with the
/// one before it. One that is drawn in detail beside its box comes first.
void LayersCheck::checkRanges() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (graph.getNode(id).role != Role::Layer)
      continue;
    RangeSet layers = graph.getStatedLayers(id);
    if (layers.size() < 2)
      continue;
    int64_t before = findNeighbor(id, /*forward=*/false);
    int64_t behind = findNeighbor(id, /*forward=*/true);
    if (behind != layers.back() && before != layers.front())
      continue;
    log.report(Code::DAG203, graph.getPlace(id),
               "'" + graph.getName(id) + "' stands for layers " + layers.str() +
                   ", but layer " +
                   Twine(behind == layers.back() ? behind : before) +
                   " is drawn once more " +
                   (behind == layers.back() ? "behind" : "before") + " it");
  }
}

void LayersCheck::checkComposites() {
  // One box for a layer is the whole layer; a second one is a second layer.
  for (const auto &layer : graph.getLayers()) {
    DenseMap<std::pair<int64_t, int64_t>, NodeId> seen;
    for (NodeId id : layer.nodes) {
      const auto &node = graph.getNode(id);
      if (node.role != Role::Layer)
        continue;
      auto [it, isNew] = seen.try_emplace({node.lane, node.replica}, id);
      if (!isNew)
        log.report(Code::DAG203, graph.getPlace(id),
                   "expected layer " + Twine(layer.index) + " once, but '" +
                       graph.getName(id) + "' is a second one")
            .note(graph.getPlace(it->second), "the first one");
    }
  }
}

/// The model that all nodes of a layer are of; nothing where several models
/// have a layer of that number.
static std::optional<int64_t>
getOnlyModel(const DeploymentGraph &graph,
             const DeploymentGraph::Layer &layer) {
  int64_t model = graph.getNode(layer.nodes.front()).model;
  for (NodeId id : layer.nodes)
    if (graph.getNode(id).model != model)
      return std::nullopt;
  return model;
}

void LayersCheck::checkStages() {
  // The stage that owns a layer, by what the stages say of themselves.
  for (const auto &layer : graph.getLayers()) {
    if (layer.stage == DeploymentGraph::kNone)
      continue;
    const auto *stage = graph.getStage(layer.stage);
    const auto *owner = graph.getStage(layer.home);
    if (!stage || !owner || stage == owner)
      continue;
    bool isStated = owner->statedLayers.contains(layer.index);
    // A mark against the devices is a matter of stages.
    if (graph.isSketch() && !isStated)
      continue;
    auto finding = log.report(
        Code::DAG202, graph.getPlace(layer.nodes.front()),
        "layer " + Twine(layer.index) + " is in stage " + Twine(layer.stage) +
            ", but " +
            (isStated ? Twine("stage ") + Twine(owner->index) +
                            " owns layers " + owner->statedLayers.str()
                      : Twine("it runs on the devices of stage ") +
                            Twine(owner->index)));
    if (owner->op)
      finding.note(owner->op->getLoc(), "stated here");
  }
  // A stage does not come back, unless its chunks do so in turn.
  if (haveChunksInTurn(graph))
    return;
  const DeploymentGraph::Layer *previous = nullptr;
  ArrayRef<DeploymentGraph::Layer> layers = graph.getLayers();
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto &layer = layers[i];
    if (layer.home == DeploymentGraph::kNone)
      continue;
    // Models count their layers each.
    std::optional<int64_t> model = getOnlyModel(graph, layer);
    if (previous && layer.home < previous->home && model &&
        model == getOnlyModel(graph, *previous)) {
      // One layer in between that is ahead of its neighbors is the culprit.
      const auto *culprit = &layer;
      if (i >= 2 && layers[i - 2].home != DeploymentGraph::kNone &&
          layers[i - 2].home <= layer.home)
        culprit = previous;
      log.report(Code::DAG202, graph.getPlace(culprit->nodes.front()),
                 "layer " + Twine(layer.index) + " is in stage " +
                     Twine(layer.home) + ", but layer " +
                     Twine(previous->index) + " before it is in stage " +
                     Twine(previous->home))
          .note(graph.getPlace(previous->nodes.front()), "the layer before it")
          .note(graph.getPlace(layer.nodes.front()), "the layer behind it");
    }
    previous = &layer;
  }
}

void LayersCheck::checkOrder() {
  // Data goes from a layer to the next one that is drawn. Pairs of layers are
  // reported once.
  DenseMap<int64_t, int64_t> next;
  ArrayRef<DeploymentGraph::Layer> layers = graph.getLayers();
  for (size_t i = 0; i + 1 < layers.size(); ++i)
    next[layers[i].index] = layers[i + 1].index;
  DenseSet<std::pair<int64_t, int64_t>> goes, reported;
  // A transfer moves the data of the layer before it.
  std::vector<int64_t> moved(graph.getNodes().size(), DeploymentGraph::kNone);
  SmallVector<NodeId> work;
  auto move = [&](NodeId id, int64_t layer) {
    for (uint32_t index : graph.getOutEdges(id)) {
      NodeId target = graph.getEdge(index).target;
      if (isTransfer(graph.getNode(target).role) &&
          moved[target] == DeploymentGraph::kNone) {
        moved[target] = layer;
        work.push_back(target);
      }
    }
  };
  for (const auto &layer : layers)
    for (NodeId id : layer.nodes)
      move(id, layer.index);
  while (!work.empty()) {
    NodeId id = work.pop_back_val();
    move(id, moved[id]);
  }
  auto getEnds = [&](const DeploymentGraph::Edge &edge) {
    const auto &source = graph.getNode(edge.source);
    const auto &target = graph.getNode(edge.target);
    std::pair<int64_t, int64_t> ends = {
        isTransfer(source.role) ? moved[edge.source] : source.layer,
        target.layer};
    if (isTransfer(target.role) || source.role == Role::KvCache ||
        target.role == Role::KvCache)
      ends = {DeploymentGraph::kNone, DeploymentGraph::kNone};
    return ends;
  };
  // An edge that closes a cycle is a wrong edge, and no wrong order.
  std::optional<Components> components;
  auto closesCycle = [&](const DeploymentGraph::Edge &edge) {
    if (!components)
      components = findComponents(graph);
    return components->of[edge.source] == components->of[edge.target];
  };
  for (const auto &edge : graph.getEdges())
    goes.insert(getEnds(edge));
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const auto &edge = graph.getEdge(index);
    auto [from, to] = getEnds(edge);
    if (from == DeploymentGraph::kNone || to == DeploymentGraph::kNone ||
        from == to)
      continue;
    auto it = next.find(from);
    int64_t expected = it == next.end() ? DeploymentGraph::kNone : it->second;
    if (expected == to)
      continue;
    // An edge that jumps ahead beside the regular one is a wrong edge too.
    if (goes.contains({from, expected}) || closesCycle(edge))
      continue;
    if (!reported.insert({from, to}).second)
      continue;
    std::string then = expected == DeploymentGraph::kNone
                           ? std::string("nothing, as the last layer")
                           : "layer " + std::to_string(expected);
    log.report(Code::DAG204, graph.getEdgePlace(index, edge.target),
               "expected layer " + Twine(from) + " to be followed by " + then +
                   ", but its data goes to layer " + Twine(to))
        .note(graph.getPlace(edge.source), "from here")
        .note(graph.getPlace(edge.target), "to here");
  }
}

/// Where the number of layers is stated, an end of a layer is none of them;
/// else the drawing ends there.
void LayersCheck::checkFragments() {
  if (graph.getStatedNumLayers() == DeploymentGraph::kNone)
    return;
  DenseSet<int64_t> fragments = getFragments(graph);
  for (const auto &layer : graph.getLayers())
    if (fragments.contains(layer.index) && layer.index != graph.getCutLayer() &&
        graph.getDrawnLayers().contains(layer.index))
      log.report(Code::DAG206, graph.getPlace(layer.nodes.front()),
                 "expected layer " + Twine(layer.index) +
                     " as a whole, as other layers are drawn, but only a "
                     "fragment of it is there");
}

void LayersCheck::checkPeers() {
  if (!graph.isSketch())
    return;
  for (const LayerDeviation &deviation : findLayerDeviations(graph)) {
    const auto &layer = *deviation.layer;
    NodeId first = layer.nodes.front();
    if (deviation.isDoubled) {
      log.report(Code::DAG203, graph.getPlace(layer.nodes.back()),
                 "expected layer " + Twine(layer.index) +
                     " once, but it has twice the nodes of its " +
                     Twine(deviation.numPeers) + " peers")
          .note(graph.getPlace(first), "its first node");
      continue;
    }
    auto isOfOtherCheck = [&](const PartKey &key) {
      // Attention and the communication of ranks have checks of their own.
      return getAttentionPosition(key.role) != 0 ||
             key.role == Role::Attention || isCollective(key.role);
    };
    auto report = [&](NodeId id, const auto &part) {
      log.report(Code::DAG206, graph.getPlace(id),
                 "expected " + Twine(part.expected) + " '" + part.key.str() +
                     "' in layer " + Twine(layer.index) + " as in its " +
                     Twine(deviation.numPeers) + " peers, but got " +
                     Twine(part.count))
          .note(graph.getPlace(deviation.peer->nodes.front()),
                "layer " + Twine(deviation.peer->index) + " is a peer");
    };
    bool lacksRanks = layer.lanes.size() != deviation.peer->lanes.size();
    for (const auto &part : deviation.missing) {
      if (isOfOtherCheck(part.key) || lacksRanks ||
          layer.index == graph.getCutLayer() ||
          (layer.lanes.size() > 1 && part.count != 0))
        continue;
      report(first, part);
    }
    for (const auto &part : deviation.extra) {
      if (isOfOtherCheck(part.key) || lacksRanks)
        continue;
      // The last of its kind is the one that was added; on one rank of
      // several, the ranks differ, which has a check of its own.
      NodeId added = first;
      for (NodeId id : layer.nodes)
        if (graph.getNode(id).role == part.key.role &&
            graph.getNode(id).block == part.key.block)
          added = id;
      // A name that only edges mention is a slip, and adds nothing.
      if (graph.declaresNodes() && graph.isUndeclared(added))
        continue;
      if (layer.lanes.size() > 1 &&
          graph.getNode(added).lane != DeploymentGraph::kShared &&
          part.count % layer.lanes.size() != 0)
        continue;
      report(added, part);
    }
  }
}

namespace {
struct VerifyLayers : CheckPass<dag::impl::DagVerifyLayersBase<VerifyLayers>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Layers);
  }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override;
};
} // namespace

void VerifyLayers::checkGraph(const DeploymentGraph &graph, CheckLog &log) {
  reportViolations(graph, log);
  checkStatedLayers(graph, log);
  checkLayerNames(graph, log);
  LayersCheck(graph, log).run();
}
