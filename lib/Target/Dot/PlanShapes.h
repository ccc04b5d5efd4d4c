//===- PlanShapes.h - Shapes of shards as labels state them -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_PLANSHAPES_H
#define DAG_LIB_TARGET_DOT_PLANSHAPES_H

#include "PlanFlow.h"
#include "StageRanks.h"
#include "llvm/ADT/DenseMap.h"

#include <string>

namespace mlir::dag::dot {

/// Prints what the ranks of one stage hold: `[batch_size=1, hidden=64]`.
class ShapePrinter {
public:
  explicit ShapePrinter(const StageRanks &layout) : layout(layout) {}

  /// Adds the shapes of a tensor on `ranks`, each once. A tensor without
  /// dimensions has none.
  void add(const PlanFlow::Tensor &tensor, ArrayRef<unsigned> ranks,
           SmallVectorImpl<std::string> &shapes);
  /// Adds the shape of the whole tensor.
  static void addWhole(const PlanFlow::Tensor &tensor,
                       SmallVectorImpl<std::string> &shapes);

private:
  const StageRanks &layout;
  /// Shapes that are the same on all ranks.
  DenseMap<std::pair<Type, uint32_t>, std::string> even;
};

/// The element type that all of the tensors have, in MLIR's spelling; empty if
/// there is none, or no word for it in drawings.
std::string getCommonElementType(ArrayRef<PlanFlow::Tensor> inputs,
                                 ArrayRef<PlanFlow::Tensor> outputs);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_PLANSHAPES_H
