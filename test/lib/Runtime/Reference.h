//===- Reference.h - Plain calculations to compare with -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_RUNTIME_REFERENCE_H
#define DAG_TEST_LIB_RUNTIME_REFERENCE_H

#include "dag/Runtime/DataTypes.h"

#include <vector>

namespace dag::conformance {

/// Elements of a type, as bytes.
using Bytes = std::vector<uint8_t>;

/// The elements that a member has for a case: the same ones wherever they are
/// made.
Bytes makeInput(DagrtDataType type, uint64_t count, uint32_t member,
                uint32_t seed);

/// The reduction of all inputs in their order, one element after the other, by
/// nothing of the runtime.
Bytes reduceInOrder(DagrtDataType type, DagrtReduction reduction,
                    const std::vector<Bytes> &inputs);

/// The number of an element of f16, bf16, f8e4m3 or f8e5m2, by its definition.
double decodeSmall(DagrtDataType type, uint32_t bits);
/// The nearest element, found among all of them.
uint32_t encodeSmall(DagrtDataType type, double value);

/// Whether results agree: the same bits, or NaN both.
bool isSame(DagrtDataType type, const Bytes &expected, const Bytes &got);

/// A number of the bits, for comparing many.
uint64_t hash(const Bytes &bytes, uint64_t seed);

} // namespace dag::conformance

#endif // DAG_TEST_LIB_RUNTIME_REFERENCE_H
