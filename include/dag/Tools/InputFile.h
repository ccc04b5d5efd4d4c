//===- InputFile.h - What the tools read -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_INPUTFILE_H
#define DAG_TOOLS_INPUTFILE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::dag {

/// What a file holds, by its name and its first characters.
enum class InputKind { Drawing, Configuration, Schedule, Module };
InputKind getInputKind(llvm::MemoryBufferRef buffer);

/// Reads the main file of `sourceMgr`: a drawing as a sketch, a model's
/// configuration as a logical program, or MLIR, which is verified if
/// `verifies`, and else has a `dag.malformed` for each op that no accessor may
/// touch. Emits errors, and returns null then.
OwningOpRef<ModuleOp> readInput(const llvm::SourceMgr &sourceMgr,
                                MLIRContext *context, bool verifies);

/// What upstream's stack does not allow: an offset, and why.
struct DeepNesting {
  size_t offset;
  std::string message;
};

/// Where MLIR text nests too deeply, by brackets, aliases or affine
/// expressions, or stands for too much by aliases. Bytecode is not looked into.
std::optional<DeepNesting> findDeepNesting(llvm::MemoryBufferRef buffer);
/// Fails with a message there.
LogicalResult checkNesting(llvm::MemoryBufferRef buffer);

/// Fails, with a message, where a text that is split at a marker, if that is
/// not empty, has too many parts, or too much that is nearly a marker.
LogicalResult checkSplit(llvm::MemoryBufferRef buffer, StringRef marker);

} // namespace mlir::dag

#endif // DAG_TOOLS_INPUTFILE_H
