//===- TextPlan.h - What the rules find in a text -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_TEXTPLAN_H
#define DAG_LIB_TARGET_DOT_TEXTPLAN_H

#include "Rules.h"
#include "llvm/ADT/StringMap.h"

#include <memory>
#include <mutex>

namespace mlir::dag::dot {

/// A fact that a rule finds in a text, and the piece of text that holds it.
struct FactMatch {
  Fact fact;
  const Rule *rule;
  unsigned begin = 0;
  unsigned end = 0;
};

/// A role or a block that a rule finds in a line.
struct RoleMatch {
  const Rule *rule;
  unsigned line;
};

/// What the rules find in the lines of a text. The same label comes a million
/// times with other numbers, so a plan is made once for all texts that differ
/// in their numbers only, and then filled in.
struct TextPlan {
  SmallVector<FactMatch, 8> facts;
  /// Of each line, the rules that may give the role: those with conditions,
  /// and the first without.
  SmallVector<RoleMatch, 4> roles;
  SmallVector<RoleMatch, 4> blocks;
  struct Line {
    /// True if there are words beside coordinates and dimensions.
    bool hasWords = false;
    bool hasLayer = false;
    bool hasRange = false;
    bool hasStage = false;
  };
  SmallVector<Line, 8> lines;
  /// Where the lines stand that no rule used.
  SmallVector<std::pair<unsigned, unsigned>, 1> unused;
  /// True if there is more than a limit lets be read: words of a line, or lines
  /// that might give the role.
  bool isCut = false;
};

/// A text together with its plan.
class PlannedText {
public:
  StringRef getText() const { return text; }
  const TextPlan &getPlan() const { return *plan; }
  /// The piece of text that a match stands for.
  StringRef getPiece(unsigned begin, unsigned end) const {
    return text.slice(getOffset(begin), getOffset(end));
  }
  size_t getOffset(unsigned position) const;

private:
  friend class Planner;
  StringRef text;
  const TextPlan *plan = nullptr;
  /// Runs of digits: their position with each run taken as one character, and
  /// how many characters were left out up to there.
  using Runs = SmallVector<std::pair<unsigned, unsigned>, 32>;
  Runs runs;
  /// Keeps a plan that isn't shared.
  std::unique_ptr<TextPlan> owned;
  /// Keeps a text that was decoded.
  std::string decoded;
};

/// Makes plans and keeps them. Safe to use from several threads.
class Planner {
public:
  explicit Planner(const RuleSet &rules) : rules(rules) {}

  /// Plans a name or an attribute (`key = value`), a text of one line.
  void planLine(StringRef text, Source source, bool isName,
                PlannedText &result) const;
  /// Plans a label as it stands in the drawing.
  void planLabel(StringRef label, bool isHTML, Source source,
                 PlannedText &result) const;
  /// Forgets all plans, as the rules have changed.
  void clear();

private:
  class LinePlanner;

  void lookup(Source source, bool isName, PlannedText &result) const;
  bool makeKey(StringRef text, SmallVectorImpl<char> &key,
               PlannedText::Runs &runs) const;
  void makePlan(StringRef text, Source source, bool isName,
                TextPlan &plan) const;
  void planTextLine(StringRef text, size_t begin, size_t end, Source source,
                    bool isName, unsigned line, TextPlan &plan) const;

  static constexpr unsigned kNumShards = 16;
  struct Shard {
    std::mutex mutex;
    llvm::StringMap<std::unique_ptr<TextPlan>> plans;
  };

  const RuleSet &rules;
  mutable Shard shards[kNumShards];
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_TEXTPLAN_H
