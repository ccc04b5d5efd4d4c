//===- ImportConfig.h - Models from config.json -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TARGET_HUGGINGFACE_IMPORTCONFIG_H
#define DAG_TARGET_HUGGINGFACE_IMPORTCONFIG_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::dag {
class ModelOp;
} // namespace mlir::dag

namespace mlir::dag::huggingface {

/// Tokens of a sequence, where nobody says.
inline constexpr int64_t kDefaultSeqLen = 2048;

/// What a config.json leaves open.
struct ImportOptions {
  /// Sequences that run together.
  int64_t batch = 1;
  /// Tokens of a sequence that the KV cache has room for. Zero for
  /// `kDefaultSeqLen`, or fewer if the model was made for fewer.
  int64_t seqLen = 0;
  /// One token for each sequence instead of all.
  bool decode = false;
  /// The tokens of each sequence that one run takes: a chunk of a prompt. Zero
  /// for those of the phase, all or one.
  int64_t newTokens = 0;
  /// A position for each sequence, and numbers of new tokens, not one for all.
  bool ragged = false;
  /// Tokens of a page of the KV caches; zero for caches of whole sequences.
  int64_t pageSize = 0;
  /// Pages of each cache but those of windows; zero for as many as all
  /// sequences need.
  int64_t pages = 0;
  /// Pages of each cache of a window; zero for as many as it reaches.
  int64_t windowPages = 0;
  /// Layers with a window use the pages of all others: their mask alone makes
  /// the window.
  bool sharesPages = false;
  /// Logits of all tokens, not of the last one of each sequence alone.
  bool allLogits = false;
  /// Element type of values (bf16, f16, f32, f64), and of weights and caches
  /// where nothing else is said; that of the configuration if empty.
  std::string dtype;
  /// How weights are stored, and caches: a type, or a way to quantize; as the
  /// configuration says if empty.
  std::string weightsDtype, kvDtype;
  /// These are as a plan has them; nobody asks for them.
  bool isLike = false;
  /// Fields that are not looked at, as if they were not there.
  std::vector<std::string> ignoredFields;

  /// Takes names with commas between them.
  void setIgnoredFields(llvm::StringRef names);
};

/// The model of a Hugging Face config.json as a logical program for one
/// device, in a new module. Emits errors, with lines of the file, for what is
/// unknown or contradictory, and returns null then.
OwningOpRef<ModuleOp> importConfig(llvm::MemoryBufferRef buffer,
                                   MLIRContext *context,
                                   const ImportOptions &options);

/// What a configuration and a plan say together.
struct ImportedLike {
  /// Null if there is no such program.
  OwningOpRef<ModuleOp> module;
  /// What the plan has said.
  ImportOptions options;
  /// Why nobody knows how the configuration stores weights, whatever the plan
  /// does; or empty.
  std::string unknownStorage;
  /// Why there is none, and where.
  std::string obstacle;
  std::optional<Location> obstacleLoc;

  /// `prefill of 2 sequences of 64 tokens in bf16, ...`.
  std::string describe();
};

/// The program of a configuration that `plan` is one of, if it is: sizes, phase
/// and the tokens that have logits are as the plan has them, and so are element
/// types; weights are stored as the configuration says, or in that way of
/// `ImportOptions::weightsDtype` that has more names and types of the plan.
/// Emits nothing.
ImportedLike importLike(llvm::MemoryBufferRef buffer, ModelOp plan,
                        llvm::StringRef ignoredFields);

/// Registers `--hf-config-to-dag` and its options.
void registerTranslation();

} // namespace mlir::dag::huggingface

#endif // DAG_TARGET_HUGGINGFACE_IMPORTCONFIG_H
