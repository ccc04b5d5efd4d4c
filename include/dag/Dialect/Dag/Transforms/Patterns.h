//===- Patterns.h - Rewrites that passes share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_TRANSFORMS_PATTERNS_H
#define DAG_DIALECT_DAG_TRANSFORMS_PATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::dag {

/// `dag.attention` and `dag.latent_attention` into their parts. A pattern
/// matches every composite, makes the parts in its place and at its location,
/// and gives its discardable attributes to the output projection.
void populateDecomposeAttentionPatterns(RewritePatternSet &patterns);

/// The inverse, rooted at `dag.output_projection`. A match erases the parts
/// above the root, so that drivers that hold on to other ops (a walk) won't do.
/// A failed match says why.
void populateFuseAttentionPatterns(RewritePatternSet &patterns);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_TRANSFORMS_PATTERNS_H
