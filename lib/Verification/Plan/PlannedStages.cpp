//===- PlannedStages.cpp - Stages of a plan and their mesh ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Stages.h"
#include "PlannedRules.h"
#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::dag;

StringAttr dag::getStageAxis(const DeploymentGraph &graph) {
  for (const DeploymentGraph::Stage &stage : graph.getStages())
    if (auto op = dyn_cast_if_present<StageOp>(stage.op))
      if (StringAttr axis = op.getAxisAttr())
        return axis;
  return {};
}

void dag::checkDoubledStages(const DeploymentGraph &graph, CheckLog &log) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model)
    return;
  DenseMap<int64_t, StageOp> known;
  for (StageOp stage : model.getOps<StageOp>()) {
    if (graph.getViolations().isMalformed(stage))
      continue;
    auto [it, isNew] = known.try_emplace(toIndex(stage.getIndex()), stage);
    if (!isNew)
      log.report(Code::DAG605, stage.getLoc(), "",
                 "expected one stage " + Twine(stage.getIndex()) +
                     ", but here is another one")
          .note(it->second.getLoc(), "the first one");
  }
}

bool dag::statesNoLayers(const DeploymentGraph &graph,
                         const DeploymentGraph::Stage &stage) {
  auto op = dyn_cast<StageOp>(stage.op);
  return op && !graph.getViolations().isMalformed(op) && op.getFirstLayer() &&
         op.getFirstLayer() == op.getEndLayer();
}

/// The place of a plan's stage, or null.
static StageOp getPlacedStage(const DeploymentGraph &graph,
                              const DeploymentGraph::Stage &stage) {
  auto op = dyn_cast_if_present<StageOp>(stage.op);
  return op && !graph.getViolations().isMalformed(op) && op.getAxis()
             ? op
             : StageOp();
}

/// The mesh of a plan, or null.
static MeshOp lookupMesh(const DeploymentGraph &graph) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model || graph.getViolations().isMalformed(model))
    return {};
  MeshOp mesh = model.lookupMesh();
  return mesh && !graph.getViolations().isMalformed(mesh) ? mesh : MeshOp();
}

StageDeal dag::findPlannedDeal(const DeploymentGraph &graph) {
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  MeshOp mesh = lookupMesh(graph);
  if (!mesh || stages.empty())
    return {};
  StageOp first = getPlacedStage(graph, stages.front());
  if (!first)
    return {};
  std::optional<int64_t> size = mesh.getAxisSize(*first.getAxis());
  if (!size || *size < 2 || stages.size() % *size != 0)
    return {};
  for (bool placesV : {false, true}) {
    bool isPlaced = llvm::all_of(llvm::enumerate(stages), [&](auto entry) {
      StageOp op = getPlacedStage(graph, entry.value());
      return op && op.getAxisAttr() == first.getAxisAttr() &&
             static_cast<int64_t>(*op.getCoordinate()) ==
                 getRankOfStage(entry.index(), *size, placesV);
    });
    if (!isPlaced)
      continue;
    return {static_cast<size_t>(*size), placesV};
  }
  return {};
}

/// The devices at `coordinate` of an axis, in the order of the ranks, or
/// nothing if they are too many to be listed.
static std::optional<SmallVector<int64_t>>
getMeshDevices(MeshOp mesh, StringRef axis, int64_t coordinate) {
  constexpr int64_t kMaxListed = 1 << 20;
  std::optional<int64_t> size = mesh.getAxisSize(axis);
  int64_t all = mesh.getNumDevices();
  if (!size || coordinate >= *size || all / *size > kMaxListed)
    return std::nullopt;
  // Row-major: the minor axes make runs, the major ones repeat them.
  int64_t run = 1;
  for (auto [name, extent] : llvm::reverse(
           llvm::zip_equal(mesh.getAxes().getValue(), mesh.getSizes()))) {
    if (cast<StringAttr>(name).getValue() == axis)
      break;
    run *= extent;
  }
  std::optional<ArrayRef<int64_t>> numbers = mesh.getDevices();
  SmallVector<int64_t> devices;
  for (int64_t block = 0, numBlocks = all / *size / run; block < numBlocks;
       ++block) {
    int64_t begin = (block * *size + coordinate) * run;
    for (int64_t i = begin; i < begin + run; ++i)
      devices.push_back(numbers ? (*numbers)[i] : i);
  }
  return devices;
}

/// The devices of a stage are listed in the order of its ranks.
static void checkOrder(StageOp op, ArrayRef<int64_t> expected, MeshOp mesh,
                       CheckLog &log) {
  ArrayRef<int64_t> stated = *op.getDevices();
  if (stated == expected)
    return;
  size_t rank = std::mismatch(stated.begin(), stated.end(), expected.begin(),
                              expected.end())
                    .first -
                stated.begin();
  log.report(Code::DAG607, op.getLoc(), "",
             "stage " + Twine(op.getIndex()) + " states GPU " +
                 Twine(stated[rank]) + " for its rank " + Twine(rank) +
                 ", but the mesh has that rank on GPU " + Twine(expected[rank]))
      .note(mesh.getLoc(), "the mesh")
      .hint("List the devices of the stage in the order of the mesh, or "
            "correct the devices of the mesh.");
}

/// Where stages stand on an axis, every coordinate of it has one. A gap in
/// their numbers is a stage that is missing, and reported as that.
static void checkCoordinates(const DeploymentGraph &graph, MeshOp mesh,
                             CheckLog &log) {
  llvm::MapVector<StringAttr, RangeSet> taken;
  RangeSet numbers;
  for (const auto &stage : graph.getStages()) {
    numbers.insert(stage.index);
    if (StageOp op = getPlacedStage(graph, stage))
      taken[op.getAxisAttr()].insert(*op.getCoordinate());
  }
  if (numbers.getRanges().size() > 1)
    taken.clear();
  for (auto &[axis, coordinates] : taken) {
    std::optional<int64_t> size = mesh.getAxisSize(axis);
    RangeSet idle =
        size ? RangeSet(0, *size - 1).subtract(coordinates) : RangeSet();
    if (!idle.empty())
      log.report(Code::DAG605, mesh.getLoc(), "",
                 "expected a stage on each of the " + Twine(*size) +
                     " coordinates of '" + axis.getValue() +
                     "', but there is none on " + idle.str())
          .hint("Add the missing stages, or make the axis smaller: devices "
                "without a stage are idle.");
  }
}

static void checkStageDevices(const DeploymentGraph &graph, MeshOp mesh,
                              CheckLog &log) {
  for (const auto &stage : graph.getStages()) {
    StageOp op = getPlacedStage(graph, stage);
    if (!op || stage.statedDevices.empty())
      continue;
    std::optional<SmallVector<int64_t>> inOrder =
        getMeshDevices(mesh, *op.getAxis(), *op.getCoordinate());
    if (!inOrder)
      continue;
    RangeSet expected;
    for (int64_t device : *inOrder)
      expected.insert(device);
    if (expected == stage.statedDevices) {
      checkOrder(op, *inOrder, mesh, log);
      continue;
    }
    log.report(Code::DAG602, op.getLoc(), "",
               "stage " + Twine(stage.index) + " states GPU " +
                   stage.statedDevices.str() + ", but its place on the mesh, " +
                   *op.getAxis() + " = " + Twine(*op.getCoordinate()) +
                   ", has GPU " + expected.str())
        .note(mesh.getLoc(), "the mesh")
        .hint("State the devices of the stage's place, or correct the place "
              "or the devices of the mesh.");
  }
}

/// Ranks run what lies at their coordinates. A stage among others that states
/// none runs on all of them, or on devices that no mesh knows: which, is not
/// said.
static void checkPlaces(const DeploymentGraph &graph, MeshOp mesh,
                        CheckLog &log) {
  if (graph.getStages().size() < 2 || mesh.getNumDevices() < 2)
    return;
  for (const auto &stage : graph.getStages()) {
    auto op = dyn_cast_if_present<StageOp>(stage.op);
    if (!op || graph.getViolations().isMalformed(op) || op.getAxis())
      continue;
    return log.setUnverified("stage " + std::to_string(stage.index) +
                                 " does not say at which coordinate of the "
                                 "mesh it lies",
                             op.getLoc());
  }
}

void dag::checkPlannedStages(const DeploymentGraph &graph, CheckLog &log) {
  MeshOp mesh = lookupMesh(graph);
  if (!mesh)
    return;
  checkPlaces(graph, mesh, log);
  checkCoordinates(graph, mesh, log);
  checkStageDevices(graph, mesh, log);
}
