//===- Safetensors.h - Files of tensors ----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_SAFETENSORS_H
#define DAG_SUPPORT_SAFETENSORS_H

#include "dag/Support/StoredTensor.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace mlir::dag {

/// The tensors of a safetensors file by name: 8 bytes with the length of a
/// header, the header in JSON, and the data, which it has to cover without gaps
/// and overlaps. Bytes stay in the buffer. Errors name the tensor, not the
/// file.
llvm::Expected<llvm::StringMap<StoredTensor>>
readSafetensors(llvm::MemoryBufferRef buffer);

} // namespace mlir::dag

#endif // DAG_SUPPORT_SAFETENSORS_H
