//===- dag-opt.cpp - Verification and transformation of deployment DAGs -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/DagOptMain.h"
#include "mlir/IR/DialectRegistry.h"

#ifdef DAG_INCLUDE_TESTS
namespace mlir::dag::test {
void registerTestCheck();
void registerTestCodes();
void registerTestDialect(DialectRegistry &registry);
void registerTestCommunication();
void registerTestCosts();
void registerTestOrders();
void registerTestPlans();
void registerTestPrograms();
void registerTestSharding();
} // namespace mlir::dag::test
#endif

int main(int argc, char **argv) {
#ifdef DAG_INCLUDE_TESTS
  mlir::dag::test::registerTestCheck();
  mlir::dag::test::registerTestCodes();
  mlir::dag::test::registerTestCommunication();
  mlir::dag::test::registerTestCosts();
  mlir::dag::test::registerTestOrders();
  mlir::dag::test::registerTestPlans();
  mlir::dag::test::registerTestPrograms();
  mlir::dag::test::registerTestSharding();
  return mlir::dag::dagOptMain(argc, argv,
                               mlir::dag::test::registerTestDialect);
#else
  return mlir::dag::dagOptMain(argc, argv);
#endif
}
