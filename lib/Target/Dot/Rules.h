//===- Rules.h - Rules of recognition -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_RULES_H
#define DAG_LIB_TARGET_DOT_RULES_H

#include "Tokens.h"
#include "dag/Target/Dot/Recognition.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::dag::dot {

/// Where a text comes from.
enum class Source : uint8_t { Attribute, Name, Label, Cluster, Edge };
constexpr unsigned kNumSources = 5;
/// `attribute`, `name`, `label`, `cluster`, `edge`.
StringRef stringifySource(Source source);

/// What a rule can state. The order of `kFacts` in RuleFacts.cpp is the same.
enum class Fact : uint8_t {
  // Captures of one number.
  Layer,
  TargetLayer,
  SourceLayer,
  Stage,
  TargetStage,
  SourceStage,
  TpRank,
  TpSize,
  PpSize,
  DpSize,
  EpSize,
  SpSize,
  Expert,
  Microbatch,
  DpRank,
  Machine,
  NumLayers,
  NumSampled,
  ModelLayers,
  LayerCount,
  /// Which one other layers are like.
  LikeLayer,
  Number,
  Dropout,
  Dim,
  // Captures of ranges.
  Layers,
  SampledLayers,
  OmittedLayers,
  MeantLayers,
  Devices,
  TargetDevices,
  SourceDevices,
  DevicePairs,
  // Captures of text up to the end of the line.
  DeviceName,
  TargetDeviceName,
  Input,
  Output,
  InputOutput,
  Buffer,
  Weight,
  Shape,
  Widths,
  Role,
  Block,
  Kind,
  // Stated behind `=>` only.
  ElementType,
  AllDevices,
  /// The layers that are not drawn are like those that are.
  OthersAlike,
  /// Each device holds all of it.
  Replicated,
  /// Each device holds a part of its weights.
  Split,
  /// It is an end of the drawing, whatever else it is.
  Begins,
  /// It mixes tokens in another way than attention.
  OtherMixer,
  Ends,
  /// Which of several models in one drawing it belongs to.
  Model,
};
constexpr unsigned kNumFacts = static_cast<unsigned>(Fact::Model) + 1;
StringRef stringifyFact(Fact fact);
std::optional<Fact> parseFact(StringRef name);

/// A condition behind `if`.
struct Condition {
  enum Kind : uint8_t {
    Layer,    // A layer is known.
    OwnLayer, // ... from the node itself, not from its cluster.
    OwnRange, // More than one layer.
    OwnStage,
    Range,  // The node states more than one layer, in any line.
    Target, // The other end of a transfer is named.
    Devices,
    Block, // One of the blocks (`words` are numbers of roles) is named.
    Role,  // An earlier source gave one of the roles.
    Shape, // The node is drawn in one of the shapes.
    Input, // An input's dimension has one of the names.
    Output,
    Label, // The node has a label.
  };
  Kind kind;
  bool isNegated = false;
  SmallVector<std::string, 2> words;
  SmallVector<mlir::dag::Role, 2> roles;
};

/// One element of a pattern.
struct Element {
  enum Kind : uint8_t { Words, Capture, Gap, Begin, End };
  Kind kind = Words;
  bool isOptional = false;
  /// The first token must stand right behind the one before it.
  bool isGlued = false;
  /// The words stay in the line for the rules of roles.
  bool isKept = false;
  Fact capture = Fact::Number;
  /// Alternatives; within one, a negative number is the id of a glued token.
  SmallVector<SmallVector<int, 2>, 2> words;
  /// Numbers of the alternatives by their first word, where they are many;
  /// empty otherwise.
  SmallVector<unsigned, 0> order;
};

struct TextPattern {
  SmallVector<Element, 4> elements;
  /// Words that the line must not contain, sorted by the first one.
  SmallVector<SmallVector<int, 2>, 1> absent;
};

struct Rule {
  std::string name;
  /// Bits by `Source`; 0 for the default.
  unsigned sources = 0;
  SmallVector<TextPattern, 1> patterns;
  mlir::dag::Role role = mlir::dag::Role::Unknown;
  mlir::dag::Role block = mlir::dag::Role::Unknown;
  std::optional<NodeKind> kind;
  std::string elementType;
  bool hasRole = false;
  bool isAllDevices = false;
  /// Further facts that it states, and which model.
  SmallVector<Fact, 1> states;
  std::string model;
  bool isIgnore = false;
  bool isSkip = false;
  SmallVector<Condition, 1> conditions;
  /// The line as it was written, blanks squeezed.
  std::string text;
};

/// The sources that a rule applies to unless it names some, as bits.
unsigned getDefaultSources(const Rule &rule);

/// A captured piece of the text.
struct Capture {
  Fact fact;
  unsigned begin;
  unsigned end;
};

/// A rule that matches at `first`: what it captures, and the tokens it covers.
struct Match {
  const Rule *rule = nullptr;
  unsigned firstToken = 0;
  unsigned endToken = 0;
  SmallVector<Capture, 2> captures;
  /// Tokens that `&` keeps.
  SmallVector<std::pair<unsigned, unsigned>, 1> kept;
};

/// Where the rest of a pattern has been found not to match, so that a line is
/// not matched again from each of its words on. It is for one pattern on one
/// line, as long as no word of the line is used up.
class MatchMemory {
public:
  /// Forgets what is of another pattern.
  void begin(unsigned rule, unsigned pattern) {
    if (std::pair(rule, pattern) != current)
      clear();
    current = {rule, pattern};
  }
  void clear() {
    numTried = 0;
    failed.clear();
    hasAbsent.reset();
  }

private:
  friend class Matcher;
  friend class RuleSet;
  /// Most patterns are tried in fewer ways than it pays to remember.
  static constexpr unsigned kMaxTried = 64;
  unsigned numTried = 0;
  std::pair<unsigned, unsigned> current = {~0u, ~0u};
  llvm::DenseSet<uint64_t> failed;
  /// Whether the line has a word that the pattern must not see.
  std::optional<bool> hasAbsent;
};

/// Rules in order, indexed by the first word of each pattern.
class RuleSet {
public:
  /// Reads rules from each of `texts` and puts them before those read earlier.
  /// On an error nothing is added; the message names `file`, line and column.
  llvm::Error addRules(ArrayRef<StringRef> texts, StringRef file);
  void print(raw_ostream &os) const;

  const Vocabulary &getVocabulary() const { return vocabulary; }
  /// True if a pattern has a single digit behind this word (`fc1`, `all2all`).
  bool isNumberSensitive(StringRef word) const {
    return numberWords.contains(word);
  }

  /// How many tokens of a line may start a pattern, so that a line of a million
  /// words costs what a line of a thousand does.
  static constexpr unsigned kMaxStarts = 256;

  /// Candidate rules for a line, in order, with the token to start at.
  /// Patterns that start with an anchor come with token 0.
  struct Candidate {
    unsigned rule;
    unsigned pattern;
    unsigned token;
  };
  void getCandidates(ArrayRef<Token> tokens, Source source,
                     SmallVectorImpl<Candidate> &candidates) const;
  /// Tries a candidate on the tokens of `text`, which ends with the line. In a
  /// name, `_` can stand for a range.
  bool match(const Candidate &candidate, StringRef text, ArrayRef<Token> tokens,
             bool isName, MatchMemory &memory, Match &result) const;
  /// True if a source may say `specific` where a better one says `general`.
  bool isRefined(mlir::dag::Role general, mlir::dag::Role specific) const {
    return refinedByAll.contains(static_cast<unsigned>(general)) ||
           refinements.contains({static_cast<unsigned>(general),
                                 static_cast<unsigned>(specific)});
  }
  const Rule &getRule(unsigned index) const { return *rules[index]; }

private:
  friend class RuleParser;
  llvm::Error readFiles();
  void buildIndex();

  /// Text and name of each file, the one that was added last in front.
  std::vector<std::pair<std::string, std::string>> files;

  Vocabulary vocabulary;
  std::vector<std::unique_ptr<Rule>> rules;
  /// Definitions of words, for `print`, and their alternatives.
  std::vector<std::string> wordLines;
  /// `refine` lines, and the pairs of roles that they allow.
  std::vector<std::string> refineLines;
  llvm::DenseSet<std::pair<unsigned, unsigned>> refinements;
  /// Roles that any other may refine.
  llvm::DenseSet<unsigned> refinedByAll;
  llvm::StringMap<SmallVector<SmallVector<int, 2>, 4>> wordSets;
  llvm::StringMap<char> numberWords;
  /// By word: the patterns that can start with it.
  std::vector<SmallVector<std::pair<unsigned, unsigned>, 2>> index;
  /// Patterns that can match without a first word (`^ $`).
  SmallVector<std::pair<unsigned, unsigned>, 4> anchored;
};

/// The built-in rules and their words, in the form of rules files.
StringRef getBuiltinRules();
StringRef getBuiltinWords();
StringRef getBuiltinComposites();

/// The built-in rules for boxes of several ops, which come before the others.
StringRef getFusedRules();

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_RULES_H
