//===- Placements.h - All ways to lay tensors on a mesh -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_TYPINGRULES_PLACEMENTS_H
#define DAG_TEST_LIB_TYPINGRULES_PLACEMENTS_H

#include "Cases.h"

namespace mlir::dag::typing {

/// Which placements are listed.
struct PlacementOptions {
  /// Tensors that exist at one coordinate of an axis.
  bool roots = true;
  /// Padding where a size divides, and more padding than needed.
  bool spareRemainders = true;
};

/// The types of a tensor on a mesh: every axis splits a dimension, is pending,
/// at a root, or not used; axes of one dimension come in every order; what does
/// not divide is padded or uneven. All of them lie on the mesh.
std::vector<RankedTensorType> listPlacements(ArrayRef<CaseDim> dims,
                                             Type elementType,
                                             const MeshShape &mesh,
                                             PlacementOptions options = {});

/// How much of all placements of all operands was tried.
enum class Extent {
  /// Every combination of all placements.
  All,
  /// Every combination of placements without roots and spare padding.
  NoSpare,
  /// Every combination in which operands agree dimension by dimension; and of
  /// those that are accepted, every one in which two operands are placed in
  /// another way, in whatever way,
  TwoDiffer,
  /// or one operand,
  OneDiffers,
  /// or one operand in a way without roots and spare padding.
  OneDiffersNoSpare
};
StringRef stringifyExtent(Extent extent);

/// Tries one combination; true if it is accepted.
using TryPlacement = function_ref<bool(ArrayRef<RankedTensorType>)>;

/// Tries combinations of placements of the operands of a case, of the extents
/// above the first one that takes at most `limit` of them, or the last.
Extent forEachPlacement(const Case &theCase, const MeshShape &mesh,
                        uint64_t limit, TryPlacement tryPlacement);

} // namespace mlir::dag::typing

#endif // DAG_TEST_LIB_TYPINGRULES_PLACEMENTS_H
