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

namespace mlir::dag::huggingface {

/// What the options of `dag-translate` say of a model that is imported;
/// registers them when it is called first, or by `registerTranslation`. Emits
/// an error, at the file, for values that make no sense.
FailureOr<ImportOptions> getCommandLine(llvm::StringRef file,
                                        MLIRContext *context);

} // namespace mlir::dag::huggingface

#endif // DAG_TARGET_HUGGINGFACE_COMMANDLINE_H
