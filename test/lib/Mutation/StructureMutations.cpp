//===- StructureMutations.cpp - Wrong layers, stages and devices -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutation.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

static constexpr llvm::StringLiteral kLabel =
    "a label, by which loaders go and the interpreter does not";
static constexpr llvm::StringLiteral kPlace =
    "the interpreter goes by coordinates and does not know of devices";

static void dropLayer(Sites &sites) {
  for (LayerOp layer : sites.getLayers())
    sites.add(layer, "dropped", [layer]() mutable { replaceByOperand(layer); });
}

static void doubleLayer(Sites &sites) {
  for (LayerOp layer : sites.getLayers())
    sites.add(layer, "doubled", [layer]() mutable {
      OpBuilder builder(layer.getContext());
      builder.setInsertionPointAfter(layer);
      Operation *copy = builder.clone(*layer);
      layer->getResult(0).replaceAllUsesWith(copy->getResult(0));
      copy->setOperand(0, layer->getResult(0));
    });
}

/// Calls `callback` with each layer and the next one; of one stage or of two.
static void forNeighbors(Sites &sites, bool sameStage,
                         function_ref<void(LayerOp, LayerOp)> callback) {
  SmallVector<LayerOp> layers = sites.getLayers();
  for (size_t i = 0; i + 1 < layers.size(); ++i)
    if ((layers[i]->getBlock() == layers[i + 1]->getBlock()) == sameStage)
      callback(layers[i], layers[i + 1]);
}

static void swapLayers(Sites &sites) {
  forNeighbors(sites, true, [&](LayerOp a, LayerOp b) {
    if (a->getOperandTypes() != b->getOperandTypes() ||
        b->getOperand(0) != a->getResult(0))
      return;
    sites.add(a, "behind the next one", [a, b]() mutable {
      Value x = a->getOperand(0);
      b->getResult(0).replaceAllUsesWith(a->getResult(0));
      b->setOperand(0, x);
      a->moveAfter(b);
      a->setOperand(0, b->getResult(0));
    });
  });
}

/// Two layers change places over a border of stages.
static void exchangeLayers(Sites &sites) {
  forNeighbors(sites, false, [&](LayerOp a, LayerOp b) {
    if (a->getOperandTypes() != b->getOperandTypes() ||
        a->getResultTypes() != b->getResultTypes())
      return;
    sites.add(a, "in the next stage, for its first layer", [a, b]() mutable {
      Region body;
      body.takeBody(a.getBody());
      a.getBody().takeBody(b.getBody());
      b.getBody().takeBody(body);
      int64_t index = a.getIndex();
      a.setIndex(b.getIndex());
      b.setIndex(index);
    });
  });
}

static void wrongLayerIndex(Sites &sites) {
  for (LayerOp layer : sites.getLayers())
    for (int64_t index : {int64_t(layer.getIndex()) + 1, int64_t(100)})
      sites.add(layer, "numbered " + Twine(index),
                [layer, index]() mutable { layer.setIndex(index); });
}

static void wrongLayerRange(Sites &sites) {
  for (StageOp stage : sites.getStages())
    if (stage.getFirstLayer() && stage.getEndLayer())
      for (int64_t step : {-1, 1}) {
        int64_t end = *stage.getEndLayer() + step;
        bool isBeyond = end > static_cast<int64_t>(
                                  sites.getPlan().getNumLayers().value_or(end));
        sites.add(stage, "layers up to " + Twine(end),
                  [stage, end]() mutable { stage.setEndLayer(end); },
                  {isBeyond ? "DAG207" : "DAG604", kLabel});
      }
}

static void wrongStageIndex(Sites &sites) {
  if (sites.getStages().size() < 2)
    return;
  for (StageOp stage : sites.getStages())
    for (int64_t index : {int64_t(stage.getIndex()) + 1, int64_t(7)})
      sites.add(stage, "numbered " + Twine(index),
                [stage, index]() mutable { stage.setIndex(index); });
}

static void wrongCoordinate(Sites &sites) {
  SmallVector<StageOp> stages = sites.getStages();
  for (size_t i = 0; i + 1 < stages.size(); ++i) {
    StageOp a = stages[i], b = stages[i + 1];
    if (!a.getCoordinate() || !b.getCoordinate() ||
        *a.getCoordinate() == *b.getCoordinate())
      continue;
    int64_t ofA = *a.getCoordinate(), ofB = *b.getCoordinate();
    sites.add(a, "on the coordinate of the next one",
              [=]() mutable { a.setCoordinate(ofB); });
    sites.add(a, "it changes coordinates with the next one", [=]() mutable {
      a.setCoordinate(ofB);
      b.setCoordinate(ofA);
    });
  }
}

static void wrongDevices(Sites &sites) {
  SmallVector<StageOp> stages = sites.getStages();
  auto set = [](StageOp stage, ArrayRef<int64_t> devices) {
    stage.setDevicesAttr(DenseI64ArrayAttr::get(stage.getContext(), devices));
  };
  for (size_t i = 0; i < stages.size(); ++i) {
    StageOp a = stages[i];
    if (!a.getDevices())
      continue;
    SmallVector<int64_t> ofA(*a.getDevices());
    SmallVector<int64_t> other = ofA;
    other.back() = 99;
    sites.add(a, "on a device that the mesh does not have",
              [=]() mutable { set(a, other); });
    if (ofA.size() > 1) {
      SmallVector<int64_t> reversed(llvm::reverse(ofA));
      sites.add(a, "its ranks on each other's devices",
                [=]() mutable { set(a, reversed); });
      sites.add(a, "with a device less",
                [=]() mutable { set(a, ArrayRef(ofA).drop_back()); });
    }
    if (i + 1 == stages.size() || !stages[i + 1].getDevices())
      continue;
    StageOp b = stages[i + 1];
    SmallVector<int64_t> ofB(*b.getDevices());
    sites.add(a, "on the devices of the next one",
              [=]() mutable { set(a, ofB); });
    sites.add(a, "it changes devices with the next one", [=]() mutable {
      set(a, ofB);
      set(b, ofA);
    });
  }
}

static void falseSampling(Sites &sites) {
  ModelOp plan = sites.getPlan();
  sites.add(plan, "it says that it holds layer 0 only", [plan]() mutable {
    plan.setSamplingAttr(DenseI64ArrayAttr::get(plan.getContext(), {0}));
    plan.setSamplingReasonAttr(
        StringAttr::get(plan.getContext(), "an example"));
  });
}

ArrayRef<Kind> mutation::getStructureKinds() {
  static const Kind kinds[] = {
      {"drop-layer", {"DAG201 DAG207", ""}, "a layer is missing", dropLayer},
      {"double-layer", {"DAG203", ""}, "a layer follows itself", doubleLayer},
      {"swap-layers",
       {"DAG204", ""},
       "two layers of a stage change places",
       swapLayers},
      {"exchange-layers",
       {"DAG202 DAG204", ""},
       "two layers of two stages change places",
       exchangeLayers},
      {"wrong-layer-index",
       {"DAG2", kLabel},
       "a layer has another number",
       wrongLayerIndex},
      {"wrong-layer-range",
       {"DAG604", kLabel},
       "a stage states a wrong range of layers",
       wrongLayerRange},
      {"wrong-stage-index",
       {"DAG605 DAG603 DAG306 DAG604 DAG202", kLabel},
       "a stage has another number",
       wrongStageIndex},
      {"wrong-coordinate",
       {"DAG602 DAG603 DAG807", kPlace},
       "a stage stands on another coordinate than its devices",
       wrongCoordinate},
      {"wrong-devices",
       {"DAG602 DAG603 DAG607 DAG807 DAG503", kPlace},
       "a stage on wrong devices",
       wrongDevices},
      {"false-sampling",
       {"DAG205", kLabel},
       "a plan that says it is a sample and is not",
       falseSampling},
  };
  return kinds;
}
