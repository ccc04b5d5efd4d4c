//===- dag-test-opt.cpp - dag-opt with passes for tests -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/InitAll.h"
#include "dag/Tools/DagOptMain.h"

namespace mlir::dag::test {
void registerTestCheck();
void registerTestCodes();
void registerTestCommunication();
void registerTestCosts();
void registerTestOrders();
void registerTestPlans();
void registerTestPrograms();
void registerTestRun();
void registerTestSharding();
void registerTestTemplates();
void registerTestDialect(DialectRegistry &registry);
} // namespace mlir::dag::test

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::dag::registerAllDialects(registry);
  mlir::dag::test::registerTestDialect(registry);
  mlir::dag::registerAllPasses();
  mlir::dag::test::registerTestCheck();
  mlir::dag::test::registerTestCodes();
  mlir::dag::test::registerTestCommunication();
  mlir::dag::test::registerTestCosts();
  mlir::dag::test::registerTestOrders();
  mlir::dag::test::registerTestPlans();
  mlir::dag::test::registerTestPrograms();
  mlir::dag::test::registerTestRun();
  mlir::dag::test::registerTestSharding();
  mlir::dag::test::registerTestTemplates();
  return mlir::dag::dagOptMain(argc, argv, registry);
}
