//===- Structure.cpp - Sizes of what comes in and goes out -*- C++ -*-===//
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
using namespace mlir::dag::sizes;

namespace {

/// A stage or a layer: arguments are operands, and what is yielded the results.
template <typename OpT>
struct RegionModel : Model<RegionModel<OpT>, OpT> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    Block &block = op->getRegion(0).front();
    for (auto [operand, argument] :
         llvm::zip(op->getOperands(), block.getArguments()))
      sizes.equateShapes(operand, argument);
    for (auto [yielded, result] :
         llvm::zip(block.getTerminator()->getOperands(), op->getResults()))
      sizes.equateShapes(yielded, result);
  }
};

/// What has a name in all models: a model and its plan get the same.
template <typename OpT>
struct NamedModel : Model<NamedModel<OpT>, OpT> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    sizes.equateNamed(op->getName().getStringRef() + " " +
                          cast<OpT>(op).getName(),
                      op->getResult(0));
  }
};

struct ParameterModel : Model<ParameterModel, ParameterOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto parameter = cast<ParameterOp>(op);
    // Parts of one stored tensor differ.
    std::string name = parameter.getName().str();
    if (Attribute checkpoint = getOrigin(parameter))
      llvm::raw_string_ostream(name) << checkpoint;
    sizes.equateNamed("parameter " + name, op->getResult(0));
  }
};

} // namespace

void sizes::attachStructureModels(MLIRContext *context) {
  attachModels<RegionModel, StageOp, LayerOp>(context);
  attachModels<NamedModel, InputOp, KvCacheOp>(context);
  ParameterOp::attachInterface<ParameterModel>(*context);
  attachModels<EmptyModel, OutputOp, YieldOp, ScheduleOp>(context);
}
