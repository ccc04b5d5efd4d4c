//===- BenchSupport.cpp - Running and timing of tools -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BenchSupport.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <optional>

using namespace llvm;
using namespace dag_bench;

cl::OptionCategory &dag_bench::getCategory() {
  static cl::OptionCategory category("benchmarks");
  return category;
}

static cl::opt<unsigned> repetitions("repetitions", cl::init(3),
                                     cl::cat(getCategory()),
                                     cl::desc("Runs to take the best of"));
static cl::opt<std::string> folder("folder", cl::init(DAG_BENCH_DIR "/data"),
                                   cl::desc("Where inputs are written"));
static cl::opt<std::string> mlirOpt("mlir-opt", cl::init(DAG_MLIR_OPT),
                                    cl::desc("Stock mlir-opt"));

std::string dag_bench::dagTool(StringRef name) {
  return (Twine(DAG_TOOLS_DIR "/") + name).str();
}

void dag_bench::fail(const Twine &message) {
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
    cost.parts[name] += seconds;
    if (name == "Parser")
      cost.parse = seconds;
    else if (name == "Output")
      output = seconds;
    else if (name == "Total")
      total = seconds;
  }
  cost.passes = total - cost.parse - output;
}

Cost dag_bench::run(const Command &command) {
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
  if (status != 0 && !(command.mayFind && status == 1))
    fail(formatv("'{0}' ended with status {1}: {2}; see {3}",
                 join(command.arguments, " "), status, message, errors));
  Cost cost;
  cost.wall = wall.count();
  cost.memory = statistics ? statistics->PeakMemory / 1024.0 : 0;
  readTiming(errors, cost);
  return cost;
}

Cost dag_bench::runRepeatedly(const Command &command) {
  constexpr double kLong = 5;
  Cost best = run(command);
  for (unsigned i = 1; i < repetitions && best.wall < kLong; ++i) {
    Cost cost = run(command);
    if (cost.wall < best.wall)
      best = cost;
  }
  return best;
}

uint64_t dag_bench::sizeOf(StringRef path) {
  uint64_t size = 0;
  (void)sys::fs::file_size(path, size);
  return size;
}

std::string dag_bench::inFolder(const Twine &name) {
  return (Twine(folder) + "/" + name).str();
}

std::string dag_bench::makeGeneric(const std::string &input, StringRef name) {
  std::string path = inFolder(name + ".generic.mlir");
  run({{dagTool("dag-opt"), "--mlir-print-op-generic", input, "-o", path}});
  return path;
}

void Command::addTiming() {
  for (const char *option : {"--mlir-timing", "--mlir-timing-display=list",
                             "--mlir-output-format=json"})
    arguments.push_back(option);
}

void dag_bench::makeFolder() {
  if (std::error_code error = sys::fs::create_directories(folder))
    fail(folder + ": " + error.message());
}

unsigned dag_bench::getRepetitions() { return repetitions; }

std::string dag_bench::mlirOptTool() { return mlirOpt; }

std::string dag_bench::makeConfig(unsigned layers) {
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
