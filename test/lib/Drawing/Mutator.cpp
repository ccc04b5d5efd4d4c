//===- Mutator.cpp - Breaks a drawing in one place
//-------------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir::dag::drawing;
using llvm::StringRef;

static const MutationInfo mutationInfos[] = {
    {"drop-node", "DAG1xx-DAG5xx", "role or name",
     "a node and its edges are missing"},
    {"drop-declaration", "DAG006", "role or name",
     "a node is only mentioned by edges"},
    {"drop-edge", "DAG401 DAG402 DAG410", "role of the target",
     "an edge is missing"},
    {"drop-send", "DAG301 DAG303", "",
     "what fed a send feeds the recv; or a transfer "
     "at an edge is not stated"},
    {"drop-recv", "DAG301 DAG302", "", "what a recv fed is fed by the send"},
    {"drop-layer", "DAG201", "cut",
     "a layer is missing; its neighbours are "
     "joined, unless cut"},
    {"drop-rank", "DAG503 DAG507", "layer",
     "all nodes of a rank are missing, in "
     "the whole drawing or in a layer"},
    {"double-node", "DAG103 DAG307 DAG5xx", "role or name",
     "a second node with the same edges and another name"},
    {"double-edge", "DAG409", "role of the target", "an edge stands twice"},
    {"double-layer", "DAG203", "", "a layer is followed by itself"},
    {"swap-nodes", "DAG102", "", "two parts of an attention change places"},
    {"swap-layers", "DAG204 DAG202", "", "two layers change places"},
    {"swap-devices", "DAG607", "role",
     "the ranks of a part run on each "
     "other's device"},
    {"swap-edges", "DAG411 DAG5xx", "role of the target",
     "two ranks feed each other"},
    {"change-dim", "DAG7xx DAG502 DAG304",
     "batch, seq, hidden, heads, head_dim, "
     "ffn, vocab, experts; or role",
     "a dimension before or after a node is doubled"},
    {"change-device", "DAG602 DAG607 DAG503",
     "rank, stage, nonexistent; or role", "a node runs elsewhere"},
    {"change-stage", "DAG6xx", "layer; or role",
     "a node, or a layer, is marked "
     "as another stage"},
    {"change-layer-number", "DAG101 DAG206 DAG003", "label, beyond; or role",
     "a node says another layer"},
    {"add-cycle", "DAG404", "back, self, two", "an edge leads back"},
    {"wrong-collective", "DAG501 DAG502 DAG503",
     "kind, label, unstated, no-devices, "
     "too-small, too-large; or role",
     "a collective of another kind, of no kind, or over other devices"},
    {"all-reduce-doubled", "DAG506", "", "an all-reduce follows itself"},
    {"drop-stage-marks", "DAG601", "", "no node says its stage"},
    {"wrong-stage-range", "DAG604", "",
     "a cluster states a wrong range of "
     "layers"},
    {"transfer-shape", "DAG304", "send, recv",
     "the ends of a transfer "
     "differ in shape"},
    {"transfer-wrong-stage", "DAG306", "",
     "a transfer goes to a stage that it "
     "does not reach"},
    {"cross-rank-edge", "DAG411 DAG5xx", "role of the target",
     "an edge leads to another rank besides"},
    {"skip-layer-edge", "DAG411 DAG204 DAG301", "",
     "an edge leads past a layer"},
    {"head-split", "DAG7xx DAG507", "kv", "a rank has a head too many"},
    {"uneven-shard", "DAG705 DAG703", "ffn, vocab", "the shards do not add up"},
    {"unknown-node", "DAG002", "",
     "a node that says nothing stands in an edge"},
    {"damage", "DAG001", "brace, quote, truncate", "the text is broken"},
};

llvm::ArrayRef<MutationInfo> mlir::dag::drawing::getMutations() {
  return mutationInfos;
}

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
         node.part != Part::Rope;
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
      drawing.options.stageMark == StageMark::Cluster)
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

//===----------------------------------------------------------------------===//
// Kinds
//===----------------------------------------------------------------------===//

bool Mutator::run(StringRef kind) {
  using Method = void (Mutator::*)();
  auto method = llvm::StringSwitch<Method>(kind)
                    .Case("drop-node", &Mutator::dropNode)
                    .Case("drop-declaration", &Mutator::dropDeclaration)
                    .Case("drop-edge", &Mutator::dropEdge)
                    .Case("drop-send", &Mutator::dropSend)
                    .Case("drop-recv", &Mutator::dropRecv)
                    .Case("drop-layer", &Mutator::dropLayer)
                    .Case("drop-rank", &Mutator::dropRank)
                    .Case("double-node", &Mutator::doubleNode)
                    .Case("double-edge", &Mutator::doubleEdge)
                    .Case("double-layer", &Mutator::doubleLayer)
                    .Case("swap-nodes", &Mutator::swapNodes)
                    .Case("swap-layers", &Mutator::swapLayers)
                    .Case("swap-devices", &Mutator::swapDevices)
                    .Case("swap-edges", &Mutator::swapEdges)
                    .Case("change-dim", &Mutator::changeDim)
                    .Case("change-device", &Mutator::changeDevice)
                    .Case("change-stage", &Mutator::changeStage)
                    .Case("change-layer-number", &Mutator::changeLayerNumber)
                    .Case("add-cycle", &Mutator::addCycle)
                    .Case("wrong-collective", &Mutator::wrongCollective)
                    .Case("all-reduce-doubled", &Mutator::doubleAllReduce)
                    .Case("drop-stage-marks", &Mutator::dropStageMarks)
                    .Case("wrong-stage-range", &Mutator::wrongStageRange)
                    .Case("transfer-shape", &Mutator::transferShape)
                    .Case("transfer-wrong-stage", &Mutator::transferWrongStage)
                    .Case("cross-rank-edge", &Mutator::crossRankEdge)
                    .Case("skip-layer-edge", &Mutator::skipLayerEdge)
                    .Case("head-split", &Mutator::splitHeadsWrongly)
                    .Case("uneven-shard", &Mutator::shardUnevenly)
                    .Case("unknown-node", &Mutator::insertUnknownNode)
                    .Case("damage", &Mutator::damage)
                    .Default(nullptr);
  if (!method)
    return false;
  (this->*method)();
  m.kind = kind;
  m.description = (llvm::Twine(m.variant) + (m.variant.empty() ? "" : " ") +
                   llvm::join(m.names, ", "))
                      .str();
  return true;
}

llvm::Expected<Mutation>
mlir::dag::drawing::mutate(Drawing &drawing, StringRef spec, uint64_t seed) {
  auto [kind, selector] = spec.split(':');
  Mutator mutator(drawing, selector, seed);
  if (!mutator.run(kind))
    return llvm::createStringError("unknown mutation '" + kind + "'");
  if (mutator.hasFailed())
    return llvm::createStringError("no place in the drawing for '" + spec +
                                   "'");
  return mutator.takeResult();
}
