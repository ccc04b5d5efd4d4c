//===- Mutations.cpp - Drawings, broken in one place ----------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kinds that take away, add, double or exchange whole nodes and edges.
// Those that change what is written at one are in LabelMutations.cpp.
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::dag::drawing;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Kinds: missing things
//===----------------------------------------------------------------------===//

void Mutator::dropNode() {
  Node node = pickNode([&](const Node &node) { return matchesSelector(node); });
  if (failed)
    return;
  touch(node);
  setMissingCodes(node);
  m.consequences = {"DAG1", "DAG2", "DAG3", "DAG4", "DAG5", "DAG7"};
  blameNeighbours(node.id);
  if (isAttentionPart(node))
    blameBlock(node);
  for (const Node &other : drawing.nodes)
    if (other.part == node.part && other.layer == node.layer)
      m.blamedNodes.push_back(other.id);
  addNearby(node);
  removeNodes([&](const Node &other) { return other.id == node.id; });
}

void Mutator::dropDeclaration() {
  const Node &node = pickNode([&](const Node &node) {
    return matchesSelector(node) &&
           !(incoming[node.id].empty() && outgoing[node.id].empty());
  });
  if (failed)
    return;
  touch(node);
  drawing.nodes[node.id].flags |= Node::Undeclared;
  m.codes = {"DAG006"};
  m.consequences = {"DAG1", "DAG2", "DAG3", "DAG4", "DAG5", "DAG6", "DAG7"};
  m.blamedNodes.push_back(node.id);
  blameEdges(node.id);
  addNearby(node);
  removeStatement(Statement::NodeStmt, node.id);
}

void Mutator::dropEdge() {
  uint32_t index = pickEdge([&](const Node &source, const Node &target) {
    return matchesSelector(target);
  });
  if (failed)
    return;
  const Edge &edge = drawing.edges[index];
  const Node &source = drawing.nodes[edge.source];
  const Node &target = drawing.nodes[edge.target];
  touch(source);
  touch(target);
  bool leavesEnd =
      outgoing[edge.source].size() == 1 || incoming[edge.target].size() == 1;
  m.codes = {"DAG410"};
  if (leavesEnd)
    llvm::append_range(m.codes,
                       llvm::ArrayRef<const char *>{"DAG401", "DAG402"});
  if (isAttentionPart(target))
    m.codes.push_back("DAG1");
  if (source.isTransfer() && target.isTransfer())
    llvm::append_range(m.codes,
                       llvm::ArrayRef<const char *>{"DAG302", "DAG303"});
  if (target.collective != DrawnCollective::None)
    llvm::append_range(m.codes,
                       llvm::ArrayRef<const char *>{"DAG503", "DAG505"});
  m.consequences = {"DAG1", "DAG2", "DAG3", "DAG4", "DAG5", "DAG7"};
  m.blamedNodes = {edge.source, edge.target};
  addNearby(source);
  addNearby(target);
  removeStatement(Statement::EdgeStmt, index);
}

void Mutator::dropTransferEnd(Part part) {
  if (drawing.options.transfers == Transfers::EdgeLabel) {
    uint32_t index = pickEdge([&](const Node &source, const Node &target) {
      return source.stage != target.stage;
    });
    if (failed)
      return;
    Edge &edge = drawing.edges[index];
    edge.info = EdgeInfo();
    touch(drawing.nodes[edge.source]);
    touch(drawing.nodes[edge.target]);
    m.codes = {"DAG301"};
    m.blamedEdges = {index};
    m.blamedNodes = {edge.source, edge.target};
    return;
  }
  Node node = pickNode([&](const Node &node) {
    return node.part == part || node.part == Part::Transfer;
  });
  if (failed)
    return;
  touch(node);
  m.codes = {"DAG301"};
  if (node.part != Part::Transfer)
    m.codes.push_back(node.part == Part::Send ? "DAG303" : "DAG302");
  m.consequences = {"DAG3", "DAG5", "DAG7"};
  blameNeighbours(node.id);
  for (const Node &other : drawing.nodes)
    if (other.isTransfer() && other.fromStage == node.fromStage)
      m.blamedNodes.push_back(other.id);
  addNearby(node);
  for (uint32_t in : llvm::to_vector(incoming[node.id]))
    for (uint32_t out : llvm::to_vector(outgoing[node.id])) {
      uint32_t source = drawing.edges[in].source;
      uint32_t target = drawing.edges[out].target;
      if (areSameRank(source, target))
        m.blamedEdges.push_back(addEdge(source, target));
    }
  removeNodes([&](const Node &other) { return other.id == node.id; });
}

void Mutator::dropLayer() {
  uint32_t layer = pick(getDrawnLayers());
  if (failed)
    return;
  bool cut = !takeWord({"cut"}).empty();
  m.variant = cut ? "cut" : "";
  m.names = {"layer " + std::to_string(layer)};
  m.codes = {"DAG201"};
  m.consequences = {"DAG2", "DAG3", "DAG4", "DAG5", "DAG6"};
  m.blamesGraph = true;
  for (const Node &node : drawing.nodes) {
    if (node.layer == int(layer) - 1 || node.layer == int(layer) + 1 ||
        node.part == Part::Input || node.part == Part::Output)
      m.blamedNodes.push_back(node.id);
    else if (node.layer < 0 || std::abs(int(layer) - node.layer) <= 1)
      m.nearNodes.push_back(node.id);
  }
  unsigned stage = drawing.options.getStageOfLayer(layer);
  m.blamedStages = {stage};

  auto isInside = [&](uint32_t node) {
    return drawing.nodes[node].layer == int(layer);
  };
  std::vector<uint32_t> sources, targets;
  for (const Edge &edge : drawing.edges) {
    if (isInside(edge.source) == isInside(edge.target))
      continue;
    std::vector<uint32_t> &list = isInside(edge.target) ? sources : targets;
    uint32_t outer = isInside(edge.target) ? edge.source : edge.target;
    if (!llvm::is_contained(list, outer))
      list.push_back(outer);
  }
  if (!cut)
    for (uint32_t source : sources)
      for (uint32_t target : targets)
        if (areSameRank(source, target)) {
          EdgeInfo info;
          const Node &from = drawing.nodes[source], &to = drawing.nodes[target];
          if (from.stage != to.stage &&
              drawing.options.transfers == Transfers::EdgeLabel) {
            info.fromStage = from.stage;
            info.toStage = to.stage;
            info.shape = from.outputs[0];
          }
          addEdge(source, target, info);
        }
  llvm::append_range(m.blamedNodes, sources);
  llvm::append_range(m.blamedNodes, targets);
  removeNodes([&](const Node &node) { return node.layer == int(layer); });
}

void Mutator::dropRank() {
  unsigned tp = drawing.options.tp;
  if (tp == 1)
    return fail();
  std::vector<uint32_t> sites;
  bool inLayer = !takeWord({"layer"}).empty();
  std::vector<uint32_t> layers =
      inLayer ? getDrawnLayers() : std::vector<uint32_t>{0};
  for (uint32_t layer : layers)
    for (unsigned rank = 0; rank < tp; ++rank)
      sites.push_back(layer * tp + rank);
  uint32_t site = pick(sites);
  if (failed)
    return;
  int rank = site % tp, layer = site / tp;
  m.variant = inLayer ? "layer" : "";
  m.names = {"rank " + std::to_string(rank)};
  m.blamesGraph = true;
  if (inLayer)
    m.names.push_back("layer " + std::to_string(layer));
  m.codes = {"DAG503", "DAG507"};
  if (inLayer)
    m.codes.push_back("DAG101");
  m.consequences = {"DAG1", "DAG2", "DAG3", "DAG4", "DAG5", "DAG6", "DAG7"};
  for (const Node &node : drawing.nodes) {
    if (!inLayer || node.layer == layer)
      m.blamedNodes.push_back(node.id);
    else if (std::abs(node.layer - layer) <= 1 || node.layer < 0)
      m.nearNodes.push_back(node.id);
  }
  removeNodes([&](const Node &node) {
    return node.rank == rank && (!inLayer || node.layer == layer);
  });
}

//===----------------------------------------------------------------------===//
// Kinds: doubled things
//===----------------------------------------------------------------------===//

void Mutator::doubleNode() {
  Node node = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part != Part::Input &&
           node.part != Part::Output;
  });
  if (failed)
    return;
  uint32_t copy = copyNode(node.id);
  for (uint32_t edge : llvm::to_vector(incoming[node.id]))
    addEdge(drawing.edges[edge].source, copy, drawing.edges[edge].info);
  for (uint32_t edge : llvm::to_vector(outgoing[node.id]))
    addEdge(copy, drawing.edges[edge].target, drawing.edges[edge].info);
  touch(node);
  touch(drawing.nodes[copy]);
  setDoubledCodes(node);
  m.consequences = {"DAG1", "DAG2", "DAG3", "DAG4", "DAG5", "DAG7"};
  m.blamedNodes.push_back(node.id);
  m.blamedNodes.push_back(copy);
  blameNeighbours(node.id);
  blameEdges(copy);
  addNearby(node);
}

void Mutator::doubleEdge() {
  uint32_t index = pickEdge([&](const Node &source, const Node &target) {
    return matchesSelector(target);
  });
  if (failed)
    return;
  Edge edge = drawing.edges[index];
  touch(drawing.nodes[edge.source]);
  touch(drawing.nodes[edge.target]);
  m.blamedEdges = {index, addEdge(edge.source, edge.target, edge.info)};
  m.blamedNodes = {edge.source, edge.target};
  m.codes = {"DAG409"};
  m.consequences = {"DAG1", "DAG3", "DAG4", "DAG5", "DAG7"};
}

void Mutator::doubleLayer() {
  int layer = pick(getDrawnLayers());
  if (failed)
    return;
  m.names = {"layer " + std::to_string(layer)};
  m.codes = {"DAG203"};
  m.consequences = {"DAG1", "DAG2", "DAG4", "DAG5"};
  llvm::DenseMap<uint32_t, uint32_t> copies;
  std::vector<uint32_t> inside;
  for (const Node &node : drawing.nodes)
    if (node.layer == layer)
      inside.push_back(node.id);
  // Copies go after the whole layer, each behind the one before it.
  uint32_t last = inside.back();
  for (uint32_t node : inside) {
    Node copy = drawing.nodes[node];
    ++copy.copy;
    last = copies[node] = addNode(copy, last);
    m.blamedNodes.push_back(node);
    m.blamedNodes.push_back(last);
  }
  // What the layer gave goes into the copy, and the copy gives it on.
  std::vector<uint32_t> sources, exits;
  for (auto [index, edge] : llvm::enumerate(llvm::to_vector(drawing.edges))) {
    bool fromInside = copies.count(edge.source);
    bool toInside = copies.count(edge.target);
    if (fromInside && toInside)
      addEdge(copies[edge.source], copies[edge.target], edge.info);
    if (fromInside && !toInside) {
      if (!llvm::is_contained(exits, edge.source))
        exits.push_back(edge.source);
      drawing.edges[index].source = copies[edge.source];
    }
  }
  for (const Edge &edge : llvm::to_vector(drawing.edges)) {
    if (copies.count(edge.source) || !copies.count(edge.target))
      continue;
    for (uint32_t exit : exits)
      if (areSameRank(exit, edge.target))
        addEdge(exit, copies[edge.target]);
  }
  addNearby(drawing.nodes[inside.front()]);
}

//===----------------------------------------------------------------------===//
// Kinds: things in each other's place
//===----------------------------------------------------------------------===//

void Mutator::swapNodes() {
  // An edge between two parts after the projection: its ends change places.
  uint32_t index = pickEdge([&](const Node &source, const Node &target) {
    return isAttentionPart(source) && isAttentionPart(target) &&
           source.part >= Part::Scores;
  });
  if (failed)
    return;
  uint32_t a = drawing.edges[index].source, b = drawing.edges[index].target;
  touch(drawing.nodes[a]);
  touch(drawing.nodes[b]);
  m.codes = {"DAG102"};
  m.consequences = {"DAG1", "DAG2", "DAG4", "DAG5", "DAG7"};
  m.blamedNodes = {a, b};
  blameEdges(a);
  blameEdges(b);
  addNearby(drawing.nodes[a]);
  addNearby(drawing.nodes[b]);
  for (Edge &edge : drawing.edges)
    for (uint32_t *end : {&edge.source, &edge.target}) {
      if (*end == a)
        *end = b;
      else if (*end == b)
        *end = a;
    }
}

void Mutator::swapLayers() {
  std::vector<uint32_t> layers = getDrawnLayers();
  std::vector<uint32_t> sites;
  for (uint32_t i = 0; i + 1 < layers.size(); ++i)
    sites.push_back(i);
  uint32_t site = pick(sites);
  if (failed)
    return;
  int a = layers[site], b = layers[site + 1];
  m.names = {"layer " + std::to_string(a), "layer " + std::to_string(b)};
  m.codes = {"DAG204", "DAG202"};
  m.consequences = {"DAG2", "DAG3", "DAG4", "DAG6"};
  for (Node &node : drawing.nodes) {
    if (node.layer != a && node.layer != b)
      continue;
    node.layer = node.namedLayer = a + b - node.layer;
    m.blamedNodes.push_back(node.id);
    blameNeighbours(node.id);
    blameEdges(node.id);
  }
  // The layers around them have wrong neighbours now.
  for (const Node &node : drawing.nodes)
    if (node.isTransfer() ||
        (node.layer >= 0 && node.layer >= a - 1 && node.layer <= b + 1)) {
      m.blamedNodes.push_back(node.id);
      blameEdges(node.id);
    }
  for (int layer : {a, b})
    m.blamedStages.push_back(drawing.options.getStageOfLayer(layer));
}

void Mutator::swapDevices() {
  const Node &first = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.rank >= 0 &&
           node.rank + 1 < int(drawing.options.tp);
  });
  if (failed)
    return;
  for (Node &second : drawing.nodes) {
    if (second.part != first.part || second.layer != first.layer ||
        second.stage != first.stage || second.rank != first.rank + 1)
      continue;
    std::swap(drawing.nodes[first.id].firstDevice, second.firstDevice);
    touch(first);
    touch(second);
    m.codes = {"DAG607", "DAG5"};
    // Where only the device says the rank, their edges cross.
    if (drawing.options.style == Style::Terse)
      m.codes.push_back("DAG411");
    m.consequences = {"DAG1", "DAG3", "DAG4", "DAG5", "DAG6"};
    m.blamedNodes = {first.id, second.id};
    blameNeighbours(first.id);
    blameNeighbours(second.id);
    blameEdges(first.id);
    blameEdges(second.id);
    addNearby(first);
    return;
  }
  fail();
}

void Mutator::swapEdges() {
  auto getTwin = [&](uint32_t index) -> int {
    const Edge &edge = drawing.edges[index];
    const Node &source = drawing.nodes[edge.source];
    const Node &target = drawing.nodes[edge.target];
    if (source.rank < 0 || target.rank < 0)
      return -1;
    for (auto [other, twin] : llvm::enumerate(drawing.edges)) {
      const Node &from = drawing.nodes[twin.source];
      const Node &to = drawing.nodes[twin.target];
      if (from.part == source.part && from.layer == source.layer &&
          from.stage == source.stage && from.rank == source.rank + 1 &&
          to.part == target.part && to.layer == target.layer &&
          to.rank == target.rank + 1)
        return other;
    }
    return -1;
  };
  uint32_t index = pickEdge([&](const Node &source, const Node &target) {
    return matchesSelector(target) && source.rank >= 0 && target.rank >= 0 &&
           source.rank + 1 < int(drawing.options.tp);
  });
  int twin = failed ? -1 : getTwin(index);
  if (twin < 0)
    return fail();
  std::swap(drawing.edges[index].target, drawing.edges[twin].target);
  m.codes = {"DAG411", "DAG410", "DAG5"};
  m.consequences = {"DAG1", "DAG3", "DAG4", "DAG5", "DAG6"};
  for (uint32_t edge : {index, uint32_t(twin)}) {
    m.blamedEdges.push_back(edge);
    for (uint32_t node :
         {drawing.edges[edge].source, drawing.edges[edge].target}) {
      m.blamedNodes.push_back(node);
      touch(drawing.nodes[node]);
      addNearby(drawing.nodes[node]);
    }
  }
}

//===----------------------------------------------------------------------===//
// Kinds: edges and nodes too many
//===----------------------------------------------------------------------===//

void Mutator::blameNewEdge(uint32_t edge) {
  m.blamedEdges.push_back(edge);
  for (uint32_t node : {drawing.edges[edge].source, drawing.edges[edge].target})
    if (!llvm::is_contained(m.blamedNodes, node)) {
      touch(drawing.nodes[node]);
      m.blamedNodes.push_back(node);
      addNearby(drawing.nodes[node]);
    }
}

void Mutator::addCycle() {
  m.variant = pickVariant({"back", "self", "two"});
  m.codes = {"DAG404"};
  m.consequences = {"DAG1", "DAG2", "DAG3", "DAG4", "DAG5", "DAG7"};
  if (m.variant == "self") {
    const Node &node =
        pickNode([&](const Node &node) { return matchesSelector(node); });
    if (!failed)
      blameNewEdge(addEdge(node.id, node.id));
    return;
  }
  uint32_t index = pickEdge([&](const Node &source, const Node &target) {
    return matchesSelector(source);
  });
  if (failed)
    return;
  uint32_t first = drawing.edges[index].source;
  uint32_t last = drawing.edges[index].target;
  for (unsigned i = 0; m.variant == "back" && i < 4 && !outgoing[last].empty();
       ++i) {
    uint32_t edge = outgoing[last][seed % outgoing[last].size()];
    last = drawing.edges[edge].target;
  }
  blameNewEdge(addEdge(last, first));
  blameCyclesThrough(first);
}

void Mutator::blameCyclesThrough(uint32_t node) {
  auto reach = [&](const auto &edges, auto getEnd) {
    std::vector<bool> reached(drawing.nodes.size());
    llvm::SmallVector<uint32_t> worklist{node};
    while (!worklist.empty())
      for (uint32_t edge : edges[worklist.pop_back_val()])
        if (uint32_t end = getEnd(drawing.edges[edge]); !reached[end]) {
          reached[end] = true;
          worklist.push_back(end);
        }
    return reached;
  };
  std::vector<bool> after =
      reach(outgoing, [](const Edge &edge) { return edge.target; });
  std::vector<bool> before =
      reach(incoming, [](const Edge &edge) { return edge.source; });
  for (uint32_t other = 0; other < after.size(); ++other)
    if (after[other] && before[other]) {
      m.blamedNodes.push_back(other);
      blameEdges(other);
    }
}

void Mutator::crossRankEdge() {
  uint32_t index = pickEdge([&](const Node &source, const Node &target) {
    return matchesSelector(target) && source.rank >= 0 && target.rank >= 0 &&
           source.stage == target.stage && drawing.options.tp > 1;
  });
  if (failed)
    return;
  uint32_t source = drawing.edges[index].source;
  const Node &target = drawing.nodes[drawing.edges[index].target];
  m.codes = {"DAG411", "DAG5"};
  m.consequences = {"DAG1", "DAG4", "DAG5", "DAG6", "DAG7"};
  for (const Node &other : drawing.nodes)
    if (other.part == target.part && other.layer == target.layer &&
        other.stage == target.stage &&
        other.rank == (target.rank + 1) % int(drawing.options.tp))
      return blameNewEdge(addEdge(source, other.id));
  fail();
}

void Mutator::skipLayerEdge() {
  std::vector<uint32_t> layers = getDrawnLayers();
  std::vector<uint32_t> sites;
  for (uint32_t i = 0; i + 2 < layers.size(); ++i)
    sites.push_back(i);
  uint32_t site = pick(sites);
  if (failed)
    return;
  m.codes = {"DAG411", "DAG204", "DAG301"};
  m.consequences = {"DAG1", "DAG2", "DAG3", "DAG4", "DAG5", "DAG6", "DAG7"};
  auto findBorder = [&](uint32_t layer, bool leaves) -> uint32_t {
    for (const Edge &edge : drawing.edges) {
      bool from = drawing.nodes[edge.source].layer == int(layer);
      bool to = drawing.nodes[edge.target].layer == int(layer);
      if (leaves ? from && !to : to && !from)
        return leaves ? edge.source : edge.target;
    }
    llvm_unreachable("a layer is connected");
  };
  blameNewEdge(addEdge(findBorder(layers[site], /*leaves=*/true),
                       findBorder(layers[site + 2], /*leaves=*/false)));
}

void Mutator::insertUnknownNode() {
  uint32_t index = pickEdge([&](const Node &source, const Node &target) {
    return matchesSelector(target) && source.stage == target.stage &&
           target.rank >= 0;
  });
  if (failed)
    return;
  Edge edge = drawing.edges[index];
  Node node = drawing.nodes[edge.target];
  node.part = Part::Unknown;
  node.collective = node.namedCollective = DrawnCollective::None;
  node.numInputs = node.numOutputs = 0;
  node.addInput(drawing.nodes[edge.source].outputs[0]);
  node.addOutput(drawing.nodes[edge.source].outputs[0]);
  uint32_t id = addNode(node, edge.target);
  removeStatement(Statement::EdgeStmt, index);
  blameNewEdge(addEdge(id, edge.target));
  blameNewEdge(addEdge(edge.source, id));
  m.codes = {"DAG002"};
  m.consequences = {"DAG0", "DAG1", "DAG2", "DAG4", "DAG5", "DAG7"};
}
