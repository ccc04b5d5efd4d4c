//===- ConfigFile.h - A config.json and where its keys stand -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_HUGGINGFACE_CONFIGFILE_H
#define DAG_LIB_TARGET_HUGGINGFACE_CONFIGFILE_H

#include "dag/Support/JsonOutline.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <memory>

namespace mlir::dag::huggingface {

/// A parsed configuration. Keys of nested objects are written with dots:
/// `attn_config.alibi`; a dot that a key has itself is written `\\.` there. The
/// numbers that Python writes, `Infinity` and `-Infinity`, are read too.
class ConfigFile {
public:
  /// Deeper than any configuration, and shallow enough for recursion.
  static constexpr unsigned kMaxDepth = 100;

  /// Reads a configuration. Emits errors with lines and columns, and returns
  /// null then.
  static std::unique_ptr<ConfigFile> parse(llvm::MemoryBufferRef buffer,
                                           MLIRContext *context);

  /// Looks at the object of a key from here on, as in the configuration of a
  /// model that has a language model as a part. What the whole states for all
  /// of its parts, such as the element type, is found in its place; whether the
  /// head is tied only where the part is silent.
  void enter(StringRef key) { root = key.str(); }
  bool isPart() const { return !root.empty(); }
  /// The fields of all parts that the whole and the part state differently.
  SmallVector<StringRef> findContradictions() const;
  /// True for a field of the whole that the part has, too, and alike.
  bool isRepeated(StringRef path) const;
  /// Takes a field out, as if it were not there; false if it is not. Its place
  /// is kept.
  bool drop(StringRef path);
  /// The value at a path of the whole file, whatever was entered, or null.
  const llvm::json::Value *lookupOuter(StringRef path) const {
    return find(path);
  }
  /// Keys of the whole file, whatever was entered.
  SmallVector<StringRef> getOuterKeys() const;
  Location getOuterLoc(StringRef path) const;

  /// The name of the file.
  StringRef getName() const { return buffer.getBufferIdentifier(); }

  /// A key as a part of a path, and a path as it is shown.
  static std::string quote(StringRef key);
  static std::string unquote(StringRef path);

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
  ConfigFile(llvm::MemoryBufferRef buffer, MLIRContext *context);

  LogicalResult checkLimits() const;
  LogicalResult parseValues();
  LogicalResult checkKeys() const;
  Location getLoc(const JsonOutline::Place &place) const;
  const JsonOutline::Key *findKey(StringRef path) const;
  const llvm::json::Value *find(StringRef path) const;
  /// True for what is there and is not null.
  bool isStated(StringRef path) const;
  /// A path from the outermost object.
  std::string resolve(StringRef path) const;

  llvm::MemoryBufferRef buffer;
  /// The text, with numbers that JSON has no words for in other ones.
  std::string text;
  MLIRContext *context;
  llvm::json::Value value;
  JsonOutline outline;
  /// What was entered.
  std::string root;
};

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_CONFIGFILE_H
