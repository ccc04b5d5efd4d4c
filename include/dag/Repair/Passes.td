//===- Passes.td - From a drawing to a plan -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_REPAIR_PASSES_TD
#define DAG_REPAIR_PASSES_TD

include "dag/Support/EnumOption.td"

def DagRaiseSketch : PassBase<"dag-raise-sketch", "::mlir::dag::LenientPass"> {
  let summary = "Make a complete plan from a drawing";
  let dependentDialects = ["::mlir::dag::DagDialect"];
  let description = [{
    Reads the layout (stages, their layers and devices, tensor parallelism,
    batch and sequence) off a drawing, or off a plan that does not pass, and the
    model off its configuration, and makes the plan from both with the passes of
    `--dag-plan`. The plan passes all checks, or the pass fails.

    Remarks at the lines of the drawing say what was kept, added, changed,
    assumed and dropped, and which findings the plan no longer has. What is
    ambiguous is refused: each refusal is an error that names the option that
    decides, and all of them are reported at once.

    ```mlir
    dag.sketch @d {                       // before: 1 of 2 layers, TP=2
      %0 = dag.node compute "layer0_qkv_tp0" role(qkv_projection) ...
    }

    dag.mesh @mesh <pp = 1, tp = 2>       // after
    dag.model @llama on @mesh <num_layers = 2, ...> { ... }
    ```
  }];
  let options = [
    Option<"config", "config", "std::string", "\"\"",
           "The model's config.json">,
    Option<"tp", "tp", "int64_t", "0",
           "Ranks of a tensor-parallel group; as drawn by default">,
    Option<"pp", "pp", "int64_t", "0",
           "Pipeline stages; as drawn by default">,
    Option<"ep", "ep", "int64_t", "0",
           "Ranks that experts are spread over, beside tensor parallelism; 1 "
           "by default">,
    ListOption<"layout", "layout", "int64_t",
               "Layers of each stage; as drawn by default">,
    ListOption<"devices", "devices", "int64_t",
               "Devices of all stages in order; as drawn by default">,
    Option<"batch", "batch", "int64_t", "0",
           "Sequences; as drawn by default, or 1">,
    Option<"seqLen", "seq-len", "int64_t", "0",
           "Tokens of a sequence; as drawn by default, or 2048">,
    Dag_EnumOption<"phase", "phase", "RaisedPhase", "Auto",
                   "What the program of the plan does">,
    Option<"report", "report", "std::string", "\"\"",
           "File for the report of changes as Markdown, or - for standard "
           "output">,
    Option<"keepPassing", "keep-passing", "bool", "false",
           "Leave a plan as it is if nothing is found wrong in it">
  ];
}

#endif // DAG_REPAIR_PASSES_TD
