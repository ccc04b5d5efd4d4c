//===- ProofBench.cpp - Time of equivalence and deadlock -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BenchSupport.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace dag_bench;

static constexpr unsigned kTensorRanks = 8;

/// A plan of a model as wide as Llama-3.1-405B, with the model beside it.
static std::string makePlan(unsigned layers, unsigned stages) {
  std::string logical = inFolder(formatv("logical-{0}.mlir", layers)),
              plan = inFolder(formatv("proof-{0}-{1}.mlir", layers, stages));
  run({{dagTool("dag-translate"), "--hf-config-to-dag", makeConfig(layers),
        "-o", logical}});
  run({{dagTool("dag-opt"),
        formatv("--dag-plan=tp={0} pp={1} keep-reference", kTensorRanks,
                stages),
        logical, "-o", plan}});
  return plan;
}

/// Seconds of one pass, on one processor.
static double timePass(StringRef pass, const std::string &option,
                       const std::string &path, Cost *all = nullptr) {
  Command command{{dagTool("dag-opt"), option, path}};
  command.addTiming();
  command.mayFind = true;
  command.processors = 1;
  Cost cost = runRepeatedly(command);
  if (all)
    *all = cost;
  return cost.parts.lookup(pass);
}

static void printGrowth(double value, double &before) {
  outs() << (before > 0 ? formatv(" {0:f2} |\n", value / before).str()
                        : std::string(" |\n"));
  outs().flush();
  before = value;
}

/// One row: equivalence of a plan beside stock mlir-opt that parses the text.
static void proveEquivalence(unsigned layers, unsigned stages, double &before) {
  std::string plan = makePlan(layers, stages),
              generic = makeGeneric(plan, sys::path::stem(plan));
  Command stock{{mlirOptTool(), "--allow-unregistered-dialect", generic, "-o",
                 "/dev/null"}};
  stock.addTiming();
  stock.processors = 1;
  double parse = runRepeatedly(stock).parse;
  Cost cost;
  double seconds =
      timePass("DagVerifyEquivalence", "--dag-verify-equivalence=trial=off",
               generic, &cost);
  outs() << formatv("| {0} | {1} | {2:f2} | {3:f3} | {4:f3} | {5:f3} | {6:f2} "
                    "| {7:f0} |",
                    layers, kTensorRanks * stages, sizeOf(generic) / 1e6, parse,
                    cost.parse, seconds, seconds / parse, cost.memory);
  printGrowth(seconds, before);
}

/// One row: the run of a plan beside its model, on small sizes.
static void tryPlan(unsigned layers, unsigned stages) {
  std::string plan = makePlan(layers, stages);
  double proof = timePass("DagVerifyEquivalence",
                          "--dag-verify-equivalence=trial=off", plan);
  double both = timePass("DagVerifyEquivalence",
                         "--dag-verify-equivalence=trial=on", plan);
  outs() << formatv("| {0} | {1} | {2:f3} | {3:f3} |\n", layers,
                    kTensorRanks * stages, proof, both - proof);
  outs().flush();
}

/// One row: a plan of one layer in each stage, and the same with one rule
/// broken in the middle.
static void breakOneRule(unsigned stages, double &before) {
  std::string path = inFolder(formatv("stages-{0}.mlir", stages)),
              broken = inFolder(formatv("broken-{0}.mlir", stages));
  run({{dagTool("dag-opt"), formatv("--dag-plan=pp={0}", stages),
        makeConfig(stages), "-o", path}});
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path);
  StringRef text = buffer ? (*buffer)->getBuffer() : "";
  StringRef figure = " heads = ";
  size_t at = text.find(figure, text.size() / 2);
  if (at == StringRef::npos)
    fail("no heads in " + path);
  std::error_code error;
  raw_fd_ostream os(broken, error);
  os << text.take_front(at + figure.size()) << "3"
     << text.drop_front(at + figure.size());
  os.close();
  double whole = timePass("Total", "--dag-verify-input", path),
         one = timePass("Total", "--dag-verify-input", broken);
  outs() << formatv("| {0} | {1:f3} | {2:f3} | {3:f2} |", stages, whole, one,
                    one / whole);
  printGrowth(one, before);
}

/// Calls of communication of a plan's classes of ranks under 1F1B.
static uint64_t countCalls(const std::string &plan, unsigned microbatches) {
  std::string report = inFolder("report.md");
  run({{dagTool("dag-opt"),
        formatv("--dag-make-schedule=kind=1f1b microbatches={0}", microbatches),
        "--verify-pipeline=report=" + report, plan}});
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(report);
  StringRef text = buffer ? (*buffer)->getBuffer() : "";
  StringRef title = "Communication operations | ";
  size_t at = text.find(title);
  uint64_t count;
  text = at == StringRef::npos ? "" : text.drop_front(at + title.size());
  if (text.consumeInteger(10, count))
    fail("no count of operations in " + report);
  return count;
}

static void printDeadlock(const Twine &title, uint64_t calls, double seconds,
                          double &before) {
  outs() << formatv("| {0} | {1} | {2:f3} | {3:f3} |", title.str(), calls,
                    seconds, seconds * 200000 / calls);
  printGrowth(seconds, before);
}

/// One row: a plan under 1F1B, ranks that behave alike simulated once.
static void proveDeadlock(unsigned stages, unsigned microbatches,
                          double &before) {
  std::string plan = makePlan(126, stages);
  uint64_t calls = countCalls(plan, microbatches) * kTensorRanks;
  double seconds =
      timePass("DagVerifyDeadlock",
               formatv("--dag-verify-deadlock=schedule=1f1b microbatches={0}",
                       microbatches),
               plan);
  printDeadlock(formatv("{0} | {1}", kTensorRanks * stages, microbatches).str(),
                calls, seconds, before);
}

/// One row: a table, in which each rank is simulated; `chunks` stages on each.
static void proveTable(StringRef kind, unsigned ranks, unsigned chunks,
                       unsigned microbatches, double &before) {
  std::string empty = inFolder("empty.mlir"), path = inFolder("table.mlir");
  std::error_code error;
  raw_fd_ostream(empty, error) << "module {}\n";
  run({{dagTool("dag-opt"),
        formatv("--dag-make-schedule=kind={0} stages={1} chunks={2} "
                "microbatches={3}",
                kind, ranks * chunks, chunks, microbatches),
        empty, "-o", path}});
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path);
  // Actions, computation included.
  uint64_t actions = buffer ? (*buffer)->getBuffer().count(',') + 1 : 1;
  printDeadlock(
      formatv("{0}, {1} ranks x {2} | {3}", kind, ranks, chunks, microbatches)
          .str(),
      actions, timePass("DagVerifyDeadlock", "--dag-verify-deadlock", path),
      before);
}

/// One row: two communicators on two streams of each rank, ordered by events.
static void proveStreams(unsigned ranks, unsigned times, double &before) {
  std::string path = inFolder("streams.mlir");
  std::error_code error;
  raw_fd_ostream os(path, error);
  os << "dag.schedule \"streams\" microbatches = 1 table [";
  for (unsigned rank = 0; rank < ranks; ++rank) {
    os << (rank ? ",\n\"" : "\"");
    for (unsigned i = 0; i < times; ++i)
      os << "ALL_REDUCE:a@1,RECORD:e@1,WAIT:e@2,ALL_GATHER:b@2,RECORD:f@2,"
            "WAIT:f@1,";
    os << '"';
  }
  os << "]\n";
  os.close();
  printDeadlock(formatv("2 streams, {0} ranks | {1}", ranks, times).str(),
                uint64_t(2) * ranks * times,
                timePass("DagVerifyDeadlock", "--dag-verify-deadlock", path),
                before);
}

void dag_bench::benchProofs() {
  outs() << "\nEquivalence of a plan with its model, on 1 core; times in "
            "seconds, memory in MiB\n\n"
         << "| layers | ranks | MB | mlir-opt parse | dag-opt parse "
            "| equivalence | equivalence / mlir-opt parse | memory | growth |\n"
         << "|---|---|---|---|---|---|---|---|---|\n";
  double before = 0;
  for (unsigned layers : {126u, 1008u, 10080u})
    proveEquivalence(layers, 16, before);
  before = 0;
  for (unsigned stages : {4u, 16u, 64u})
    proveEquivalence(126, stages, before);

  outs() << "\nThe run of a plan beside its model, on 1 core, in seconds\n\n"
         << "| layers | ranks | proof | trial |\n|---|---|---|---|\n";
  for (unsigned stages : {4u, 16u})
    tryPlan(126, stages);

  outs() << "\nOne broken rule in a plan of as many stages as layers, on 1 "
            "core, in seconds\n\n"
         << "| stages | whole | broken | broken / whole | growth |\n"
         << "|---|---|---|---|---|\n";
  before = 0;
  for (unsigned stages : {1000u, 2000u, 4000u})
    breakOneRule(stages, before);

  StringRef head = " | operations | seconds | seconds for 200,000 | growth |\n"
                   "|---|---|---|---|---|---|\n";
  outs()
      << "\nDeadlock of a plan of 126 layers, TP 8, under 1F1B, on 1 core\n\n"
      << "| ranks | micro-batches" << head;
  before = 0;
  for (unsigned stages : {4u, 16u, 64u})
    proveDeadlock(stages, 64, before);
  before = 0;
  for (unsigned microbatches : {16u, 64u, 256u, 1024u})
    proveDeadlock(16, microbatches, before);
  outs() << "\nDeadlock of tables, each rank by itself, on 1 core\n\n"
         << "| table | micro-batches or repetitions" << head;
  before = 0;
  for (unsigned microbatches : {64u, 256u, 1024u})
    proveTable("1f1b", 128, 1, microbatches, before);
  before = 0;
  for (unsigned microbatches : {64u, 256u})
    proveTable("interleaved", microbatches, 16, microbatches, before);
  before = 0;
  for (unsigned microbatches : {256u, 1024u})
    proveTable("zbv", 64, 2, microbatches, before);
  before = 0;
  for (unsigned microbatches : {256u, 1024u})
    proveTable("dualpipev", 64, 2, microbatches, before);
  before = 0;
  for (unsigned times : {100u, 400u, 1600u})
    proveStreams(128, times, before);
}
