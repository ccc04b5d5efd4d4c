//===- DrawnLayout.h - The layout that a deployment has -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_REPAIR_DRAWNLAYOUT_H
#define DAG_LIB_REPAIR_DRAWNLAYOUT_H

#include "ChangeReport.h"
#include "dag/Dialect/Dag/Transforms/Options.h"
#include "dag/Graph/DeploymentGraph.h"

#include <optional>

namespace mlir::dag {

/// A pipeline stage as it is drawn.
struct DrawnStage {
  /// The number that it has in the drawing.
  int64_t index;
  Location loc;
  /// The layers drawn in it, and those that it says it has.
  RangeSet drawn;
  RangeSet stated;
  /// Its devices in the order of the ranks, or in ascending order where ranks
  /// are not stated; empty if unknown.
  SmallVector<int64_t> devices;
  /// How many ranks are stated in it, 0 if none is.
  int64_t numRanks = 0;
};

/// What a deployment says of its layout, without the model's help.
struct DrawnLayout {
  explicit DrawnLayout(Location loc) : conflictLoc(loc) {}

  /// In the order of their layers, where all have some; else of their numbers.
  std::vector<DrawnStage> stages;
  /// True if only devices tell the stages.
  bool isInferred = false;
  /// All layers that are drawn or stated.
  RangeSet layers;
  /// Sizes that are stated; 0 if not.
  int64_t tp = 0;
  int64_t pp = 0;
  int64_t ep = 0;
  /// Stages on each coordinate; more than one in a plan alone, which has them
  /// in turn, there and back, or otherwise.
  int64_t virtualStages = 1;
  std::optional<Placement> placement = Placement::Loop;
  /// Two sizes that nodes or clusters state, where they differ.
  std::optional<std::pair<int64_t, int64_t>> conflictingTp;
  Location conflictLoc;
  /// Layers with many nodes in a second stage.
  struct Split {
    const DeploymentGraph::Layer *layer;
    int64_t stage;
    int64_t otherStage;
    DeploymentGraph::NodeId node;
  };
  std::vector<Split> splits;
  /// Single nodes on a device, or in a stage, that their layer is not in.
  struct Stray {
    DeploymentGraph::NodeId node;
    int64_t stage;
    int64_t home;
  };
  std::vector<Stray> strays;
  /// Where ranks are not stated: a node that some devices of its stage have and
  /// others have not, so that devices are no ranks.
  DeploymentGraph::NodeId uneven = DeploymentGraph::kNoNode;
};

/// Reads the layout. Says nothing; what is contradictory is in the result.
DrawnLayout readLayout(const DeploymentGraph &graph);

/// What the user says in place of the drawing; zero and empty where nothing.
struct LayoutChoice {
  int64_t tp = 0;
  int64_t pp = 0;
  int64_t ep = 0;
  SmallVector<int64_t> layout;
  SmallVector<int64_t> devices;
};

/// A layout that leaves nothing open.
struct ResolvedLayout {
  int64_t tp = 1;
  int64_t pp = 1;
  int64_t ep = 1;
  int64_t virtualStages = 1;
  Placement placement = Placement::Loop;
  /// Layers of each stage.
  SmallVector<int64_t> layout;
  /// Device of each coordinate of `<pp, ep, tp>`, row-major; empty for
  /// ascending devices.
  SmallVector<int64_t> devices;
  /// The number of the drawing's first layer, 0 or 1.
  int64_t firstLayer = 0;
  /// The stages as they will be, with the layers that are drawn, counted from
  /// 0.
  std::vector<PlacedStage> stages;
};

/// `stage 1`, as it is called in the drawing.
inline std::string getStageName(const DrawnStage &stage) {
  return "stage " + std::to_string(stage.index);
}

/// Whether the plan has the stages that are drawn, one for one.
inline bool usesDrawnStages(const DrawnLayout &drawn,
                            const ResolvedLayout &layout) {
  return static_cast<size_t>(layout.pp) * layout.virtualStages ==
         drawn.stages.size();
}

/// Decides the devices of `layout`, whose sizes are known. A part of
/// `resolveLayout`.
void resolveDevices(const DeploymentGraph &graph, const DrawnLayout &drawn,
                    const LayoutChoice &choice, ResolvedLayout &layout,
                    ChangeLog &log);

/// Decides what the drawing leaves open with the choices of the user and the
/// model's number of layers. Reports what is kept, assumed and changed; all
/// that stays ambiguous is refused, each with the option that decides it.
std::optional<ResolvedLayout> resolveLayout(const DeploymentGraph &graph,
                                            const DrawnLayout &drawn,
                                            const LayoutChoice &choice,
                                            int64_t numLayers, ChangeLog &log);

} // namespace mlir::dag

#endif // DAG_LIB_REPAIR_DRAWNLAYOUT_H
