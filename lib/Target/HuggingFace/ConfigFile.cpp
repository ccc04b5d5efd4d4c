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

#include <cmath>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

/// Writes a number that overflows, of the same length, for `Infinity`.
static std::string replaceInfinity(StringRef text) {
  constexpr StringRef kInfinity = "Infinity", kLarge = "1e999999";
  std::string result = text.str();
  bool isQuoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (isQuoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      isQuoted = !isQuoted;
    else if (!isQuoted && text.substr(i).starts_with(kInfinity))
      llvm::copy(kLarge, result.begin() + i);
  }
  return result;
}

ConfigFile::ConfigFile(llvm::MemoryBufferRef buffer, MLIRContext *context)
    : buffer(buffer), text(replaceInfinity(buffer.getBuffer())),
      context(context), value(nullptr), outline(text, {kMaxDepth}) {}

std::unique_ptr<ConfigFile> ConfigFile::parse(llvm::MemoryBufferRef buffer,
                                              MLIRContext *context) {
  std::unique_ptr<ConfigFile> file(new ConfigFile(buffer, context));
  if (failed(file->checkLimits()) || failed(file->parseValues()) ||
      failed(file->checkKeys()))
    return nullptr;
  return file;
}

Location ConfigFile::getLoc(const JsonOutline::Place &place) const {
  return FileLineColLoc::get(context, buffer.getBufferIdentifier(), place.line,
                             place.column);
}

LogicalResult ConfigFile::checkLimits() const {
  if (!outline.getExcess())
    return success();
  return emitError(getLoc(outline.getExcess()->place))
         << outline.getExcess()->message;
}

LogicalResult ConfigFile::parseValues() {
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(text);
  if (parsed) {
    value = std::move(*parsed);
    if (value.getAsObject())
      return success();
    return emitError(getLoc(JsonOutline::Place()))
           << "expected a JSON object, but got " << str(value);
  }
  // The error keeps its place to itself, but prints it: "[2:5, byte=9]: ...".
  std::string message = llvm::toString(parsed.takeError());
  StringRef rest = message;
  JsonOutline::Place place;
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
  for (const auto &[first, other] : outline.getDuplicates()) {
    InFlightDiagnostic diagnostic = emitError(getLoc(other.place))
                                    << "expected every key once, but got "
                                    << quoteShort(other.name) << " twice";
    diagnostic.attachNote(getLoc(first.place)) << "given here first";
  }
  return success(outline.getDuplicates().empty());
}

//===----------------------------------------------------------------------===//
// Paths
//===----------------------------------------------------------------------===//

std::string ConfigFile::quote(StringRef key) {
  std::string path;
  for (char c : key) {
    if (c == '.' || c == '\\')
      path += '\\';
    path += c;
  }
  return path;
}

std::string ConfigFile::unquote(StringRef path) {
  std::string key;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\' && i + 1 < path.size())
      ++i;
    key += path[i];
  }
  return key;
}

/// The first key of a path, and the path behind it.
static std::pair<std::string, StringRef> splitPath(StringRef path) {
  size_t end = 0;
  while (end < path.size() && path[end] != '.')
    end += path[end] == '\\' ? 2 : 1;
  end = std::min(end, path.size());
  return {ConfigFile::unquote(path.take_front(end)),
          path.drop_front(std::min(end + 1, path.size()))};
}

/// What the configuration of a whole says of its parts.
static constexpr StringRef kFieldsOfAllParts[] = {
    "dtype", "quantization_config", "tie_word_embeddings", "torch_dtype"};

bool ConfigFile::isStated(StringRef path) const {
  const llvm::json::Value *found = find(path);
  return found && found->kind() != llvm::json::Value::Null;
}

std::string ConfigFile::resolve(StringRef path) const {
  if (root.empty())
    return path.str();
  std::string inner = path.empty() ? root : (root + "." + path).str();
  StringRef field = path.split('.').first;
  if (!llvm::is_contained(kFieldsOfAllParts, field))
    return inner;
  // Whoever loads the whole goes by what the whole states; each part is built
  // by its own ties.
  if (field == "tie_word_embeddings")
    return isStated(inner) ? inner : path.str();
  bool isOfWhole = field.ends_with("dtype")
                       ? isStated("dtype") || isStated("torch_dtype")
                       : isStated(field);
  return isOfWhole ? path.str() : inner;
}

SmallVector<StringRef> ConfigFile::findContradictions() const {
  SmallVector<StringRef> fields;
  for (StringRef field : kFieldsOfAllParts) {
    std::string inner = (root + "." + field.str());
    if (isPart() && isStated(field) && isStated(inner) &&
        *find(field) != *find(inner))
      fields.push_back(field);
  }
  return fields;
}

bool ConfigFile::isRepeated(StringRef path) const {
  const llvm::json::Value *outer = find(path),
                          *inner = find(root + "." + path.str());
  return isPart() && outer && inner && *outer == *inner;
}

const JsonOutline::Key *ConfigFile::findKey(StringRef path) const {
  unsigned object = 0;
  const JsonOutline::Key *key = nullptr;
  while (!path.empty()) {
    auto [name, rest] = splitPath(path);
    key = outline.find(object, name);
    if (!key)
      return nullptr;
    object = key->object;
    path = rest;
  }
  return key;
}

const llvm::json::Value *ConfigFile::find(StringRef path) const {
  const llvm::json::Value *result = &value;
  while (!path.empty()) {
    auto [name, rest] = splitPath(path);
    const llvm::json::Object *object = result->getAsObject();
    result = object ? object->get(name) : nullptr;
    if (!result)
      return nullptr;
    path = rest;
  }
  return result;
}

bool ConfigFile::drop(StringRef path) {
  llvm::json::Object *object = value.getAsObject();
  auto [name, rest] = splitPath(path);
  while (object && !rest.empty()) {
    llvm::json::Value *inner = object->get(name);
    object = inner ? inner->getAsObject() : nullptr;
    std::tie(name, rest) = splitPath(rest);
  }
  // What ends with a dot names nothing.
  return object && !name.empty() && !path.ends_with(".") && object->erase(name);
}

const llvm::json::Value *ConfigFile::lookup(StringRef path) const {
  return find(resolve(path));
}

SmallVector<StringRef> ConfigFile::getOuterKeys() const {
  SmallVector<StringRef> names;
  for (const JsonOutline::Key &key : outline.getKeys(0))
    if (find(quote(key.name)))
      names.push_back(key.name);
  return names;
}

Location ConfigFile::getOuterLoc(StringRef path) const {
  const JsonOutline::Key *key = findKey(path);
  return getLoc(key ? key->place : JsonOutline::Place());
}

SmallVector<StringRef> ConfigFile::getKeys(StringRef path) const {
  unsigned object = 0;
  std::string outer;
  if (!path.empty() || isPart()) {
    outer = resolve(path);
    const JsonOutline::Key *key = findKey(outer);
    object = key ? key->object : JsonOutline::kNoObject;
    outer += '.';
  }
  SmallVector<StringRef> names;
  for (const JsonOutline::Key &key : outline.getKeys(object))
    if (find(outer + quote(key.name)))
      names.push_back(key.name);
  return names;
}

Location ConfigFile::getLoc(StringRef path) const {
  // A path that is not there stands where the object is that lacks it.
  std::string resolved = resolve(path);
  StringRef rest = path.empty() ? StringRef() : StringRef(resolved);
  while (true) {
    if (const JsonOutline::Key *key = findKey(rest))
      return getLoc(key->place);
    if (!rest.contains('.'))
      return getLoc(JsonOutline::Place());
    rest = rest.rsplit('.').first;
  }
}

std::string ConfigFile::str(const llvm::json::Value &value) {
  std::optional<double> number = value.getAsNumber();
  if (number && std::isinf(*number))
    return *number < 0 ? "-Infinity" : "Infinity";
  return toShortString(value);
}
