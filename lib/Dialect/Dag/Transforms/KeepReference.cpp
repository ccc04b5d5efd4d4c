//===- KeepReference.cpp - The logical program beside the plan -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Nested.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGKEEPREFERENCE
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct KeepReference : dag::impl::DagKeepReferenceBase<KeepReference> {
  using DagKeepReferenceBase::DagKeepReferenceBase;

  void runOnOperation() override {
    if (failed(expectNoneNested(getOperation())))
      return signalPassFailure();
    SmallVector<ModelOp> models(getOperation().getOps<ModelOp>());
    if (llvm::any_of(models, isReference))
      return;
    if (models.empty()) {
      getOperation().emitError(
          "expected a dag.model to keep, but there is none");
      return signalPassFailure();
    }
    for (ModelOp model : models)
      if (FlatSymbolRefAttr mesh = model.getMeshAttr()) {
        emitError(model.getLoc(), "expected a logical program to keep, but '@")
            << model.getSymName() << "' is on the mesh " << mesh;
        return signalPassFailure();
      }
    SymbolTable table(getOperation());
    for (ModelOp model : models) {
      ModelOp copy = model.clone();
      copy.setSymName("logical");
      copy->setAttr(kReferenceAttrName, UnitAttr::get(&getContext()));
      table.insert(copy, std::next(Block::iterator(model)));
    }
  }
};
} // namespace
