//===- StoredTensor.h - Tensors as files hold them -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_STOREDTENSOR_H
#define DAG_SUPPORT_STOREDTENSOR_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::dag {

/// Types of elements, with the names that their formats have for them: those of
/// safetensors, and those of GGUF whose elements stand in blocks.
enum class StoredType {
  BOOL,
  U8,
  I8,
  F8_E5M2,
  F8_E4M3,
  U16,
  I16,
  F16,
  BF16,
  U32,
  I32,
  F32,
  U64,
  I64,
  F64,
  // Blocks of a row: integers with what they are multiplied by, and what is
  // added to them.
  Q4_0,
  Q4_1,
  Q5_0,
  Q5_1,
  Q8_0,
  Q4_K,
  Q5_K,
  Q6_K
};
llvm::StringRef stringifyStoredType(StoredType type);
bool isFloat(StoredType type);
/// How many neighbors of a row are stored together, one but for blocks, and
/// bytes of them.
unsigned getBlockElements(StoredType type);
unsigned getBlockBytes(StoredType type);

/// A tensor in a file that is mapped into memory.
struct StoredTensor {
  StoredType type;
  /// Their product fits into 63 bits.
  llvm::SmallVector<int64_t, 4> shape;
  /// Elements in row-major order, little endian, aligned to nothing.
  llvm::StringRef bytes;
  /// The rows of each head of so many, `[2, half]`, are stored as
  /// `[half, 2]`, in pairs that are rotated together; zero where they are not.
  int64_t pairedHeads = 0;
  /// What has been added to all elements before they were stored.
  double added = 0;

  int64_t getNumElements() const {
    return static_cast<int64_t>(bytes.size() / getBlockBytes(type)) *
           getBlockElements(type);
  }
  /// Integers beyond 2^53 are rounded.
  double getElement(int64_t index) const;

private:
  double getStored(int64_t index) const;
  int64_t findStored(int64_t index) const;
};

/// Element `index` of a block, as ggml's `dequantize_row_*` has it in f32.
float decodeBlock(StoredType type, llvm::StringRef block, unsigned index);

} // namespace mlir::dag

#endif // DAG_SUPPORT_STOREDTENSOR_H
