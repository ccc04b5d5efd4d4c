//===- Matrix.h - Fragments of matrices in registers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_MATRIX_H
#define DAG_EMULATOR_MATRIX_H

#include "Lanes.h"

namespace mlir::dag::ptx {

/// `m16n8k16`.
struct MatrixShape {
  unsigned m = 0, n = 0, k = 0;
};
bool parseShape(const Modifiers &modifiers, MatrixShape &shape);

/// Bits of an element of a matrix operand.
unsigned getElementBits(Type type);
/// Whether products of this type are integers.
bool isIntegerMatrix(Type type);
/// An element as f32; f64 and integers have functions of their own.
float readElement(uint64_t bits, Type type);
int32_t readInteger(uint64_t bits, Type type);

/// The rows of registers of an operand that may be one register.
inline llvm::ArrayRef<unsigned> getRows(Warp &warp, const Op &op) {
  return warp.machine.program.getList(op);
}

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_MATRIX_H
