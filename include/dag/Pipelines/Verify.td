//===- Verify.td - All checks and the report -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_PIPELINES_VERIFY_TD
#define DAG_PIPELINES_VERIFY_TD

include "dag/Support/Pipeline.td"
include "dag/Verification/Passes.td"

def Verify : Dag_Pipeline<"verify-pipeline",
    "Say what is wrong with a deployment, as a drawing or as a plan: all checks "
    "of the checklist, and a report; with a device or a reference, the checks "
    "that need them, too; what is stated of the layout or by a configuration "
    "comes before what the input states"> {
  let options = !listconcat(
    DagReport.options,
    DagState.options,
    Dag_OptionsOf<DagVerifyMemory, ["device", "devices", "reserve",
        "nccl-reserve", "attention", "experts", "pad-experts", "micro-batches",
        "kv-percent", "memory-percent", "imbalance-percent"]>.options,
    [Dag_DefaultOption<DagVerifyEquivalence, "trial",
                       "::mlir::dag::TrialMode::Auto">],
    Dag_OptionsOf<DagVerifyEquivalence, ["trial-seed"]>.options);
}

#endif // DAG_PIPELINES_VERIFY_TD
