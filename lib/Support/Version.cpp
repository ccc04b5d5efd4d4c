//===- Version.cpp - The version of the project -----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Version.h"

// Both are defined by lib/Support/CMakeLists.txt.
llvm::StringRef mlir::dag::getVersion() { return DAG_VERSION; }

llvm::StringRef mlir::dag::getDocsURI() { return DAG_DOCS_URI; }
