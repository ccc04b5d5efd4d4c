//===- dag-fuzz.cpp - All fuzzers, without libFuzzer -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Corpus.h"
#include "Fuzzers.h"
#include "TextMutator.h"
#include "dag/InitAll.h"
#include "dag/Support/Files.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/SHA1.h"
#include "llvm/Support/WithColor.h"

#include <chrono>
#include <csignal>
#include <ctime>
#include <sys/resource.h>
#include <sys/time.h>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::fuzz;
namespace cl = llvm::cl;

static cl::OptionCategory category("Options of dag-fuzz");

static cl::list<std::string> roots(cl::Positional, cl::OneOrMore,
                                   cl::desc("<files and folders with inputs>"),
                                   cl::cat(category));
static cl::list<std::string> names("fuzzer", cl::CommaSeparated,
                                   cl::cat(category),
                                   cl::desc("Which; all by default"));
static cl::opt<uint64_t> numMutants("mutants", cl::init(0), cl::cat(category),
                                    cl::desc("Mutants for each fuzzer, "
                                             "without an end by time"));
static cl::opt<double> seconds("seconds", cl::init(1), cl::cat(category),
                               cl::desc("When a fuzzer ends"));
static cl::opt<uint64_t> first("first", cl::init(0), cl::cat(category),
                               cl::desc("The first mutant"));
static cl::opt<bool> prints("print", cl::cat(category),
                            cl::desc("Print the first mutant, run nothing"));
static cl::opt<bool> runsSeeds("seeds", cl::init(true), cl::cat(category),
                               cl::desc("Run the inputs as they are, too"));
static cl::opt<size_t> maxSize("max-size", cl::init(16384), cl::cat(category),
                               cl::desc("Bytes of an input"));
static cl::opt<unsigned> patience("patience", cl::init(20), cl::cat(category),
                                  cl::desc("Seconds of the processor that "
                                           "an input may take"));
static cl::opt<unsigned> memory("memory", cl::init(2048), cl::cat(category),
                                cl::desc("MiB that the process may take"));
static cl::opt<std::string>
    folder("write", cl::value_desc("folder"), cl::cat(category),
           cl::desc("Write the inputs of each fuzzer to a folder of its name, "
                    "run nothing"));

namespace {
struct Fuzzer {
  StringRef name;
  int (*run)(StringRef);
  Form form;
};
} // namespace

static constexpr Fuzzer kFuzzers[] = {
    {"drawings", fuzzDrawing, Form::Text},
    {"rules", fuzzRules, Form::Text},
    {"configs", fuzzConfig, Form::Text},
    {"tables", fuzzTable, Form::Text},
    {"safetensors", fuzzSafetensors, Form::Framed},
    {"gguf", fuzzGguf, Form::Bytes},
    {"devices", fuzzDevices, Form::Text},
    {"options", fuzzOptions, Form::Text},
    {"modules", fuzzModule, Form::Text},
    {"ops", fuzzOps, Form::Bytes},
};

static int fail(const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "dag-fuzz") << message << '\n';
  return EXIT_FAILURE;
}

static std::string makeMutant(const Fuzzer &fuzzer, ArrayRef<std::string> seeds,
                              uint64_t number, TextMutator &mutator) {
  std::mt19937_64 random(number);
  const std::string &seed = seeds[random() % seeds.size()];
  const std::string &other = seeds[random() % seeds.size()];
  constexpr unsigned kOneCrossed = 8;
  if (fuzzer.form == Form::Text && random() % kOneCrossed == 0)
    return mutator.cross(seed, other, random(), maxSize);
  return mutator.mutate(fuzzer.form, seed, random(), maxSize);
}

/// Ends the process when it has worked for so many seconds: others may be at
/// work as well.
static void setPatience(unsigned seconds) {
  itimerval timer = {};
  timer.it_value.tv_sec = seconds;
  setitimer(ITIMER_PROF, &timer, nullptr);
}

/// Runs one fuzzer, and prints what it took.
static LogicalResult run(const Fuzzer &fuzzer, ArrayRef<std::string> seeds) {
  using Clock = std::chrono::steady_clock;
  if (seeds.empty())
    return failure(fail("no inputs for '" + fuzzer.name + "'"));
  TextMutator mutator;
  for (const std::string &seed : seeds)
    mutator.learn(seed);
  if (prints) {
    llvm::outs() << makeMutant(fuzzer, seeds, first, mutator);
    return success();
  }
  double longest = 0;
  std::string longestOne;
  auto take = [&](const std::string &text, const Twine &name) {
    std::clock_t begin = std::clock();
    setPatience(patience);
    fuzzer.run(text);
    double taken = double(std::clock() - begin) / CLOCKS_PER_SEC;
    if (taken <= longest)
      return;
    longest = taken;
    longestOne = name.str();
  };
  Clock::time_point begin = Clock::now();
  auto getSeconds = [&] {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  for (size_t i = 0; i < seeds.size() && runsSeeds; ++i) {
    llvm::PrettyStackTraceFormat trace("%s, input %zu", fuzzer.name.data(), i);
    take(seeds[i], "input " + Twine(i));
  }
  begin = Clock::now();
  uint64_t done = 0;
  for (; numMutants != 0 ? done < numMutants : getSeconds() < seconds; ++done) {
    uint64_t number = first + done;
    llvm::PrettyStackTraceFormat trace("%s, mutant %llu", fuzzer.name.data(),
                                       static_cast<unsigned long long>(number));
    take(makeMutant(fuzzer, seeds, number, mutator), "mutant " + Twine(number));
  }
  setPatience(0);
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  unsigned long megabytes = usage.ru_maxrss / 1024;
  llvm::outs() << llvm::left_justify(fuzzer.name, 12)
               << llvm::format(
                      "%6zu inputs %9llu mutants %7.1f s, the longest "
                      "%.2f s (%s), %lu MiB\n",
                      seeds.size(), static_cast<unsigned long long>(done),
                      getSeconds(), longest, longestOne.c_str(), megabytes);
  llvm::outs().flush();
  if (megabytes > memory)
    return failure(fail("expected at most " + Twine(memory) + " MiB, but got " +
                        Twine(megabytes)));
  return success();
}

static LogicalResult write(const Fuzzer &fuzzer, ArrayRef<std::string> seeds) {
  SmallString<128> path(folder);
  llvm::sys::path::append(path, fuzzer.name);
  if (std::error_code error = llvm::sys::fs::create_directories(path))
    return failure(fail(path + ": " + error.message()));
  for (const std::string &seed : seeds) {
    SmallString<128> file(path);
    llvm::sys::path::append(
        file, llvm::toHex(llvm::SHA1::hash(llvm::arrayRefFromStringRef(seed)),
                          /*LowerCase=*/true));
    if (llvm::Error error =
            writeOutputFile(file, [&](raw_ostream &os) { os << seed; }))
      return failure(fail(llvm::toString(std::move(error))));
  }
  llvm::outs() << fuzzer.name << ": " << seeds.size() << " inputs\n";
  return success();
}

static void endHanging(int) { std::abort(); }

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "Breaks inputs of tests in tokens and lines, and "
                              "has all that is read from outside read\n");
  for (const std::string &name : names)
    if (llvm::none_of(kFuzzers, [&](const Fuzzer &fuzzer) {
          return fuzzer.name == name;
        }))
      return fail("no such fuzzer: '" + name + "'");
  std::signal(SIGPROF, endHanging);
  DialectRegistry registry;
  dag::registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  Corpus corpus(maxSize, &context);
  for (const std::string &root : roots)
    if (llvm::Error error = corpus.add(root))
      return fail(llvm::toString(std::move(error)));
  bool hasFailed = false;
  for (const Fuzzer &fuzzer : kFuzzers) {
    if (!names.empty() && !llvm::is_contained(names, fuzzer.name))
      continue;
    ArrayRef<std::string> seeds = corpus.get(fuzzer.name);
    hasFailed |=
        failed(folder.empty() ? run(fuzzer, seeds) : write(fuzzer, seeds));
  }
  return hasFailed ? EXIT_FAILURE : EXIT_SUCCESS;
}
