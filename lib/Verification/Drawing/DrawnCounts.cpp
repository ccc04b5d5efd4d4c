//===- DrawnCounts.cpp - How many layers boxes hold -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "dag/Graph/DrawnMarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;
using NodeId = DeploymentGraph::NodeId;

static void checkCount(const DeploymentGraph &graph, Location loc,
                       StringRef name, const RangeSet &layers, int64_t count,
                       CheckLog &log) {
  if (layers.size() > 1 && static_cast<uint64_t>(count) != layers.size() &&
      count != graph.getStatedNumLayers())
    log.report(Code::DAG207, loc, name,
               "'" + name + "' states layers " + layers.str() + ", which are " +
                   Twine(layers.size()) + ", and " + Twine(count) + " layers");
}

void dag::checkDrawnCounts(const DeploymentGraph &graph, int64_t numLayers,
                           CheckLog &log) {
  Block *body = graph.getSketchBody();
  if (!body)
    return;
  for (ClusterOp cluster : body->getOps<ClusterOp>()) {
    auto count = cluster->getAttrOfType<IntegerAttr>("dag.layer_count");
    if (count && cluster.getLayers() &&
        !graph.getViolations().isMalformed(cluster))
      checkCount(graph, cluster.getLoc(), cluster.getName(),
                 cluster.getLayers()->getSet(), count.getInt(), log);
  }
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    int64_t count = graph.getLayerCount(id);
    // A total may be that of the whole model.
    if (count == DeploymentGraph::kNone)
      if (auto total = graph.getNode(id).op->getAttrOfType<IntegerAttr>(
              "dag.num_layers");
          total && total.getInt() != numLayers)
        count = total.getInt();
    if (count != DeploymentGraph::kNone)
      checkCount(graph, graph.getLoc(id), graph.getName(id),
                 graph.getStatedLayers(id), count, log);
  }
}

std::optional<int64_t> dag::countAttention(const DeploymentGraph &graph) {
  // The first of these parts that is drawn tells.
  for (Role role : {Role::AttentionWeights, Role::AttentionScores,
                    Role::QkvProjection, Role::QProjection, Role::Attention}) {
    llvm::MapVector<Attribute, int64_t> counts;
    for (NodeId id = 0; id < graph.getNodes().size(); ++id)
      if (graph.getNode(id).role == role)
        ++counts[graph.getDevicesAttr(id)];
    if (counts.empty())
      continue;
    int64_t count = counts.front().second;
    bool isEven = llvm::all_of(
        counts, [&](const auto &entry) { return entry.second == count; });
    return isEven ? std::optional<int64_t>(count) : std::nullopt;
  }
  return std::nullopt;
}

namespace {
/// How often the parts of a layer are drawn in a cluster or a stage.
struct PartCounts {
  /// A box stands for several layers.
  bool hasBox = false;
  /// By device, the nodes of each part.
  std::map<std::pair<const void *, Role>, int64_t> counts;

  void add(const DeploymentGraph &graph, NodeId id) {
    const auto &node = graph.getNode(id);
    if (node.role == Role::Layer || node.role == Role::Stage ||
        graph.getLayerCount(id) > 0 || graph.getStatedLayers(id).size() > 1)
      hasBox = true;
    else if (getAttentionPosition(node.role) != 0 ||
             node.role == Role::Attention || node.role == Role::Ffn ||
             node.role == Role::FfnDown)
      ++counts[{graph.getDevicesAttr(id).getAsOpaquePointer(), node.role}];
  }
  int64_t getMost() const {
    int64_t most = hasBox ? INT64_MAX : 0;
    for (auto &[key, count] : counts)
      most = std::max(most, count);
    return most;
  }
  bool hasCount(int64_t wanted) const {
    return llvm::any_of(
        counts, [&](const auto &entry) { return entry.second == wanted; });
  }
};
} // namespace

bool dag::checkClusterRanges(const DeploymentGraph &graph, CheckLog &log) {
  Block *body = graph.getSketchBody();
  if (!body || graph.documentsSampling() || leavesOut(graph))
    return false;
  // One cluster that says so speaks for those beside it.
  for (ClusterOp cluster : body->getOps<ClusterOp>()) {
    DictionaryAttr drawn = cluster.getDrawnAttr();
    auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
    if (label && (label.getValue().contains_insensitive("represent") ||
                  label.getValue().contains_insensitive("sample")))
      return false;
  }
  llvm::StringMap<PartCounts> parts;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (auto cluster = cast<NodeOp>(graph.getNode(id).op).getCluster())
      parts[*cluster].add(graph, id);
  for (ClusterOp cluster : body->getOps<ClusterOp>()) {
    if (graph.getViolations().isMalformed(cluster) || !cluster.getLayers())
      continue;
    RangeSet layers = cluster.getLayers()->getSet();
    auto it = parts.find(cluster.getName());
    int64_t count = it == parts.end() ? 0 : it->second.getMost();
    if (count == 0 || count >= static_cast<int64_t>(layers.size()))
      continue;
    log.report(Code::DAG201, cluster.getLoc(), cluster.getName(),
               "'" + cluster.getName() + "' states layers " + layers.str() +
                   ", but no more than " + Twine(count) +
                   " of them can be in it: no part is drawn more often");
    return true;
  }
  return false;
}

/// Stages that state a layer twice; true if there is a finding.
static bool checkStageOverlap(const DeploymentGraph &graph, CheckLog &log) {
  // Models such as an encoder and a decoder count their layers each.
  if (!graph.getModelNames().empty())
    return false;
  RangeSet earlier;
  for (const auto &stage : graph.getStages()) {
    const RangeSet &layers = stage.statedLayers;
    RangeSet twice = layers.subtract(layers.subtract(earlier));
    earlier.insert(layers);
    // What begins anew counts the layers of another model.
    if (twice.empty() || twice.size() >= layers.size() || !stage.op)
      continue;
    log.report(Code::DAG203, stage.op->getLoc(), "",
               "stage " + Twine(stage.index) + " states layers " +
                   layers.str() + ", but an earlier stage has layer " +
                   twice.str());
    return true;
  }
  return false;
}

/// The number behind the word that a name begins with: `dec12_q`.
static std::optional<std::pair<StringRef, int64_t>> readCount(StringRef name) {
  StringRef word =
      name.take_while([](char c) { return llvm::isAlpha(c) || c == '_'; });
  StringRef digits = name.drop_front(word.size()).take_while(llvm::isDigit);
  int64_t count;
  if (word.empty() || digits.empty() || digits.size() > 3 ||
      digits.getAsInteger(10, count))
    return std::nullopt;
  return std::make_pair(word, count);
}

/// A number that the names of attention leave out, such as `dec4` behind `dec3`
/// and before `dec5`; names are hints, and count devices and replicas, too.
static std::optional<std::pair<NodeId, std::string>>
findNameGap(const DeploymentGraph &graph) {
  struct Count {
    RangeSet numbers, places;
    NodeId last = DeploymentGraph::kNoNode;
  };
  std::map<std::string, Count> counts;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (getAttentionPosition(node.role) == 0 && node.role != Role::Attention)
      continue;
    std::string name = graph.getName(id);
    auto read = readCount(name);
    if (!read)
      continue;
    Count &count = counts[read->first.str()];
    count.numbers.insert(RangeSet(read->second, read->second));
    count.last = id;
    RangeSet devices = graph.getDevices(id);
    if (devices.size() == 1 && devices.front() == read->second)
      count.places.insert(devices);
    if (graph.getNode(id).replica == read->second)
      count.places.insert(RangeSet(read->second, read->second));
  }
  for (auto &[word, count] : counts) {
    RangeSet missing = RangeSet(count.numbers.front(), count.numbers.back())
                           .subtract(count.numbers);
    if (count.numbers.size() > 1 && count.numbers.front() <= 1 &&
        missing.size() == 1 && !(count.places == count.numbers))
      return std::make_pair(count.last, word + missing.str());
  }
  return std::nullopt;
}

/// Says so where names leave a number out; true if they do.
static bool checkNameGap(const DeploymentGraph &graph, CheckLog &log) {
  auto gap = findNameGap(graph);
  if (!gap)
    return false;
  log.setUnverified("names such as '" + graph.getName(gap->first) +
                        "' count attentions, and '" + gap->second +
                        "' is not among them",
                    graph.getLoc(gap->first));
  return true;
}

void dag::checkUnnumberedLayers(const DeploymentGraph &graph, CheckLog &log) {
  if (!checkClusterRanges(graph, log) && !checkNameGap(graph, log))
    log.setNothingToCheck("no layer is numbered, and no number is stated");
}

void dag::checkUnnamedLayers(const DeploymentGraph &graph,
                             const RangeSet &stated, Location loc,
                             CheckLog &log) {
  if (!graph.isSketch()) {
    log.report(Code::DAG201, loc, "",
               "stages state layers " + stated.str() +
                   ", but no node names its layer");
    return;
  }
  std::map<int64_t, PartCounts> parts;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (int64_t stage = graph.getNode(id).stage;
        stage != DeploymentGraph::kNone)
      parts[stage].add(graph, id);
  bool isWhole = true, isWrong = checkStageOverlap(graph, log);
  for (const auto &stage : graph.getStages()) {
    auto size = static_cast<int64_t>(stage.statedLayers.size());
    const PartCounts &counts = parts[stage.index];
    isWhole &= size > 0 && counts.hasCount(size);
    int64_t most = counts.getMost();
    auto cluster = dyn_cast_if_present<ClusterOp>(stage.op);
    if (size < 2 || most == 0 || most >= size || isWrong ||
        (cluster && saysAlike(cluster)))
      continue;
    isWrong = true;
    log.report(Code::DAG201, stage.op ? stage.op->getLoc() : loc, "",
               "stage " + Twine(stage.index) + " states layers " +
                   stage.statedLayers.str() +
                   ", but no node names its layer, "
                   "and no part of one is drawn more than " +
                   Twine(most) + (most == 1 ? " time" : " times"));
  }
  if (!isWrong && checkNameGap(graph, log))
    return;
  if (isWhole && !isWrong)
    log.addFact("Layers", "as many of a part in each stage as it states");
  else if (!isWrong)
    log.setUnverified("stages state layers " + stated.str() +
                          ", but no node names its layer, and no part is "
                          "drawn as often",
                      loc);
}

void dag::checkDrawnRanges(const DeploymentGraph &graph, CheckLog &log) {
  std::map<int64_t, std::pair<RangeSet, NodeId>> boxes;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    RangeSet layers = graph.getStatedLayers(id);
    if (layers.size() < 2 || node.stage == DeploymentGraph::kNone ||
        (node.role != Role::Layer && node.role != Role::Stage) ||
        node.model != DeploymentGraph::kNone)
      continue;
    auto [box, isNew] = boxes.try_emplace(node.stage, layers, id);
    if (!isNew)
      box->second.first.insert(layers);
  }
  RangeSet earlier;
  for (auto &[stage, box] : boxes) {
    RangeSet twice = box.first.subtract(box.first.subtract(earlier));
    if (!twice.empty())
      log.report(Code::DAG203, graph.getPlace(box.second),
                 "layer " + twice.str() + " is in a box of stage " +
                     Twine(stage) + ", and in one of an earlier stage");
    earlier.insert(box.first);
  }
}

/// Which copy of the model a node is of, as text; empty if of none.
static std::string getCopy(const DeploymentGraph &graph, NodeId id) {
  if (int64_t replica = graph.getDpRank(id); replica != DeploymentGraph::kNone)
    return "replica " + std::to_string(replica);
  int64_t model = graph.getNode(id).model;
  if (model == DeploymentGraph::kNone)
    return "";
  StringRef name = graph.getModelNames()[model];
  return name == "prefill" || name == "decode" ? name.str() : "";
}

void dag::checkDrawnCopies(const DeploymentGraph &graph, CheckLog &log) {
  std::map<std::string, std::pair<RangeSet, NodeId>> copies;
  RangeSet all;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    RangeSet layers = graph.getStatedLayers(id);
    if (layers.empty() || isTransfer(node.role) || node.role == Role::Stage)
      continue;
    std::string copy = getCopy(graph, id);
    if (copy.empty())
      continue;
    copies.try_emplace(copy, RangeSet(), id).first->second.first.insert(layers);
    all.insert(layers);
  }
  for (auto &[copy, shown] : copies) {
    RangeSet missing = all.subtract(shown.first);
    // Of a pool, a sample may be drawn.
    bool isSample = graph.getDpRank(shown.second) == DeploymentGraph::kNone &&
                    shown.first.size() * 2 < all.size();
    if (missing.empty() || isSample)
      continue;
    log.report(
        Code::DAG201, graph.getPlace(shown.second),
        copy + " lacks " + (missing.size() == 1 ? "layer " : "layers ") +
            missing.str() + ", which another " +
            (StringRef(copy).starts_with("replica") ? "replica" : "pool") +
            " shows");
  }
}

bool dag::isSizeOfModel(const DeploymentGraph &graph, int64_t stated) {
  std::vector<RangeSet> drawn(graph.getModelNames().size());
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    for (auto [model, layers] : llvm::enumerate(drawn))
      if (graph.getNode(id).role == Role::Note ||
          graph.getNode(id).model == static_cast<int64_t>(model))
        layers.insert(graph.getStatedLayers(id));
  return llvm::any_of(drawn, [&](const RangeSet &layers) {
    return !layers.empty() && layers.back() - layers.front() + 1 == stated;
  });
}

void dag::checkModelGaps(const DeploymentGraph &graph, ArrayRef<RangeSet> drawn,
                         ArrayRef<NodeId> last, CheckLog &log) {
  std::optional<RangeSet> sampled = graph.getSampledLayers();
  auto omitted =
      graph.getRoot()->getAttrOfType<RangesAttr>("dag.omitted_layers");
  for (auto [index, layers] : llvm::enumerate(drawn)) {
    // One range with a gap, and not a few layers here and there.
    if (layers.size() < 4 || layers.getRanges().size() != 2 ||
        (sampled && sampled->contains(layers)))
      continue;
    RangeSet missing = RangeSet(layers.front(), layers.back()).subtract(layers);
    if (omitted)
      missing = missing.subtract(omitted.getSet());
    if (missing.empty() || missing.size() * 4 > layers.size())
      continue;
    log.report(Code::DAG201, graph.getPlace(last[index]),
               "the " + graph.getModelNames()[index].str() + " draws " +
                   "layers " + layers.str() + ", but not " + "layers " +
                   missing.str());
  }
}
