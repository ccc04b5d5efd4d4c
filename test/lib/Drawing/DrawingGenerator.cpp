//===- DrawingGenerator.cpp - Drawings of deployments, made up ------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawingGenerator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <numeric>

using namespace mlir::dag::drawing;
using llvm::createStringError;
using llvm::function_ref;
using llvm::SmallVector;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

llvm::Error DrawingOptions::finalize() {
  if (!layers || !tp || !pp || !batch || !seq || !hidden || !heads ||
      !kvHeads || !headDim || !ffn || !vocab || !experts || !topK)
    return createStringError("expected sizes of at least 1");
  if (pp > layers)
    return createStringError("expected pp of at most the number of layers, %u, "
                             "but got %u",
                             layers, pp);
  if (pp > 32767 || tp > 32767)
    return createStringError("expected tp and pp below 32768");
  if (heads % tp)
    return createStringError("expected heads to be a multiple of tp, %u, but "
                             "got %u",
                             tp, heads);
  if (kvHeads % tp && tp % kvHeads)
    return createStringError("expected kv-heads to be a multiple or a divisor "
                             "of tp, %u, but got %u",
                             tp, kvHeads);
  if (sequenceParallel && seq % tp)
    return createStringError("expected seq to be a multiple of tp, %u, for "
                             "sequence parallelism, but got %u",
                             tp, seq);
  if (style == Style::MoE)
    moe = true;
  if (ep != 1 && ep != tp)
    return createStringError("expected ep of 1 or tp, %u, but got %u", tp, ep);
  if (moe && experts % ep)
    return createStringError("expected experts to be a multiple of ep, %u, but "
                             "got %u",
                             ep, experts);
  if (layout.empty()) {
    for (unsigned stage = 0; stage < pp; ++stage)
      layout.push_back(layers / pp + (stage < layers % pp ? 1 : 0));
  } else if (layout.size() != pp ||
             std::accumulate(layout.begin(), layout.end(), 0u) != layers ||
             llvm::is_contained(layout, 0u)) {
    return createStringError("expected a layout of %u stages with %u layers",
                             pp, layers);
  }
  for (unsigned layer : sampled)
    if (layer >= layers)
      return createStringError("expected sampled layers below %u, but got %u",
                               layers, layer);
  if (stageMark == StageMark::Default) {
    switch (style) {
    case Style::Attributes:
      stageMark = StageMark::Attribute;
      break;
    case Style::HF:
    case Style::Terse:
    case Style::MoE:
      stageMark = StageMark::Label;
      break;
    default:
      stageMark = StageMark::Cluster;
    }
  }
  return llvm::Error::success();
}

std::pair<unsigned, unsigned>
DrawingOptions::getLayersOfStage(unsigned stage) const {
  unsigned first = std::accumulate(layout.begin(), layout.begin() + stage, 0u);
  return {first, first + layout[stage]};
}

unsigned DrawingOptions::getStageOfLayer(unsigned layer) const {
  unsigned stage = 0;
  while (stage + 1 < pp && layer >= getLayersOfStage(stage).second)
    ++stage;
  return stage;
}

//===----------------------------------------------------------------------===//
// Generator
//===----------------------------------------------------------------------===//

namespace {

/// A tensor under way: one node that serves all ranks, or one node a rank.
using Stream = SmallVector<Node, 8>;

constexpr DimName Batch = DimName::Batch;
constexpr DimName Seq = DimName::Seq;
constexpr DimName Hidden = DimName::Hidden;
constexpr DimName Heads = DimName::Heads;

class Generator {
public:
  Generator(const DrawingOptions &options, DrawingSink &sink)
      : o(options), sink(sink),
        isSequenceParallel(o.sequenceParallel && o.tp > 1),
        full{{Batch, o.batch}, {Seq, o.seq}, {Hidden, o.hidden}},
        local{{Batch, o.batch},
              {Seq, isSequenceParallel ? o.seq / o.tp : o.seq},
              {Hidden, o.hidden}} {}

  void run();

private:
  Node make(Part part, int layer, int rank);
  void connect(const Stream &from, const Node &to);
  void endStage();
  Stream perRank(Part part, int layer, llvm::ArrayRef<const Stream *> inputs,
                 function_ref<void(Node &)> setShapes);
  Stream group(Part part, DrawnCollective kind, int layer, const Stream &input,
               const Shape &before, const Shape &after);
  /// A node for each rank that keeps the shape.
  Stream pointwise(Part part, int layer, const Shape &shape,
                   const Stream &input);

  Stream drawEmbedding();
  Stream drawLayer(int layer, const Stream &x);
  Stream drawAttention(int layer, const Stream &x);
  Stream drawFfn(int layer, const Stream &x);
  Stream drawMoe(int layer, const Stream &x);
  Stream drawTransfer(Part part, const Stream &x);
  void drawHead(const Stream &x);
  /// Sums what the ranks hold, to the stream's shape.
  Stream reduce(Part part, int layer, const Stream &partial);
  /// Gathers the sequence where it is sharded.
  Stream gather(Part part, int layer, const Stream &x);

  Shape headShape(unsigned heads) const {
    return {{Batch, o.batch},
            {Seq, o.seq},
            {heads == o.heads / o.tp ? Heads : DimName::KvHeads, heads},
            {DimName::HeadDim, o.headDim}};
  }

  const DrawingOptions &o;
  DrawingSink &sink;
  bool isSequenceParallel;
  /// The residual stream, whole and as a rank holds it.
  Shape full;
  Shape local;
  /// Edges that wait for the end of the stage.
  std::vector<std::tuple<Node, Node, EdgeInfo>> crossing;
  unsigned stage = 0;
  uint32_t nextId = 0;
};

} // namespace

Node Generator::make(Part part, int layer, int rank) {
  Node node;
  node.part = part;
  node.id = nextId++;
  node.layer = node.namedLayer = layer;
  node.rank = rank;
  node.stage = node.markedStage = stage;
  node.firstDevice = stage * o.tp + (rank < 0 ? 0 : rank);
  node.numDevices = rank < 0 ? o.tp : 1;
  return node;
}

void Generator::connect(const Stream &from, const Node &to) {
  for (const Node &source : from) {
    if (source.rank >= 0 && to.rank >= 0 && source.rank != to.rank)
      continue;
    EdgeInfo info;
    if (source.stage != to.stage && o.transfers == Transfers::EdgeLabel) {
      info.fromStage = source.stage;
      info.toStage = to.stage;
      info.shape = local;
    }
    // Inside a cluster, the edge would draw its source into it.
    if (source.stage != to.stage)
      crossing.push_back({source, to, info});
    else
      sink.edge(source, to, info);
  }
}

void Generator::endStage() {
  sink.endStage(stage);
  for (const auto &[source, target, info] : crossing)
    sink.edge(source, target, info);
  crossing.clear();
}

Stream Generator::perRank(Part part, int layer,
                          llvm::ArrayRef<const Stream *> inputs,
                          function_ref<void(Node &)> setShapes) {
  Stream result;
  for (unsigned rank = 0; rank < o.tp; ++rank) {
    Node node = make(part, layer, rank);
    setShapes(node);
    sink.node(node);
    for (const Stream *input : inputs)
      connect(*input, node);
    result.push_back(node);
  }
  return result;
}

Stream Generator::group(Part part, DrawnCollective kind, int layer,
                        const Stream &input, const Shape &before,
                        const Shape &after) {
  Node node = make(part, layer, -1);
  node.collective = node.namedCollective = kind;
  node.addInput(before);
  node.addOutput(after);
  sink.node(node);
  connect(input, node);
  return {node};
}

Stream Generator::pointwise(Part part, int layer, const Shape &shape,
                            const Stream &input) {
  return perRank(part, layer, {&input}, [&](Node &node) {
    node.addInput(shape);
    node.addOutput(shape);
  });
}

Stream Generator::reduce(Part part, int layer, const Stream &partial) {
  if (o.tp == 1)
    return partial;
  return group(part,
               isSequenceParallel ? DrawnCollective::ReduceScatter
                                  : DrawnCollective::AllReduce,
               layer, partial, full, local);
}

Stream Generator::gather(Part part, int layer, const Stream &x) {
  if (!isSequenceParallel)
    return x;
  return group(part, DrawnCollective::AllGather, layer, x, local, full);
}

Stream Generator::drawEmbedding() {
  Shape tokens{{Batch, o.batch}, {Seq, o.seq}};
  Node input = make(Part::Input, -1, -1);
  input.addInput(tokens);
  input.addOutput(o.ends ? tokens : local);
  sink.node(input);
  if (!o.ends)
    return {input};
  Stream source{input};
  Stream embedding = perRank(Part::Embedding, -1, {&source}, [&](Node &node) {
    node.addInput(tokens);
    node.addOutput(full);
  });
  return reduce(Part::EmbeddingReduce, -1, embedding);
}

Stream Generator::drawAttention(int layer, const Stream &x) {
  unsigned heads = o.heads / o.tp;
  unsigned kvHeads = std::max(1u, o.kvHeads / o.tp);
  Shape queryShape = headShape(heads);
  Shape keyShape = headShape(kvHeads);
  Shape scoreShape{
      {Batch, o.batch}, {Heads, heads}, {Seq, o.seq}, {DimName::KeySeq, o.seq}};
  bool statesKv = o.separateQkv || o.qkvOutput == QkvOutput::Three;
  // Where only the query's heads are stated, K and V are meant to be repeated.
  const Shape &kvShape = statesKv ? keyShape : queryShape;

  Stream query, key, value;
  if (o.separateQkv) {
    auto project = [&](Part part, const Shape &shape) {
      return perRank(part, layer, {&x}, [&](Node &node) {
        node.addInput(full);
        node.addOutput(shape);
      });
    };
    query = project(Part::Query, queryShape);
    key = project(Part::Key, keyShape);
    value = project(Part::Value, keyShape);
  } else {
    value = perRank(Part::Qkv, layer, {&x}, [&](Node &node) {
      node.addInput(full);
      if (o.qkvOutput == QkvOutput::Fused) {
        node.addOutput(
            {{Batch, o.batch},
             {Seq, o.seq},
             {DimName::QkvWidth, (heads + 2 * kvHeads) * o.headDim}});
        return;
      }
      node.addOutput(queryShape);
      if (statesKv) {
        node.addOutput(keyShape);
        node.addOutput(keyShape);
      }
    });
    query = value;
  }
  auto takeQueryAndKey = [&](Node &node) {
    node.addInput(queryShape);
    if (statesKv)
      node.addInput(keyShape);
  };
  if (o.rope) {
    query = perRank(Part::Rope, layer,
                    o.separateQkv ? llvm::ArrayRef<const Stream *>{&query, &key}
                                  : llvm::ArrayRef<const Stream *>{&query},
                    [&](Node &node) {
                      takeQueryAndKey(node);
                      node.addOutput(queryShape);
                      if (statesKv)
                        node.addOutput(keyShape);
                    });
    key.clear();
  }
  Stream scores = perRank(Part::Scores, layer, {&query, &key}, [&](Node &node) {
    takeQueryAndKey(node);
    node.addOutput(scoreShape);
  });
  Stream weights = pointwise(Part::Weights, layer, scoreShape, scores);
  if (o.dropout)
    weights = pointwise(Part::Dropout, layer, scoreShape, weights);
  Stream output = perRank(Part::AttentionOutput, layer, {&weights, &value},
                          [&](Node &node) {
                            node.addInput(scoreShape);
                            node.addInput(kvShape);
                            node.addOutput(queryShape);
                          });
  return perRank(Part::OutputProjection, layer, {&output}, [&](Node &node) {
    node.addInput(queryShape);
    node.addOutput(full);
  });
}

Stream Generator::drawFfn(int layer, const Stream &x) {
  if (o.decompose == Decompose::CompositeFfn)
    return pointwise(Part::Ffn, layer, full, x);
  auto inner = [&](const Node &node) {
    return Shape{{Batch, o.batch},
                 {Seq, o.seq},
                 {DimName::Ffn, o.getShard(o.ffn, node.rank)}};
  };
  auto project = [&](Part part) {
    return perRank(part, layer, {&x}, [&](Node &node) {
      node.addInput(full);
      node.addOutput(inner(node));
    });
  };
  Stream gate = project(Part::Gate);
  Stream up = project(Part::Up);
  Stream activation =
      perRank(Part::Activation, layer, {&gate}, [&](Node &node) {
        node.addInput(inner(node));
        node.addOutput(inner(node));
      });
  Stream product =
      perRank(Part::Multiply, layer, {&activation, &up}, [&](Node &node) {
        node.addInput(inner(node));
        node.addInput(inner(node));
        node.addOutput(inner(node));
      });
  return perRank(Part::Down, layer, {&product}, [&](Node &node) {
    node.addInput(inner(node));
    node.addOutput(full);
  });
}

Stream Generator::drawMoe(int layer, const Stream &x) {
  // With the sequence sharded, tokens travel to the experts; otherwise every
  // rank has them all, and picks those of its own experts.
  bool exchanges = isSequenceParallel && o.ep > 1;
  const Shape &tokens = exchanges ? local : full;
  unsigned numTokens = o.batch * tokens.sizes[1];
  unsigned capacity =
      std::max(1u, (numTokens * o.topK + o.experts - 1) / o.experts);
  unsigned mine = o.experts / o.ep;
  Shape routing{
      {Batch, o.batch}, {Seq, tokens.sizes[1]}, {DimName::Experts, o.experts}};
  Shape picked{{DimName::Experts, exchanges ? o.experts : mine},
               {DimName::Capacity, capacity},
               {Hidden, o.hidden}};
  Shape held{{DimName::Experts, mine},
             {DimName::Capacity, exchanges ? capacity * o.ep : capacity},
             {Hidden, o.hidden}};

  Stream router = perRank(Part::Router, layer, {&x}, [&](Node &node) {
    node.addInput(tokens);
    node.addOutput(routing);
  });
  Stream routed =
      perRank(Part::Dispatch, layer, {&x, &router}, [&](Node &node) {
        node.addInput(tokens);
        node.addInput(routing);
        node.addOutput(picked);
      });
  if (exchanges)
    routed = group(Part::DispatchExchange, DrawnCollective::AllToAll, layer,
                   routed, picked, held);
  Stream experts = perRank(Part::Experts, layer, {&routed}, [&](Node &node) {
    node.firstExpert = o.ep > 1 ? node.rank * mine : 0;
    node.numExperts = mine;
    node.addInput(held);
    node.addOutput(held);
  });
  if (exchanges)
    experts = group(Part::CombineExchange, DrawnCollective::AllToAll, layer,
                    experts, held, picked);
  Stream combined =
      perRank(Part::Combine, layer, {&experts, &router}, [&](Node &node) {
        node.addInput(picked);
        node.addInput(routing);
        node.addOutput(tokens);
      });
  // Experts that are sharded with a sharded sequence sum over the ranks too.
  return exchanges ? combined : reduce(Part::MoeReduce, layer, combined);
}

Stream Generator::drawLayer(int layer, const Stream &x) {
  auto addResidual = [&](Part part, const Stream &update, const Stream &skip) {
    if (!o.residual)
      return update;
    return perRank(part, layer, {&update, &skip}, [&](Node &node) {
      node.addInput(local);
      node.addInput(local);
      node.addOutput(local);
    });
  };
  Stream h = o.norms ? pointwise(Part::AttentionNorm, layer, local, x) : x;
  h = gather(Part::AttentionGather, layer, h);
  h = reduce(Part::AttentionReduce, layer, drawAttention(layer, h));
  Stream middle = addResidual(Part::AttentionResidual, h, x);

  h = o.norms ? pointwise(Part::FfnNorm, layer, local, middle) : middle;
  if (!o.moe) {
    h = gather(Part::FfnGather, layer, h);
    h = reduce(Part::FfnReduce, layer, drawFfn(layer, h));
  } else {
    if (o.ep == 1)
      h = gather(Part::FfnGather, layer, h);
    h = drawMoe(layer, h);
  }
  return addResidual(Part::FfnResidual, h, middle);
}

Stream Generator::drawTransfer(Part part, const Stream &x) {
  bool isRecv = part == Part::Recv;
  auto fill = [&](Node &node) {
    node.fromStage = isRecv ? stage - 1 : stage;
    node.toStage = node.fromStage + 1;
    node.addInput(local);
    node.addOutput(local);
  };
  if (o.transfers == Transfers::PerRank)
    return perRank(part, -1, {&x}, fill);
  Node node = make(part, -1, -1);
  fill(node);
  if (part == Part::Transfer)
    node.markedStage = -1;
  sink.node(node);
  connect(x, node);
  return {node};
}

void Generator::drawHead(const Stream &x) {
  Stream result = x;
  Shape allLogits{{Batch, o.batch}, {Seq, o.seq}, {DimName::Vocab, o.vocab}};
  if (o.ends) {
    result = pointwise(Part::FinalNorm, -1, local, result);
    result = gather(Part::FinalGather, -1, result);
    auto logits = [&](unsigned rank) {
      return Shape{{Batch, o.batch},
                   {Seq, o.seq},
                   {DimName::Vocab, o.getShard(o.vocab, rank)}};
    };
    result = perRank(Part::Head, -1, {&result}, [&](Node &node) {
      node.addInput(full);
      node.addOutput(logits(node.rank));
    });
    if (o.tp > 1) {
      Node node = make(Part::HeadGather, -1, -1);
      node.collective = node.namedCollective = DrawnCollective::AllGather;
      node.addInput(logits(0));
      if (o.vocab % o.tp)
        node.addInput(logits(o.tp - 1));
      node.addOutput(allLogits);
      sink.node(node);
      connect(result, node);
      result = {node};
    }
  }
  Node output = make(Part::Output, -1, -1);
  output.addInput(o.ends ? allLogits : local);
  output.addOutput(allLogits);
  sink.node(output);
  connect(result, output);
}

void Generator::run() {
  Stream x;
  auto sampledLayers = llvm::ArrayRef(o.sampled);
  unsigned first = 0;
  for (stage = 0; stage < o.pp; ++stage) {
    sink.beginStage(stage);
    bool hasNodes =
        o.transfers == Transfers::Nodes || o.transfers == Transfers::PerRank;
    if (stage == 0)
      x = drawEmbedding();
    else if (hasNodes)
      x = drawTransfer(Part::Recv, x);
    unsigned last = first + o.layout[stage];
    for (unsigned layer = first; layer < last; ++layer)
      if (sampledLayers.empty() || llvm::is_contained(sampledLayers, layer))
        x = drawLayer(layer, x);
    first = last;
    bool isLast = stage + 1 == o.pp;
    if (isLast)
      drawHead(x);
    else if (hasNodes)
      x = drawTransfer(Part::Send, x);
    endStage();
    if (!isLast && o.transfers == Transfers::OneNode)
      x = drawTransfer(Part::Transfer, x);
  }
}

void mlir::dag::drawing::generateDrawing(const DrawingOptions &options,
                                         DrawingSink &sink) {
  Generator(options, sink).run();
}
