//===- Mutation.cpp - Places, and what mutations have in common -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutation.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

ModelOp mutation::findPlan(ModuleOp module) {
  for (ModelOp model : module.getOps<ModelOp>())
    if (model.getMesh())
      return model;
  return {};
}

Sites::Sites(ModuleOp module, Expected expected)
    : plan(findPlan(module)), expected(expected) {
  if (MeshOp op = plan.lookupMesh())
    mesh = MeshShape(op);
  for (StageOp stage : plan.getOps<StageOp>())
    if (StringAttr axis = stage.getAxisAttr())
      stageAxis = axis;
  for (StringAttr axis : mesh.getAxes())
    if (axis != stageAxis && *mesh.getSize(axis) > 1)
      axes.push_back(axis);
}

SmallVector<StageOp> Sites::getStages() {
  return SmallVector<StageOp>(plan.getOps<StageOp>());
}

SmallVector<LayerOp> Sites::getLayers() {
  SmallVector<LayerOp> layers;
  plan.walk<WalkOrder::PreOrder>(
      [&](LayerOp layer) { layers.push_back(layer); });
  return layers;
}

StringRef Sites::getReasonForOtherTokens(Operation *op) {
  bool hasLogitsOfLast =
      plan.walk([](LastTokenOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  SmallVector<LayerOp> layers = getLayers();
  return hasLogitsOfLast && !layers.empty() &&
                 op->getParentOfType<LayerOp>() == layers.back()
             ? "of the last layer only the last token is read"
             : "";
}

void Sites::add(Operation *op, const Twine &text, std::function<void()> apply,
                Expected other) {
  sites.push_back(
      {(describe(op) + ": " + text).str(), other, std::move(apply)});
}

ArrayRef<Family> mutation::getFamilies() {
  static const Family families[] = {
      {"collectives", getCollectiveKinds()},
      {"values", getValueKinds()},
      {"figures", getFigureKinds()},
      {"parameters", getParameterKinds()},
      {"layers, stages, devices", getStructureKinds()},
      {"transfers", getTransferKinds()},
      {"schedules", getScheduleKinds()},
      {"what does not belong there", getBorderKinds()}};
  return families;
}

ArrayRef<Kind> mutation::getKinds() {
  static const std::vector<Kind> kinds = [] {
    std::vector<Kind> all;
    for (const Family &family : getFamilies())
      llvm::append_range(all, family.kinds);
    return all;
  }();
  return kinds;
}

const Kind *mutation::lookupKind(StringRef name) {
  const Kind *it = llvm::find_if(
      getKinds(), [&](const Kind &kind) { return kind.name == name; });
  return it == getKinds().end() ? nullptr : it;
}

std::vector<Site> mutation::collectSites(const Kind &kind, ModuleOp module) {
  Sites sites(module, kind.expected);
  kind.collect(sites);
  return std::move(sites.get());
}

//===----------------------------------------------------------------------===//
// Helpers of mutations
//===----------------------------------------------------------------------===//

std::string mutation::describe(Operation *op) {
  std::string text;
  if (auto layer = op->getParentOfType<LayerOp>())
    text = "layer " + std::to_string(layer.getIndex()) + " ";
  text += op->getName().getStringRef();
  if (auto name = op->getAttrOfType<StringAttr>("name"))
    text += (" '" + name.getValue() + "'").str();
  else if (auto index = op->getAttrOfType<IntegerAttr>("index"))
    text += " " + std::to_string(index.getInt());
  else if (auto role = op->getAttrOfType<RoleAttr>("role"))
    text += (" as " + stringifyRole(role.getValue())).str();
  return text;
}

Operation *mutation::createOp(OpBuilder &builder, Location loc, StringRef name,
                              ValueRange operands, TypeRange results,
                              ArrayRef<NamedAttribute> attributes) {
  OperationState state(loc, name, operands, results, attributes);
  return builder.create(state);
}

void mutation::replaceByOperand(Operation *op, unsigned operand) {
  op->getResult(0).replaceAllUsesWith(op->getOperand(operand));
  op->erase();
}

void mutation::applyTwice(Operation *op) {
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  Operation *copy = builder.clone(*op);
  op->getResult(0).replaceAllUsesWith(copy->getResult(0));
  copy->setOperand(0, op->getResult(0));
}

ArrayAttr mutation::getAxesAttr(MLIRContext *context,
                                ArrayRef<StringAttr> axes) {
  return ArrayAttr::get(context,
                        SmallVector<Attribute>(axes.begin(), axes.end()));
}

SmallVector<StringAttr> mutation::getAxesOf(Operation *collective) {
  return llvm::map_to_vector(
      cast<CollectiveOpInterface>(collective).getCollectiveAxes(),
      [](Attribute axis) { return cast<StringAttr>(axis); });
}

Type mutation::withDim(Type type, unsigned dim, ArrayRef<StringAttr> axes) {
  ShardedType sharded = *ShardedType::get(type);
  sharded.dims[dim] = DimShardingAttr::get(type.getContext(), axes);
  return sharded.toType();
}

Type mutation::withPartial(Type type, ArrayRef<StringAttr> axes) {
  ShardedType sharded = *ShardedType::get(type);
  sharded.partial.clear();
  sharded.addPartial(axes);
  return sharded.toType();
}

Type mutation::withSize(Type type, unsigned dim, int64_t size) {
  ShardedType sharded = *ShardedType::get(type);
  sharded.shape[dim] = size;
  return sharded.toType();
}

Type mutation::withElement(Type type, Type element) {
  ShardedType sharded = *ShardedType::get(type);
  sharded.elementType = element;
  return sharded.toType();
}
