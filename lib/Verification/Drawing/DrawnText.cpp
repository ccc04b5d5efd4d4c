//===- DrawnText.cpp - What the text of a node says -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

std::string dag::getDrawnText(const DeploymentGraph &graph, NodeId id) {
  std::string text = graph.getName(id);
  if (DictionaryAttr drawn = graph.getDrawnAttr(id))
    if (auto label = drawn.getAs<StringAttr>("label"))
      text += "\n" + label.getValue().str();
  return StringRef(text).lower();
}

std::optional<std::pair<int64_t, int64_t>>
dag::getStatedExperts(StringRef text) {
  size_t at = text.find("experts ");
  if (at == StringRef::npos)
    return std::nullopt;
  text = text.drop_front(at + 8);
  int64_t first, last;
  if (text.consumeInteger(10, first) || !text.consume_front("-") ||
      text.consumeInteger(10, last) || last < first)
    return std::nullopt;
  return std::make_pair(first, last);
}

bool dag::namesCollective(StringRef text) {
  // Most texts have none of it, and long fan-ins have many texts.
  if (!text.contains_insensitive("all") && !text.contains_insensitive("a2a") &&
      !text.contains_insensitive("reduce"))
    return false;
  for (StringRef word :
       {"all-reduce", "allreduce", "all_reduce", "all reduce", "all-gather",
        "allgather", "all_gather", "all gather", "all-to-all", "all_to_all",
        "alltoall", "all to all", "a2a", "all2all", "reduce-scatter",
        "reduce_scatter", "reducescatter", "reduce scatter"})
    if (text.contains_insensitive(word))
      return true;
  return false;
}

uint64_t dag::readElidedLayers(const DeploymentGraph::Edge &edge) {
  auto op = dyn_cast<EdgeOp>(edge.op);
  DictionaryAttr drawn = op ? op.getDrawnAttr() : DictionaryAttr();
  auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
  if (!label)
    return 0;
  std::string lower = label.getValue().lower();
  StringRef text = lower;
  bool leavesOut = text.contains("...") || text.contains("\u2026") ||
                   text.contains("more") || text.contains("omitted");
  size_t end = std::min(text.find("layer"), text.find("block"));
  if (!leavesOut || end == StringRef::npos)
    return 0;
  // `... 14 more layers ...`
  text = text.take_front(end).rtrim();
  for (StringRef word : {"more", "other", "further", "identical"})
    if (text.consume_back(word))
      text = text.rtrim();
  StringRef digits = text.drop_front(text.find_last_not_of("0123456789") + 1);
  uint64_t count = 0;
  return digits.size() > 6 || digits.getAsInteger(10, count) ? 0 : count;
}

bool dag::namesRing(StringRef text) {
  for (size_t at = text.find("ring"); at != StringRef::npos;
       at = text.find("ring", at + 1)) {
    // Not a part of `during` or `sharing`.
    StringRef after = text.substr(at + 4);
    if ((at == 0 || !llvm::isAlpha(text[at - 1])) &&
        (after.empty() || !llvm::isAlpha(after.front())))
      return true;
  }
  return false;
}

bool dag::holdsSizes(StringRef text) {
  for (size_t at = text.find_first_of("(["); at != StringRef::npos;
       at = text.find_first_of("([", at + 1)) {
    StringRef list = text.substr(at + 1).take_until(
        [](char c) { return c == ')' || c == ']' || c == '\n'; });
    auto [first, rest] = list.split(',');
    if (!first.empty() && first.size() <= 12 &&
        rest.find_first_of("0123456789") != StringRef::npos)
      return true;
  }
  return false;
}
