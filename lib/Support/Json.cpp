//===- Json.cpp - JSON from untrusted files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Json.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::dag;

/// What a quoted text says; nothing if it is malformed.
static std::optional<std::string> decode(llvm::StringRef quoted) {
  if (!quoted.contains('\\'))
    return quoted.drop_front().drop_back().str();
  llvm::Expected<llvm::json::Value> text = llvm::json::parse(quoted);
  if (!text) {
    llvm::consumeError(text.takeError());
    return std::nullopt;
  }
  return text->getAsString()->str();
}

/// Looks at brackets and keys only. The text may be malformed: then the parser
/// stops at the place that ends the scan, or before.
static llvm::Error checkStructure(llvm::StringRef text, unsigned maxDepth) {
  struct Open {
    bool isObject;
    bool expectsKey;
    llvm::StringSet<> keys;
  };
  std::vector<Open> open;
  for (size_t i = 0, e = text.size(); i < e; ++i) {
    switch (text[i]) {
    case '{':
    case '[':
      if (open.size() == maxDepth)
        return llvm::createStringError("expected at most " +
                                       llvm::Twine(maxDepth) +
                                       " levels of nesting, but got more");
      open.push_back({text[i] == '{', text[i] == '{', {}});
      break;
    case '}':
    case ']':
      if (!open.empty())
        open.pop_back();
      break;
    case ',':
      if (!open.empty())
        open.back().expectsKey = open.back().isObject;
      break;
    case '"': {
      size_t begin = i++;
      while (i < e && text[i] != '"')
        i += text[i] == '\\' ? 2 : 1;
      if (i >= e)
        return llvm::Error::success(); // not terminated
      if (open.empty() || !open.back().expectsKey)
        break;
      open.back().expectsKey = false;
      std::optional<std::string> key = decode(text.slice(begin, i + 1));
      if (!key)
        return llvm::Error::success(); // malformed
      if (!open.back().keys.insert(*key).second)
        return llvm::createStringError("expected every name once, but got '" +
                                       llvm::Twine(*key) + "' twice");
      break;
    }
    default:
      break;
    }
  }
  return llvm::Error::success();
}

llvm::Expected<llvm::json::Object> dag::parseJsonObject(llvm::StringRef text,
                                                        unsigned maxDepth) {
  if (llvm::Error error = checkStructure(text, maxDepth))
    return error;
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
