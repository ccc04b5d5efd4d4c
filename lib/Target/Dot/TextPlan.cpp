//===- TextPlan.cpp - What the rules find in a text -----------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TextPlan.h"
#include "DimensionText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;
using llvm::isAlpha;
using llvm::isDigit;

/// Texts longer than this aren't kept, and each shard keeps this many.
static constexpr size_t kMaxKey = 2048;
static constexpr size_t kMaxPlans = 1024;
/// Lines of a label that may give the role.
static constexpr unsigned kMaxRoleLines = 8;
/// Stands for a run of digits in a key.
static constexpr char kDigits = '\x01';

size_t PlannedText::getOffset(unsigned position) const {
  auto it = llvm::lower_bound(runs, position,
                              [](const std::pair<unsigned, unsigned> &run,
                                 unsigned p) { return run.first < p; });
  return it == runs.begin() ? position : position + std::prev(it)->second;
}

//===----------------------------------------------------------------------===//
// Lines
//===----------------------------------------------------------------------===//

/// Length of the line break at `text[i]`, or 0: a newline or `\n`, `\l`, `\r`.
static size_t getBreakLength(StringRef text, size_t i) {
  if (text[i] == '\n')
    return 1;
  if (text[i] == '\\' && i + 1 < text.size() &&
      (text[i + 1] == 'n' || text[i + 1] == 'l' || text[i + 1] == 'r'))
    return 2;
  return 0;
}

/// True if the line that ends at `end` is continued by the next one, as in
/// `Send to \n Stage 1`.
static bool isContinued(StringRef text, size_t end) {
  while (end > 0 && text[end - 1] == ' ')
    --end;
  // Few lines end like this, so look at the last letter first.
  if (end == 0 || !StringRef("oOmM>\x92").contains(text[end - 1]))
    return false;
  StringRef line = text.take_front(end);
  return line.ends_with_insensitive(" to") ||
         line.ends_with_insensitive(" from") || line.ends_with("->") ||
         line.ends_with("\u2192");
}

/// True for `Send GPU 0` with `Recv GPU 1` on the next line: one statement of
/// both ends.
static bool isNextEnd(StringRef line, StringRef next) {
  next = next.ltrim(' ');
  if (next.empty() || (next.front() != 'R' && next.front() != 'r') ||
      line.contains('[') || line.contains('('))
    return false;
  line = line.ltrim(' ');
  return line.starts_with_insensitive("send") &&
         (next.starts_with_insensitive("recv") ||
          next.starts_with_insensitive("receive"));
}

/// Where the second statement of a line begins that says what goes in and what
/// comes out: `in (B, S, 64)  out (B, S, 128)`; `npos` for any other line.
static size_t findSecondSide(StringRef line) {
  if (!line.ltrim().starts_with_insensitive("in"))
    return StringRef::npos;
  size_t lastShape = line.find_last_of("([");
  if (lastShape == StringRef::npos)
    return lastShape;
  for (size_t at = line.find_insensitive("out"); at != StringRef::npos;
       at = line.find_insensitive("out", at + 1)) {
    StringRef before = line.take_front(at), rest = line.drop_front(at + 3);
    rest.consume_front_insensitive("put");
    bool isWord = rest.empty() || !llvm::isAlnum(rest.front());
    bool isBehindShape =
        before.ends_with(" ") &&
        (before.rtrim().ends_with(")") || before.rtrim().ends_with("]"));
    if (isWord && isBehindShape && at < lastShape)
      return at;
  }
  return StringRef::npos;
}

/// True if a label must be decoded before it is read line by line.
static bool needsDecoding(StringRef label) {
  size_t begin = 0;
  if (label.starts_with("{"))
    return true;
  for (size_t i = 0, e = label.size(); i < e; ++i) {
    char c = label[i];
    if (c == '&' || c == '|')
      return true;
    if (c != '\\' && c != '\n')
      continue;
    size_t length = getBreakLength(label, i);
    StringRef line = label.slice(begin, i);
    if (length == 0 || isContinued(label, i) ||
        isNextEnd(line, label.drop_front(i + length)) ||
        findSecondSide(line) != StringRef::npos)
      return true;
    begin = i + length;
    i += length - 1;
  }
  return findSecondSide(label.drop_front(begin)) != StringRef::npos;
}

void Planner::planLabel(StringRef label, bool isHTML, Source source,
                        PlannedText &result) const {
  if (!isHTML && !needsDecoding(label)) {
    result.text = label;
    return lookup(source, /*isName=*/false, result);
  }
  result.decoded.clear();
  StringRef before;
  SmallVector<std::string, 4> lines = getLabelLines(label, isHTML);
  for (const std::string &line : lines) {
    if (!result.decoded.empty())
      result.decoded += isContinued(result.decoded, result.decoded.size()) ||
                                isNextEnd(before, line)
                            ? ' '
                            : '\n';
    before = line;
    size_t second = findSecondSide(line);
    // A backslash left over must not be taken for an escape.
    for (auto [i, c] : llvm::enumerate(line)) {
      if (i == second)
        result.decoded += '\n';
      result.decoded += c == '\\' ? ' ' : c;
    }
  }
  result.text = result.decoded;
  lookup(source, /*isName=*/false, result);
}

void Planner::planLine(StringRef text, Source source, bool isName,
                       PlannedText &result) const {
  result.text = text;
  lookup(source, isName, result);
}

//===----------------------------------------------------------------------===//
// Keeping plans
//===----------------------------------------------------------------------===//

void Planner::clear() {
  for (Shard &shard : shards)
    shard.plans.clear();
}

/// Makes the key of a text: the text with each run of digits made one
/// character, except digits that a pattern spells out. Says in `runs` where
/// they stood. False if a text has no key.
bool Planner::makeKey(StringRef text, SmallVectorImpl<char> &key,
                      PlannedText::Runs &runs) const {
  unsigned leftOut = 0;
  for (size_t i = 0, e = text.size(); i < e;) {
    char c = text[i];
    if (c == kDigits)
      return false;
    if (!isDigit(c)) {
      key.push_back(c);
      ++i;
      continue;
    }
    size_t begin = i;
    while (i < e && isDigit(text[i]))
      ++i;
    if (i - begin == 1) {
      size_t last = begin;
      while (last > 0 && (text[last - 1] == '_' || text[last - 1] == ' ' ||
                          text[last - 1] == '-' || text[last - 1] == '.'))
        --last;
      size_t word = last;
      while (word > 0 && isAlpha(text[word - 1]) && last - word < 8)
        --word;
      SmallString<16> lower;
      for (char letter : text.slice(word, last))
        lower.push_back(llvm::toLower(letter));
      if (!lower.empty() && rules.isNumberSensitive(lower)) {
        key.push_back(c);
        continue;
      }
    }
    leftOut += i - begin - 1;
    runs.push_back({static_cast<unsigned>(key.size()), leftOut});
    key.push_back(kDigits);
  }
  return true;
}

/// Applies `map` to all offsets of a plan.
static void mapOffsets(TextPlan &plan,
                       llvm::function_ref<unsigned(unsigned)> map) {
  for (FactMatch &match : plan.facts) {
    match.begin = map(match.begin);
    match.end = map(match.end);
  }
  for (auto &[begin, end] : plan.unused) {
    begin = map(begin);
    end = map(end);
  }
}

void Planner::lookup(Source source, bool isName, PlannedText &result) const {
  StringRef text = result.text;
  result.runs.clear();
  result.owned.reset();
  SmallString<512> key;
  if (text.size() > kMaxKey || !makeKey(text, key, result.runs)) {
    result.runs.clear();
    result.owned = std::make_unique<TextPlan>();
    makePlan(text, source, isName, *result.owned);
    result.plan = result.owned.get();
    return;
  }
  key.push_back(static_cast<char>('a' + static_cast<unsigned>(source)));
  key.push_back(isName ? 'n' : 't');

  uint64_t hash = llvm::xxh3_64bits(StringRef(key));
  Shard &shard = shards[hash % kNumShards];
  {
    std::lock_guard<std::mutex> lock(shard.mutex);
    auto entry = shard.plans.find(key);
    if (entry != shard.plans.end()) {
      result.plan = entry->second.get();
      return;
    }
  }

  auto plan = std::make_unique<TextPlan>();
  makePlan(text, source, isName, *plan);
  // From offsets in this text to positions in the key.
  mapOffsets(*plan, [&](unsigned offset) {
    unsigned before = 0;
    for (auto [position, upTo] : result.runs) {
      if (position + upTo >= offset)
        break;
      before = upTo;
    }
    return offset - before;
  });
  std::lock_guard<std::mutex> lock(shard.mutex);
  if (shard.plans.size() >= kMaxPlans) {
    mapOffsets(*plan,
               [&](unsigned position) { return result.getOffset(position); });
    result.runs.clear();
    result.owned = std::move(plan);
    result.plan = result.owned.get();
    return;
  }
  auto [entry, isNew] = shard.plans.try_emplace(key, std::move(plan));
  result.plan = entry->second.get();
}

//===----------------------------------------------------------------------===//
// Making a plan
//===----------------------------------------------------------------------===//

void Planner::makePlan(StringRef text, Source source, bool isName,
                       TextPlan &plan) const {
  unsigned line = 0;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = begin, length = 0;
    for (; end < text.size(); ++end)
      if (!isName && source != Source::Attribute &&
          (length = getBreakLength(text, end)))
        break;
    if (!text.slice(begin, end).trim().empty())
      planTextLine(text, begin, end, source, isName, line++, plan);
    if (end >= text.size())
      break;
    begin = end + length;
  }
}

/// True if a rule's captures say where the node stands, so that its words say
/// nothing about the role.
static bool isCoordinate(const Rule &rule, const Match &match) {
  if (rule.isSkip || rule.isAllDevices)
    return true;
  return llvm::any_of(match.captures, [](const Capture &capture) {
    switch (capture.fact) {
    case Fact::Expert:
    case Fact::Dropout:
    case Fact::Dim:
    case Fact::Role:
    case Fact::Block:
    case Fact::Kind:
    case Fact::Input:
    case Fact::Output:
    case Fact::InputOutput:
    case Fact::Buffer:
    case Fact::Weight:
    case Fact::Shape:
    case Fact::Widths:
      return false;
    default:
      return true;
    }
  });
}

static bool isDimension(Fact fact) {
  return fact == Fact::Input || fact == Fact::Output ||
         fact == Fact::InputOutput || fact == Fact::Buffer ||
         fact == Fact::Weight || fact == Fact::Shape || fact == Fact::Widths;
}

/// What the words of one line say, in two steps: facts use up tokens, and what
/// is left may give the role.
class Planner::LinePlanner {
public:
  LinePlanner(const RuleSet &rules, StringRef upToEnd, Source source,
              bool isName, TextPlan &plan)
      : rules(rules), vocabulary(rules.getVocabulary()), upToEnd(upToEnd),
        source(source), isName(isName), plan(plan) {}

  void run(StringRef text, size_t begin, size_t end, unsigned line);

private:
  void planFacts(unsigned line);
  void addFacts(const Rule &rule);
  void planRoles(unsigned line);
  SmallVector<Token, 32> getCore() const;
  /// A token that was used is none of any word.
  void useTokens(unsigned first, unsigned last) {
    for (Token &token : MutableArrayRef(tokens).slice(first, last - first)) {
      token.id = kUsedToken;
      token.kind = Token::Sign;
    }
  }

  const RuleSet &rules;
  const Vocabulary &vocabulary;
  StringRef upToEnd;
  Source source;
  bool isName;
  TextPlan &plan;

  SmallVector<Token, 32> tokens;
  Match match;
  TextPlan::Line lineFacts;
  bool isUsed = false, isIgnored = false, isStatement = false;
};

/// Adds what a rule that matches says.
void Planner::LinePlanner::addFacts(const Rule &rule) {
  for (const Capture &capture : match.captures) {
    lineFacts.hasLayer |= capture.fact == Fact::Layer ||
                          capture.fact == Fact::Layers ||
                          capture.fact == Fact::LayerCount;
    lineFacts.hasRange |= capture.fact == Fact::Layers;
    lineFacts.hasStage |= capture.fact == Fact::Stage ||
                          capture.fact == Fact::SourceStage ||
                          capture.fact == Fact::TargetStage;
    FactMatch fact{capture.fact, &rule, capture.begin, capture.end};
    // `node 1 gpu 3` is one name.
    if (capture.fact == Fact::Machine)
      fact.end = match.captures.back().end;
    plan.facts.push_back(fact);
    if (!isDimension(capture.fact))
      continue;
    // The words in front of a headline's dimensions still give the role;
    // those of `Input: [...]` don't.
    unsigned first = match.endToken;
    while (first > match.firstToken && tokens[first - 1].begin >= capture.begin)
      --first;
    bool isBehindColon =
        first > 0 && (tokens[first - 1].id == vocabulary.colon ||
                      tokens[first - 1].id == vocabulary.equal);
    isStatement |= isBehindColon && match.firstToken == 0;
    useTokens(first, match.endToken);
  }
  // Where it stands, though no text is captured.
  unsigned begin =
      match.firstToken < tokens.size() ? tokens[match.firstToken].begin : 0;
  if (!rule.elementType.empty())
    plan.facts.push_back({Fact::ElementType, &rule, begin, begin});
  if (rule.isAllDevices)
    plan.facts.push_back({Fact::AllDevices, &rule, begin, begin});
  for (Fact fact : rule.states)
    plan.facts.push_back({fact, &rule, begin, begin});
  if (!rule.model.empty() && match.captures.empty())
    plan.facts.push_back({Fact::Model, &rule, begin, begin});
}

/// Where the node stands, and its dimensions.
void Planner::LinePlanner::planFacts(unsigned line) {
  SmallVector<RuleSet::Candidate, 16> candidates;
  rules.getCandidates(tokens, source, candidates);
  MatchMemory memory;
  for (const RuleSet::Candidate &candidate : candidates) {
    const Rule &rule = rules.getRule(candidate.rule);
    if (rule.hasRole || rule.block != Role::Unknown || rule.kind ||
        !rules.match(candidate, upToEnd, tokens, isName, memory, match))
      continue;
    isUsed = true;
    isIgnored |= rule.isIgnore && line > 0;
    addFacts(rule);
    if (!isCoordinate(rule, match))
      continue;
    memory.clear();
    unsigned first = match.firstToken;
    for (auto [begin, end] : llvm::reverse(match.kept)) {
      useTokens(first, begin);
      first = end;
    }
    useTokens(first, match.endToken);
  }
}

/// What is left, without the brackets around nothing.
SmallVector<Token, 32> Planner::LinePlanner::getCore() const {
  SmallVector<Token, 32> core;
  for (const Token &token : tokens) {
    if (token.id == kUsedToken)
      continue;
    bool closes = token.id == vocabulary.closeParen ||
                  token.id == vocabulary.closeBracket;
    if (closes && !core.empty() &&
        (core.back().id == vocabulary.openParen ||
         core.back().id == vocabulary.openBracket)) {
      core.pop_back();
      continue;
    }
    core.push_back(token);
  }
  return core;
}

void Planner::LinePlanner::planRoles(unsigned line) {
  SmallVector<Token, 32> core = getCore();
  bool isOpen = !isStatement && !isIgnored;
  lineFacts.hasWords = isOpen && llvm::any_of(core, [](const Token &token) {
                         return token.kind == Token::Word;
                       });
  plan.lines.push_back(lineFacts);
  if (!isOpen)
    return;
  if (line >= kMaxRoleLines) {
    // Behind a line with words of its own, none would give it.
    plan.isCut |= lineFacts.hasWords &&
                  llvm::none_of(ArrayRef(plan.lines).drop_back(),
                                [](auto &before) { return before.hasWords; });
    return;
  }
  SmallVector<RuleSet::Candidate, 16> candidates;
  rules.getCandidates(core, source, candidates);
  bool isDecided = false, isBlockDecided = false;
  MatchMemory memory;
  for (const RuleSet::Candidate &candidate : candidates) {
    const Rule &rule = rules.getRule(candidate.rule);
    bool givesRole = rule.hasRole;
    bool givesBlock = !givesRole && rule.block != Role::Unknown;
    if ((!givesRole && !givesBlock) || (givesRole && isDecided) ||
        (givesBlock && isBlockDecided) ||
        !rules.match(candidate, upToEnd, core, isName, memory, match))
      continue;
    isUsed = true;
    (givesRole ? plan.roles : plan.blocks).push_back({&rule, line});
    if (rule.conditions.empty())
      (givesRole ? isDecided : isBlockDecided) = true;
  }
}

void Planner::LinePlanner::run(StringRef text, size_t begin, size_t end,
                               unsigned line) {
  vocabulary.tokenize(text, begin, end, tokens);
  plan.isCut |= source != Source::Attribute && source != Source::Name &&
                tokens.size() > RuleSet::kMaxStarts;
  planFacts(line);
  planRoles(line);
  if (!isUsed && source != Source::Name)
    plan.unused.push_back(
        {static_cast<unsigned>(begin), static_cast<unsigned>(end)});
}

void Planner::planTextLine(StringRef text, size_t begin, size_t end,
                           Source source, bool isName, unsigned line,
                           TextPlan &plan) const {
  LinePlanner(rules, text.take_front(end), source, isName, plan)
      .run(text, begin, end, line);
}
