//===- ImportGguf.h - Models from files of llama.cpp -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TARGET_GGUF_IMPORTGGUF_H
#define DAG_TARGET_GGUF_IMPORTGGUF_H

#include "dag/Support/Gguf.h"
#include "dag/Target/HuggingFace/ImportConfig.h"

namespace mlir::dag::gguf {

/// The `config.json` of the model in a file, made of its metadata, with the
/// names of Hugging Face. An error names the key that nobody knows, or that a
/// configuration cannot say. `statesStorage` has it say that weights are stored
/// in a way that configurations have no words for, if they are not in f32.
llvm::Expected<std::string> makeConfig(const GgufFile &file,
                                       llvm::ArrayRef<std::string> ignoredKeys,
                                       bool statesStorage);

/// The model of a file as a logical program, whose parameters have the names
/// of a Hugging Face checkpoint: the same as of its configuration. All tensors
/// are used, with the shapes that the program has. Values are f32 if
/// `options.dtype` is empty; fields that are not looked at are keys of the
/// metadata. Emits errors, and returns null then.
OwningOpRef<ModuleOp> importGguf(llvm::MemoryBufferRef buffer,
                                 MLIRContext *context,
                                 const huggingface::ImportOptions &options);

/// Registers `--gguf-to-dag` and `--gguf-to-config`.
void registerTranslations();

} // namespace mlir::dag::gguf

#endif // DAG_TARGET_GGUF_IMPORTGGUF_H
