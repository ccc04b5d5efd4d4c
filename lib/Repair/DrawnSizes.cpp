//===- DrawnSizes.cpp - The sizes that a deployment states -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnSizes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

//===----------------------------------------------------------------------===//
// What a dimension is
//===----------------------------------------------------------------------===//

namespace {
enum class Figure {
  None,
  Batch,
  Sequence,
  Hidden,
  Heads,
  KVHeads,
  HeadDim,
  Ffn,
  Vocabulary
};
} // namespace

/// What the name of a dimension says.
static Figure getFigure(StringRef name) {
  return llvm::StringSwitch<Figure>(name.lower())
      .Cases({"b", "batch", "batch_size", "bs", "batchsize"}, Figure::Batch)
      .Cases({"s", "seq", "seq_len", "seqlen", "sequence", "sequence_length",
              "seq_length", "tokens"},
             Figure::Sequence)
      .Cases({"hidden", "hidden_size", "hidden_dim", "d_model", "dmodel",
              "embed_dim", "model_dim"},
             Figure::Hidden)
      .Cases({"heads", "num_heads", "n_heads", "nheads", "q_heads",
              "num_attention_heads"},
             Figure::Heads)
      .Cases({"kv_heads", "num_kv_heads", "n_kv_heads", "num_key_value_heads"},
             Figure::KVHeads)
      .Cases({"d_k", "dk", "d_v", "dv", "d_head", "head_dim", "head_size"},
             Figure::HeadDim)
      .Cases({"ffn", "ffn_hidden", "ffn_dim", "ffn_hidden_size", "d_ff",
              "intermediate", "intermediate_size", "mlp_hidden"},
             Figure::Ffn)
      .Cases({"vocab", "vocab_size", "vocabulary"}, Figure::Vocabulary)
      .Default(Figure::None);
}

/// What the last, unnamed dimension of a node's input or output is.
static Figure getLastFigure(const DeploymentGraph::Node &node, bool isOutput) {
  switch (node.role) {
  case Role::FfnGate:
  case Role::FfnUp:
    return isOutput ? Figure::Ffn : Figure::Hidden;
  case Role::Activation:
  case Role::Multiply:
    return Figure::Ffn;
  case Role::FfnDown:
    return isOutput ? Figure::Hidden : Figure::Ffn;
  case Role::Head:
    return isOutput ? Figure::Vocabulary : Figure::Hidden;
  case Role::Sampling:
    return isOutput ? Figure::None : Figure::Vocabulary;
  case Role::Embedding:
    return isOutput ? Figure::Hidden : Figure::None;
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
    return isOutput ? Figure::None : Figure::Hidden;
  case Role::OutputProjection:
    return isOutput ? Figure::Hidden : Figure::None;
  case Role::Norm:
  case Role::FinalNorm:
  case Role::ResidualAdd:
  case Role::Send:
  case Role::Recv:
  case Role::Attention:
  case Role::Ffn:
  case Role::Layer:
    return Figure::Hidden;
  case Role::AllReduce:
    return node.block == Role::Head ? Figure::Vocabulary : Figure::Hidden;
  default:
    return Figure::None;
  }
}

/// Experts and routing have sizes of their own.
static bool isDense(const DeploymentGraph::Node &node) {
  return node.block != Role::Moe && node.role != Role::Moe &&
         node.role != Role::Expert && node.role != Role::Router &&
         node.role != Role::Dispatch && node.role != Role::Combine &&
         node.expert == DeploymentGraph::kNone;
}

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

namespace {
/// The model's figures, with the sizes that a node may state of them.
class ModelSizes {
public:
  ModelSizes(ModelOp model, int64_t tp) : tp(tp) {
    auto get = [](std::optional<uint64_t> value) {
      return value ? static_cast<int64_t>(*value) : 0;
    };
    hidden = get(model.getHiddenSize());
    heads = get(model.getNumHeads());
    kvHeads = get(model.getNumKvHeads());
    headDim = get(model.getHeadDim());
    ffn = get(model.getIntermediateSize());
    vocabulary = get(model.getVocabSize());
  }

  /// The model's size, or 0 if it has none.
  int64_t get(Figure figure) const {
    switch (figure) {
    case Figure::Hidden:
      return hidden;
    case Figure::Heads:
      return heads;
    case Figure::KVHeads:
      return kvHeads;
    case Figure::HeadDim:
      return headDim;
    case Figure::Ffn:
      return ffn;
    case Figure::Vocabulary:
      return vocabulary;
    default:
      return 0;
    }
  }

  bool isSplit(Figure figure) const {
    return figure != Figure::Hidden && figure != Figure::HeadDim && tp > 1;
  }

  /// Whether `size` is the model's or that of a rank's share.
  bool fits(Figure figure, int64_t size) const {
    auto isShare = [&](int64_t whole) {
      return whole != 0 && (size == whole || size == whole / tp ||
                            size == (whole - 1) / tp + 1);
    };
    switch (figure) {
    case Figure::Heads:
      return isShare(heads) || isShare(kvHeads);
    case Figure::Ffn:
      // Gate and up projection may be one.
      return isShare(ffn) || size == 2 * ffn || isShare(2 * ffn);
    case Figure::HeadDim:
      return size == headDim;
    default:
      return isShare(get(figure));
    }
  }

private:
  int64_t tp;
  int64_t hidden, heads, kvHeads, headDim, ffn, vocabulary;
};
} // namespace

static StringRef getFigureName(Figure figure) {
  switch (figure) {
  case Figure::Hidden:
    return "the hidden size";
  case Figure::Heads:
    return "the number of heads";
  case Figure::KVHeads:
    return "the number of KV heads";
  case Figure::HeadDim:
    return "the head size";
  case Figure::Ffn:
    return "the FFN size";
  case Figure::Vocabulary:
    return "the vocabulary";
  default:
    return "a size";
  }
}

void dag::compareWithModel(const DeploymentGraph &graph, ModelOp model,
                           int64_t tp, ChangeLog &log) {
  if (!graph.isSketch())
    return;
  ModelSizes sizesOfModel(model, tp);
  using Key = std::pair<unsigned, int64_t>; // figure, size
  struct Place {
    NodeId first;
    NodeId last;
    unsigned count;
  };
  llvm::MapVector<Key, Place> changes;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = graph.getNode(id);
    if (!isDense(node) || node.role == Role::Note || node.role == Role::Unknown)
      continue;
    for (bool isOutput : {false, true}) {
      ArrayRef<Attribute> shapes =
          isOutput ? graph.getOutputDims(id) : graph.getInputDims(id);
      // Of several inputs the first is the one that the role is about.
      for (Attribute attr : shapes.take_front()) {
        auto dims = cast<DimsAttr>(attr);
        for (unsigned i = 0, e = dims.getRank(); i < e; ++i) {
          if (!dims.isStatic(i))
            continue;
          Figure figure = getFigure(dims.getDimName(i));
          // In [batch, tokens] there is no other size.
          if (figure == Figure::None && i + 1 == e && e >= 3 &&
              dims.getDimName(i).empty())
            figure = getLastFigure(node, isOutput);
          if (sizesOfModel.get(figure) == 0 ||
              sizesOfModel.fits(figure, dims.getSizes()[i]))
            continue;
          Key key{static_cast<unsigned>(figure), dims.getSizes()[i]};
          auto [it, isNew] = changes.try_emplace(key, Place{id, id, 0});
          // A node is counted once.
          if (isNew || it->second.last != id)
            ++it->second.count;
          it->second.last = id;
        }
      }
    }
  }
  constexpr size_t kMaxShown = 12;
  size_t count = 0;
  for (auto &[key, place] : changes) {
    if (count++ == kMaxShown) {
      log.add(ChangeKind::Changed, graph.getLoc(place.first),
              Twine(changes.size() - kMaxShown) + " more sizes that are not "
                                                  "the model's");
      break;
    }
    auto figure = static_cast<Figure>(key.first);
    std::string more, share;
    if (place.count > 1)
      more = " and in " + std::to_string(place.count - 1) +
             (place.count == 2 ? " more node" : " more nodes");
    if (sizesOfModel.isSplit(figure))
      share = " (" +
              std::to_string(llvm::divideCeil(sizesOfModel.get(figure), tp)) +
              " on each rank)";
    log.add(ChangeKind::Changed, graph.getLoc(place.first),
            getFigureName(figure) + " of '" + graph.getName(place.first) + "'" +
                more + " from " + Twine(key.second) + " to " +
                Twine(sizesOfModel.get(figure)) + share + ", as config= says");
  }
}
