//===- VerifyStages.cpp - Are stages marked, and do they agree -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Drawing/DrawnRules.h"
#include "Stages.h"
#include "StatedRules.h"
#include "dag/Schedule/Schedule.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYSTAGES
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

using NodeId = DeploymentGraph::NodeId;

namespace {

/// What holds for a drawing and a plan alike.
class StagesCheck {
public:
  StagesCheck(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void run();

private:
  NodeId findNamedTransfer() const;
  void checkMarked();
  void checkEachMarked();
  bool isInterleaved(int64_t numRanks) const;
  void checkNumbers();
  void checkRanges();
  /// Two stages that claim the same layer.
  void checkClaims();
  void checkShared(StageDeal deal);

  const DeploymentGraph &graph;
  CheckLog &log;
};

} // namespace

bool dag::belongsToStage(const DeploymentGraph::Node &node) {
  return (!isTransfer(node.role) || node.role == Role::Send ||
          node.role == Role::Recv) &&
         node.block != Role::Moe && node.role != Role::Input &&
         node.role != Role::Output && node.role != Role::Note &&
         node.role != Role::Parameter && node.role != Role::KvCache &&
         node.role != Role::Unknown;
}

/// True if an edge leads from the last layers of a step, such as one of
/// denoising, to the first layers of the next.
static bool goesRound(const DeploymentGraph &graph,
                      const DeploymentGraph::Edge &edge) {
  RangeSet from = graph.getStatedLayers(edge.source);
  RangeSet to = graph.getStatedLayers(edge.target);
  return !from.empty() && !to.empty() && to.front() < from.front();
}

/// A transfer that names stages at both ends, or none.
NodeId StagesCheck::findNamedTransfer() const {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (const auto &node = graph.getNode(id);
        isTransfer(node.role) && node.statedStage != DeploymentGraph::kNone &&
        node.targetStage != DeploymentGraph::kNone &&
        node.statedStage != node.targetStage)
      return id;
  return DeploymentGraph::kNoNode;
}

void StagesCheck::checkMarked() {
  if (!graph.hasMarkedStages()) {
    // Data that comes back visits other devices, such as a pool of them, and
    // goes through no pipeline.
    if (llvm::any_of(graph.getEdges(), [&](const DeploymentGraph::Edge &edge) {
          const auto &target = graph.getNode(edge.target);
          return belongsToStage(target) &&
                 target.stage != DeploymentGraph::kNone &&
                 target.stage < graph.getNode(edge.source).stage &&
                 !goesRound(graph, edge);
        })) {
      log.setNothingToCheck("devices change and come back: no pipeline");
      return;
    }
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
  if (graph.hasInferredStages()) {
    if (int64_t stated = graph.getStatedPpSize();
        stated > static_cast<int64_t>(graph.getStages().size()))
      log.report(Code::DAG605, graph.getRoot()->getLoc(), "",
                 "PP=" + Twine(stated) + " is stated, but the devices make " +
                     Twine(graph.getStages().size()) + " stages");
    return;
  }
  if (graph.isSketch() && graph.getStages().empty())
    if (NodeId id = findNamedTransfer(); id != DeploymentGraph::kNoNode) {
      log.report(Code::DAG601, graph.getPlace(id),
                 "only transfers such as '" + graph.getName(id) +
                     "' name stages, and no node is marked with its stage");
      return;
    }
  if (graph.getStages().size() < 2 && graph.getStatedPpSize() < 2) {
    log.setNothingToCheck("one stage");
    if (graph.isSketch()) {
      checkApartStages(graph, log);
      checkOpenMove(graph, log);
    }
  }
  if (graph.getStages().empty()) {
    if (graph.getStatedPpSize() > 1)
      log.report(Code::DAG601, graph.getRoot()->getLoc(), "",
                 "PP=" + Twine(graph.getStatedPpSize()) +
                     " is stated, but no node is marked with its stage");
    return;
  }
  if (graph.isSketch() && areNamesOnly(graph)) {
    log.report(Code::DAG601, graph.getRoot()->getLoc(), "",
               "only identifiers, which labels hide, name the " +
                   Twine(graph.getStages().size()) +
                   " stages; no cluster, attribute or label marks one");
    return;
  }
  checkEachMarked();
}

/// Some are marked, and some are not. In a plan, what is in no stage runs
/// nowhere; in a drawing, the ends may stand outside.
void StagesCheck::checkEachMarked() {
  SmallVector<NodeId> unmarked;
  llvm::BitVector slips = findUndeclared(graph);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    // What is not declared cannot be marked: the slip is the cause.
    if (!graph.isInPipeline(id) || slips.test(id))
      continue;
    const auto *owner = graph.getStage(graph.getOwningStage(id));
    // A stage that states its layers, or its devices, marks them.
    RangeSet devices = graph.getDevices(id);
    if (owner && graph.isSketch() &&
        (owner->statedLayers.contains(node.layer) ||
         (!devices.empty() && owner->devices.contains(devices))))
      continue;
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

/// True if stages come back to the devices of the stages before them, as often
/// as virtual stages do.
bool StagesCheck::isInterleaved(int64_t numRanks) const {
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  auto size = static_cast<uint64_t>(numRanks);
  if (size < 2 || stages.size() <= size || stages.size() % size != 0)
    return false;
  for (size_t i = 0; i < stages.size(); ++i)
    if (stages[i].devices.empty() ||
        !(stages[i].devices == stages[i % size].devices) ||
        (i > 0 && i < size && stages[i].devices == stages[0].devices))
      return false;
  return true;
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
  checkDoubledStages(graph, log);
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
      static_cast<uint64_t>(stated) != stages.size() && !isInterleaved(stated))
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
    if (!stage.op ||
        (stage.statedLayers.empty() && !statesNoLayers(graph, stage)))
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
    // What is in the stage may not have been read as a layer.
    if (graph.isSketch() && drawn[stage.index].empty())
      finding.severity(Severity::Unverified);
    for (const auto &layer : graph.getLayers())
      if (unowned.contains(layer.index) || unexplained.contains(layer.index))
        finding.note(graph.getPlace(layer.nodes.front()),
                     "layer " + Twine(layer.index) + " is in stage " +
                         Twine(layer.stage));
  }
}

void StagesCheck::checkClaims() {
  // Models such as an encoder and a decoder count their layers each.
  DenseMap<int64_t, int64_t> models;
  if (graph.getModelNames().size() > 1)
    for (const auto &node : graph.getNodes())
      if (node.model != DeploymentGraph::kNone)
        models.try_emplace(node.stage, node.model);
  std::map<int64_t, RangeSet> claimed;
  for (const auto &stage : graph.getStages()) {
    auto model = models.find(stage.index);
    RangeSet &earlier =
        claimed[model == models.end() ? DeploymentGraph::kNone : model->second];
    // One layer that is drawn twice is a matter of layers.
    if (stage.op && stage.statedLayers.size() > 1 &&
        stage.statedLayers.intersects(earlier))
      log.report(Code::DAG604, stage.op->getLoc(), "",
                 "stage " + Twine(stage.index) + " states layers " +
                     stage.statedLayers.str() +
                     ", but an earlier stage states some of them too")
          .severity(graph.isSketch() ? Severity::Unverified : Severity::Medium);
    earlier.insert(stage.statedLayers);
  }
}

void StagesCheck::checkShared(StageDeal deal) {
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  RangeSet used;
  for (size_t i = 0; i < stages.size(); ++i) {
    const auto &stage = stages[i];
    // The stages of one coordinate have the same devices, all of them.
    if (deal.numRanks != 0 && i >= deal.numRanks &&
        stage.devices ==
            stages[getRankOfStage(i, deal.numRanks, deal.isV)].devices)
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

void StagesCheck::run() {
  checkMarked();
  checkNumbers();
  checkRanges();
  checkClaims();
  if (graph.isSketch()) {
    checkShared(findDrawnDeal(graph));
    checkDrawnStages(graph, log);
  } else {
    checkPlannedStages(graph, log);
    checkShared(findPlannedDeal(graph));
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
  // Beside other checks that is one of the input.
  if (!deferred)
    checkStatedMesh(graph, {"pp"}, log);
  StagesCheck(graph, log).run();
}
