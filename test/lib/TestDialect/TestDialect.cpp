//===- TestDialect.cpp - A dialect beside dag -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDialect.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::test;

#include "TestDialect.cpp.inc"

#define GET_OP_CLASSES
#include "TestOps.cpp.inc"

void TestDagDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "TestOps.cpp.inc"
      >();
}

void test::registerTestDialect(DialectRegistry &registry) {
  registry.insert<TestDagDialect>();
  registry.addExtension(+[](MLIRContext *context, TestDagDialect *) {
    attachCostModel(context);
    attachShardModel(context);
    attachLocalizeModel(context);
  });
}

//===----------------------------------------------------------------------===//
// DoubleOp
//===----------------------------------------------------------------------===//

Role DoubleOp::getDeploymentRole() { return Role::Multiply; }

LogicalResult DoubleOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Floats; a pending sum may stay, the op is linear.
  FailureOr<TypedOperand> x = rule.getOperand("C1", adaptor.getX(), "x");
  if (failed(x) || failed(rule.expectFloat("C1", *x)))
    return failure();
  return rule.addResult("C1", *x, results);
}

LogicalResult
DoubleOp::refineReturnTypes(MLIRContext *context, std::optional<Location> loc,
                            ValueRange operands, DictionaryAttr attributes,
                            OpaqueProperties properties, RegionRange regions,
                            SmallVectorImpl<Type> &results) {
  // Given types are left to the verifier, whose messages have codes.
  if (!results.empty())
    return success();
  return inferReturnTypes(context, loc, operands, attributes, properties,
                          regions, results);
}

LogicalResult DoubleOp::verify() {
  return success(checkTyping(*this, getLoc()));
}
