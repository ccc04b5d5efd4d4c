//===- OptionValues.cpp - Options that are given and say nothing -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/OptionValues.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"

namespace cl = llvm::cl;
using llvm::ArrayRef;
using llvm::StringRef;

/// An error where an option that has one value is given several, as the last
/// one would win.
static llvm::Error checkOnce() {
  // Options are in the order of a hash; several names may be of one.
  const cl::Option *first = nullptr;
  for (auto &entry : cl::getRegisteredOptions()) {
    const cl::Option *option = entry.second;
    bool hasOne = option->getNumOccurrencesFlag() == cl::Optional ||
                  option->getNumOccurrencesFlag() == cl::Required;
    if (hasOne && option->getNumOccurrences() > 1 &&
        (!first || option->ArgStr < first->ArgStr))
      first = option;
  }
  if (!first)
    return llvm::Error::success();
  return llvm::createStringError(
      llvm::Twine("expected '") + (first->ArgStr.size() == 1 ? "-" : "--") +
      first->ArgStr + "' once, but got it " +
      llvm::Twine(first->getNumOccurrences()) + " times");
}

llvm::Error mlir::dag::checkOptionValues(ArrayRef<char *> arguments,
                                         ArrayRef<StringRef> mayBeEmpty) {
  for (size_t i = 1; i < arguments.size(); ++i) {
    StringRef argument = arguments[i];
    if (argument == "--")
      break;
    if (!argument.starts_with("-"))
      continue;
    auto [name, value] = argument.ltrim('-').split('=');
    const cl::Option *option = cl::getRegisteredOptions().lookup(name);
    // Values of a list of passes are registered, too.
    if (!option || option->ArgStr != name ||
        llvm::is_contained(mayBeEmpty, name))
      continue;
    bool takesNext = !argument.contains('=') && i + 1 < arguments.size() &&
                     option->getValueExpectedFlag() == cl::ValueRequired;
    if (takesNext)
      value = arguments[++i];
    // A list of nothing is one of no values.
    if (option->getMiscFlags() & cl::CommaSeparated)
      value = value.ltrim(',');
    if (value.empty() && (takesNext || argument.contains('=')))
      return llvm::createStringError("expected a value behind '--" + name +
                                     "='");
  }
  return checkOnce();
}
