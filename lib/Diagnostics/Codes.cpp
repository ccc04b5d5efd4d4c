//===- Codes.cpp - Codes, checks and severities -----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ErrorHandling.h"

#include <cassert>
#include <iterator>

using namespace mlir;
using namespace mlir::dag;

using dag::report::kCodeTable;

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

/// 101 for `DAG101`.
static constexpr unsigned getNumber(StringRef code) {
  unsigned number = 0;
  for (size_t i = 3; i != code.size(); ++i)
    number = number * 10 + (code.data()[i] - '0');
  return number;
}

/// The check of a code: its first digit, but 79 for the tenth.
static constexpr unsigned getCheckNumber(unsigned number) {
  return number / 10 == 79 ? static_cast<unsigned>(CheckId::Equivalence)
                           : number / 100;
}

/// Codes ascend, and each belongs to the check that its first digits say.
static constexpr bool isWellFormed() {
  unsigned previous = 0;
  for (const CodeInfo &info : kCodeTable) {
    unsigned number = getNumber(info.code);
    if (number <= previous ||
        getCheckNumber(number) != static_cast<unsigned>(info.check))
      return false;
    previous = number;
  }
  return true;
}
static_assert(isWellFormed(), "codes must ascend and begin with their check");

ArrayRef<CodeInfo> dag::getCodes() { return kCodeTable; }

const CodeInfo *dag::lookupCode(StringRef code) {
  const CodeInfo *info =
      llvm::partition_point(kCodeTable, [&](const CodeInfo &candidate) {
        return candidate.code < code;
      });
  return info != std::end(kCodeTable) && info->code == code ? info : nullptr;
}

const CodeInfo &dag::getCodeInfo(StringRef code) {
  const CodeInfo *info = lookupCode(code);
  assert(info && "expected a code of the table");
  return *info;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

StringRef dag::getChecklistTitle(CheckId check) {
  switch (check) {
  case CheckId::Input:
    return "Input understood";
  case CheckId::Attention:
    return "All attention submodules present (QKV, scores, weights, output)";
  case CheckId::Layers:
    return "All layers represented or sampling documented";
  case CheckId::Transfers:
    return "Pipeline communication nodes included";
  case CheckId::Connectivity:
    return "Node connectivity verified (no orphaned nodes)";
  case CheckId::Collectives:
    return "TP communication patterns detailed";
  case CheckId::Stages:
    return "PP stage boundaries clear";
  case CheckId::Dimensions:
    return "Tensor dimensions consistent throughout";
  case CheckId::Deadlock:
    return "No deadlock";
  case CheckId::Memory:
    return "Memory fits the device";
  case CheckId::Equivalence:
    return "Plan computes the reference model";
  }
  llvm_unreachable("unknown check");
}

StringRef dag::getCheckName(CheckId check) {
  switch (check) {
  case CheckId::Input:
    return "input";
  case CheckId::Attention:
    return "attention";
  case CheckId::Layers:
    return "layers";
  case CheckId::Transfers:
    return "transfers";
  case CheckId::Connectivity:
    return "connectivity";
  case CheckId::Collectives:
    return "collectives";
  case CheckId::Stages:
    return "stages";
  case CheckId::Dimensions:
    return "dimensions";
  case CheckId::Deadlock:
    return "deadlock";
  case CheckId::Memory:
    return "memory";
  case CheckId::Equivalence:
    return "equivalence";
  }
  llvm_unreachable("unknown check");
}

//===----------------------------------------------------------------------===//
// Severities and statuses
//===----------------------------------------------------------------------===//

StringRef dag::stringifySeverity(Severity severity) {
  switch (severity) {
  case Severity::Unverified:
    return "unverified";
  case Severity::Low:
    return "low";
  case Severity::Medium:
    return "medium";
  case Severity::High:
    return "high";
  case Severity::Critical:
    return "critical";
  }
  llvm_unreachable("unknown severity");
}

StringRef dag::stringifyStatus(CheckStatus status) {
  switch (status) {
  case CheckStatus::Pass:
    return "PASS";
  case CheckStatus::Fail:
    return "FAIL";
  case CheckStatus::Unverified:
    return "UNVERIFIED";
  }
  llvm_unreachable("unknown status");
}
