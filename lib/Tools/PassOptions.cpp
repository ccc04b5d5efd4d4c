//===- PassOptions.cpp - What passes are asked for ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream takes the last of two values, an empty one as none, and options that
// mean nothing without another one.
//
//===----------------------------------------------------------------------===//

#include "PassOptions.h"
#include "dag/Tools/CommandLine.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// The option of a pass that has no value, or empty. An empty `device=` would
/// leave out what it asks for.
static StringRef findOptionWithoutValue(StringRef options) {
  for (size_t at = options.find('='); at != StringRef::npos;
       at = options.find('=', at + 1)) {
    // A list of nothing is one of no values.
    StringRef value = options.drop_front(at + 1).ltrim(',');
    if (!value.empty() && !llvm::isSpace(value.front()) &&
        value.front() != '}' && !value.starts_with("''") &&
        !value.starts_with("\"\""))
      continue;
    StringRef before = options.take_front(at);
    size_t begin = before.find_last_of(" {'\"");
    return before.substr(begin == StringRef::npos ? 0 : begin + 1);
  }
  return "";
}

/// The names of the options that passes are given, in order; an empty one where
/// those of another pass begin.
static SmallVector<StringRef> getOptionNames(StringRef options) {
  SmallVector<StringRef> names;
  for (size_t at = options.find_first_of("={}"); at != StringRef::npos;
       at = options.find_first_of("={}", at + 1)) {
    StringRef before = options.take_front(at);
    names.push_back(options[at] == '='
                        ? before.substr(before.find_last_of("= {") + 1)
                        : StringRef());
  }
  return names;
}

/// The option that a pass is given twice, or empty: one of the two would not be
/// read, or written.
static StringRef findRepeated(ArrayRef<StringRef> names) {
  // Lists of upstream grow.
  constexpr StringRef kLists[] = {"disable-patterns", "enable-patterns"};
  SmallVector<StringRef> seen;
  for (StringRef name : names) {
    if (name.empty())
      seen.clear();
    else if (llvm::is_contained(seen, name) &&
             !llvm::is_contained(kLists, name))
      return name;
    seen.push_back(name);
  }
  return "";
}

/// Refuses options that say how to compare where nothing is compared with.
static LogicalResult checkComparison(ArrayRef<StringRef> names) {
  if (llvm::is_contained(names, "config"))
    return success();
  if (llvm::is_contained(names, "ignore-fields"))
    return printError("expected 'config=' with 'ignore-fields='");
  if (llvm::is_contained(names, "reference"))
    return success();
  for (StringRef name : {"trial", "trial-seed"})
    if (llvm::is_contained(names, name))
      return printError("expected 'reference=' or 'config=' with '" + name +
                        "='");
  return success();
}

/// The same for how a plan is partitioned: a whole plan has stages where it is
/// asked for them.
static LogicalResult checkPartition(ArrayRef<StringRef> names, bool isPlan) {
  struct Need {
    StringRef option, other, text;
    bool ofPlan = false;
  };
  for (const Need &need :
       {Need{"device", "balance", "balance=cost"},
        Need{"placement", "virtual", "virtual="},
        Need{"balance", "pp", "pp=", true}, Need{"virtual", "pp", "pp=", true},
        Need{"slots", "pp", "pp=", true},
        Need{"scatter-gather", "pp", "pp=", true},
        Need{"devices-per-node", "pp", "pp=", true}})
    if ((isPlan || !need.ofPlan) && llvm::is_contained(names, need.option) &&
        !llvm::is_contained(names, need.other))
      return printError("expected '" + need.text + "' with '" + need.option +
                        "='");
  return success();
}

/// A check that is nested where no op of its kind is would not run, and nobody
/// would ask it what it has found.
LogicalResult dag::checkNestedChecks(StringRef pipeline) {
  size_t depth = 0;
  for (auto [at, c] : llvm::enumerate(pipeline)) {
    depth += c == '(';
    depth -= c == ')' && depth > 0;
    StringRef rest = pipeline.drop_front(at);
    bool isCheck = llvm::any_of(
        ArrayRef<StringRef>{"dag-verify-", "dag-report", "dag-state"},
        [&](StringRef name) { return rest.starts_with(name); });
    if (depth > 1 && isCheck && at > 0 &&
        StringRef("(,").contains(pipeline[at - 1]))
      return printError("expected '" + rest.take_while([](char c) {
        return llvm::isAlnum(c) || c == '-';
      }) + "' directly in 'builtin.module(...)', since it checks the module");
  }
  return success();
}

/// The same for the options of the checks in a pipeline as text.
static LogicalResult checkComparisonsOf(StringRef pipeline) {
  for (StringRef pass : {"verify-pipeline{", "dag-state{"})
    for (size_t at = pipeline.find(pass); at != StringRef::npos;
         at = pipeline.find(pass, at + 1))
      if (failed(checkComparison(getOptionNames(
              pipeline.substr(at + pass.size()).split('}').first))))
        return failure();
  return success();
}

LogicalResult dag::checkPassOptions(ArrayRef<const char *> arguments) {
  for (StringRef argument : arguments) {
    auto [pass, options] = argument.ltrim('-').split('=');
    if (pass != "pass-pipeline" && !llvm::is_contained(getPassNames(), pass))
      continue;
    if (StringRef option = findOptionWithoutValue(options); !option.empty())
      return printError("expected a value behind '" + option + "='");
    SmallVector<StringRef> names = getOptionNames(options);
    if (StringRef option = findRepeated(names); !option.empty())
      return printError("expected '" + option + "=' once, but got it twice");
    if (pass == "pass-pipeline" && failed(checkComparisonsOf(options)))
      return failure();
    if ((pass == "dag-plan" || pass == "dag-partition-stages") &&
        failed(checkPartition(names, pass == "dag-plan")))
      return failure();
    if ((pass == "verify-pipeline" || pass == "dag-state") &&
        failed(checkComparison(names)))
      return failure();
  }
  return success();
}
