//===- DroppedText.h - Text of a drawing that is not read -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_DROPPEDTEXT_H
#define DAG_LIB_TARGET_DOT_DROPPEDTEXT_H

#include "dag/Target/Dot/DotGraph.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Location.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::dag::dot {

/// Says in warnings what limits of the reader keep out of a sketch: words
/// behind the first ones of a line, and numbers that no layer or device can
/// have.
class DroppedText {
public:
  /// A node, or the edge that begins at it.
  void add(Location loc, StringRef name, bool isCut,
           ArrayRef<Attribute> attributes);
  /// What the whole and its parts state.
  void addWhole(const Graph &graph, StringAttr file);

  /// False for a number that no layer, stage, rank or device has, which is kept
  /// until it is known where it stands.
  bool isIndex(int64_t number);
  void addIndices(Location loc);

  /// Says how many there are beyond those that were told. Numbers of layers and
  /// the like, and those of the whole, make a drawing one that was not
  /// understood.
  void report(OpBuilder &builder, Location loc) const;

private:
  bool isTold();
  void addDefect(Location loc, const Twine &message);

  unsigned numTold = 0, numLeft = 0;
  /// The last number that is no index, and has no place yet.
  std::optional<int64_t> index;
  struct Defect {
    Location loc;
    std::string message;
  };
  std::vector<Defect> defects;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_DROPPEDTEXT_H
