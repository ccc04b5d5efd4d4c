//===- ConfigSection.h - An object of a configuration -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_HUGGINGFACE_CONFIGSECTION_H
#define DAG_LIB_TARGET_HUGGINGFACE_CONFIGSECTION_H

#include "ConfigReader.h"

namespace mlir::dag::huggingface {

/// An object of a configuration, or of a file beside it, whose fields are read
/// by kind: a value of another kind is an error at its place, and counts as
/// missing, as `null` does.
class ConfigSection {
public:
  /// The object at `path` of `file`, which messages call `name`; what is no
  /// object is an error. Users call its fields `name` and a dot before them.
  ConfigSection(ConfigReader &reader, const ConfigFile &file, StringRef path,
                StringRef name);

  StringRef getName() const { return name; }
  Location getLoc(StringRef key = "") const;
  /// All keys, in the order of the file.
  SmallVector<StringRef> getKeys() const { return file->getKeys(path); }

  /// The value of a field, or null. Names of one field are separated by `|`,
  /// and must not contradict each other; they come back as `key`.
  const llvm::json::Value *find(StringRef keys, StringRef &key) const;
  const llvm::json::Value *find(StringRef keys) const {
    return find(keys, keys);
  }
  std::optional<StringRef> getText(StringRef keys) const;
  std::optional<int64_t> getInt(StringRef keys) const;
  bool getFlag(StringRef keys, bool fallback) const;
  const llvm::json::Array *getArray(StringRef keys) const;
  /// An object, or nothing.
  std::optional<ConfigSection> getObject(StringRef key) const;

  /// An error at a field; only the first one at each.
  FieldError error(StringRef key) const;
  /// "expected 'key' of 'name' to be `what`, but got `value`".
  void expect(StringRef key, const Twine &what,
              const llvm::json::Value &value) const;
  /// Reports all other keys.
  void expectOnly(ArrayRef<StringRef> keys) const;
  /// How users call a field.
  std::string getUserPath(StringRef key) const {
    return userPath + "." + ConfigFile::quote(key);
  }

private:
  std::string getPath(StringRef key) const {
    return path + "." + ConfigFile::quote(key);
  }

  ConfigReader *reader;
  const ConfigFile *file;
  std::string path, name, userPath;
};

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_CONFIGSECTION_H
