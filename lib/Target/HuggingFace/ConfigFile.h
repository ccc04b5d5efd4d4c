//===- ConfigFile.h - A config.json and where its keys stand -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values are those of llvm::json, which does not say where they stand. A scan
// of the text before it finds the places of keys, keys that are given twice,
// and nesting that is too deep for a parser that recurses.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_HUGGINGFACE_CONFIGFILE_H
#define DAG_LIB_TARGET_HUGGINGFACE_CONFIGFILE_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/StringSaver.h"

#include <memory>

namespace mlir::dag::huggingface {

/// A parsed configuration. Keys of nested objects are written with dots:
/// `attn_config.alibi`.
class ConfigFile {
public:
  /// Deeper than any configuration, and shallow enough for recursion.
  static constexpr unsigned kMaxDepth = 100;

  /// Reads a configuration. Emits errors with lines and columns, and returns
  /// null then.
  static std::unique_ptr<ConfigFile> parse(llvm::MemoryBufferRef buffer,
                                           MLIRContext *context);

  /// The value at a path, or null if there is none.
  const llvm::json::Value *lookup(StringRef path) const;
  /// Keys of the object at a path (the whole file if it is empty), in the order
  /// of the file.
  SmallVector<StringRef> getKeys(StringRef path) const;

  /// The place of a key, or of the file if the key is not there.
  Location getLoc(StringRef path) const;

  /// A value as the file writes it, shortened.
  static std::string str(const llvm::json::Value &value);

private:
  struct Place {
    unsigned line = 1, column = 1;
    /// Of the object that is the value, if it is one.
    unsigned scope = kNoScope;
  };
  struct Key {
    StringRef name;
    Place place;
  };
  static constexpr unsigned kNoScope = ~0u;

  ConfigFile(llvm::MemoryBufferRef buffer, MLIRContext *context)
      : buffer(buffer), context(context), value(nullptr), saver(allocator) {}

  LogicalResult scan();
  LogicalResult parseValues();
  LogicalResult checkKeys() const;
  Location getLoc(const Place &place) const;
  StringRef decode(StringRef quoted);
  const Key *findKey(StringRef path) const;

  llvm::MemoryBufferRef buffer;
  MLIRContext *context;
  llvm::json::Value value;
  llvm::BumpPtrAllocator allocator;
  llvm::StringSaver saver;
  /// Keys of each object, objects in the order in which they begin.
  SmallVector<SmallVector<Key, 0>, 0> scopes;
  llvm::DenseMap<std::pair<unsigned, StringRef>, unsigned> keyIndex;
  /// Keys that are given again: the first one and the other.
  SmallVector<std::pair<Key, Key>, 0> duplicates;
};

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_CONFIGFILE_H
