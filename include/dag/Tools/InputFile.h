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
/// `verifies`. Emits errors, and returns null then.
OwningOpRef<ModuleOp> readInput(const llvm::SourceMgr &sourceMgr,
                                MLIRContext *context, bool verifies);

/// Fails with a message if MLIR text nests deeper than the upstream parser's
/// stack allows.
LogicalResult checkNesting(llvm::MemoryBufferRef buffer);
/// The same without a message: where it does, as an offset.
std::optional<size_t> findDeepNesting(llvm::MemoryBufferRef buffer);

} // namespace mlir::dag

#endif // DAG_TOOLS_INPUTFILE_H
