//===- TestRun.cpp - Programs of any dialect, run and drawn -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/Interpreter.h"
#include "dag/Target/Dot/ExportDot.h"
#include "dag/Target/Dot/Recognition.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

namespace {
using Outputs = llvm::MapVector<StringAttr, Tensor>;

/// `dag-run` knows the dialects of the project alone.
struct TestRun : PassWrapper<TestRun, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestRun)

  StringRef getArgument() const final { return "test-dag-run"; }
  StringRef getDescription() const final {
    return "Run all models and programs of ranks on the same inputs, and "
           "compare what they give";
  }

  void runOnOperation() final {
    std::optional<Outputs> expected;
    unsigned count = 0;
    for (Operation &op : *getOperation().getBody()) {
      if (!isa<ModelOp, ProgramOp>(op))
        continue;
      FailureOr<Outputs> outputs = run(&op);
      if (failed(outputs))
        return signalPassFailure();
      if (expected && failed(compare(&op, *expected, *outputs)))
        return signalPassFailure();
      if (!expected)
        expected = std::move(*outputs);
      ++count;
    }
    llvm::outs() << count << " programs give the same\n";
    markAllAnalysesPreserved();
  }

private:
  static FailureOr<Outputs> run(Operation *op) {
    RandomSource source({});
    Interpreter interpreter(source, Precision::F64);
    if (auto model = dyn_cast<ModelOp>(op))
      return interpreter.run(model);
    return interpreter.run(cast<ProgramOp>(op));
  }

  static LogicalResult compare(Operation *op, const Outputs &expected,
                               const Outputs &outputs) {
    for (const auto &[name, tensor] : outputs) {
      const auto *it = expected.find(name);
      if (it == expected.end() || it->second.getShape() != tensor.getShape())
        return op->emitError() << "expected no output " << name;
      for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
        if (!(std::abs(it->second[i] - tensor[i]) <=
              1e-12 * (1 + std::abs(tensor[i]))))
          return op->emitError()
                 << "expected " << it->second[i] << " in element " << i
                 << " of " << name << ", but got " << tensor[i];
    }
    return success();
  }
};

struct TestDraw : PassWrapper<TestDraw, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestDraw)

  StringRef getArgument() const final { return "test-dag-draw"; }
  StringRef getDescription() const final { return "Draw the plan"; }

  void runOnOperation() final {
    if (failed(
            dot::exportDot(getOperation(), llvm::outs(), dot::RuleTable(), {})))
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace

namespace mlir::dag::test {
void registerTestRun() {
  PassRegistration<TestRun>();
  PassRegistration<TestDraw>();
}
} // namespace mlir::dag::test
