//===- DroppedText.cpp - Text of a drawing that is not read ---------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DroppedText.h"
#include "Rules.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"

#include <utility>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

static constexpr unsigned kMaxTold = 10;

/// The first number of a text that 64 bits do not hold.
static StringRef findHugeNumber(StringRef text) {
  // Digits of the largest number that they hold.
  constexpr size_t kMaxDigits = 19;
  for (size_t at = 0;
       (at = text.find_if(llvm::isDigit, at)) != StringRef::npos;) {
    StringRef digits = text.drop_front(at).take_while(llvm::isDigit);
    int64_t number;
    // A fraction has as many digits as it likes.
    bool isFraction = at > 0 && text[at - 1] == '.';
    at += digits.size();
    if (!isFraction && digits.size() >= kMaxDigits &&
        digits.getAsInteger(10, number))
      return digits;
  }
  return "";
}

/// The begin of a number.
static std::string shorten(StringRef number) {
  constexpr size_t kMaxShown = 40;
  return number.take_front(kMaxShown).str() +
         (number.size() > kMaxShown ? "..." : "");
}

bool DroppedText::isTold() {
  bool isTold = numTold < kMaxTold;
  ++(isTold ? numTold : numLeft);
  return isTold;
}

void DroppedText::addDefect(Location loc, const Twine &message) {
  if (defects.size() < kMaxTold)
    defects.push_back({loc, message.str()});
  else
    ++numLeft;
}

void DroppedText::add(Location loc, StringRef name, bool isCut,
                      ArrayRef<dot::Attribute> attributes) {
  if (isCut && isTold())
    emitWarning(loc) << "expected at most " << RuleSet::kMaxStarts
                     << " words in a line of the label of '" << name
                     << "', and its role in the first lines, but got more: the "
                        "rest is not read";
  for (const dot::Attribute &attribute : attributes) {
    StringRef number = findHugeNumber(attribute.value);
    if (number.empty() || !isTold())
      continue;
    emitWarning(loc) << "expected numbers below 2^63 at '" << name
                     << "', but got " << shorten(number)
                     << ", which is not read";
  }
}

void DroppedText::addWhole(const Graph &graph, StringAttr file) {
  if (graph.numComments > graph.comments.size()) {
    Position last = graph.comments.back().position;
    emitWarning(FileLineColLoc::get(file, last.line, last.column))
        << "expected at most " << Graph::kMaxComments << " comments, but got "
        << graph.numComments << ": those behind this one are not read";
  }
  for (const Subgraph &subgraph : graph.subgraphs)
    for (const dot::Attribute &attribute : subgraph.attributes)
      if (StringRef number = findHugeNumber(attribute.value); !number.empty())
        addDefect(FileLineColLoc::get(file, attribute.position.line,
                                      attribute.position.column),
                  "expected numbers below 2^63, but got " + shorten(number));
}

bool DroppedText::isIndex(int64_t number) {
  if (number <= kMaxIndex)
    return true;
  index = number;
  return false;
}

void DroppedText::addIndices(Location loc) {
  if (std::optional<int64_t> number = std::exchange(index, std::nullopt))
    addDefect(loc, "expected numbers of layers, stages, ranks and devices of "
                   "at most " +
                       Twine(kMaxIndex) + ", but got " + Twine(*number));
}

void DroppedText::report(OpBuilder &builder, Location loc) const {
  for (const Defect &defect : defects)
    SyntaxErrorOp::create(builder, defect.loc,
                          builder.getStringAttr(defect.message));
  if (numLeft > 0)
    emitWarning(loc) << "and of " << numLeft
                     << " more texts, something is not read";
}
