//===- ConfigFile.cpp - A config.json and where its keys stand -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigFile.h"
#include "dag/Support/Json.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

std::unique_ptr<ConfigFile> ConfigFile::parse(llvm::MemoryBufferRef buffer,
                                              MLIRContext *context) {
  std::unique_ptr<ConfigFile> file(new ConfigFile(buffer, context));
  if (failed(file->scan()) || failed(file->parseValues()) ||
      failed(file->checkKeys()))
    return nullptr;
  return file;
}

Location ConfigFile::getLoc(const Place &place) const {
  return FileLineColLoc::get(context, buffer.getBufferIdentifier(), place.line,
                             place.column);
}

/// What a quoted key says. Escapes are rare enough to leave them to the parser.
StringRef ConfigFile::decode(StringRef quoted) {
  if (!quoted.contains('\\'))
    return quoted.drop_front().drop_back();
  llvm::Expected<llvm::json::Value> text = llvm::json::parse(quoted);
  if (!text) {
    llvm::consumeError(text.takeError());
    return quoted; // malformed, which is reported later
  }
  return saver.save(text->getAsString().value_or(quoted));
}

/// Finds keys. The text may be malformed; whatever is found then is not used.
LogicalResult ConfigFile::scan() {
  struct Open {
    unsigned scope; // kNoScope for an array
    bool expectsKey;
    unsigned lastKey = 0;
  };
  SmallVector<Open, 16> open;
  StringRef text = buffer.getBuffer();
  unsigned line = 1;
  size_t lineBegin = 0;
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
    case '[': {
      if (open.size() == kMaxDepth)
        return emitError(getLoc(place)) << "expected at most " << kMaxDepth
                                        << " levels of nesting, but got more";
      bool isObject = text[i] == '{';
      if (isObject) {
        if (!open.empty() && open.back().scope != kNoScope &&
            !scopes[open.back().scope].empty())
          scopes[open.back().scope][open.back().lastKey].place.scope =
              scopes.size();
        scopes.emplace_back();
      }
      open.push_back({isObject ? unsigned(scopes.size() - 1) : kNoScope,
                      /*expectsKey=*/isObject});
      break;
    }
    case '}':
    case ']':
      if (!open.empty())
        open.pop_back();
      break;
    case ',':
      if (!open.empty())
        open.back().expectsKey = open.back().scope != kNoScope;
      break;
    case ':':
      if (!open.empty())
        open.back().expectsKey = false;
      break;
    case '"': {
      size_t begin = i++;
      while (i < e && text[i] != '"' && text[i] != '\n')
        i += text[i] == '\\' ? 2 : 1;
      if (i >= e || text[i] != '"')
        return success(); // not terminated, which the parser reports
      if (open.empty() || !open.back().expectsKey)
        break;
      Key key{decode(text.slice(begin, i + 1)), place};
      unsigned scope = open.back().scope;
      SmallVectorImpl<Key> &keys = scopes[scope];
      auto [it, isNew] = keyIndex.try_emplace({scope, key.name}, keys.size());
      if (!isNew)
        duplicates.push_back({keys[it->second], key});
      open.back().lastKey = keys.size();
      open.back().expectsKey = false;
      keys.push_back(key);
      break;
    }
    default:
      break;
    }
  }
  return success();
}

LogicalResult ConfigFile::parseValues() {
  llvm::Expected<llvm::json::Value> parsed =
      llvm::json::parse(buffer.getBuffer());
  if (parsed) {
    value = std::move(*parsed);
    if (value.getAsObject())
      return success();
    return emitError(getLoc(Place()))
           << "expected a JSON object, but got " << str(value);
  }
  // The error keeps its place to itself, but prints it: "[2:5, byte=9]: ...".
  std::string message = llvm::toString(parsed.takeError());
  StringRef rest = message;
  Place place;
  uint64_t byte;
  if (rest.consume_front("[")) {
    if (rest.consumeInteger(10, place.line) || !rest.consume_front(":") ||
        rest.consumeInteger(10, place.column) ||
        !rest.consume_front(", byte=") || rest.consumeInteger(10, byte) ||
        !rest.consume_front("]: "))
      rest = message;
    place.column = std::max(place.column, 1u);
  }
  return emitError(getLoc(place))
         << "malformed JSON: " << rest.take_front().lower()
         << rest.drop_front();
}

LogicalResult ConfigFile::checkKeys() const {
  for (const auto &[first, other] : duplicates) {
    InFlightDiagnostic diagnostic = emitError(getLoc(other.place))
                                    << "expected every key once, but got '"
                                    << other.name << "' twice";
    diagnostic.attachNote(getLoc(first.place)) << "given here first";
  }
  return success(duplicates.empty());
}

const ConfigFile::Key *ConfigFile::findKey(StringRef path) const {
  unsigned scope = 0;
  const Key *key = nullptr;
  while (!path.empty()) {
    auto [name, rest] = path.split('.');
    auto it = scope == kNoScope ? keyIndex.end() : keyIndex.find({scope, name});
    if (it == keyIndex.end())
      return nullptr;
    key = &scopes[scope][it->second];
    scope = key->place.scope;
    path = rest;
  }
  return key;
}

const llvm::json::Value *ConfigFile::lookup(StringRef path) const {
  const llvm::json::Value *result = &value;
  while (!path.empty()) {
    auto [name, rest] = path.split('.');
    const llvm::json::Object *object = result->getAsObject();
    result = object ? object->get(name) : nullptr;
    if (!result)
      return nullptr;
    path = rest;
  }
  return result;
}

SmallVector<StringRef> ConfigFile::getKeys(StringRef path) const {
  unsigned scope = 0;
  if (!path.empty()) {
    const Key *key = findKey(path);
    scope = key ? key->place.scope : kNoScope;
  }
  SmallVector<StringRef> names;
  if (scope < scopes.size())
    for (const Key &key : scopes[scope])
      names.push_back(key.name);
  return names;
}

Location ConfigFile::getLoc(StringRef path) const {
  // A path that is not there stands where the object is that lacks it.
  while (true) {
    if (const Key *key = findKey(path))
      return getLoc(key->place);
    if (!path.contains('.'))
      return getLoc(Place());
    path = path.rsplit('.').first;
  }
}

std::string ConfigFile::str(const llvm::json::Value &value) {
  return toShortString(value);
}
