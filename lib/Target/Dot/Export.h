//===- Export.h - The two kinds of drawings ---------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_EXPORT_H
#define DAG_LIB_TARGET_DOT_EXPORT_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Target/Dot/ExportDot.h"

namespace mlir::dag::dot {

/// Draws a sketch: what was drawn, and by attributes what was recognized in it
/// but is not read from the rest.
LogicalResult exportSketch(SketchOp sketch, raw_ostream &os,
                           const RuleTable &rules);

/// Draws a plan: a node for each op and rank, a cluster for each stage.
LogicalResult exportPlan(ModelOp model, raw_ostream &os, const RuleTable &rules,
                         const ExportOptions &options);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_EXPORT_H
