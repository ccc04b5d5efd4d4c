//===- CheckRegistry.cpp - The checks that there are ------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Verification/CheckRegistry.h"
#include "dag/Verification/Passes.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// A row of Passes.td.
struct CheckPassRow {
  CheckId check;
  StringRef argument;
  std::unique_ptr<GraphCheck> (*create)(const CheckRequest &request);
};
} // namespace

/// All rows are passes of this kind.
static std::unique_ptr<GraphCheck> toCheck(std::unique_ptr<Pass> pass) {
  return std::unique_ptr<GraphCheck>(static_cast<GraphCheck *>(pass.release()));
}

// What is asked of a check by itself, and left to it where nothing is.
static bool isAsked(const std::string &value) { return !value.empty(); }
template <typename T>
static bool isAsked(const std::optional<T> &value) {
  return value.has_value();
}
template <typename OptionT, typename T>
static void take(OptionT &option, const T &asked) {
  option = asked;
}
template <typename OptionT, typename T>
static void take(OptionT &option, const std::optional<T> &asked) {
  if (asked)
    option = *asked;
}

#define GET_CheckPassTable_IMPL
#include "dag/Verification/Checks.inc"

static std::vector<Check> &getRegistry() {
  static std::vector<Check> checks = [] {
    std::vector<Check> checks;
    for (const CheckPassRow &row : CheckPassTable)
      checks.push_back({&getCheckInfo(row.check), row.argument, row.create});
    llvm::sort(checks, [](const Check &left, const Check &right) {
      return left.info->position < right.info->position;
    });
    return checks;
  }();
  return checks;
}

void dag::registerCheck(const Check &check) {
  std::vector<Check> &checks = getRegistry();
  if (lookupCheck(check.argument))
    return;
  auto behind = llvm::partition_point(checks, [&](const Check &other) {
    return other.info->position <= check.info->position;
  });
  checks.insert(behind, check);
  registerCodes(check.codes);
}

ArrayRef<Check> dag::getChecks() { return getRegistry(); }

const Check *dag::lookupCheck(StringRef argument) {
  for (const Check &check : getRegistry())
    if (check.argument == argument)
      return &check;
  return nullptr;
}
