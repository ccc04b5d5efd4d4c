//===- Patterns.h - Rewrites that passes share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_TRANSFORMS_PATTERNS_H
#define DAG_DIALECT_DAG_TRANSFORMS_PATTERNS_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::dag {

/// Puts the parts of `op` in its place, at its location. The part that gives the
/// first result takes over its discardable attributes. Fails with an error
/// where the op has no parts.
LogicalResult decomposeComposite(RewriterBase &rewriter,
                                 CompositeOpInterface op);

/// Composites of attention into their parts, but for those of a reference.
void populateDecomposeAttentionPatterns(RewritePatternSet &patterns);

/// The inverse, rooted at `dag.output_projection`. A match erases the parts
/// above the root, so that drivers that hold on to other ops (a walk) won't do.
/// A failed match says why.
void populateFuseAttentionPatterns(RewritePatternSet &patterns);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_TRANSFORMS_PATTERNS_H
