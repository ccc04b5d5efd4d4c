//===- CodeBase.td - Rows of checks and codes -------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_CODEBASE_TD
#define DAG_DIAGNOSTICS_CODEBASE_TD

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// A check. The name of the record is that of the enumerator, and `Check`.
class CheckRow<int position, string title, string kind> {
  string Enumerator = !subst("Check", "", NAME);
  /// As in `--dag-verify-<name>`.
  string Name = !tolower(Enumerator);
  /// The line of the checklist.
  string Title = title;
  /// Its place among the lines.
  bits<8> Position = position;
  /// `Input`, `Checklist`, or `Beyond` the checklist.
  string Kind = "CheckKind::" # kind;
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// A code. Its text is the name of the record. Strings go into C++ as they
/// are: a quote in one is written \\\".
class CodeRow<string title, string severity, string expected, string impact,
              string hint> {
  string Text = NAME;
  CheckRow Check = ?;
  string CheckReference = "&CheckTable[CheckId::" # Check.Enumerator # "]";
  string Severity = "Severity::" # severity;
  /// A headline.
  string Title = title;
  /// What is expected, as a sentence.
  string Expected = expected;
  /// What happens on the cluster otherwise.
  string Impact = impact;
  /// How to mend it, as an imperative sentence.
  string Hint = hint;
  /// The heading's anchor in docs/Verification.md.
  string Anchor = !tolower(NAME # "-" # !subst(" ", "-",
      !subst("'", "", !subst(",", "", title))));
}

#endif // DAG_DIAGNOSTICS_CODEBASE_TD
