//===- Pipelines.td - The pipeline that makes a plan -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_TRANSFORMS_PIPELINES_TD
#define DAG_DIALECT_DAG_TRANSFORMS_PIPELINES_TD

include "dag/Dialect/Dag/Transforms/Passes.td"
include "dag/Support/Pipeline.td"

def Plan : Dag_Pipeline<"dag-plan",
    "Make a plan from a logical program: split it over tensor-parallel ranks "
    "and experts' ranks, put its layers into stages, and insert what they send "
    "each other"> {
  let options = !listconcat(
    Dag_OptionsOf<DagShard, ["tp", "ep", "sequence-parallel"]>.options,
    [Dag_RenamedOption<DagAbsorbLatent, "when", "absorb">,
     Dag_RenamedOption<DagPartitionStages, "stages", "pp">],
    Dag_OptionsBut<DagPartitionStages, "stages">.options,
    DagInsertTransfers.options,
    [Option<"keepReference", "keep-reference", "bool", "false",
            "Keep the logical program beside the plan, as @logical">]);
}

#endif // DAG_DIALECT_DAG_TRANSFORMS_PIPELINES_TD
