//===- DrawingGenerator.cpp - Drawings of deployments, made up ------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stages, ranks and what stands around the layers. What is inside of a layer is
// in LayerGenerator.cpp.
//
//===----------------------------------------------------------------------===//

#include "Generator.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::dag::drawing;
using llvm::function_ref;

Node Generator::make(Part part, int layer, int rank) {
  Node node;
  node.part = part;
  node.id = nextId++;
  node.layer = node.namedLayer = layer;
  node.rank = rank;
  node.stage = node.markedStage = stage;
  unsigned replica = copy / o.microBatches;
  if (o.replicas > 1)
    node.replica = replica;
  if (o.microBatches > 1)
    node.microBatch = copy % o.microBatches;
  node.firstDevice = (replica * o.pp + stage) * o.tp + (rank < 0 ? 0 : rank);
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
  sink.endStage(copy * o.pp + stage);
  for (const auto &[source, target, info] : crossing)
    sink.edge(source, target, info);
  crossing.clear();
}

/// The product of what follows batch and sequence.
static unsigned getWidth(const Shape &shape) {
  unsigned width = 1;
  for (unsigned i = 2; i < shape.rank; ++i)
    width *= shape.sizes[i];
  return width;
}

static void setWeight(Node &node) {
  switch (node.part) {
  case Part::Qkv:
    // States the query's heads only.
    if (node.numOutputs == 1)
      return;
    [[fallthrough]];
  case Part::Query:
  case Part::Key:
  case Part::Value:
  case Part::OutputProjection:
  case Part::Gate:
  case Part::Up:
  case Part::Down:
  case Part::Head: {
    unsigned width = 0;
    for (unsigned i = 0; i < node.numOutputs; ++i)
      width += getWidth(node.outputs[i]);
    node.weight = {{Hidden, getWidth(node.inputs[0])}, {Hidden, width}};
    return;
  }
  default:
    return;
  }
}

Stream Generator::perRank(Part part, int layer,
                          llvm::ArrayRef<const Stream *> inputs,
                          function_ref<void(Node &)> setShapes) {
  Stream result;
  for (unsigned rank = 0; rank < (o.mergedRanks ? 1 : o.tp); ++rank) {
    Node node = make(part, layer, o.mergedRanks ? -1 : int(rank));
    setShapes(node);
    if (o.weights)
      setWeight(node);
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
  if (o.tp == 1 || !isTensor())
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
  Shape tokens{{Batch, batch}, {Seq, seq}};
  // Ranks that share out the tokens have inputs of their own.
  if (!isTensor()) {
    Stream inputs = perRank(Part::Input, -1, {}, [&](Node &node) {
      node.addInput(tokens);
      node.addOutput(o.ends ? tokens : local);
    });
    if (!o.ends)
      return inputs;
    return perRank(Part::Embedding, -1, {&inputs}, [&](Node &node) {
      node.addInput(tokens);
      node.addOutput(full);
      if (o.weights)
        node.weight = {{DimName::Vocab, o.vocab}, {Hidden, o.hidden}};
    });
  }
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
    if (o.weights)
      node.weight = {{DimName::Vocab, o.getShard(o.vocab, node.rank)},
                     {Hidden, o.hidden}};
  });
  return reduce(Part::EmbeddingReduce, -1, embedding);
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
  Shape allLogits{{Batch, batch}, {Seq, seq}, {DimName::Vocab, o.vocab}};
  if (o.ends) {
    result = pointwise(Part::FinalNorm, -1, local, result);
    result = gather(Part::FinalGather, -1, result);
    auto logits = [&](int rank) {
      return Shape{{Batch, batch},
                   {Seq, seq},
                   {DimName::Vocab, o.getShard(o.vocab, rank)}};
    };
    result = perRank(Part::Head, -1, {&result}, [&](Node &node) {
      node.addInput(full);
      node.addOutput(logits(node.rank));
    });
    if (o.tp > 1 && isTensor()) {
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
  if (!isTensor()) {
    perRank(Part::Output, -1, {&result}, [&](Node &node) {
      node.addInput(o.ends ? allLogits : local);
      node.addOutput(allLogits);
    });
    return;
  }
  Node output = make(Part::Output, -1, -1);
  output.addInput(o.ends ? allLogits : local);
  output.addOutput(allLogits);
  sink.node(output);
  connect(result, output);
}

Stream Generator::drawRange(unsigned first, unsigned last, const Stream &x) {
  Node node = make(Part::LayerRange, -1, -1);
  node.firstLayer = first;
  node.lastLayer = last;
  node.addInput(local);
  node.addOutput(local);
  sink.node(node);
  connect(x, node);
  return {node};
}

void Generator::drawCopy() {
  Stream x;
  auto sampledLayers = llvm::ArrayRef(o.sampled);
  auto isDrawn = [&](unsigned layer) {
    return sampledLayers.empty() || llvm::is_contained(sampledLayers, layer);
  };
  unsigned first = 0;
  for (stage = 0; stage < o.pp; ++stage) {
    sink.beginStage(copy * o.pp + stage);
    bool hasNodes =
        o.transfers == Transfers::Nodes || o.transfers == Transfers::PerRank;
    if (stage == 0)
      x = drawEmbedding();
    else if (hasNodes)
      x = drawTransfer(Part::Recv, x);
    unsigned last = first + o.layout[stage];
    for (unsigned layer = first; layer < last; ++layer) {
      if (isDrawn(layer)) {
        x = drawLayer(layer, x);
      } else if (o.rangeBoxes) {
        unsigned begin = layer;
        while (layer + 1 < last && !isDrawn(layer + 1))
          ++layer;
        x = drawRange(begin, layer, x);
      }
    }
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

void Generator::run() {
  for (copy = 0; copy < o.getNumCopies(); ++copy)
    drawCopy();
}

void mlir::dag::drawing::generateDrawing(const DrawingOptions &options,
                                         DrawingSink &sink) {
  Generator(options, sink).run();
}
