//===- DrawnRules.h - Rules of drawings -------------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// They read what nodes and edges state, beside the graph.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_DRAWNRULES_H
#define DAG_LIB_VERIFICATION_DRAWING_DRAWNRULES_H

#include "dag/Diagnostics/CheckLog.h"
#include "dag/Graph/DeploymentGraph.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"

#include <string>
#include <vector>

namespace mlir::dag {

/// The ends of the layers of a sample: the first and the last values of a layer
/// are open where the one before or behind it is left out.
class CutEnds {
public:
  using NodeId = DeploymentGraph::NodeId;

  explicit CutEnds(const DeploymentGraph &graph) : graph(graph) {}

  /// True if what gives the node its input may be left out.
  bool mayBegin(NodeId id);
  /// True if what takes its result may be left out.
  bool mayEnd(NodeId id);

private:
  /// The node that is furthest from an end of the whole.
  struct Far {
    NodeId id = DeploymentGraph::kNoNode;
    uint32_t distance = 0;
  };
  struct Ends {
    Far first, last;
  };
  /// Stands for all lanes.
  static constexpr int64_t kAll = -2;

  bool isLeftOut(int64_t layer, int64_t neighbor) const;
  bool isSlip(NodeId id);
  void measure();
  NodeId find(NodeId id, Far Ends::*side) const;

  const DeploymentGraph &graph;
  bool isMeasured = false;
  std::optional<bool> hasDeclared;
  /// By layer, lane and replica.
  DenseMap<std::tuple<int64_t, int64_t, int64_t>, Ends> ends;
  /// Kinds of nodes of a layer of which one has a successor.
  DenseSet<std::pair<int64_t, uint32_t>> goesOn;
};

/// Where no node is called an input, or an output, the nodes at that end are it
/// by their place: what is no part from the middle of a layer, and belongs
/// together. Takes the others out of `ends` and returns them; `ends` is empty
/// if none of the nodes may be one.
SmallVector<DeploymentGraph::NodeId>
splitEnds(const DeploymentGraph &graph,
          SmallVectorImpl<DeploymentGraph::NodeId> &ends, bool isFront);

/// True if attention and a network are drawn without the number of their layer:
/// the layer that boxes for the others, or a note, speak of.
bool showsUnnumberedLayer(const DeploymentGraph &graph,
                          bool outsideRanges = false);

/// True if `layers` is one that no node names, and a layer without a number is
/// drawn outside of the stages that state theirs: it is that one.
bool isUnnumberedLayer(const DeploymentGraph &graph, const RangeSet &layers);

/// True if two nodes have a neighbor on the same side, or are neighbors: they
/// are no parts of two attentions, one behind the other.
bool standsBeside(const DeploymentGraph &graph, DeploymentGraph::NodeId id,
                  DeploymentGraph::NodeId other);

/// True if one node takes what both give, one of them takes what the other
/// gives, or nothing takes what one of them gives. Else each is a part of an
/// attention of its own.
bool feedsTheSame(const DeploymentGraph &graph, DeploymentGraph::NodeId id,
                  DeploymentGraph::NodeId other);

/// True for a box between what is no part of attention: it stands for one of
/// its own, beside another one that is decomposed.
bool isAttentionOfItsOwn(const DeploymentGraph &graph,
                         DeploymentGraph::NodeId id);

/// Where `missing` parts of an attention (bits by position in its chain, from
/// 0) are not drawn by name: a node beside those that are, `parts`, which no
/// rule knows, or one between them that may be the part by another name; or
/// none. A part is shown to be left out where those on both sides of it meet.
/// Of what other attentions of the drawing have, `read`, only one that lacks
/// its layer may stand there. Nothing of a plan.
DeploymentGraph::NodeId findOpenPart(const DeploymentGraph &graph,
                                     ArrayRef<DeploymentGraph::NodeId> parts,
                                     unsigned missing, unsigned read,
                                     int64_t layer);
/// The softmax of what a gate gives.
bool choosesExperts(const DeploymentGraph &graph, DeploymentGraph::NodeId id);

/// What stands in the place of a part that is missing: of which nothing says
/// what it is, or another part, by its words.
std::string describeStandIn(const DeploymentGraph &graph,
                            DeploymentGraph::NodeId id);

/// True if a part of an attention, or what projects its result, is a neighbor.
bool touchesAttention(const DeploymentGraph &graph, DeploymentGraph::NodeId id);
/// True if a part of the drawing mixes tokens in another way than attention.
bool mixesOtherwise(const DeploymentGraph &graph);

/// Layers of hybrids, which mix tokens in several ways.
class OtherMixers {
public:
  explicit OtherMixers(const DeploymentGraph &graph);

  /// True if a layer mixes tokens in another way than attention, or is the
  /// network of a hybrid whose other layers are mixers alone.
  bool mayLackAttention(const DeploymentGraph::Layer &layer) const;

private:
  bool hasNetwork(const DeploymentGraph::Layer &layer) const;

  const DeploymentGraph &graph;
  bool areAlone = false;
};
/// True if the label of a drawn box says that it is like another one.
bool saysSame(const DeploymentGraph &graph, DeploymentGraph::NodeId id);

/// Of several nodes that are drawn alike, one is connected otherwise, or of
/// several ranks, one gives another shape: leaves the check open.
void checkLikeness(const DeploymentGraph &graph, CheckLog &log);

/// Data that changes devices between kinds of nodes that are not side by side,
/// of which nothing says that it is sent, nor in which stages it is: leaves the
/// check open. True if there is any.
bool checkOpenMove(const DeploymentGraph &graph, CheckLog &log);

/// True if parts of layers are on several devices that have names alone: who
/// shares work with whom, and where stages change, is not known.
bool isOnNamedDevices(const DeploymentGraph &graph);

/// Within one stage, sends that nothing takes, where others have their takers.
void checkOpenSends(const DeploymentGraph &graph, CheckLog &log);

/// True for a transfer of tokens to experts, or of their results, at either
/// end: some of them go there.
bool spreadsTokens(const DeploymentGraph &graph, DeploymentGraph::NodeId id);

/// Recvs between devices that are no stages, which lack the send that most of
/// those drawn alike have. True if there are any.
bool checkLoneRecvs(const DeploymentGraph &graph, CheckLog &log);

/// Data that goes, within a stage, to or from the devices of another one.
void checkStrayMoves(const DeploymentGraph &graph, CheckLog &log);

/// Returns the caches that nothing reads where a weighted sum of their layer
/// and rank takes no values: the edge between them is left out.
DenseSet<DeploymentGraph::NodeId>
findUnreadCaches(const DeploymentGraph &graph);

/// Of each part of a layer the rank on which it takes most. What ranks share is
/// no part of one.
class FullestRanks {
public:
  explicit FullestRanks(const DeploymentGraph &graph);
  /// The same part on another rank, if it takes more; else `kNoNode`.
  DeploymentGraph::NodeId findFuller(DeploymentGraph::NodeId id) const;

private:
  /// Class, layer and replica.
  using Part = std::tuple<uint32_t, int64_t, int64_t>;
  Part getPart(DeploymentGraph::NodeId id) const;

  const DeploymentGraph &graph;
  DenseMap<Part, DeploymentGraph::NodeId> fullest;
};

/// What gives an operand of attention and has no edge that leaves it: a matter of
/// connectivity.
class OpenOperands {
public:
  explicit OpenOperands(const DeploymentGraph &graph);
  /// True if that gives what a scores or a weighted sum states as an input.
  bool contains(DeploymentGraph::NodeId id, Attribute input) const;

private:
  const DeploymentGraph &graph;
  /// By layer, lane and dimensions.
  DenseSet<std::tuple<int64_t, int64_t, Attribute>> open;
};

/// Reports ranks that are named and have no node anywhere; true if there are
/// any.
bool checkNamedRanks(const DeploymentGraph &graph, CheckLog &log);

/// At least one layer is drawn with attention and a feed-forward network: else
/// nothing says what the model computes. `DAG008`.
void checkDrawnWhole(const DeploymentGraph &graph, CheckLog &log);
/// Syntax, and what every node is.
void checkDrawnInput(const DeploymentGraph &graph, CheckLog &log);
/// Edges that are drawn twice.
void checkDrawnEdges(const DeploymentGraph &graph, CheckLog &log);
/// Residual adds that lack an operand, and copies of the model that feed one
/// another.
void checkDrawnStreams(const DeploymentGraph &graph, CheckLog &log);
/// Which values residual adds and networks take.
void checkDrawnValues(const DeploymentGraph &graph, CheckLog &log);
/// Keys and values: what the scores and the weighted sum take, and what goes
/// past them.
void checkDrawnAttention(const DeploymentGraph &graph, CheckLog &log);
/// What scores and weighted sums lack, though the layer has it.
void checkAttentionOperands(const DeploymentGraph &graph,
                            const DenseSet<DeploymentGraph::NodeId> &reported,
                            CheckLog &log);
/// Values of an earlier layer, of another expert or of another micro-batch.
/// `told` are nodes that have a finding.
void checkOrigins(const DeploymentGraph &graph, const llvm::StringSet<> &told,
                  CheckLog &log);
void checkDrawnCollectives(const DeploymentGraph &graph, CheckLog &log);
/// Reports ranks of a layer, or of what stands outside of the layers, that have
/// more or less nodes of a kind than their peers.
void checkRankBalance(const DeploymentGraph &graph, CheckLog &log);
/// True if each of several devices has as many of those collectives that are
/// drawn like this one and fed by one device each: they are the ranks' own
/// parts of one.
bool areSharesOfRanks(const DeploymentGraph &graph,
                      ArrayRef<DeploymentGraph::NodeId> alone,
                      DeploymentGraph::NodeId id);
/// True if a gather states, and is drawn with, as many parts as make the whole:
/// `4 x [..]` of eight devices in groups.
bool joinsAsStated(const DeploymentGraph &graph, DeploymentGraph::NodeId id,
                   DimsAttr part, DimsAttr whole);
/// Each rank of a group gives its part and takes the result, and takes no whole
/// of which it has a part without a collective.
void checkDrawnMembers(const DeploymentGraph &graph, CheckLog &log);
/// Follows sums and slices through the drawing: what is pending on several
/// ranks is reduced exactly once before anything but a sum uses it, and
/// attention sees the whole sequence. Returns the layers where a sum is not
/// reduced.
DenseSet<int64_t> checkDrawnSums(const DeploymentGraph &graph,
                                 ArrayRef<uint32_t> depths, CheckLog &log);
/// Experts on several devices: how tokens reach them and come back, and
/// whether all are drawn.
void checkDrawnExperts(const DeploymentGraph &graph, ArrayRef<uint32_t> depths,
                       CheckLog &log);
/// Experts that are stated and not drawn, or drawn twice.
void checkExpertCounts(const DeploymentGraph &graph, CheckLog &log);
/// Boxes of several experts that share a few of them.
void checkExpertRanges(const DeploymentGraph &graph,
                       ArrayRef<DeploymentGraph::NodeId> experts,
                       CheckLog &log);
/// Routers that score another number of experts than there are.
void checkDrawnRouters(const DeploymentGraph &graph, CheckLog &log);
/// Sequences and heads that are exchanged: what an all-to-all makes of them,
/// and whether all that attention takes has been.
void checkDrawnExchanges(const DeploymentGraph &graph, CheckLog &log);

/// True if no two replicas have an expert of one number in a layer: the experts
/// are spread over the replicas, and tokens of each go to all of them.
bool areOverReplicas(const DeploymentGraph &graph);

/// Reports collectives that divide or join another dimension than what takes
/// their result expects.
void checkDividedDims(const DeploymentGraph &graph, CheckLog &log);

/// Reports experts whose tokens have another hidden size than what routes them.
void checkRoutedWidths(const DeploymentGraph &graph, CheckLog &log,
                       DenseSet<DeploymentGraph::NodeId> &reported);

/// Reports, as `code`, sums over the ranks of which each rank takes a slice of
/// the sequence.
void checkSlicedSums(const DeploymentGraph &graph, Code code, CheckLog &log);
/// Keys that go from rank to rank: each step of a rank takes those of another
/// one.
void checkDrawnRings(const DeploymentGraph &graph, CheckLog &log);
/// True if a collective stands for several groups along one axis of the mesh,
/// so that the shape changes by the size of that axis.
bool isOfSubgroups(const DeploymentGraph &graph, DeploymentGraph::NodeId id,
                   DimsAttr small, DimsAttr large, uint64_t group);
/// The layout that an exchange gives is that which its user states.
void checkExchangedLayouts(const DeploymentGraph &graph, CheckLog &log);
/// Collectives that labels of edges state: their groups and shapes.
void checkCollectiveLabels(const DeploymentGraph &graph, CheckLog &log);
/// Shapes that labels of edges state.
void checkShapeLabels(const DeploymentGraph &graph, CheckLog &log);
/// The shape that the label of an edge states, or null.
DimsAttr getLabelShape(const DeploymentGraph::Edge &edge);
/// True if the sizes of two shapes of one rank are known and differ, in
/// whatever order they stand.
bool isReshaped(DimsAttr one, DimsAttr other);
/// The only dimension in which two shapes differ, by a whole factor.
std::optional<unsigned> getSlicedDim(DimsAttr whole, DimsAttr part);
/// True if the label of an exchange states one side so many times, `x4`, that
/// both have as many elements.
bool statesRestOf(const DeploymentGraph &graph, DeploymentGraph::NodeId id,
                  DimsAttr before, DimsAttr after);
/// An expert, or a part of one.
bool isExpertPart(const DeploymentGraph::Node &node);
/// True if a dropout that says nothing of where it belongs is beside the
/// weights of attention, or beside nothing.
bool standsInAttention(const DeploymentGraph &graph,
                       DeploymentGraph::NodeId id);

/// Says that no attention is drawn: a part of a model may have none; nodes that
/// nobody understood may hide one.
void noteAbsentAttention(const DeploymentGraph &graph, CheckLog &log);

/// The number of experts that a shape states, or zero.
int64_t countExperts(ArrayRef<Attribute> shapes);
/// Nodes that edges alone mention, in a drawing that declares others: slips.
llvm::BitVector findUndeclared(const DeploymentGraph &graph);

/// How often a drawing that names no layer holds attention on each of its
/// ranks: as many layers are drawn. Nothing where the ranks differ.
std::optional<int64_t> countAttention(const DeploymentGraph &graph);

/// Returns the devices of a collective: where each rank draws its end of it by
/// itself, those of all ends that take the same.
RangeSet getGroupOfTwins(const DeploymentGraph &graph,
                         DeploymentGraph::NodeId id);

/// A box, or a cluster, says the same by its range of layers and by their
/// number. `numLayers` are those of the whole.
void checkDrawnCounts(const DeploymentGraph &graph, int64_t numLayers,
                      CheckLog &log);
/// Clusters for several layers each, in which no node names its layer: as many
/// of each part are drawn as there are layers. True if there is a finding.
bool checkClusterRanges(const DeploymentGraph &graph, CheckLog &log);
/// True if one of several models has as many layers as are stated.
bool isSizeOfModel(const DeploymentGraph &graph, int64_t stated);
/// What each of several models draws is all of its layers in a row, unless it
/// is the sample that is stated, or what it lacks is said to be left out.
/// `last` is the last node of each.
void checkModelGaps(const DeploymentGraph &graph, ArrayRef<RangeSet> drawn,
                    ArrayRef<DeploymentGraph::NodeId> last, CheckLog &log);
/// Layers of which nothing is stated, and no node names its own.
void checkUnnumberedLayers(const DeploymentGraph &graph, CheckLog &log);
/// Layers that stages state, of which no node names its own: they are counted
/// by their parts.
void checkUnnamedLayers(const DeploymentGraph &graph, const RangeSet &stated,
                        Location loc, CheckLog &log);
/// Boxes of two stages that claim a layer; nothing of a plan.
void checkDrawnRanges(const DeploymentGraph &graph, CheckLog &log);
/// What one replica, or one of the pools for prefill and decode, shows of a
/// model, each of them does that shows layers.
void checkDrawnCopies(const DeploymentGraph &graph, CheckLog &log);
/// Groups that have other ranks than those of one stage and one batch, and
/// ranks that do not work side by side.
void checkDrawnGroups(const DeploymentGraph &graph, ArrayRef<uint32_t> depths,
                      CheckLog &log);
/// Work that several devices share without a collective, results that are
/// joined without a kind, and whether there was anything to check.
void checkDrawnSharing(const DeploymentGraph &graph, CheckLog &log);
void checkDrawnDimensions(const DeploymentGraph &graph, CheckLog &log);
/// Slices of the ranks that reach an output as if they were the whole.
void checkGatheredOutputs(const DeploymentGraph &graph, Code code,
                          CheckLog &log);
/// What is cut or put together: sizes of the parts, and how many they are. Adds
/// the nodes that are wrong to `reported`.
void checkDrawnShards(const DeploymentGraph &graph, CheckLog &log,
                      DenseSet<DeploymentGraph::NodeId> &reported);
/// What no layout changes: tokens that go to experts and come back, the
/// sequence of a rank, and the width of what is put behind each other. Adds the
/// nodes that are wrong to `reported`.
void checkDrawnElements(const DeploymentGraph &graph, CheckLog &log,
                        DenseSet<DeploymentGraph::NodeId> &reported);

/// How many shapes the label of a node states on one side as `8 x [..]`, or 0.
uint64_t readCopies(StringRef text, bool isInput);

/// The name and the label of a drawn node, in lower case.
std::string getDrawnText(const DeploymentGraph &graph,
                         DeploymentGraph::NodeId id);
/// The first and the last of the experts that a drawn text states, `experts
/// 4-7`.
std::optional<std::pair<int64_t, int64_t>>
getStatedExperts(llvm::StringRef text);
/// The same of the label of a box for several experts.
std::optional<std::pair<int64_t, int64_t>>
getHeldExperts(const DeploymentGraph &graph, DeploymentGraph::NodeId id);
/// True if an add takes products of its own rank only, and a reduction is all
/// that takes their sum: each of them is a part.
bool addsOwnParts(const DeploymentGraph &graph, DeploymentGraph::NodeId id);
/// True for what puts the results of replicas together again: no ranks meet
/// in it.
bool joinsReplicas(const DeploymentGraph &graph, DeploymentGraph::NodeId id);
/// True if a collective puts the shards of all ranks side by side before it.
bool followsGather(const DeploymentGraph &graph, DeploymentGraph::NodeId id);
/// True if a text names a kind of collective, such as `all-to-all`.
bool namesCollective(StringRef text);
/// True if a label holds a list of sizes that could not be read, `(2N, 512)`.
bool holdsSizes(StringRef text);
/// How many layers the label of an edge says that it stands for: `... 14
/// layers ...`.
uint64_t readElidedLayers(const DeploymentGraph::Edge &edge);
/// True if a text in lower case speaks of a ring, in which each rank sends to
/// the next one.
bool namesRing(StringRef text);
/// The first of the nodes that are drawn alike, in order of appearance, and how
/// many they are: what is wrong with all of them is one finding.
std::vector<std::pair<DeploymentGraph::NodeId, unsigned>>
groupAlike(const DeploymentGraph &graph,
           ArrayRef<DeploymentGraph::NodeId> nodes);
/// ` (4 nodes like it)`, or nothing for one.
std::string describeAlike(unsigned count, StringRef noun = "nodes");
/// `'ar1' goes from [B, 64] to [B, 128]`, of a node that states both.
std::string describeChange(const DeploymentGraph &graph,
                           DeploymentGraph::NodeId id);
/// On how many devices or ranks a node states that it runs as one; 1 if it
/// states none.
uint64_t countStatedRanks(const DeploymentGraph &graph,
                          DeploymentGraph::NodeId id);
/// `GPU 0-3`, or `all devices`, or `TP=4`.
std::string describeRanks(const DeploymentGraph &graph,
                          DeploymentGraph::NodeId id);
/// Nodes in an order in which data passes them, each behind all that feed it;
/// those on or behind a cycle are left out, or come in the order in which a
/// cycle is entered.
std::vector<DeploymentGraph::NodeId> getDataOrder(const DeploymentGraph &graph,
                                                  bool entersCycles = false);
/// How many nodes the longest way to each node has. Nodes of one kind that work
/// side by side stand equally far behind the input; stages do not.
std::vector<uint32_t> getDepths(const DeploymentGraph &graph);
/// True if the node states a shape, not just a word.
bool statesShape(const DeploymentGraph &graph, DeploymentGraph::NodeId id);
/// The nodes that state a shape, or get one from their neighbours or from what
/// is drawn alike in another layer.
llvm::BitVector findTyped(const DeploymentGraph &graph);
/// True if a note says that something other than layers is left out.
bool leavesOut(const DeploymentGraph &graph);
/// A composite that several devices can share, or a part of one that does work
/// of its own; norms and adds need no communication.
bool isHeavy(Role role);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_DRAWNRULES_H
