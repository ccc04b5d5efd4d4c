//===- DataTypes.h - Types of elements -*- C -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_RUNTIME_DATATYPES_H
#define DAG_RUNTIME_DATATYPES_H

#include "dag/Runtime/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A type of elements. The numbers are part of the ABI; they are not NCCL's.
typedef int32_t DagrtDataType;

enum {
  DAGRT_F64 = 0,
  DAGRT_F32 = 1,
  DAGRT_F16 = 2,
  DAGRT_BF16 = 3,
  /// 4 bits of exponent, no infinity: f8E4M3FN of MLIR.
  DAGRT_F8E4M3 = 4,
  DAGRT_F8E5M2 = 5,
  /// A power of two, as scales of mxfp4 and mxfp8 are.
  DAGRT_F8E8M0 = 6,
  DAGRT_I8 = 7,
  DAGRT_U8 = 8,
  DAGRT_I16 = 9,
  DAGRT_U16 = 10,
  DAGRT_I32 = 11,
  DAGRT_U32 = 12,
  DAGRT_I64 = 13,
  DAGRT_U64 = 14,
  /// 0 or 1 in a byte.
  DAGRT_BOOL = 15,
  DAGRT_NUM_DATA_TYPES = 16
};

/// A reduction.
typedef int32_t DagrtReduction;

enum {
  DAGRT_SUM = 0,
  DAGRT_PROD = 1,
  DAGRT_MAX = 2,
  DAGRT_MIN = 3,
  /// The sum, divided by the number of members.
  DAGRT_AVG = 4,
  DAGRT_NUM_REDUCTIONS = 5
};

/// A row of the table of types.
typedef struct DagrtDataTypeInfo {
  /// The size of this structure, in bytes.
  size_t size;
  DagrtDataType type;
  /// Such as "bf16".
  const char *name;
  /// Bytes of an element.
  uint32_t bytes;
  /// Whether it may be reduced, on every end; others are moved only.
  int32_t isReducible;
} DagrtDataTypeInfo;

/// The row of a type; null if there is no such type.
const DagrtDataTypeInfo *dagrtGetDataTypeInfo(DagrtDataType type);

/// The name of a reduction, such as "sum"; null if there is none.
const char *dagrtGetReductionName(DagrtReduction reduction);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // DAG_RUNTIME_DATATYPES_H
