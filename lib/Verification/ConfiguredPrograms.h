//===- ConfiguredPrograms.h - What a configuration gives --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_CONFIGUREDPROGRAMS_H
#define DAG_LIB_VERIFICATION_CONFIGUREDPROGRAMS_H

#include "dag/Target/HuggingFace/ImportConfig.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::dag {

/// The configuration of a run, and the program that it gives for each plan. An
/// analysis, so that all checks go by one program, which is imported once.
class ConfiguredPrograms {
public:
  explicit ConfiguredPrograms(Operation *) {}

  /// What the importer says of a model and its ops do not.
  struct Notes {
    Notes() = default;
    explicit Notes(ModelOp model);

    std::vector<std::string> remarks;
    /// Why nobody knows how weights are stored, or empty.
    std::string unknownStorage;
  };

  /// Names the file, or none. What was imported of another one is forgotten.
  void setConfig(StringRef config, StringRef ignoreFields);
  /// What there is to say where no program was imported for a plan.
  void setDefault(Notes notes) { defaults = std::move(notes); }

  /// The program for a plan of well-formed ops, imported the first time; or
  /// why the file cannot be read. There has to be a file.
  llvm::Expected<huggingface::ImportedLike &> import(ModelOp plan);
  /// The notes on the program that was imported for a plan, or the default.
  const Notes &getNotes(Operation *root) const;
  /// The same, and imports the program where a file is named.
  const Notes &importNotes(ModelOp plan);

private:
  std::string config, ignoreFields;
  Notes defaults;
  struct Entry {
    huggingface::ImportedLike imported;
    Notes notes;
  };
  llvm::DenseMap<Operation *, std::unique_ptr<Entry>> entries;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_CONFIGUREDPROGRAMS_H
