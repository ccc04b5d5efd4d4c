//===- StatedRules.cpp - Against what is stated beside the file -----------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StatedRules.h"
#include "Drawing/DrawnRules.h"
#include "Plan/PlannedRules.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Graph/OtherSizes.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr int64_t kNone = DeploymentGraph::kNone;

//===----------------------------------------------------------------------===//
// The layout
//===----------------------------------------------------------------------===//

/// `expected tp=4 as the command line states, but the drawing states TP=8`.
static void reportLayout(const FindingPlace &place, StringRef option,
                         int64_t stated, const Twine &found, CheckLog &log) {
  log.report(Code::DAG009, place,
             "expected " + option + "=" + Twine(stated) +
                 " as the command line states, but " + found);
}

/// The sizes that a drawing states of the whole. Returns the options that it
/// contradicts.
static SmallVector<StringRef> checkDrawnSizes(const DeploymentGraph &graph,
                                              SketchOp sketch, CheckLog &log) {
  const StatedFacts &beside = graph.getStatedBeside();
  FindingPlace place{sketch.getLoc(), ""};
  SmallVector<StringRef> contradicted;
  auto check = [&](StringRef option, int64_t stated,
                   std::optional<int64_t> drawn) {
    if (stated == 0 || !drawn || *drawn == stated)
      return;
    contradicted.push_back(option);
    reportLayout(place, option, stated,
                 "the drawing states " + option.upper() + "=" + Twine(*drawn),
                 log);
  };
  check("tp", beside.tp, sketch.getTpSize());
  check("pp", beside.pp, sketch.getPpSize());
  check("dp", beside.dp, sketch.getDpSize());
  check("ep", beside.ep, sketch.getEpSize());
  check("cp", beside.cp, sketch.getSpSize());
  return contradicted;
}

/// What single nodes state of a group; the first of each kind is reported.
static void checkDrawnRanks(const DeploymentGraph &graph,
                            ArrayRef<StringRef> contradicted, CheckLog &log) {
  const StatedFacts &beside = graph.getStatedBeside();
  bool sawSize = llvm::is_contained(contradicted, "tp"), sawRank = sawSize;
  bool sawReplica = llvm::is_contained(contradicted, "dp");
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    auto op = cast<NodeOp>(node.op);
    if (beside.tp != 0 && !sawSize && op.getTpSize() &&
        static_cast<int64_t>(*op.getTpSize()) != beside.tp) {
      sawSize = true;
      reportLayout(graph.getPlace(id), "tp", beside.tp,
                   "'" + op.getName() + "' states TP=" + Twine(*op.getTpSize()),
                   log);
    }
    // Ranks may be counted from 1.
    if (beside.tp != 0 && !sawRank && node.tpRank > beside.tp) {
      sawRank = true;
      reportLayout(graph.getPlace(id), "tp", beside.tp,
                   "'" + op.getName() + "' is TP rank " + Twine(node.tpRank),
                   log);
    }
    if (int64_t replica = graph.getDpRank(id);
        beside.dp != 0 && !sawReplica && replica > beside.dp) {
      sawReplica = true;
      reportLayout(graph.getPlace(id), "dp", beside.dp,
                   "'" + op.getName() + "' is of replica " + Twine(replica),
                   log);
    }
  }
}

/// Ranks and stages that are not stated, but follow from devices.
static void compareGroups(const DeploymentGraph &graph, SketchOp sketch,
                          ArrayRef<StringRef> contradicted, CheckLog &log) {
  const StatedFacts &beside = graph.getStatedBeside();
  size_t numStages = graph.getStages().size();
  if (beside.pp != 0 && !llvm::is_contained(contradicted, "pp") &&
      graph.hasInferredStages() && numStages > 0 &&
      numStages != static_cast<size_t>(beside.pp))
    reportLayout({sketch.getLoc(), ""}, "pp", beside.pp,
                 "the devices make " + Twine(numStages) +
                     (numStages == 1 ? " stage" : " stages"),
                 log);
  if (beside.tp == 0 || llvm::is_contained(contradicted, "tp") ||
      graph.getLaneAxis() != DeploymentGraph::LaneAxis::Tensor)
    return;
  for (const DeploymentGraph::Layer &layer : graph.getLayers()) {
    size_t numLanes = llvm::count_if(layer.lanes, [](int64_t lane) {
      return lane != DeploymentGraph::kShared;
    });
    if (numLanes == 0 || numLanes % beside.tp == 0)
      continue;
    reportLayout(graph.getPlace(layer.nodes.front()), "tp", beside.tp,
                 "layer " + Twine(layer.index) + " is drawn on " +
                     Twine(numLanes) + (numLanes == 1 ? " rank" : " ranks"),
                 log);
    return;
  }
}

/// The axes of a plan's mesh; one that it does not have is 1.
static void checkMesh(const DeploymentGraph &graph, ModelOp model,
                      ArrayRef<StringRef> options, CheckLog &log) {
  const StatedFacts &beside = graph.getStatedBeside();
  MeshOp mesh = model.lookupMesh();
  if (!mesh)
    return;
  MeshShape shape(mesh);
  StringAttr stageAxis = getStageAxis(graph);
  auto getSize = [&](ArrayRef<StringRef> names) {
    int64_t size = 1;
    for (auto [axis, ranks] :
         llvm::zip_equal(shape.getAxes(), shape.getSizes()))
      if (llvm::is_contained(names, axis == stageAxis ? StringRef("pp")
                                                      : axis.getValue()))
        size *= ranks;
    return size;
  };
  auto check = [&](StringRef option, int64_t stated,
                   ArrayRef<StringRef> names) {
    if (!options.empty() && !llvm::is_contained(options, option))
      return;
    int64_t size = getSize(names);
    if (stated != 0 && size != stated)
      reportLayout({mesh.getLoc(), ""}, option, stated,
                   "the mesh has " + Twine(size) +
                       (size == 1 ? " rank" : " ranks") + " of " + option,
                   log);
  };
  // K and V may be replicated within the group.
  check("tp", beside.tp, {"tp", "rep"});
  check("pp", beside.pp, {"pp"});
  check("dp", beside.dp, {"dp"});
  check("ep", beside.ep, {"ep"});
  check("cp", beside.cp, {"cp", "sp"});
}

void dag::checkStatedMesh(const DeploymentGraph &graph,
                          ArrayRef<StringRef> options, CheckLog &log) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (model && !graph.getViolations().hasMalformed())
    checkMesh(graph, model, options, log);
}

void dag::checkStatedLayout(const DeploymentGraph &graph, CheckLog &log) {
  if (auto sketch = dyn_cast<SketchOp>(graph.getRoot())) {
    // What the drawing states explains what it draws.
    SmallVector<StringRef> contradicted = checkDrawnSizes(graph, sketch, log);
    checkDrawnRanks(graph, contradicted, log);
    compareGroups(graph, sketch, contradicted, log);
  } else if (auto model = cast<ModelOp>(graph.getRoot());
             !graph.getViolations().hasMalformed()) {
    checkMesh(graph, model, {}, log);
  }
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

void dag::checkStatedLayers(const DeploymentGraph &graph, CheckLog &log) {
  const StatedFacts &beside = graph.getStatedBeside();
  int64_t expected = beside.getNumLayers();
  if (expected == 0)
    return;
  int64_t found = kNone;
  if (auto sketch = dyn_cast<SketchOp>(graph.getRoot())) {
    if (auto stated = sketch.getNumLayers())
      found = toIndex(*stated);
  } else if (auto model = cast<ModelOp>(graph.getRoot());
             !graph.getViolations().hasMalformed()) {
    found = model.getNumLayers() ? toIndex(*model.getNumLayers())
                                 : graph.getDrawnLayers().size();
  }
  if (found == kNone || found == expected)
    return;
  auto finding = log.report(
      Code::DAG207, graph.getRoot()->getLoc(), "",
      "expected " + Twine(expected) + " layers as " +
          (beside.layers != 0 ? "layers= states" : "config= states") +
          ", but the " + (graph.isSketch() ? "drawing" : "plan") + " states " +
          Twine(found));
  if (beside.layers == 0 && beside.model->loc)
    finding.note(Location(beside.model->loc), "the configuration");
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

namespace {
/// Compares with the figures of a configuration.
class ModelCheck {
public:
  ModelCheck(const DeploymentGraph &graph, const ModelFigures &model,
             CheckLog &log)
      : graph(graph), model(model), log(log) {}

  void checkSketch(SketchOp sketch);
  void checkPlan(ModelOp plan);

private:
  int64_t countRanks(SketchOp sketch) const;
  void reportOther(const FindingPlace &place, const Twine &message);
  void report(const FindingPlace &place, Figure figure, int64_t found,
              const Twine &more);
  void reportNoExperts(const FindingPlace &place, const Twine &found);
  void checkText(const FindingPlace &place, StringRef text);
  void checkTied(NodeId id, StringRef text);
  void checkExperts();
  DenseSet<int64_t> getLayersWithExperts() const;
  void checkNetworks();
  void addFact();

  const DeploymentGraph &graph;
  const ModelFigures &model;
  CheckLog &log;
  /// What was reported: a wrong figure is one finding.
  std::set<std::pair<Figure, int64_t>> reported;
  /// The figures that the drawing states somewhere.
  std::set<Figure> compared;
};
} // namespace

void ModelCheck::reportOther(const FindingPlace &place, const Twine &message) {
  auto finding = log.report(Code::DAG706, place, message);
  if (model.loc)
    finding.note(Location(model.loc), "the configuration");
}

void ModelCheck::report(const FindingPlace &place, Figure figure, int64_t found,
                        const Twine &more) {
  if (!reported.insert({figure, found}).second)
    return;
  reportOther(place, "expected " + getFigureName(figure) + " to be " +
                         Twine(model.get(figure)) +
                         " as config= states, but got " + Twine(found) + more);
}

/// The ranks that may share a size.
int64_t ModelCheck::countRanks(SketchOp sketch) const {
  if (graph.getStatedTpSize() != kNone)
    return graph.getStatedTpSize();
  int64_t drawn = 1;
  for (const DeploymentGraph::Layer &layer : graph.getLayers())
    drawn =
        std::max<int64_t>(drawn, llvm::count_if(layer.lanes, [](int64_t lane) {
                            return lane != DeploymentGraph::kShared;
                          }));
  return drawn;
}

/// Figures in what is said of the whole: `hidden_size=4096`, `32 heads`.
void ModelCheck::checkText(const FindingPlace &place, StringRef text) {
  struct Word {
    StringRef text;
    /// What stands between it and the next one.
    StringRef gap;
  };
  SmallVector<Word> words;
  while (!(text = text.drop_until(llvm::isAlnum)).empty()) {
    StringRef word =
        text.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    text = text.drop_front(word.size());
    words.push_back({word, text.take_until(llvm::isAlnum)});
  }
  auto getNumber = [&](size_t index) {
    int64_t number = 0;
    bool isNumber = index < words.size() &&
                    !words[index].text.getAsInteger(10, number) && number > 0;
    // A range, a fraction, or a number with a unit is something else.
    return isNumber && !words[index].gap.starts_with("-") &&
                   !words[index].gap.starts_with(".") &&
                   !words[index].gap.starts_with(",")
               ? number
               : 0;
  };
  auto check = [&](Figure figure, int64_t number) {
    if (figure == Figure::Experts && model.experts == 0 && number > 1)
      reportNoExperts(place, "the drawing's text states " + Twine(number));
    if (number == 0 || model.get(figure) == 0)
      return;
    compared.insert(figure);
    if (number != model.get(figure))
      report(place, figure, number, " in the drawing's text");
  };
  for (size_t i = 0; i < words.size(); ++i) {
    StringRef gap = words[i].gap.trim();
    std::string pair = i + 1 < words.size()
                           ? (words[i].text + "_" + words[i + 1].text).str()
                           : std::string();
    Figure two = getFigure(pair), one = getFigure(words[i].text);
    if (two != Figure::None)
      check(two, getNumber(i + 2));
    else if (one != Figure::None && (gap == "=" || gap == ":"))
      check(one, getNumber(i + 1));
    // `32 heads`, `64 experts`
    if ((one == Figure::Heads || one == Figure::Experts) && i > 0 &&
        words[i - 1].gap.trim(" ").empty())
      check(one, getNumber(i - 1));
  }
}

void ModelCheck::checkTied(NodeId id, StringRef text) {
  if (!model.isTied || !text.contains("tied"))
    return;
  bool isUntied = text.contains("untied") || text.contains("not tied");
  if (*model.isTied != isUntied)
    return;
  log.report(Code::DAG706, graph.getPlace(id),
             Twine("expected the head ") +
                 (*model.isTied ? "to have the embedding's weight"
                                : "to have a weight of its own") +
                 " as config= states, but '" + graph.getName(id) +
                 "' says that it is " + (isUntied ? "untied" : "tied"));
}

void ModelCheck::reportNoExperts(const FindingPlace &place,
                                 const Twine &found) {
  if (!reported.insert({Figure::Experts, 0}).second)
    return;
  reportOther(place, "expected no experts, as config= has none, but " + found);
}

/// More experts than there are; too few are a matter of the check of experts.
void ModelCheck::checkExperts() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.expert == kNone || isCollective(node.role))
      continue;
    compared.insert(Figure::Experts);
    if (model.experts == 0)
      return reportNoExperts(graph.getPlace(id), "'" + graph.getName(id) +
                                                     "' is expert " +
                                                     Twine(node.expert));
    // They may be counted from 1.
    if (node.expert > model.experts)
      return report(graph.getPlace(id), Figure::Experts, node.expert,
                    ", the number of '" + graph.getName(id) + "'");
  }
}

/// The layers in which the configuration has experts.
DenseSet<int64_t> ModelCheck::getLayersWithExperts() const {
  DenseSet<int64_t> layers;
  if (const auto &names = graph.getStatedBeside().layersOfNames)
    for (const auto &[name, with] : *names)
      if (name.contains("expert"))
        layers.insert(with.begin(), with.end());
  return layers;
}

/// True for a box that holds experts, by its words.
static bool namesExperts(const DeploymentGraph &graph, NodeId id) {
  std::string text = graph.getName(id) + " " + getDrawnText(graph, id);
  return llvm::any_of(ArrayRef<StringRef>{"expert", "moe", "rout", "mixture"},
                      [&](StringRef word) {
                        return StringRef(text).contains_insensitive(word);
                      });
}

/// Networks that all tokens go through, where the configuration has experts.
void ModelCheck::checkNetworks() {
  if (model.experts == 0)
    return;
  struct Network {
    NodeId first = DeploymentGraph::kNoNode;
    bool routes = false;
  };
  std::map<int64_t, Network> networks;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    Network &network = networks[node.layer];
    network.routes = network.routes || isExpertPart(node) ||
                     node.role == Role::Router || node.role == Role::Dispatch ||
                     node.role == Role::Combine || node.role == Role::Moe ||
                     node.role == Role::AllToAll || node.block == Role::Moe ||
                     namesExperts(graph, id);
    bool isNetwork = node.role == Role::Ffn || node.role == Role::FfnUp ||
                     node.role == Role::FfnGate || node.role == Role::FfnDown;
    if (isNetwork && network.first == DeploymentGraph::kNoNode)
      network.first = id;
  }
  // Routing that names no layer may be that of any.
  if (auto it = networks.find(kNone); it != networks.end() && it->second.routes)
    return;
  DenseSet<int64_t> experts = getLayersWithExperts();
  // Layers may be counted from 1; one without a number is any.
  bool isFromOne = graph.getDrawnLayers().contains(model.layers);
  auto hasExperts = [&](int64_t layer) {
    return layer == kNone ? int64_t(experts.size()) == model.layers
                          : experts.contains(isFromOne ? layer - 1 : layer);
  };
  for (const auto &[layer, network] : networks)
    if (!network.routes && network.first != DeploymentGraph::kNoNode &&
        hasExperts(layer))
      return reportOther(
          graph.getPlace(network.first),
          "expected " + Twine(model.experts) + " experts" +
              (layer == kNone ? std::string()
                              : " in layer " + std::to_string(layer)) +
              ", as config= has them, but '" + graph.getName(network.first) +
              "' is a network without a router");
}

/// What was compared with the configuration, and what the drawing does not
/// state.
void ModelCheck::addFact() {
  std::string found, missing;
  for (Figure figure :
       {Figure::Hidden, Figure::Heads, Figure::KVHeads, Figure::HeadDim,
        Figure::Ffn, Figure::Vocabulary, Figure::Experts, Figure::TopK})
    if (model.get(figure) != 0) {
      std::string &list = compared.count(figure) ? found : missing;
      list += (list.empty() ? "" : ", ") + getFigureName(figure).str();
    }
  std::string text = found.empty() ? "no figure" : found;
  if (!missing.empty())
    text += "; the drawing does not state " + missing;
  log.addFact({"Compared with config=", text, "comparedWithConfig"});
}

void ModelCheck::checkSketch(SketchOp sketch) {
  for (const OtherSize &other :
       findOtherSizes(graph, model, countRanks(sketch), &compared))
    report(graph.getPlace(other.first), other.figure, other.size,
           " in '" + graph.getName(other.first) + "'" +
               (other.count > 1
                    ? " and " + std::to_string(other.count - 1) + " more"
                    : std::string()));
  FindingPlace whole{sketch.getLoc(), ""};
  if (DictionaryAttr drawn = sketch.getDrawnAttr())
    for (NamedAttribute attribute : drawn) {
      auto value = dyn_cast<StringAttr>(attribute.getValue());
      if (!value)
        continue;
      checkText(whole,
                attribute.getName() == "label"
                    ? value.getValue().str()
                    : attribute.getName().str() + "=" + value.getValue().str());
    }
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.role == Role::Note)
      checkText(graph.getPlace(id), getDrawnText(graph, id));
    else if (node.role == Role::Head || node.role == Role::Embedding)
      checkTied(id, getDrawnText(graph, id));
  }
  checkExperts();
  checkNetworks();
  addFact();
}

void ModelCheck::checkPlan(ModelOp plan) {
  ModelFigures stated(plan);
  for (Figure figure :
       {Figure::Hidden, Figure::Heads, Figure::KVHeads, Figure::HeadDim,
        Figure::Ffn, Figure::Vocabulary, Figure::Experts, Figure::TopK})
    if (stated.get(figure) != 0 && stated.get(figure) != model.get(figure))
      report({plan.getLoc(), ""}, figure, stated.get(figure), " in the plan");
}

void dag::checkStatedModel(const DeploymentGraph &graph, CheckLog &log) {
  const std::optional<ModelFigures> &model = graph.getStatedBeside().model;
  if (!model)
    return;
  ModelCheck check(graph, *model, log);
  if (auto sketch = dyn_cast<SketchOp>(graph.getRoot()))
    check.checkSketch(sketch);
  else if (!graph.getViolations().hasMalformed())
    check.checkPlan(cast<ModelOp>(graph.getRoot()));
}
