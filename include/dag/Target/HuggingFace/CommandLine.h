//===- CommandLine.h - Options of imported models --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TARGET_HUGGINGFACE_COMMANDLINE_H
#define DAG_TARGET_HUGGINGFACE_COMMANDLINE_H

#include "dag/Target/HuggingFace/ImportConfig.h"
#include "mlir/Tools/mlir-translate/Translation.h"

#include <functional>

namespace mlir::dag::huggingface {

/// Writes what a file is translated to; emits errors.
using ImportFunction =
    std::function<LogicalResult(llvm::MemoryBufferRef, const ImportOptions &,
                                raw_ostream &, MLIRContext *)>;
/// Makes a translation that takes the options of imported models, which are
/// registered with the first one. Values that make no sense are an error, at
/// the file, and nothing is translated then.
TranslateFunction makeTranslation(ImportFunction import);
/// The same, of one that makes a program, which is printed.
TranslateFunction makeProgramTranslation(OwningOpRef<ModuleOp> (*import)(
    llvm::MemoryBufferRef, MLIRContext *, const ImportOptions &));

} // namespace mlir::dag::huggingface

#endif // DAG_TARGET_HUGGINGFACE_COMMANDLINE_H
