//===- Passes.td - Passes that print what is known of plans -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_COST_PASSES_TD
#define DAG_COST_PASSES_TD

include "mlir/Pass/PassBase.td"

def DagPrintCost : PassBase<"dag-print-cost", "::mlir::dag::PrintingPass"> {
  let summary = "Print what a plan costs by layer and stage";
  let description = [{
    Prints tables in Markdown for each model: parameters, bytes of weights and
    of KV caches, floating-point operations, and collectives and sends with
    the bytes that a rank sends in them. Figures are those of one rank, the one
    with the largest shards. Layers that are alike and follow each other have
    one row. Changes nothing, and takes logical programs, sharded models, plans,
    and programs of ranks, whose functions have a row each. An op that does not
    say what it costs is an error.

    With a `device`, there are the bytes that move between memory and chip
    besides, and the nanoseconds that the parts take on a rank of it if nothing
    overlaps: those of computing, of collectives and of sends (docs/Memory.md).

    Experts work on the tokens that are routed to them, spread evenly, and
    nothing else is sent to them; with `all-slots` on their whole capacity.

    ```
    | part                 | ... | FLOPs | collectives | bytes sent |
    | stage 0: layers 0-3, each | ... | 229376 |     2 |       2048 |
    ```
  }];
  let options = [
    Option<"output", "output", "std::string", "\"-\"",
           "File for the tables, or - for standard output">,
    Option<"device", "device", "std::string", "\"\"",
           "Device to estimate the time on, by its name in the table of devices">,
    Option<"devices", "devices", "std::string", "\"\"",
           "File of devices, in JSON, that adds to the table">,
    Option<"allSlots", "all-slots", "bool", "false",
           "Count all slots of the experts' capacity, which is the worst case, "
           "in place of those that tokens are routed to evenly">
  ];
}

#endif // DAG_COST_PASSES_TD
