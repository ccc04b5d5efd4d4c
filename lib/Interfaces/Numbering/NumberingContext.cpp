//===- NumberingContext.cpp - What ops number values with -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/ForeignOps.h"
#include "dag/Interfaces/NumberingOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::dag;

#include "dag/Interfaces/NumberingOpInterface.cpp.inc"

/// Composites in composites; more of them have no end.
static constexpr unsigned kMaxDepth = 16;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

ValueNumber NumberingContext::make(uint32_t opcode,
                                   ArrayRef<ValueNumber> operands,
                                   Operation *op, uint32_t result) {
  op = getWhole(op);
  ValueNumber number = table.getValue(opcode, operands, op, result);
  return callback ? callback(number, op) : number;
}

ValueNumber NumberingContext::makeScaled(ValueNumber x, Operation *op) {
  uint32_t opcode = table.getOpcodeOf(op);
  op = getWhole(op);
  ValueNumber number = table.getScaled(opcode, x, op);
  return callback && !table.isSum(number) ? callback(number, op) : number;
}

ValueNumber NumberingContext::makeUpdate(ArrayRef<ValueNumber> operands,
                                         Operation *op) {
  uint32_t opcode = table.getOpcodeOf(op);
  ValueNumber cache = operands.front(), number = make(opcode, operands, op);
  if (table.getNode(number).opcode == opcode)
    cache = table.getNode(number).operands.front();
  ValueNumber root = table.getCacheRoot(cache);
  table.setCacheRoot(number, root);
  writes[root].push_back({number, getWhole(op)});
  return number;
}

void NumberingContext::doubtAt(Operation *op, StringRef reason) {
  if (doubtful)
    return;
  doubtful = getWhole(op);
  doubt = reason;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult NumberingContext::obstructAt(Operation *op) {
  // The first one is the innermost.
  if (!obstacle)
    obstacle = getWhole(op);
  return failure();
}

LogicalResult
NumberingContext::numberAsFunction(Operation *op,
                                   ArrayRef<ValueNumber> operands) {
  uint32_t opcode = table.getOpcodeOf(op);
  for (OpResult result : op->getResults())
    define(result, make(opcode, operands, op, result.getResultNumber()));
  return success();
}

LogicalResult NumberingContext::numberParts(CompositeOpInterface op,
                                            ArrayRef<ValueNumber> operands) {
  if (depth == kMaxDepth)
    return failure();
  FailureOr<const CompositeParts::Parts *> parts =
      table.getCompositeParts().get(op);
  if (failed(parts))
    return failure();
  for (auto [argument, number, operand] :
       llvm::zip_equal((*parts)->getOperands(), operands, op->getOperands())) {
    define(argument, number);
    // Composites that are alike share their parts.
    if (isCache(operand))
      setCache(argument);
    else
      caches.erase(argument);
  }
  Operation *outer = whole;
  whole = getWhole(op);
  ++depth;
  LogicalResult result = number((*parts)->getBlock());
  --depth;
  whole = outer;
  if (failed(result))
    return failure();
  for (auto [result, value] :
       llvm::zip_equal(op->getResults(), (*parts)->getResults()))
    define(result, get(value));
  return success();
}

/// It is a function of what a rank holds, which need not be that function of
/// the global tensors.
LogicalResult NumberingContext::numberForeign(Operation *op,
                                              ArrayRef<ValueNumber> operands) {
  if (std::optional<StringRef> obstacle = findShardObstacle(op))
    doubtAt(op, *obstacle);
  return numberAsFunction(op, operands);
}

/// Tokens in the slots of an expert are ordered rank by rank where they are
/// sharded. That is another order than that of the reference, and the same
/// function if nothing but experts sees it.
void NumberingContext::checkSlots(Operation *op,
                                  ArrayRef<ValueNumber> operands) {
  auto model = dyn_cast<NumberingOpInterface>(op);
  // The parts of a composite have been looked at.
  if (!model && isa<CompositeOpInterface>(op))
    return;
  for (auto [index, number] : llvm::enumerate(operands)) {
    if (!getSlots(number) || (model && model.followsSlots(index)))
      continue;
    // What is erased sees nothing.
    if (op->getNumResults() != 1 || get(op->getResult(0)) != number)
      doubtAt(op, "it sees in which slots the tokens of experts are");
  }
}

LogicalResult NumberingContext::number(Operation *op) {
  if (isIgnored(op))
    return success();
  SmallVector<ValueNumber, 8> operands;
  for (Value operand : op->getOperands()) {
    auto it = numbers.find(operand);
    if (it == numbers.end())
      return obstructAt(op);
    operands.push_back(it->second);
  }
  LogicalResult result = failure();
  if (auto model = dyn_cast<NumberingOpInterface>(op))
    result = model.number(*this, operands);
  else if (auto composite = dyn_cast<CompositeOpInterface>(op))
    result = numberParts(composite, operands);
  // Another dialect's op has to be a function of its operands.
  else if (!isa_and_nonnull<DagDialect>(op->getDialect()) &&
           op->getNumRegions() == 0 && isMemoryEffectFree(op))
    result = numberForeign(op, operands);
  if (failed(result))
    return obstructAt(op);
  if (table.hasLeftOut(op))
    doubtAt(op, "its elements are left out of the file");
  if (!slots.empty())
    checkSlots(op, operands);
  return success();
}

LogicalResult NumberingContext::number(Block &block) {
  for (Operation &op : block)
    if (failed(number(&op)))
      return failure();
  return success();
}
