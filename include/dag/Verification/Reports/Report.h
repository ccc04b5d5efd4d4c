//===- Report.h - Reports of a verification -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_VERIFICATION_REPORTS_REPORT_H
#define DAG_VERIFICATION_REPORTS_REPORT_H

#include "dag/Diagnostics/Finding.h"
#include "dag/Diagnostics/SourcePlace.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::dag {

/// The writers take the results of one run of a tool: one for each file.

/// Writes the report as a reviewer would: Executive Summary, Issues
/// Identified, Recommendations, Verification Checklist, Conclusion. Findings
/// of one code stand under one issue. Of several files, the report of each
/// follows a table of their verdicts.
void writeMarkdownReport(ArrayRef<VerificationResult> results, raw_ostream &os);

/// Writes `verdict`, `facts`, `checklist`, `issues` and `findings` as JSON; of
/// several files an object with an array `runs` of such objects.
void writeJSONReport(ArrayRef<VerificationResult> results, raw_ostream &os);

/// Writes SARIF 2.1.0: one run with all files as its artifacts.
void writeSARIFReport(ArrayRef<VerificationResult> results, raw_ostream &os);

/// Writes to `path`; the ending (`.md`, `.json`, `.sarif`) selects the form,
/// `-` is Markdown on standard output. What cannot be written whole is removed.
llvm::Error writeReport(ArrayRef<VerificationResult> results, StringRef path);

/// An error if the ending of `path` selects no form.
llvm::Error checkReportPath(StringRef path);

inline constexpr llvm::StringLiteral kUnreadableReason =
    "the input could not be read";

/// The result for a file that could not be read or made sense of: UNVERIFIED,
/// with a finding (DAG007) of `message` at `loc`, and no check made.
VerificationResult makeUnreadableResult(StringRef file, Location loc,
                                        const Twine &message,
                                        StringRef reason = kUnreadableReason);

/// One line: the file, the verdict, how many findings of which severity, and
/// what was verified: model, mesh, devices, tokens.
std::string summarize(const VerificationResult &result);

/// The verdict of several files: FAIL if one failed, else UNVERIFIED if one is.
CheckStatus getVerdict(ArrayRef<VerificationResult> results);

} // namespace mlir::dag

#endif // DAG_VERIFICATION_REPORTS_REPORT_H
