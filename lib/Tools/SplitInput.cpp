//===- SplitInput.cpp - Texts that are split at a marker ------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream looks for a marker without its last two characters, and warns of all
// that goes on in another way, with the whole line that it stands in.
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/CommandLine.h"
#include "dag/Tools/InputFile.h"

using namespace mlir;
using namespace mlir::dag;

/// Of the parts: upstream makes a context for each.
constexpr size_t kMaxParts = 1024;
/// Of the warnings, and of the lines that they show.
constexpr size_t kMaxNearMisses = 100;
constexpr size_t kMaxShown = 1 << 16;

LogicalResult dag::checkSplit(llvm::MemoryBufferRef buffer, StringRef marker) {
  constexpr size_t kUnsure = 2;
  if (marker.size() <= kUnsure)
    return success();
  StringRef text = buffer.getBuffer(), begin = marker.drop_back(kUnsure);
  size_t numParts = 1, numNearMisses = 0, numShown = 0;
  size_t seen = 0, line = 1, lineBegin = 0;
  for (size_t at = text.find(begin); at != StringRef::npos;
       at = text.find(begin, at + begin.size())) {
    for (; seen < at; ++seen)
      if (text[seen] == '\n') {
        ++line;
        lineBegin = seen + 1;
      }
    auto refuse = [&](const Twine &reason) {
      return printError(buffer.getBufferIdentifier() + ":" + Twine(line) + ":" +
                        Twine(at - lineBegin + 1) + ": expected " + reason +
                        ", but got more");
    };
    if (text.drop_front(at).starts_with(marker)) {
      if (++numParts > kMaxParts)
        return refuse("at most " + Twine(kMaxParts) +
                      " parts between lines of "
                      "'" +
                      marker + "'");
      continue;
    }
    numShown += std::min(text.find('\n', at), text.size()) - lineBegin;
    if (++numNearMisses > kMaxNearMisses || numShown > kMaxShown)
      return refuse("at most " + Twine(kMaxNearMisses) +
                    " texts that are like "
                    "the marker '" +
                    marker + "', in " + Twine(kMaxShown) +
                    " characters of lines");
  }
  return success();
}
