//===- WidthText.h - Maps that are written by their widths ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_WIDTHTEXT_H
#define DAG_LIB_TARGET_DOT_WIDTHTEXT_H

#include "dag/Target/Dot/Recognition.h"

namespace mlir::dag::dot {

/// What a map makes of the features of a token: `4096 -> 14336`, `2048 -> 16 x
/// 128`. Of a chain, the first and the last.
struct WidthMap {
  Shape from, to;
};

/// True if a text ends with an arrow, perhaps with blanks behind it.
bool endsWithArrow(StringRef text);

/// Length of a map at the start of `text`, or 0. Numbers count for nothing
/// here, so that texts that differ in them are read alike.
size_t getWidthMapLength(StringRef text);

/// True for a word in front of numbers that are no widths: `tokens 4096 ->
/// 1024`, `step 1 -> 2`.
bool countsOthers(StringRef word);

/// The sides of a table, `131072x8192` among the words of a line.
std::optional<Shape> parseTable(StringRef line);

/// The maps in a line.
SmallVector<WidthMap, 2> parseWidthMaps(StringRef text);

/// Makes of `2 x 7168`, two pieces, the width of one, and gives their number.
/// `16 x 256` are heads and their size, unless `mayBeHeads` is false.
int64_t takePieces(Shape &shape, bool mayBeHeads);

/// One map for all: the first and the last of a chain; what maps of one input
/// give, in order. Nothing where it is neither, or where the numbers are too
/// small for widths.
struct WidthStatement {
  Shape input;
  SmallVector<Shape, 3> outputs;
};
std::optional<WidthStatement> joinWidthMaps(ArrayRef<WidthMap> maps);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_WIDTHTEXT_H
