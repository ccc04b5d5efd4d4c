//===- Json.h - JSON from untrusted files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_JSON_H
#define DAG_SUPPORT_JSON_H

#include "dag/Support/JsonOutline.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/JSON.h"

#include <string>

namespace mlir::dag {

/// Parses a JSON object. What is beyond a limit is an error, since the parser
/// recurses and takes more memory than the text, and so is a key that an object
/// has twice.
llvm::Expected<llvm::json::Object> parseJsonObject(llvm::StringRef text,
                                                   JsonLimits limits);

/// The same for an object of any number of members: `take` gets them one after
/// the other, and there is never more than one of them in memory.
llvm::Error parseJsonMembers(
    llvm::StringRef text, unsigned maxDepth,
    llvm::function_ref<llvm::Error(llvm::StringRef, const llvm::json::Value &)>
        take);

/// A text in quotes for a message, cut where it gets long.
std::string quoteShort(llvm::StringRef text);

/// A value for a message: its text, cut where it gets long.
std::string toShortString(const llvm::json::Value &value);

} // namespace mlir::dag

#endif // DAG_SUPPORT_JSON_H
