//===- Shard.cpp - Tensor and expert parallelism -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardModel.h"
#include "dag/Dialect/Dag/IR/Nested.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGSHARD
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct Shard : dag::impl::DagShardBase<Shard> {
  using DagShardBase::DagShardBase;
  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  LogicalResult shardModel(ModelOp model, SymbolTable &symbols);
  MeshOp getMesh(const shard::ShardStrategy &strategy, ModelOp model,
                 SymbolTable &symbols);
  void count(ModelOp model);

  /// Meshes that this run made.
  SmallVector<MeshOp, 1> meshes;
};
} // namespace

LogicalResult Shard::initialize(MLIRContext *context) {
  Location loc = UnknownLoc::get(context);
  const Option<int64_t> *positive[] = {&tp, &ep};
  for (const Option<int64_t> *option : positive)
    if (option->getValue() <= 0)
      return emitError(loc)
             << "expected '" << option->getArgStr()
             << "' to be positive, but got " << option->getValue();
  int64_t ranks;
  if (llvm::MulOverflow<int64_t>(tp, ep, ranks) || ranks > (int64_t(1) << 32))
    return emitError(loc) << "expected at most " << (int64_t(1) << 32)
                          << " ranks, but got " << tp.getValue() << " times "
                          << ep.getValue();
  static constexpr StringRef kReserved[] = {"", "ep", "pp", "rep"};
  if (llvm::is_contained(kReserved, axis))
    return emitError(loc) << "expected the name of an axis that is not 'ep', "
                             "'pp' or 'rep', but got '"
                          << axis << "'";
  return success();
}

MeshOp Shard::getMesh(const shard::ShardStrategy &strategy, ModelOp model,
                      SymbolTable &symbols) {
  OpBuilder builder(model);
  SmallVector<Attribute> names;
  SmallVector<int64_t> sizes;
  for (auto [name, size] : strategy.getMeshAxes()) {
    names.push_back(name);
    sizes.push_back(size);
  }
  ArrayAttr axes = builder.getArrayAttr(names);
  for (MeshOp mesh : meshes)
    if (mesh.getAxes() == axes && mesh.getSizes() == ArrayRef(sizes))
      return mesh;
  auto mesh = MeshOp::create(builder, model.getLoc(), "mesh", axes, sizes,
                             DenseI64ArrayAttr());
  // Another name if there is such a symbol.
  symbols.insert(mesh);
  return meshes.emplace_back(mesh);
}

void Shard::count(ModelOp model) {
  model.walk([&](Operation *op) {
    if (auto parameter = dyn_cast<ParameterOp>(op))
      numSplitParameters += !ShardedType(parameter.getType()).isReplicated();
    auto collective = dyn_cast<CollectiveOpInterface>(op);
    if (!collective)
      return;
    CollectiveKind kind = collective.getCollectiveKind();
    numAllReduces += kind == CollectiveKind::AllReduce;
    numAllGathers += kind == CollectiveKind::AllGather;
    numReduceScatters += kind == CollectiveKind::ReduceScatter;
    numAllToAlls += kind == CollectiveKind::AllToAll;
  });
}

LogicalResult Shard::shardModel(ModelOp model, SymbolTable &symbols) {
  if (MeshOp mesh = model.lookupMesh()) {
    InFlightDiagnostic diagnostic =
        model.emitError("expected a model without a mesh, but '")
        << model.getSymName() << "' is on " << model.getMeshAttr();
    diagnostic.attachNote(mesh.getLoc()) << "the mesh is here";
    return diagnostic;
  }
  FailureOr<shard::ShardStrategy> strategy =
      shard::ShardStrategy::choose(model, {axis, tp, ep, sequenceParallel});
  if (failed(strategy))
    return failure();

  // The old model stays whole until the new one is.
  auto result = cast<ModelOp>(model->cloneWithoutRegions());
  result.getBody().emplaceBlock();
  shard::ModelSharder sharder(*strategy);
  if (failed(sharder.shard(model, result))) {
    result.erase();
    return failure();
  }
  numCopiedLayers += sharder.getNumCopiedLayers();
  result.setMesh(getMesh(*strategy, model, symbols).getSymName());
  model->getBlock()->getOperations().insert(model->getIterator(), result);
  symbols.erase(model);
  symbols.insert(result);
  count(result);
  return success();
}

void Shard::runOnOperation() {
  meshes.clear();
  ModuleOp module = getOperation();
  if (failed(expectNoneNested(module)))
    return signalPassFailure();
  SymbolTable symbols(module);
  SmallVector<ModelOp> models;
  for (auto model : module.getOps<ModelOp>())
    if (!isReference(model))
      models.push_back(model);
  if (models.empty()) {
    module.emitError("expected a 'dag.model' to shard, but there is none");
    return signalPassFailure();
  }
  for (ModelOp model : models)
    if (failed(shardModel(model, symbols)))
      return signalPassFailure();
}
