//===- Passes.td - Schedules in print -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_COMMUNICATION_PASSES_TD
#define DAG_COMMUNICATION_PASSES_TD

include "mlir/Pass/PassBase.td"

def DagPrintSchedule
    : PassBase<"dag-print-schedule", "::mlir::dag::PrintingPass"> {
  let summary = "Print the bubble and the live activations of schedules";
  let description = [{
    For each `dag.schedule`: how long each rank works and idles when transfers
    take no time, the micro-batches whose activations it holds, and the bubble,
    which is the longest idle time of a rank between its first and last action,
    beside what the pipeline takes longer than the busiest such rank works. For
    a kind with a closed formula that formula stands below. Changes nothing.

    ```
    | rank | start | end | busy | bubble | peak activations |
    ```
  }];
  let options = [
    Option<"output", "output", "std::string", "\"-\"",
           "File for the tables, or - for standard output">,
    Option<"ranks", "ranks", "int64_t", "0",
           "Ranks of the pipeline, for a schedule without a table and a model">,
    Option<"forward", "forward", "int64_t", "1",
           "Cost of a forward">,
    Option<"backward", "backward", "int64_t", "1",
           "Cost of the gradient of the inputs">,
    Option<"weight", "weight", "int64_t", "1",
           "Cost of the gradient of the weights">
  ];
}

#endif // DAG_COMMUNICATION_PASSES_TD
