//===- ExpertPadding.h - Sizes that kernels of experts want -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels ask for sizes that are multiples of their tiles, and an engine stores
// the matrices of experts as its kernels want them. docs/Memory.md says which
// ones want what.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_COST_EXPERTPADDING_H
#define DAG_COST_EXPERTPADDING_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Interfaces/CostOpInterface.h"

#include <optional>

namespace mlir::dag {

/// Multiples that the sizes of an expert's matrices on a rank are rounded up
/// to: that of the hidden states, that inside of the expert, and whichever of
/// them a product sums over.
struct ExpertPadding {
  int64_t hidden = 1;
  int64_t intermediate = 1;
  int64_t summed = 1;

  /// Reads `256x128` (hidden, intermediate), `256` (summed) or `none`; nothing
  /// if it is something else.
  static std::optional<ExpertPadding> parse(StringRef text);
  /// Where nobody says it: of 4-bit numbers that share 8-bit exponents the
  /// layout of Triton, which sums over multiples of 256; none of all else.
  static ExpertPadding getDefault(Type stored, Type scale);
};

/// A parameter, and the bytes by which its shard on a rank is larger than what
/// is stored.
using PaddedParameter = std::pair<ParameterOp, int64_t>;

/// The matrices of experts, and their scales and zeros, that are padded; the
/// default for the type of each matrix if `padding` is not given.
SmallVector<PaddedParameter, 6>
getPaddedParameters(ExpertOp experts, CostContext &costs,
                    const std::optional<ExpertPadding> &padding);

} // namespace mlir::dag

#endif // DAG_COST_EXPERTPADDING_H
