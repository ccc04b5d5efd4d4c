//===- TestPrograms.cpp - Two opinions on random programs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Makes programs of ranks that call each other at random, most of them broken
// in one or two places, and compares what the check of deadlocks says with what
// happens when the interpreter runs them. The two have schedulers of their own.
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/Interpreter.h"
#include "dag/Verification/Checks.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"

#include <random>

using namespace mlir;
using namespace mlir::dag;

namespace {

/// A call of one rank, as text.
struct Call {
  enum Kind { Send, Recv, AllReduce, AllGather } kind;
  unsigned peer;
  char communicator;
};

class ProgramWriter {
public:
  explicit ProgramWriter(uint32_t seed) : random(seed) {}

  std::string run() {
    numRanks = pick(2, 4);
    rows.assign(numRanks, {});
    for (unsigned i = 0, e = pick(1, 6); i < e; ++i)
      addEvent();
    if (pick(0, 9) < 7)
      for (unsigned i = 0, e = pick(1, 2); i < e; ++i)
        breakRow(rows[pick(0, numRanks - 1)]);
    return print();
  }

private:
  unsigned pick(unsigned first, unsigned last) {
    return first + random() % (last - first + 1);
  }

  /// Something that ends if all ranks do it in this order.
  void addEvent() {
    char communicator = pick(0, 1) ? 'v' : 'w';
    if (pick(0, 1)) {
      unsigned from = pick(0, numRanks - 1);
      unsigned to = (from + pick(1, numRanks - 1)) % numRanks;
      rows[from].push_back({Call::Send, to, communicator});
      rows[to].push_back({Call::Recv, from, communicator});
      return;
    }
    Call::Kind kind = pick(0, 1) ? Call::AllReduce : Call::AllGather;
    for (std::vector<Call> &row : rows)
      row.push_back({kind, 0, communicator});
  }

  void breakRow(std::vector<Call> &row) {
    if (row.empty())
      return;
    unsigned at = pick(0, row.size() - 1);
    switch (pick(0, 3)) {
    case 0:
    case 1:
      std::swap(row[at], row[(at + 1) % row.size()]);
      return;
    case 2:
      row.erase(row.begin() + at);
      return;
    default:
      row.insert(row.begin() + at, row[pick(0, row.size() - 1)]);
    }
  }

  std::string print() {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << "dag.mesh @m <a = " << numRanks << ">\n"
       << "dag.program @p on @m {\n"
       << "dag.communicator @v over {a}\ndag.communicator @w over {a}\n";
    for (auto [rank, row] : llvm::enumerate(rows)) {
      os << "dag.function @f" << rank << " ranks " << rank << " {\n"
         << "%x = dag.input \"x\" : tensor<2xf32>\n";
      for (size_t i = 0; i < row.size();) {
        size_t end =
            std::min<size_t>(row.size(), i + (pick(0, 9) < 3 ? pick(2, 3) : 1));
        bool isGroup = end - i > 1;
        os << (isGroup ? "dag.comm.group {\n" : "");
        for (; i < end; ++i)
          print(os, row[i], i);
        os << (isGroup ? "dag.yield\n}\n" : "");
      }
      os << "}\n";
    }
    os << "}\n";
    return text;
  }

  void print(raw_ostream &os, const Call &call, size_t index) {
    std::string on = std::string(" on @") + call.communicator;
    if (call.kind == Call::Send)
      os << "dag.comm.send %x to " << call.peer << on << " : tensor<2xf32>\n";
    else if (call.kind == Call::Recv)
      os << "%v" << index << " = dag.comm.recv from " << call.peer << on
         << " : tensor<2xf32>\n";
    else if (call.kind == Call::AllReduce)
      os << "%v" << index << " = dag.comm.all_reduce %x" << on
         << " : (tensor<2xf32>) -> tensor<2xf32>\n";
    else
      os << "%v" << index << " = dag.comm.all_gather %x dim 0" << on
         << " : (tensor<2xf32>) -> tensor<" << 2 * numRanks << "xf32>\n";
  }

  std::mt19937 random;
  unsigned numRanks = 0;
  std::vector<std::vector<Call>> rows;
};

struct TestPrograms : PassWrapper<TestPrograms, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestPrograms)
  TestPrograms() = default;
  TestPrograms(const TestPrograms &other) : PassWrapper(other) {}

  StringRef getArgument() const final { return "test-dag-programs"; }
  StringRef getDescription() const final {
    return "Compare the check of deadlocks with the interpreter on random "
           "programs of ranks";
  }
  void getDependentDialects(DialectRegistry &registry) const final {
    registry.insert<DagDialect>();
    registerInterpreterModels(registry);
  }

  void runOnOperation() final {
    unsigned numRight = 0, numHanging = 0, numUndefined = 0;
    for (unsigned i = 0; i < count; ++i) {
      std::string text = ProgramWriter(seed + i).run();
      OwningOpRef<ModuleOp> module =
          parseSourceString<ModuleOp>(text, &getContext());
      if (!module)
        return signalPassFailure();
      ProgramOp program = *module->getOps<ProgramOp>().begin();
      CheckLog log(CheckId::Deadlock);
      checkDeadlock(program, {}, log);
      // With a group on one side alone NCCL's behaviour is undefined.
      bool isBlamed = false, isUndefined = false;
      for (const Finding &finding : log.getFindings())
        (finding.is(Code::DAG804) ? isUndefined : isBlamed) = true;
      bool ends = runs(program);
      if (ends == isBlamed) {
        getOperation().emitError()
            << "expected the check and the interpreter to agree, but the "
               "program of seed "
            << seed + i << (ends ? " ends and is blamed" : " does not end")
            << ":\n"
            << text;
        return signalPassFailure();
      }
      numRight += ends && !isUndefined;
      numHanging += !ends;
      numUndefined += ends && isUndefined;
    }
    llvm::outs() << numRight << " end, " << numHanging << " do not, "
                 << numUndefined << " have groups on one side\n";
  }

private:
  /// True if all ranks reach their end.
  bool runs(ProgramOp program) {
    ScopedDiagnosticHandler silence(&getContext(),
                                    [](Diagnostic &) { return success(); });
    RandomSource source({});
    return succeeded(Interpreter(source, Precision::F64).run(program));
  }

  Option<unsigned> count{*this, "programs", llvm::cl::desc("Programs"),
                         llvm::cl::init(100)};
  Option<unsigned> seed{*this, "seed", llvm::cl::desc("Of the first one"),
                        llvm::cl::init(0)};
};

} // namespace

namespace mlir::dag::test {
void registerTestPrograms() { PassRegistration<TestPrograms>(); }
} // namespace mlir::dag::test
