//===- NearestName.cpp - What a misspelt name may have meant -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/NearestName.h"

using namespace mlir;
using llvm::StringRef;

StringRef dag::findNearestName(StringRef name,
                               llvm::ArrayRef<std::string> names) {
  // Two slips in a word of six letters are seldom another word.
  unsigned best = name.size() / 3 + 2;
  StringRef nearest;
  for (const std::string &candidate : names) {
    unsigned distance = name.edit_distance(candidate, /*AllowReplacements=*/
                                           true, /*MaxEditDistance=*/best);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string dag::askNearestName(StringRef name,
                                llvm::ArrayRef<std::string> names) {
  StringRef nearest = findNearestName(name, names);
  return nearest.empty() ? std::string()
                         : "; did you mean '" + nearest.str() + "'?";
}

std::string dag::explainOptionError(StringRef message,
                                    llvm::ArrayRef<std::string> names) {
  StringRef name = message.split("no such option ").second.rtrim();
  if (name.empty())
    return message.str();
  return "no such option '" + name.str() + "'" + askNearestName(name, names);
}
