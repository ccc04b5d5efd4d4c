//===- DimensionText.h - Shapes and ranges as people write them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_DIMENSIONTEXT_H
#define DAG_LIB_TARGET_DOT_DIMENSIONTEXT_H

#include "dag/Target/Dot/Recognition.h"

namespace mlir::dag::dot {

/// The shapes in a piece of a label.
struct ShapeText {
  SmallVector<Shape, 1> shapes;
  /// In MLIR's spelling, if the text is a type (`tensor<8x2048xbf16>`).
  StringRef elementType;
  /// Offset of the first shape, and behind the last one.
  size_t begin = 0;
  size_t end = 0;
};

/// Whether a list without brackets is a shape, as behind `Input:`.
enum class ShapeContext { Bare, Stated };

/// Reads `[a, b]`, `(a, b, c)`, `[a] + [b]`, `Q=[a], K,V=[b]`, `4x[a]`,
/// `tensor<8x2048xbf16>`, `8x2048x8192` and lists of `name=value`. A factor in
/// front of or behind a shape (`[a] x4`) doesn't repeat it. Linear in the text.
ShapeText parseShapes(StringRef text, ShapeContext context);

/// Offset of the first arrow outside brackets, or `npos`; `length` is set to
/// its length.
size_t findArrow(StringRef text, size_t &length);

/// What the numbers of a list count: the words that may stand in it.
enum class RangeKind { Devices, Layers };

struct RangeText {
  RangeSet set;
  /// How many numbers were read, and the offset behind the last one.
  unsigned numNumbers = 0;
  size_t end = 0;
};

/// Reads `0`, `0-7`, `0,1`, `[0-7]`, `0..7`, `0 to 7`, `0 and 1`, `[0, 20)`,
/// `GPU0,GPU1` from the start of `text`. In a name, `_` and `-` between two
/// numbers make a range if `isName` and the second one is larger.
RangeText parseRanges(StringRef text, RangeKind kind, bool isName);

/// Devices that send, and those that receive.
struct DevicePairs {
  RangeSet sources;
  RangeSet targets;
  size_t end = 0;
};

/// Reads `0 -> 1`, `0-7 → 8-15`, `GPU 0 to GPU 1`, `0->2, 1->3` from the start
/// of `text`; in a name, `0_to_1`. The sets are empty if it isn't one.
DevicePairs parseDevicePairs(StringRef text, bool isName);

/// True for words behind a number that make it a count and not an index:
/// `8 experts`, `80GB`.
bool isCountedWord(StringRef word);

/// True for words that devices' numbers stand behind: `GPUs`, `cuda`.
bool isDeviceWord(StringRef word);

/// Length of `one` to `twelve` at the start of `text`, a word of its own, or 0.
size_t getNumeralLength(StringRef text);

/// Reads a decimal number at the start of `text` that fits `int64_t`, or a
/// numeral: `one`.
std::optional<int64_t> parseNumber(StringRef text);

/// Length of an arrow (`->`, `=>`, `→`, ...) at the start of `text`, or 0.
size_t getArrowLength(StringRef text);
/// Returns the length of an arrow that points back: `recv rank 1 <- rank 0`.
size_t getBackArrowLength(StringRef text);

/// Shapes that are written as products among words, with symbols, too: three
/// sizes at least, or two that are all of `text`.
ShapeText findProducts(StringRef text);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_DIMENSIONTEXT_H
