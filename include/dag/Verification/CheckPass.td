//===- CheckPass.td - A check as a pass --------------------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_VERIFICATION_CHECKPASS_TD
#define DAG_VERIFICATION_CHECKPASS_TD

include "dag/Support/EnumOption.td"

/// A check as a pass: it verifies, changes nothing, and reports everything. It
/// takes part in `--verify-pipeline`; if it takes over some of the options
/// there, only where one of them is given. What it takes over with them (`also`)
/// does not ask for it.
///
/// `check` is its enumerator in `CheckId`. A check from outside has none, and
/// is registered by hand.
class Dag_CheckPass<string check, string theSummary,
                    list<Option> moreOptions = [], list<string> asked = [],
                    list<string> also = []>
    : PassBase<"dag-verify-" # !tolower(check), "::mlir::dag::GraphCheck"> {
  let summary = theSummary;
  let options = !listconcat([
    Dag_EnumOption<"failOn", "fail-on", "Severity", "Medium",
                   "Least severity that fails">,
    Option<"maxDiagnostics", "max-diagnostics", "unsigned", "20",
           "Diagnostics to emit for one code; 0 is all of them. The rest is "
           "counted, and stands in the report">,
    Option<"deferred", "deferred", "bool", "false",
           "Leave the diagnostics and the verdict to a dag-report behind">
  ], moreOptions);

  string Check = "CheckId::" # check;
  string Argument = argument;
  string Create = "[](const CheckRequest &asked) {\n"
    # !if(!empty(asked), "", "  if ("
        # !interleave(!foreach(o, asked, "!isAsked(asked." # o # ")"), " && ")
        # ")\n    return std::unique_ptr<GraphCheck>();\n")
    # "  " # NAME # "Options options;\n"
    # "  options.failOn = asked.failOn;\n"
    # "  options.deferred = true;\n"
    # !interleave(!foreach(o, !listconcat(asked, also),
        "  take(options." # o # ", asked." # o # ");\n"), "")
    # "  return toCheck(create" # NAME # "(std::move(options)));\n}";
}

#endif // DAG_VERIFICATION_CHECKPASS_TD
