//===- ExportDot.h - From a sketch or a plan to a drawing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TARGET_DOT_EXPORTDOT_H
#define DAG_TARGET_DOT_EXPORTDOT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace mlir::dag::dot {

class RuleTable;

/// Which nodes stand for the ranks of a stage.
enum class DrawnRanks {
  /// One node for each rank; collectives are one node for their group.
  All,
  /// One node for all ranks of a stage.
  One
};

struct ExportOptions {
  DrawnRanks ranks = DrawnRanks::All;
  /// The layers of a plan to draw, all if empty. The drawing declares the
  /// sampling.
  std::vector<int64_t> layers;
  /// Draw a cluster around each layer of a plan.
  bool layerClusters = false;
  /// The sketch or model to draw, by name; empty if there is only one.
  std::string symbol;
};

/// Nodes that a drawing of a plan may have; nothing shows more.
inline constexpr uint64_t kMaxDrawnNodes = uint64_t(1) << 21;

/// Draws the sketch or the model in `module` as a Graphviz graph. Reading the
/// drawing with `rules` gives the same findings as verifying what was drawn.
/// A plan may break typing rules; a sketch has to verify. Fails, with a
/// diagnostic, where a drawing cannot say what the module says: for a sketch of
/// a damaged drawing, names that are not unique, or several models without a
/// name to choose by. Linear in what is printed.
LogicalResult exportDot(ModuleOp module, raw_ostream &os,
                        const RuleTable &rules, const ExportOptions &options);

/// Registers `--dag-to-dot` and its options with `mlirTranslateMain`.
void registerExportDotTranslation();

} // namespace mlir::dag::dot

#endif // DAG_TARGET_DOT_EXPORTDOT_H
