//===- DotBuilder.h - Statements of a drawing to its graph ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_DOTBUILDER_H
#define DAG_LIB_TARGET_DOT_DOTBUILDER_H

#include "dag/Target/Dot/DotGraph.h"
#include "llvm/ADT/CachedHashString.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

#include <tuple>
#include <utility>

namespace mlir::dag::dot {

/// A node as one side of an edge operator.
struct NodeReference {
  unsigned node = 0;
  StringRef port;
  /// The name in the text; no line if a sub-graph stands for the node.
  Position position;
};

/// The meaning of DOT's statements, in the order of the text: scopes, defaults,
/// membership and edges. What the text says in n bytes costs O(n log n) here,
/// but for the edges of products, which are limited.
class GraphBuilder {
public:
  explicit GraphBuilder(Graph &graph);

  /// Enters a sub-graph; a named one that its parent has already is opened
  /// again.
  void openSubgraph(StringRef name, Position position);
  void closeSubgraph();
  size_t getDepth() const { return scopes.size() - 1; }

  /// Appends the nodes of the innermost open sub-graph, which is one side of an
  /// edge operator: what it only names counts as named by the edge.
  void takeMembers(SmallVectorImpl<NodeReference> &members);
  /// Appends the nodes of a named sub-graph of the innermost open one.
  void takeMembersOf(StringRef name, Position position,
                     SmallVectorImpl<NodeReference> &members);
  bool hasSubgraph(StringRef name) const {
    return records.contains({scopes.back().subgraph, name});
  }

  void setNodeDefaults(AttributeList attributes);
  void setEdgeDefaults(AttributeList attributes);
  void setGraphAttributes(AttributeList attributes);

  /// A node is named, in a statement or in an edge.
  unsigned mentionNode(StringRef name, Position position);
  /// A node mentioned right before is a statement of its own.
  void declareNode(unsigned node, Position position, AttributeList attributes);
  /// All edges from `sources` to `targets`. Edges between the same nodes with
  /// the same `key` are one edge, if it isn't empty.
  void addEdges(ArrayRef<NodeReference> sources,
                ArrayRef<NodeReference> targets, Position position,
                AttributeList attributes, StringRef key);

  /// Closes what is open, and gives each thing its list of attributes.
  void finish();

private:
  /// An open sub-graph.
  struct Scope {
    SubgraphIndex subgraph = 0;
    /// Index in `namedSubgraphs`, or `kAnonymous`.
    unsigned record = kAnonymous;
    /// True if a node, an edge or an attribute belongs to the sub-graph.
    bool isUsed = false;
    unsigned firstMention = 0;
    unsigned firstDeclaration = 0;
    DefaultAttributes nodes;
    DefaultAttributes edges;
    DefaultAttributes graph;
  };

  /// What is kept of a named sub-graph for the time when it is opened again.
  struct NamedSubgraph {
    SubgraphIndex index = 0;
    /// Ranges of `mentions`, one for each time that the sub-graph was closed.
    SmallVector<std::pair<unsigned, unsigned>, 1> members;
    /// Defaults of the parent when it was opened, its own when it was closed,
    /// and the changes that it made.
    DefaultAttributes outerNodes, outerEdges;
    DefaultAttributes nodes, edges, graph;
    SmallVector<AttributeList, 0> nodeChanges, edgeChanges;
  };

  /// A node statement without attributes, which turns out to be part of an edge
  /// if its sub-graph is one side of it.
  struct Declaration {
    unsigned node;
    Position oldPosition;
  };

  /// Where a node's position is taken from; a later kind wins.
  enum class PlaceKind : uint8_t {
    Mention,
    Statement,
    StatementWithAttributes
  };

  using Pieces = llvm::MapVector<unsigned, SmallVector<AttributeList, 2>>;

  static constexpr unsigned kAnonymous = ~0u;

  void set(DefaultAttributes &defaults, AttributeList attributes);
  DefaultAttributes reopen(DefaultAttributes current, DefaultAttributes outer,
                           DefaultAttributes own,
                           ArrayRef<AttributeList> changes, Position position);
  SmallVector<unsigned> collect(ArrayRef<std::pair<unsigned, unsigned>> ranges,
                                Position position);
  void addEdge(const NodeReference &source, const NodeReference &target,
               Position position, AttributeList attributes, unsigned key);
  void countAttributes(AttributeList attributes);
  void append(Pieces &pieces, unsigned index, AttributeList &attributes,
              AttributeList added);
  AttributeList join(AttributeList first, ArrayRef<AttributeList> rest);
  bool spend(size_t work);

  Graph &graph;
  std::vector<Scope> scopes;

  // Parallel to `graph.subgraphs`: the innermost cluster that it is or is in (0
  // if none), and whether it is open.
  std::vector<SubgraphIndex> clusters;
  std::vector<bool> isOpen;
  llvm::DenseMap<std::pair<SubgraphIndex, StringRef>, unsigned> records;
  std::vector<NamedSubgraph> namedSubgraphs;

  llvm::DenseMap<llvm::CachedHashStringRef, unsigned> nodeIndex;
  std::vector<PlaceKind> places;
  /// Every mention of a node, so that a sub-graph's nodes are ranges of it.
  std::vector<unsigned> mentions;
  /// Where the last range of a named sub-graph ends in it.
  size_t firstUnnamedMention = 0;
  size_t numMentions = 0;
  std::vector<Declaration> declarations;
  /// Edges that a later one may be the same as: in a strict graph all, and
  /// otherwise those with a `key`.
  llvm::DenseMap<std::tuple<unsigned, unsigned, unsigned>, unsigned> edgeIndex;
  llvm::DenseMap<StringRef, unsigned> edgeKeys;
  /// Edges written out, those merged with earlier ones included.
  size_t numEdges = 0;

  /// Attributes beyond the first list of each thing.
  Pieces nodePieces, edgePieces, subgraphPieces;
  AttributeList lastCounted;
  size_t numAttributes = 0;

  /// Work that can grow faster than the text: members of nested groups, lists
  /// of attributes joined, defaults put back.
  size_t extraWork = 0;
};

/// Leaves each key once, at its first place, with its last value.
void removeOverridden(SmallVectorImpl<Attribute> &attributes);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_DOTBUILDER_H
