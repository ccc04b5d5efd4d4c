//===- Nested.cpp - What passes on a module do not look into -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Nested.h"
#include "dag/Dialect/Dag/IR/Malformed.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace mlir::dag;

SmallVector<Operation *> dag::findNested(Operation *module) {
  SmallVector<Operation *> nested;
  for (Region &region : module->getRegions())
    for (Operation &op : region.getOps()) {
      if (isa_and_nonnull<DagDialect>(op.getDialect()))
        continue;
      op.walk<WalkOrder::PreOrder>([&](Operation *inner) {
        if (!isa<SketchOp, ModelOp, ProgramOp, ScheduleOp>(inner))
          return WalkResult::advance();
        nested.push_back(inner);
        return WalkResult::skip();
      });
    }
  return nested;
}

SmallVector<Operation *> dag::findStray(Operation *module) {
  SmallVector<Operation *> stray;
  auto find = [&](Operation *op) {
    // What is malformed is said to be that.
    if (isa<SketchOp, ModelOp, ProgramOp, ScheduleOp, MalformedOp>(op))
      return WalkResult::skip();
    if (!isa_and_nonnull<DagDialect>(op->getDialect()) || isa<MeshOp>(op))
      return WalkResult::advance();
    stray.push_back(op);
    return WalkResult::skip();
  };
  for (Region &region : module->getRegions())
    for (Operation &op : region.getOps())
      op.walk<WalkOrder::PreOrder>(find);
  return stray;
}

std::string dag::describeNested(Operation *op) {
  auto name = op->getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName());
  return name ? ("'@" + name.getValue() + "'").str()
              : ("'" + op->getName().getStringRef() + "'").str();
}

LogicalResult dag::expectNoneNested(Operation *module) {
  SmallVector<Operation *> nested = findNested(module);
  if (nested.empty())
    return success();
  return emitError(nested.front()->getLoc())
         << "expected models in the module itself, but "
         << describeNested(nested.front()) << " is in a '"
         << nested.front()->getParentOp()->getName() << "' inside of it";
}
