//===- ResolveLayout.cpp - Deciding what a drawing leaves open -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything ambiguous is refused, all of it in one run, and each refusal names
// the option that decides it. What the user states wins over what is drawn.
//
//===----------------------------------------------------------------------===//

#include "DrawnLayout.h"

#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;
static constexpr int64_t kNone = DeploymentGraph::kNone;

/// `80 layers`.
static std::string count(int64_t numLayers) {
  return std::to_string(numLayers) + (numLayers == 1 ? " layer" : " layers");
}

namespace {
class LayoutResolver {
public:
  LayoutResolver(const DeploymentGraph &graph, const DrawnLayout &drawn,
                 const LayoutChoice &choice, int64_t numLayers, ChangeLog &log)
      : graph(graph), drawn(drawn), choice(choice), numLayers(numLayers),
        log(log), rootLoc(graph.getRoot()->getLoc()) {}

  std::optional<ResolvedLayout> run();

private:
  /// The layers that a stage surely has, closed; empty if it shows none.
  struct Hull {
    int64_t first = kNone;
    int64_t last = kNone;
    bool isKnown() const { return first != kNone; }
  };

  void resolveTp();
  void takeTpFrom(const DrawnStage *first);
  void resolvePp();
  bool checkNumLayers();
  void resolveLayers();
  void chooseLayers();
  void checkSplits();
  bool findHulls();
  bool fitsTightly(int64_t first) const;
  bool fitsEvenly(int64_t first) const;
  bool claimsNumLayers() const;
  void refuseGaps();
  void setEven(int64_t first);
  void reportStages();
  void reportStrays();
  bool usesDrawnStages() const { return dag::usesDrawnStages(drawn, result); }
  std::string getHullText(size_t index) const {
    return getLayersText(RangeSet(hulls[index].first, hulls[index].last));
  }

  const DeploymentGraph &graph;
  const DrawnLayout &drawn;
  const LayoutChoice &choice;
  int64_t numLayers;
  ChangeLog &log;
  Location rootLoc;
  ResolvedLayout result;
  std::vector<Hull> hulls;
  bool isTpKnown = true;
};
} // namespace

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// The ranks that a stage shows, or else its devices.
static int64_t getNumDrawnRanks(const DrawnStage &stage) {
  return stage.numRanks > 0 ? stage.numRanks
                            : static_cast<int64_t>(stage.devices.size());
}

void LayoutResolver::resolveTp() {
  result.ep = choice.ep > 0 ? choice.ep : std::max<int64_t>(drawn.ep, 1);
  if (choice.tp > 0) {
    result.tp = choice.tp;
    if (drawn.tp > 0 && drawn.tp != choice.tp)
      log.add(ChangeKind::Changed, rootLoc,
              "TP from " + Twine(drawn.tp) + ", as stated, to " +
                  Twine(choice.tp) + ", as tp= says");
    return;
  }
  isTpKnown = false;
  if (drawn.conflictingTp) {
    log.refuse(drawn.conflictLoc,
               "expected one TP size, but got TP=" +
                   Twine(drawn.conflictingTp->first) +
                   " and TP=" + Twine(drawn.conflictingTp->second) +
                   "; tp= decides which one is meant");
    return;
  }
  // The ranks that the stages show.
  const DrawnStage *first = nullptr, *other = nullptr;
  for (const DrawnStage &stage : drawn.stages) {
    if (getNumDrawnRanks(stage) == 0)
      continue;
    if (!first)
      first = &stage;
    else if (!other && getNumDrawnRanks(stage) != getNumDrawnRanks(*first))
      other = &stage;
  }
  if (drawn.tp > 0) {
    for (const DrawnStage &stage : drawn.stages)
      if (stage.numRanks > drawn.tp) {
        log.refuse(stage.loc, "expected " + Twine(drawn.tp) +
                                  " TP ranks, as stated, but " +
                                  getStageName(stage) + " has " +
                                  Twine(stage.numRanks) +
                                  "; tp= decides which is meant");
        return;
      }
    result.tp = drawn.tp;
    isTpKnown = true;
    return;
  }
  if (other) {
    log.refuse(other->loc, "expected one TP size, but " + getStageName(*first) +
                               " has " + Twine(getNumDrawnRanks(*first)) +
                               " ranks and " + getStageName(*other) + " has " +
                               Twine(getNumDrawnRanks(*other)) +
                               "; tp= decides which one is meant")
        .note(first->loc, getStageName(*first) + " is here");
    return;
  }
  if (drawn.uneven != DeploymentGraph::kNoNode) {
    log.refuse(graph.getLoc(drawn.uneven),
               "'" + graph.getName(drawn.uneven) +
                   "' is on some devices of its stage, and no TP rank is "
                   "stated, so the devices may be split by tensor, expert or "
                   "data parallelism; tp= and ep= decide");
    return;
  }
  isTpKnown = true;
  takeTpFrom(first);
}

/// TP from what a stage shows that has ranks or devices; null if none has.
void LayoutResolver::takeTpFrom(const DrawnStage *first) {
  if (!first) {
    result.tp = 1;
    log.add(ChangeKind::Assumed, rootLoc,
            "TP=1, since neither ranks nor devices are drawn");
    return;
  }
  result.tp = getNumDrawnRanks(*first);
  if (first->numRanks > 0)
    return;
  // Without ranks, devices are all that tells.
  int64_t numStated = drawn.stages.size() == 1 && choice.pp == 0 ? drawn.pp : 0;
  if (numStated > 1 && result.tp % numStated == 0)
    result.tp /= numStated;
  if (result.tp % result.ep == 0)
    result.tp /= result.ep;
  if (result.tp > 1)
    log.add(ChangeKind::Assumed, first->loc,
            "TP=" + Twine(result.tp) +
                ", one rank for each device of a stage, since no rank is "
                "stated");
}

void LayoutResolver::resolvePp() {
  result.virtualStages = drawn.virtualStages;
  if (drawn.placement)
    result.placement = *drawn.placement;
  else if (choice.pp == 0)
    log.refuse(rootLoc, "expected stages in turn on " +
                            Twine(drawn.stages.size() / drawn.virtualStages) +
                            " coordinates, or there and back, but they are "
                            "placed otherwise; pp= makes another plan");
  int64_t numDrawn = drawn.stages.size() / drawn.virtualStages;
  bool fitsDrawn =
      choice.layout.empty() || choice.layout.size() == drawn.stages.size();
  if (choice.pp > 0 || !fitsDrawn) {
    result.pp =
        choice.pp > 0 ? choice.pp : static_cast<int64_t>(choice.layout.size());
    if (result.pp == numDrawn)
      return;
    result.virtualStages = 1;
    result.placement = Placement::Loop;
    if (numDrawn > 1)
      log.add(ChangeKind::Changed, rootLoc,
              "PP from " + Twine(numDrawn) + ", as drawn, to " +
                  Twine(result.pp) +
                  (choice.pp > 0 ? ", as pp= says" : ", as layout= says"));
    return;
  }
  result.pp = std::max<int64_t>(numDrawn, 1);
  if (drawn.pp == 0 || drawn.pp == result.pp || !choice.layout.empty())
    return;
  if (numDrawn <= 1) {
    result.pp = drawn.pp;
    return;
  }
  log.refuse(rootLoc, "PP=" + Twine(drawn.pp) + " is stated, but " +
                          Twine(numDrawn) +
                          " stages are drawn; pp= decides which is meant");
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

bool LayoutResolver::claimsNumLayers() const {
  return graph.getStatedNumLayers() == numLayers;
}

bool LayoutResolver::checkNumLayers() {
  int64_t stated = graph.getStatedNumLayers();
  if (stated != kNone && stated != numLayers)
    log.refuse(rootLoc,
               "expected the model of the drawing, with " + count(stated) +
                   " as stated, but the model of config= has " +
                   Twine(numLayers) + "; config= decides which model is meant");
  bool isGood = stated == kNone || stated == numLayers;
  if (drawn.layers.empty())
    return isGood;
  // A last layer of the model's number is one of layers that count from 1.
  int64_t last = drawn.layers.back();
  if (last < numLayers || (last == numLayers && drawn.layers.front() >= 1))
    return isGood;
  if (!isGood)
    return false; // says the same
  Location loc = rootLoc;
  for (const DeploymentGraph::Layer &layer : graph.getLayers())
    if (layer.index >= numLayers) {
      loc = graph.getLoc(layer.nodes.front());
      break;
    }
  log.refuse(
      loc, "layer " + Twine(last) + " is drawn, but the model of config= has " +
               count(numLayers) + "; config= decides which model is meant");
  return false;
}

void LayoutResolver::checkSplits() {
  constexpr size_t kMaxShown = 8;
  for (const DrawnLayout::Split &split :
       ArrayRef(drawn.splits).take_front(kMaxShown))
    log.refuse(graph.getLoc(split.node),
               "layer " + Twine(split.layer->index) + " is drawn in stage " +
                   Twine(split.stage) + " and in stage " +
                   Twine(split.otherStage) +
                   "; layout= decides, with the layers of each stage")
        .note(graph.getLoc(split.layer->nodes.front()),
              "layer " + Twine(split.layer->index) + " begins here");
  if (drawn.splits.size() > kMaxShown)
    log.refuse(rootLoc, Twine(drawn.splits.size() - kMaxShown) +
                            " more layers are drawn in two stages; layout= "
                            "decides");
}

bool LayoutResolver::findHulls() {
  bool isGood = true;
  hulls.clear();
  // What two stages state of one layer is decided by where it is drawn.
  RangeSet once, twice;
  for (const DrawnStage &stage : drawn.stages) {
    RangeSet fresh = stage.stated.subtract(once);
    twice.insert(stage.stated.subtract(fresh));
    once.insert(stage.stated);
  }
  for (const DrawnStage &stage : drawn.stages) {
    RangeSet layers = stage.stated.subtract(twice);
    layers.insert(stage.drawn);
    Hull hull;
    if (!layers.empty())
      hull = {layers.front(), layers.back()};
    hulls.push_back(hull);
  }
  const DrawnStage *previous = nullptr;
  size_t previousIndex = 0;
  for (size_t i = 0; i < hulls.size(); ++i) {
    if (!hulls[i].isKnown())
      continue;
    if (previous && hulls[i].first <= hulls[previousIndex].last) {
      log.refuse(drawn.stages[i].loc,
                 "expected the layers of each stage in one piece, but " +
                     getHullText(i) + " of " + getStageName(drawn.stages[i]) +
                     " lie among " + getHullText(previousIndex) + " of " +
                     getStageName(*previous) +
                     "; layout= decides, with the layers of each stage")
          .note(previous->loc, getStageName(*previous) + " is here");
      isGood = false;
    }
    if (!previous || hulls[i].last > hulls[previousIndex].last) {
      previous = &drawn.stages[i];
      previousIndex = i;
    }
  }
  return isGood;
}

/// Whether the stages, with layers counted from `first`, leave nothing out.
bool LayoutResolver::fitsTightly(int64_t first) const {
  int64_t next = first;
  for (const Hull &hull : hulls) {
    if (!hull.isKnown() || hull.first != next)
      return false;
    next = hull.last + 1;
  }
  return next == first + numLayers;
}

/// The layers of stage `index` of `count` where they are spread evenly; the
/// first stages take the remainder.
static std::pair<int64_t, int64_t> getEvenRange(int64_t numLayers,
                                                int64_t count, int64_t index) {
  int64_t each = numLayers / count, rest = numLayers % count;
  int64_t begin = index * each + std::min(index, rest);
  return {begin, begin + each + (index < rest)};
}

/// Whether an even layout explains all that is drawn.
bool LayoutResolver::fitsEvenly(int64_t first) const {
  for (auto [i, hull] : llvm::enumerate(hulls)) {
    auto [begin, end] = getEvenRange(numLayers, hulls.size(), i);
    if (hull.isKnown() &&
        (hull.first < first + begin || hull.last >= first + end))
      return false;
  }
  // A drawing that is complete in itself is another model's, unless it says
  // otherwise.
  return drawn.layers.empty() || drawn.layers.getRanges().size() > 1 ||
         drawn.layers.front() > 1 || claimsNumLayers() ||
         graph.getSampledLayers();
}

void LayoutResolver::setEven(int64_t first) {
  result.firstLayer = first;
  int64_t count = result.pp * result.virtualStages;
  for (int64_t i = 0; i < count; ++i) {
    auto [begin, end] = getEvenRange(numLayers, count, i);
    result.layout.push_back(end - begin);
  }
}

void LayoutResolver::refuseGaps() {
  constexpr unsigned kMaxShown = 8;
  unsigned numGaps = 0;
  const DrawnStage *previous = nullptr;
  int64_t next = 0;
  if (hulls.front().isKnown() && hulls.front().first == 1 &&
      drawn.layers.back() == numLayers)
    next = 1;
  int64_t end = next + numLayers;
  for (auto [i, hull] : llvm::enumerate(hulls)) {
    const DrawnStage &stage = drawn.stages[i];
    if (!hull.isKnown()) {
      if (numGaps++ < kMaxShown)
        log.refuse(stage.loc, "no layer is drawn in " + getStageName(stage) +
                                  "; layout= decides, with the layers of each "
                                  "stage");
      continue;
    }
    if (hull.first > next && numGaps++ < kMaxShown) {
      std::string gap = getLayersText(RangeSet(next, hull.first - 1));
      if (previous)
        log.refuse(stage.loc,
                   gap + " may belong to " + getStageName(*previous) +
                       " or to " + getStageName(stage) +
                       "; layout= decides, with the layers of each stage")
            .note(previous->loc, getStageName(*previous) + " is here");
      else
        log.refuse(stage.loc, "no stage has " + gap + " before " +
                                  getStageName(stage) +
                                  "; layout= decides, with the layers of each "
                                  "stage");
    }
    previous = &stage;
    next = std::max(next, hull.last + 1);
  }
  if (next < end && previous)
    log.refuse(previous->loc,
               "the drawing ends with layer " + Twine(next - 1) +
                   ", but the model of config= has " + count(numLayers) +
                   "; config= decides which model is meant, or layout= how its "
                   "layers are spread");
}

void LayoutResolver::chooseLayers() {
  int64_t sum = 0;
  bool isGood = true;
  for (int64_t count : choice.layout) {
    isGood &= count > 0;
    if (llvm::AddOverflow(sum, std::max<int64_t>(count, 0), sum))
      sum = INT64_MAX;
  }
  int64_t numStages = result.pp * result.virtualStages;
  if (choice.layout.size() != static_cast<size_t>(numStages)) {
    log.refuse(rootLoc, "expected layout= with " + Twine(numStages) +
                            " numbers, one for each stage, but got " +
                            Twine(choice.layout.size()));
    return;
  }
  if (!isGood) {
    log.refuse(rootLoc, "expected layout= with a layer or more for each stage, "
                        "but got " +
                            Twine(*llvm::find_if(choice.layout, [](int64_t n) {
                              return n <= 0;
                            })));
    return;
  }
  if (sum != numLayers) {
    log.refuse(rootLoc, "expected layout= to spread the model's " +
                            Twine(numLayers) +
                            " layers, but its numbers add up to " + Twine(sum));
    return;
  }
  result.layout = choice.layout;
  if (!drawn.layers.empty() && drawn.layers.front() >= 1 &&
      drawn.layers.back() == numLayers)
    result.firstLayer = 1;
  if (!usesDrawnStages())
    return;
  int64_t begin = result.firstLayer;
  for (auto [stage, count] : llvm::zip_equal(drawn.stages, result.layout)) {
    RangeSet moved = stage.drawn.subtract(RangeSet(begin, begin + count - 1));
    if (!moved.empty())
      log.add(ChangeKind::Changed, stage.loc,
              getLayersText(moved) + " drawn in " + getStageName(stage) +
                  (moved.size() == 1 ? " goes" : " go") +
                  " to the stage that layout= says");
    begin += count;
  }
}

void LayoutResolver::resolveLayers() {
  if (result.pp > numLayers / result.virtualStages) {
    log.refuse(rootLoc, "expected at least one layer in each stage, but got " +
                            count(numLayers) + " for " +
                            Twine(result.pp * result.virtualStages) +
                            " stages; pp= decides");
    return;
  }
  if (!choice.layout.empty())
    return chooseLayers();
  bool isGood = checkNumLayers();
  if (!usesDrawnStages()) {
    setEven(!drawn.layers.empty() && drawn.layers.back() == numLayers);
    log.add(ChangeKind::Assumed, rootLoc,
            "layers are spread evenly over " + Twine(result.pp) +
                " stages, since they are not drawn");
    return;
  }
  checkSplits();
  isGood &= findHulls();
  if (!isGood || !drawn.splits.empty())
    return;
  for (int64_t first : {0, 1})
    if (fitsTightly(first)) {
      result.firstLayer = first;
      for (const Hull &hull : hulls)
        result.layout.push_back(hull.last - hull.first + 1);
      return;
    }
  // Only the ends are open, and the drawing states how many layers there are.
  bool isJoined =
      llvm::all_of(hulls, [](auto &hull) { return hull.isKnown(); });
  for (size_t i = 1; isJoined && i < hulls.size(); ++i)
    isJoined = hulls[i].first == hulls[i - 1].last + 1;
  if (isJoined && claimsNumLayers() && hulls.size() > 1 &&
      hulls.back().last < numLayers) {
    for (const Hull &hull : hulls)
      result.layout.push_back(hull.last - hull.first + 1);
    result.layout.front() += hulls.front().first;
    result.layout.back() += numLayers - 1 - hulls.back().last;
    return;
  }
  for (int64_t first : {0, 1})
    // Only a last layer of the model's number shows that layers count from 1.
    if ((first == 0 || drawn.layers.back() == numLayers) && fitsEvenly(first)) {
      setEven(first);
      bool isKnown = llvm::any_of(hulls, [](auto &h) { return h.isKnown(); });
      if (result.pp > 1)
        log.add(
            ChangeKind::Assumed, rootLoc,
            "layers are spread evenly, " +
                Twine(numLayers / (result.pp * result.virtualStages)) +
                " a stage" +
                (numLayers % result.pp ? " and one more in the first" : "") +
                (isKnown ? ", which is the even layout that fits the "
                           "layers drawn"
                         : ", since no layer is drawn in a stage"));
      return;
    }
  refuseGaps();
}

//===----------------------------------------------------------------------===//
// What was made of it
//===----------------------------------------------------------------------===//

void LayoutResolver::reportStages() {
  int64_t each = result.tp * result.ep;
  int64_t begin = 0;
  for (auto [i, count] : llvm::enumerate(result.layout)) {
    PlacedStage stage{static_cast<int64_t>(i), begin, begin + count, {}, {}};
    for (RangeSet::Range range : drawn.layers.getRanges()) {
      int64_t first = std::max(range.first - result.firstLayer, begin);
      int64_t last =
          std::min(range.last - result.firstLayer, begin + count - 1);
      stage.drawn.insert(first, last);
    }
    int64_t coordinate =
        getRankOfStage(i, result.pp, result.placement == Placement::V);
    for (int64_t rank = 0; rank < each; ++rank) {
      int64_t index = coordinate * each + rank;
      stage.devices.push_back(result.devices.empty() ? index
                                                     : result.devices[index]);
    }
    result.stages.push_back(std::move(stage));
    begin += count;
  }

  log.add(ChangeKind::Kept, rootLoc,
          "TP=" + Twine(result.tp) +
              (result.ep > 1 ? ", EP=" + Twine(result.ep) : Twine("")) +
              ", PP=" + Twine(result.pp));
  if (result.firstLayer == 1)
    log.add(ChangeKind::Changed, rootLoc,
            "layers count from 1 in the drawing and from 0 in the plan");
  if (!usesDrawnStages())
    return;
  constexpr size_t kMaxShown = 16;
  bool isRenumbered = false;
  for (auto [placed, stage] : llvm::zip_equal(result.stages, drawn.stages)) {
    isRenumbered |= placed.index != stage.index;
    if (static_cast<size_t>(placed.index) >= kMaxShown)
      continue;
    log.add(
        ChangeKind::Kept, stage.loc,
        getStageName(stage) + " with " +
            getLayersText(RangeSet(placed.firstLayer, placed.endLayer - 1)) +
            " on " + getDevicesText(placed.devices) +
            "; drawn: " + (placed.drawn.empty() ? "none" : placed.drawn.str()));
  }
  if (result.stages.size() > kMaxShown)
    log.add(ChangeKind::Kept, drawn.stages[kMaxShown].loc,
            Twine(result.stages.size() - kMaxShown) + " more stages");
  if (isRenumbered)
    log.add(ChangeKind::Changed, drawn.stages.front().loc,
            "stages are numbered from 0 in the order of their layers");
  reportStrays();
}

void LayoutResolver::reportStrays() {
  if (drawn.strays.empty())
    return;
  const DrawnLayout::Stray &first = drawn.strays.front();
  std::string more;
  if (drawn.strays.size() > 1)
    more = " (and " + std::to_string(drawn.strays.size() - 1) + " like it)";
  log.add(ChangeKind::Changed, graph.getLoc(first.node),
          "'" + graph.getName(first.node) + "' from stage " +
              Twine(first.stage) + " to stage " + Twine(first.home) +
              ", which has layer " + Twine(graph.getNode(first.node).layer) +
              more);
}

std::optional<ResolvedLayout> LayoutResolver::run() {
  resolveTp();
  resolvePp();
  resolveLayers();
  if (isTpKnown)
    resolveDevices(graph, drawn, choice, result, log);
  if (result.layout.empty() && !log.hasRefusals())
    log.refuse(rootLoc, "the layers of the stages can't be told from what is "
                        "drawn; layout= decides");
  if (log.hasRefusals())
    return std::nullopt;
  reportStages();
  return std::move(result);
}

std::optional<ResolvedLayout> dag::resolveLayout(const DeploymentGraph &graph,
                                                 const DrawnLayout &drawn,
                                                 const LayoutChoice &choice,
                                                 int64_t numLayers,
                                                 ChangeLog &log) {
  return LayoutResolver(graph, drawn, choice, numLayers, log).run();
}
