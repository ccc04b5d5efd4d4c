//===- Mutator.cpp - Breaks a drawing in one place ------------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::dag::drawing;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Mutator
//===----------------------------------------------------------------------===//

Mutator::Mutator(Drawing &drawing, StringRef selector, uint64_t seed)
    : drawing(drawing), seed(seed) {
  selector.split(words, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  incoming.resize(drawing.nodes.size());
  outgoing.resize(drawing.nodes.size());
  for (auto [index, edge] : llvm::enumerate(drawing.edges)) {
    outgoing[edge.source].push_back(index);
    incoming[edge.target].push_back(index);
  }
}

bool Mutator::isAttentionPart(const Node &node) {
  return node.part >= Part::Qkv && node.part <= Part::AttentionOutput &&
         node.part != Part::Rope && node.part != Part::KvGather;
}

bool Mutator::matchesSelector(const Node &node) const {
  const PartInfo &info = getPartInfo(node.part);
  StringRef role = node.collective == DrawnCollective::None
                       ? StringRef(info.role)
                       : getCollectiveRole(node.collective);
  return llvm::all_of(words, [&](StringRef word) {
    auto [key, value] = word.split('=');
    if (key == "layer")
      return value == std::to_string(node.layer);
    if (key == "rank")
      return value == std::to_string(node.rank);
    if (key == "stage")
      return value == std::to_string(node.stage);
    return word == role || word == getNodeName(drawing.options, node);
  });
}

StringRef Mutator::takeWord(llvm::ArrayRef<StringRef> variants) {
  for (const StringRef *it = words.begin(); it != words.end(); ++it) {
    StringRef word = *it;
    if (!llvm::is_contained(variants, word))
      continue;
    words.erase(it);
    return word;
  }
  return "";
}

StringRef Mutator::pickVariant(llvm::ArrayRef<StringRef> variants) {
  StringRef word = takeWord(variants);
  if (!word.empty())
    return word;
  numVariants = variants.size();
  word = variants[seed % numVariants];
  seed /= numVariants;
  return word;
}

void Mutator::setMissingCodes(const Node &node) {
  if (isAttentionPart(node))
    m.codes = {"DAG101"};
  else if (node.collective != DrawnCollective::None)
    m.codes = {"DAG5", "DAG206", "DAG402"};
  else if (node.part == Part::Send)
    m.codes = {"DAG303", "DAG301"};
  else if (node.part == Part::Recv)
    m.codes = {"DAG302", "DAG301"};
  else if (node.part == Part::Transfer)
    m.codes = {"DAG301", "DAG401", "DAG402"};
  else if (node.part == Part::Input)
    m.codes = {"DAG407", "DAG401"};
  else if (node.part == Part::Output)
    m.codes = {"DAG408", "DAG402"};
  else if (node.layer >= 0)
    m.codes = {"DAG206", "DAG507"};
  else
    m.codes = {"DAG507", "DAG401", "DAG402"};
}

void Mutator::setDoubledCodes(const Node &node) {
  if (isAttentionPart(node))
    m.codes = {"DAG103"};
  else if (node.collective != DrawnCollective::None)
    m.codes = {"DAG506", "DAG203", "DAG411", "DAG507"};
  else if (node.isTransfer())
    m.codes = {"DAG307"};
  else
    m.codes = {"DAG507", "DAG206", "DAG203", "DAG411", "DAG705"};
}

void Mutator::blameNeighbours(uint32_t node) {
  for (uint32_t edge : incoming[node])
    m.blamedNodes.push_back(drawing.edges[edge].source);
  for (uint32_t edge : outgoing[node])
    m.blamedNodes.push_back(drawing.edges[edge].target);
}

void Mutator::blameEdges(uint32_t node) {
  llvm::append_range(m.blamedEdges, incoming[node]);
  llvm::append_range(m.blamedEdges, outgoing[node]);
}

void Mutator::blameBlock(const Node &node) {
  bool inAttention = node.part < Part::AttentionResidual;
  for (const Node &other : drawing.nodes)
    if (other.layer == node.layer && other.layer >= 0 &&
        (other.part < Part::AttentionResidual) == inAttention)
      m.blamedNodes.push_back(other.id);
}

void Mutator::addNearby(const Node &node) {
  for (const Node &other : drawing.nodes)
    if (node.layer >= 0 ? other.layer == node.layer
                        : other.stage == node.stage && other.layer < 0)
      m.nearNodes.push_back(other.id);
  for (uint32_t edge : incoming[node.id]) {
    m.nearEdges.push_back(edge);
    m.nearNodes.push_back(drawing.edges[edge].source);
  }
  for (uint32_t edge : outgoing[node.id]) {
    m.nearEdges.push_back(edge);
    m.nearNodes.push_back(drawing.edges[edge].target);
  }
}

void Mutator::addPeers(const Node &node) {
  for (const Node &other : drawing.nodes)
    if (other.part == node.part && other.layer == node.layer &&
        other.stage == node.stage)
      m.nearNodes.push_back(other.id);
}

void Mutator::removeStatement(Statement::Kind kind, uint32_t index) {
  llvm::erase_if(drawing.statements, [&](const Statement &statement) {
    return statement.kind == kind && statement.index == index;
  });
}

void Mutator::removeNodes(llvm::function_ref<bool(const Node &)> predicate) {
  llvm::erase_if(drawing.statements, [&](const Statement &statement) {
    if (statement.kind == Statement::NodeStmt)
      return predicate(drawing.nodes[statement.index]);
    if (statement.kind != Statement::EdgeStmt)
      return false;
    const Edge &edge = drawing.edges[statement.index];
    return predicate(drawing.nodes[edge.source]) ||
           predicate(drawing.nodes[edge.target]);
  });
}

void Mutator::insertAfterNode(uint32_t node, Statement::Kind kind,
                              uint32_t index) {
  auto it = llvm::find_if(drawing.statements, [&](const Statement &statement) {
    return statement.kind == Statement::NodeStmt && statement.index == node;
  });
  drawing.statements.insert(it + 1, {kind, index});
}

uint32_t Mutator::addNode(Node node, uint32_t after) {
  node.id = drawing.nodes.size();
  drawing.nodes.push_back(node);
  incoming.emplace_back();
  outgoing.emplace_back();
  insertAfterNode(after, Statement::NodeStmt, node.id);
  return node.id;
}

uint32_t Mutator::addEdge(uint32_t source, uint32_t target,
                          const EdgeInfo &info) {
  uint32_t index = drawing.edges.size();
  drawing.edges.push_back({source, target, info});
  outgoing[source].push_back(index);
  incoming[target].push_back(index);
  // An edge inside a cluster would draw its ends into it.
  if (drawing.nodes[source].stage != drawing.nodes[target].stage ||
      drawing.options.usesClusters())
    drawing.statements.push_back({Statement::EdgeStmt, index});
  else
    insertAfterNode(target, Statement::EdgeStmt, index);
  return index;
}

uint32_t Mutator::copyNode(uint32_t node) {
  Node copy = drawing.nodes[node];
  ++copy.copy;
  return addNode(copy, node);
}

const Node &
Mutator::pickNode(llvm::function_ref<bool(const Node &)> predicate) {
  std::vector<uint32_t> sites;
  for (const Node &node : drawing.nodes)
    if (predicate(node))
      sites.push_back(node.id);
  return drawing.nodes[pick(sites)];
}

uint32_t Mutator::pickEdge(
    llvm::function_ref<bool(const Node &, const Node &)> predicate) {
  std::vector<uint32_t> sites;
  for (auto [index, edge] : llvm::enumerate(drawing.edges))
    if (predicate(drawing.nodes[edge.source], drawing.nodes[edge.target]))
      sites.push_back(index);
  return pick(sites);
}

std::vector<uint32_t> Mutator::getDrawnLayers() const {
  std::vector<uint32_t> layers;
  for (const Node &node : drawing.nodes)
    if (node.layer >= 0 &&
        (layers.empty() || layers.back() != unsigned(node.layer)))
      layers.push_back(node.layer);
  return layers;
}

//===----------------------------------------------------------------------===//
// Damage
//===----------------------------------------------------------------------===//

void Mutator::damage() {
  m.variant = m.textDamage = pickVariant({"brace", "quote", "truncate"});
  pick({0});
  m.codes = {"DAG001"};
  m.consequences = {"DAG0", "DAG1", "DAG2", "DAG3",
                    "DAG4", "DAG5", "DAG6", "DAG7"};
  m.blamesAnything = true;
}

unsigned mlir::dag::drawing::damageText(const Mutation &mutation, uint64_t seed,
                                        std::string &text) {
  size_t place;
  if (mutation.textDamage == "truncate") {
    place = text.size() / 4 + seed * 2654435761u % (text.size() / 2);
    text.resize(place);
  } else {
    char mark = mutation.textDamage == "brace" ? '}' : '"';
    llvm::SmallVector<size_t> places;
    // In HTML, quotes are text; in quotes, everything is.
    unsigned htmlDepth = 0;
    bool inQuotes = false;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"' && !htmlDepth)
        inQuotes = !inQuotes;
      else if (text[i] == '<' && !inQuotes)
        ++htmlDepth;
      else if (text[i] == '>' && htmlDepth)
        --htmlDepth;
      if (text[i] == mark && !htmlDepth && (mark == '"' || !inQuotes))
        places.push_back(i);
    }
    place = places[seed * 2654435761u % places.size()];
    text.erase(place, 1);
  }
  return 1 + std::count(text.begin(), text.begin() + place, '\n');
}
