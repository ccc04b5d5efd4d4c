//===- Finding.h - What a check has found -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_FINDING_H
#define DAG_DIAGNOSTICS_FINDING_H

#include "mlir/IR/Location.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::dag {

/// How bad a finding is. `Unverified` says that the input, or a part of it,
/// was not understood: it neither passes nor fails, but it is never a pass.
enum class Severity { Unverified, Low, Medium, High, Critical };

/// `unverified`, `low`, `medium`, `high` or `critical`.
StringRef stringifySeverity(Severity severity);
/// The inverse, for `fail-on=`; `unverified` is not accepted.
std::optional<Severity> parseSeverity(StringRef text);

/// The checks of the checklist, in its order, after the understanding of the
/// input. The code of a finding is `DAG`, the check and two digits; the tenth
/// check has DAG79x.
enum class CheckId : unsigned {
  Input = 0,
  Attention = 1,
  Layers = 2,
  Transfers = 3,
  Connectivity = 4,
  Collectives = 5,
  Stages = 6,
  Dimensions = 7,
  // Beyond the checklist.
  Deadlock = 8,
  Memory = 9,
  Equivalence = 10 // DAG79x
};
/// Checks of the checklist, and `Input`.
constexpr unsigned kNumChecks = 8;

/// One row of the table of codes.
struct CodeInfo {
  /// `DAG101`.
  StringRef code;
  CheckId check;
  Severity severity;
  /// A headline: "Attention not decomposed".
  StringRef title;
  /// What is expected, as a sentence.
  StringRef expected;
  /// What happens on the cluster if it stays.
  StringRef impact;
  /// How to mend it, as an imperative sentence; shared by all its findings.
  StringRef hint;
};

/// All codes in ascending order.
ArrayRef<CodeInfo> getCodes();
/// The row of `code`, or null.
const CodeInfo *lookupCode(StringRef code);
/// The row of `code`, which must exist.
const CodeInfo &getCodeInfo(StringRef code);
/// The title of the checklist's line: "All attention submodules present ...".
StringRef getChecklistTitle(CheckId check);
/// A short name: `attention`, `layers`, ... as in `--dag-verify-<name>`.
StringRef getCheckName(CheckId check);

/// Another party to a finding.
struct FindingNote {
  Location loc;
  /// Name of the node or op, or empty.
  std::string node;
  std::string message;
};

/// One thing that is wrong, at its cause.
struct Finding {
  /// Points into the table of codes.
  StringRef code;
  Severity severity;
  /// Lowercase, no final period, names the values.
  std::string message;
  /// The node of the drawing, or the op of the plan (`layer 3 linear`).
  std::string node;
  Location loc;
  SmallVector<FindingNote, 0> notes;
  /// How to mend this one; empty for the hint of the code.
  std::string hint;
};

/// Result of one check.
enum class CheckStatus { Pass, Fail, Unverified };
StringRef stringifyStatus(CheckStatus status); // PASS, FAIL, UNVERIFIED

struct CheckResult {
  CheckId check;
  CheckStatus status = CheckStatus::Unverified;
  /// Why it could not run, or empty.
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
