//===- CompositeParts.cpp - Parts of composites, built aside -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/CompositeParts.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::dag;

CompositeParts::Parts::Parts() : block(std::make_unique<Block>()) {}

CompositeParts::Parts::~Parts() {
  if (composite)
    composite->destroy();
}

static size_t hashByTypes(Operation *op) {
  auto operandTypes = op->getOperandTypes();
  auto resultTypes = op->getResultTypes();
  return llvm::hash_combine(
      op->getName(), op->getDiscardableAttrDictionary(), op->hashProperties(),
      llvm::hash_combine_range(operandTypes.begin(), operandTypes.end()),
      llvm::hash_combine_range(resultTypes.begin(), resultTypes.end()));
}

static bool areAlike(Operation *lhs, Operation *rhs) {
  return lhs->getName() == rhs->getName() &&
         lhs->getOperandTypes() == rhs->getOperandTypes() &&
         lhs->getResultTypes() == rhs->getResultTypes() &&
         lhs->getDiscardableAttrDictionary() ==
             rhs->getDiscardableAttrDictionary() &&
         lhs->getName().compareOpProperties(lhs->getPropertiesStorage(),
                                            rhs->getPropertiesStorage());
}

FailureOr<const CompositeParts::Parts *>
CompositeParts::get(CompositeOpInterface op) {
  auto &alike = known[hashByTypes(op)];
  for (const std::unique_ptr<Parts> &parts : alike)
    if (areAlike(parts->composite, op))
      return parts.get();
  auto parts = std::make_unique<Parts>();
  for (Value operand : op->getOperands())
    parts->block->addArgument(operand.getType(), op.getLoc());
  // Two operands may be one value, and stay two.
  parts->composite = op->cloneWithoutRegions();
  parts->composite->setOperands(parts->block->getArguments());
  OpBuilder builder = OpBuilder::atBlockEnd(parts->block.get());
  auto results =
      cast<CompositeOpInterface>(parts->composite).decompose(builder);
  if (failed(results))
    return failure();
  parts->results = std::move(*results);
  alike.push_back(std::move(parts));
  return alike.back().get();
}
