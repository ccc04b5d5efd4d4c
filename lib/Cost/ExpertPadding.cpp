//===- ExpertPadding.cpp - Sizes that kernels of experts want -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Cost/ExpertPadding.h"
#include "dag/Support/Saturating.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// Beyond it a size is no tile of a kernel.
static constexpr int64_t kMaxMultiple = 1 << 16;

static std::optional<int64_t> parseMultiple(StringRef text) {
  int64_t multiple;
  if (text.getAsInteger(10, multiple) || multiple < 1 ||
      multiple > kMaxMultiple)
    return std::nullopt;
  return multiple;
}

std::optional<ExpertPadding> ExpertPadding::parse(StringRef text) {
  ExpertPadding padding;
  if (text == "none")
    return padding;
  auto [first, second] = text.split('x');
  std::optional<int64_t> multiple = parseMultiple(first);
  if (!multiple)
    return std::nullopt;
  if (!text.contains('x')) {
    padding.summed = *multiple;
    return padding;
  }
  std::optional<int64_t> inside = parseMultiple(second);
  if (!inside)
    return std::nullopt;
  padding.hidden = *multiple;
  padding.intermediate = *inside;
  return padding;
}

ExpertPadding ExpertPadding::getDefault(Type stored, Type scale) {
  ExpertPadding padding;
  if (isa<Float4E2M1FNType>(stored) &&
      isa_and_nonnull<Float8E8M0FNUType>(scale))
    padding.summed = 256;
  return padding;
}

/// The bytes of a tensor of one matrix an expert that go beyond what is stored,
/// with so many rows and columns.
static int64_t getExcess(const LocalTensor &tensor, Type type, int64_t rows,
                         int64_t columns) {
  int64_t bits = multiplySaturating(
      multiplySaturating(tensor.shape[0],
                         cast<ShapedType>(type).getElementTypeBitWidth()),
      multiplySaturating(rows, columns));
  return std::max<int64_t>(0, scaleSaturating(bits, 1, 8) - tensor.bytes);
}

/// As many blocks as a padded dimension has, if it has several. A block that
/// breaks the rules of the op has any size.
static int64_t getBlocks(int64_t blocks, int64_t size, int64_t block) {
  return blocks <= 1 || block <= 0 ? blocks : llvm::divideCeil(size, block);
}

SmallVector<PaddedParameter, 6>
dag::getPaddedParameters(ExpertOp experts, CostContext &costs,
                         const std::optional<ExpertPadding> &padding) {
  SmallVector<PaddedParameter, 6> padded;
  auto add = [&](Value weight, bool leavesExpert) {
    auto dequantize = weight.getDefiningOp<DequantizeOp>();
    Value stored = dequantize ? dequantize.getX() : weight;
    auto parameter = stored.getDefiningOp<ParameterOp>();
    auto type = dyn_cast<RankedTensorType>(stored.getType());
    if (!parameter || !type || type.getRank() != 3)
      return;
    const LocalTensor &matrix = costs.getLocal(type);
    if (!matrix.isKnown || isSaturated(matrix.bytes))
      return;
    Value scale = dequantize ? dequantize.getScale() : nullptr;
    ExpertPadding by = padding.value_or(ExpertPadding::getDefault(
        type.getElementType(),
        scale ? getElementTypeOrSelf(scale.getType()) : nullptr));
    int64_t rows = llvm::alignTo(matrix.shape[1],
                                 leavesExpert ? by.hidden : by.intermediate);
    int64_t columns = llvm::alignTo(
        llvm::alignTo(matrix.shape[2],
                      leavesExpert ? by.intermediate : by.hidden),
        by.summed);
    padded.push_back({parameter, getExcess(matrix, type, rows, columns)});
    if (!dequantize || !dequantize.getBlock() ||
        dequantize.getBlock()->size() != 3)
      return;
    ArrayRef<int64_t> block = *dequantize.getBlock();
    for (Value shared : {dequantize.getScale(), dequantize.getZero()}) {
      auto scales = shared ? shared.getDefiningOp<ParameterOp>() : nullptr;
      if (!scales)
        continue;
      const LocalTensor &local = costs.getLocal(scales.getType());
      if (!local.isKnown || local.shape.size() != 3)
        continue;
      padded.push_back(
          {scales, getExcess(local, scales.getType(),
                             getBlocks(local.shape[1], rows, block[1]),
                             getBlocks(local.shape[2], columns, block[2]))});
    }
  };
  add(experts.getWGate(), /*leavesExpert=*/false);
  add(experts.getWUp(), /*leavesExpert=*/false);
  add(experts.getWDown(), /*leavesExpert=*/true);
  return padded;
}
