//===- ForeignOps.cpp - What ops of other dialects do to a plan -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/ForeignOps.h"
#include "AttentionRules.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

static bool isForeign(Operation *op) {
  return !isa_and_nonnull<DagDialect>(op->getDialect());
}

/// True if `op` does to summands, as all of its types say, what it does to
/// sums.
static bool keepsSums(Operation *op) {
  auto summand = dyn_cast<SummandOpInterface>(op);
  if (!summand || !summand.isLinear())
    return false;
  std::optional<SmallVector<StringAttr, 2>> first;
  for (Type type :
       llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
    std::optional<ShardedType> sharded = ShardedType::get(type);
    if (!sharded || (first && *first != sharded->partial))
      return false;
    first = sharded->partial;
  }
  return true;
}

bool dag::isZeroConstant(Operation *op) {
  return matchPattern(op, m_Zero()) || matchPattern(op, m_AnyZeroFloat());
}

std::optional<std::string> dag::findWrongSum(Operation *op) {
  if (!isForeign(op))
    return std::nullopt;
  bool isConstant = op->hasTrait<OpTrait::ConstantLike>();
  if (!isConstant && !isa<SummandOpInterface>(op))
    return std::nullopt;
  for (Type type :
       llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
    std::optional<ShardedType> sharded = ShardedType::get(type);
    if (!sharded || !sharded->hasPartial())
      continue;
    std::string axes = formatAxes(sharded->partial);
    std::string name = op->getName().getStringRef().str();
    if (isConstant)
      return isZeroConstant(op)
                 ? std::nullopt
                 : std::optional("expected '" + name +
                                 "' without a pending sum, but each "
                                 "rank over " +
                                 axes + " adds it");
    if (!keepsSums(op))
      return "expected the sum over " + axes + " to be reduced before '" +
             name + "', which does not work on summands";
    return std::nullopt;
  }
  return std::nullopt;
}

/// True for a constant of numbers.
static bool isFiniteConstant(Operation *op) {
  DenseFPElementsAttr elements;
  if (!matchPattern(op, m_Constant(&elements)))
    return true;
  if (elements.isSplat())
    return elements.getSplatValue<APFloat>().isFinite();
  return llvm::all_of(elements,
                      [](const APFloat &value) { return value.isFinite(); });
}

bool dag::hasContractedPadding(const ShardedType &type) {
  unsigned rank = type.dims.size();
  for (unsigned dim = rank < 3 ? 0 : rank == 3 ? 2 : 1; dim < rank; ++dim)
    if (type.dims[dim].getPad() != 0)
      return true;
  return false;
}

/// What folders of `scalar` make of numbers that are all `number`; false if
/// they make nothing, or what is no number.
static bool foldsToNumbers(Operation *scalar, int64_t number) {
  SmallVector<Attribute> operands;
  for (Type type : scalar->getOperandTypes()) {
    Attribute constant;
    if (isa<FloatType>(type))
      constant = FloatAttr::get(type, static_cast<double>(number));
    else if (type.isIntOrIndex())
      constant = IntegerAttr::get(type, number != 0);
    operands.push_back(constant);
  }
  SmallVector<OpFoldResult> results;
  if (failed(scalar->fold(operands, results)) ||
      results.size() != scalar->getNumResults())
    return false;
  return llvm::all_of(results, [](OpFoldResult result) {
    auto attribute = dyn_cast<Attribute>(result);
    auto value = dyn_cast_if_present<FloatAttr>(attribute);
    return value ? value.getValue().isFinite()
                 : !attribute || isa<IntegerAttr>(attribute);
  });
}

/// True if an elementwise op makes numbers of what padding may be: zeros, and
/// what else was made of them.
static bool keepsNumbers(Operation *op) {
  auto summand = dyn_cast<SummandOpInterface>(op);
  if (summand && summand.isLinear())
    return true;
  if (!op->hasTrait<OpTrait::Scalarizable>() || op->getNumRegions() != 0)
    return false;
  // The same op on one element of each operand.
  Block block;
  OperationState state(op->getLoc(), op->getName());
  for (Type type : op->getOperandTypes())
    state.operands.push_back(
        block.addArgument(getElementTypeOrSelf(type), op->getLoc()));
  for (Type type : op->getResultTypes())
    state.types.push_back(getElementTypeOrSelf(type));
  state.addAttributes(op->getAttrs());
  Operation *scalar = Operation::create(state);
  bool isGood = foldsToNumbers(scalar, 0) && foldsToNumbers(scalar, 1) &&
                foldsToNumbers(scalar, -1);
  scalar->destroy();
  return isGood;
}

std::optional<StringRef> dag::findShardObstacle(Operation *op) {
  if (!isForeign(op))
    return std::nullopt;
  // Every rank takes its part of a constant, and element by element it makes
  // no difference which elements a rank has.
  bool isConstant = op->hasTrait<OpTrait::ConstantLike>();
  bool isElementwise = op->hasTrait<OpTrait::Elementwise>();
  std::optional<ShardedType> first;
  for (Type type :
       llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
    if (isa<TransferType>(type))
      return "it works on what is in transfer";
    std::optional<ShardedType> sharded = ShardedType::get(type);
    if (!sharded)
      continue;
    if (isConstant && sharded->hasPartial() && !isZeroConstant(op))
      return "every rank adds it to a pending sum";
    if (isConstant && hasContractedPadding(*sharded) && !isFiniteConstant(op))
      return "it puts what is no number beside padding";
    if (isConstant)
      continue;
    if (sharded->hasPartial() && !keepsSums(op))
      return "it works on the summands of a pending sum";
    if (sharded->hasRoot())
      return "it works on a tensor that only a root has";
    if (!first)
      first = sharded;
    if (isElementwise ? sharded->dims != first->dims : hasSharding(type))
      return isElementwise ? "it works on parts of different shardings"
                           : "it works on parts of a sharded tensor";
  }
  // Nobody looks at padding, but it is multiplied with zeros.
  if (first && hasContractedPadding(*first) && !keepsNumbers(op))
    return "it may make of padding what is no number";
  return std::nullopt;
}

static bool isCommunication(Operation *op) {
  return isa<CollectiveOpInterface, TransferOpInterface,
             CommunicationOpInterface>(op);
}

bool dag::mayCommunicateUnseen(Operation *op) {
  if (!isForeign(op) || isa<RoleOpInterface>(op) || isCommunication(op))
    return false;
  if (hasUnknownEffects(op))
    return true;
  if (op->getNumRegions() == 0)
    return false;
  return op
      ->walk([](Operation *inner) {
        return isCommunication(inner) ? WalkResult::interrupt()
                                      : WalkResult::advance();
      })
      .wasInterrupted();
}
