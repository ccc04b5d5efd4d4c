//===- Structure.cpp - Borders and layers of a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::localize;

namespace {

struct OutputModel : Model<OutputModel, OutputOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    auto output = cast<OutputOp>(op);
    return localizer.addOutput(output, output.getValue());
  }
};

struct LayerModel : Model<LayerModel, LayerOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    auto old = cast<LayerOp>(op);
    auto getLocalType = [&](Type type) { return localizer.getLocalType(type); };
    SmallVector<Type> types =
        llvm::map_to_vector(op->getResultTypes(), [&](Type type) -> Type {
          return getLocalType(type);
        });
    SmallVector<Value> operands =
        llvm::map_to_vector(op->getOperands(), [&](Value operand) {
          return localizer.get(operand);
        });
    OpBuilder &builder = localizer.getBuilder();
    auto layer =
        LayerOp::create(builder, op->getLoc(), types, old.getIndex(), operands);
    layer->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    Block &block = layer.getBody().emplaceBlock();
    Block &body = old.getBody().front();
    for (BlockArgument argument : body.getArguments())
      localizer.define(argument,
                       block.addArgument(getLocalType(argument.getType()),
                                         argument.getLoc()));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(&block);
    if (failed(localizer.run(body)))
      return failure();
    localizer.clone(body.getTerminator());
    for (auto [result, local] :
         llvm::zip_equal(op->getResults(), layer->getResults()))
      localizer.define(result, local);
    return success();
  }
};

/// What is not of a rank but of the program, which has it already or where it
/// is asked for.
template <typename OpT>
struct DeclarationModel : Model<DeclarationModel<OpT>, OpT> {
  LogicalResult localize(Operation *, Localizer &) const { return success(); }
};

} // namespace

void localize::attachStructureModels(MLIRContext *context) {
  ParameterOp::attachInterface<BorderModel<ParameterOp>>(*context);
  InputOp::attachInterface<BorderModel<InputOp>>(*context);
  OutputOp::attachInterface<OutputModel>(*context);
  LayerOp::attachInterface<LayerModel>(*context);
  ScheduleOp::attachInterface<DeclarationModel<ScheduleOp>>(*context);
  CommBufferOp::attachInterface<DeclarationModel<CommBufferOp>>(*context);
}
