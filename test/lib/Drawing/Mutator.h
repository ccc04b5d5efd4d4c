//===- Mutator.h - Breaks a drawing in one place -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_DRAWING_MUTATOR_H
#define DAG_TEST_LIB_DRAWING_MUTATOR_H

#include "DrawingGenerator.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::dag::drawing {

/// Makes one change, and notes what a verifier should say about it. Each kind
/// collects the sites that it can be applied to, and takes the one that the
/// seed selects, so that counting up the seed visits them all.
class Mutator {
public:
  Mutator(Drawing &drawing, llvm::StringRef selector, uint64_t seed);

  /// A kind, and how it is done.
  struct Kind {
    MutationInfo info;
    void (Mutator::*method)();
  };
  static llvm::ArrayRef<Kind> getKinds();

  /// Applies `kind`; returns false if there is no such kind.
  bool run(llvm::StringRef kind);
  /// True if there was no place for the change.
  bool hasFailed() const { return failed; }
  Mutation takeResult() { return std::move(m); }

private:
  // Mutations.cpp
  void dropNode();
  void dropDeclaration();
  void dropEdge();
  void dropTransferEnd(Part part);
  void dropSend() { dropTransferEnd(Part::Send); }
  void dropRecv() { dropTransferEnd(Part::Recv); }
  void dropLayer();
  void dropRank();
  void doubleNode();
  void doubleEdge();
  void doubleLayer();
  void swapNodes();
  void swapLayers();
  void swapDevices();
  void swapEdges();

  // LabelMutations.cpp
  void changeDim();
  void changeDevice();
  void changeStage();
  void changeLayerNumber();
  void addCycle();
  void wrongCollective();
  void doubleAllReduce();
  void dropStageMarks();
  void wrongStageRange();
  void transferShape();
  void transferWrongStage();
  void crossRankEdge();
  void skipLayerEdge();
  void splitHeadsWrongly();
  void shardUnevenly();
  void insertUnknownNode();
  void damage();

  // OperandMutations.cpp
  void bypassValue();
  void swapKeyAndValue();
  void bypassWeights();
  void takeKeyOfOtherLayer();
  void dropProjection();
  void loseSkip();
  void normSkip();
  void feedUpOther();
  void feedDispatchScores();
  void loseRouting();
  void cutExpert(bool into, llvm::ArrayRef<llvm::StringRef> codes);
  void unfeedExpert();
  void uncombineExpert();
  void uncombineExperts();
  void doubleExpert();
  void moveExpert();
  void overlapExperts();
  void loseHead();

  // SumMutations.cpp
  void unreduceShared();
  void unreduceLora();
  void unreduceBranch();
  void leaveUnreduced();
  void reduceTwice();
  void reduceLate();
  void gatherSum();
  void reduceOne();
  void leaveUngathered();
  void crossReplicas();
  void crossMicroBatches();
  void crossTransfer();

  // ShapeMutations.cpp
  void halveScores();
  void keepHeadSize();
  void halveKeyHead();
  void halveUp();
  void halveHeads();
  void halveHeadSize();
  void halveEmbedding();
  void changeTiedVocab();
  void changeWeight();
  void changeLoraRank();
  void narrowConcat();
  void changeRouting();
  void halveReduction();
  void loseSequenceShare();
  void lieInId();
  void lieAboutLayers();
  void lieAboutRanks();
  void lieAboutStages();
  void lieAboutReplicas();
  void shortenRange();
  void widenRange();
  void lieInCluster();

  static const Kind *findKind(llvm::StringRef name);
  using Predicate = llvm::function_ref<bool(const Node &)>;
  /// Nodes of all ranks and copies, in one layer or everywhere; blames their
  /// blocks. Fails if there are none.
  std::vector<uint32_t> pickScope(Predicate predicate,
                                  llvm::ArrayRef<llvm::StringRef> codes);
  std::vector<uint32_t> pickScope(Part part,
                                  llvm::ArrayRef<llvm::StringRef> codes) {
    return pickScope([=](const Node &node) { return node.part == part; },
                     codes);
  }
  void setCodes(llvm::ArrayRef<llvm::StringRef> codes);
  /// Blames a node, what it is connected with, and its block.
  void blameAround(uint32_t node);
  /// The node of `part` in the layer, the rank and the copy of `node`, or -1.
  int findPart(const Node &node, Part part, int layer) const;
  int findPart(const Node &node, Part part) const {
    return findPart(node, part, node.layer);
  }
  /// The first edge into `node` from a part that the predicate holds for, or
  /// -1.
  int findEdgeFrom(uint32_t node, Predicate predicate) const;
  void removeEdge(uint32_t edge);
  void setSource(uint32_t edge, uint32_t source);
  void setTarget(uint32_t edge, uint32_t target);
  /// Joins what stands before and behind the node, and removes it.
  void bridge(uint32_t node);
  /// Puts `add`, of all ranks, behind the reduction that it feeds; of what it
  /// added, the part `kept` alone is reduced.
  void moveBehindReduction(Part add, Part reduction, Part kept);
  void crossCopies(llvm::function_ref<bool(const Node &, const Node &)> differ);
  /// Changes the sizes of `name` in some of a node's shapes: a mask of inputs
  /// (1, 2) and outputs (4, 8, 16). Returns true if there were any.
  bool resize(Node &node, unsigned shapes, DimName name,
              llvm::function_ref<unsigned(unsigned)> size);
  /// The same for the attention that `node` is in, in its rank.
  bool resizeAttention(const Node &node, DimName name,
                       llvm::function_ref<unsigned(unsigned)> size);
  void lieInTitle(llvm::ArrayRef<llvm::StringRef> codes);

  void fail() { failed = true; }
  /// The site that the seed selects; fails if there is none.
  uint32_t pick(llvm::ArrayRef<uint32_t> sites) {
    m.numSites = sites.size() * numVariants;
    if (sites.empty()) {
      fail();
      return 0;
    }
    return sites[seed % sites.size()];
  }
  const Node &pickNode(llvm::function_ref<bool(const Node &)> predicate);
  uint32_t
  pickEdge(llvm::function_ref<bool(const Node &, const Node &)> predicate);
  std::vector<uint32_t> getDrawnLayers() const;

  static bool isAttentionPart(const Node &node);
  bool areSameRank(uint32_t a, uint32_t b) const {
    int rankA = drawing.nodes[a].rank, rankB = drawing.nodes[b].rank;
    return rankA < 0 || rankB < 0 || rankA == rankB;
  }
  /// True if every word of the selector is the node's role or name, or a
  /// `layer=`, `rank=` or `stage=` of it.
  bool matchesSelector(const Node &node) const;
  /// Takes one of `variants` out of the selector; empty if there is none.
  llvm::StringRef takeWord(llvm::ArrayRef<llvm::StringRef> variants);
  /// The same, and else selects one by the seed.
  llvm::StringRef pickVariant(llvm::ArrayRef<llvm::StringRef> variants);

  unsigned getCopy(const Node &node) const {
    return std::max<int>(node.replica, 0) * drawing.options.microBatches +
           std::max<int>(node.microBatch, 0);
  }
  void touch(const Node &node) {
    m.names.push_back(getNodeName(drawing.options, node));
  }
  void setMissingCodes(const Node &node);
  void setDoubledCodes(const Node &node);
  void blameNeighbours(uint32_t node);
  void blameEdges(uint32_t node);
  /// Blames the attention, or the rest of the layer, that the node is in.
  void blameBlock(const Node &node);
  /// Consequences may be found in the node's layer and at its neighbours.
  void addNearby(const Node &node);
  /// Consequences may be found at the same part of other ranks.
  void addPeers(const Node &node);
  void blameNewEdge(uint32_t edge);
  void blameCyclesThrough(uint32_t node);

  void removeStatement(Statement::Kind kind, uint32_t index);
  void removeNodes(llvm::function_ref<bool(const Node &)> predicate);
  void insertAfterNode(uint32_t node, Statement::Kind kind, uint32_t index);
  uint32_t addNode(Node node, uint32_t after);
  uint32_t addEdge(uint32_t source, uint32_t target,
                   const EdgeInfo &info = EdgeInfo());
  uint32_t copyNode(uint32_t node);
  /// Puts the node's statement into the cluster of its marked stage.
  void moveToMarkedStage(const Node &node);

  Drawing &drawing;
  llvm::SmallVector<llvm::StringRef, 4> words;
  uint64_t seed;
  unsigned numVariants = 1;
  bool failed = false;
  std::vector<llvm::SmallVector<uint32_t, 4>> incoming;
  std::vector<llvm::SmallVector<uint32_t, 4>> outgoing;
  Mutation m;
};

} // namespace mlir::dag::drawing

#endif // DAG_TEST_LIB_DRAWING_MUTATOR_H
