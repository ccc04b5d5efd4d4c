//===- LabelMutations.cpp - Drawings that say something wrong -------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kinds that change what is written at a node, an edge or a cluster. The
// others are in Mutations.cpp.
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::dag::drawing;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

static StringRef getDimWord(DimName name) {
  switch (name) {
  case DimName::Batch:
    return "batch";
  case DimName::Seq:
  case DimName::KeySeq:
    return "seq";
  case DimName::Hidden:
    return "hidden";
  case DimName::Heads:
  case DimName::KvHeads:
    return "heads";
  case DimName::HeadDim:
    return "head_dim";
  case DimName::QkvWidth:
    return "qkv";
  case DimName::Ffn:
    return "ffn";
  case DimName::Vocab:
    return "vocab";
  case DimName::Experts:
    return "experts";
  case DimName::Capacity:
    return "capacity";
  case DimName::LoraRank:
    return "lora_rank";
  }
  llvm_unreachable("all dimensions are covered");
}

void Mutator::changeDim() {
  StringRef dim = takeWord({"batch", "seq", "hidden", "heads", "head_dim",
                            "qkv", "ffn", "vocab", "experts", "capacity"});
  // A site is a node, one of its five shapes, and one of its four dimensions.
  std::vector<uint32_t> sites;
  auto getShape = [](Node &node, unsigned index) -> Shape & {
    return index < 2 ? node.inputs[index] : node.outputs[index - 2];
  };
  for (Node &node : drawing.nodes) {
    if (!matchesSelector(node))
      continue;
    bool isInput = node.part == Part::Input,
         isOutput = node.part == Part::Output;
    for (unsigned index = 0; index < 5; ++index) {
      bool isBefore = index < 2;
      if (isBefore ? index >= node.numInputs : index - 2 >= node.numOutputs)
        continue;
      // Nothing to compare with at the ends, where a box may hold more.
      if ((isInput && (isBefore || !drawing.options.ends)) ||
          (isOutput && (!isBefore || !drawing.options.ends)))
        continue;
      const Shape &shape = getShape(node, index);
      for (unsigned i = 0; i < shape.rank; ++i)
        if (dim.empty() || dim == getDimWord(shape.names[i]))
          sites.push_back((node.id * 5 + index) * Shape::kMaxRank + i);
    }
  }
  uint32_t site = pick(sites);
  if (failed)
    return;
  Node &node = drawing.nodes[site / Shape::kMaxRank / 5];
  Shape &shape = getShape(node, site / Shape::kMaxRank % 5);
  unsigned i = site % Shape::kMaxRank;
  m.variant = getDimWord(shape.names[i]);
  shape.sizes[i] *= 2;
  touch(node);
  if (node.isTransfer())
    m.codes = {"DAG304", "DAG7"};
  else if (node.collective != DrawnCollective::None)
    m.codes = {"DAG502", "DAG7"};
  else
    m.codes = {"DAG7"};
  m.consequences = {"DAG3", "DAG5", "DAG7"};
  m.blamedNodes.push_back(node.id);
  blameNeighbours(node.id);
  blameEdges(node.id);
  addPeers(node);
}

void Mutator::splitHeadsWrongly() {
  bool kv = !takeWord({"kv"}).empty();
  DimName name = kv ? DimName::KvHeads : DimName::Heads;
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part == Part::AttentionOutput;
  });
  if (failed)
    return;
  bool changed = false;
  for (Node &node : drawing.nodes) {
    if (node.layer != site.layer || node.rank != site.rank ||
        node.part > Part::OutputProjection)
      continue;
    for (llvm::MutableArrayRef<Shape> shapes :
         {llvm::MutableArrayRef(node.inputs),
          llvm::MutableArrayRef(node.outputs)})
      for (Shape &shape : shapes)
        for (unsigned i = 0; i < shape.rank; ++i)
          if (shape.names[i] == name) {
            ++shape.sizes[i];
            changed = true;
          }
    touch(node);
  }
  if (!changed)
    return fail();
  m.variant = kv ? "kv" : "";
  m.codes = {"DAG7", "DAG507"};
  m.consequences = {"DAG5", "DAG7"};
  blameBlock(site);
}

void Mutator::shardUnevenly() {
  bool inVocab = takeWord({"ffn", "vocab"}) == "vocab";
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && drawing.options.tp > 1 &&
           node.part == (inVocab ? Part::Head : Part::Down);
  });
  if (failed)
    return;
  m.variant = inVocab ? "vocab" : "ffn";
  m.codes = {"DAG7", "DAG507"};
  m.consequences = {"DAG5", "DAG7"};
  DimName name = inVocab ? DimName::Vocab : DimName::Ffn;
  for (Node &node : drawing.nodes) {
    if (node.layer != site.layer || node.rank != site.rank ||
        node.stage != site.stage)
      continue;
    bool changed = false;
    for (llvm::MutableArrayRef<Shape> shapes :
         {llvm::MutableArrayRef(node.inputs),
          llvm::MutableArrayRef(node.outputs)})
      for (Shape &shape : shapes)
        for (unsigned i = 0; i < shape.rank; ++i)
          if (shape.names[i] == name) {
            ++shape.sizes[i];
            changed = true;
          }
    if (changed)
      touch(node);
  }
  if (inVocab) {
    m.blamedNodes.push_back(site.id);
    blameNeighbours(site.id);
    addPeers(site);
    llvm::append_range(m.blamedNodes, m.nearNodes);
  } else {
    blameBlock(site);
  }
}

//===----------------------------------------------------------------------===//
// Where things run
//===----------------------------------------------------------------------===//

void Mutator::changeDevice() {
  StringRef variant = pickVariant({"rank", "stage", "nonexistent"});
  unsigned tp = drawing.options.tp, pp = drawing.options.pp;
  if ((variant == "rank" && tp == 1) || (variant == "stage" && pp == 1))
    return fail();
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part != Part::Input &&
           node.part != Part::Output && node.part != Part::Transfer &&
           (variant != "rank" || node.rank >= 0);
  });
  if (failed)
    return;
  Node &node = drawing.nodes[site.id];
  if (variant == "rank")
    node.firstDevice = node.stage * tp + (node.rank + 1) % tp;
  else if (variant == "stage")
    node.firstDevice = (node.firstDevice + tp) % (tp * pp);
  else
    node.firstDevice = pp * tp + std::max<int>(node.rank, 0);
  // Where the name says the device, that of the other rank is taken.
  Style style = drawing.options.style;
  if (style == Style::Terse || style == Style::MoE)
    ++node.copy;
  touch(node);
  if (node.isTransfer())
    m.codes = {"DAG306", "DAG602", "DAG606", "DAG607"};
  else if (node.collective != DrawnCollective::None)
    m.codes = {"DAG503", "DAG602", "DAG606"};
  else
    m.codes = {"DAG602", "DAG607"};
  // Where only the device says the rank, the rank changes.
  if (style == Style::Terse)
    llvm::append_range(m.codes, llvm::ArrayRef<const char *>{
                                    "DAG101", "DAG103", "DAG411", "DAG507"});
  m.consequences = {"DAG1", "DAG2", "DAG3", "DAG4", "DAG5", "DAG6"};
  m.blamedNodes.push_back(node.id);
  blameNeighbours(node.id);
  m.blamedStages = {unsigned(node.stage)};
  addNearby(node);
  // Stages that share a device are found at any of their nodes.
  if (variant != "rank")
    for (const Node &other : drawing.nodes)
      if (other.stage == node.stage ||
          other.stage == int(node.firstDevice / tp))
        m.nearNodes.push_back(other.id);
}

void Mutator::moveToMarkedStage(const Node &node) {
  if (!drawing.options.usesClusters())
    return;
  removeStatement(Statement::NodeStmt, node.id);
  auto it = llvm::find_if(drawing.statements, [&](const Statement &statement) {
    return statement.kind == Statement::BeginStage &&
           statement.index ==
               getCopy(node) * drawing.options.pp + node.markedStage;
  });
  drawing.statements.insert(it + 1, {Statement::NodeStmt, node.id});
  // Its edges leave the cluster.
  for (const auto *edges : {&incoming[node.id], &outgoing[node.id]})
    for (uint32_t edge : *edges) {
      removeStatement(Statement::EdgeStmt, edge);
      drawing.statements.push_back({Statement::EdgeStmt, edge});
    }
}

void Mutator::changeStage() {
  bool wholeLayer = !takeWord({"layer"}).empty();
  if (drawing.options.stageMark == StageMark::None || drawing.options.pp == 1)
    return fail();
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part != Part::Input &&
           node.part != Part::Output && node.part != Part::Transfer &&
           (!wholeLayer || node.layer >= 0);
  });
  if (failed)
    return;
  int stage = site.stage, layer = site.layer;
  int other = stage + 1 < int(drawing.options.pp) ? stage + 1 : stage - 1;
  m.variant = wholeLayer ? "layer" : "";
  m.codes = {"DAG6"};
  if (site.isTransfer())
    m.codes.push_back("DAG306");
  if (site.layer >= 0)
    m.codes.push_back("DAG202");
  m.consequences = {"DAG2", "DAG3", "DAG5", "DAG6"};
  if (wholeLayer)
    for (const Node &node : drawing.nodes)
      if (node.isTransfer() || (node.layer >= 0 && node.layer >= layer - 1 &&
                                node.layer <= layer + 1))
        m.nearNodes.push_back(node.id);
  m.blamedStages = {unsigned(stage), unsigned(other)};
  blameNeighbours(site.id);
  addNearby(site);
  for (Node &node : drawing.nodes) {
    if (wholeLayer ? node.layer != layer : node.id != site.id)
      continue;
    node.markedStage = other;
    touch(node);
    m.blamedNodes.push_back(node.id);
    blameNeighbours(node.id);
    blameEdges(node.id);
    moveToMarkedStage(node);
  }
}

void Mutator::changeLayerNumber() {
  StringRef variant = takeWord({"label", "beyond"});
  if (variant == "label" && drawing.options.style == Style::Attributes)
    return fail();
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.layer >= 0;
  });
  if (failed)
    return;
  Node &node = drawing.nodes[site.id];
  m.variant = variant;
  std::vector<uint32_t> layers = getDrawnLayers();
  if (variant == "label")
    m.codes = {"DAG003"};
  else if (isAttentionPart(node))
    m.codes = {"DAG101", "DAG103"};
  else
    m.codes = {"DAG2", "DAG507"};
  if (variant != "label")
    m.codes.push_back("DAG602");
  m.consequences = {"DAG0", "DAG1", "DAG2", "DAG3",
                    "DAG4", "DAG5", "DAG6", "DAG7"};
  blameBlock(node);
  m.blamedNodes.push_back(node.id);
  blameNeighbours(node.id);
  blameEdges(node.id);
  addNearby(node);
  if (variant == "beyond" || layers.size() == 1) {
    node.layer = drawing.options.layers + 7;
    for (const Node &other : drawing.nodes)
      if (other.layer == int(layers.back()))
        m.nearNodes.push_back(other.id);
  } else {
    node.layer =
        layers[(llvm::find(layers, unsigned(node.layer)) - layers.begin() + 1) %
               layers.size()];
    // The node of that name is in its place.
    if (variant != "label")
      ++node.copy;
  }
  if (variant != "label")
    node.namedLayer = node.layer;
  else
    m.blamedNodes = {node.id};
  blameBlock(node);
  m.blamedStages = {unsigned(node.stage)};
  touch(node);
}

void Mutator::dropStageMarks() {
  // The verbose hand says the stage in the names too.
  if (drawing.options.stageMark == StageMark::None ||
      drawing.options.style == Style::Verbose || drawing.options.pp == 1)
    return fail();
  pick({0});
  m.dropsStageMarks = true;
  m.codes = {"DAG601"};
  m.consequences = {"DAG6"};
  m.blamesAnything = true;
}

void Mutator::wrongStageRange() {
  if (drawing.options.stageMark != StageMark::Cluster ||
      drawing.options.layers == 1)
    return fail();
  std::vector<uint32_t> sites;
  for (unsigned stage = 0; stage < drawing.options.pp; ++stage) {
    auto [first, last] = drawing.options.getLayersOfStage(stage);
    if (last < drawing.options.layers || last - first > 1)
      sites.push_back(stage);
  }
  uint32_t stage = pick(sites);
  if (failed)
    return;
  m.names = {"stage " + std::to_string(stage)};
  m.wrongRangeStage = stage;
  m.codes = {"DAG604", "DAG202"};
  m.consequences = {"DAG2", "DAG6"};
  m.blamedStages = {stage, stage + 1};
  auto [first, last] = drawing.options.getLayersOfStage(stage);
  for (const Node &node : drawing.nodes)
    if (node.layer == int(last) || node.layer + 1 == int(last))
      m.blamedNodes.push_back(node.id);
}

//===----------------------------------------------------------------------===//
// Collectives and transfers
//===----------------------------------------------------------------------===//

void Mutator::wrongCollective() {
  StringRef variant = pickVariant(
      {"kind", "label", "unstated", "no-devices", "too-small", "too-large"});
  bool isOpaque = drawing.options.style == Style::Attributes;
  // A cluster that states its devices states those of its nodes.
  bool isInherited = drawing.options.usesClusters();
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.collective != DrawnCollective::None &&
           !(variant == "label" && isOpaque) &&
           !(variant == "no-devices" && isInherited);
  });
  if (failed)
    return;
  Node &node = drawing.nodes[site.id];
  m.variant = variant;
  m.consequences = {"DAG5", "DAG6", "DAG7"};
  DrawnCollective other = node.collective == DrawnCollective::AllReduce
                              ? DrawnCollective::AllGather
                              : DrawnCollective::AllReduce;
  if (variant == "kind") {
    node.collective = node.namedCollective = other;
    m.codes = {"DAG502", "DAG505", "DAG508", "DAG509"};
  } else if (variant == "label") {
    // The name says one kind, the label another.
    node.collective = other;
    m.codes = {"DAG003", "DAG502"};
    m.consequences.push_back("DAG0");
  } else if (variant == "unstated") {
    node.collective = node.namedCollective = DrawnCollective::Unstated;
    m.codes = {"DAG501"};
  } else if (variant == "no-devices") {
    node.flags |= Node::NoDevices;
    m.codes = {"DAG501"};
  } else if (variant == "too-small") {
    node.numDevices = 1;
    m.codes = {"DAG503"};
  } else {
    node.numDevices += 1;
    m.codes = {"DAG503", "DAG606"};
  }
  touch(node);
  m.blamedNodes.push_back(node.id);
  blameNeighbours(node.id);
}

void Mutator::doubleAllReduce() {
  Node node = pickNode([&](const Node &node) {
    return matchesSelector(node) &&
           node.collective == DrawnCollective::AllReduce;
  });
  if (failed)
    return;
  uint32_t copy = copyNode(node.id);
  for (uint32_t edge : outgoing[node.id])
    drawing.edges[edge].source = copy;
  outgoing[node.id].clear();
  addEdge(node.id, copy);
  touch(node);
  touch(drawing.nodes[copy]);
  m.codes = {"DAG506"};
  m.consequences = {"DAG5"};
  m.blamedNodes = {node.id, copy};
  addNearby(node);
}

void Mutator::transferShape() {
  StringRef end = takeWord({"send", "recv"});
  m.codes = {"DAG304", "DAG7"};
  m.consequences = {"DAG3", "DAG7"};
  if (drawing.options.transfers == Transfers::EdgeLabel) {
    uint32_t index = pickEdge([&](const Node &source, const Node &target) {
      return source.stage != target.stage;
    });
    if (failed)
      return;
    Edge &edge = drawing.edges[index];
    edge.info.shape.sizes[edge.info.shape.rank - 1] /= 2;
    touch(drawing.nodes[edge.source]);
    touch(drawing.nodes[edge.target]);
    m.blamedEdges = {index};
    m.blamedNodes = {edge.source, edge.target};
    return;
  }
  const Node &site = pickNode([&](const Node &node) {
    return node.isTransfer() &&
           (end.empty() || end == getPartInfo(node.part).role);
  });
  if (failed)
    return;
  Node &node = drawing.nodes[site.id];
  Shape &before = node.inputs[0], &after = node.outputs[0];
  after.sizes[after.rank - 1] /= 2;
  if (node.part != Part::Transfer)
    before = after;
  touch(node);
  m.blamedNodes.push_back(node.id);
  blameNeighbours(node.id);
}

void Mutator::transferWrongStage() {
  m.codes = {"DAG306", "DAG302", "DAG303"};
  m.consequences = {"DAG0", "DAG3", "DAG4", "DAG5", "DAG6"};
  if (drawing.options.transfers == Transfers::EdgeLabel) {
    uint32_t index = pickEdge([&](const Node &source, const Node &target) {
      return source.stage != target.stage;
    });
    if (failed)
      return;
    Edge &edge = drawing.edges[index];
    ++edge.info.toStage;
    touch(drawing.nodes[edge.source]);
    touch(drawing.nodes[edge.target]);
    m.blamedEdges = {index};
    m.blamedNodes = {edge.source, edge.target};
    return;
  }
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.isTransfer();
  });
  if (failed)
    return;
  Node &node = drawing.nodes[site.id];
  if (node.part == Part::Recv)
    ++node.fromStage;
  else
    ++node.toStage;
  touch(node);
  m.blamedNodes.push_back(node.id);
  blameNeighbours(node.id);
  for (const Node &other : drawing.nodes)
    if (other.isTransfer())
      m.nearNodes.push_back(other.id);
}
