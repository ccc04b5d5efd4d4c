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
// configurations of growing depth beside `mlir-opt` that parses them; and
// prints tables. All figures are of one run of this program, each the best of a
// few repetitions.
//
//===----------------------------------------------------------------------===//

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

using namespace llvm;

static cl::list<unsigned>
    sizes("sizes", cl::CommaSeparated,
          cl::desc("Nodes of the sketches, about (default 1e4, 1e5, 1e6)"));
static cl::opt<unsigned> repetitions("repetitions", cl::init(3),
                                     cl::desc("Runs to take the best of"));
static cl::opt<std::string> folder("folder", cl::init(DAG_BENCH_DIR "/data"),
                                   cl::desc("Where inputs are written"));
static cl::opt<std::string> mlirOpt("mlir-opt", cl::init(DAG_MLIR_OPT),
                                    cl::desc("Stock mlir-opt"));

static std::string dagTool(StringRef name) {
  return (Twine(DAG_TOOLS_DIR "/") + name).str();
}

namespace {
/// What one process took.
struct Cost {
  /// Wall time of the process, in seconds.
  double wall = 0;
  /// What the tool says of its parts, with --mlir-timing.
  double parse = 0;
  double passes = 0;
  /// Largest resident set, in MiB.
  double memory = 0;
};

/// A command whose outputs go to files.
struct Command {
  std::vector<std::string> arguments;
  std::string output = "/dev/null";
  /// Processors to run on; 0 is all of them.
  unsigned processors = 0;
};
} // namespace

[[noreturn]] static void fail(const Twine &message) {
  WithColor::error() << message << '\n';
  exit(EXIT_FAILURE);
}

/// Reads the list that `--mlir-timing` writes to standard error.
static void readTiming(StringRef path, Cost &cost) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return;
  StringRef text = (*buffer)->getBuffer();
  size_t begin = text.find("[\n{");
  if (begin == StringRef::npos)
    return;
  Expected<json::Value> list =
      json::parse(text.substr(begin, text.rfind(']') + 1 - begin));
  if (!list)
    return consumeError(list.takeError());
  double total = 0, output = 0;
  for (const json::Value &value : *list->getAsArray()) {
    const json::Object &row = *value.getAsObject();
    double seconds = *row.getObject("wall")->getNumber("duration");
    StringRef name = *row.getString("name");
    if (name == "Parser")
      cost.parse = seconds;
    else if (name == "Output")
      output = seconds;
    else if (name == "Total")
      total = seconds;
  }
  cost.passes = total - cost.parse - output;
}

/// Runs a command; a command that fails ends the program.
static Cost run(const Command &command) {
  std::string errors = folder + "/stderr.log";
  // The redirection writes over what is there without truncating it.
  sys::fs::remove(errors);
  if (command.output != "/dev/null")
    sys::fs::remove(command.output);
  SmallVector<StringRef> arguments(command.arguments.begin(),
                                   command.arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(), command.output, errors};
  BitVector affinity(command.processors, true);
  std::string message;
  std::optional<sys::ProcessStatistics> statistics;
  auto start = std::chrono::steady_clock::now();
  int status = sys::ExecuteAndWait(
      arguments[0], arguments, /*Env=*/std::nullopt, redirects,
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message,
      /*ExecutionFailed=*/nullptr, &statistics,
      command.processors ? &affinity : nullptr);
  std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  if (status != 0)
    fail(formatv("'{0}' ended with status {1}: {2}; see {3}",
                 join(command.arguments, " "), status, message, errors));
  Cost cost;
  cost.wall = wall.count();
  cost.memory = statistics ? statistics->PeakMemory / 1024.0 : 0;
  readTiming(errors, cost);
  return cost;
}

/// The run with the least wall time; what takes long is not repeated.
static Cost runRepeatedly(const Command &command) {
  constexpr double kLong = 5;
  Cost best = run(command);
  for (unsigned i = 1; i < repetitions && best.wall < kLong; ++i) {
    Cost cost = run(command);
    if (cost.wall < best.wall)
      best = cost;
  }
  return best;
}

static uint64_t sizeOf(StringRef path) {
  uint64_t size = 0;
  (void)sys::fs::file_size(path, size);
  return size;
}

static std::string inFolder(const Twine &name) {
  return (Twine(folder) + "/" + name).str();
}

/// Turns a drawing or a module into a module in generic form.
static std::string makeGeneric(const std::string &input, StringRef name) {
  std::string path = inFolder(name + ".generic.mlir");
  run({{dagTool("dag-opt"), "--mlir-print-op-generic", input, "-o", path}});
  return path;
}

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
  std::vector<std::string> timing = {"--mlir-timing",
                                     "--mlir-timing-display=list",
                                     "--mlir-output-format=json"};
  Command stock{
      {mlirOpt, "--allow-unregistered-dialect", path, "-o", "/dev/null"}};
  Command verify{{dagTool("dag-opt"), "--verify-pipeline", path}};
  for (Command *command : {&stock, &verify})
    command->arguments.insert(command->arguments.end(), timing.begin(),
                              timing.end());
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

/// A config.json of a model as wide as Llama-3.1-405B.
static std::string makeConfig(unsigned layers) {
  std::string path = inFolder(formatv("config-{0}.json", layers));
  std::error_code error;
  raw_fd_ostream os(path, error);
  os << formatv(R"({{
  "architectures": ["LlamaForCausalLM"],
  "hidden_act": "silu",
  "hidden_size": 16384,
  "intermediate_size": 53248,
  "model_type": "llama",
  "num_attention_heads": 128,
  "num_hidden_layers": {0},
  "num_key_value_heads": 8,
  "rms_norm_eps": 1e-05,
  "rope_theta": 500000.0,
  "tie_word_embeddings": false,
  "torch_dtype": "bfloat16",
  "vocab_size": 128256
}
)",
                layers);
  return path;
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
  Cost stock = runRepeatedly(
      {{mlirOpt, "--allow-unregistered-dialect", generic, "-o", "/dev/null"}});
  outs() << formatv("| {0} | {1:f2} | {2:f3} | {3:f3} | {4:f3} | {5:f2} |\n",
                    layers, sizeOf(generic) / 1e6, import.wall, make.wall,
                    stock.wall, (import.wall + make.wall) / stock.wall);
  outs().flush();
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "benchmarks of the verification\n");
  if (std::error_code error = sys::fs::create_directories(folder))
    fail(folder + ": " + error.message());
  if (sizes.empty())
    for (unsigned size : {10000u, 100000u, 1000000u})
      sizes.push_back(size);

  std::vector<std::string> drawings;
  for (unsigned size : sizes)
    drawings.push_back(makeDrawing(size));

  outs()
      << "Modules in generic form; times in seconds, memory in MiB, best of "
      << repetitions << ", " << get_physical_cores() << " cores\n\n"
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
  return EXIT_SUCCESS;
}
