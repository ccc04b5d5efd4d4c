//===- NamedLayers.h - What the names of a drawing count --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_NAMEDLAYERS_H
#define DAG_LIB_TARGET_DOT_NAMEDLAYERS_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Target/Dot/DotGraph.h"
#include "dag/Target/Dot/Recognition.h"

#include <optional>
#include <vector>

namespace mlir::dag::dot {

/// The layers that names of nodes state or count, held against what labels
/// state of others.
class NamedLayers {
public:
  /// `layer` is what the name states; `isAlone` says that nothing else does.
  void add(NodeOp op, std::optional<int64_t> layer, bool isAlone) {
    nodes.push_back({op, layer, isAlone && layer});
  }
  /// Gives and takes layers; `ofTitle` are those that the whole drawing is of.
  void finish(const RangeSet &ofTitle);

private:
  struct Entry {
    NodeOp op;
    std::optional<int64_t> layer;
    bool isAlone;
  };
  void alignWithLabels();
  void dropRanks(const RangeSet &ofTitle);
  void readPrefixes();

  std::vector<Entry> nodes;
};

/// Marks boxes for layers of which a cluster says that they are like others;
/// `alike` are those of which the whole drawing says so.
void markAlikeLayers(SketchOp sketch, ArrayRef<ClusterRecognition> clusters,
                     RangeSet alike);

/// The shape that text beside a drawing has (`note`, `plaintext`, ...), if most
/// nodes have it: there it is the shape of boxes. Empty if there is none.
StringRef findUsualShape(const Graph &graph);

/// To name the layers that are left out, or to count those that are drawn, is
/// to say which ones are drawn.
/// Marks the sketch, and sets the layers that are sampled.
void findSampling(SketchOp sketch, ClusterRecognition &whole);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_NAMEDLAYERS_H
