//===- DrawnSizes.cpp - The sizes that a deployment states -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnSizes.h"
#include "dag/Graph/OtherSizes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

//===----------------------------------------------------------------------===//
// Batch, sequence, element type
//===----------------------------------------------------------------------===//

namespace {
/// Counts what nodes state of one size.
class Votes {
public:
  void add(int64_t value, NodeId node) {
    if (value < 1)
      return;
    ++votes.try_emplace(value, node, 0).first->second.second;
  }

  /// The size that most nodes state. Where it may be split over ranks, that is
  /// the whole of which other nodes state shards.
  DrawnSizes::Size getSize(bool mayBeSplit = false) const {
    DrawnSizes::Size size;
    unsigned best = 0;
    for (auto &[value, vote] : votes)
      if (vote.second > best) {
        best = vote.second;
        size.value = value;
        size.node = vote.first;
      }
    if (mayBeSplit)
      for (auto &[value, vote] : votes)
        if (value > size.value && value % size.value == 0 &&
            vote.second * 8 >= best) {
          size.value = value;
          size.node = vote.first;
        }
    for (auto &[value, vote] : votes) {
      if (value == size.value || (mayBeSplit && size.value % value == 0))
        continue;
      if (size.numOthers == 0) {
        size.otherValue = value;
        size.other = vote.first;
      }
      size.numOthers += vote.second;
    }
    return size;
  }

private:
  // Any number can be drawn, also those that hash tables keep.
  llvm::MapVector<int64_t, std::pair<NodeId, unsigned>,
                  std::map<int64_t, unsigned>>
      votes;
};
} // namespace

static void readSketchSizes(const DeploymentGraph &graph, DrawnSizes &result) {
  Votes batch, seqLen, plainBatch, plainSeqLen;
  llvm::MapVector<StringAttr, unsigned> types;
  unsigned numReduced = 0, numScattered = 0;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = graph.getNode(id);
    if (StringAttr type = cast<NodeOp>(node.op).getElementTypeAttr())
      ++types[type];
    if (node.layer != DeploymentGraph::kNone) {
      numReduced += node.role == Role::AllReduce;
      numScattered += node.role == Role::ReduceScatter;
    }
    // A buffer of the cache or a micro-batch is another size.
    if (node.role == Role::KvCache || node.role == Role::Note || !isDense(node))
      continue;
    for (ArrayRef<Attribute> shapes :
         {graph.getInputDims(id), graph.getOutputDims(id)})
      for (Attribute attr : shapes) {
        auto dims = cast<DimsAttr>(attr);
        bool isNamed = false;
        for (unsigned i = 0, e = dims.getRank(); i < e; ++i) {
          Figure figure = getFigure(dims.getDimName(i));
          isNamed |= figure != Figure::None;
          if (!dims.isStatic(i))
            continue;
          if (figure == Figure::Batch)
            batch.add(dims.getSizes()[i], id);
          else if (figure == Figure::Sequence)
            seqLen.add(dims.getSizes()[i], id);
        }
        if (isNamed)
          continue;
        // Without names: [batch, sequence] of the input, and in front of the
        // hidden size.
        bool isTokens = node.role == Role::Input && dims.getRank() == 2;
        bool isHidden =
            dims.getRank() == 3 &&
            (node.role == Role::Input || node.role == Role::Norm ||
             node.role == Role::FinalNorm || node.role == Role::ResidualAdd ||
             node.role == Role::Embedding || node.role == Role::AllReduce ||
             node.role == Role::Ffn || node.role == Role::QkvProjection ||
             node.role == Role::FfnUp || node.role == Role::Head);
        if (!isTokens && !isHidden)
          continue;
        if (dims.isStatic(0))
          plainBatch.add(dims.getSizes()[0], id);
        if (dims.isStatic(1))
          plainSeqLen.add(dims.getSizes()[1], id);
      }
  }
  result.batch = batch.getSize();
  if (result.batch.value == 0)
    result.batch = plainBatch.getSize();
  result.isSequenceParallel = numScattered > numReduced;
  result.seqLen = seqLen.getSize(result.isSequenceParallel);
  if (result.seqLen.value == 0)
    result.seqLen = plainSeqLen.getSize(result.isSequenceParallel);
  result.isDecode = result.seqLen.value == 1;
  if (types.size() == 1)
    result.elementType = types.front().first.str();
}

static void readPlanSizes(const DeploymentGraph &graph, DrawnSizes &result) {
  Votes batch, seqLen, cacheLen;
  llvm::MapVector<Type, unsigned> types;
  unsigned numReduced = 0, numScattered = 0;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = graph.getNode(id);
    if (node.layer != DeploymentGraph::kNone) {
      numReduced += node.role == Role::AllReduce;
      numScattered += node.role == Role::ReduceScatter;
    }
    auto latent = dyn_cast<LatentAttentionOp>(node.op);
    if (latent || isa<AbsorbedQkvProjectionOp, LatentQkvProjectionOp>(node.op))
      result.absorption = isa<AbsorbedQkvProjectionOp>(node.op) ||
                                  (latent && latent.getAbsorbed())
                              ? Absorption::On
                              : Absorption::Off;
    if (node.op->getNumResults() != 1)
      continue;
    auto type = dyn_cast<RankedTensorType>(node.op->getResult(0).getType());
    if (!type)
      continue;
    if (isa<InputOp>(node.op) && type.getRank() == 2) {
      batch.add(type.getDimSize(0), id);
      seqLen.add(type.getDimSize(1), id);
    } else if (isa<KvCacheOp>(node.op) && type.getRank() >= 3) {
      cacheLen.add(type.getDimSize(1), id);
    } else if (isa<ParameterOp>(node.op)) {
      ++types[type.getElementType()];
    }
  }
  result.batch = batch.getSize();
  result.seqLen = seqLen.getSize();
  result.cacheLen = cacheLen.getSize().value;
  result.isDecode = result.seqLen.value == 1 && result.cacheLen > 1;
  auto usual = llvm::max_element(types, llvm::less_second());
  if (usual != types.end()) {
    llvm::raw_string_ostream os(result.elementType);
    os << usual->first;
  }
  result.isSequenceParallel = numScattered > numReduced;
}

DrawnSizes dag::readSizes(const DeploymentGraph &graph) {
  DrawnSizes result;
  if (graph.isSketch())
    readSketchSizes(graph, result);
  else
    readPlanSizes(graph, result);
  return result;
}

//===----------------------------------------------------------------------===//
// Against the model
//===----------------------------------------------------------------------===//

void dag::compareWithModel(const DeploymentGraph &graph, ModelOp model,
                           int64_t tp, ChangeLog &log) {
  if (!graph.isSketch())
    return;
  ModelFigures figures(model);
  std::vector<OtherSize> sizes = findOtherSizes(graph, figures, tp);
  constexpr size_t kMaxShown = 12;
  size_t count = 0;
  for (const OtherSize &other : sizes) {
    if (count++ == kMaxShown) {
      log.add(ChangeKind::Changed, graph.getLoc(other.first),
              Twine(sizes.size() - kMaxShown) + " more sizes that are not "
                                                "the model's");
      break;
    }
    Figure figure = other.figure;
    std::string more, share;
    if (other.count > 1)
      more = " and in " + std::to_string(other.count - 1) +
             (other.count == 2 ? " more node" : " more nodes");
    if (ModelFigures::isSplit(figure, tp))
      share = " (" + std::to_string(llvm::divideCeil(figures.get(figure), tp)) +
              " on each rank)";
    log.add(ChangeKind::Changed, graph.getLoc(other.first),
            getFigureName(figure) + " of '" + graph.getName(other.first) + "'" +
                more + " from " + Twine(other.size) + " to " +
                Twine(figures.get(figure)) + share + ", as config= says");
  }
}
