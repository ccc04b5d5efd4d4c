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
  ConfigFile(llvm::MemoryBufferRef buffer, MLIRContext *context)
      : buffer(buffer), context(context), value(nullptr),
        outline(buffer.getBuffer(), kMaxDepth) {}

  LogicalResult checkDepth() const;
  LogicalResult parseValues();
  LogicalResult checkKeys() const;
  Location getLoc(const JsonOutline::Place &place) const;
  const JsonOutline::Key *findKey(StringRef path) const;

  llvm::MemoryBufferRef buffer;
  MLIRContext *context;
  llvm::json::Value value;
  JsonOutline outline;
};

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_CONFIGFILE_H
