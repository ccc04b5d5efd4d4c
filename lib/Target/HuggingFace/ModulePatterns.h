//===- ModulePatterns.h - Modules that are named by lists -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lists of modules that are not quantized. Each program that reads one has a
// rule of its own for its entries, so that one list may name different modules
// for two of them.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_HUGGINGFACE_MODULEPATTERNS_H
#define DAG_LIB_TARGET_HUGGINGFACE_MODULEPATTERNS_H

#include "ConfigReader.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Regex.h"

namespace mlir::dag::huggingface {

/// A module, as lists call it.
struct ModuleName {
  /// As in the checkpoint; of experts that have one each, the first.
  std::string path;
  /// The module of all experts of the layer, where it is one of theirs.
  std::string experts = {};
  /// The head of the model, which most leave as it is whatever a list says.
  bool isHead = false;
  /// Routers are stored as they are, but for those who take them for a linear
  /// layer like others.
  bool isRouter = false;

  /// Its names, with those of all experts where these are one module: in a
  /// whole that a language model is a part of, the module is called as in old
  /// checkpoints (`language_model.model.layers.0`) or as transformers calls it
  /// (`model.language_model.layers.0`).
  SmallVector<std::string, 4> getAll(bool fusesExperts) const;
};

/// Which modules an entry names.
enum class EntryRule {
  /// One that a regular expression matches from the beginning to the end of one
  /// of its parts, or that ends with the entry.
  Python,
  /// The one of this name; all experts where it begins with their module.
  Whole,
  /// The one of this name, or those that an expression behind `re:` matches
  /// from the beginning.
  WholeOrExpression,
  /// The same, or all where the entry is the class of linear layers.
  WholeClassOrExpression,
  /// Those that have the text in their names.
  Text,
  /// Those of this name, with `*`, `?` and `[...]` for any text in it.
  Glob,
  /// Either.
  TextOrGlob
};

/// A program that reads a list.
struct ListReader {
  StringRef program;
  EntryRule rule;
  /// All experts of a layer are one module to it.
  bool fusesExperts = false;
  /// The head is quantized where the list does not name it.
  bool quantizesHead = false;
  /// So are routers, as far as they are linear layers.
  bool quantizesRouters = false;

  StringRef getName(const ModuleName &module) const {
    return fusesExperts && !module.experts.empty() ? module.experts
                                                   : module.path;
  }
};

/// Finds the entries that name a module by one rule, in a time that does not
/// grow with their number, but for that of expressions.
class NameMatcher {
public:
  explicit NameMatcher(EntryRule rule) : rule(rule) {}

  /// True for an entry that is more than a text.
  static bool isExpression(EntryRule rule, StringRef entry);
  /// Adds an entry, under a number. False for what is no expression, or one
  /// that cannot be read here.
  bool add(StringRef entry, size_t index);
  /// Calls `isLast` with the number of each entry that names a module, until it
  /// returns true.
  void find(StringRef name, function_ref<bool(size_t)> isLast) const;
  std::optional<size_t> findFirst(StringRef name) const;
  /// The same for a module as a reader calls it, by any of its names.
  std::optional<size_t> findFirst(const ModuleName &module,
                                  const ListReader &reader) const;

private:
  bool addExpression(StringRef entry, size_t index);
  bool addExpression(StringRef expression, size_t index, StringRef ofParts);
  bool findText(StringRef name, function_ref<bool(size_t)> isLast) const;

  EntryRule rule;
  llvm::StringMap<size_t> texts;
  /// The lengths that texts have, as far as names are so long.
  llvm::SmallSetVector<size_t, 8> lengths;
  struct Expression {
    llvm::Regex ofNames;
    /// For what names begin with, up to a dot and with it.
    std::optional<llvm::Regex> ofParts;
    size_t index;

    bool matches(StringRef name) const;
  };
  SmallVector<Expression, 0> expressions;
};

/// Which modules are stored as they are.
class ModulePatterns {
public:
  /// Begins a list, of which messages say that it stands `name`, at `loc`. The
  /// plan goes by the first of those who read it.
  void addList(const std::string &name, Location loc,
               ArrayRef<ListReader> readers);
  /// Adds an entry to it. False for what that one does not take.
  bool add(StringRef entry);
  bool matches(const ModuleName &module) const;
  bool empty() const { return lists.empty(); }
  /// True if all lists together have the entries of those of another.
  bool hasEntriesOf(const ModulePatterns &other) const;
  size_t getNumExpressions() const { return numExpressions; }
  /// True if experts of a layer may differ.
  bool tellsExpertsApart() const {
    return llvm::any_of(lists, [](const List &list) {
      return !list.readers.front().fusesExperts;
    });
  }

private:
  friend class UnmatchedPatterns;
  friend class PatternDifferences;
  struct List {
    std::string name;
    Location loc;
    SmallVector<ListReader, 3> readers;
    /// One for each.
    SmallVector<NameMatcher, 0> matchers;
    SmallVector<std::string, 0> entries;
    llvm::StringSet<> seen;
  };
  SmallVector<List, 0> lists;
  size_t numExpressions = 0;
};

/// Finds the entries that name none of a model's modules.
class UnmatchedPatterns {
public:
  explicit UnmatchedPatterns(const ModulePatterns &patterns);

  void visit(const ModuleName &module);
  /// False if modules that differ in numbers alone need not be visited.
  bool needsNumbers() const;
  /// One warning for each list, of the entries that are meant for the model.
  void warn(ConfigReader &reader, function_ref<bool(StringRef)> isMeant) const;

private:
  struct List {
    const ModulePatterns::List *list;
    /// Texts with zeros in the place of numbers.
    NameMatcher texts;
    /// What each entry is in `texts`, or an expression.
    SmallVector<std::optional<size_t>, 0> ids;
    llvm::BitVector areTextsMatched;
    /// Expressions that have named nothing yet.
    SmallVector<std::pair<NameMatcher, size_t>, 0> expressions;
    /// Names that were looked up, with zeros.
    llvm::StringSet<> seen;
  };
  SmallVector<List, 0> lists;
  size_t numMatches = 0;
};

/// Finds where those who read a list do not agree on a module.
class PatternDifferences {
public:
  explicit PatternDifferences(const ModulePatterns &patterns)
      : patterns(patterns), found(patterns.lists.size()) {}

  void visit(const ModuleName &module);
  /// One warning for each list.
  void warn(ConfigReader &reader) const;

private:
  const ModulePatterns &patterns;
  /// The first difference of each list.
  SmallVector<std::string, 0> found;
};

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_MODULEPATTERNS_H
