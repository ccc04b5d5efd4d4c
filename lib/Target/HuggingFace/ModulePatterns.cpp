//===- ModulePatterns.cpp - Modules that are named by lists -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModulePatterns.h"
#include "llvm/ADT/SmallSet.h"
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
  bool isInBrackets = false, isRepeated = false, isAnchor = false;
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
      isRepeated = isAnchor = false;
      continue;
    }
    if (!isInBrackets && c == '(' && pattern.consume_front("?") &&
        !pattern.consume_front(":"))
      return std::nullopt;
    // Python does not repeat an anchor.
    if (isAnchor && StringRef("*+?{").contains(c))
      return std::nullopt;
    isAnchor = !isInBrackets && (c == '^' || c == '$');
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

/// A pattern of Python's `fnmatch` as an expression.
static std::string fromGlob(StringRef pattern) {
  std::string result = "^";
  while (!pattern.empty()) {
    char c = pattern.front();
    size_t end = c == '[' ? pattern.find(']', 2) : StringRef::npos;
    if (end != StringRef::npos) {
      StringRef characters = pattern.slice(1, end);
      bool isOther = characters.consume_front("!");
      result += (isOther ? "[^" : "[") + characters.str() + "]";
      pattern = pattern.drop_front(end + 1);
      continue;
    }
    result += c == '*'   ? ".*"
              : c == '?' ? "."
                         : llvm::Regex::escape(StringRef(&c, 1));
    pattern = pattern.drop_front();
  }
  return result + "$";
}

/// True for words with dots between them, of which an expression matches the
/// text and, among names of modules, nothing else.
static bool isDottedName(StringRef text) {
  for (StringRef word : llvm::split(text, '.'))
    if (word.empty() || !llvm::all_of(word, [](char c) {
          return llvm::isAlnum(c) || c == '_' || c == '-';
        }))
      return false;
  return true;
}

/// The name of a module of a part as transformers has it, or nothing.
static std::string getNameInWhole(StringRef name) {
  if (!name.consume_front("language_model."))
    return "";
  // The head stands beside the part.
  return name.consume_front("model.") ? "model.language_model." + name.str()
                                      : name.str();
}

SmallVector<std::string, 4> ModuleName::getAll(bool fusesExperts) const {
  SmallVector<std::string, 4> names;
  for (StringRef name :
       {StringRef(path), fusesExperts ? StringRef(experts) : StringRef()})
    for (std::string known : {name.str(), getNameInWhole(name)})
      if (!known.empty())
        names.push_back(std::move(known));
  return names;
}

//===----------------------------------------------------------------------===//
// One rule
//===----------------------------------------------------------------------===//

/// True for the class of linear layers, or one that it is derived from.
static bool isClassOfLinear(StringRef entry) {
  return entry == "Linear" || entry == "Module";
}

bool NameMatcher::isExpression(EntryRule rule, StringRef entry) {
  switch (rule) {
  case EntryRule::Python:
    return !isDottedName(entry);
  case EntryRule::WholeOrExpression:
    return entry.starts_with("re:");
  case EntryRule::WholeClassOrExpression:
    return entry.starts_with("re:") || isClassOfLinear(entry);
  case EntryRule::Glob:
  case EntryRule::TextOrGlob:
    return entry.find_first_of("*?[") != StringRef::npos;
  case EntryRule::Whole:
  case EntryRule::Text:
    return false;
  }
  llvm_unreachable("unknown rule");
}

bool NameMatcher::addExpression(StringRef expression, size_t index,
                                StringRef ofParts) {
  Expression added{llvm::Regex(expression), std::nullopt, index};
  if (!ofParts.empty())
    added.ofParts.emplace(ofParts);
  if (!added.ofNames.isValid() || (added.ofParts && !added.ofParts->isValid()))
    return false;
  expressions.push_back(std::move(added));
  return true;
}

bool NameMatcher::addExpression(StringRef entry, size_t index) {
  if (rule == EntryRule::Glob || rule == EntryRule::TextOrGlob)
    return addExpression(fromGlob(entry), index, "");
  if (rule == EntryRule::WholeClassOrExpression && isClassOfLinear(entry))
    return addExpression("^", index, "");
  bool isWhole = rule == EntryRule::WholeOrExpression ||
                 rule == EntryRule::WholeClassOrExpression;
  if (isWhole)
    entry.consume_front("re:");
  std::optional<std::string> posix = toPosix(entry);
  if (!posix)
    return false;
  std::string expression = "^(" + *posix + ")";
  if (isWhole)
    return addExpression(expression, index, "");
  // Up to a dot or the end, or with a dot at its end, which is not that of the
  // name.
  return addExpression(expression + "(\\.|$)", index,
                       entry.contains('$') ? "" : expression + "$");
}

bool NameMatcher::add(StringRef entry, size_t index) {
  if (isExpression(rule, entry)) {
    // Any text may be the end of a name.
    if (rule == EntryRule::Python)
      texts[entry] = index;
    return isModest(entry) && addExpression(entry, index);
  }
  texts[entry] = index;
  constexpr size_t kMaxName = 256;
  if (entry.size() <= kMaxName)
    lengths.insert(entry.size());
  // Where one of the experts is named, all of them are.
  constexpr StringRef kExperts = ".experts";
  size_t at = entry.find(kExperts);
  StringRef rest =
      entry.substr(at).drop_front(at == StringRef::npos ? 0 : kExperts.size());
  if (rule == EntryRule::Whole && at != StringRef::npos &&
      (rest.empty() || rest.front() == '.'))
    texts.try_emplace(entry.take_front(at + kExperts.size()), index);
  return true;
}

bool NameMatcher::Expression::matches(StringRef name) const {
  if (ofNames.match(name))
    return true;
  for (size_t i = 0; ofParts && i < name.size(); ++i)
    if (name[i] == '.' && ofParts->match(name.take_front(i + 1)))
      return true;
  return false;
}

/// Looks texts up; true after the last one that is asked for.
bool NameMatcher::findText(StringRef name,
                           function_ref<bool(size_t)> isLast) const {
  auto check = [&](StringRef part) {
    auto it = texts.find(part);
    return it != texts.end() && isLast(it->second);
  };
  switch (rule) {
  case EntryRule::Python:
    for (size_t i = 0; i < name.size(); ++i)
      if (check(name.drop_front(i)) ||
          (name[i] == '.' &&
           (check(name.take_front(i)) || check(name.take_front(i + 1)))))
        return true;
    return false;
  case EntryRule::Text:
  case EntryRule::TextOrGlob:
    for (size_t length : lengths)
      for (size_t i = 0; i + length <= name.size(); ++i)
        if (check(name.substr(i, length)))
          return true;
    return false;
  case EntryRule::Whole:
  case EntryRule::WholeOrExpression:
  case EntryRule::WholeClassOrExpression:
  case EntryRule::Glob:
    return check(name);
  }
  llvm_unreachable("unknown rule");
}

void NameMatcher::find(StringRef name,
                       function_ref<bool(size_t)> isLast) const {
  if (findText(name, isLast))
    return;
  for (const Expression &expression : expressions)
    if (expression.matches(name) && isLast(expression.index))
      return;
}

std::optional<size_t> NameMatcher::findFirst(StringRef name) const {
  std::optional<size_t> first;
  find(name, [&](size_t index) {
    first = index;
    return true;
  });
  return first;
}

std::optional<size_t> NameMatcher::findFirst(const ModuleName &module,
                                             const ListReader &reader) const {
  StringRef name = reader.getName(module);
  std::optional<size_t> entry = findFirst(name);
  std::string other = entry ? "" : getNameInWhole(name);
  return other.empty() ? entry : findFirst(other);
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

void ModulePatterns::addList(const std::string &name, Location loc,
                             ArrayRef<ListReader> readers) {
  List list{name, loc, llvm::to_vector<3>(readers), {}, {}, {}};
  for (const ListReader &reader : readers)
    list.matchers.emplace_back(reader.rule);
  lists.push_back(std::move(list));
}

bool ModulePatterns::add(StringRef entry) {
  constexpr size_t kMaxExpressions = 2048;
  List &list = lists.back();
  if (!list.seen.insert(entry).second)
    return true;
  for (const ListReader &reader : list.readers)
    numExpressions += NameMatcher::isExpression(reader.rule, entry);
  size_t index = list.entries.size();
  list.entries.push_back(entry.str());
  if (numExpressions > kMaxExpressions ||
      !list.matchers.front().add(entry, index))
    return false;
  // What another one does not take names nothing for it.
  for (NameMatcher &matcher : llvm::drop_begin(list.matchers))
    (void)matcher.add(entry, index);
  return true;
}

bool ModulePatterns::hasEntriesOf(const ModulePatterns &other) const {
  auto getEntries = [](const ModulePatterns &patterns) {
    llvm::StringSet<> entries;
    for (const List &list : patterns.lists)
      for (const std::string &entry : list.entries)
        entries.insert(entry);
    return entries;
  };
  llvm::StringSet<> own = getEntries(*this), others = getEntries(other);
  return own.size() == others.size() &&
         llvm::all_of(own.keys(),
                      [&](StringRef entry) { return others.contains(entry); });
}

bool ModulePatterns::matches(const ModuleName &module) const {
  bool isNamed = llvm::any_of(lists, [&](const List &list) {
    return list.matchers.front()
        .findFirst(module, list.readers.front())
        .has_value();
  });
  return isNamed ||
         (module.isHead && llvm::none_of(lists, [](const List &list) {
            return list.readers.front().quantizesHead;
          }));
}

//===----------------------------------------------------------------------===//
// Entries that name nothing
//===----------------------------------------------------------------------===//

/// Layers and experts are alike but for their numbers.
static std::string getAlike(StringRef name) {
  SmallVector<StringRef> parts;
  for (StringRef part : llvm::split(name, '.'))
    parts.push_back(llvm::all_of(part, llvm::isDigit) && !part.empty() ? "0"
                                                                       : part);
  return llvm::join(parts, ".");
}

UnmatchedPatterns::UnmatchedPatterns(const ModulePatterns &patterns) {
  for (const ModulePatterns::List &list : patterns.lists) {
    EntryRule rule = list.readers.front().rule;
    List copy{&list, NameMatcher(rule), {}, {}, {}, {}};
    llvm::StringMap<size_t> known;
    for (auto [index, entry] : llvm::enumerate(list.entries)) {
      if (NameMatcher::isExpression(rule, entry)) {
        copy.ids.push_back(std::nullopt);
        copy.expressions.emplace_back(NameMatcher(rule), index);
        (void)copy.expressions.back().first.add(entry, index);
        continue;
      }
      std::string text = getAlike(entry);
      auto [it, isNew] = known.try_emplace(text, known.size());
      copy.ids.push_back(it->second);
      if (isNew)
        (void)copy.texts.add(text, it->second);
    }
    copy.areTextsMatched.resize(known.size());
    lists.push_back(std::move(copy));
  }
}

/// Beyond that an expression has the benefit of the doubt.
static constexpr size_t kMaxMatches = 1 << 20;

bool UnmatchedPatterns::needsNumbers() const {
  return numMatches <= kMaxMatches && llvm::any_of(lists, [](const List &list) {
           return !list.expressions.empty();
         });
}

void UnmatchedPatterns::visit(const ModuleName &module) {
  for (List &list : lists) {
    bool fusesExperts = list.list->readers.front().fusesExperts;
    for (StringRef name : module.getAll(fusesExperts)) {
      numMatches += list.expressions.size();
      if (numMatches > kMaxMatches)
        list.expressions.clear();
      llvm::erase_if(list.expressions, [&](const auto &entry) {
        return entry.first.findFirst(name).has_value();
      });
      std::string alike = getAlike(name);
      if (!list.seen.insert(alike).second)
        continue;
      list.texts.find(alike, [&](size_t id) {
        list.areTextsMatched.set(id);
        return false;
      });
    }
  }
}

void UnmatchedPatterns::warn(ConfigReader &reader,
                             function_ref<bool(StringRef)> isMeant) const {
  for (const List &list : lists) {
    llvm::SmallSet<size_t, 4> unmatched;
    for (const auto &[matcher, index] : list.expressions)
      unmatched.insert(index);
    // The first, and how many more there are.
    StringRef first;
    size_t count = 0;
    for (auto [index, id] : llvm::enumerate(list.ids)) {
      if ((id ? list.areTextsMatched.test(*id) : !unmatched.contains(index)) ||
          !isMeant(list.list->entries[index]))
        continue;
      if (count++ == 0)
        first = list.list->entries[index];
    }
    if (count == 0)
      continue;
    std::string others =
        count == 1 ? std::string(" names")
                   : " and " + std::to_string(count - 1) + " more name";
    reader.warn(list.list->loc, "'" + first + "'" + others +
                                    " no module of the model in " +
                                    list.list->name);
  }
}

//===----------------------------------------------------------------------===//
// Entries that programs read differently
//===----------------------------------------------------------------------===//

void PatternDifferences::visit(const ModuleName &module) {
  for (auto [list, text] : llvm::zip_equal(patterns.lists, found)) {
    if (!text.empty())
      continue;
    const ListReader &first = list.readers.front();
    std::optional<size_t> entry =
        list.matchers.front().findFirst(module, first);
    if (module.isRouter) {
      if (first.quantizesRouters && !entry)
        text = "'" + module.path + "', which " + list.name +
               " does not name, is quantized where it is a linear layer; the "
               "plan has it as it is";
      continue;
    }
    for (auto [reader, matcher] :
         llvm::drop_begin(llvm::zip_equal(list.readers, list.matchers))) {
      std::optional<size_t> other = matcher.findFirst(module, reader);
      auto isPlain = [&](std::optional<size_t> named, const ListReader &by) {
        return named || (module.isHead && !by.quantizesHead);
      };
      bool isPlainByFirst = isPlain(entry, first);
      if (isPlainByFirst == isPlain(other, reader))
        continue;
      std::string what = "'" + module.path + "', which " + list.name +
                         " does not name, is plain";
      if (entry || other)
        what = "'" + list.entries[entry ? *entry : *other] + "' in " +
               list.name + " names '" + module.path + "'";
      StringRef by = isPlainByFirst ? first.program : reader.program;
      StringRef notBy = isPlainByFirst ? reader.program : first.program;
      text = what + " as " + by.str() + " reads it, and not as " + notBy.str() +
             " does; the plan goes by " + first.program.str();
      break;
    }
  }
}

void PatternDifferences::warn(ConfigReader &reader) const {
  for (auto [list, text] : llvm::zip_equal(patterns.lists, found))
    if (!text.empty())
      reader.warn(list.loc, text);
}
