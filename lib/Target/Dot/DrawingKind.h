//===- DrawingKind.h - Drawings that are no deployment ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_DRAWINGKIND_H
#define DAG_LIB_TARGET_DOT_DRAWINGKIND_H

#include "dag/Dialect/Dag/IR/DagEnums.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringSet.h"

#include <array>

namespace mlir::dag::dot {

/// Counts what the nodes of a drawing tell of another kind of graph than a
/// deployment of a language model.
class DrawingKind {
public:
  /// Adds a node: what Graphviz shows of it, and the role that it was given.
  void add(StringRef label, Role role, bool hasCoordinates);
  /// The kind in words, `an autograd graph`; empty for a deployment.
  StringRef get() const;

private:
  enum Kind : unsigned { Autograd, Profile, Convolution, Operators, Files };
  static constexpr unsigned kNumKinds = Files + 1;

  std::array<size_t, kNumKinds> counts{};
  /// Operators that only a graph of a framework draws, by their names.
  llvm::StringSet<> operators;
  size_t numNodes = 0, numModel = 0, numPlaced = 0;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_DRAWINGKIND_H
