//===- DroppedText.cpp - Text of a drawing that is not read ---------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DroppedText.h"
#include "Rules.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"

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

std::string dot::describeHugeNumber(StringRef text) {
  StringRef number = findHugeNumber(text);
  return number.empty()
             ? ""
             : "expected numbers below 2^63, but got " + shorten(number);
}

bool DroppedText::isTold() { return ++count <= kMaxTold; }

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

void DroppedText::report(Location loc) const {
  if (count > kMaxTold)
    emitWarning(loc) << "and of " << count - kMaxTold
                     << " more texts, something is not read";
}
