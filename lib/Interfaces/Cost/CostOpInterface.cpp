//===- CostOpInterface.cpp - What an op costs on a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/CostOpInterface.h"
#include "Models.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::dag;

#include "dag/Interfaces/CostOpInterface.cpp.inc"

ResultPlace ResultPlace::ownBytes(int64_t bytes) {
  ResultPlace place;
  place.bytes = bytes;
  return place;
}

ResultPlace ResultPlace::shared(Value source) {
  ResultPlace place;
  place.kind = Kind::Shared;
  place.source = source;
  return place;
}

ResultPlace ResultPlace::elsewhere() {
  ResultPlace place;
  place.kind = Kind::Elsewhere;
  return place;
}

ResultPlace ResultPlace::whereRead() {
  ResultPlace place = elsewhere();
  place.isMadeWhereRead = true;
  return place;
}

UnknownFigures &UnknownFigures::operator|=(const UnknownFigures &other) {
  flops |= other.flops;
  moved |= other.moved;
  parameters |= other.parameters;
  cache |= other.cache;
  wire |= other.wire;
  return *this;
}

bool UnknownFigures::operator==(const UnknownFigures &other) const {
  return flops == other.flops && moved == other.moved &&
         parameters == other.parameters && cache == other.cache &&
         wire == other.wire;
}

OpCost &OpCost::operator+=(const OpCost &other) {
  if (other.flops > 0)
    width = flops > 0 ? std::max(width, other.width) : other.width;
  flops = addSaturating(flops, other.flops);
  bytesRead = addSaturating(bytesRead, other.bytesRead);
  bytesWritten = addSaturating(bytesWritten, other.bytesWritten);
  parameters = addSaturating(parameters, other.parameters);
  parameterBytes = addSaturating(parameterBytes, other.parameterBytes);
  cacheBytes = addSaturating(cacheBytes, other.cacheBytes);
  unknown |= other.unknown;
  return *this;
}

void OpCost::forEachFigure(
    function_ref<void(StringRef, int64_t)> callback) const {
  callback("FLOPs", flops);
  callback("bytes read", bytesRead);
  callback("bytes written", bytesWritten);
  callback("parameters", parameters);
  callback("bytes of parameters", parameterBytes);
  callback("bytes of KV caches", cacheBytes);
  if (wire)
    callback("bytes sent", wire->bytes);
}

LogicalResult dag::expectCostFits(Location loc, const OpCost &cost,
                                  const Twine &what) {
  StringRef large;
  cost.forEachFigure([&](StringRef name, int64_t figure) {
    if (large.empty() && isSaturated(figure))
      large = name;
  });
  if (large.empty())
    return success();
  return emitError(loc) << "expected " << large << " of " << what
                        << " below 2^63, but got more";
}

//===----------------------------------------------------------------------===//
// CostContext
//===----------------------------------------------------------------------===//

std::optional<OpCost> CostContext::getCost(Operation *op) {
  if (auto model = dyn_cast<CostOpInterface>(op))
    return model.getCost(*this);
  if (auto composite = dyn_cast<CompositeOpInterface>(op))
    return getCostOfParts(composite);
  return std::nullopt;
}

std::optional<OpCost> CostContext::getCostOfParts(CompositeOpInterface op) {
  FailureOr<const CompositeParts::Parts *> found = parts.get(op);
  if (failed(found))
    return std::nullopt;
  if (auto it = composites.find(*found); it != composites.end())
    return it->second;
  std::optional<OpCost> sum = OpCost();
  for (Operation &part : (*found)->getBlock()) {
    std::optional<OpCost> cost = getCost(&part);
    if (!cost) {
      sum.reset();
      break;
    }
    *sum += *cost;
  }
  return composites[*found] = sum;
}

const LocalTensor &CostContext::getLocal(Type type) {
  const LocalTensor *&entry = known[type];
  if (entry)
    return *entry;
  LocalTensor &tensor = tensors.emplace_back();
  entry = &tensor;
  auto ranked = dyn_cast_if_present<RankedTensorType>(type);
  if (!ranked)
    return tensor;
  tensor.shape.assign(getLocalShape(ranked, mesh));
  if (llvm::any_of(tensor.shape, ShapedType::isDynamic) ||
      !ranked.getElementType().isIntOrFloat())
    return tensor;
  tensor.elements = 1;
  for (int64_t size : tensor.shape)
    tensor.elements = multiplySaturating(tensor.elements, size);
  int64_t bits = ranked.getElementType().getIntOrFloatBitWidth();
  tensor.bytes = scaleSaturating(tensor.elements, bits, 8);
  tensor.isKnown = true;
  return tensor;
}

StageOp CostContext::lookupStage(ModelOp model, int64_t index) {
  auto [it, isNew] = stages.try_emplace(model);
  if (isNew && !model.getBody().empty())
    for (auto stage : model.getBody().front().getOps<StageOp>())
      it->second.try_emplace(static_cast<int64_t>(stage.getIndex()), stage);
  return it->second.lookup(index);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

InFlightDiagnostic dag::emitNoCost(Operation *op) {
  return emitError(op->getLoc(), "expected '")
         << op->getName()
         << "' to say what it costs, but it has no CostOpInterface";
}

void dag::registerCostExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, DagDialect *) {
    costs::attachAttentionModels(context);
    costs::attachCollectiveModels(context);
    costs::attachCommModels(context);
    costs::attachCompositeModels(context);
    costs::attachComputeModels(context);
    costs::attachMoeModels(context);
    costs::attachRankModels(context);
    costs::attachStructureModels(context);
    costs::attachTransferModels(context);
  });
  registry.addExtension(+[](MLIRContext *context, check::CheckDialect *) {
    costs::attachCheckModels(context);
  });
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    costs::attachArithModels(context);
  });
}
