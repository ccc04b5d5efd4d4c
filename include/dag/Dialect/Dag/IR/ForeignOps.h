//===- ForeignOps.h - What ops of other dialects do to a plan -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_FOREIGNOPS_H
#define DAG_DIALECT_DAG_IR_FOREIGNOPS_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Sharding.h"

namespace mlir::dag {

/// Why `op`, of another dialect, need not do to the global tensors of its
/// types what it does to the parts that a rank holds: the rest of a sentence
/// about the op. Nothing if it does, and for ops of this dialect, which have
/// typing rules.
std::optional<StringRef> findShardObstacle(Operation *op);

/// What is certainly wrong with `op`, of another dialect, on a pending sum: it
/// is not linear, or a constant that each rank adds. A whole message, or
/// nothing.
std::optional<std::string> findWrongSum(Operation *op);

/// True for a constant of zeros, which as a sum of zeros is what it is.
bool isZeroConstant(Operation *op);

/// True if `type` has padding that is multiplied with zeros sooner or later, as
/// that of heads or features: it has to be a number. A token of padding is a
/// row of its own, which a gather cuts off: `[batch, tokens, features]`.
bool hasContractedPadding(const ShardedType &type);

/// True if `op`, of another dialect, may communicate, block, or run the
/// communication in its regions another number of times than once.
bool mayCommunicateUnseen(Operation *op);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_FOREIGNOPS_H
