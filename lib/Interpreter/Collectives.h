//===- Collectives.h - Collectives on the shards of all ranks -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERPRETER_COLLECTIVES_H
#define DAG_LIB_INTERPRETER_COLLECTIVES_H

#include "dag/Interpreter/RankSet.h"
#include "dag/Kernels/Reference/Tensor.h"

namespace mlir::dag {

/// What a collective does, whatever the phase of its op.
struct CollectiveCall {
  Role kind;
  /// The dimension that is gathered or split.
  unsigned dim = 0;
  /// Of an all-to-all, the one that is concatenated.
  unsigned concatDim = 0;
  /// The first members have one element more, where it does not divide.
  bool uneven = false;
  /// The elements of a member's part, where it is padded behind.
  std::optional<int64_t> share;
  /// The member at the root.
  size_t root = 0;
};

/// What a member of a group gets from the tensors of all members, which are
/// `ranks`, by what the kind of the call does. A dimension that does not divide
/// is padded behind, unless it is uneven. No tensor at members but the root of
/// a gather. Emits an error where tensors that the call needs do not exist, are
/// not of one shape, or for a kind that is not known.
FailureOr<Tensor> runCollective(Location loc, const CollectiveCall &call,
                                ArrayRef<const Tensor *> members,
                                ArrayRef<size_t> ranks, size_t self);

/// Runs a collective or a slice of a plan on the shards that the ranks of
/// `active` hold, by what its kind does, not by what its types say; only what
/// pads a result is left out. Ranks that are not active have no result. Emits
/// an error for an op that is not known.
FailureOr<std::vector<Tensor>> runCollective(CollectiveOpInterface op,
                                             const RankSet &ranks,
                                             ArrayRef<const Tensor *> shards,
                                             ArrayRef<size_t> active);

} // namespace mlir::dag

#endif // DAG_LIB_INTERPRETER_COLLECTIVES_H
