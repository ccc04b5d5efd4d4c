//===- Explain.h - Which statement gave which fact -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_EXPLAIN_H
#define DAG_LIB_TARGET_DOT_EXPLAIN_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Target/Dot/DotGraph.h"
#include "dag/Target/Dot/Recognition.h"

#include <map>

namespace mlir::dag::dot {

/// Says in remarks what was read of a drawing from which of its statements.
class Explainer {
public:
  Explainer(const Graph &graph, StringAttr file);

  /// One remark for a node: each fact with its rule, its statement and where
  /// that stands. `clusters` are those that were asked, innermost first.
  void explainNode(const Node &node, NodeOp op, const Recognition &found,
                   ArrayRef<const Subgraph *> clusters);
  /// The same of an edge whose label states something.
  void explainEdge(const Edge &edge, EdgeOp op, const Recognition &found);
  /// Notes that a comment, the title or a note states facts of the whole.
  void addOfWhole(const ClusterRecognition &stated, StringRef source,
                  StringRef text, Position fallback);
  /// The remarks about the whole, and what it was read as.
  void explainWhole(SketchOp sketch);

private:
  /// The place of a piece of text that the drawing holds.
  Position locate(StringRef piece, Position fallback) const;
  Location getLoc(Position position) const;
  std::string explain(ArrayRef<Provenance> facts, StringRef name,
                      const Attribute *label, AttributeList attributes,
                      Position position, const Recognition &found,
                      ArrayRef<const Subgraph *> clusters) const;
  std::string describe(const Provenance &fact, StringRef name,
                       const Attribute *label, AttributeList attributes,
                       Position position,
                       ArrayRef<const Subgraph *> clusters) const;

  const Graph &graph;
  StringAttr file;
  std::vector<size_t> lineStarts;
  std::vector<std::pair<Position, std::string>> ofWhole;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_EXPLAIN_H
