//===- Tensor.h - Values of the interpreter -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_KERNELS_REFERENCE_TENSOR_H
#define DAG_KERNELS_REFERENCE_TENSOR_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"

#include <vector>

namespace mlir::dag {

/// A dense tensor in row-major order. Elements of all types are kept as
/// doubles: integers up to 2^53 and floats up to f64 are exact in them.
class Tensor {
public:
  /// A tensor that does not exist on this rank.
  Tensor() = default;
  /// A tensor of zeros.
  explicit Tensor(ArrayRef<int64_t> shape);

  bool exists() const { return present; }
  ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getDim(unsigned dim) const { return shape[dim]; }
  unsigned getRank() const { return shape.size(); }
  int64_t getNumElements() const { return data.size(); }

  double *getData() { return data.data(); }
  const double *getData() const { return data.data(); }
  double &operator[](int64_t index) { return data[index]; }
  double operator[](int64_t index) const { return data[index]; }
  /// The vector of the last dimension at a flat index of the others.
  double *getRow(int64_t row) { return data.data() + row * shape.back(); }
  const double *getRow(int64_t row) const {
    return data.data() + row * shape.back();
  }

  /// Number of elements before, and behind, a dimension.
  int64_t getOuterSize(unsigned dim) const;
  int64_t getInnerSize(unsigned dim) const;

  /// Elements `[begin, begin + size)` of a dimension; what lies beyond the end
  /// is `fill`.
  Tensor slice(unsigned dim, int64_t begin, int64_t size,
               double fill = 0) const;
  /// Tensors one behind the other in a dimension.
  static Tensor concat(ArrayRef<const Tensor *> parts, unsigned dim);

  /// Rounds every element to the values of `type`, to nearest even.
  void roundTo(Type type);

private:
  SmallVector<int64_t, 4> shape;
  std::vector<double> data;
  bool present = false;
};

/// Rounds to the values of a float type; other types leave numbers alone.
double roundTo(Type type, double value);

} // namespace mlir::dag

#endif // DAG_KERNELS_REFERENCE_TENSOR_H
