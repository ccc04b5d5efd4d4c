//===- TestCosts.cpp - Does every op say what it costs? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/CostOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Prints the ops of a dialect without a cost model.
struct TestCostModels
    : public PassWrapper<TestCostModels, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestCostModels)

  StringRef getArgument() const final { return "test-dag-cost-models"; }
  StringRef getDescription() const final {
    return "Print the ops of the loaded dialects that do not say what they "
           "cost";
  }

  void runOnOperation() final {
    for (RegisteredOperationName name : getContext().getRegisteredOperations())
      if (!name.hasInterface<CostOpInterface>())
        llvm::outs() << name.getStringRef() << '\n';
  }
};
} // namespace

namespace mlir::dag::test {
void registerTestCosts() { PassRegistration<TestCostModels>(); }
} // namespace mlir::dag::test
