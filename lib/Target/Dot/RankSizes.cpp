//===- RankSizes.cpp - Ranks that are sizes ---------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RankSizes.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using llvm::isAlnum;
using llvm::isDigit;

void dot::findSizes(SketchOp sketch) {
  std::optional<int64_t> only;
  bool isAlone = true;
  for (NodeOp op : sketch.getBody()->getOps<NodeOp>())
    if (std::optional<uint64_t> rank = op.getTpRank()) {
      int64_t value = *rank;
      isAlone &= value > 1 && (!only || *only == value);
      only = value;
    }
  if (!only)
    return;
  for (NodeOp op : sketch.getBody()->getOps<NodeOp>()) {
    if (!op.getTpRank() || *op.getTpRank() < 2)
      continue;
    int64_t value = *op.getTpRank();
    bool isCount =
        op.getDevices() &&
        static_cast<int64_t>(op.getDevices()->getSet().size()) == value;
    if (!isAlone && !isCount)
      continue;
    op.removeTpRankAttr();
    if (!op.getTpSize())
      op.setTpSize(value);
  }
}

/// The number behind the name of an axis at the start of `text`: `8`, ` 8`,
/// `-8`, `=8`, ` over 8`; nothing where a word or a fraction follows.
static std::optional<int64_t> readSize(StringRef text) {
  text = text.ltrim(" =:-");
  for (StringRef word : {"size", "degree", "over", "across", "of"})
    if (text.consume_front(word))
      text = text.ltrim(" =:-");
  StringRef digits = text.take_while(isDigit);
  StringRef rest = text.drop_front(digits.size());
  bool isWord = !rest.empty() && (isAlnum(rest[0]) || rest[0] == '_');
  bool isRange =
      rest.size() > 1 && (rest[0] == '-' || rest[0] == '.') && isDigit(rest[1]);
  int64_t size;
  if (digits.size() > 6 || isWord || isRange || digits.getAsInteger(10, size))
    return std::nullopt;
  return size;
}

void dot::readTitleSizes(StringRef text, ClusterRecognition &stated) {
  const std::pair<StringRef, std::optional<int64_t> *> axes[] = {
      {"tp", &stated.tpSize},
      {"tensor parallelism", &stated.tpSize},
      {"tensor parallel", &stated.tpSize},
      {"pp", &stated.ppSize},
      {"pipeline parallel", &stated.ppSize},
      {"dp", &stated.dpSize},
      {"data parallel", &stated.dpSize},
      {"ep", &stated.epSize},
      {"expert parallel", &stated.epSize},
      {"cp", &stated.spSize},
      {"context parallel", &stated.spSize},
      {"sequence parallel", &stated.spSize}};
  std::string lower = text.lower();
  llvm::replace(lower, '-', ' ');
  for (auto [name, slot] : axes) {
    if (*slot)
      continue;
    std::optional<int64_t> found;
    bool isSize = true;
    for (size_t at = lower.find(name); at != std::string::npos;
         at = lower.find(name, at + 1)) {
      // `virtual pp = 2` counts the chunks of a stage.
      StringRef before = StringRef(lower).take_front(at).rtrim();
      if (before.ends_with("virtual") || before.ends_with("interleaved"))
        continue;
      if (at > 0 && (isAlnum(lower[at - 1]) || lower[at - 1] == '_') &&
          !isDigit(lower[at - 1]))
        continue;
      std::optional<int64_t> size =
          readSize(StringRef(lower).drop_front(at + name.size()));
      if (!size)
        continue;
      isSize &= *size > 1 && (!found || *found == *size);
      found = size;
    }
    if (found && isSize)
      *slot = found;
  }
}
