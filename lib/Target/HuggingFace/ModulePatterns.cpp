//===- ModulePatterns.cpp - Modules that are named by lists -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Storage.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

/// True for an expression that compiles to little and matches fast: compilers
/// of expressions recurse over parentheses and copy what is repeated.
static bool isModest(StringRef pattern) {
  constexpr size_t kMaxLength = 256, kMaxParentheses = 16;
  return pattern.size() <= kMaxLength &&
         pattern.count('(') <= kMaxParentheses && pattern.count('{') <= 1;
}

/// What Python's `\d` and the like are inside of brackets, or nothing for an
/// escape that has no such form.
static StringRef getClass(char c) {
  switch (c) {
  case 'd':
    return "0-9";
  case 'w':
    return "[:alnum:]_";
  case 's':
    return "[:space:]";
  default:
    return "";
  }
}

/// An expression of Python as one of POSIX: classes by their names, groups, and
/// repetitions that take little, which match the same names. Nothing for what
/// POSIX does not have.
static std::optional<std::string> toPosix(StringRef pattern) {
  std::string result;
  bool isInBrackets = false, isRepeated = false;
  while (!pattern.empty()) {
    char c = pattern.front();
    pattern = pattern.drop_front();
    if (c == '\\') {
      if (pattern.empty())
        return std::nullopt;
      char escaped = pattern.front();
      pattern = pattern.drop_front();
      StringRef characters = getClass(escaped);
      if (characters.empty() && llvm::isAlnum(escaped))
        return std::nullopt;
      if (characters.empty())
        result += {'\\', escaped};
      else
        result +=
            isInBrackets ? characters.str() : ("[" + characters + "]").str();
      isRepeated = false;
      continue;
    }
    if (!isInBrackets && c == '(' && pattern.consume_front("?") &&
        !pattern.consume_front(":"))
      return std::nullopt;
    // `*?` takes little.
    bool isLazy = !isInBrackets && c == '?' && isRepeated;
    if (!isLazy)
      result += c;
    isRepeated = !isInBrackets && !isLazy && StringRef("*+?}").contains(c);
    if (c == '[' || c == ']')
      isInBrackets = c == '[';
  }
  return result;
}

bool ModulePatterns::add(StringRef text, const std::string &list,
                         Location loc) {
  constexpr size_t kMaxExpressions = 256;
  StringRef pattern = text;
  bool isExpression = pattern.starts_with("re:") || pattern.contains('*');
  if (isExpression &&
      (expressions.size() >= kMaxExpressions || !isModest(pattern)))
    return false;
  if (lists.empty() || lists.back().first != list)
    lists.push_back({list, loc});
  size_t index = lists.size() - 1;
  std::string expression;
  if (pattern.consume_front("re:")) {
    // As Python matches: from the beginning.
    std::optional<std::string> posix = toPosix(pattern);
    if (!posix)
      return false;
    expression = "^(" + *posix + ")";
  } else if (pattern.contains('*')) {
    for (char c : pattern)
      expression += c == '*' ? ".*" : llvm::Regex::escape(StringRef(&c, 1));
    expression = "(^|\\.)" + expression + "(\\.|$)";
  } else {
    names.push_back({text.str(), index});
    return true;
  }
  llvm::Regex compiled(expression);
  if (!compiled.isValid())
    return false;
  expressions.emplace_back(Pattern{text.str(), index}, std::move(compiled));
  return true;
}

bool ModulePatterns::matches(StringRef module) const {
  // A name, or one of the parts that it has one behind the other.
  auto isPart = [&](const Pattern &pattern) {
    StringRef name = pattern.text;
    for (size_t begin = module.find(name); begin != StringRef::npos;
         begin = module.find(name, begin + 1)) {
      size_t end = begin + name.size();
      if ((begin == 0 || module[begin - 1] == '.') &&
          (end == module.size() || module[end] == '.'))
        return true;
    }
    return false;
  };
  return llvm::any_of(names, isPart) ||
         llvm::any_of(expressions, [&](const auto &entry) {
           return entry.second.match(module);
         });
}

//===----------------------------------------------------------------------===//
// Patterns that name nothing
//===----------------------------------------------------------------------===//

/// Layers and experts are alike but for their numbers.
static SmallVector<std::string> getParts(StringRef name) {
  SmallVector<std::string> parts;
  for (StringRef part : llvm::split(name, '.'))
    parts.push_back(llvm::all_of(part, llvm::isDigit) ? "0" : part.str());
  return parts;
}

UnmatchedPatterns::UnmatchedPatterns(const ModulePatterns &patterns)
    : patterns(patterns) {
  for (const ModulePatterns::Pattern &name : patterns.names)
    names.insert(llvm::join(getParts(name.text), "."));
  for (const auto &entry : patterns.expressions)
    expressions.push_back(&entry);
}

void UnmatchedPatterns::visit(StringRef module) {
  // Beyond that an expression has the benefit of the doubt.
  constexpr size_t kMaxModules = 1 << 16;
  if (++numModules > kMaxModules)
    expressions.clear();
  llvm::erase_if(expressions, [&](const auto *entry) {
    return entry->second.match(module);
  });
  SmallVector<std::string> parts = getParts(module);
  if (names.empty() || !seen.insert(llvm::join(parts, ".")).second)
    return;
  for (size_t begin = 0; begin < parts.size(); ++begin) {
    std::string name;
    for (size_t end = begin; end < parts.size(); ++end) {
      name += (name.empty() ? "" : ".") + parts[end];
      names.erase(name);
    }
  }
}

void UnmatchedPatterns::warn(ConfigReader &reader) const {
  // The first of each list, and how many more there are.
  struct Unmatched {
    StringRef first;
    size_t count = 0;
  };
  std::vector<Unmatched> ofLists(patterns.lists.size());
  auto add = [&](const ModulePatterns::Pattern &pattern) {
    Unmatched &entry = ofLists[pattern.list];
    if (entry.count++ == 0)
      entry.first = pattern.text;
  };
  for (const ModulePatterns::Pattern &name : patterns.names)
    if (names.contains(llvm::join(getParts(name.text), ".")))
      add(name);
  for (const auto *entry : expressions)
    add(entry->first);
  for (auto [list, unmatched] : llvm::zip_equal(patterns.lists, ofLists)) {
    if (unmatched.count == 0)
      continue;
    std::string others =
        unmatched.count == 1
            ? std::string(" names")
            : " and " + std::to_string(unmatched.count - 1) + " more name";
    reader.warn(list.second, "'" + unmatched.first + "'" + others +
                                 " no module of the model in " + list.first);
  }
}
