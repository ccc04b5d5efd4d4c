//===- VerifyStages.cpp - Are stages marked, and do they agree -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Schedule/Schedule.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"
#include "llvm/ADT/MapVector.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYSTAGES
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

using NodeId = DeploymentGraph::NodeId;

namespace {

class StagesCheck {
public:
  StagesCheck(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void run() {
    checkMarked();
    checkNumbers();
    checkRanges();
    checkMesh();
    findVirtual();
    checkShared();
    checkDevices();
    checkRankDevices();
  }

private:
  /// Nodes that belong to one stage: not what moves data between stages, nor
  /// the ends of the drawing.
  static bool belongsToStage(const DeploymentGraph::Node &node) {
    return (!isTransfer(node.role) || node.role == Role::Send ||
            node.role == Role::Recv) &&
           node.block != Role::Moe && node.role != Role::Input &&
           node.role != Role::Output && node.role != Role::Note &&
           node.role != Role::Parameter && node.role != Role::KvCache &&
           node.role != Role::Unknown;
  }

  /// A stage of a plan with an empty range, where a drawing states nothing.
  bool statesNoLayers(const DeploymentGraph::Stage &stage) const {
    auto op = dyn_cast<StageOp>(stage.op);
    return op && !graph.getViolations().isMalformed(op) && op.getFirstLayer() &&
           op.getFirstLayer() == op.getEndLayer();
  }

  void checkMarked();
  void checkNumbers();
  void checkRanges();
  void checkMesh();
  void checkOrder(StageOp op, ArrayRef<int64_t> expected, MeshOp mesh);
  void findVirtual();
  void findDrawnVirtual();
  void checkShared();
  void checkDevices();
  void checkRankDevices();

  const DeploymentGraph &graph;
  CheckLog &log;
  /// Nodes with a finding of their own.
  DenseSet<NodeId> blamed;
  /// Ranks of a pipeline whose stages are dealt out in turn, or zero.
  size_t numRanks = 0;
  /// True if they go there and back.
  bool isV = false;
};

} // namespace

void StagesCheck::checkMarked() {
  if (graph.hasInferredStages()) {
    auto finding =
        log.report(Code::DAG601, graph.getRoot()->getLoc(), "",
                   "no cluster, attribute or label marks a stage; the " +
                       Twine(graph.getStages().size()) +
                       " stages can only be guessed from the devices");
    for (const auto &stage : graph.getStages().take_front(8))
      for (const auto &layer : graph.getLayers())
        if (layer.stage == stage.index) {
          finding.note(graph.getPlace(layer.nodes.front()),
                       "GPU " + stage.devices.str() + " begins here");
          break;
        }
    return;
  }
  if (graph.getStages().empty()) {
    if (graph.getStatedPpSize() > 1)
      log.report(Code::DAG601, graph.getRoot()->getLoc(), "",
                 "PP=" + Twine(graph.getStatedPpSize()) +
                     " is stated, but no node is marked with its stage");
    return;
  }
  // Some are marked, and some are not. In a plan, what is in no stage runs
  // nowhere; in a drawing, the ends may stand outside.
  SmallVector<NodeId> unmarked;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.statedStage == DeploymentGraph::kNone &&
        (node.layer != DeploymentGraph::kNone || !graph.isSketch()) &&
        belongsToStage(node))
      unmarked.push_back(id);
  }
  if (unmarked.empty())
    return;
  auto finding = log.report(
      Code::DAG601, graph.getPlace(unmarked.front()),
      Twine(graph.isSketch() ? "expected every layer in a marked stage, but "
                             : "expected every op in a stage, but ") +
          (unmarked.size() == 1
               ? "'" + graph.getName(unmarked.front()) + "' is"
               : std::to_string(unmarked.size()) + " nodes are") +
          " in none");
  for (NodeId id : ArrayRef(unmarked).take_front(8))
    finding.note(graph.getPlace(id), "in no stage");
}

void StagesCheck::checkNumbers() {
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  if (stages.empty() || graph.hasInferredStages())
    return;
  int64_t first = stages.front().index;
  auto getPlace = [&](const DeploymentGraph::Stage &stage) {
    if (stage.op)
      return stage.op->getLoc();
    for (const auto &layer : graph.getLayers())
      if (layer.stage == stage.index)
        return graph.getLoc(layer.nodes.front());
    return graph.getRoot()->getLoc();
  };
  RangeSet present;
  for (const auto &stage : stages)
    present.insert(stage.index);
  if (auto model = dyn_cast<ModelOp>(graph.getRoot())) {
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
  if (first > 1)
    log.report(Code::DAG605, getPlace(stages.front()), "",
               "expected stages to count from 0 or 1, but the first one is "
               "stage " +
                   Twine(first));
  RangeSet gaps = RangeSet(first, stages.back().index).subtract(present);
  if (!gaps.empty())
    log.report(Code::DAG605, getPlace(stages.back()), "",
               "expected stages without a gap, but stage " + gaps.str() +
                   " is missing");
  if (int64_t stated = graph.getStatedPpSize();
      stated != DeploymentGraph::kNone &&
      static_cast<uint64_t>(stated) != stages.size())
    log.report(Code::DAG605, graph.getRoot()->getLoc(), "",
               "PP=" + Twine(stated) + " is stated, but there are " +
                   Twine(stages.size()) + " stages");
}

void StagesCheck::checkRanges() {
  // What a stage says of its layers against the layers in it.
  std::map<int64_t, RangeSet> drawn;
  std::map<int64_t, NodeId> example;
  for (const auto &layer : graph.getLayers())
    if (layer.stage != DeploymentGraph::kNone) {
      drawn[layer.stage].insert(layer.index);
      example.try_emplace(layer.stage, layer.nodes.front());
    }
  RangeSet all, stated;
  for (const auto &layer : graph.getLayers())
    all.insert(layer.index);
  for (const auto &stage : graph.getStages())
    stated.insert(stage.statedLayers);
  bool isSampled = graph.getSampledLayers().has_value();
  for (const auto &stage : graph.getStages()) {
    if (!stage.op || (stage.statedLayers.empty() && !statesNoLayers(stage)))
      continue;
    RangeSet extra = drawn[stage.index].subtract(stage.statedLayers);
    RangeSet missing = stage.statedLayers.subtract(drawn[stage.index]);
    // What is drawn nowhere is a missing layer, and no wrong range.
    RangeSet elsewhere =
        missing.empty() ? RangeSet() : missing.subtract(missing.subtract(all));
    if (extra.empty() && (elsewhere.empty() || isSampled))
      continue;
    // A layer that another stage states too is in the wrong stage, which is a
    // matter of layers.
    RangeSet unowned = extra.subtract(stated);
    RangeSet unexplained;
    for (RangeSet::Range range : elsewhere.getRanges())
      for (int64_t layer = range.first; layer <= range.last; ++layer) {
        const auto *owner = graph.getStage(graph.getLayer(layer)->stage);
        if (owner && owner->statedLayers.contains(layer))
          unexplained.insert(layer);
      }
    if (unowned.empty() && unexplained.empty())
      continue;
    auto finding = log.report(
        Code::DAG604, stage.op->getLoc(), "",
        "stage " + Twine(stage.index) + " states " +
            (stage.statedLayers.empty()
                 ? std::string("no layers")
                 : "layers " + stage.statedLayers.str()) +
            ", but " +
            (drawn[stage.index].empty()
                 ? std::string("none is drawn in it")
                 : "layers " + drawn[stage.index].str() + " are drawn in it"));
    for (const auto &layer : graph.getLayers())
      if (unowned.contains(layer.index) || unexplained.contains(layer.index))
        finding.note(graph.getPlace(layer.nodes.front()),
                     "layer " + Twine(layer.index) + " is in stage " +
                         Twine(layer.stage));
  }
  // Two stages that claim the same layer.
  RangeSet claimed;
  for (const auto &stage : graph.getStages()) {
    if (stage.op && stage.statedLayers.intersects(claimed))
      log.report(Code::DAG604, stage.op->getLoc(), "",
                 "stage " + Twine(stage.index) + " states layers " +
                     stage.statedLayers.str() +
                     ", but an earlier stage states some of them too");
    claimed.insert(stage.statedLayers);
  }
}

/// The place of a plan's stage, or null.
static StageOp getPlacedStage(const DeploymentGraph &graph,
                              const DeploymentGraph::Stage &stage) {
  auto op = dyn_cast_if_present<StageOp>(stage.op);
  return op && !graph.getViolations().isMalformed(op) && op.getAxis()
             ? op
             : StageOp();
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

/// What a plan's stages say of their places against the mesh.
void StagesCheck::checkMesh() {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model || graph.getViolations().isMalformed(model))
    return;
  MeshOp mesh = model.lookupMesh();
  if (!mesh || graph.getViolations().isMalformed(mesh))
    return;
  // Where stages stand on an axis, every coordinate of it has one. A gap in
  // their numbers is a stage that is missing, and reported as that.
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
      checkOrder(op, *inOrder, mesh);
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

/// The devices of a stage are listed in the order of its ranks.
void StagesCheck::checkOrder(StageOp op, ArrayRef<int64_t> expected,
                             MeshOp mesh) {
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

/// In a drawing, stages are dealt out in turn if their clusters state devices
/// that come again in the same order, after at least two stages.
void StagesCheck::findDrawnVirtual() {
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  size_t period = 1;
  while (period < stages.size() &&
         stages[period].statedDevices != stages.front().statedDevices)
    ++period;
  if (period < 2 || period >= stages.size() || stages.size() % period != 0)
    return;
  for (size_t i = 0; i < stages.size(); ++i)
    if (stages[i].statedDevices.empty() ||
        stages[i].statedDevices != stages[i % period].statedDevices)
      return;
  numRanks = period;
}

/// Virtual stages are dealt out in turn: stage `i` of a plan stands on
/// coordinate `i mod n`, where `n` is the size of the axis; or there and back.
void StagesCheck::findVirtual() {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  if (graph.isSketch())
    return findDrawnVirtual();
  if (!model || graph.getViolations().isMalformed(model) || stages.empty())
    return;
  MeshOp mesh = model.lookupMesh();
  StageOp first = getPlacedStage(graph, stages.front());
  if (!mesh || graph.getViolations().isMalformed(mesh) || !first)
    return;
  std::optional<int64_t> size = mesh.getAxisSize(*first.getAxis());
  if (!size || *size < 2 || stages.size() % *size != 0)
    return;
  for (bool placesV : {false, true}) {
    bool isPlaced = llvm::all_of(llvm::enumerate(stages), [&](auto entry) {
      StageOp op = getPlacedStage(graph, entry.value());
      return op && op.getAxisAttr() == first.getAxisAttr() &&
             static_cast<int64_t>(*op.getCoordinate()) ==
                 getRankOfStage(entry.index(), *size, placesV);
    });
    if (!isPlaced)
      continue;
    numRanks = *size;
    isV = placesV;
    return;
  }
}

void StagesCheck::checkShared() {
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  RangeSet used;
  for (size_t i = 0; i < stages.size(); ++i) {
    const auto &stage = stages[i];
    // The stages of one coordinate have the same devices, all of them.
    if (numRanks != 0 && i >= numRanks &&
        stage.devices == stages[getRankOfStage(i, numRanks, isV)].devices)
      continue;
    if (stage.devices.intersects(used)) {
      for (const auto &other : stages) {
        if (other.index == stage.index ||
            !other.devices.intersects(stage.devices))
          continue;
        RangeSet both =
            stage.devices.subtract(stage.devices.subtract(other.devices));
        Location loc = graph.getRoot()->getLoc();
        if (stage.op)
          loc = stage.op->getLoc();
        else
          for (const auto &layer : graph.getLayers())
            if (layer.stage == stage.index) {
              loc = graph.getLoc(layer.nodes.front());
              break;
            }
        auto finding =
            log.report(Code::DAG603, loc, "",
                       "stages " + Twine(other.index) + " and " +
                           Twine(stage.index) + " share GPU " + both.str());
        if (other.op)
          finding.note(other.op->getLoc(), "the other stage");
        break;
      }
    }
    used.insert(stage.devices);
  }
}

void StagesCheck::checkDevices() {
  if (graph.getStages().size() < 2 || !graph.isSketch())
    return;
  RangeSet staged;
  for (const auto &stage : graph.getStages())
    staged.insert(stage.devices);
  // Nodes in no stage are few; looking each up among all stages is bounded.
  size_t numLooked = 0;
  const size_t kMaxLooked = 10'000'000 / graph.getStages().size();
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (!belongsToStage(node))
      continue;
    RangeSet devices = graph.getDevices(id);
    if (graph.hasAllDevices(id) && node.layer != DeploymentGraph::kNone &&
        !isTransfer(node.role))
      devices = staged;
    int64_t owner = graph.getOwningStage(id);
    const auto *stage = graph.getStage(owner);
    std::string name = graph.getName(id);
    // The node's own word against its layer's.
    const auto *layer = graph.getLayer(node.layer);
    if (layer && !isTransfer(node.role) && layer->stage != layer->home &&
        node.statedStage == layer->stage)
      continue; // the whole layer is in a wrong stage, a matter of layers
    if (node.statedStage != DeploymentGraph::kNone &&
        owner != DeploymentGraph::kNone && node.statedStage != owner) {
      blamed.insert(id);
      log.report(Code::DAG602, graph.getPlace(id),
                 "'" + name + "' is in stage " + Twine(node.statedStage) +
                     ", but layer " + Twine(node.layer) + " is in stage " +
                     Twine(owner));
      continue;
    }
    if (devices.empty())
      continue;
    if (stage && !stage->devices.empty()) {
      RangeSet outside = devices.subtract(stage->devices);
      if (outside.empty())
        continue;
      // A collective of a layer with too large a group is reported as that.
      if (isCollective(node.role) && node.layer != DeploymentGraph::kNone &&
          devices.intersects(stage->devices))
        continue;
      blamed.insert(id);
      log.report(devices.intersects(stage->devices) ? Code::DAG606
                                                    : Code::DAG602,
                 graph.getPlace(id),
                 "'" + name + "' is on GPU " + devices.str() + ", but stage " +
                     Twine(owner) + " has GPU " + stage->devices.str());
      continue;
    }
    // In no stage: it may still reach over several.
    SmallVector<int64_t, 4> touched;
    if (!devices.intersects(staged))
      continue;
    if (++numLooked > kMaxLooked)
      continue;
    for (const auto &other : graph.getStages()) {
      if (other.devices.intersects(devices))
        touched.push_back(other.index);
      if (touched.size() > 8)
        break;
    }
    if (touched.size() > 1) {
      blamed.insert(id);
      std::string list;
      for (int64_t index : ArrayRef(touched).take_front(8))
        list += (list.empty() ? "" : ", ") + std::to_string(index);
      log.report(Code::DAG606, graph.getPlace(id),
                 "'" + name + "' is on GPU " + devices.str() +
                     ", the devices of stages " + list);
    }
  }
}

void StagesCheck::checkRankDevices() {
  if (!graph.isSketch())
    return;
  // A rank stays on its device through a stage.
  using Key = std::pair<int64_t, int64_t>; // stage, rank
  auto getKey = [&](NodeId id) -> std::optional<Key> {
    const auto &node = graph.getNode(id);
    if (node.tpRank == DeploymentGraph::kNone || !belongsToStage(node) ||
        graph.getOwningStage(id) == DeploymentGraph::kNone ||
        node.expert != DeploymentGraph::kNone ||
        node.replica != DeploymentGraph::kNone)
      return std::nullopt;
    return Key{graph.getOwningStage(id), node.tpRank};
  };
  std::map<Key, DenseMap<Attribute, unsigned>> counts;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (auto key = getKey(id))
      if (RangesAttr devices = graph.getDevicesAttr(id))
        ++counts[*key][devices];
  std::map<Key, Attribute> usual;
  for (auto &[key, byDevices] : counts) {
    unsigned all = 0, best = 0;
    for (auto [devices, count] : byDevices) {
      all += count;
      if (count > best) {
        best = count;
        usual[key] = devices;
      }
    }
    if (best * 4 < all * 3 || byDevices.size() < 2)
      usual.erase(key);
  }
  if (usual.empty())
    return;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    auto key = getKey(id);
    RangesAttr devices = graph.getDevicesAttr(id);
    if (!key || !devices || blamed.contains(id))
      continue;
    auto it = usual.find(*key);
    if (it == usual.end() || it->second == devices)
      continue;
    log.report(Code::DAG607, graph.getPlace(id),
               "'" + graph.getName(id) + "' is on GPU " +
                   devices.getSet().str() + ", but TP rank " +
                   Twine(key->second) + " of its stage is on GPU " +
                   cast<RangesAttr>(it->second).getSet().str());
  }
}

namespace {
struct VerifyStages : CheckPass<dag::impl::DagVerifyStagesBase<VerifyStages>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Stages);
  }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override;
};
} // namespace

void VerifyStages::checkGraph(const DeploymentGraph &graph, CheckLog &log) {
  reportViolations(graph, log);
  StagesCheck(graph, log).run();
}
