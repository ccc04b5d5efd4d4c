//===- Reading.cpp - What a drawing was read as --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/Reading.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

static constexpr int64_t kNone = DeploymentGraph::kNone;

/// `8 devices`, `1 device`.
static std::string formatNumber(int64_t number, StringRef unit) {
  if (number == 1)
    unit.consume_back("s");
  return std::to_string(number) + " " + unit.str();
}

namespace {
/// What a drawing was read as: its parts, and what each was read from.
class Reading {
public:
  explicit Reading(const DeploymentGraph &graph)
      : graph(graph), beside(graph.getStatedBeside()),
        sketch(cast<SketchOp>(graph.getRoot())) {}

  std::string describe();

private:
  void add(const Twine &part, StringRef fact, StringRef source) {
    parts.push_back(part.str());
    sources[source].push_back(fact);
  }
  /// The size of a group that is stated on the command line or in the drawing;
  /// true if there is one.
  bool addStated(StringRef name, int64_t size, std::optional<int64_t> drawn);
  void addLayers();
  void addModels();
  void addTp();
  void addReplicas();
  void addExperts();
  void addSequence();
  void addStages();
  void addDevices();
  int64_t countLanes() const;

  static constexpr StringLiteral kCommandLine = "the command line";
  static constexpr StringLiteral kSizes = "stated sizes";

  const DeploymentGraph &graph;
  const StatedFacts &beside;
  SketchOp sketch;
  SmallVector<std::string> parts;
  llvm::MapVector<StringRef, SmallVector<StringRef, 4>> sources;
};
} // namespace

bool Reading::addStated(StringRef name, int64_t size,
                        std::optional<int64_t> drawn) {
  if (size == 0 && !drawn)
    return false;
  add(name + " " + Twine(size != 0 ? size : *drawn), name,
      size != 0 ? kCommandLine : kSizes);
  return true;
}

void Reading::addLayers() {
  int64_t drawn = graph.getDrawnLayers().size();
  int64_t all = graph.getStatedNumLayers();
  if (all == kNone) {
    if (drawn > 0)
      add(formatNumber(drawn, "layers"), "layers", "numbers of layers");
    return;
  }
  StringRef source = beside.layers != 0           ? StringRef(kCommandLine)
                     : beside.getNumLayers() != 0 ? StringRef("config=")
                                                  : StringRef(kSizes);
  add(formatNumber(all, "layers") +
          (drawn == all ? "" : ", " + std::to_string(drawn) + " of them drawn"),
      "layers", source);
}

void Reading::addModels() {
  ArrayRef<StringAttr> models = graph.getModelNames();
  if (models.empty())
    return;
  std::string names;
  for (StringAttr name : models)
    names += (names.empty() ? "" : ", ") + name.getValue().str();
  add(formatNumber(models.size(), "models") + " (" + names + ")", "models",
      "words of clusters and labels");
}

int64_t Reading::countLanes() const {
  int64_t lanes = 0;
  for (const DeploymentGraph::Layer &layer : graph.getLayers())
    lanes =
        std::max<int64_t>(lanes, llvm::count_if(layer.lanes, [](int64_t lane) {
                            return lane != DeploymentGraph::kShared;
                          }));
  return lanes;
}

void Reading::addTp() {
  if (addStated("TP", beside.tp, sketch.getTpSize()))
    return;
  int64_t lanes = countLanes();
  if (lanes < 2 || graph.getLaneAxis() != DeploymentGraph::LaneAxis::Tensor)
    return;
  if (graph.isLaneAxisOpen())
    return add("TP or DP " + Twine(lanes), "TP or DP", "devices");
  bool hasRanks = llvm::any_of(
      graph.getNodes(), [](const auto &node) { return node.tpRank != kNone; });
  add("TP " + Twine(lanes), "TP", hasRanks ? "numbers of ranks" : "devices");
}

/// Data parallelism, stated, by numbered replicas, or by devices and shapes.
void Reading::addReplicas() {
  if (addStated("DP", beside.dp, sketch.getDpSize()))
    return;
  RangeSet numbered, devices;
  for (DeploymentGraph::NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (int64_t replica = graph.getDpRank(id); replica != kNone)
      numbered.insert(replica);
    else if (int64_t device = graph.getNode(id).replica;
             device != kNone &&
             graph.getLaneAxis() == DeploymentGraph::LaneAxis::Data)
      devices.insert(device);
  }
  if (numbered.size() > 1)
    add("DP " + Twine(numbered.size()), "DP", "numbers of replicas");
  else if (devices.size() > 1)
    add("DP " + Twine(devices.size()), "DP", "devices and shapes");
}

void Reading::addSequence() {
  if (addStated("CP", beside.cp, sketch.getSpSize()))
    return;
  int64_t lanes = countLanes();
  if (lanes > 1 && graph.getLaneAxis() == DeploymentGraph::LaneAxis::Sequence)
    add("CP " + Twine(lanes), "CP", "devices and shapes");
}

void Reading::addExperts() {
  addStated("EP", beside.ep, sketch.getEpSize());
  RangeSet experts;
  for (const DeploymentGraph::Node &node : graph.getNodes())
    if (node.expert != kNone)
      experts.insert(node.expert);
  if (beside.model && beside.model->experts != 0)
    add(formatNumber(beside.model->experts, "experts"), "experts", "config=");
  else if (experts.size() > 1)
    add(formatNumber(experts.size(), "experts"), "experts",
        "numbers of experts");
}

void Reading::addStages() {
  if (graph.getStatedPpSize() != kNone) {
    add("PP " + Twine(graph.getStatedPpSize()), "PP",
        beside.pp != 0 ? kCommandLine : kSizes);
    return;
  }
  size_t number = graph.getStages().size();
  if (number < 2)
    return;
  bool hasClusters = llvm::any_of(graph.getStages(), [](const auto &stage) {
    return isa_and_nonnull<ClusterOp>(stage.op);
  });
  add("PP " + Twine(number), "PP",
      graph.hasInferredStages()
          ? StringRef(graph.hasMarkedStages() ? "clusters and their devices"
                                              : "devices")
      : hasClusters ? StringRef("clusters")
                    : StringRef("names and labels of stages"));
}

void Reading::addDevices() {
  RangeSet devices;
  llvm::DenseSet<Attribute> seen;
  for (DeploymentGraph::NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (RangesAttr attr = graph.getDevicesAttr(id))
      if (seen.insert(attr).second)
        devices.insert(attr.getSet());
  if (devices.empty())
    return;
  std::string text =
      formatNumber(static_cast<int64_t>(devices.size()), "devices");
  if (parts.empty())
    parts.push_back(text);
  else
    parts.back() += " (" + text + ")";
}

std::string Reading::describe() {
  if (!sketch.getOtherKind().empty())
    return sketch.getOtherKind().str() +
           ", no deployment of a language model, from its labels";
  addLayers();
  addModels();
  addTp();
  addReplicas();
  addExperts();
  addSequence();
  addStages();
  addDevices();
  if (parts.empty())
    return "a drawing that states no layers, ranks, stages or devices";
  std::string text = llvm::join(parts, ", ");
  SmallVector<std::string> origins;
  for (const auto &[source, facts] : sources)
    origins.push_back((source + " (" + llvm::join(facts, ", ") + ")").str());
  if (!origins.empty())
    text += ", from " + llvm::join(origins, "; ");
  return text;
}

std::string dag::describeDrawing(const DeploymentGraph &graph) {
  return Reading(graph).describe();
}
