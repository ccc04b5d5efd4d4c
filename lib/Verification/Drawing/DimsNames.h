//===- DimsNames.h - What names say of drawn dimensions ---------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_DIMSNAMES_H
#define DAG_LIB_VERIFICATION_DRAWING_DIMSNAMES_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

inline DimsAttr toDims(Attribute attr) { return cast<DimsAttr>(attr); }

/// The last dimension, if it is a number.
std::optional<int64_t> getWidth(DimsAttr dims);
/// The size of one head, if the dimensions show the heads apart: by its name,
/// or, unless `byName`, as the last of four.
std::optional<int64_t> getHeadSize(DimsAttr dims, bool byName = false);
/// Heads times head size, where both are named.
std::optional<int64_t> getHeadsWidth(DimsAttr dims);
/// The last dimension, if it is a number and named as that of hidden states.
std::optional<int64_t> getHiddenWidth(DimsAttr dims);
/// Scores of each to each: the last two dimensions are equal.
bool isSquare(DimsAttr dims);
/// True if a dimension counts experts.
bool isExpertsName(StringRef name);
/// Tokens by their hidden size, not scores or a count of experts.
bool isTokens(DimsAttr dims);
/// True if `part` has less features than `whole`, and is as large otherwise.
bool isPartOfWidth(DimsAttr part, DimsAttr whole);
/// Of all tokens one is kept: the last, or that of the class.
bool isPooled(DimsAttr all, DimsAttr one);
/// True if one operand is the same for each sequence, as positions are: it
/// lacks the batch, or has one of them.
bool isOfEach(DimsAttr operand, DimsAttr result);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_DIMSNAMES_H
