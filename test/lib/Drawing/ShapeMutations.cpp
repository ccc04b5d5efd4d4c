//===- ShapeMutations.cpp - Sizes and figures that lie --------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Changes of what is stated, in all ranks alike and along the edges: each pair
// of neighbours still agrees where it can, and the meaning is wrong. Then
// titles, names, boxes and clusters that say what is not so.
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::dag::drawing;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

static unsigned halve(unsigned size) { return size / 2; }

bool Mutator::resize(Node &node, unsigned shapes, DimName name,
                     llvm::function_ref<unsigned(unsigned)> size) {
  bool changed = false;
  for (unsigned i = 0; i < 5; ++i) {
    unsigned count = i < 2 ? node.numInputs : node.numOutputs + 2u;
    if (!(shapes >> i & 1) || i >= count)
      continue;
    Shape &shape = i < 2 ? node.inputs[i] : node.outputs[i - 2];
    for (unsigned j = 0; j < shape.rank; ++j)
      if (shape.names[j] == name) {
        shape.sizes[j] = size(shape.sizes[j]);
        changed = true;
      }
  }
  return changed;
}

bool Mutator::resizeAttention(const Node &node, DimName name,
                              llvm::function_ref<unsigned(unsigned)> size) {
  bool changed = false;
  for (Node &other : drawing.nodes)
    if (other.layer == node.layer && other.part >= Part::Qkv &&
        other.part <= Part::OutputProjection && other.isSameCopy(node) &&
        other.rank == node.rank &&
        (other.head < 0 || node.head < 0 || other.head == node.head) &&
        (other.part >= Part::Scores || name != DimName::KeySeq))
      changed |= resize(other, ~0u, name, size);
  return changed;
}

void Mutator::halveScores() {
  for (uint32_t node : pickScope(Part::Weights, {"DAG7"}))
    if (!resizeAttention(drawing.nodes[node], DimName::KeySeq, halve))
      return fail();
}

void Mutator::keepHeadSize() {
  std::set<int> changed;
  auto toHeadSize = [&](unsigned) { return drawing.options.headDim; };
  for (uint32_t node : pickScope(Part::Weights, {"DAG7"})) {
    if (!resizeAttention(drawing.nodes[node], DimName::KeySeq, toHeadSize))
      return fail();
    changed.insert(drawing.nodes[node].layer);
  }
  for (Node &node : drawing.nodes)
    if (changed.count(node.layer))
      for (Shape *shape : {&node.inputs[0], &node.outputs[0]})
        for (unsigned i = 0; i < shape->rank; ++i)
          if (shape->names[i] == DimName::KeySeq)
            shape->names[i] = DimName::HeadDim;
}

void Mutator::halveKeyHead() {
  for (uint32_t id : pickScope(Part::Scores, {"DAG7"})) {
    Node &scores = drawing.nodes[id];
    bool changed = resize(scores, 2, DimName::HeadDim, halve);
    // The parts before serve all heads, and are changed once.
    if (scores.head > 0 && findPart(scores, Part::Scores) != int(id) &&
        findPart(scores, Part::Key) >= 0 && changed &&
        drawing.nodes[findPart(scores, Part::Key)].outputs[0].sizes[3] !=
            drawing.options.headDim)
      continue;
    if (int key = findPart(scores, Part::Key); key >= 0) {
      Node &node = drawing.nodes[key];
      if (node.outputs[0].sizes[3] == drawing.options.headDim)
        changed &= resize(node, 4, DimName::HeadDim, halve);
    } else if (int qkv = findPart(scores, Part::Qkv); qkv >= 0) {
      changed &= resize(drawing.nodes[qkv], 8, DimName::HeadDim, halve);
    }
    if (int rope = findPart(scores, Part::Rope); rope >= 0)
      resize(drawing.nodes[rope], 2 | 8, DimName::HeadDim, halve);
    if (int gather = findPart(scores, Part::KvGather);
        gather >= 0 &&
        drawing.nodes[gather].inputs[0].sizes[3] == drawing.options.headDim)
      resize(drawing.nodes[gather], 1 | 4, DimName::HeadDim, halve);
    if (!changed)
      return fail();
  }
}

void Mutator::halveUp() {
  for (uint32_t up : pickScope(Part::Up, {"DAG7", "DAG507"})) {
    int product = findPart(drawing.nodes[up], Part::Multiply);
    if (product < 0 || !resize(drawing.nodes[up], 4, DimName::Ffn, halve))
      return fail();
    resize(drawing.nodes[product], 2, DimName::Ffn, halve);
  }
}

void Mutator::halveHeads() {
  for (uint32_t node : pickScope(Part::OutputProjection, {"DAG7"}))
    if (drawing.nodes[node].inputs[0].sizes[2] < 2 ||
        !resizeAttention(drawing.nodes[node], DimName::Heads, halve))
      return fail();
}

void Mutator::halveHeadSize() {
  for (uint32_t id : pickScope(Part::OutputProjection, {"DAG7"})) {
    if (!resizeAttention(drawing.nodes[id], DimName::HeadDim, halve))
      return fail();
    int gather = findPart(drawing.nodes[id], Part::KvGather);
    if (gather >= 0 &&
        drawing.nodes[gather].inputs[0].sizes[3] == drawing.options.headDim)
      resize(drawing.nodes[gather], ~0u, DimName::HeadDim, halve);
  }
}

void Mutator::halveEmbedding() {
  pickScope(Part::Embedding, {"DAG7"});
  if (failed)
    return;
  for (Node &node : drawing.nodes)
    if (node.part == Part::Embedding || node.part == Part::EmbeddingReduce) {
      resize(node, ~0u, DimName::Hidden, halve);
      if (node.weight.rank)
        node.weight.sizes[1] /= 2;
      blameAround(node.id);
    }
}

void Mutator::changeTiedVocab() {
  if (!drawing.options.weights)
    return fail();
  auto grow = [](unsigned size) { return size * 2; };
  for (uint32_t head : pickScope(Part::Head, {"DAG7"})) {
    resize(drawing.nodes[head], 4, DimName::Vocab, grow);
    drawing.nodes[head].weight.sizes[1] *= 2;
  }
  for (Node &node : drawing.nodes)
    if (node.part == Part::HeadGather || node.part == Part::Output) {
      resize(node, ~0u, DimName::Vocab, grow);
      blameAround(node.id);
    } else if (node.part == Part::Embedding) {
      blameAround(node.id);
    }
}

void Mutator::changeWeight() {
  auto hasWeight = [](const Node &node) {
    return node.weight.rank && node.part != Part::Embedding;
  };
  for (uint32_t node : pickScope(hasWeight, {"DAG7"}))
    drawing.nodes[node].weight.sizes[0] *= 2;
}

void Mutator::changeLoraRank() {
  for (uint32_t node : pickScope(Part::LoraB, {"DAG7"}))
    if (!resize(drawing.nodes[node], 1, DimName::LoraRank, halve))
      return fail();
}

void Mutator::narrowConcat() {
  auto lessOne = [](unsigned size) { return size - 1; };
  for (uint32_t concat : pickScope(Part::HeadConcat, {"DAG7"})) {
    int projection = findPart(drawing.nodes[concat], Part::OutputProjection);
    if (projection < 0 || drawing.nodes[concat].repeat < 2)
      return fail();
    resize(drawing.nodes[concat], 4, DimName::Heads, lessOne);
    resize(drawing.nodes[projection], 1, DimName::Heads, lessOne);
  }
}

void Mutator::changeRouting() {
  auto lessOne = [](unsigned size) { return size - 1; };
  if (drawing.options.experts < 2)
    return fail();
  for (uint32_t router :
       pickScope(Part::Router, {"DAG206", "DAG507", "DAG7"})) {
    resize(drawing.nodes[router], 4, DimName::Experts, lessOne);
    for (Part part : {Part::Dispatch, Part::Combine})
      if (int taker = findPart(drawing.nodes[router], part); taker >= 0)
        resize(drawing.nodes[taker], 2, DimName::Experts, lessOne);
  }
}

void Mutator::halveReduction() {
  auto isAllReduce = [](const Node &node) {
    return node.layer >= 0 && node.collective == DrawnCollective::AllReduce;
  };
  for (uint32_t node : pickScope(isAllReduce, {"DAG502", "DAG7"})) {
    resize(drawing.nodes[node], 4, DimName::Hidden, halve);
    for (uint32_t edge : outgoing[node])
      resize(drawing.nodes[drawing.edges[edge].target], 1, DimName::Hidden,
             halve);
  }
}

void Mutator::loseSequenceShare() {
  const DrawingOptions &o = drawing.options;
  unsigned rest = o.seq - o.seq / o.tp;
  for (uint32_t gather : pickScope(Part::KvGather, {"DAG502", "DAG7"})) {
    for (Shape &shape : drawing.nodes[gather].outputs)
      if (shape.rank)
        shape.sizes[1] = rest;
    for (uint32_t edge : outgoing[gather]) {
      Node &taker = drawing.nodes[drawing.edges[edge].target];
      taker.inputs[1].sizes[1] = rest;
      resizeAttention(taker, DimName::KeySeq, [&](unsigned) { return rest; });
    }
  }
}

//===----------------------------------------------------------------------===//
// Figures
//===----------------------------------------------------------------------===//

void Mutator::lieInId() {
  if (drawing.options.opaqueIds || drawing.options.style == Style::Attributes ||
      drawing.options.layers < 2)
    return fail();
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.layer >= 0 && node.namedLayer >= 0;
  });
  if (failed)
    return;
  Node &node = drawing.nodes[site.id];
  node.namedLayer = node.layer ? node.layer - 1 : 1;
  // The node of that name is in its place.
  ++node.copy;
  touch(node);
  m.codes = {"DAG003"};
  m.isHarmless = true;
  blameAround(node.id);
}

void Mutator::lieInTitle(llvm::ArrayRef<StringRef> codes) {
  if (!drawing.options.title)
    return fail();
  pick({0});
  m.blamesGraph = m.blamesAnything = true;
  setCodes(codes);
}

void Mutator::lieAboutLayers() {
  if (!drawing.options.sampled.empty())
    return fail();
  m.title.layers = drawing.options.layers * 20;
  lieInTitle({"DAG201", "DAG207"});
}

void Mutator::lieAboutRanks() {
  m.title.tp = drawing.options.tp * 2;
  lieInTitle({"DAG5"});
}

void Mutator::lieAboutStages() {
  m.title.pp = drawing.options.pp * 2;
  lieInTitle({"DAG6"});
}

void Mutator::lieAboutReplicas() {
  if (drawing.options.replicas < 2)
    return fail();
  m.title.replicas = drawing.options.replicas * 2;
  lieInTitle({"DAG5", "DAG6"});
}

void Mutator::shortenRange() {
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part == Part::LayerRange &&
           node.lastLayer > node.firstLayer;
  });
  if (failed)
    return;
  --drawing.nodes[site.id].lastLayer;
  touch(site);
  setCodes({"DAG201"});
  m.blamesGraph = true;
  m.blamedStages = {unsigned(site.stage)};
  blameAround(site.id);
}

void Mutator::widenRange() {
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part == Part::LayerRange;
  });
  if (failed)
    return;
  Node &range = drawing.nodes[site.id];
  ++range.lastLayer;
  touch(range);
  setCodes({"DAG203"});
  blameAround(range.id);
  for (const Node &node : drawing.nodes)
    if (node.layer == range.lastLayer)
      m.blamedNodes.push_back(node.id);
}

void Mutator::lieInCluster() {
  const DrawingOptions &o = drawing.options;
  if (!o.usesClusters() || o.pp == 1)
    return fail();
  std::vector<uint32_t> stages;
  for (unsigned stage = 0; stage < o.pp; ++stage)
    stages.push_back(stage);
  uint32_t stage = pick(stages);
  m.names = {"stage " + std::to_string(stage)};
  m.wrongDevicesStage = stage;
  m.blamesGraph = true; // clusters that lie mark no stage
  setCodes({"DAG602", "DAG603"});
  for (const Node &node : drawing.nodes)
    m.blamedNodes.push_back(node.id);
  for (unsigned other = 0; other < o.pp; ++other)
    m.blamedStages.push_back(other);
}
