//===- Origin.cpp - Where parameters lie in a checkpoint -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Origin.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// A dimension of a view, and the part of it that is taken.
struct ViewDim {
  int64_t view, offset, size;

  bool isWhole() const { return size == view; }
};
} // namespace

/// Two neighbors as one dimension: a whole one in each row, or a part of one
/// row. Nothing for others.
static std::optional<ViewDim> join(const ViewDim &outer, const ViewDim &inner) {
  ViewDim joined;
  if ((!inner.isWhole() && outer.size != 1) ||
      llvm::MulOverflow(outer.view, inner.view, joined.view))
    return std::nullopt;
  // Both are below the size of the view.
  joined.offset = outer.offset * inner.view + inner.offset;
  joined.size = outer.size * inner.size;
  return joined;
}

/// Has whole rows of a matrix in a dimension of their own, as people write
/// them.
static void splitRows(SmallVectorImpl<ViewDim> &dims, ParameterOp parameter) {
  ShardedType type(cast<RankedTensorType>(parameter.getType()));
  if (type.shape.size() < 2 || ShapedType::isDynamic(type.shape.back()))
    return;
  int64_t columns = type.shape.back() - type.dims.back().getPad();
  ViewDim &last = dims.front();
  if (columns <= 0 || last.view == columns)
    return;
  for (int64_t number : {last.view, last.offset, last.size})
    if (number % columns != 0)
      return;
  last = {last.view / columns, last.offset / columns, last.size / columns};
  dims.insert(dims.begin(), {columns, 0, columns});
}

CheckpointAttr dag::getOrigin(ParameterOp parameter) {
  CheckpointAttr checkpoint = parameter.getCheckpointAttr();
  if (!checkpoint || checkpoint.getView().empty())
    return checkpoint;
  SmallVector<ViewDim, 4> dims; // the last one first
  for (auto [view, offset, size] : llvm::reverse(
           llvm::zip_equal(checkpoint.getView(), checkpoint.getOffsets(),
                           checkpoint.getSizes()))) {
    ViewDim outer{view, offset, size};
    std::optional<ViewDim> joined =
        dims.empty() ? std::nullopt : join(outer, dims.back());
    if (joined)
      dims.back() = *joined;
    else
      dims.push_back(outer);
  }
  bool isAll = dims.size() == 1 && dims.front().isWhole();
  splitRows(dims, parameter);
  SmallVector<int64_t, 4> view, offsets, sizes;
  for (const ViewDim &dim : llvm::reverse(dims)) {
    if (isAll)
      break;
    view.push_back(dim.view);
    offsets.push_back(dim.offset);
    sizes.push_back(dim.size);
  }
  bool isStored = checkpoint.getPacking() == Packing::None &&
                  !checkpoint.getStacked() && !checkpoint.getTransposed();
  if (isAll && isStored)
    return {};
  return CheckpointAttr::get(parameter.getContext(), checkpoint.getPacking(),
                             checkpoint.getStacked(),
                             checkpoint.getTransposed(), view, offsets, sizes);
}
