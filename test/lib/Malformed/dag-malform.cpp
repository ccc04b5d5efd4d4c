//===- dag-malform.cpp - Breaks ops, and runs everything -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Breaker.h"
#include "Reader.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/InitAll.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/WithColor.h"

#include <chrono>
#include <csignal>
#include <unistd.h>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::malformed;
namespace cl = llvm::cl;

constexpr unsigned kPatience = 30; // s

static cl::OptionCategory category("Options of dag-malform");

static cl::list<std::string> inputs(cl::Positional, cl::OneOrMore,
                                    cl::desc("<seed.mlir ...>"),
                                    cl::cat(category));
static cl::opt<uint64_t> first("first", cl::init(0), cl::cat(category),
                               cl::desc("The first case"));
static cl::opt<uint64_t> step("step", cl::init(1), cl::cat(category),
                              cl::desc("Every so many cases"));
static cl::opt<unsigned> seconds("seconds", cl::init(10), cl::cat(category),
                                 cl::desc("When to end"));
static cl::opt<uint64_t> numCases("count", cl::init(0), cl::cat(category),
                                  cl::desc("Cases, without an end by time"));
static cl::opt<bool> prints("print", cl::cat(category),
                            cl::desc("Print the first case, and run nothing"));

/// In the generic form, which needs no accessor.
static std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, OpPrintingFlags().printGenericOpForm().assumeVerified());
  return text;
}

static int run(MLIRContext *context) {
  std::vector<OwningOpRef<ModuleOp>> seeds;
  for (const std::string &input : inputs) {
    seeds.push_back(parseSourceFile<ModuleOp>(input, context));
    if (!seeds.back())
      return EXIT_FAILURE;
  }
  Breaker breaker(context, seeds);
  Reader reader(context);
  using Clock = std::chrono::steady_clock;
  Clock::time_point end = Clock::now() + std::chrono::seconds(seconds);
  bool failed = false;
  for (uint64_t i = 0; numCases == 0 || i < numCases; ++i) {
    if (numCases == 0 && Clock::now() > end)
      break;
    uint64_t number = first + i * step;
    // A case takes some milliseconds, and one that does not end is a crash.
    alarm(kPatience);
    llvm::PrettyStackTraceFormat trace("case %llu",
                                       static_cast<unsigned long long>(number));
    OwningOpRef<ModuleOp> module =
        number < breaker.getNumBare()
            ? breaker.makeBare(number)
            : breaker.makeRandom(number - breaker.getNumBare());
    std::string text = print(*module);
    if (prints) {
      llvm::outs() << text << '\n';
      return EXIT_SUCCESS;
    }
    if (mlir::failed(reader.read(text))) {
      llvm::errs() << "case " << number << '\n';
      failed = true;
    }
  }
  // Passes print on the output.
  llvm::errs() << breaker.getNumBare() << " cases of single ops\n";
  reader.printCounts(llvm::errs());
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void endHanging(int) { std::abort(); }

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  dag::registerAllPasses();
  // Passes are found by their options.
  PassPipelineCLParser passes("", "Passes, all of which are run");
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Breaks ops of modules, and runs all passes over what is left\n");
  std::signal(SIGALRM, endHanging);
  DialectRegistry registry;
  dag::registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  return run(&context);
}
