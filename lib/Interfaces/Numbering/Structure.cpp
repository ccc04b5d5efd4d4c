//===- Structure.cpp - Leaves, outputs, stages and layers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Origin.h"

using namespace mlir;
using namespace mlir::dag;

/// Inputs of integers are ids, positions and counts: they are numbers, whatever
/// wider type a runtime hands them in.
static Type getNumbers(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.getElementType().isSignlessInteger() ||
      shaped.getElementTypeBitWidth() <= 32)
    return type;
  return shaped.clone(IntegerType::get(type.getContext(), 32));
}

LogicalResult dag::numberLeaf(Operation *op, NumberingContext &context,
                              StringAttr name, Attribute checkpoint) {
  MLIRContext *ctx = op->getContext();
  ValueTable &table = context.getTable();
  Type type = table.getGlobalType(op->getResult(0).getType());
  if (isa<InputOp>(op))
    type = getNumbers(type);
  SmallVector<NamedAttribute, 3> attributes = {
      {StringAttr::get(ctx, "name"), name},
      {StringAttr::get(ctx, "type"), TypeAttr::get(type)}};
  if (checkpoint)
    attributes.push_back({StringAttr::get(ctx, "checkpoint"), checkpoint});
  uint32_t opcode = table.getOpcode(ValueOpcode::Leaf,
                                    op->getName().getStringRef(), attributes);
  return context.defineResult(op, context.make(opcode, {}, op));
}

namespace {
struct ParameterModel : NumberingModel<ParameterModel, ParameterOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers) const {
    auto parameter = cast<ParameterOp>(op);
    return numberLeaf(op, context, parameter.getNameAttr(),
                      getOrigin(parameter));
  }
};

struct InputModel : NumberingModel<InputModel, InputOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers) const {
    return numberLeaf(op, context, cast<InputOp>(op).getNameAttr());
  }
};

struct OutputModel : NumberingModel<OutputModel, OutputOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    context.addOutput(cast<OutputOp>(op).getNameAttr(), operands[0], op);
    return success();
  }
};

/// Arguments are the operands, results are what is yielded: only what is
/// computed inside counts.
template <typename OpT>
struct RegionModel : NumberingModel<RegionModel<OpT>, OpT> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers) const {
    Block &body = cast<OpT>(op).getBody().front();
    for (auto [argument, operand] :
         llvm::zip_equal(body.getArguments(), op->getOperands()))
      context.forward(operand, argument);
    if (isa<LayerOp>(op))
      context.enterLayer(body);
    if (failed(context.number(body)))
      return failure();
    for (auto [result, value] :
         llvm::zip_equal(op->getResults(), body.getTerminator()->getOperands()))
      context.forward(value, result);
    return success();
  }
  bool followsSlots(Operation *, unsigned) const { return true; }
};
} // namespace

void dag::attachStructureNumbering(MLIRContext *context) {
  ParameterOp::attachInterface<ParameterModel>(*context);
  InputOp::attachInterface<InputModel>(*context);
  OutputOp::attachInterface<OutputModel>(*context);
  attachNumberingModels<RegionModel, StageOp, LayerOp>(context);
  attachNumberingModels<EmptyModel, MeshOp, ScheduleOp, YieldOp>(context);
}
