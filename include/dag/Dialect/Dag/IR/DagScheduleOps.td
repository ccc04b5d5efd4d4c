//===- DagScheduleOps.td - In which order stages run ------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGSCHEDULEOPS_TD
#define DAG_DIALECT_DAG_IR_DAGSCHEDULEOPS_TD

include "dag/Dialect/Dag/IR/DagPlanBase.td"

def Dag_ScheduleOp : Dag_Op<"schedule", [
    Dag_PlanPhase, Dag_RankPhase,
    ParentOneOf<["ModelOp", "ProgramOp", "::mlir::ModuleOp"]>]> {
  let summary = "the order in which ranks run stages on micro-batches";
  let description = [{
    Says in which order the ranks of a pipeline run its stages on
    `microbatches` micro-batches. The `kind` is `forward`, `gpipe`, `1f1b`,
    `interleaved`, `zb-h1`, `zb-h2`, `zbv` or `dualpipev`, from which the order
    follows, or any other name with a `table`: for each rank of the pipeline the
    list of its actions, in the notation of PyTorch's tables
    (docs/Schedules.md).

    (C1) `microbatches` lies in 1 to 1048576.
    (C2) the kind is one that an order follows from, or there is a `table`.
    (C3) each row of the `table` is a list of actions.
    (C4) micro-batches of the table lie below `microbatches`.
    (C5) no rank does the same twice, parts of a backward included, and no two
    ranks run the same stage, gather its weights or reduce its gradients.
    (C6) a rank records an event before a stream of it waits for that event.
    (C7) a rank that waits for a send or for a reduction of gradients has begun
    it before, and waits for it once; if a row waits for one, it waits for all.

    Example:

    ```mlir
    dag.schedule "1f1b" microbatches = 8
    dag.schedule "mine" microbatches = 2
        table ["0F0,0SEND_F0,0F1,0SEND_F1", "1RECV_F0,1F0,1RECV_F1,1F1"]
    ```
  }];
  let arguments = (ins
    StrAttr:$kind,
    I64Attr:$microbatches,
    OptionalAttr<StrArrayAttr>:$table
  );
  let assemblyFormat = [{
    $kind `microbatches` `=` $microbatches (`table` $table^)? attr-dict
  }];
  let hasVerifier = 1;
}

#endif // DAG_DIALECT_DAG_IR_DAGSCHEDULEOPS_TD
