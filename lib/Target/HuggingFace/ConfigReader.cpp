//===- ConfigReader.cpp - Settings of a row, read from a file -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigReader.h"
#include "dag/Support/Json.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

FieldError ConfigReader::error(StringRef path, Location loc) {
  failed = true;
  // Several settings may ask for one field.
  if (!path.empty() && !reported.insert(path).second)
    return FieldError();
  return FieldError(emitError(loc));
}

void ConfigReader::warn(Location loc, const Twine &message) {
  std::string text = message.str();
  emitWarning(loc) << text;
  if (!llvm::is_contained(remarks, text))
    remarks.push_back(std::move(text));
}

void ConfigReader::enter(StringRef key) {
  warn(key, "the plan is of '" + key + "' alone, the language model");
  file.enter(key);
  used.clear();
  dropIgnored(file, "", key);
  for (StringRef field : file.findContradictions())
    warn(field,
         "'" + field + "' of the whole and of '" + key +
             "' differ; the plan goes by that of " +
             (field == "tie_word_embeddings" ? "'" + key.str() + "'"
                                             : std::string("the whole")));
}

ConfigReader::Field ConfigReader::find(StringRef keys) {
  Field field;
  for (StringRef path : llvm::split(keys, '|')) {
    const llvm::json::Value *value = file.lookup(path);
    if (path.empty() || path.starts_with("=") || !value)
      continue;
    used.insert(path);
    if (value->kind() == llvm::json::Value::Null) {
      // A null under one name does not hide a value under another.
      if (field.path.empty())
        field.path = path;
      field.isNull |= !field.value;
      continue;
    }
    if (!field.value) {
      field = {path.str(), value, /*isNull=*/false};
      continue;
    }
    if (*field.value == *value)
      continue;
    FieldError diagnostic = error(path);
    diagnostic << "expected '" << path << "' to be "
               << ConfigFile::str(*field.value) << " like '" << field.path
               << "', but got " << ConfigFile::str(*value);
    diagnostic.attachNote(file.getLoc(field.path), "the other name");
  }
  return field;
}

void ConfigReader::checkOtherNames(StringRef keys,
                                   std::optional<double> value) {
  for (StringRef path : llvm::split(keys, '|')) {
    if (!path.consume_front("="))
      continue;
    const llvm::json::Value *other = file.lookup(path);
    if (!other)
      continue;
    used.insert(path);
    if (other->kind() == llvm::json::Value::Null ||
        (value && other->getAsNumber() == value))
      continue;
    error(path) << "expected '" << path << "' to be '" << keys.split('|').first
                << "' = "
                << ConfigFile::str(value ? llvm::json::Value(*value) : nullptr)
                << ", but got " << ConfigFile::str(*other);
  }
}

/// Whether `null` stands where transformers takes a value only.
template <typename T>
static bool isRefusedNull(const ConfigReader::Field &field,
                          const Setting<T> &setting) {
  return field.isNull && !field.value && setting.fallback && !setting.takesNull;
}

std::optional<int64_t> ConfigReader::getInt(const IntSetting &setting,
                                            int64_t min, int64_t max) {
  Field field = find(setting.keys);
  if (isRefusedNull(field, setting)) {
    expect(field.path, "an integer from " + Twine(min) + " to " + Twine(max),
           nullptr);
    return setting.fallback;
  }
  // Takes 4096.0 as well, as some programs write integers.
  std::optional<int64_t> number =
      field.value ? field.value->getAsInteger()
                  : (field.isNull ? std::nullopt : setting.fallback);
  checkOtherNames(setting.keys, number);
  if (!field.value || (number && *number >= min && *number <= max))
    return number;
  expect(field.path, "an integer from " + Twine(min) + " to " + Twine(max),
         *field.value);
  return std::clamp(setting.fallback.value_or(min), min, max);
}

int64_t ConfigReader::getFigure(const IntSetting &setting, int64_t min,
                                int64_t max) {
  if (std::optional<int64_t> figure = getInt(setting, min, max))
    return *figure;
  Field field = find(setting.keys);
  std::string name = getName(field, setting.keys);
  error(name) << "expected '" << name << "' to be an integer from " << min
              << " to " << max << ", but got "
              << (field.isNull ? "null" : "nothing");
  return std::max<int64_t>(setting.fallback.value_or(min), min);
}

std::optional<double> ConfigReader::getNumber(const NumberSetting &setting,
                                              bool allowZero) {
  Field field = find(setting.keys);
  StringRef kind =
      allowZero ? "a number that is not negative" : "a positive number";
  if (isRefusedNull(field, setting)) {
    expect(field.path, kind, nullptr);
    return setting.fallback;
  }
  std::optional<double> number =
      field.value ? field.value->getAsNumber()
                  : (field.isNull ? std::nullopt : setting.fallback);
  checkOtherNames(setting.keys, number);
  if (!field.value || (number && std::isfinite(*number) &&
                       (*number > 0 || (allowZero && *number == 0))))
    return number;
  expect(field.path, kind, *field.value);
  return setting.fallback.value_or(1.0);
}

bool ConfigReader::getFlag(const FlagSetting &setting) {
  Field field = find(setting.keys);
  // What is off by default is off with null, too.
  if (setting.fallback == true && isRefusedNull(field, setting))
    expect(field.path, "true or false", nullptr);
  if (!field.value)
    return !field.isNull && setting.fallback.value_or(false);
  if (std::optional<bool> flag = field.value->getAsBoolean())
    return *flag;
  expect(field.path, "true or false", *field.value);
  return setting.fallback.value_or(false);
}

std::optional<StringRef> ConfigReader::getText(const TextSetting &setting) {
  Field field = find(setting.keys);
  if (isRefusedNull(field, setting))
    expect(field.path, "a string", nullptr);
  if (!field.value)
    return field.isNull ? std::nullopt : setting.fallback;
  if (std::optional<StringRef> text = field.value->getAsString())
    return *text;
  expect(field.path, "a string", *field.value);
  return setting.fallback;
}

const llvm::json::Array *ConfigReader::getArray(StringRef keys,
                                                std::string &path) {
  Field field = find(keys);
  path = field.path;
  if (!field.value)
    return nullptr;
  if (const llvm::json::Array *array = field.value->getAsArray())
    return array;
  expect(field.path, "an array", *field.value);
  return nullptr;
}

/// What stands in a field, as JSON.
static std::string getJSON(const ConfigReader::Field &field,
                           StringRef fallback) {
  if (field.value)
    return ConfigFile::str(*field.value);
  return field.isNull ? "null" : fallback.str();
}

void ConfigReader::check(const Expected &expected) {
  Field field = find(expected.keys);
  std::string value = getJSON(field, expected.values.front());
  // Null switches off what is off by default.
  if (llvm::is_contained(expected.values, value) ||
      (field.isNull && expected.values.front() == "false"))
    return;
  error(field.path) << "expected '" << field.path << "' to be "
                    << llvm::join(expected.values, " or ")
                    << ", which is all that can be imported, but got " << value;
}

bool ConfigReader::holds(const Condition &condition) {
  Field field = find(condition.keys);
  // Null is no number, but of a flag it is false.
  if (field.isNull)
    return (condition.fallback == "true" ? "false" : condition.fallback) ==
           condition.value;
  return getJSON(field, condition.fallback) == condition.value;
}

void ConfigReader::dropIgnored(ConfigFile &from, StringRef prefix,
                               StringRef inner) {
  for (StringRef field : ignored) {
    StringRef name = field;
    if (!prefix.empty() &&
        !(name.consume_front(prefix) && name.consume_front(".")))
      continue;
    // A dot may be one of the name of a field.
    SmallVector<std::string, 4> paths = {name.str(), ConfigFile::quote(name)};
    if (!inner.empty())
      llvm::append_range(
          paths, SmallVector<std::string, 2>{(inner + "." + paths[0]).str(),
                                             (inner + "." + paths[1]).str()});
    for (StringRef path : paths)
      if (from.drop(path) && warned.insert(field).second)
        warn(from.getOuterLoc(path),
             "'" + field + "' is not looked at, as asked for");
  }
}

bool ConfigReader::isFileIgnored(StringRef name, Location loc) {
  if (!llvm::is_contained(ignored, name))
    return false;
  if (warned.insert(name).second)
    warn(loc, "'" + name + "' is not looked at, as asked for");
  return true;
}

/// Unknown fields that are told one by one.
static constexpr unsigned kMaxUnknown = 1000;

bool ConfigReader::countUnknown() {
  failed = true;
  return ++numUnknown <= kMaxUnknown;
}

void ConfigReader::reportUnusedNames() {
  for (StringRef field : ignored)
    if (!warned.contains(field))
      warn("", "'" + field +
                   "', which is not to be looked at, is no field of "
                   "the configuration");
}

void ConfigReader::reportUnknown(const Architecture &architecture,
                                 StringRef prefix) {
  for (StringRef key : file.getKeys(prefix)) {
    std::string path = ConfigFile::quote(key);
    if (!prefix.empty())
      path = (prefix + "." + path).str();
    const llvm::json::Value *value = file.lookup(path);
    if (used.contains(path) || llvm::is_contained(architecture.ignored, path) ||
        isNeutralField(key) || !value ||
        isSwitchedOff(key, ConfigFile::str(*value)))
      continue;
    StringRef reason = prefix.empty() ? getLeftOutReason(key) : StringRef();
    if (!reason.empty()) {
      if (value->kind() != llvm::json::Value::Null &&
          value->getAsInteger() != std::optional<int64_t>(0))
        warn(path, "'" + path + "' is not part of the plan: " + reason);
      continue;
    }
    // An object of which some fields are known.
    if (llvm::any_of(used.keys(), [&](StringRef field) {
          return field.starts_with(path + ".");
        })) {
      reportUnknown(architecture, path);
      continue;
    }
    if (countUnknown())
      error(path) << "unknown field " << quoteShort(ConfigFile::unquote(path))
                  << " of architecture '" << architecture.modelType << "'";
  }
}

void ConfigReader::reportUnknownOutside() {
  for (StringRef key : file.getOuterKeys()) {
    if (isNeutralField(key) || isFieldOfWrapper(key))
      continue;
    std::string path = ConfigFile::quote(key);
    if (file.isRepeated(path))
      continue;
    failed = true;
    if (countUnknown())
      emitError(file.getOuterLoc(path))
          << "unknown field " << quoteShort(key)
          << " beside the configuration of the language model";
  }
}

void ConfigReader::reportUnknown(const Architecture &architecture) {
  reportUnknown(architecture, "");
  if (file.isPart())
    reportUnknownOutside();
  if (numUnknown > kMaxUnknown)
    error("") << "and " << numUnknown - kMaxUnknown << " other unknown fields";
  reportUnusedNames();
}
