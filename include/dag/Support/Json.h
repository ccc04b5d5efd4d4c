//===- Json.h - JSON from untrusted files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_JSON_H
#define DAG_SUPPORT_JSON_H

#include "llvm/Support/JSON.h"

#include <string>

namespace mlir::dag {

/// Parses a JSON object. Nesting deeper than `maxDepth` is an error, since the
/// parser recurses, and so is a key that an object has twice.
llvm::Expected<llvm::json::Object> parseJsonObject(llvm::StringRef text,
                                                   unsigned maxDepth);

/// A value for a message: its text, cut where it gets long.
std::string toShortString(const llvm::json::Value &value);

} // namespace mlir::dag

#endif // DAG_SUPPORT_JSON_H
