//===- ExportDot.cpp - From a sketch or a plan to a drawing ---------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Target/Dot/ExportDot.h"
#include "Export.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

/// The sketch or model to draw, or null after a diagnostic.
static Operation *findDrawn(ModuleOp module, StringRef symbol) {
  SmallVector<Operation *, 2> found, references;
  for (Operation &op : *module.getBody()) {
    if (!isa<SketchOp, ModelOp>(op))
      continue;
    auto name = op.getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName());
    auto model = dyn_cast<ModelOp>(op);
    if (!symbol.empty() ? name && name == symbol
                        : !model || !isReference(model))
      found.push_back(&op);
    else if (symbol.empty())
      references.push_back(&op);
  }
  // What a plan is compared with is no part of it.
  if (found.empty())
    found = references;
  if (found.size() == 1)
    return found.front();
  InFlightDiagnostic diagnostic = emitError(module.getLoc())
                                  << "expected one sketch or model";
  if (!symbol.empty())
    diagnostic << " '" << symbol << "'";
  diagnostic << ", but got " << found.size();
  for (Operation *op : ArrayRef(found).take_front(4))
    diagnostic.attachNote(op->getLoc()) << "one of them";
  return nullptr;
}

LogicalResult dot::exportDot(ModuleOp module, raw_ostream &os,
                             const RuleTable &rules,
                             const ExportOptions &options) {
  Operation *drawn = findDrawn(module, options.symbol);
  if (!drawn)
    return failure();
  if (auto sketch = dyn_cast<SketchOp>(drawn))
    return exportSketch(sketch, os, rules);
  return exportPlan(cast<ModelOp>(drawn), os, rules, options);
}
