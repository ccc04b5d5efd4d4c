//===- DecomposeAttention.cpp - Attention into its parts -*- C++ -*-===//
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
#define GEN_PASS_DEF_DAGDECOMPOSEATTENTION
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

LogicalResult dag::decomposeComposite(RewriterBase &rewriter,
                                      CompositeOpInterface op) {
  rewriter.setInsertionPoint(op);
  FailureOr<SmallVector<Value>> results = op.decompose(rewriter);
  if (failed(results))
    return failure();
  Operation *last =
      results->empty() ? nullptr : results->front().getDefiningOp();
  if (last)
    last->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  rewriter.replaceOp(op, *results);
  return success();
}

/// True for composites of attention, a reference's aside.
static bool isToBeDecomposed(CompositeOpInterface op) {
  auto node = dyn_cast<RoleOpInterface>(*op);
  return node && node.getDeploymentBlock() == Role::Attention &&
         !isInReference(op);
}

namespace {
struct DecomposeAttentionComposite
    : OpInterfaceRewritePattern<CompositeOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(CompositeOpInterface op,
                                PatternRewriter &rewriter) const final {
    if (!isToBeDecomposed(op))
      return rewriter.notifyMatchFailure(
          op, "it is not attention, or in a reference, which stays as it is");
    return decomposeComposite(rewriter, op);
  }
};

struct DecomposeAttention
    : dag::impl::DagDecomposeAttentionBase<DecomposeAttention> {
  using DagDecomposeAttentionBase::DagDecomposeAttentionBase;

  // Every composite is visited once, whatever layer it is in. Nothing is
  // folded, and what nobody uses stays.
  void runOnOperation() final {
    SmallVector<CompositeOpInterface> composites;
    getOperation()->walk([&](CompositeOpInterface op) {
      if (isToBeDecomposed(op))
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

void dag::populateDecomposeAttentionPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeAttentionComposite>(patterns.getContext());
}
