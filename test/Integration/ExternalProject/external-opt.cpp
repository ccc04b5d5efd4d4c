//===- external-opt.cpp - A tool that extends dag -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/InitAll.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dialect.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

#include "ExternalDialect.h.inc"
#define GET_OP_CLASSES
#include "ExternalOps.h.inc"

#include "ExternalDialect.cpp.inc"
#define GET_OP_CLASSES
#include "ExternalOps.cpp.inc"

using namespace mlir;

void external::ExternalDialect::initialize() { addOperations<FusedNormOp>(); }

dag::Role external::FusedNormOp::getDeploymentRole() { return dag::Role::Norm; }

namespace {
/// Prints the role of every node of the deployment, whoever defined its op.
struct PrintRolesPass : PassWrapper<PrintRolesPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PrintRolesPass)

  StringRef getArgument() const override { return "external-print-roles"; }
  StringRef getDescription() const override { return "Print roles of nodes"; }

  void runOnOperation() override {
    getOperation()->walk([](dag::RoleOpInterface op) {
      llvm::outs() << op->getName() << ": "
                   << dag::stringifyRole(op.getDeploymentRole()) << '\n';
    });
    markAllAnalysesPreserved();
  }
};
} // namespace

int main(int argc, char **argv) {
  dag::registerAllPasses();
  PassRegistration<PrintRolesPass>();
  DialectRegistry registry;
  dag::registerAllDialects(registry);
  registry.insert<external::ExternalDialect>();
  return failed(MlirOptMain(argc, argv, "dag with extensions", registry));
}
