//===- BenchSupport.h - Running and timing of tools -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_BENCH_BENCHSUPPORT_H
#define DAG_BENCH_BENCHSUPPORT_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/CommandLine.h"

#include <cstdint>
#include <string>
#include <vector>

namespace dag_bench {

/// The options of the benchmarks.
llvm::cl::OptionCategory &getCategory();

/// What one process took.
struct Cost {
  /// Wall time of the process, in seconds.
  double wall = 0;
  /// What the tool says of its parts, with --mlir-timing.
  double parse = 0;
  double passes = 0;
  llvm::StringMap<double> parts;
  /// Largest resident set, in MiB.
  double memory = 0;
};

/// A command whose outputs go to files.
struct Command {
  std::vector<std::string> arguments;
  std::string output = "/dev/null";
  /// Processors to run on; 0 is all of them.
  unsigned processors = 0;
  /// It may find something, which is status 1.
  bool mayFind = false;
  /// Ask for the times of parts.
  void addTiming();
};

/// Ends the program.
[[noreturn]] void fail(const llvm::Twine &message);
/// Runs a command; a command that fails ends the program.
Cost run(const Command &command);
/// The run with the least wall time; what takes long is not repeated.
Cost runRepeatedly(const Command &command);

/// Makes the folder of inputs.
void makeFolder();
unsigned getRepetitions();
/// The path of a tool of dag, and of stock mlir-opt.
std::string dagTool(llvm::StringRef name);
std::string mlirOptTool();
/// The path of an input.
std::string inFolder(const llvm::Twine &name);
uint64_t sizeOf(llvm::StringRef path);
/// Turns a drawing or a module into a module in generic form.
std::string makeGeneric(const std::string &input, llvm::StringRef name);
/// A config.json of a model as wide as Llama-3.1-405B.
std::string makeConfig(unsigned layers);

/// Tables of the proof of plans and of deadlock.
void benchProofs();

} // namespace dag_bench

#endif // DAG_BENCH_BENCHSUPPORT_H
