//===- Localize.cpp - From a plan to the programs of its ranks -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/Transforms/Localize.h"
#include "dag/Dialect/Dag/IR/Nested.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Dialect/Dag/Transforms/Patterns.h"
#include "dag/Interfaces/Localize/Localizer.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGLOCALIZE
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

/// Ranks are looked at one by one where their shards differ.
static constexpr int64_t kMaxRanks = int64_t(1) << 20;

namespace {

/// Ranks that run one function: all their shards are equal in size.
struct RankGroup {
  RangeSet ranks;
  int64_t first;
};

/// Makes the program of one plan.
class ModelLocalizer {
public:
  explicit ModelLocalizer(ModelOp model) : model(model) {}
  FailureOr<ProgramOp> run();

private:
  LogicalResult checkStages();
  SmallVector<RankGroup> getGroups(Operation *root, StageOp stage);
  LogicalResult addStage(ProgramParts &parts, StageOp stage);
  LogicalResult addStageFunction(ProgramParts &parts, StageOp stage,
                                 const RankGroup &group, StringRef name,
                                 ArrayRef<int64_t> devices);
  LogicalResult addWholeModel(ProgramParts &parts);
  SmallVector<int64_t> getDevices(StageOp stage, const RangeSet &ranks,
                                  const RangeSet &all);

  ModelOp model;
  MeshOp meshOp;
  MeshShape mesh;
  int64_t numRanks = 0;
  SmallVector<StageOp> order;
  DenseMap<int64_t, StageOp> stages;
};

} // namespace

//===----------------------------------------------------------------------===//
// Ranks
//===----------------------------------------------------------------------===//

SmallVector<RankGroup> ModelLocalizer::getGroups(Operation *root,
                                                 StageOp stage) {
  // Shards differ in size only where a dimension is uneven.
  llvm::SmallSetVector<std::pair<int64_t, DimShardingAttr>, 4> uneven;
  auto collect = [&](Type type) {
    if (auto transfer = dyn_cast<TransferType>(type))
      type = transfer.getPayload();
    if (std::optional<ShardedType> tensor = ShardedType::get(type))
      for (auto [size, dim] : llvm::zip_equal(tensor->shape, tensor->dims))
        if (dim.getUneven())
          uneven.insert({size, dim});
  };
  root->walk([&](Operation *op) {
    llvm::for_each(op->getResultTypes(), collect);
    llvm::for_each(op->getOperandTypes(), collect);
  });
  // The ranks of a stage are those of one coordinate: blocks of as many as the
  // axes behind it have. All stages together have each rank once.
  int64_t block = numRanks, distance = numRanks, first = 0;
  const auto *axis =
      llvm::find(mesh.getAxes(), stage ? stage.getAxisAttr() : StringAttr());
  if (axis != mesh.getAxes().end()) {
    ArrayRef<StringAttr> behind(std::next(axis), mesh.getAxes().end());
    block = mesh.getSize(behind);
    distance = block * *mesh.getSize(*axis);
    first = block * static_cast<int64_t>(*stage.getCoordinate());
  }
  llvm::MapVector<SmallVector<int64_t>, RankGroup> groups;
  for (int64_t i = 0, e = numRanks / distance * block; i < e; ++i) {
    int64_t rank = i / block * distance + first + i % block;
    SmallVector<int64_t, 4> coordinates = getCoordinates(mesh, rank);
    SmallVector<int64_t> sizes;
    for (auto [size, dim] : uneven) {
      int64_t index = getPosition(mesh, dim.getAxes(), coordinates);
      sizes.push_back(getLocalSize(size, dim, mesh, index));
    }
    auto [it, isNew] = groups.try_emplace(sizes);
    if (isNew)
      it->second.first = rank;
    it->second.ranks.insert(rank);
  }
  return llvm::map_to_vector(std::move(groups),
                             [](auto &entry) { return entry.second; });
}

/// The devices of `ranks`, which are some of `all` ranks of the stage.
SmallVector<int64_t> ModelLocalizer::getDevices(StageOp stage,
                                                const RangeSet &ranks,
                                                const RangeSet &all) {
  SmallVector<int64_t> devices;
  std::optional<ArrayRef<int64_t>> ofStage, ofMesh = meshOp.getDevices();
  if (stage)
    ofStage = stage.getDevices();
  bool isComplete = ofStage && ofStage->size() == all.size();
  if (!isComplete && !ofMesh)
    return devices;
  size_t index = 0;
  for (RangeSet::Range range : all.getRanges())
    for (int64_t rank = range.first; rank <= range.last; ++rank, ++index)
      if (ranks.contains(rank))
        devices.push_back(isComplete ? (*ofStage)[index] : (*ofMesh)[rank]);
  return devices;
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

LogicalResult ModelLocalizer::checkStages() {
  bool failed = false;
  for (Operation &op : model.getBody().front()) {
    if (auto stage = dyn_cast<StageOp>(op)) {
      order.push_back(stage);
      auto [it, isNew] = stages.try_emplace(stage.getIndex(), stage);
      if (isNew)
        continue;
      InFlightDiagnostic diagnostic =
          stage.emitError() << "expected every stage once, but got stage "
                            << stage.getIndex() << " twice";
      diagnostic.attachNote(it->second->getLoc()) << "it is here as well";
      failed = true;
    }
  }
  if (order.empty())
    return failure(failed);
  for (Operation &op : model.getBody().front()) {
    if (comesFromOutside(&op) ||
        isa<StageOp, OutputOp, CommBufferOp, ScheduleOp>(op))
      continue;
    op.emitError() << "expected the model to compute in its stages, but got '"
                   << op.getName() << "' outside of them";
    failed = true;
  }
  return failure(failed);
}

LogicalResult ModelLocalizer::addStageFunction(ProgramParts &parts,
                                               StageOp stage,
                                               const RankGroup &group,
                                               StringRef name,
                                               ArrayRef<int64_t> devices) {
  FunctionOp function = parts.addFunction(
      stage.getLoc(), name, stage.getIndexAttr(), group.ranks, devices);
  Localizer localizer(parts, function, getCoordinates(mesh, group.first),
                      stages);
  Block &body = stage.getBody().front();
  for (auto [argument, operand] :
       llvm::zip_equal(body.getArguments(), stage->getOperands())) {
    // What comes by a transfer is received.
    if (isa<TransferType>(operand.getType()))
      continue;
    Operation *source = operand.getDefiningOp();
    if (source && comesFromOutside(source)) {
      if (!localizer.knows(operand) && failed(localizer.addBorder(source)))
        return failure();
      localizer.alias(argument, operand);
      continue;
    }
    InFlightDiagnostic diagnostic =
        stage.emitError() << "expected a transfer to stage " << stage.getIndex()
                          << ", but got a value of type " << operand.getType();
    if (source)
      diagnostic.attachNote(source->getLoc()) << "it comes from here";
    return diagnostic;
  }
  if (failed(localizer.run(body)))
    return failure();
  // What the model hands out of this stage.
  Operation *yield = body.getTerminator();
  for (OpResult result : stage->getResults())
    for (Operation *user : result.getUsers())
      if (auto output = dyn_cast<OutputOp>(user))
        if (failed(localizer.addOutput(
                output, yield->getOperand(result.getResultNumber()))))
          return failure();
  if (stage == order.front())
    for (auto output : model.getBody().getOps<OutputOp>()) {
      Operation *source = output.getValue().getDefiningOp();
      if (!comesFromOutside(source))
        continue;
      if (!localizer.knows(output.getValue()) &&
          failed(localizer.addBorder(source)))
        return failure();
      if (failed(localizer.addOutput(output, output.getValue())))
        return failure();
    }
  return success();
}

LogicalResult ModelLocalizer::addStage(ProgramParts &parts, StageOp stage) {
  SmallVector<RankGroup> groups = getGroups(stage, stage);
  RangeSet all;
  for (const RankGroup &group : groups)
    for (RangeSet::Range range : group.ranks.getRanges())
      all.insert(range.first, range.last);
  std::string name = "stage" + std::to_string(stage.getIndex());
  for (auto [index, group] : llvm::enumerate(groups)) {
    std::string suffix = groups.size() > 1 ? "_" + std::to_string(index) : "";
    if (failed(addStageFunction(parts, stage, group, name + suffix,
                                getDevices(stage, group.ranks, all))))
      return failure();
  }
  return success();
}

LogicalResult ModelLocalizer::addWholeModel(ProgramParts &parts) {
  SmallVector<RankGroup> groups = getGroups(model, StageOp());
  RangeSet all;
  all.insert(0, numRanks - 1);
  for (auto [index, group] : llvm::enumerate(groups)) {
    std::string suffix = groups.size() > 1 ? "_" + std::to_string(index) : "";
    FunctionOp function =
        parts.addFunction(model.getLoc(), "main" + suffix, IntegerAttr(),
                          group.ranks, getDevices({}, group.ranks, all));
    Localizer localizer(parts, function, getCoordinates(mesh, group.first),
                        stages);
    if (failed(localizer.run(model.getBody().front())))
      return failure();
  }
  return success();
}

FailureOr<ProgramOp> ModelLocalizer::run() {
  meshOp = model.lookupMesh();
  mesh = MeshShape(meshOp);
  numRanks = mesh.getSize(mesh.getAxes());
  if (numRanks > kMaxRanks)
    return model.emitError() << "expected at most " << kMaxRanks
                             << " ranks, but got " << numRanks;
  if (failed(checkStages()))
    return failure();
  OpBuilder builder(model);
  builder.setInsertionPointAfter(model);
  SmallVector<NamedAttribute> figures;
  for (StringRef name : ModelOp::getFigureNames())
    if (Attribute figure = model->getAttr(name))
      figures.push_back(builder.getNamedAttr(name, figure));
  auto program = ProgramOp::create(
      builder, model.getLoc(), model.getSymNameAttr(), model.getMeshAttr(),
      figures.empty() ? DictionaryAttr() : builder.getDictionaryAttr(figures));
  Block &block = program.getBody().emplaceBlock();
  // A program in the making does not outlive an error.
  auto fail = [&] {
    program.erase();
    return failure();
  };
  builder.setInsertionPointToEnd(&block);
  for (auto schedule : model.getBody().getOps<ScheduleOp>())
    builder.clone(*schedule);
  ProgramParts parts(program, mesh);
  if (order.empty() && failed(addWholeModel(parts)))
    return fail();
  for (StageOp stage : order)
    if (failed(addStage(parts, stage)))
      return fail();
  return program;
}

FailureOr<ProgramOp> dag::localizeModel(ModelOp model) {
  return ModelLocalizer(model).run();
}

namespace {
struct Localize : dag::impl::DagLocalizeBase<Localize> {
  using DagLocalizeBase::DagLocalizeBase;

  LogicalResult initialize(MLIRContext *context) final {
    RewritePatternSet set(context);
    populateDecomposeAttentionPatterns(set);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() final {
    if (failed(expectNoneNested(getOperation())) || failed(expectModels()))
      return signalPassFailure();
    for (ModelOp model :
         llvm::make_early_inc_range(getOperation().getOps<ModelOp>())) {
      if (!model.getMeshAttr()) {
        if (isReference(model))
          continue;
        model.emitError("expected a model on a mesh");
        return signalPassFailure();
      }
      // Ranks run the parts of attention.
      walkAndApplyPatterns(model, patterns);
      FailureOr<ProgramOp> program = localizeModel(model);
      if (failed(program))
        return signalPassFailure();
      numFunctions += llvm::range_size(program->getBody().getOps<FunctionOp>());
      model.erase();
    }
  }

  /// What is localized already has programs in the place of models.
  LogicalResult expectModels() {
    auto isSource = [](ModelOp model) { return !isReference(model); };
    if (llvm::any_of(getOperation().getOps<ModelOp>(), isSource) ||
        !getOperation().getOps<ProgramOp>().empty())
      return success();
    return getOperation().emitError(
        "expected a dag.model to localize, but there is none");
  }

  FrozenRewritePatternSet patterns;
};
} // namespace
