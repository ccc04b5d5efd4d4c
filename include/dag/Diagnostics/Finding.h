//===- Finding.h - What a check has found -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_FINDING_H
#define DAG_DIAGNOSTICS_FINDING_H

#include "dag/Diagnostics/Codes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"

#include <string>
#include <vector>

namespace mlir::dag {

/// Another party to a finding.
struct FindingNote {
  Location loc;
  /// Name of the node or op, or empty.
  std::string node;
  std::string message;
};

/// One thing that is wrong, at its cause.
struct Finding {
  /// The row of its code.
  const CodeInfo *info;
  Severity severity;
  /// Lowercase, no final period, names the values.
  std::string message;
  /// The node of the drawing, or the op of the plan (`layer 3 linear`).
  std::string node;
  Location loc;
  SmallVector<FindingNote, 0> notes;
  /// How to mend this one; empty for the hint of the code.
  std::string hint;

  /// `DAG101`.
  StringRef getCode() const { return info->code; }
  bool is(Code code) const { return info == &getCodeInfo(code); }
};

/// Result of one check.
enum class CheckStatus { Pass, Fail, Unverified };
StringRef stringifyStatus(CheckStatus status); // PASS, FAIL, UNVERIFIED

struct CheckResult {
  const CheckInfo *check = nullptr;
  CheckStatus status = CheckStatus::Unverified;
  /// Why it could not run, or why it passes without having checked anything.
  std::string reason;
};

/// A fact for the report's summary: `Layers`, `8 of 80`.
struct SummaryFact {
  std::string title;
  /// For people, with its unit.
  std::string value;
  /// What programs look for: `tokens`. Stable; empty for facts of checks that
  /// are for people alone.
  std::string id = {};
  /// The same as a number, where it is one, and its unit: `bytes`, `tokens`.
  std::optional<int64_t> number = std::nullopt;
  std::string unit = {};
  /// True if it is more than the number says, since something is not known.
  bool isAtLeast = false;
  /// What the number is made of, in the same unit.
  std::vector<std::pair<std::string, int64_t>> parts = {};
};

/// Something that the verification could have been compared with, but was not.
struct NotCompared {
  /// `reference`, `device` or `configuration`.
  std::string id;
  /// Why not, and what would: "no reference: reference=@MODEL names ...".
  std::string reason;
};

/// Everything that one run of the verification has to say.
struct VerificationResult {
  /// The file that was verified.
  std::string file;
  /// What the whole was read as, and from what: `80 layers, TP 2, from ...`;
  /// empty where nothing was read.
  std::string readAs;
  std::vector<SummaryFact> facts;
  std::vector<NotCompared> notCompared;
  std::vector<Finding> findings;
  /// The seven checks of the checklist, in order (without `Input`), and behind
  /// them those beyond it that were asked for.
  std::vector<CheckResult> checks;
  CheckStatus verdict = CheckStatus::Unverified;
};

} // namespace mlir::dag

#endif // DAG_DIAGNOSTICS_FINDING_H
