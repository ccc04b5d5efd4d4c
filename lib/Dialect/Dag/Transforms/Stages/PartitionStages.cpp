//===- PartitionStages.cpp - Layers into stages -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StageBalance.h"
#include "StagePartitioner.h"
#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Nested.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Schedule/Schedule.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGPARTITIONSTAGES
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {

/// Devices that a plan may have: stages list theirs one by one.
constexpr int64_t kMaxDevices = 1 << 20;

struct PartitionStages : dag::impl::DagPartitionStagesBase<PartitionStages> {
  using DagPartitionStagesBase::DagPartitionStagesBase;

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  LogicalResult partition(ModelOp model);
  FailureOr<std::vector<int64_t>> getLayout(StagePartitioner &partitioner,
                                            ModelOp model,
                                            const MeshShape &mesh);
  FailureOr<std::vector<int64_t>> balanceByCost(StagePartitioner &partitioner,
                                                ModelOp model,
                                                const MeshShape &mesh);
  FailureOr<MeshOp> getMesh(ModelOp model);
  LogicalResult checkDevices(ModelOp model, int64_t numDevices);

  /// Meshes that have the axis of stages already.
  DenseMap<Operation *, MeshOp> meshes;
  int64_t numWanted = 0;
  /// The device whose times stages balance.
  std::optional<Device> named;
};
} // namespace

LogicalResult PartitionStages::initialize(MLIRContext *context) {
  Location loc = UnknownLoc::get(context);
  if (stages < 1)
    return emitError(loc) << "expected 'stages' to be positive, but got "
                          << stages.getValue();
  if (virtualStages < 1)
    return emitError(loc) << "expected 'virtual' to be positive, but got "
                          << virtualStages.getValue();
  if (virtualStages > 1 && stages == 1)
    return emitError(loc) << "expected 'virtual' stages on at least 2 pipeline "
                             "ranks, but got virtual = "
                          << virtualStages.getValue() << " on 1";
  if (llvm::MulOverflow(stages.getValue(), virtualStages.getValue(), numWanted))
    numWanted = std::numeric_limits<int64_t>::max();
  if (balance == Balance::Cost && !layout.empty())
    return emitError(loc)
           << "expected a 'layout' or balance=cost, but got both";
  named.reset();
  llvm::Expected<Device> found = findDevice(device, deviceFile);
  if (!found)
    return emitError(loc, llvm::toString(found.takeError()));
  named = *found;
  return success();
}

FailureOr<std::vector<int64_t>>
PartitionStages::balanceByCost(StagePartitioner &partitioner, ModelOp model,
                               const MeshShape &mesh) {
  // The devices as they will be: the axis of stages stands before all others.
  MeshDevices placed;
  placed.axes.push_back(StringAttr::get(model.getContext(), kStageAxisName));
  placed.sizes.push_back(stages);
  llvm::append_range(placed.axes, mesh.getAxes());
  llvm::append_range(placed.sizes, mesh.getSizes());
  llvm::append_range(placed.numbers, devices);
  llvm::Expected<TimeModel> times = TimeModel::get(*named, std::move(placed));
  if (!times)
    return emitError(model.getLoc(), llvm::toString(times.takeError()));
  FailureOr<std::vector<int64_t>> layers =
      partitioner.estimateTimes(mesh, *times);
  if (failed(layers))
    return failure();
  return balanceTimes(*layers, numWanted);
}

/// The number of layers of each stage.
FailureOr<std::vector<int64_t>>
PartitionStages::getLayout(StagePartitioner &partitioner, ModelOp model,
                           const MeshShape &mesh) {
  int64_t numLayers = partitioner.getNumLayers();
  auto numPresent = static_cast<int64_t>(partitioner.getLayers().size());
  if (numWanted > numPresent) {
    InFlightDiagnostic diagnostic =
        emitError(model.getLoc(), "expected at most ")
        << numPresent << " stages, one for each "
        << (numPresent < numLayers ? "sampled " : "") << "layer, but got "
        << numWanted;
    if (virtualStages > 1)
      diagnostic << ", " << virtualStages.getValue() << " on each of "
                 << stages.getValue() << " pipeline ranks";
    return diagnostic;
  }
  if (balance == Balance::Cost) {
    if (numPresent < numLayers)
      return emitError(model.getLoc(), "expected all ")
             << numLayers << " layers for balance=cost, but only " << numPresent
             << " are there; give a 'layout'";
    if (std::optional<StringRef> reason = model.getUnknownStorage())
      return emitError(model.getLoc(),
                       "expected weights that are stored in a known way for "
                       "balance=cost, but ")
             << *reason << "; give a 'layout'";
    return balanceByCost(partitioner, model, mesh);
  }
  if (layout.empty())
    return balanceLayers(numLayers, numWanted);

  std::vector<int64_t> result(layout.begin(), layout.end());
  if (static_cast<int64_t>(result.size()) != numWanted)
    return emitError(model.getLoc(), "expected a layout of ")
           << numWanted << " stages, but got " << result.size()
           << (result.size() == 1 ? " number" : " numbers");
  int64_t sum = 0;
  for (auto [stage, count] : llvm::enumerate(result)) {
    if (count < 1)
      return emitError(model.getLoc(),
                       "expected every stage of the layout to have a "
                       "layer, but stage ")
             << stage << " has " << count;
    // No more than that, so that no sum of them overflows.
    if (count > numLayers)
      return emitError(model.getLoc(), "expected a stage of the layout to have "
                                       "at most all ")
             << numLayers << " layers, but stage " << stage << " has " << count;
    sum += count;
  }
  if (sum != numLayers)
    return emitError(model.getLoc(), "expected a layout of ")
           << numLayers << " layers, but "
           << llvm::join(llvm::map_range(ArrayRef(result).take_front(16),
                                         [](int64_t count) {
                                           return std::to_string(count);
                                         }),
                         " + ")
           << (result.size() > 16 ? " + ..." : "") << " = " << sum;
  return result;
}

LogicalResult PartitionStages::checkDevices(ModelOp model, int64_t numDevices) {
  if (devices.empty())
    return success();
  if (static_cast<int64_t>(devices.size()) != numDevices)
    return emitError(model.getLoc(), "expected ")
           << numDevices << " devices, one for each coordinate of the mesh, "
           << "but got " << devices.size();
  llvm::DenseSet<int64_t> seen;
  for (int64_t device : devices) {
    if (device < 0)
      return emitError(model.getLoc(),
                       "expected devices not to be negative, but got ")
             << device;
    // The largest numbers are reserved in sets and ranges.
    constexpr int64_t kMax = std::numeric_limits<int64_t>::max() - 1;
    if (device >= kMax)
      return emitError(model.getLoc(), "expected devices below ")
             << kMax << ", but got " << device;
    if (!seen.insert(device).second)
      return emitError(model.getLoc(), "expected different devices, but got ")
             << device << " twice";
  }
  return success();
}

/// The mesh of the model with the axis of stages before all others.
FailureOr<MeshOp> PartitionStages::getMesh(ModelOp model) {
  MeshOp mesh = model.lookupMesh();
  if (model.getMeshAttr() && !mesh)
    return emitError(model.getLoc(), "expected ")
           << model.getMeshAttr() << " to be a mesh";
  if (MeshOp done = mesh ? meshes.lookup(mesh) : MeshOp())
    return done;

  OpBuilder builder(model);
  SmallVector<Attribute> axes = {builder.getStringAttr(kStageAxisName)};
  SmallVector<int64_t> sizes = {stages};
  int64_t numDevices = stages;
  if (mesh) {
    if (std::optional<int64_t> size = mesh.getAxisSize(kStageAxisName))
      return emitError(mesh.getLoc(), "expected a mesh without an axis '")
             << kStageAxisName << "', but it has one of size " << *size;
    axes.append(mesh.getAxes().begin(), mesh.getAxes().end());
    sizes.append(mesh.getSizes().begin(), mesh.getSizes().end());
    if (llvm::MulOverflow(numDevices, mesh.getNumDevices(), numDevices))
      numDevices = std::numeric_limits<int64_t>::max();
    if (mesh.getDevices() && stages > 1 && devices.empty())
      return emitError(mesh.getLoc(), "expected 'devices' for ")
             << numDevices << " coordinates, since the mesh states its own "
             << mesh.getDevices()->size();
  }
  int64_t perStage = mesh ? mesh.getNumDevices() : 1, numListed;
  if (llvm::MulOverflow(perStage, numWanted, numListed) ||
      numListed > kMaxDevices)
    return emitError(model.getLoc(), "expected stages to list at most ")
           << kMaxDevices << " devices, but got " << numWanted << " stages on "
           << perStage << " each";
  if (failed(checkDevices(model, numDevices)))
    return failure();

  DenseI64ArrayAttr numbers;
  if (!devices.empty())
    numbers = builder.getDenseI64ArrayAttr(llvm::to_vector(devices));
  if (mesh) {
    mesh.setAxesAttr(builder.getArrayAttr(axes));
    mesh.setSizes(sizes);
    if (numbers)
      mesh.setDevicesAttr(numbers);
  } else {
    SymbolTable table(getOperation());
    builder.clearInsertionPoint();
    mesh = MeshOp::create(builder, model.getLoc(), "mesh",
                          builder.getArrayAttr(axes), sizes, numbers);
    model.setMesh(table.insert(mesh, Block::iterator(model)).getValue());
  }
  meshes[mesh] = mesh;
  return mesh;
}

LogicalResult PartitionStages::partition(ModelOp model) {
  StagePartitioner partitioner(model);
  if (failed(partitioner.readLayers()))
    return failure();
  partitioner.placeOps();
  MeshOp before = model.lookupMesh();
  FailureOr<std::vector<int64_t>> counts =
      getLayout(partitioner, model, before ? MeshShape(before) : MeshShape());
  if (failed(counts))
    return failure();
  FailureOr<MeshOp> mesh = getMesh(model);
  if (failed(mesh))
    return failure();

  // The stage axis is the first one: a coordinate is a run of devices.
  int64_t perStage = mesh->getNumDevices() / stages;
  std::optional<ArrayRef<int64_t>> numbers = mesh->getDevices();
  SmallVector<StagePlan> plans;
  int64_t first = 0;
  for (auto [index, count] : llvm::enumerate(*counts)) {
    StagePlan plan;
    plan.firstLayer = first;
    plan.endLayer = first += count;
    plan.coordinate = getRankOfStage(index, stages, placement == Placement::V);
    for (int64_t i = 0; i < perStage; ++i) {
      int64_t place = plan.coordinate * perStage + i;
      plan.devices.push_back(numbers ? (*numbers)[place] : place);
    }
    plans.push_back(std::move(plan));
  }
  // Of sampled layers, every stage has to have one.
  ArrayRef<LayerOp> layers = partitioner.getLayers();
  for (size_t index = 0; index < plans.size(); ++index) {
    const StagePlan &plan = plans[index];
    const LayerOp *next = llvm::partition_point(layers, [&](LayerOp layer) {
      return static_cast<int64_t>(layer.getIndex()) < plan.firstLayer;
    });
    if (next == layers.end() ||
        static_cast<int64_t>(LayerOp(*next).getIndex()) >= plan.endLayer)
      return emitError(model.getLoc(),
                       "expected a sampled layer in every stage, but "
                       "stage ")
             << index << " with layers [" << plan.firstLayer << ", "
             << plan.endLayer << ") has none";
  }
  numCopies += partitioner.build(plans);
  numStages += plans.size();
  // A later run would read what other ranks have written.
  SmallVector<CachesApart> apart = findCachesApart(model);
  for (CachesApart &caches : apart) {
    InFlightDiagnostic diagnostic =
        emitError(caches.other.getLoc(), "expected KV cache '")
        << caches.other.getName() << "' " << caches.getExpectation();
    diagnostic.attachNote(caches.first.getLoc()) << "the cache is here";
  }
  return success(apart.empty());
}

void PartitionStages::runOnOperation() {
  meshes.clear();
  if (failed(expectNoneNested(getOperation())))
    return signalPassFailure();
  SmallVector<ModelOp> models;
  for (ModelOp model : getOperation().getOps<ModelOp>())
    if (!isReference(model))
      models.push_back(model);
  if (models.empty()) {
    emitError(getOperation().getLoc(),
              "expected a dag.model to put into stages, but "
              "there is none");
    return signalPassFailure();
  }
  for (ModelOp model : models)
    if (failed(partition(model)))
      return signalPassFailure();
}
