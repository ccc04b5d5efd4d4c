//===- DimensionList.h - Lists of dimensions --------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_DIMENSIONLIST_H
#define DAG_LIB_TARGET_DOT_DIMENSIONLIST_H

#include "dag/Target/Dot/Recognition.h"

namespace mlir::dag::dot {

/// `text` without blanks at its ends; quicker than `StringRef::trim`.
StringRef trimBlanks(StringRef text);

/// The element type that `text` names, in MLIR's spelling, or empty.
StringRef getElementType(StringRef text);

/// True if the list is written with `x` or `×` between its dimensions.
bool isProductList(StringRef text);

/// Reads `8x2048x8192` or `1×S×H`; `elementType` takes a last `bf16`.
bool parseProduct(StringRef text, Shape &shape, StringRef &elementType);

/// Reads a list of dimensions separated by commas, semicolons or blanks, or a
/// product.
bool parseList(StringRef text, Shape &shape, StringRef &elementType);

/// Reads, from the start of `text`, what no brackets and no word such as
/// `Input` mark as a shape: `8 x 2048 x 8192`, `B:8 S:2048 H:4096`, `B=8 ·
/// S=2048`, `B8 S2048 H4096`. Each dimension has a name that dimensions have,
/// or three numbers at least stand in a product. Returns the length of what was
/// read, or zero.
size_t parseUnmarkedList(StringRef text, Shape &shape);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_DIMENSIONLIST_H
