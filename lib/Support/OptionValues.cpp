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
    if (value.empty() && (takesNext || argument.contains('=')))
      return llvm::createStringError("expected a value behind '--" + name +
                                     "='");
  }
  return llvm::Error::success();
}
