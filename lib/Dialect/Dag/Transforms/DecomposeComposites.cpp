//===- DecomposeComposites.cpp - Composites into their parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Dialect/Dag/Transforms/Patterns.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGDECOMPOSECOMPOSITES
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct DecomposeComposites
    : dag::impl::DagDecomposeCompositesBase<DecomposeComposites> {
  using DagDecomposeCompositesBase::DagDecomposeCompositesBase;

  void runOnOperation() final {
    SmallVector<CompositeOpInterface> composites;
    getOperation()->walk([&](CompositeOpInterface op) {
      if (!isInReference(op))
        composites.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (CompositeOpInterface op : composites) {
      if (failed(decomposeComposite(rewriter, op)))
        return signalPassFailure();
      ++numDecomposed;
    }
  }
};
} // namespace
