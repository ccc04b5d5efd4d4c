//===- Codes.cpp - Codes, checks and severities -----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Diagnostics/Codes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ErrorHandling.h"

#include <iterator>

using namespace mlir;
using namespace mlir::dag;

namespace {
#define GET_CheckTable_IMPL
#define GET_CodeTable_IMPL
#include "dag/Diagnostics/Codes.inc"
} // namespace

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

// Enumerators and rows are both sorted by name.
const CheckInfo &dag::getCheckInfo(CheckId check) { return CheckTable[check]; }

ArrayRef<const CheckInfo *> dag::getChecklistLines() {
  static const SmallVector<const CheckInfo *> lines = [] {
    SmallVector<const CheckInfo *> lines;
    for (const CheckInfo &check : CheckTable)
      if (check.kind == CheckKind::Checklist)
        lines.push_back(&check);
    llvm::sort(lines, [](const CheckInfo *left, const CheckInfo *right) {
      return left->position < right->position;
    });
    return lines;
  }();
  return lines;
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// The codes from outside.
static SmallVector<const CodeInfo *> &getForeignCodes() {
  static SmallVector<const CodeInfo *> codes;
  return codes;
}

const CodeInfo &dag::getCodeInfo(Code code) { return CodeTable[code]; }

void dag::registerCodes(ArrayRef<CodeInfo> codes) {
  for (const CodeInfo &info : codes)
    if (!lookupCode(info.code))
      getForeignCodes().push_back(&info);
}

std::optional<Code> dag::parseCode(StringRef text) {
  const CodeInfo *info = llvm::partition_point(
      CodeTable, [&](const CodeInfo &row) { return row.code < text; });
  if (info == std::end(CodeTable) || info->code != text)
    return std::nullopt;
  return static_cast<Code>(info - std::begin(CodeTable));
}

const CodeInfo *dag::lookupCode(StringRef text) {
  if (std::optional<Code> code = parseCode(text))
    return &getCodeInfo(*code);
  for (const CodeInfo *foreign : getForeignCodes())
    if (foreign->code == text)
      return foreign;
  return nullptr;
}

bool dag::isBefore(const CodeInfo &left, const CodeInfo &right) {
  return left.code.compare_numeric(right.code) < 0;
}

std::vector<const CodeInfo *> dag::getCodes() {
  std::vector<const CodeInfo *> codes(getForeignCodes().begin(),
                                      getForeignCodes().end());
  for (const CodeInfo &info : CodeTable)
    codes.push_back(&info);
  llvm::sort(codes, [](const CodeInfo *left, const CodeInfo *right) {
    return isBefore(*left, *right);
  });
  return codes;
}

//===----------------------------------------------------------------------===//
// Severities
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
