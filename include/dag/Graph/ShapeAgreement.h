//===- ShapeAgreement.h - Do drawn dimensions agree -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_GRAPH_SHAPEAGREEMENT_H
#define DAG_GRAPH_SHAPEAGREEMENT_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

/// Whether two drawn shapes can be of one tensor. Symbols can stand for any
/// number, so they may leave it open.
enum class Agreement { Yes, Open, No };

/// Compares two shapes. Dimensions may stand in another order (`[B, heads, S,
/// d]`, `[B, S, heads, d]`) and be joined or split (`heads x d_k`, `hidden`):
/// what must agree is what is left when equal dimensions are taken away on
/// both sides.
Agreement compareShapes(DimsAttr lhs, DimsAttr rhs);

/// The symbol that alone leaves it open whether two shapes agree, and the size
/// for which they do. Nothing if more is open, or no whole number does.
struct SymbolSize {
  StringRef symbol;
  uint64_t size;
};
std::optional<SymbolSize> getSymbolSize(DimsAttr lhs, DimsAttr rhs);

/// True if the shapes agree in their number of elements, but two dimensions of
/// one have other sizes than two of the other: `[2, 8192, 40, 128]` and
/// `[2, 32768, 10, 128]` are parts of one tensor that are cut along other axes,
/// which no reshape turns into each other.
bool tradesSizes(DimsAttr lhs, DimsAttr rhs);

/// The number of elements of what is left of `whole` when the dimensions of
/// `part` are taken away, over what is left of `part`: the factor between two
/// shapes. Nothing if it is open.
struct ShapeRatio {
  uint64_t whole;
  uint64_t part;
};
std::optional<ShapeRatio> getShapeRatio(DimsAttr whole, DimsAttr part);

/// Whether `count` shards of the shape `small` make `large`, the last of them
/// smaller if the dimension does not divide. Open if symbols leave it so.
Agreement isScaled(DimsAttr small, DimsAttr large, uint64_t count);

} // namespace mlir::dag

#endif // DAG_GRAPH_SHAPEAGREEMENT_H
