//===- PlanLabels.h - Names and labels of the ops of a plan -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_PLANLABELS_H
#define DAG_LIB_TARGET_DOT_PLANLABELS_H

#include "dag/Dialect/Dag/IR/Dag.h"

#include <array>
#include <string>

namespace mlir::dag::dot {

/// How an op of a plan is drawn, its coordinates aside.
struct OpLabel {
  /// What the op is in the drawing.
  Role role = Role::Unknown;
  Role block = Role::Unknown;
  NodeKind kind = NodeKind::Compute;
  /// The part of its name that tells what it is: `attention_scores`.
  std::string name;
  /// The same in words: `Attention Scores (QK^T)`.
  std::string title;
};

/// Where an op stands, as far as its label tells.
struct OpPlace {
  /// The block that it works for, from the ops around it.
  Role block = Role::Unknown;
  /// True outside of the layers of a model that has layers.
  bool isOutside = false;
  bool isBehindLayers = false;
  /// True in a layer with experts, whose other networks are shared ones.
  bool isMoe = false;
  /// True for the only input or output of the model.
  bool isOnlyEnd = false;
  /// `q`, `k`, `v` for what becomes of one result of the projections.
  StringRef stream;
};

OpLabel getOpLabel(Operation *op, Role role, const OpPlace &place);

/// What a dimension counts.
enum class DimName : uint8_t {
  None,
  Batch,
  Seq,
  KeySeq,
  Hidden,
  Heads,
  KvHeads,
  HeadDim,
  Ffn,
  Vocab,
  Experts,
  Capacity,
  TopK,
  Features,
  Latent
};
StringRef stringifyDimName(DimName name);

/// Names of the first dimensions; others have none.
using DimNames = std::array<DimName, 4>;

/// The names of the dimensions of a result, given those of the operands that
/// are not parameters, in order.
DimNames getDimNames(Operation *op, Role role, unsigned result, unsigned rank,
                     ArrayRef<DimNames> operands);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_PLANLABELS_H
