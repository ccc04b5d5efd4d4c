//===- RuleParser.cpp - Reading rules of recognition ----------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuleParser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Error.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;
using llvm::isAlnum;
using llvm::isDigit;

/// `text` with each run of blanks made one.
static std::string squeeze(StringRef text) {
  SmallVector<StringRef, 16> words;
  llvm::SplitString(text, words);
  return llvm::join(words, " ");
}

void RuleParser::readLine(StringRef &rest) {
  joined.clear();
  pieces.clear();
  while (!rest.empty()) {
    // An indented line goes on with the one before.
    bool isIndented = rest.front() == ' ' || rest.front() == '\t';
    if (!pieces.empty() && !isIndented)
      break;
    StringRef piece;
    std::tie(piece, rest) = rest.split('\n');
    ++lineNumber;
    // A comment starts the line or stands behind a blank.
    size_t comment = piece.starts_with("#") ? 0 : piece.find(" #");
    piece = piece.take_front(comment).rtrim();
    pieces.push_back({joined.size(), lineNumber});
    joined += piece;
    // Columns stay what they are, as the next piece starts with a blank.
  }
  line = joined;
  pos = 0;
}

llvm::Error RuleParser::parse() {
  StringRef rest = text;
  bool isEmpty = true;
  while (!rest.empty()) {
    readLine(rest);
    if (atEnd())
      continue;
    isEmpty = false;
    if (parseLine())
      continue;
    const auto *piece =
        llvm::find_if(llvm::reverse(pieces),
                      [&](auto &piece) { return piece.first <= errorOffset; })
            .base() -
        1;
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   file + ":" + Twine(piece->second) + ":" +
                                       Twine(errorOffset - piece->first + 1) +
                                       ": " + error);
  }
  if (isEmpty)
    return llvm::createStringError(file + ":1:1: expected a rule or a word, " +
                                   "but got none");
  return llvm::Error::success();
}

bool RuleParser::parseLine() {
  StringRef start = line.substr(pos);
  if (start.starts_with("word ") || start.starts_with("word\t"))
    return !isWords || parseWordLine();
  if (start.starts_with("same "))
    return !isWords || parseAliasLine();
  if (start.starts_with("refine ") || start.starts_with("refine\t"))
    return !isWords || parseRefineLine();
  return isWords || parseRule();
}

/// Splits `fc1` into `fc` and a glued `1`, and `w_in` into `w` and `in`.
void RuleParser::appendLiteral(StringRef literal, SmallVectorImpl<int> &words) {
  bool isFirst = true;
  while (!literal.empty()) {
    if (literal.consume_front("_")) {
      isFirst = true;
      continue;
    }
    bool isNumber = isDigit(literal.front());
    StringRef part = literal.take_while(
        [&](char c) { return c != '_' && isDigit(c) == isNumber; });
    literal = literal.drop_front(part.size());
    int id = set.vocabulary.intern(part.lower());
    words.push_back(isFirst ? id : -id - 1);
    isFirst = false;
  }
}

/// A word, or a sign that patterns may spell out.
bool RuleParser::parseLiteral(SmallVectorImpl<int> &words) {
  skipBlanks();
  if (consume("'")) {
    size_t end = line.find('\'', pos);
    StringRef sign = line.slice(pos, end);
    if (end == StringRef::npos || sign.empty() ||
        set.vocabulary.lookup(sign) < 0)
      return fail("expected a sign in single quotes");
    words.push_back(set.vocabulary.lookup(sign));
    pos = end + 1;
    return true;
  }
  for (StringRef sign : {"->", "=", ":", "/", "+", "*", "%", ","})
    if (line.substr(pos).starts_with(sign) &&
        !line.substr(pos).starts_with("=>")) {
      words.push_back(set.vocabulary.lookup(sign));
      pos += sign.size();
      return true;
    }
  StringRef word = line.substr(pos).take_while(
      [](char c) { return isAlnum(c) || c == '_'; });
  if (word.trim('_').empty())
    return fail(pos < line.size()
                    ? "expected a word, but got '" + Twine(line[pos]) + "'"
                    : Twine("expected a word"));
  pos += word.size();
  appendLiteral(word, words);
  return true;
}

/// Of a word, and of all words and patterns of a file.
constexpr size_t kMaxAlternatives = 4096;
constexpr size_t kMaxAlternativesInFile = 1 << 18;
/// Of a pattern, and patterns of a file: each is tried on each line.
constexpr size_t kMaxElements = 64;
constexpr size_t kMaxPatterns = 2048;

/// Adds the alternatives of a word. Words made of words can double with each
/// line.
bool RuleParser::appendWord(StringRef name, const char *place,
                            SmallVectorImpl<SmallVector<int, 2>> &to) {
  auto entry = set.wordSets.find(name);
  if (entry == set.wordSets.end())
    return fail("expected the name of a word, but got '@" + name + "'", place);
  size_t size = to.size() + entry->second.size();
  if (size > kMaxAlternatives)
    return fail("expected at most " + Twine(kMaxAlternatives) +
                    " alternatives, but got more",
                place);
  numAlternatives += entry->second.size();
  if (numAlternatives > kMaxAlternativesInFile)
    return fail("expected at most " + Twine(kMaxAlternativesInFile) +
                    " alternatives in a file, but got more",
                place);
  llvm::append_range(to, entry->second);
  return true;
}

/// `a | b c | @words`, up to `close` or the end of the line.
bool RuleParser::parseAlternatives(
    SmallVectorImpl<SmallVector<int, 2>> &alternatives, char close) {
  while (true) {
    SmallVector<int, 2> words;
    while (!atEnd() && line[pos] != '|' && line[pos] != close) {
      if (line[pos] == '@') {
        const char *place = line.data() + pos;
        ++pos;
        StringRef name = parseName();
        if (!words.empty())
          return fail("expected '@" + name + "' to stand alone", place);
        if (!appendWord(name, place, alternatives))
          return false;
        skipBlanks();
        if (pos < line.size() && line[pos] != '|' && line[pos] != close)
          return fail("expected '|' behind '@" + name + "'");
        continue;
      }
      if (!parseLiteral(words))
        return false;
    }
    if (!words.empty())
      alternatives.push_back(words);
    if (atEnd() || line[pos] == close)
      break;
    ++pos;
  }
  if (alternatives.empty())
    return fail("expected a word");
  return true;
}

bool RuleParser::parseWordLine() {
  consume("word");
  StringRef name = parseName();
  if (name.empty())
    return fail("expected a name behind 'word'");
  if (!consume("="))
    return fail("expected '=' behind the name of a word");
  SmallVector<SmallVector<int, 2>, 4> alternatives;
  if (!parseAlternatives(alternatives, '\0'))
    return false;
  // A second definition adds to the first.
  llvm::append_range(set.wordSets[name], alternatives);
  set.wordLines.push_back(squeeze(line));
  return true;
}

/// `same output = salida | 输出`: words of other languages, each of which is
/// read as the one in front.
bool RuleParser::parseAliasLine() {
  consume("same");
  StringRef canonical = parseName();
  if (canonical.empty())
    return fail("expected a word behind 'same'");
  if (!consume("="))
    return fail("expected '=' behind the word");
  int id = set.vocabulary.intern(canonical.lower());
  while (true) {
    skipBlanks();
    StringRef word =
        line.substr(pos).take_until([](char c) { return c == '|'; });
    size_t length = word.size();
    word = word.rtrim();
    if (word.empty() || word.contains(' '))
      return fail("expected a word");
    set.vocabulary.addAlias(word.lower(), id);
    pos += length;
    if (!consume("|"))
      break;
  }
  set.wordLines.push_back(squeeze(line));
  return true;
}

bool RuleParser::parseRefineLine() {
  consume("refine");
  SmallVector<Role, 8> roles;
  while (!atEnd()) {
    const char *place = line.data() + pos;
    if (!roles.empty() && consume("*")) {
      set.refinedByAll.insert(static_cast<unsigned>(roles.front()));
      roles.push_back(Role::Unknown);
      continue;
    }
    StringRef name = parseName();
    std::optional<Role> role = symbolizeRole(name);
    if (!role)
      return fail("expected a role, but got '" + name + "'", place);
    roles.push_back(*role);
    if (roles.size() == 1 && !consume("="))
      return fail("expected '=' behind the role that is refined");
  }
  if (roles.size() < 2)
    return fail("expected a role");
  for (Role role : ArrayRef(roles).drop_front())
    set.refinements.insert(
        {static_cast<unsigned>(roles.front()), static_cast<unsigned>(role)});
  set.refineLines.push_back(squeeze(line));
  return true;
}

bool RuleParser::parseCaptureName(Fact &fact) {
  const char *place = line.data() + pos;
  size_t end = line.find('>', pos);
  StringRef name = line.slice(pos + 1, end);
  std::optional<Fact> found = parseFact(name);
  if (end == StringRef::npos || !found || *found > Fact::Kind)
    return fail("expected the name of a fact between '<' and '>', but got '" +
                    name + "'",
                place);
  fact = *found;
  pos = end + 1;
  return true;
}

bool RuleParser::parseItem(TextPattern &pattern) {
  Element element;
  char c = line[pos];
  if (c == '!') {
    ++pos;
    if (pos < line.size() && line[pos] == '@') {
      const char *place = line.data() + pos++;
      return appendWord(parseName(), place, pattern.absent);
    }
    SmallVector<int, 2> words;
    if (!parseLiteral(words))
      return false;
    pattern.absent.push_back(words);
    return true;
  }
  if (c == '&' && pos + 1 < line.size()) {
    element.isKept = true;
    c = line[++pos];
  }
  if (c == '^' || c == '$') {
    element.kind = c == '^' ? Element::Begin : Element::End;
    ++pos;
  } else if (line.substr(pos).starts_with("...")) {
    element.kind = Element::Gap;
    pos += 3;
  } else if (c == '<') {
    element.kind = Element::Capture;
    if (!parseCaptureName(element.capture))
      return false;
  } else if (c == '(') {
    ++pos;
    if (!parseAlternatives(element.words, ')'))
      return false;
    if (!consume(")"))
      return fail("expected ')'");
  } else if (c == '@') {
    const char *place = line.data() + pos++;
    if (!appendWord(parseName(), place, element.words))
      return false;
  } else {
    element.words.emplace_back();
    if (!parseLiteral(element.words.back()))
      return false;
  }
  if (pos < line.size() && line[pos] == '?') {
    element.isOptional = true;
    ++pos;
  }
  bool isWord = element.kind == Element::Words && isAlnum(c);
  pattern.elements.push_back(std::move(element));
  // `l<layer>`: the number stands right behind the word.
  if (isWord && pos < line.size() && line[pos] == '<') {
    Element glued;
    glued.kind = Element::Capture;
    glued.isGlued = true;
    if (!parseCaptureName(glued.capture))
      return false;
    pattern.elements.push_back(std::move(glued));
  }
  return true;
}

bool RuleParser::parsePattern(TextPattern &pattern) {
  skipBlanks();
  size_t start = pos;
  while (!atEnd() && line[pos] != ';' && !line.substr(pos).starts_with("=>"))
    if (!parseItem(pattern))
      return false;
  return checkPattern(pattern, start);
}

/// A pattern must fix something, or each line would match it at each place.
bool RuleParser::checkPattern(const TextPattern &pattern, size_t start) {
  const char *place = line.data() + start;
  ArrayRef<Element> elements = pattern.elements;
  if (elements.size() > kMaxElements)
    return fail("expected at most " + Twine(kMaxElements) +
                    " words, captures and gaps in a pattern, but got " +
                    Twine(elements.size()),
                place);
  if (++numPatterns > kMaxPatterns)
    return fail("expected at most " + Twine(kMaxPatterns) +
                    " patterns in a file, but got more",
                place);
  if (elements.empty())
    return fail("expected a pattern", place);
  if (elements.size() == 1 && elements.front().kind == Element::Capture &&
      (elements.front().capture == Fact::Shape ||
       elements.front().capture == Fact::Widths))
    return true;
  bool isAnchored = elements.front().kind == Element::Begin;
  bool hasWord = llvm::any_of(elements, [](const Element &element) {
    return element.kind == Element::Words && !element.isOptional;
  });
  if (!hasWord && !(isAnchored && elements.back().kind == Element::End))
    return fail("expected a word in the pattern", place);
  if (elements.front().kind == Element::Gap)
    return fail("expected the pattern to start with a word", place);
  return true;
}

bool RuleParser::parseSources(Rule &rule) {
  while (!atEnd() && line[pos] != ']') {
    const char *place = line.data() + pos;
    StringRef name = parseName();
    bool isKnown = false;
    for (unsigned i = 0; i < kNumSources; ++i)
      if (name == stringifySource(static_cast<Source>(i))) {
        rule.sources |= 1u << i;
        isKnown = true;
      }
    if (!isKnown)
      return fail(
          "expected attribute, name, label, cluster or edge, but got '" + name +
              "'",
          place);
  }
  return consume("]") || fail("expected ']'");
}

bool RuleParser::parseFacts(Rule &rule) {
  llvm::StringSet<> seen;
  do {
    skipBlanks();
    const char *place = line.data() + pos;
    StringRef key = parseName();
    if (!seen.insert(key).second)
      return fail("expected '" + key + "' once, but got it again", place);
    if (key == "all_devices") {
      rule.isAllDevices = true;
      continue;
    }
    if (std::optional<Fact> fact = parseFact(key);
        fact && *fact >= Fact::OthersAlike && *fact <= Fact::Ends) {
      rule.states.push_back(*fact);
      continue;
    }
    if (key == "skip") {
      rule.isSkip = true;
      continue;
    }
    if (key == "ignore") {
      rule.isIgnore = true;
      continue;
    }
    if (key == "no") {
      if (parseName() != "role")
        return fail("expected 'no role'", place);
      rule.hasRole = true;
      continue;
    }
    const char *valuePlace = line.data() + pos;
    StringRef value = parseName();
    if (key == "role" || key == "block") {
      std::optional<Role> role = symbolizeRole(value);
      if (!role)
        return fail("expected a role, but got '" + value + "'", valuePlace);
      (key == "role" ? rule.role : rule.block) = *role;
      rule.hasRole |= key == "role";
    } else if (key == "kind") {
      rule.kind = symbolizeNodeKind(value);
      if (!rule.kind)
        return fail("expected a kind, but got '" + value + "'", valuePlace);
    } else if (key == "model") {
      if (value.empty())
        return fail("expected the name of a model");
      rule.model = value.str();
    } else if (key == "type") {
      if (value.empty())
        return fail("expected an element type");
      rule.elementType = value.str();
    } else {
      return fail("expected role, block, kind, type, model, all_devices, "
                  "others_alike, replicated, split, other_mixer, begins, "
                  "ends, "
                  "ignore, skip or "
                  "'no role', but got '" +
                      key + "'",
                  place);
    }
  } while (consume(","));
  return true;
}

bool RuleParser::parseConditions(Rule &rule) {
  do {
    skipBlanks();
    const char *place = line.data() + pos;
    Condition condition{};
    StringRef key = parseName();
    if (key == "no") {
      condition.isNegated = true;
      key = parseName();
    }
    bool isOwn = key == "own";
    if (isOwn)
      key = parseName();
    std::optional<Condition::Kind> kind;
    if (isOwn)
      kind = llvm::StringSwitch<std::optional<Condition::Kind>>(key)
                 .Case("layer", Condition::OwnLayer)
                 .Case("range", Condition::OwnRange)
                 .Case("stage", Condition::OwnStage)
                 .Default(std::nullopt);
    else
      kind = llvm::StringSwitch<std::optional<Condition::Kind>>(key)
                 .Case("layer", Condition::Layer)
                 .Case("range", Condition::Range)
                 .Case("target", Condition::Target)
                 .Case("devices", Condition::Devices)
                 .Case("block", Condition::Block)
                 .Case("role", Condition::Role)
                 .Case("shape", Condition::Shape)
                 .Case("input", Condition::Input)
                 .Case("output", Condition::Output)
                 .Case("label", Condition::Label)
                 .Default(std::nullopt);
    if (!kind)
      return fail("expected a condition, but got '" + key + "'", place);
    condition.kind = *kind;
    while (!atEnd() && line[pos] != ',') {
      const char *valuePlace = line.data() + pos;
      StringRef value = parseName();
      if (value.empty())
        return fail("expected ',' or a word");
      if (*kind == Condition::Block || *kind == Condition::Role) {
        std::optional<Role> role = symbolizeRole(value);
        if (!role)
          return fail("expected a role, but got '" + value + "'", valuePlace);
        condition.roles.push_back(*role);
      } else {
        condition.words.push_back(value.lower());
      }
    }
    rule.conditions.push_back(std::move(condition));
  } while (consume(","));
  return true;
}

bool RuleParser::parseRule() {
  auto rule = std::make_unique<Rule>();
  rule->name = parseName().str();
  if (rule->name.empty())
    return fail("expected the name of a rule");
  if (consume("[") && !parseSources(*rule))
    return false;
  if (!consume(":"))
    return fail("expected ':' behind the name of a rule");
  do {
    TextPattern pattern;
    if (!parsePattern(pattern))
      return false;
    rule->patterns.push_back(std::move(pattern));
  } while (consume(";"));
  auto hasCapture = [](const TextPattern &pattern) {
    return llvm::any_of(pattern.elements, [](const Element &element) {
      return element.kind == Element::Capture;
    });
  };
  if (!consume("=>")) {
    // It would use up its words, and state nothing.
    if (llvm::none_of(rule->patterns, hasCapture))
      return fail("expected '=>' and facts behind a pattern without '<fact>'");
  } else {
    if (!parseFacts(*rule))
      return false;
    if (consume("if ") && !parseConditions(*rule))
      return false;
  }
  if (!atEnd())
    return fail("expected the end of the rule");
  if (rule->sources == 0)
    rule->sources = getDefaultSources(*rule);
  rule->text = squeeze(line);
  rules.push_back(std::move(rule));
  return true;
}

llvm::Error RuleSet::readFiles() {
  rules.clear();
  wordLines.clear();
  wordSets.clear();
  refineLines.clear();
  refinements.clear();
  refinedByAll.clear();
  // Words of all files come first, so that a file can add to a word of the
  // built-in rules.
  for (bool isWords : {true, false})
    for (const auto &[text, name] : llvm::reverse(files)) {
      RuleParser parser(*this, text, name, isWords);
      if (llvm::Error error = parser.parse())
        return error;
      rules.insert(rules.begin(), std::make_move_iterator(parser.rules.begin()),
                   std::make_move_iterator(parser.rules.end()));
    }
  buildIndex();
  return llvm::Error::success();
}

llvm::Error RuleSet::addRules(ArrayRef<StringRef> texts, StringRef file) {
  for (StringRef text : texts)
    files.insert(files.begin(), {text.str(), file.str()});
  llvm::Error error = readFiles();
  if (!error)
    return error;
  // Back to the files that were read before, which hold no error.
  files.erase(files.begin(), files.begin() + texts.size());
  llvm::cantFail(readFiles());
  return error;
}
