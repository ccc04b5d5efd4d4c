//===- Reader.h - Fills in the recognition of one thing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_READER_H
#define DAG_LIB_TARGET_DOT_READER_H

#include "TextPlan.h"
#include "WidthText.h"
#include "dag/Dialect/Dag/IR/Roles.h"

#include <array>

namespace mlir::dag::dot {

/// True if a box stands for a layer or more, so that a later line of its label
/// may tell more.
inline bool isFrame(Role role) {
  return role == Role::Unknown || role == Role::Layer || role == Role::Stage;
}

/// True for what stands before or behind all layers.
bool isOutsideLayers(Role role);

/// Fills in the recognition of one thing, source by source.
class Reader {
public:
  Reader(const RuleSet &rules, const Drawn &drawn, Recognition &result,
         ArrayRef<const ClusterRecognition *> clusters, bool explain)
      : rules(rules), drawn(drawn), result(result), clusters(clusters),
        explain(explain) {
    sources.fill(kNoSource);
  }

  void readFacts(const PlannedText &text, Source source);
  bool holdsAll(const ClusterRecognition &cluster) const;
  void readClusters();
  /// The role that a text gives, with its rule; `earlier` is the role that a
  /// better source gave.
  Role readRole(const PlannedText &text, Role earlier, const Rule *&rule);
  const Rule *findPartsOfLayer(const TextPlan &plan, Role earlier);
  Role readBlock(const PlannedText &text, const Rule *&rule);
  /// Fills in the block, by the label or else by the name; says which of them.
  /// Remembers the line of a text, blank ones left out.
  void setStatementLine(const PlannedText &text, unsigned line);
  StringRef readBlocks(const PlannedText &label, const PlannedText &name);
  Role readStatedRole(StringRef value);
  Role combine(Role first, StringRef firstSource, Role second,
               StringRef secondSource);
  void finishTransfer();
  void finishShapes();
  void finishWidths();

  void note(Fact fact, StringRef rule, StringRef source) {
    if (explain)
      result.provenance.push_back(
          {stringifyFact(fact), rule, source, statement, clusterIndex});
  }
  /// What states the next facts: the line at `offset` of a text, nothing, or
  /// what was taken before.
  void setStatement(const PlannedText &text, size_t offset);
  void setStatement(std::string text) { statement = std::move(text); }
  std::string takeStatement() { return std::exchange(statement, {}); }

  Role statedRole = Role::Unknown;
  std::optional<NodeKind> statedKind;

private:
  static constexpr uint8_t kNoSource = 0xff;

  bool isFree(Fact fact, Source source) const {
    uint8_t known = sources[static_cast<unsigned>(fact)];
    return known == kNoSource;
  }
  void contradict(Fact fact, Source source, const Twine &first,
                  const Twine &second);
  void setNumber(std::optional<int64_t> &slot, Fact fact, StringRef piece,
                 Source source, const Rule &rule);
  void setRanges(RangeSet &slot, Fact fact, RangeSet set, Source source,
                 const Rule &rule);
  void setName(std::string &slot, Fact fact, StringRef piece, Source source,
               const Rule &rule);
  void addShapes(const FactMatch &match, const PlannedText &text,
                 Source source);
  void readFact(const FactMatch &match, const PlannedText &text, Source source);
  std::optional<int64_t> *getNumberSlot(Fact fact);
  RangeSet *getDevicesSlot(Fact fact);
  void readDeviceFact(const FactMatch &match, StringRef piece, Source source,
                      bool isName);
  void readOtherFact(const FactMatch &match, const PlannedText &text,
                     Source source);
  bool holds(const Condition &condition, Role earlier) const;
  bool holds(const Rule &rule, Role earlier) const {
    return llvm::all_of(rule.conditions, [&](const Condition &condition) {
      return holds(condition, earlier);
    });
  }
  bool hasDimension(ArrayRef<dot::Shape> shapes,
                    ArrayRef<std::string> names) const;

  const RuleSet &rules;
  const Drawn &drawn;
  Recognition &result;
  ArrayRef<const ClusterRecognition *> clusters;
  bool explain;
  /// What states the facts that are noted, where they are explained.
  std::string statement;
  unsigned clusterIndex = 0;
  /// Shapes without a word such as `Input`, which side they are on is open.
  SmallVector<dot::Shape, 1> bareShapes;
  /// Where the shapes of the last line that states some begin in these.
  size_t lastBare = 0;
  /// What maps are stated by their widths alone.
  SmallVector<WidthMap, 1> widths;
  /// A shape written line by line: `Batch: 8`, `Seq: 2048`.
  dot::Shape lineShape;
  /// The line whose role is looked for.
  TextPlan::Line currentLine;
  /// Where each fact comes from.
  std::array<uint8_t, kNumFacts> sources;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_READER_H
