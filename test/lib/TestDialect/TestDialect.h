//===- TestDialect.h - A dialect beside dag -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nothing of the project knows this dialect: what its op is in each subject is
// a model of an interface, one file for each.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_TESTDIALECT_TESTDIALECT_H
#define DAG_TEST_LIB_TESTDIALECT_TESTDIALECT_H

#include "dag/Dialect/Dag/IR/Dag.h"

#include "TestDialect.h.inc"

#define GET_OP_CLASSES
#include "TestOps.h.inc"

namespace mlir::dag::test {

/// Adds the dialect to `registry`, and what its op is in each subject.
void registerTestDialect(DialectRegistry &registry);

void attachCostModel(MLIRContext *context);
void attachShardModel(MLIRContext *context);
void attachLocalizeModel(MLIRContext *context);

} // namespace mlir::dag::test

#endif // DAG_TEST_LIB_TESTDIALECT_TESTDIALECT_H
