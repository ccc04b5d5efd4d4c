//===- DeploymentGraph.h - What the checks read -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_GRAPH_DEPLOYMENTGRAPH_H
#define DAG_GRAPH_DEPLOYMENTGRAPH_H

#include "dag/Diagnostics/CheckLog.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Roles.h"
#include "dag/Graph/StatedFacts.h"
#include "dag/Graph/Violations.h"
#include "dag/Support/RangeSet.h"
#include "mlir/IR/Operation.h"
#include "mlir/Pass/AnalysisManager.h"
#include "llvm/ADT/DenseMap.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace mlir::dag {

/// One deployment as the checks see it: nodes with role, layer, stage, lane
/// and devices, and edges. A sketch and a plan give the same kind of graph, so
/// a check is written once. Ranks are never expanded: a node that all ranks of
/// a tensor-parallel group run is one node.
///
/// A *lane* is the share of one tensor-parallel rank: the stated rank, or the
/// position of the node's single device among the devices that ranks are
/// stated for. `kShared` stands for all ranks together.
class DeploymentGraph {
public:
  using NodeId = uint32_t;
  static constexpr NodeId kNoNode = ~0u;
  static constexpr int64_t kNone = -1;
  static constexpr int64_t kShared = -1;

  /// What nodes of one role in several lanes share: the weights, the batch
  /// (then the lanes are replicas), or the sequence.
  enum class LaneAxis { None, Tensor, Data, Sequence };

  struct Node {
    Operation *op = nullptr;
    Role role = Role::Unknown;
    Role block = Role::Unknown;
    NodeKind kind = NodeKind::Unknown;
    /// The only layer, or `kNone`; a composite of several layers has none.
    int64_t layer = kNone;
    int64_t targetLayer = kNone;
    /// The stage as stated by the node or its clusters, as drawn.
    int64_t statedStage = kNone;
    /// For a transfer, the far end.
    int64_t targetStage = kNone;
    /// The stage, stated or, where no stage is, inferred from devices.
    int64_t stage = kNone;
    int64_t tpRank = kNone;
    int64_t lane = kShared;
    /// Expert, micro-batch and data-parallel replica, which make nodes of one
    /// role and lane different; `kNone` where not stated.
    int64_t expert = kNone;
    int64_t replica = kNone;
    /// Which of several models, as a place in `getModelNames`, which `replica`
    /// tells apart, too.
    int64_t model = kNone;
    /// Nodes that are drawn alike: role, block, and the name without numbers.
    uint32_t peerClass = 0;
  };

  struct Edge {
    NodeId source;
    NodeId target;
    /// The `dag.edge`, or the op that uses the value.
    Operation *op;
  };

  /// The nodes of one layer, in order of appearance.
  struct Layer {
    int64_t index;
    std::vector<NodeId> nodes;
    /// The stage that most of its nodes state, or that is inferred.
    int64_t stage = kNone;
    /// The stage that owns it: the only one that states it, else the one whose
    /// devices it runs on, else `stage`.
    int64_t home = kNone;
    /// True if two stages share it: each with many of its nodes.
    bool isSplit = false;
    /// The lanes that occur, ascending.
    SmallVector<int64_t, 4> lanes;
  };

  struct Stage {
    int64_t index;
    /// The cluster or the `dag.stage`; null if only nodes or devices tell.
    Operation *op = nullptr;
    /// What is stated; empty if nothing is.
    RangeSet statedLayers;
    RangeSet statedDevices;
    /// Stated, or those of most of its layers.
    RangeSet devices;
  };

  /// Builds the graph of a `dag.sketch` or a `dag.model`, of the ops in it that
  /// are well formed. What is stated beside it comes before all that it states.
  DeploymentGraph(Operation *root, Violations violations,
                  StatedFacts beside = {});

  Operation *getRoot() const { return root; }
  bool isSketch() const { return isa<SketchOp>(root); }
  /// A program for one device, without a mesh and stages: no deployment yet.
  bool isLogical() const;

  ArrayRef<Node> getNodes() const { return nodes; }
  const Node &getNode(NodeId id) const { return nodes[id]; }
  ArrayRef<Edge> getEdges() const { return edges; }
  /// Indices of the edges into and out of a node, in order of appearance.
  ArrayRef<uint32_t> getInEdges(NodeId id) const {
    return ArrayRef(inEdges).slice(inBegin[id], inBegin[id + 1] - inBegin[id]);
  }
  ArrayRef<uint32_t> getOutEdges(NodeId id) const {
    return ArrayRef(outEdges).slice(outBegin[id],
                                    outBegin[id + 1] - outBegin[id]);
  }
  const Edge &getEdge(uint32_t index) const { return edges[index]; }
  unsigned getInDegree(NodeId id) const { return getInEdges(id).size(); }
  unsigned getOutDegree(NodeId id) const { return getOutEdges(id).size(); }

  /// Layers in ascending order.
  ArrayRef<Layer> getLayers() const { return layers; }
  const Layer *getLayer(int64_t index) const;
  /// All layers that are drawn, composites included.
  const RangeSet &getDrawnLayers() const { return drawnLayers; }
  /// Stages in ascending order.
  ArrayRef<Stage> getStages() const { return stages; }
  const Stage *getStage(int64_t index) const;
  /// True if no stage is stated anywhere and stages come from devices.
  bool hasInferredStages() const { return inferredStages; }
  /// True if clusters or boxes with devices of their own mark the stages that
  /// come from devices.
  bool hasMarkedStages() const { return !inferredStages || markedStages; }
  /// What does not verify and is, where it is malformed, no part of the graph.
  const Violations &getViolations() const { return violations; }
  /// The body of a sketch, or null if it has none.
  Block *getSketchBody() const;

  /// Where ranks are not stated, as the shapes tell.
  LaneAxis getLaneAxis() const { return laneAxis; }
  /// True if nothing tells what devices share: no rank, size, shape, collective
  /// or edge between them, and no node inside of the model where they meet.
  bool isLaneAxisOpen() const { return laneAxisIsOpen; }
  /// What is stated beside the input, such as on the command line.
  const StatedFacts &getStatedBeside() const { return beside; }
  /// Sizes that are stated beside the input or else by it, or `kNone`.
  int64_t getStatedTpSize() const { return tpSize; }
  int64_t getStatedPpSize() const { return ppSize; }
  int64_t getStatedNumLayers() const { return numLayers; }
  std::optional<RangeSet> getSampledLayers() const { return sampledLayers; }
  /// True if the input says that layers which are not there are like those that
  /// are, whichever they are.
  bool documentsSampling() const;

  /// The name for messages: the drawing's, or `layer 3 linear`.
  std::string getName(NodeId id) const;
  /// The devices that a node states; empty if it states none.
  RangeSet getDevices(NodeId id) const;
  RangeSet getTargetDevices(NodeId id) const;
  /// The uniqued attribute behind `getDevices`, for fast comparison.
  RangesAttr getDevicesAttr(NodeId id) const;
  bool hasAllDevices(NodeId id) const;
  /// True if each of its devices holds all of a node.
  bool isReplicated(NodeId id) const;
  /// The models that count their layers each from the front; empty if there is
  /// one.
  ArrayRef<StringAttr> getModelNames() const { return modelNames; }
  /// True unless a node belongs to a model beside the pipeline, of which no
  /// part states a stage.
  bool isInPipeline(NodeId id) const {
    int64_t model = nodes[id].model;
    return model == kNone || !besidePipeline[model];
  }
  /// Drawn dimensions (`DimsAttr`s); empty for a plan, whose types are checked
  /// by their typing rules.
  ArrayRef<Attribute> getInputDims(NodeId id) const;
  ArrayRef<Attribute> getOutputDims(NodeId id) const;
  /// All that the drawing says of a node; null for an op of a plan.
  DictionaryAttr getDrawnAttr(NodeId id) const;
  /// True if a drawn node states the probability of a dropout in it.
  bool statesDropout(NodeId id) const;
  /// The layers that a node states, which may be several.
  RangeSet getStatedLayers(NodeId id) const;
  /// The role that an edge states, such as a transfer.
  std::optional<Role> getEdgeRole(const Edge &edge) const;
  /// The data-parallel replica that a drawn node states, or `kNone`.
  int64_t getDpRank(NodeId id) const;
  /// True if only edges mention the node.
  bool isUndeclared(NodeId id) const;
  /// True if most nodes of a drawing are declared, so that those that are not
  /// are slips.
  bool declaresNodes() const { return declares; }
  /// True if the file ends before the drawing does: what was read is judged,
  /// and nothing is missed that may stand in the rest.
  bool isCutOff() const { return cutOff; }
  /// The layer within which the file ends, or `kNone`.
  int64_t getCutLayer() const { return cutLayer; }
  /// How many layers a drawn node says that it holds, or `kNone`.
  int64_t getLayerCount(NodeId id) const;
  /// The named device at the far end of a transfer, or an empty name.
  StringRef getTargetDeviceName(NodeId id) const;
  Location getLoc(NodeId id) const { return nodes[id].op->getLoc(); }
  /// Where to speak of a node.
  FindingPlace getPlace(NodeId id) const { return {getLoc(id), getName(id)}; }
  /// Where to speak of an edge; `id` is the node to blame.
  FindingPlace getEdgePlace(uint32_t edge, NodeId id) const {
    return {edges[edge].op->getLoc(), getName(id)};
  }
  /// The stage that owns the node: its layer's, or else its own.
  int64_t getOwningStage(NodeId id) const;

private:
  /// The only integer of a set, or `kNone`.
  static int64_t getOnly(std::optional<RangesAttr> ranges);
  /// The only device that a drawn node states, or `kNone`.
  static int64_t getOnlyDevice(const Node &node) {
    return getOnly(cast<NodeOp>(node.op).getDevices());
  }
  void buildFromSketch(SketchOp sketch);
  void buildFromPlan(ModelOp model);
  void readNode(NodeOp op, Node &node) const;
  void assignPeerClasses();
  void refineRoles();
  void refineOutputProjections(const std::vector<bool> &takesAttention);
  void dropUnread();
  void completeFromEdges();
  void completeWidths();
  void findPlaces();
  void findNotes();
  void findEnds();
  bool comesFromHead(NodeId id) const;
  bool givesStates(NodeId id) const;
  bool feedsModel(NodeId id, bool hasInput) const;
  StringAttr getModelBehindFront() const;
  bool areDecodersOfPhase() const;
  void assignModels();
  void assignLanes();
  void findReplicasOfRanks();
  void dropLanesOfReplicas();
  llvm::DenseSet<int64_t> findLayersBehindThemselves() const;
  void dropLanesOfParts();
  void findLaneAxis();
  bool areStatedReplicas(unsigned numSequence) const;
  LaneAxis getStatedLaneAxis(size_t numDevices) const;
  bool hasSignOfSharing() const;
  void takeFactsBeside();
  void indexEdges();
  void addPlannedStage(StageOp stage);
  void addPlannedNodes(ModelOp model);
  void addPlannedEdges();
  void addDrawnRanges();
  void groupLayers();
  /// Devices that may be those of a stage, and the layers that run on them.
  struct Candidate {
    RangeSet devices;
    unsigned count = 0;
    int64_t firstLayer = 0;
  };
  RangeSet getRangeOfReplicas(NodeId id) const;
  std::vector<Candidate> findCandidates() const;
  static std::vector<Candidate> accept(std::vector<Candidate> candidates);
  std::vector<Candidate> findChain() const;
  void inferStages();
  void inferNodeStages();
  void dropStageLetters();
  /// The most frequent value, the smallest of equals; kNone if there is none.
  static int64_t getMajority(ArrayRef<int64_t> values);
  void groupStages();
  bool isEachStageMarked() const;
  bool readStageClusters();
  void readStageBoxes();
  void placeLayers();
  Stage &getOrAddStage(int64_t index);
  void findStageDevices();
  void splitLayers();
  void placeNodes();
  int64_t getStageOfNeighbor(NodeId id) const;
  /// The devices of its nodes; if a stage is given, of those that state it.
  RangeSet getLayerDevices(const Layer &layer,
                           int64_t statedStage = kNone) const;
  std::map<int64_t, RangeSet> getPipelineDevices(const Layer &layer) const;
  void findHomes();

  Operation *root;
  Violations violations;
  StatedFacts beside;
  BoundShapes boundShapes;
  /// Inputs and outputs of nodes whose edges state them, or that state widths
  /// alone, with the tokens that feed them.
  DenseMap<NodeId, std::pair<ArrayAttr, ArrayAttr>> completed;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<uint32_t> inBegin, inEdges, outBegin, outEdges;
  std::vector<Layer> layers;
  DenseMap<int64_t, unsigned> layerIndex;
  std::vector<Stage> stages;
  DenseMap<int64_t, unsigned> stageIndex;
  RangeSet drawnLayers;
  std::optional<RangeSet> sampledLayers;
  int64_t tpSize = kNone, ppSize = kNone, numLayers = kNone;
  int64_t cutLayer = kNone;
  bool inferredStages = false, markedStages = false;
  bool declares = false, cutOff = false;
  /// True if EP is stated, and nothing of TP.
  bool sharesExpertsOnly = false;
  SmallVector<StringAttr, 2> modelNames;
  /// By model.
  SmallVector<bool, 2> besidePipeline;
  LaneAxis laneAxis = LaneAxis::None;
  bool laneAxisIsOpen = false;
};

/// The graphs of all sketches and models of a module, built once and shared by
/// the checks. A reference beside a plan has none, unless it does not verify.
class DeploymentGraphs {
public:
  explicit DeploymentGraphs(Operation *module, const StatedFacts &beside = {});
  /// With what a pass before has stated.
  DeploymentGraphs(Operation *module, AnalysisManager &analyses);
  ArrayRef<std::unique_ptr<DeploymentGraph>> get() const { return graphs; }
  /// True if facts are stated beside them.
  bool hasStated() const { return isStated; }

private:
  bool isStated;
  std::vector<std::unique_ptr<DeploymentGraph>> graphs;
};

/// An index that a file states; the largest number is kept by hash tables for
/// themselves.
inline int64_t toIndex(int64_t value) {
  return std::min(value, std::numeric_limits<int64_t>::max() - 1);
}

} // namespace mlir::dag

#endif // DAG_GRAPH_DEPLOYMENTGRAPH_H
