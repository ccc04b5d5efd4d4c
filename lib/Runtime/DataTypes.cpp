//===- DataTypes.cpp - The table of types -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Runtime/DataTypes.h"

namespace {

constexpr DagrtDataTypeInfo getRow(DagrtDataType type, const char *name,
                                   uint32_t bytes, bool isReducible) {
  return {sizeof(DagrtDataTypeInfo), type, name, bytes, isReducible};
}

/// By number. Reducible is what every end can reduce.
constexpr DagrtDataTypeInfo kTypes[] = {
    getRow(DAGRT_F64, "f64", 8, true),
    getRow(DAGRT_F32, "f32", 4, true),
    getRow(DAGRT_F16, "f16", 2, true),
    getRow(DAGRT_BF16, "bf16", 2, true),
    getRow(DAGRT_F8E4M3, "f8e4m3", 1, true),
    getRow(DAGRT_F8E5M2, "f8e5m2", 1, true),
    getRow(DAGRT_F8E8M0, "f8e8m0", 1, false),
    getRow(DAGRT_I8, "i8", 1, true),
    getRow(DAGRT_U8, "u8", 1, true),
    getRow(DAGRT_I16, "i16", 2, false),
    getRow(DAGRT_U16, "u16", 2, false),
    getRow(DAGRT_I32, "i32", 4, true),
    getRow(DAGRT_U32, "u32", 4, true),
    getRow(DAGRT_I64, "i64", 8, true),
    getRow(DAGRT_U64, "u64", 8, true),
    getRow(DAGRT_BOOL, "bool", 1, false),
};

constexpr bool isInOrder() {
  for (int32_t i = 0; i < DAGRT_NUM_DATA_TYPES; ++i)
    if (kTypes[i].type != i)
      return false;
  return sizeof(kTypes) / sizeof(*kTypes) == DAGRT_NUM_DATA_TYPES;
}
static_assert(isInOrder(), "a row for each type, by number");

constexpr const char *kReductions[DAGRT_NUM_REDUCTIONS] = {"sum", "prod", "max",
                                                           "min", "avg"};

} // namespace

extern "C" const DagrtDataTypeInfo *dagrtGetDataTypeInfo(DagrtDataType type) {
  return type >= 0 && type < DAGRT_NUM_DATA_TYPES ? &kTypes[type] : nullptr;
}

extern "C" const char *dagrtGetReductionName(DagrtReduction reduction) {
  return reduction >= 0 && reduction < DAGRT_NUM_REDUCTIONS
             ? kReductions[reduction]
             : nullptr;
}
