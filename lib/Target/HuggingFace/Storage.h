//===- Storage.h - How a checkpoint stores weights -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Methods of quantization as data: the type of the stored weights, which
// neighbors share a scale, and how what is stored is called. Nobody knows a
// method by its name but who reads the configuration.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_HUGGINGFACE_STORAGE_H
#define DAG_LIB_TARGET_HUGGINGFACE_STORAGE_H

#include "Architecture.h"
#include "ConfigReader.h"
#include "ModulePatterns.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::dag::huggingface {

/// A tensor beside the weights of a module: scales, zeros.
struct StoredPart {
  /// Behind the name of the module; none of it if it is empty.
  StringRef suffix;
  Type type;
  Packing packing = Packing::None;
  /// The blocks of a row have a dimension of their own.
  bool isBlocked = false;

  bool operator==(const StoredPart &other) const {
    return suffix == other.suffix && type == other.type &&
           packing == other.packing && isBlocked == other.isBlocked;
  }
};

/// How the weights of linear layers are stored.
struct Storage {
  StoredPart weight;
  StoredPart scale;
  StoredPart zero;
  /// A scale of the scales, for all of a tensor.
  StoredPart outer;
  /// Rows and columns of `[out, in]` that share a scale; zero for all.
  int64_t blockRows = 0, blockColumns = 0;
  /// All are stored as `[in, out]`.
  bool isTransposed = false;
  /// Only experts are stored so.
  bool isOfExperts = false;

  bool operator==(const Storage &other) const;
};

/// The types that a configuration and the options give to tensors.
struct StorageDescription {
  /// None where all weights are of the plain type.
  std::optional<Storage> storage;
  /// Where a file states it.
  std::optional<Location> loc;
  ModulePatterns plain;
  /// The type of all other weights, and of the caches; null for that of the
  /// values.
  Type weightType, cacheType;
  /// What a file states of caches that a plan decides on, or null.
  Type statedCacheType;
  /// Why it is not known how weights are stored, or an empty string.
  std::string unknown;
  /// Values are rounded, too, where they are multiplied with weights.
  bool roundsValues = false;
  /// The checkpoint has scales for caches.
  bool scalesCaches = false;
};

class ConfigSection;

/// What is asked of a file: options come in place of the rest.
struct SchemeParts {
  bool weights = true, caches = true;
  /// Caches are those of a plan, and compared with what is stated.
  bool comparesCaches = false;
};

/// Reads the object of a method of quantization. Emits errors for values that
/// nobody knows; a method, or a scheme of one, that is not known is a reason.
StorageDescription readScheme(const ConfigSection &section, StringRef method,
                              Type elementType, SchemeParts parts);

/// Reads `quantization_config`, `hf_quant_config.json` beside the file, and the
/// options. Emits errors for what is contradictory; a method that is not known
/// is none, but a warning and a reason.
StorageDescription describeStorage(ConfigReader &reader,
                                   const ImportOptions &options,
                                   Type elementType);

/// A plain element type by one of its names, or null.
Type getElementType(StringRef name, MLIRContext *context);

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_STORAGE_H
