//===- SamplingText.h - Which layers are said to be drawn -------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_SAMPLINGTEXT_H
#define DAG_LIB_TARGET_DOT_SAMPLINGTEXT_H

#include "dag/Support/RangeSet.h"

namespace mlir::dag::dot {

/// What a title, a comment or a note says of the layers that are not drawn.
struct SamplingText {
  /// Layers that are said to be like others, or not to be drawn.
  RangeSet omitted;
  /// Devices of which that is said.
  RangeSet omittedDevices;
  /// Layers that are said to be drawn, one by one.
  RangeSet shown;
  /// True if all others are said to be, without their numbers.
  bool othersAlike = false;
};

/// Reads running text, sentence by sentence: a statement has a subject (layers,
/// blocks, the others) and says that it is left out or repeats what is drawn,
/// or that one of them, or the first of each stage, is all that is drawn.
/// `Only L0 and L40 are expanded; L1-L39 repeat L0 and L41-L79 repeat L40.`
SamplingText readSampling(StringRef text);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_SAMPLINGTEXT_H
