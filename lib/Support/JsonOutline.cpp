//===- JsonOutline.cpp - Where the keys of a JSON text stand -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/JsonOutline.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::dag;
using llvm::StringRef;

/// What a quoted key says. Escapes are rare enough to leave them to the parser.
StringRef JsonOutline::decode(StringRef quoted) {
  if (!quoted.contains('\\'))
    return quoted.drop_front().drop_back();
  llvm::Expected<llvm::json::Value> text = llvm::json::parse(quoted);
  if (!text) {
    llvm::consumeError(text.takeError());
    return quoted; // malformed
  }
  return saver.save(text->getAsString().value_or(quoted));
}

void JsonOutline::open(bool isObject) {
  if (isObject) {
    if (!stack.empty() && stack.back().object != kNoObject &&
        !objects[stack.back().object].empty())
      objects[stack.back().object][stack.back().lastKey].object =
          objects.size();
    objects.emplace_back();
  }
  stack.push_back({isObject ? unsigned(objects.size() - 1) : kNoObject,
                   /*expectsKey=*/isObject});
}

void JsonOutline::addKey(StringRef name, Place place) {
  unsigned object = stack.back().object;
  llvm::SmallVectorImpl<Key> &keys = objects[object];
  Key key{name, place};
  auto [it, isNew] = indices.try_emplace({object, name}, keys.size());
  if (!isNew)
    duplicates.push_back({keys[it->second], key});
  stack.back().lastKey = keys.size();
  stack.back().expectsKey = false;
  keys.push_back(key);
}

void JsonOutline::scan(StringRef text, JsonLimits limits) {
  unsigned line = 1, numValues = 0;
  size_t lineBegin = 0;
  auto stop = [&](Place place, unsigned limit, StringRef what) {
    excess = {place, ("expected at most " + llvm::Twine(limit) + " " + what +
                      ", but got more")
                         .str()};
  };
  for (size_t i = 0, e = text.size(); i < e; ++i) {
    Place place;
    place.line = line;
    place.column = i - lineBegin + 1;
    switch (text[i]) {
    case '\n':
      ++line;
      lineBegin = i + 1;
      break;
    case '{':
    case '[':
      if (stack.size() == limits.depth)
        return stop(place, limits.depth, "levels of nesting");
      if (objects.size() == limits.objects)
        return stop(place, limits.objects, "objects");
      open(/*isObject=*/text[i] == '{');
      break;
    case '}':
    case ']':
      if (!stack.empty())
        stack.pop_back();
      break;
    case ',':
      if (++numValues == limits.values)
        return stop(place, limits.values, "members and elements");
      if (!stack.empty())
        stack.back().expectsKey = stack.back().object != kNoObject;
      break;
    case ':':
      if (!stack.empty())
        stack.back().expectsKey = false;
      break;
    case '"': {
      size_t begin = i++;
      while (i < e && text[i] != '"' && text[i] != '\n')
        i += text[i] == '\\' ? 2 : 1;
      if (i >= e || text[i] != '"')
        return; // not terminated
      if (!stack.empty() && stack.back().expectsKey)
        addKey(decode(text.slice(begin, i + 1)), place);
      break;
    }
    default:
      break;
    }
  }
}

llvm::ArrayRef<JsonOutline::Key> JsonOutline::getKeys(unsigned object) const {
  if (object >= objects.size())
    return {};
  return objects[object];
}

const JsonOutline::Key *JsonOutline::find(unsigned object,
                                          StringRef name) const {
  auto it = indices.find({object, name});
  return it == indices.end() ? nullptr : &objects[object][it->second];
}
