//===- dag-bench.cpp - Time and memory of the verification -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs `dag-opt --verify-pipeline` and stock `mlir-opt` on the same text, a
// plan and sketches of growing size in generic form; makes plans from
// configurations of growing depth beside `mlir-opt` that parses them; proves
// them equivalent and free of deadlock (ProofBench.cpp); and prints tables. All
// figures are of one run of this program, each the best of a few repetitions.
//
//===----------------------------------------------------------------------===//

#include "BenchSupport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace llvm;
using namespace dag_bench;

static cl::list<unsigned>
    sizes("sizes", cl::CommaSeparated, cl::cat(getCategory()),
          cl::desc("Nodes of the sketches, about (default 1e4, 1e5, 1e6)"));

static cl::opt<bool> onlyProofs("proofs", cl::init(false),
                                cl::cat(getCategory()),
                                cl::desc("The tables of proofs alone"));

/// The plan of a model as large as Llama-3.1-405B.
static std::string makePlan() {
  std::string empty = inFolder("empty.mlir"), path = inFolder("plan.mlir");
  std::error_code error;
  raw_fd_ostream(empty, error) << "module {}\n";
  run({{dagTool("dag-opt"),
        "--test-dag-build-plan=layers=126 tp=8 pp=16 hidden=16384 heads=128 "
        "kv-heads=8 head-dim=128 ffn=53248 vocab=128256 seq=2048",
        "--mlir-print-op-generic", empty, "-o", path}});
  return path;
}

/// A drawing of about `nodes` nodes: as many layers as that takes on TP=8.
static std::string makeDrawing(unsigned nodes) {
  constexpr unsigned kNodesPerLayer = 114;
  std::string path = inFolder(formatv("sketch-{0}.dot", nodes));
  unsigned layers = std::max(nodes / kNodesPerLayer, 16u);
  run({{dagTool("dag-draw"), formatv("--layers={0}", layers), "--tp=8",
        "--pp=16"},
       path});
  return path;
}

/// One row: stock mlir-opt against dag-opt on the module in `path`.
static void compare(StringRef title, const std::string &path) {
  Command stock{
      {mlirOptTool(), "--allow-unregistered-dialect", path, "-o", "/dev/null"}};
  Command verify{{dagTool("dag-opt"), "--verify-pipeline", path}};
  for (Command *command : {&stock, &verify})
    command->addTiming();
  Cost stockCost = runRepeatedly(stock);
  Cost cost = runRepeatedly(verify);
  verify.processors = 1;
  Cost alone = runRepeatedly(verify);
  outs() << formatv(
      "| {0} | {1:f1} | {2:f3} | {3:f3} | {4:f3} | {5:f2} | {6:f2} "
      "| {7:f3} | {8:f0} |\n",
      title, sizeOf(path) / 1e6, stockCost.parse, cost.parse, cost.passes,
      cost.passes / stockCost.parse, cost.wall / stockCost.wall, alone.passes,
      cost.memory);
  outs().flush();
}

/// One row: a drawing straight into dag-opt.
static void verifyDrawing(const std::string &path) {
  Cost cost = runRepeatedly({{dagTool("dag-opt"), "--verify-pipeline", path}});
  outs() << formatv("| {0} | {1:f1} | {2:f2} | {3:f0} |\n",
                    sys::path::filename(path), sizeOf(path) / 1e6, cost.wall,
                    cost.memory);
  outs().flush();
}

/// One row: from a configuration to a verified plan, and stock mlir-opt on the
/// plan in generic form.
static void planModel(unsigned layers) {
  std::string config = makeConfig(layers),
              logical = inFolder(formatv("logical-{0}.mlir", layers)),
              plan = inFolder(formatv("plan-{0}.mlir", layers));
  Cost import = runRepeatedly({{dagTool("dag-translate"), "--hf-config-to-dag",
                                config, "-o", logical}});
  Cost make = runRepeatedly({{dagTool("dag-opt"), "--dag-plan=tp=8 pp=16",
                              "--verify-pipeline", logical, "-o", plan}});
  std::string generic = makeGeneric(plan, sys::path::stem(plan));
  Cost stock = runRepeatedly({{mlirOptTool(), "--allow-unregistered-dialect",
                               generic, "-o", "/dev/null"}});
  outs() << formatv("| {0} | {1:f2} | {2:f3} | {3:f3} | {4:f3} | {5:f2} |\n",
                    layers, sizeOf(generic) / 1e6, import.wall, make.wall,
                    stock.wall, (import.wall + make.wall) / stock.wall);
  outs().flush();
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(getCategory());
  cl::ParseCommandLineOptions(argc, argv, "benchmarks of the verification\n");
  makeFolder();
  if (onlyProofs) {
    benchProofs();
    return EXIT_SUCCESS;
  }
  if (sizes.empty())
    for (unsigned size : {10000u, 100000u, 1000000u})
      sizes.push_back(size);

  std::vector<std::string> drawings;
  for (unsigned size : sizes)
    drawings.push_back(makeDrawing(size));

  outs()
      << "Modules in generic form; times in seconds, memory in MiB, best of "
      << getRepetitions() << ", " << get_physical_cores() << " cores\n\n"
      << "| module | MB | mlir-opt parse and verify | dag-opt parse "
         "| dag-opt passes | passes / mlir-opt | whole tool / whole mlir-opt "
         "| passes on 1 core | memory |\n"
      << "|---|---|---|---|---|---|---|---|---|\n";
  compare("plan 126 x TP 8 x PP 16", makePlan());
  for (auto [size, drawing] : zip(sizes, drawings))
    compare(formatv("sketch {0}", size).str(),
            makeGeneric(drawing, sys::path::stem(drawing)));

  outs() << "\nDrawings, from the file to the verdict\n\n"
         << "| drawing | MB | seconds | memory |\n|---|---|---|---|\n";
  for (const std::string &drawing : drawings)
    verifyDrawing(drawing);

  outs() << "\nPlans, from config.json to a verified plan, TP 8 x PP 16\n\n"
         << "| layers | MB | dag-translate | dag-opt | mlir-opt on the plan "
            "| both / mlir-opt |\n|---|---|---|---|---|---|\n";
  for (unsigned layers : {126u, 1008u, 8064u})
    planModel(layers);
  benchProofs();
  return EXIT_SUCCESS;
}
