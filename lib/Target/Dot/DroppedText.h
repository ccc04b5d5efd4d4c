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
#include "mlir/IR/Location.h"

namespace mlir::dag::dot {

/// Says which number of a text is the first that 64 bits do not hold, and is
/// not read; or nothing.
std::string describeHugeNumber(StringRef text);

/// Says in warnings what limits of the reader keep out of a sketch: words
/// behind the first ones of a line, and numbers that no layer or device can
/// have.
class DroppedText {
public:
  /// A node, or the edge that begins at it.
  void add(Location loc, StringRef name, bool isCut,
           ArrayRef<Attribute> attributes);
  /// Says how many there are beyond those that were told.
  void report(Location loc) const;

private:
  bool isTold();

  unsigned count = 0;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_DROPPEDTEXT_H
