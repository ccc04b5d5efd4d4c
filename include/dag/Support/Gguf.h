//===- Gguf.h - Files of llama.cpp -----------------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// GGUF, versions 2 and 3, little endian (ggml-org/ggml, docs/gguf.md): metadata
// and tensors of a model in one file.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_GGUF_H
#define DAG_SUPPORT_GGUF_H

#include "dag/Support/StoredTensor.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <optional>
#include <vector>

namespace mlir::dag {

/// A value of the metadata. Strings and arrays stay in the buffer.
struct GgufValue {
  enum class Kind { Integer, Float, Bool, String, Array };
  Kind kind = Kind::Integer;
  /// Integers from 2^63 on, of 64 bits without a sign, are negative here.
  int64_t integer = 0;
  double number = 0;
  /// The number has 32 bits in the file.
  bool isSingle = false;
  llvm::StringRef text;
  /// Of an array: its elements, one behind the other, their number and type.
  uint64_t count = 0;
  uint32_t elementType = 0;

  std::optional<int64_t> getInteger() const;
  std::optional<double> getNumber() const;
  std::optional<llvm::StringRef> getString() const;
  /// An integer, or that of an array which has it in each of its elements, at
  /// most 65536.
  std::optional<int64_t> getSameInteger() const;
  /// For messages: `12`, `"llama"`, `an array of 4 elements`.
  std::string str() const;
};

/// A GGUF file that is mapped into memory.
struct GgufFile {
  struct Entry {
    llvm::StringRef key;
    GgufValue value;
  };
  /// In the order of the file, each key once.
  std::vector<Entry> metadata;
  struct Tensor {
    llvm::StringRef name;
    /// Dimensions outermost first, unlike in the file.
    StoredTensor tensor;
  };
  std::vector<Tensor> tensors;

  const GgufValue *lookup(llvm::StringRef key) const;
  const StoredTensor *lookupTensor(llvm::StringRef name) const;

  /// Reads all but the data of tensors, which stay in the buffer. Tensors lie
  /// apart, in the file, and at its alignment. Errors name the key, the tensor
  /// or the byte, not the file.
  static llvm::Expected<GgufFile> parse(llvm::MemoryBufferRef buffer);

private:
  llvm::StringMap<size_t> keys, names;
};

/// True for what begins like a GGUF file.
bool isGguf(llvm::StringRef bytes);

/// The tensors of a file by the names that Hugging Face's checkpoints have for
/// them, and as they are there: rows of queries and keys that stand in pairs,
/// and weights of norms to which one was added, are read as they were before.
/// An error for an architecture, or a tensor, that nobody knows.
llvm::Expected<llvm::StringMap<StoredTensor>> nameTensors(const GgufFile &file);

/// The `general.architecture` of a file, such as `qwen3`; an error if its
/// tensors have no names.
llvm::Expected<llvm::StringRef> getGgufArchitecture(const GgufFile &file);

/// The tensor with what frequencies of the rotation are divided by. It is none
/// of a checkpoint, where the configuration has the figures.
inline constexpr llvm::StringLiteral kRotationFactors = "rope_freqs.weight";

} // namespace mlir::dag

#endif // DAG_SUPPORT_GGUF_H
