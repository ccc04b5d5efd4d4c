//===- ConfigSection.cpp - An object of a configuration -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigSection.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

ConfigSection::ConfigSection(ConfigReader &reader, const ConfigFile &file,
                             StringRef path, StringRef name)
    : reader(&reader), file(&file), path(path), name(name), userPath(name) {
  const llvm::json::Value *value = file.lookup(path);
  if (value && !value->getAsObject())
    reader.error(userPath, getLoc())
        << "expected '" << name << "' to be an object, but got "
        << ConfigFile::str(*value);
}

Location ConfigSection::getLoc(StringRef key) const {
  return file->getLoc(key.empty() ? path : getPath(key));
}

FieldError ConfigSection::error(StringRef key) const {
  return reader->error(getUserPath(key), getLoc(key));
}

void ConfigSection::expect(StringRef key, const Twine &what,
                           const llvm::json::Value &value) const {
  error(key) << "expected '" << key << "' of '" << name << "' to be " << what
             << ", but got " << ConfigFile::str(value);
}

const llvm::json::Value *ConfigSection::find(StringRef keys,
                                             StringRef &key) const {
  const llvm::json::Value *found = nullptr;
  for (StringRef other : llvm::split(keys, '|')) {
    const llvm::json::Value *value = file->lookup(getPath(other));
    if (!value || value->kind() == llvm::json::Value::Null)
      continue;
    if (!found) {
      found = value;
      key = other;
    } else if (*found != *value) {
      expect(other, ConfigFile::str(*found) + " like '" + key + "'", *value);
    }
  }
  return found;
}

std::optional<StringRef> ConfigSection::getText(StringRef keys) const {
  StringRef key;
  const llvm::json::Value *value = find(keys, key);
  if (!value)
    return std::nullopt;
  std::optional<StringRef> text = value->getAsString();
  if (!text)
    expect(key, "a string", *value);
  return text;
}

std::optional<int64_t> ConfigSection::getInt(StringRef keys) const {
  StringRef key;
  const llvm::json::Value *value = find(keys, key);
  if (!value)
    return std::nullopt;
  std::optional<int64_t> number = value->getAsInteger();
  if (!number)
    expect(key, "a whole number", *value);
  return number;
}

bool ConfigSection::getFlag(StringRef keys, bool fallback) const {
  StringRef key;
  const llvm::json::Value *value = find(keys, key);
  if (!value)
    return fallback;
  std::optional<bool> flag = value->getAsBoolean();
  if (!flag)
    expect(key, "true or false", *value);
  return flag.value_or(fallback);
}

const llvm::json::Array *ConfigSection::getArray(StringRef keys) const {
  StringRef key;
  const llvm::json::Value *value = find(keys, key);
  if (!value)
    return nullptr;
  const llvm::json::Array *array = value->getAsArray();
  if (!array)
    expect(key, "a list", *value);
  return array;
}

void ConfigSection::expectOnly(ArrayRef<StringRef> keys) const {
  for (StringRef key : getKeys())
    if (!llvm::is_contained(keys, key))
      error(key) << "unknown field '" << ConfigFile::unquote(getUserPath(key))
                 << "' beside '" << keys.back() << "'";
}

std::optional<ConfigSection> ConfigSection::getObject(StringRef key) const {
  const llvm::json::Value *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->getAsObject()) {
    expect(key, "an object", *value);
    return std::nullopt;
  }
  ConfigSection inner = *this;
  inner.path = getPath(key);
  inner.userPath = getUserPath(key);
  return inner;
}
