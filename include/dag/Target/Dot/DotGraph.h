//===- DotGraph.h - A Graphviz drawing as it is written ---------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TARGET_DOT_DOTGRAPH_H
#define DAG_TARGET_DOT_DOTGRAPH_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir::dag::dot {

/// A place in the drawing; line and column count from 1, columns in bytes of
/// UTF-8.
struct Position {
  unsigned line = 0;
  unsigned column = 0;
};

/// `key = value` of a node, an edge, a sub-graph or a default.
struct Attribute {
  StringRef key;
  /// The text after DOT's own unescaping (`\"`, line continuation, `+`).
  /// Escapes of label text such as `\n` and `\l` are kept.
  StringRef value;
  /// True if the value was written between `<` and `>`.
  bool isHTML = false;
  /// The place of the key.
  Position position;
};

/// Attributes with distinct keys, in the order in which the keys were first
/// set.
using AttributeList = ArrayRef<Attribute>;

/// The defaults in force at one place of the text. An immutable tree over the
/// hash of the key: setting a default makes a new tree that shares all but one
/// path with the old one, so that neither many changes nor deep nesting costs
/// more than the text itself. Things that see the same defaults share a tree.
class DefaultAttributes {
public:
  bool empty() const { return !root; }
  const Attribute *lookup(StringRef key) const;
  /// All of them, in the order of the text. Costs their number.
  SmallVector<Attribute> getAttributes() const;

  /// Sets `attribute`, which must live as long as `allocator`.
  void set(const Attribute &attribute, llvm::BumpPtrAllocator &allocator);
  /// True if both are the same tree; equal trees may differ.
  bool isSameAs(const DefaultAttributes &other) const {
    return root == other.root;
  }

private:
  struct TreeNode;
  const TreeNode *root = nullptr;
};

/// Index of a sub-graph in `Graph::subgraphs`; the root graph is 0.
using SubgraphIndex = unsigned;

struct Node {
  StringRef name;
  /// The first node statement with attributes, or else the first node
  /// statement, or else the first mention in an edge.
  Position position;
  /// The node's own attributes; a later statement overrides an earlier one.
  AttributeList attributes;
  /// `node [...]` defaults in force where the node was first mentioned.
  DefaultAttributes defaults;
  /// The innermost sub-graph with the node's first mention. A mention in a
  /// cluster wins over one outside of any, and one in a nested cluster over one
  /// in the cluster around it; among other clusters the first wins.
  SubgraphIndex subgraph = 0;
  /// True if a node statement names it, false if only edges do. The names in
  /// `a -> {b c}` are part of an edge unless they have attributes.
  bool isDeclared = false;

  /// The node's own attribute `key`, or else the default; null if neither.
  const Attribute *lookup(StringRef key) const;
};

struct Edge {
  unsigned source = 0;
  unsigned target = 0;
  /// Ports, with the compass point kept (`f0:n`); empty if none.
  StringRef sourcePort;
  StringRef targetPort;
  /// The edge operator in the statement.
  Position position;
  AttributeList attributes;
  DefaultAttributes defaults;
  SubgraphIndex subgraph = 0;

  const Attribute *lookup(StringRef key) const;
};

struct Subgraph {
  /// Empty if anonymous, and for the root, whose name is `Graph::name`.
  StringRef name;
  /// Always smaller than the sub-graph's own index; 0 for the root itself.
  SubgraphIndex parent = 0;
  Position position;
  /// `graph [...]` and `key = value` attributes set in the sub-graph itself.
  AttributeList attributes;
  /// Attributes of the enclosing sub-graphs that were set before this one was
  /// opened first; a drawing program applies them here too, labels included.
  DefaultAttributes defaults;

  bool isCluster() const { return name.starts_with("cluster"); }
  /// The attribute `key` set in the sub-graph itself; null if there is none.
  const Attribute *lookupOwn(StringRef key) const;
  /// The sub-graph's own attribute `key`, or else the inherited one.
  const Attribute *lookup(StringRef key) const;
};

/// Something in the text that is not DOT, and what was done about it.
struct SyntaxError {
  Position position;
  std::string message;
  /// Nothing of the drawing is lost with it.
  bool isHarmless = false;
};

/// A `//`, `/* */` or `#` comment, without its marks and the space around it.
struct Comment {
  Position position;
  StringRef text;
};

/// A drawing. Owns all its text, which is valid UTF-8; node and edge order is
/// the order of the text.
struct Graph {
  Graph() = default;
  Graph(const Graph &) = delete;

  /// The whole text, in UTF-8; names and values without escapes lie in it.
  StringRef text;
  bool isStrict = false;
  bool isDirected = true;
  StringRef name;
  Position position;
  /// Never empty: the first is the graph itself. An anonymous sub-graph with
  /// nothing of its own (`a -> {b c}` with known nodes) leaves no entry.
  std::vector<Subgraph> subgraphs;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  /// Comments before the graph and in it, at most the first of them;
  /// `numComments` counts all.
  std::vector<Comment> comments;
  static constexpr size_t kMaxComments = 1024;
  size_t numComments = 0;
  /// At most `kMaxErrors`, in the order in which they were found; `numErrors`
  /// counts all. An escape such as `\n` outside of a string, or a NUL byte, is
  /// counted each time but listed once.
  std::vector<SyntaxError> errors;
  size_t numErrors = 0;
  /// How many of these are harmless.
  size_t numHarmless = 0;
  /// The last line, where the file ends before the graph does.
  std::optional<unsigned> cutLine;
  static constexpr size_t kMaxErrors = 100;

  /// Counts an error, and lists it while there is room.
  void addError(Position position, const Twine &message);
  /// Counts an error with which nothing is lost; lists it if it is the first.
  void addHarmless(Position position, const Twine &message, bool isFirst);

  /// A copy of `text` that lives as long as the graph, with a NUL byte after
  /// it.
  StringRef save(StringRef text);

  llvm::BumpPtrAllocator allocator;
};

/// The number of edges that products of groups (`{a b} -> {c d}`) can add to
/// those that grow with the text; a product beyond it is an error.
inline constexpr size_t kMaxProductEdges = size_t(1) << 19;

/// Sub-graphs nested deeper than this are an error each, and belong to the
/// innermost one that is not.
inline constexpr size_t kMaxNesting = size_t(1) << 20;

/// Reads the first graph of `buffer` (further graphs are an error each, and
/// are skipped). Never fails: damage is reported in `Graph::errors`, and
/// reading goes on at the next statement. Linear in the size of the text, and
/// free of recursion over it.
std::unique_ptr<Graph> parseDot(llvm::MemoryBufferRef buffer);

} // namespace mlir::dag::dot

#endif // DAG_TARGET_DOT_DOTGRAPH_H
