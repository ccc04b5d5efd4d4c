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
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGDECOMPOSEATTENTION
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {

/// Puts the parts of composites in their places. The last of them, which gives
/// the result, takes over what else the composite says.
struct DecomposeComposite : OpInterfaceRewritePattern<CompositeOpInterface> {
  DecomposeComposite(MLIRContext *context, Role block)
      : OpInterfaceRewritePattern(context), block(block) {}

  LogicalResult matchAndRewrite(CompositeOpInterface op,
                                PatternRewriter &rewriter) const final {
    auto node = dyn_cast<RoleOpInterface>(*op);
    if (!node || node.getDeploymentBlock() != block)
      return rewriter.notifyMatchFailure(op, "it is in another block");
    if (isInReference(op))
      return rewriter.notifyMatchFailure(op, "a reference stays as it is");
    FailureOr<SmallVector<Value>> results = op.decompose(rewriter);
    if (failed(results))
      return rewriter.notifyMatchFailure(op,
                                         "its types do not allow its parts");
    if (Operation *last = results->back().getDefiningOp())
      last->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, *results);
    return success();
  }

  Role block;
};

/// Counts composites that are replaced.
struct ReplacementCounter : RewriterBase::Listener {
  explicit ReplacementCounter(Pass::Statistic &count) : count(count) {}
  void notifyOperationReplaced(Operation *, ValueRange) final { ++count; }
  Pass::Statistic &count;
};

struct DecomposeAttention
    : dag::impl::DagDecomposeAttentionBase<DecomposeAttention> {
  using DagDecomposeAttentionBase::DagDecomposeAttentionBase;

  LogicalResult initialize(MLIRContext *context) final {
    RewritePatternSet set(context);
    populateDecomposeAttentionPatterns(set);
    patterns = std::move(set);
    return success();
  }

  // Every composite is visited once, whatever layer it is in. Nothing is
  // folded, and what nobody uses stays.
  void runOnOperation() final {
    ReplacementCounter counter(numDecomposed);
    walkAndApplyPatterns(getOperation(), patterns, &counter);
  }

  FrozenRewritePatternSet patterns;
};
} // namespace

void dag::populateDecomposeAttentionPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeComposite>(patterns.getContext(), Role::Attention);
}
