//===- Localizer.cpp - Ops of a plan as ops of a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/Localize/Localizer.h"

using namespace mlir;
using namespace mlir::dag;

Localizer::Localizer(ProgramParts &parts, FunctionOp function,
                     SmallVector<int64_t, 4> coordinates,
                     const DenseMap<int64_t, StageOp> &stages)
    : parts(parts), mesh(parts.getMesh()), coordinates(std::move(coordinates)),
      stages(stages),
      builder(OpBuilder::atBlockEnd(&function.getBody().front())) {}

//===----------------------------------------------------------------------===//
// Shards
//===----------------------------------------------------------------------===//

DimShardingAttr Localizer::getSplit(Value value, unsigned dim) {
  return ShardedType(getType(value)).dims[dim];
}

RankedTensorType Localizer::getLocalType(Type type) const {
  auto tensor = cast<RankedTensorType>(type);
  return RankedTensorType::get(getLocalShape(tensor, mesh, coordinates),
                               tensor.getElementType());
}

Value Localizer::getOffset(Location loc, int64_t size, DimShardingAttr split,
                           RankedTensorType type, bool negated) {
  if (!type)
    type = RankedTensorType::get({}, builder.getI32Type());
  return ShardOffsetOp::create(builder, loc, type, size, split, negated);
}

Value Localizer::getPosition(Location loc, Value position, Value tokens,
                             unsigned dim) {
  Value local = position ? get(position) : Value();
  DimShardingAttr split = getSplit(tokens, dim);
  if (!split.isSharded())
    return local;
  // The same for each sequence.
  Value offset = getOffset(loc, getType(tokens).getDimSize(dim), split,
                           local ? getType(local) : RankedTensorType());
  if (!local)
    return offset;
  return AddOp::create(builder, loc, local, offset, /*role=*/RoleAttr());
}

Value Localizer::slice(Value x, int64_t dim, Value offset, int64_t size) {
  return DynamicSliceOp::create(builder, x.getLoc(), x, offset, dim, size);
}

Value Localizer::pad(Value x, int64_t dim, std::optional<uint64_t> amount) {
  if (!amount)
    return x;
  return PadOp::create(builder, x.getLoc(), x, dim, *amount);
}

//===----------------------------------------------------------------------===//
// Borders
//===----------------------------------------------------------------------===//

LogicalResult Localizer::addBorder(Operation *op) {
  Operation *copy = builder.clone(*op);
  for (auto [before, after] :
       llvm::zip_equal(op->getResults(), copy->getResults()))
    mapping.map(before, ToLocalOp::create(builder, op->getLoc(),
                                          getLocalType(after.getType()), after)
                            .getResult());
  return success();
}

LogicalResult Localizer::addOutput(OutputOp output, Value value) {
  Value whole = FromLocalOp::create(builder, output.getLoc(), value.getType(),
                                    get(value));
  auto copy = cast<OutputOp>(builder.clone(*output));
  copy.getValueMutable().assign(whole);
  return success();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

Operation *Localizer::clone(Operation *op) {
  Operation *copy = builder.clone(*op, mapping);
  for (Value result : copy->getResults())
    result.setType(getLocalType(result.getType()));
  return copy;
}

/// The end of a transfer takes what no rank holds.
static bool isReceive(Operation *op) {
  auto transfer = dyn_cast<TransferOpInterface>(op);
  return transfer && !transfer.isSend();
}

/// What a rank can hold: tensors of static shape. Transfers are between stages.
static LogicalResult checkValues(Operation &op) {
  auto transfer = dyn_cast<TransferOpInterface>(op);
  bool isSend = transfer && transfer.isSend();
  for (Type type : op.getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && !tensor.hasStaticShape())
      return op.emitError() << "expected static sizes, but got " << type;
    if (!tensor && !(isSend && isa<TransferType>(type)))
      return op.emitError() << "expected tensors, but got " << type;
  }
  for (Value operand : op.getOperands())
    if (isa<TransferType>(operand.getType()) && !isReceive(&op))
      return op.emitError() << "expected a 'dag.recv' to take a transfer, but "
                               "got '"
                            << op.getName() << "'";
  return success();
}

LogicalResult Localizer::run(Block &block) {
  for (Operation &op : block) {
    if (isa<YieldOp>(op))
      break;
    if (failed(checkValues(op)))
      return failure();
    for (Value operand : op.getOperands())
      if (!isReceive(&op) && !mapping.contains(operand))
        return op.emitError("expected operands that are computed in the stage");
    auto local = dyn_cast<LocalizeOpInterface>(op);
    if (!local)
      return op.emitError()
             << "expected an op that a rank can run on shards, but got '"
             << op.getName()
             << "', which does not say what it is there "
                "(LocalizeOpInterface)";
    if (failed(local.localize(*this)))
      return failure();
  }
  return success();
}
