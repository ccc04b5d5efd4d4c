//===- ConfigReader.h - Settings of a row, read from a file -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_HUGGINGFACE_CONFIGREADER_H
#define DAG_LIB_TARGET_HUGGINGFACE_CONFIGREADER_H

#include "Architecture.h"
#include "ConfigFile.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::dag::huggingface {

/// Figures beyond this are no sizes of a model.
inline constexpr int64_t kMaxFigure = (int64_t(1) << 31) - 1;

/// An error at a field, or nothing where it has been reported before.
class FieldError {
public:
  FieldError() = default;
  explicit FieldError(InFlightDiagnostic &&diagnostic)
      : diagnostic(std::move(diagnostic)) {}

  template <typename T>
  FieldError &operator<<(T &&value) {
    if (diagnostic)
      *diagnostic << std::forward<T>(value);
    return *this;
  }
  void attachNote(Location loc, const Twine &note) {
    if (diagnostic)
      diagnostic->attachNote(loc) << note;
  }

private:
  std::optional<InFlightDiagnostic> diagnostic;
};

/// Reads settings, says what is wrong with them, and remembers which fields
/// were of use. It goes on after an error, with the fallback.
class ConfigReader {
public:
  /// `ignored` are fields that a user does not want to be looked at.
  ConfigReader(ConfigFile &file, ArrayRef<std::string> ignored)
      : file(file), ignored(ignored) {
    dropIgnored(file);
  }

  const ConfigFile &getFile() const { return file; }
  /// Reads the object of a key instead of the file.
  void enter(StringRef key);
  bool hasFailed() const { return failed; }
  /// After an error that was emitted elsewhere.
  void setFailed() { failed = true; }

  /// A field that was found. Without a value it is missing or null.
  struct Field {
    std::string path;
    const llvm::json::Value *value = nullptr;
    bool isNull = false;
  };
  /// Looks for the keys of a setting; names of one field must not contradict
  /// each other.
  Field find(StringRef keys);

  /// A whole number from `min` to `max`, or nothing.
  std::optional<int64_t> getInt(const IntSetting &setting, int64_t min = 1,
                                int64_t max = kMaxFigure);
  /// The same where there must be a value.
  int64_t getFigure(const IntSetting &setting, int64_t min = 1,
                    int64_t max = kMaxFigure);
  /// A finite number, at least zero or above it.
  std::optional<double> getNumber(const NumberSetting &setting,
                                  bool allowZero = false);
  bool getFlag(const FlagSetting &setting);
  /// A text, or nothing.
  std::optional<StringRef> getText(const TextSetting &setting);
  /// An array, or null.
  const llvm::json::Array *getArray(StringRef keys, std::string &path);

  /// Checks that a field has one of the values that a row knows.
  void check(const Expected &expected);
  /// True if a field has the value that a condition asks for.
  bool holds(const Condition &condition);

  /// Reports every field that nobody asked for, and that matters.
  void reportUnknown(const Architecture &architecture);

  /// An error at a field; only the first one at each. Not at any one if the
  /// path is empty.
  FieldError error(StringRef path) { return error(path, file.getLoc(path)); }
  /// The same where the field is in another file.
  FieldError error(StringRef path, Location loc);
  /// A warning that stays with the model as a remark.
  void warn(StringRef path, const Twine &message) {
    warn(file.getLoc(path), message);
  }
  void warn(Location loc, const Twine &message);
  /// What there is to say of the model.
  ArrayRef<std::string> getRemarks() const { return remarks; }
  /// "expected 'path' to be `what`, but got `value`".
  void expect(StringRef path, const Twine &what,
              const llvm::json::Value &value) {
    error(path) << "expected '" << path << "' to be " << what << ", but got "
                << ConfigFile::str(value);
  }
  /// A path, or the first name of a field that is not there.
  static std::string getName(const Field &field, StringRef keys) {
    return field.path.empty() ? keys.split('|').first.str() : field.path;
  }

  /// Takes out of `from` what the user does not want to be looked at, with a
  /// warning for each. Fields are called by `prefix` and a dot, if that is not
  /// empty, and stand in its object `inner`, too, where that is not named.
  void dropIgnored(ConfigFile &from, StringRef prefix = "",
                   StringRef inner = "");
  /// True, with a warning, for a file beside this one of which the user wants
  /// nothing to be looked at.
  bool isFileIgnored(StringRef name, Location loc);
  /// Whether a setting has asked for a field.
  bool isUsed(StringRef path) const { return used.contains(path); }

private:
  /// Checks that fields under names of other programs have this value.
  void checkOtherNames(StringRef keys, std::optional<double> value);
  void reportUnknown(const Architecture &architecture, StringRef prefix);
  void reportUnknownOutside();
  /// Fields that are not to be looked at have to be there.
  void reportUnusedNames();
  /// True for an unknown field that is told by itself.
  bool countUnknown();

  ConfigFile &file;
  ArrayRef<std::string> ignored;
  SmallVector<std::string, 0> remarks;
  llvm::StringSet<> used, reported, warned;
  unsigned numUnknown = 0;
  bool failed = false;
};

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_CONFIGREADER_H
