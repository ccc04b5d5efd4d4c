//===- SumMutations.cpp - Sums, shards and copies, mixed up ---------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Changes of where sums are reduced and shards gathered, and edges between
// copies of the model that do not know of each other.
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::dag::drawing;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

void Mutator::moveBehindReduction(Part add, Part reduction, Part kept) {
  for (uint32_t reduce : pickScope(reduction, {"DAG504", "DAG505"})) {
    std::vector<uint32_t> adds;
    for (uint32_t edge : llvm::to_vector(incoming[reduce])) {
      uint32_t source = drawing.edges[edge].source;
      if (drawing.nodes[source].part != add)
        continue;
      adds.push_back(source);
      int inner = findEdgeFrom(
          source, [=](const Node &node) { return node.part == kept; });
      if (inner < 0)
        return fail();
      setTarget(inner, reduce);
      removeEdge(edge);
      blameAround(source);
    }
    if (adds.empty())
      return fail();
    for (uint32_t edge : llvm::to_vector(outgoing[reduce]))
      for (uint32_t node : adds)
        if (areSameRank(node, drawing.edges[edge].target))
          setSource(edge, node);
    for (uint32_t node : adds)
      m.blamedEdges.push_back(addEdge(reduce, node));
  }
}

void Mutator::unreduceShared() {
  moveBehindReduction(Part::SharedAdd, Part::MoeReduce, Part::Combine);
}

void Mutator::unreduceLora() {
  moveBehindReduction(Part::LoraAdd, Part::FfnReduce, Part::Down);
}

void Mutator::unreduceBranch() {
  moveBehindReduction(Part::ParallelAdd, Part::FfnReduce,
                      Part::OutputProjection);
}

static bool isLayerReduction(const Node &node) {
  return node.part == Part::AttentionReduce || node.part == Part::FfnReduce ||
         node.part == Part::MoeReduce;
}

static bool isLayerAllReduce(const Node &node) {
  return isLayerReduction(node) &&
         node.collective == DrawnCollective::AllReduce;
}

void Mutator::leaveUnreduced() {
  for (uint32_t node :
       pickScope(isLayerAllReduce, {"DAG503", "DAG504", "DAG505"}))
    bridge(node);
}

void Mutator::reduceTwice() {
  for (uint32_t reduce : pickScope(isLayerAllReduce, {"DAG506"})) {
    std::vector<uint32_t> adds;
    for (uint32_t edge : outgoing[reduce]) {
      const Node &target = drawing.nodes[drawing.edges[edge].target];
      if (target.part == Part::AttentionResidual ||
          target.part == Part::FfnResidual)
        adds.push_back(target.id);
    }
    if (adds.empty())
      return fail();
    uint32_t again = copyNode(reduce);
    for (uint32_t add : adds) {
      for (uint32_t edge : llvm::to_vector(outgoing[add]))
        // What every rank gives to all stands for all ranks now.
        setSource(edge, again);
      m.blamedEdges.push_back(addEdge(add, again));
    }
    blameAround(again);
  }
}

void Mutator::reduceLate() {
  for (uint32_t reduce : pickScope(isLayerAllReduce, {"DAG505", "DAG506"})) {
    std::vector<uint32_t> adds;
    for (uint32_t edge : llvm::to_vector(outgoing[reduce])) {
      const Node &target = drawing.nodes[drawing.edges[edge].target];
      if (target.part != Part::AttentionResidual &&
          target.part != Part::FfnResidual)
        return fail();
      adds.push_back(target.id);
      removeEdge(edge);
    }
    if (adds.empty())
      return fail();
    for (uint32_t edge : llvm::to_vector(incoming[reduce]))
      for (uint32_t add : adds)
        if (areSameRank(add, drawing.edges[edge].source))
          setTarget(edge, add);
    for (uint32_t add : adds) {
      for (uint32_t edge : llvm::to_vector(outgoing[add]))
        setSource(edge, reduce);
      m.blamedEdges.push_back(addEdge(add, reduce));
      blameAround(add);
    }
    blameAround(reduce);
  }
}

void Mutator::gatherSum() {
  for (uint32_t node :
       pickScope(isLayerAllReduce, {"DAG502", "DAG505", "DAG508", "DAG509"}))
    drawing.nodes[node].collective = drawing.nodes[node].namedCollective =
        DrawnCollective::AllGather;
}

void Mutator::reduceOne() {
  if (drawing.options.mergedRanks)
    return fail();
  for (uint32_t reduce :
       pickScope(isLayerReduction, {"DAG402", "DAG410", "DAG503", "DAG505"})) {
    drawing.nodes[reduce].numDevices = 1;
    for (uint32_t edge : llvm::to_vector(incoming[reduce]))
      if (drawing.nodes[drawing.edges[edge].source].rank > 0)
        removeEdge(edge);
  }
}

//===----------------------------------------------------------------------===//
// Shards
//===----------------------------------------------------------------------===//

void Mutator::leaveUngathered() {
  const DrawingOptions &o = drawing.options;
  for (uint32_t gather : pickScope(
           Part::KvGather, {"DAG206", "DAG504", "DAG505", "DAG508", "DAG7"})) {
    std::vector<uint32_t> takers;
    for (uint32_t edge : outgoing[gather])
      takers.push_back(drawing.edges[edge].target);
    for (uint32_t edge : llvm::to_vector(incoming[gather])) {
      const Node source = drawing.nodes[drawing.edges[edge].source];
      Part part =
          source.part == Part::Value ? Part::AttentionOutput : Part::Scores;
      for (uint32_t taker : takers)
        if (drawing.nodes[taker].part == part &&
            areSameRank(source.id, taker) &&
            findEdgeFrom(taker, [&](const Node &node) {
              return node.id == source.id;
            }) < 0)
          m.blamedEdges.push_back(addEdge(source.id, taker));
    }
    auto toShare = [&](unsigned) { return o.seq / o.tp; };
    for (uint32_t taker : takers) {
      Node &node = drawing.nodes[taker];
      node.inputs[1].sizes[1] = o.seq / o.tp;
      resizeAttention(node, DimName::KeySeq, toShare);
    }
    removeNodes([&](const Node &node) { return node.id == gather; });
  }
}

//===----------------------------------------------------------------------===//
// Copies and stages
//===----------------------------------------------------------------------===//

void Mutator::crossCopies(
    llvm::function_ref<bool(const Node &, const Node &)> differ) {
  uint32_t index = pickEdge([&](const Node &source, const Node &target) {
    return matchesSelector(target) && source.layer >= 0 && target.layer >= 0 &&
           source.stage == target.stage;
  });
  if (failed)
    return;
  uint32_t source = drawing.edges[index].source;
  uint32_t target = drawing.edges[index].target;
  // The same edge in another copy: both are crossed, and nothing is left over.
  auto isTwin = [&](uint32_t a, uint32_t b) {
    const Node &x = drawing.nodes[a], &y = drawing.nodes[b];
    return x.part == y.part && x.layer == y.layer && x.rank == y.rank &&
           x.firstExpert == y.firstExpert && x.head == y.head && differ(x, y);
  };
  for (uint32_t twin = 0; twin < drawing.edges.size(); ++twin) {
    uint32_t otherSource = drawing.edges[twin].source;
    uint32_t otherTarget = drawing.edges[twin].target;
    if (!isTwin(otherSource, source) || !isTwin(otherTarget, target))
      continue;
    touch(drawing.nodes[source]);
    touch(drawing.nodes[target]);
    setCodes({"DAG410", "DAG411", "DAG5"});
    setSource(index, otherSource);
    setSource(twin, source);
    for (uint32_t node : {source, target, otherSource, otherTarget})
      blameAround(node);
    return;
  }
  fail();
}

void Mutator::crossReplicas() {
  crossCopies([](const Node &a, const Node &b) {
    return a.replica != b.replica && a.microBatch == b.microBatch;
  });
}

void Mutator::crossMicroBatches() {
  crossCopies([](const Node &a, const Node &b) {
    return a.replica == b.replica && a.microBatch != b.microBatch;
  });
}

void Mutator::crossTransfer() {
  uint32_t index = pickEdge([&](const Node &source, const Node &target) {
    return source.part == Part::Send && target.part == Part::Recv &&
           target.stage + 1 < int(drawing.options.pp);
  });
  if (failed)
    return;
  const Node &target = drawing.nodes[drawing.edges[index].target];
  setCodes({"DAG301", "DAG302", "DAG303", "DAG306"});
  touch(drawing.nodes[drawing.edges[index].source]);
  blameAround(target.id);
  for (const Node &other : drawing.nodes)
    if (other.part == Part::Recv && other.stage == target.stage + 1 &&
        other.isSameCopy(target) && areSameRank(other.id, target.id)) {
      setTarget(index, other.id);
      return blameAround(other.id);
    }
  fail();
}
