//===- Repair.td - The pipeline that mends -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_PIPELINES_REPAIR_TD
#define DAG_PIPELINES_REPAIR_TD

include "dag/Repair/Passes.td"
include "dag/Support/Pipeline.td"

def Repair : Dag_Pipeline<"dag-repair",
    "Make a plan that passes all checks from a drawing, or from a plan that "
    "does not; a plan that passes is left as it is"> {
  let options = Dag_OptionsBut<DagRaiseSketch, "keep-passing">.options;
}

#endif // DAG_PIPELINES_REPAIR_TD
