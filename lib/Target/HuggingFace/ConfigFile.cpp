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
  if (failed(file->checkDepth()) || failed(file->parseValues()) ||
      failed(file->checkKeys()))
    return nullptr;
  return file;
}

Location ConfigFile::getLoc(const JsonOutline::Place &place) const {
  return FileLineColLoc::get(context, buffer.getBufferIdentifier(), place.line,
                             place.column);
}

LogicalResult ConfigFile::checkDepth() const {
  if (!outline.getTooDeep())
    return success();
  return emitError(getLoc(*outline.getTooDeep()))
         << "expected at most " << kMaxDepth
         << " levels of nesting, but got more";
}

LogicalResult ConfigFile::parseValues() {
  llvm::Expected<llvm::json::Value> parsed =
      llvm::json::parse(buffer.getBuffer());
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
                                    << "expected every key once, but got '"
                                    << other.name << "' twice";
    diagnostic.attachNote(getLoc(first.place)) << "given here first";
  }
  return success(outline.getDuplicates().empty());
}

const JsonOutline::Key *ConfigFile::findKey(StringRef path) const {
  unsigned object = 0;
  const JsonOutline::Key *key = nullptr;
  while (!path.empty()) {
    auto [name, rest] = path.split('.');
    key = outline.find(object, name);
    if (!key)
      return nullptr;
    object = key->object;
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
  unsigned object = 0;
  if (!path.empty()) {
    const JsonOutline::Key *key = findKey(path);
    object = key ? key->object : JsonOutline::kNoObject;
  }
  SmallVector<StringRef> names;
  for (const JsonOutline::Key &key : outline.getKeys(object))
    names.push_back(key.name);
  return names;
}

Location ConfigFile::getLoc(StringRef path) const {
  // A path that is not there stands where the object is that lacks it.
  while (true) {
    if (const JsonOutline::Key *key = findKey(path))
      return getLoc(key->place);
    if (!path.contains('.'))
      return getLoc(JsonOutline::Place());
    path = path.rsplit('.').first;
  }
}

std::string ConfigFile::str(const llvm::json::Value &value) {
  return toShortString(value);
}
