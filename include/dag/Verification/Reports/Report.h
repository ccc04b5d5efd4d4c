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

/// Writes the report as a reviewer would: Executive Summary, Issues
/// Identified, Recommendations, Verification Checklist, Conclusion. Findings
/// of one code stand under one issue.
void writeMarkdownReport(const VerificationResult &result, raw_ostream &os);

/// Writes `verdict`, `checklist` and `findings` as JSON.
void writeJSONReport(const VerificationResult &result, raw_ostream &os);

/// Writes SARIF 2.1.0.
void writeSARIFReport(const VerificationResult &result, raw_ostream &os);

/// Writes to `path`; the ending (`.md`, `.json`, `.sarif`) selects the form,
/// `-` is Markdown on standard output.
llvm::Error writeReport(const VerificationResult &result, StringRef path);

} // namespace mlir::dag

#endif // DAG_VERIFICATION_REPORTS_REPORT_H
