//===- Json.cpp - JSON from untrusted files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Json.h"
#include "dag/Support/JsonOutline.h"

using namespace mlir;
using namespace mlir::dag;

llvm::Expected<llvm::json::Object> dag::parseJsonObject(llvm::StringRef text,
                                                        unsigned maxDepth) {
  JsonOutline outline(text, maxDepth);
  if (!outline.getDuplicates().empty())
    return llvm::createStringError(
        "expected every name once, but got '" +
        llvm::Twine(outline.getDuplicates().front().second.name) + "' twice");
  if (outline.getTooDeep())
    return llvm::createStringError("expected at most " + llvm::Twine(maxDepth) +
                                   " levels of nesting, but got more");
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    return llvm::createStringError("malformed JSON: " +
                                   llvm::toString(value.takeError()));
  if (llvm::json::Object *object = value->getAsObject())
    return std::move(*object);
  return llvm::createStringError("expected a JSON object, but got " +
                                 toShortString(*value));
}

std::string dag::toShortString(const llvm::json::Value &value) {
  constexpr size_t kMaxLength = 60;
  std::string text;
  llvm::raw_string_ostream(text) << value;
  if (text.size() > kMaxLength) {
    text.resize(kMaxLength);
    text += "...";
  }
  return text;
}
