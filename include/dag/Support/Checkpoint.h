//===- Checkpoint.h - Tensors of several files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_CHECKPOINT_H
#define DAG_SUPPORT_CHECKPOINT_H

#include "dag/Support/Safetensors.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"

namespace mlir::dag {

/// Tensors of one or several files, by name. Files stay mapped as long as it
/// lives.
class Checkpoint {
public:
  /// Adds the tensors of a safetensors or GGUF file, or those that an index
  /// (`.json`) says to be in the files beside it. Errors name the file.
  llvm::Error add(llvm::StringRef path);

  /// Nothing was added.
  bool empty() const { return numAdded == 0; }
  /// Checkpoints of a model without its head leave out the first part of the
  /// names (`transformer.h.0` is `h.0`).
  const StoredTensor *lookup(llvm::StringRef name) const;
  bool isUsed(llvm::StringRef name) const { return used.contains(name); }
  /// Names that nobody has looked up, in order.
  llvm::SmallVector<llvm::StringRef> getUnused() const;

private:
  using Tensors = llvm::StringMap<StoredTensor>;

  llvm::Expected<Tensors> open(llvm::StringRef path);
  llvm::Error addIndex(llvm::StringRef path);
  llvm::Error insert(llvm::StringRef path, llvm::StringRef name,
                     StoredTensor tensor);

  unsigned numAdded = 0;
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> buffers;
  Tensors tensors;
  /// The file of each tensor.
  llvm::StringMap<std::string> files;
  /// First parts of names.
  llvm::StringSet<> prefixes;
  mutable llvm::StringSet<> used;
};

} // namespace mlir::dag

#endif // DAG_SUPPORT_CHECKPOINT_H
