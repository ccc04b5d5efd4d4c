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

using llvm::StringRef;
using llvm::Twine;

/// An error where a text has a key twice, or too much of something.
static llvm::Error checkOutline(StringRef text, JsonLimits limits) {
  JsonOutline outline(text, limits);
  if (!outline.getDuplicates().empty())
    return llvm::createStringError(
        "expected every name once, but got " +
        quoteShort(outline.getDuplicates().front().second.name) + " twice");
  if (outline.getExcess())
    return llvm::createStringError(outline.getExcess()->message);
  return llvm::Error::success();
}

static llvm::Error makeParseError(llvm::Error error) {
  return llvm::createStringError("malformed JSON: " +
                                 llvm::toString(std::move(error)));
}

llvm::Expected<llvm::json::Object> dag::parseJsonObject(StringRef text,
                                                        JsonLimits limits) {
  if (llvm::Error error = checkOutline(text, limits))
    return error;
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    return makeParseError(value.takeError());
  if (llvm::json::Object *object = value->getAsObject())
    return std::move(*object);
  return llvm::createStringError("expected a JSON object, but got " +
                                 toShortString(*value));
}

/// The end of the value that `text` begins with: where a comma or a bracket
/// stands that is not in it.
static size_t findValueEnd(StringRef text) {
  size_t depth = 0;
  bool isQuoted = false;
  for (size_t i = 0, e = text.size(); i < e; ++i) {
    char c = text[i];
    if (isQuoted && c == '\\')
      ++i;
    else if (c == '"')
      isQuoted = !isQuoted;
    else if (isQuoted)
      continue;
    else if (c == '{' || c == '[')
      ++depth;
    else if (depth == 0 && (c == ',' || c == '}' || c == ']'))
      return i;
    else if (c == '}' || c == ']')
      --depth;
  }
  return text.size();
}

llvm::Error dag::parseJsonMembers(
    StringRef text, unsigned maxDepth,
    llvm::function_ref<llvm::Error(StringRef, const llvm::json::Value &)>
        take) {
  JsonLimits limits{maxDepth};
  limits.objects = limits.values = ~0u;
  if (llvm::Error error = checkOutline(text, limits))
    return error;
  StringRef rest = text.ltrim();
  auto malformed = [&](const Twine &what) {
    return llvm::createStringError("malformed JSON: " + what + " at byte " +
                                   Twine(rest.data() - text.data()));
  };
  if (!rest.consume_front("{"))
    return parseJsonObject(text, {maxDepth}).takeError();
  rest = rest.ltrim();
  bool hasNext = !rest.starts_with("}");
  while (hasNext) {
    size_t end = findValueEnd(rest);
    llvm::Expected<llvm::json::Value> member =
        llvm::json::parse(("{" + rest.take_front(end) + "}").str());
    if (!member) {
      // Its places are those of this part.
      std::string message = llvm::toString(member.takeError());
      return malformed("in the member: " +
                       StringRef(message).split("]: ").second);
    }
    llvm::json::Object &object = *member->getAsObject();
    if (object.empty())
      return malformed("expected a member");
    if (llvm::Error error = take(object.begin()->first, object.begin()->second))
      return error;
    rest = rest.drop_front(end);
    hasNext = rest.consume_front(",");
  }
  if (!rest.consume_front("}"))
    return malformed("expected ',' or '}'");
  rest = rest.ltrim();
  return rest.empty() ? llvm::Error::success() : malformed("expected the end");
}

std::string dag::quoteShort(StringRef text) {
  constexpr size_t kMaxLength = 60;
  bool isLong = text.size() > kMaxLength;
  return ("'" + text.take_front(kMaxLength) + (isLong ? "...'" : "'")).str();
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
