//===- Safetensors.h - Stored tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_SAFETENSORS_H
#define DAG_SUPPORT_SAFETENSORS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace mlir::dag {

/// Types of elements, with the names that the format has for them.
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
  F64
};
llvm::StringRef stringifyStoredType(StoredType type);
/// Size of an element in bytes.
unsigned getSize(StoredType type);
bool isFloat(StoredType type);

/// A tensor in a file that is mapped into memory.
struct StoredTensor {
  StoredType type;
  /// Their product fits into 63 bits.
  llvm::SmallVector<int64_t, 4> shape;
  /// Elements in row-major order, little endian, aligned to nothing.
  llvm::StringRef bytes;

  int64_t getNumElements() const { return bytes.size() / getSize(type); }
  /// Integers beyond 2^53 are rounded.
  double getElement(int64_t index) const;
};

/// The tensors of a safetensors file by name: 8 bytes with the length of a
/// header, the header in JSON, and the data, which it has to cover without gaps
/// and overlaps. Bytes stay in the buffer. Errors name the tensor, not the
/// file.
llvm::Expected<llvm::StringMap<StoredTensor>>
readSafetensors(llvm::MemoryBufferRef buffer);

} // namespace mlir::dag

#endif // DAG_SUPPORT_SAFETENSORS_H
