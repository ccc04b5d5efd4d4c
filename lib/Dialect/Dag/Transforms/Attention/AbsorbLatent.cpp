//===- AbsorbLatent.cpp - Attention on latent vectors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Support/Saturating.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGABSORBLATENT
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

/// The size of a dimension, or nothing if it is not known.
static std::optional<int64_t> getSize(Value value, unsigned dim) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() <= dim || type.isDynamicDim(dim))
    return std::nullopt;
  return type.getDimSize(dim);
}

/// The tokens that a query looks back at.
static std::optional<int64_t> getNumKeys(LatentAttentionOp attention) {
  if (attention.getCache().empty())
    return getSize(attention.getX(), 1);
  std::optional<int64_t> keys = getSize(attention.getCache().front(), 1);
  if (!attention.getPages() || !keys)
    return keys;
  std::optional<int64_t> blocks = getSize(attention.getPages(), 1);
  return blocks ? std::optional(multiplySaturating(*keys, *blocks))
                : std::nullopt;
}

/// True if it takes fewer multiplications, of one head and sequence.
static bool isCheaper(LatentAttentionOp attention) {
  std::optional<int64_t> tokens = getSize(attention.getX(), 1),
                         keys = getNumKeys(attention),
                         latent = getSize(attention.getWKv(), 1);
  if (!tokens || !keys || !latent)
    return false;
  auto nope = static_cast<int64_t>(attention.getNopeDim()),
       rope = static_cast<int64_t>(attention.getRopeDim()),
       v = static_cast<int64_t>(attention.getVDim());
  int64_t up = multiplySaturating(*latent, addSaturating(nope, v));
  int64_t pairs = multiplySaturating(*tokens, *keys);
  int64_t absorbed = addSaturating(
      multiplySaturating(*tokens, up),
      multiplySaturating(pairs,
                         addSaturating(multiplySaturating(2, *latent), rope)));
  int64_t expanded = addSaturating(
      multiplySaturating(*keys, up),
      multiplySaturating(pairs, addSaturating(addSaturating(nope, rope), v)));
  return absorbed < expanded;
}

namespace {
struct AbsorbLatent : dag::impl::DagAbsorbLatentBase<AbsorbLatent> {
  using DagAbsorbLatentBase::DagAbsorbLatentBase;

  void runOnOperation() final {
    if (when == Absorption::Off)
      return markAllAnalysesPreserved();
    bool isFound = false;
    getOperation()->walk([&](LatentAttentionOp attention) {
      isFound = true;
      if (attention.getAbsorbed() || isInReference(attention) ||
          (when == Absorption::Auto && !isCheaper(attention)))
        return;
      attention.setAbsorbed(true);
      ++numAbsorbed;
    });
    if (!isFound && when == Absorption::On)
      getOperation().emitRemark("found no latent attention to absorb");
  }
};
} // namespace
