//===- DotGraph.cpp - A drawing and how it is built -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Target/Dot/DotGraph.h"

#include "DotBuilder.h"
#include "DotParser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/xxhash.h"

#include <array>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

static_assert(std::is_trivially_destructible_v<dot::Attribute>,
              "lists of attributes live in an allocator that runs no dtors");

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

static bool isBefore(const dot::Attribute &left, const dot::Attribute &right) {
  return std::tie(left.position.line, left.position.column) <
         std::tie(right.position.line, right.position.column);
}

static const dot::Attribute *find(AttributeList attributes, StringRef key) {
  const dot::Attribute *found =
      llvm::find_if(attributes, [&](const dot::Attribute &other) {
        return other.key == key;
      });
  return found == attributes.end() ? nullptr : found;
}

void dot::removeOverridden(SmallVectorImpl<dot::Attribute> &attributes) {
  constexpr size_t kMaxScanned = 16;
  size_t count = 0;
  auto keep = [&](size_t to, const dot::Attribute &attribute) {
    attributes[to] = attribute;
    count += to == count;
  };
  if (attributes.size() <= kMaxScanned) {
    for (const dot::Attribute &attribute : attributes) {
      size_t to = 0;
      while (to != count && attributes[to].key != attribute.key)
        ++to;
      keep(to, attribute);
    }
  } else {
    llvm::DenseMap<StringRef, size_t> indices;
    for (const dot::Attribute &attribute : attributes)
      keep(indices.try_emplace(attribute.key, count).first->second, attribute);
  }
  attributes.truncate(count);
}

/// A key lives at the first free place on the path that its hash describes, two
/// bits a step. Once the bits are used up the path is a list, so that keys with
/// equal hashes are kept apart.
struct DefaultAttributes::TreeNode {
  const dot::Attribute *attribute = nullptr;
  std::array<TreeNode *, 4> children = {};
};

const dot::Attribute *DefaultAttributes::lookup(StringRef key) const {
  const TreeNode *node = root;
  for (uint64_t hash = root ? llvm::xxh3_64bits(key) : 0; node; hash >>= 2) {
    if (node->attribute->key == key)
      return node->attribute;
    node = node->children[hash & 3];
  }
  return nullptr;
}

void DefaultAttributes::set(const dot::Attribute &attribute,
                            llvm::BumpPtrAllocator &allocator) {
  const TreeNode *old = root;
  TreeNode *newRoot = nullptr;
  TreeNode **link = &newRoot;
  for (uint64_t hash = llvm::xxh3_64bits(attribute.key); old; hash >>= 2) {
    auto *copy = new (allocator) TreeNode(*old);
    *link = copy;
    if (copy->attribute->key == attribute.key) {
      copy->attribute = &attribute;
      root = newRoot;
      return;
    }
    link = &copy->children[hash & 3];
    old = *link;
  }
  *link = new (allocator) TreeNode();
  (*link)->attribute = &attribute;
  root = newRoot;
}

SmallVector<dot::Attribute> DefaultAttributes::getAttributes() const {
  SmallVector<dot::Attribute> result;
  SmallVector<const TreeNode *> worklist;
  if (root)
    worklist.push_back(root);
  while (!worklist.empty()) {
    const TreeNode *node = worklist.pop_back_val();
    result.push_back(*node->attribute);
    for (const TreeNode *child : node->children)
      if (child)
        worklist.push_back(child);
  }
  llvm::sort(result, isBefore);
  return result;
}

const dot::Attribute *Node::lookup(StringRef key) const {
  const dot::Attribute *own = find(attributes, key);
  return own ? own : defaults.lookup(key);
}

const dot::Attribute *Edge::lookup(StringRef key) const {
  const dot::Attribute *own = find(attributes, key);
  return own ? own : defaults.lookup(key);
}

const dot::Attribute *Subgraph::lookupOwn(StringRef key) const {
  return find(attributes, key);
}

const dot::Attribute *Subgraph::lookup(StringRef key) const {
  const dot::Attribute *own = lookupOwn(key);
  return own ? own : defaults.lookup(key);
}

void Graph::addError(Position position, const Twine &message) {
  if (++numErrors; errors.size() < kMaxErrors)
    errors.push_back({position, message.str()});
}

void Graph::addHarmless(Position position, const Twine &message, bool isFirst) {
  ++numHarmless;
  if (++numErrors; isFirst && errors.size() < kMaxErrors)
    errors.push_back({position, message.str(), /*isHarmless=*/true});
}

// Not through `StringSaver`, whose code is in a library that a build with
// AddressSanitizer does not instrument, while the allocator's code is here.
StringRef Graph::save(StringRef text) {
  char *copy = allocator.Allocate<char>(text.size() + 1);
  llvm::copy(text, copy);
  copy[text.size()] = '\0';
  return StringRef(copy, text.size());
}

//===----------------------------------------------------------------------===//
// Scopes
//===----------------------------------------------------------------------===//

GraphBuilder::GraphBuilder(Graph &graph) : graph(graph) {
  graph.subgraphs.emplace_back();
  clusters.push_back(0);
  isOpen.push_back(true);
  scopes.emplace_back();
}

/// Accounts for work beyond what the text itself amounts to. Returns false if
/// too much of it was done.
bool GraphBuilder::spend(size_t work) {
  size_t limit = 2 * (numMentions + numAttributes) + kMaxProductEdges;
  if (work > limit || extraWork > limit - work)
    return false;
  extraWork += work;
  return true;
}

/// The defaults of a sub-graph that is opened again: those around it now, and
/// its own changes over them.
DefaultAttributes GraphBuilder::reopen(DefaultAttributes current,
                                       DefaultAttributes outer,
                                       DefaultAttributes own,
                                       ArrayRef<AttributeList> changes,
                                       Position position) {
  if (current.isSameAs(outer))
    return own;
  // What setting a default costs, in about the unit of the other work.
  constexpr size_t kCostOfSet = 4;
  for (AttributeList attributes : changes) {
    if (!spend(attributes.size() * kCostOfSet)) {
      graph.addError(position, "expected fewer defaults in sub-graphs that are "
                               "opened again, but got another " +
                                   Twine(attributes.size()));
      return own;
    }
    for (const dot::Attribute &attribute : attributes)
      current.set(attribute, graph.allocator);
  }
  return current;
}

void GraphBuilder::openSubgraph(StringRef name, Position position) {
  const Scope &parent = scopes.back();
  Scope scope;
  scope.firstMention = mentions.size();
  scope.firstDeclaration = declarations.size();
  scope.nodes = parent.nodes;
  scope.edges = parent.edges;
  scope.graph = parent.graph;
  scope.subgraph = graph.subgraphs.size();

  if (!name.empty()) {
    auto [it, isNew] = records.try_emplace({parent.subgraph, name},
                                           unsigned(namedSubgraphs.size()));
    scope.record = it->second;
    if (isNew)
      namedSubgraphs.emplace_back().index = scope.subgraph;
    NamedSubgraph &record = namedSubgraphs[scope.record];
    if (!isNew) {
      scope.subgraph = record.index;
      scope.graph = record.graph;
      scope.nodes = reopen(parent.nodes, record.outerNodes, record.nodes,
                           record.nodeChanges, position);
      scope.edges = reopen(parent.edges, record.outerEdges, record.edges,
                           record.edgeChanges, position);
    }
    record.outerNodes = parent.nodes;
    record.outerEdges = parent.edges;
  }

  if (scope.subgraph == graph.subgraphs.size()) {
    graph.subgraphs.push_back(
        {name, parent.subgraph, position, {}, parent.graph});
    clusters.push_back(graph.subgraphs.back().isCluster()
                           ? scope.subgraph
                           : clusters[parent.subgraph]);
    isOpen.push_back(true);
  }
  isOpen[scope.subgraph] = true;
  scopes.push_back(scope);
}

void GraphBuilder::closeSubgraph() {
  Scope scope = scopes.back();
  scopes.pop_back();
  isOpen[scope.subgraph] = false;

  bool isAnonymous = scope.record == kAnonymous;
  if (!isAnonymous) {
    NamedSubgraph &record = namedSubgraphs[scope.record];
    record.members.push_back({scope.firstMention, unsigned(mentions.size())});
    firstUnnamedMention = mentions.size();
    record.nodes = scope.nodes;
    record.edges = scope.edges;
    record.graph = scope.graph;
  }
  // Only an anonymous sub-graph hands on what may be part of an edge.
  if (!isAnonymous || getDepth() == 0)
    declarations.resize(scope.firstDeclaration);

  if (isAnonymous && !scope.isUsed &&
      scope.subgraph + 1 == graph.subgraphs.size()) {
    graph.subgraphs.pop_back();
    clusters.pop_back();
    isOpen.pop_back();
  }
}

/// Each node of `ranges` once, in the order of their creation.
SmallVector<unsigned>
GraphBuilder::collect(ArrayRef<std::pair<unsigned, unsigned>> ranges,
                      Position position) {
  SmallVector<unsigned> nodes;
  size_t size = 0;
  for (auto [begin, end] : ranges)
    size += end - begin;
  if (!spend(size + ranges.size())) {
    graph.addError(position, "expected fewer nodes in the groups of edges, but "
                             "got another " +
                                 Twine(size));
    return nodes;
  }

  nodes.reserve(size);
  for (auto [begin, end] : ranges)
    nodes.append(mentions.begin() + begin, mentions.begin() + end);
  llvm::sort(nodes);
  nodes.erase(llvm::unique(nodes), nodes.end());
  return nodes;
}

void GraphBuilder::takeMembers(SmallVectorImpl<NodeReference> &members) {
  const Scope &scope = scopes.back();
  SmallVector<std::pair<unsigned, unsigned>> ranges;
  if (scope.record != kAnonymous) {
    llvm::append_range(ranges, namedSubgraphs[scope.record].members);
  } else {
    for (const Declaration &declaration :
         ArrayRef(declarations).drop_front(scope.firstDeclaration)) {
      PlaceKind &place = places[declaration.node];
      if (place != PlaceKind::Statement)
        continue;
      place = PlaceKind::Mention;
      Node &node = graph.nodes[declaration.node];
      node.isDeclared = false;
      node.position = declaration.oldPosition;
    }
    declarations.resize(scope.firstDeclaration);
  }
  ranges.push_back({scope.firstMention, unsigned(mentions.size())});
  SmallVector<unsigned> nodes =
      collect(ranges, graph.subgraphs[scope.subgraph].position);
  for (unsigned node : nodes)
    members.push_back({node, {}, {}});

  // The sub-graphs around this one need each node but once.
  if (ranges.size() == 1 && !nodes.empty() &&
      scope.firstMention >= firstUnnamedMention) {
    mentions.resize(scope.firstMention);
    llvm::append_range(mentions, nodes);
  }
}

void GraphBuilder::takeMembersOf(StringRef name, Position position,
                                 SmallVectorImpl<NodeReference> &members) {
  auto it = records.find({scopes.back().subgraph, name});
  if (it == records.end())
    return;
  for (unsigned node : collect(namedSubgraphs[it->second].members, position))
    members.push_back({node, {}, {}});
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

/// Counts the attributes of a statement, which may be those of many things.
void GraphBuilder::countAttributes(AttributeList attributes) {
  if (attributes.data() == lastCounted.data())
    return;
  lastCounted = attributes;
  numAttributes += attributes.size();
}

void GraphBuilder::append(Pieces &pieces, unsigned index,
                          AttributeList &attributes, AttributeList added) {
  countAttributes(added);
  if (attributes.empty())
    attributes = added;
  else if (!added.empty())
    pieces[index].push_back(added);
}

void GraphBuilder::set(DefaultAttributes &defaults, AttributeList attributes) {
  countAttributes(attributes);
  for (const dot::Attribute &attribute : attributes)
    defaults.set(attribute, graph.allocator);
}

void GraphBuilder::setNodeDefaults(AttributeList attributes) {
  Scope &scope = scopes.back();
  set(scope.nodes, attributes);
  if (scope.record != kAnonymous)
    namedSubgraphs[scope.record].nodeChanges.push_back(attributes);
}

void GraphBuilder::setEdgeDefaults(AttributeList attributes) {
  Scope &scope = scopes.back();
  set(scope.edges, attributes);
  if (scope.record != kAnonymous)
    namedSubgraphs[scope.record].edgeChanges.push_back(attributes);
}

void GraphBuilder::setGraphAttributes(AttributeList attributes) {
  Scope &scope = scopes.back();
  scope.isUsed = true;
  set(scope.graph, attributes);
  append(subgraphPieces, scope.subgraph,
         graph.subgraphs[scope.subgraph].attributes, attributes);
}

unsigned GraphBuilder::mentionNode(StringRef name, Position position) {
  Scope &scope = scopes.back();
  auto [it, isNew] = nodeIndex.try_emplace(llvm::CachedHashStringRef(name),
                                           unsigned(graph.nodes.size()));
  unsigned index = it->second;
  mentions.push_back(index);
  ++numMentions;
  if (isNew) {
    scope.isUsed = true;
    Node &node = graph.nodes.emplace_back();
    node.name = name;
    node.position = position;
    node.defaults = scope.nodes;
    node.subgraph = scope.subgraph;
    places.push_back(PlaceKind::Mention);
    return index;
  }

  // A cluster that is open is the current one or around it.
  Node &node = graph.nodes[index];
  SubgraphIndex cluster = clusters[scope.subgraph];
  SubgraphIndex oldCluster = clusters[node.subgraph];
  if (cluster != 0 && cluster != oldCluster &&
      (oldCluster == 0 || isOpen[oldCluster])) {
    scope.isUsed = true;
    node.subgraph = scope.subgraph;
  }
  return index;
}

void GraphBuilder::declareNode(unsigned index, Position position,
                               AttributeList attributes) {
  Node &node = graph.nodes[index];
  PlaceKind kind = attributes.empty() ? PlaceKind::Statement
                                      : PlaceKind::StatementWithAttributes;
  if (kind > places[index]) {
    if (kind == PlaceKind::Statement && getDepth() != 0 &&
        scopes.back().record == kAnonymous)
      declarations.push_back({index, node.position});
    places[index] = kind;
    node.position = position;
  }
  node.isDeclared = true;
  append(nodePieces, index, node.attributes, attributes);
}

void GraphBuilder::addEdge(const NodeReference &source,
                           const NodeReference &target, Position position,
                           AttributeList attributes, unsigned key) {
  if (graph.isStrict || key != 0) {
    std::pair<unsigned, unsigned> ends(source.node, target.node);
    if (!graph.isDirected && ends.first > ends.second)
      std::swap(ends.first, ends.second);
    auto [it, isNew] =
        edgeIndex.try_emplace(std::make_tuple(ends.first, ends.second, key),
                              unsigned(graph.edges.size()));
    if (!isNew) {
      Edge &edge = graph.edges[it->second];
      bool isReversed = edge.source != source.node;
      StringRef sourcePort = isReversed ? target.port : source.port;
      StringRef targetPort = isReversed ? source.port : target.port;
      if (!sourcePort.empty())
        edge.sourcePort = sourcePort;
      if (!targetPort.empty())
        edge.targetPort = targetPort;
      append(edgePieces, it->second, edge.attributes, attributes);
      return;
    }
  }
  const Scope &scope = scopes.back();
  graph.edges.push_back({source.node, target.node, source.port, target.port,
                         position, attributes, scope.edges, scope.subgraph});
}

void GraphBuilder::addEdges(ArrayRef<NodeReference> sources,
                            ArrayRef<NodeReference> targets, Position position,
                            AttributeList attributes, StringRef key) {
  size_t limit = numMentions + kMaxProductEdges;
  if (!sources.empty() &&
      targets.size() > (limit - numEdges) / sources.size()) {
    graph.addError(position, "expected at most " + Twine(limit - numEdges) +
                                 " edges from groups here, but got " +
                                 Twine(sources.size()) + " times " +
                                 Twine(targets.size()));
    return;
  }
  numEdges += sources.size() * targets.size();
  countAttributes(attributes);
  scopes.back().isUsed = true;

  unsigned keyIndex = 0;
  if (!key.empty() && !graph.isStrict)
    keyIndex = edgeKeys.try_emplace(key, edgeKeys.size() + 1).first->second;
  for (const NodeReference &source : sources)
    for (const NodeReference &target : targets)
      addEdge(source, target, position, attributes, keyIndex);
}

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

AttributeList GraphBuilder::join(AttributeList first,
                                 ArrayRef<AttributeList> rest) {
  SmallVector<AttributeList> pieces = {first};
  llvm::append_range(pieces, rest);
  SmallVector<dot::Attribute> joined;
  for (AttributeList attributes : pieces) {
    if (!spend(attributes.size())) {
      graph.addError(attributes.front().position,
                     "expected fewer attributes for groups of nodes, but got "
                     "another " +
                         Twine(attributes.size()));
      break;
    }
    llvm::append_range(joined, attributes);
  }
  removeOverridden(joined);
  return ArrayRef(joined).copy(graph.allocator);
}

void GraphBuilder::finish() {
  while (getDepth() != 0)
    closeSubgraph();
  graph.subgraphs.front().position = graph.position;
  for (auto &[index, rest] : nodePieces)
    graph.nodes[index].attributes = join(graph.nodes[index].attributes, rest);
  for (auto &[index, rest] : edgePieces)
    graph.edges[index].attributes = join(graph.edges[index].attributes, rest);
  for (auto &[index, rest] : subgraphPieces)
    graph.subgraphs[index].attributes =
        join(graph.subgraphs[index].attributes, rest);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// The text as valid UTF-8, so that nobody who prints a part of it has to care.
/// Bytes that are not part of UTF-8 are taken for Latin-1.
static StringRef toUTF8(Graph &graph, StringRef text) {
  std::string converted;
  if (llvm::hasUTF16ByteOrderMark(ArrayRef(text.data(), text.size()))) {
    graph.addError({1, 1}, "expected UTF-8, but got UTF-16");
    if (llvm::convertUTF16ToUTF8String(ArrayRef(text.data(), text.size()),
                                       converted))
      return graph.save(converted);
  }

  size_t size = 0;
  StringRef rest = text;
  while (!llvm::json::isUTF8(rest, &size)) {
    if (converted.empty()) {
      StringRef before = text.take_front(rest.data() - text.data() + size);
      unsigned line = before.count('\n') + 1;
      unsigned column = before.size() - (before.rfind('\n') + 1) + 1;
      graph.addError({line, column}, "expected UTF-8, but got byte 0x" +
                                         llvm::utohexstr(uint8_t(rest[size])));
      converted.reserve(text.size() + text.size() / 8);
    }
    converted += rest.take_front(size);
    uint8_t byte = rest[size];
    converted += static_cast<char>(0xC0 | byte >> 6);
    converted += static_cast<char>(0x80 | (byte & 0x3F));
    rest = rest.drop_front(size + 1);
  }
  if (converted.empty())
    return graph.save(text);
  converted += rest;
  return graph.save(converted);
}

/// Reports NUL bytes wherever they stand: others cut a string off there.
static void reportNUL(Graph &graph, StringRef text) {
  size_t first = text.find('\0');
  if (first == StringRef::npos)
    return;
  StringRef before = text.take_front(first);
  unsigned line = before.count('\n') + 1;
  unsigned column = before.size() - (before.rfind('\n') + 1) + 1;
  for (size_t i = 0, e = text.count('\0'); i < e; ++i)
    graph.addHarmless({line, column}, "expected text, but got a NUL byte",
                      i == 0);
}

std::unique_ptr<Graph> dot::parseDot(llvm::MemoryBufferRef buffer) {
  auto graph = std::make_unique<Graph>();
  // The copy is the graph's own, and ends with a NUL byte.
  graph->text = toUTF8(*graph, buffer.getBuffer());
  reportNUL(*graph, graph->text);
  Parser(*graph, graph->text).parse();
  return graph;
}
