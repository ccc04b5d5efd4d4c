//===- Codes.h - Checks and the codes of findings ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_CODES_H
#define DAG_DIAGNOSTICS_CODES_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <vector>

namespace mlir::dag {

/// How bad a finding is. `Unverified` says that the input, or a part of it,
/// was not understood: it neither passes nor fails, but it is never a pass.
enum class Severity { Unverified, Low, Medium, High, Critical };

/// `unverified`, `low`, `medium`, `high` or `critical`.
StringRef stringifySeverity(Severity severity);

/// What a check is to the checklist: the understanding of the input, without
/// which no line holds, a line of it, or a line below it.
enum class CheckKind { Input, Checklist, Beyond };

/// A check, as reports speak of it. Compared by address.
struct CheckInfo {
  /// A short name: `attention`, as in `--dag-verify-attention`.
  StringRef name;
  /// The line of the checklist: "All attention submodules present ...".
  StringRef title;
  /// Lines ascend by it.
  unsigned position;
  CheckKind kind;
};

/// A code. Compared by address.
struct CodeInfo {
  /// `DAG101`.
  StringRef code;
  const CheckInfo *check;
  Severity severity;
  /// A headline: "Attention not decomposed".
  StringRef title;
  /// What is expected, as a sentence.
  StringRef expected;
  /// What happens on the cluster if it stays.
  StringRef impact;
  /// How to mend it, as an imperative sentence; shared by all its findings.
  StringRef hint;
  /// The anchor of its section in docs/Verification.md; empty for a code from
  /// outside.
  StringRef anchor;
};

/// The generated enums have no scope of their own.
namespace codes {
#define GET_CheckId_DECL
#define GET_Code_DECL
#include "dag/Diagnostics/Codes.inc"
} // namespace codes

/// `CheckId::Attention`: a check of this project.
using CheckId = codes::CheckId;
/// `Code::DAG101`: a code of this project.
using Code = codes::Code;

const CheckInfo &getCheckInfo(CheckId check);
const CodeInfo &getCodeInfo(Code code);

/// The code of the enum that is written so: `DAG101`.
std::optional<Code> parseCode(StringRef text);

/// The lines of the checklist, in its order.
ArrayRef<const CheckInfo *> getChecklistLines();

/// Adds the codes of a check from outside, which outlive all that is reported.
/// Like dialects, they are registered before anything is verified.
void registerCodes(ArrayRef<CodeInfo> codes);
/// The row of the code that is written so, which may be one from outside; or
/// null.
const CodeInfo *lookupCode(StringRef text);
/// All codes, those from outside too, by `isBefore`.
std::vector<const CodeInfo *> getCodes();
/// The order of codes: by letters and then by number, so that DAG1001 is behind
/// DAG904.
bool isBefore(const CodeInfo &left, const CodeInfo &right);

/// A code of the enum or one from outside.
class CodeRef {
public:
  /*implicit*/ CodeRef(Code code) : info(&getCodeInfo(code)) {}
  /*implicit*/ CodeRef(const CodeInfo &info) : info(&info) {}
  const CodeInfo &get() const { return *info; }

private:
  const CodeInfo *info;
};

} // namespace mlir::dag

#endif // DAG_DIAGNOSTICS_CODES_H
