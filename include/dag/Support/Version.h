//===- Version.h - The version of the project -------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_VERSION_H
#define DAG_SUPPORT_VERSION_H

#include "llvm/ADT/StringRef.h"

namespace mlir::dag {

/// `0.1.0`, that of CMake's project.
llvm::StringRef getVersion();

/// Where the documentation is, as a URI without a slash at its end: `docs`, or
/// what the build was configured with (`DAG_DOCS_URI`).
llvm::StringRef getDocsURI();

} // namespace mlir::dag

#endif // DAG_SUPPORT_VERSION_H
