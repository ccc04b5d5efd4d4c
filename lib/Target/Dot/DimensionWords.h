//===- DimensionWords.h - Words beside sizes -------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_DIMENSIONWORDS_H
#define DAG_LIB_TARGET_DOT_DIMENSIONWORDS_H

#include "llvm/ADT/StringRef.h"

namespace mlir::dag::dot {

using llvm::StringRef;

/// True for a key that never names a dimension, so that `(TP=8, PP=2)` isn't a
/// shape.
bool isLayoutKey(StringRef name);

/// True for a word that says how a tensor is held, and names no dimension.
bool isManner(StringRef word);

/// True for a word that counts what is done, and names no dimension: `3
/// rotations`.
bool countsSteps(StringRef word);

/// What a dimension counts, as its name tells.
enum class DimClass { None, Tokens, Features };

/// The class of a name that dimensions have, and nothing else on the label of a
/// node.
DimClass classifyName(StringRef name);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_DIMENSIONWORDS_H
