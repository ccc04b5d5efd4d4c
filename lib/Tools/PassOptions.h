//===- PassOptions.h - What passes are asked for --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TOOLS_PASSOPTIONS_H
#define DAG_LIB_TOOLS_PASSOPTIONS_H

#include "mlir/Support/LLVM.h"

namespace mlir::dag {

/// Refuses, with an error, options of passes that upstream would leave out.
LogicalResult checkPassOptions(ArrayRef<const char *> arguments);

/// Refuses, with an error, a pipeline with checks inside of other ops.
LogicalResult checkNestedChecks(StringRef pipeline);

} // namespace mlir::dag

#endif // DAG_LIB_TOOLS_PASSOPTIONS_H
