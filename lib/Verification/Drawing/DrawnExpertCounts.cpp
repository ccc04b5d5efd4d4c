//===- DrawnExpertCounts.cpp - How many experts there are -------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The experts that are drawn, as boxes or as their parts, against those that
// titles and routers state, and against those of other layers.
//
//===----------------------------------------------------------------------===//

#include "DimsNames.h"
#include "DrawnRules.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr NodeId kNoNode = DeploymentGraph::kNoNode;
static constexpr int64_t kNone = DeploymentGraph::kNone;

bool dag::isExpertPart(const DeploymentGraph::Node &node) {
  if (node.role == Role::Expert)
    return true;
  bool isPart = isNetworkPart(node.role) || node.role == Role::Linear ||
                node.role == Role::Ffn;
  return isPart && (node.block == Role::Moe || node.expert != kNone);
}

int64_t dag::countExperts(ArrayRef<Attribute> shapes) {
  for (Attribute shape : shapes) {
    auto dims = cast<DimsAttr>(shape);
    for (unsigned i = 0, e = dims.getRank(); i < e; ++i)
      if (dims.isStatic(i) &&
          (dims.getDimName(i).contains_insensitive("experts") ||
           dims.getDimName(i).equals_insensitive("e")))
        return dims.getSizes()[i];
  }
  return 0;
}

std::optional<std::pair<int64_t, int64_t>>
dag::getHeldExperts(const DeploymentGraph &graph, NodeId id) {
  // Few boxes hold several, and a layer may have thousands of them.
  DictionaryAttr drawn = graph.getDrawnAttr(id);
  auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
  if (!label || !label.getValue().contains_insensitive("experts "))
    return std::nullopt;
  return getStatedExperts(getDrawnText(graph, id));
}

bool dag::areOverReplicas(const DeploymentGraph &graph) {
  DenseMap<std::pair<int64_t, int64_t>, int64_t> owners;
  DenseSet<int64_t> replicas;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.replica == kNone || node.model != kNone)
      continue;
    int64_t expert = node.expert;
    // A box of several is known by the first one.
    if (expert == kNone && node.role == Role::Expert)
      if (auto held = getHeldExperts(graph, id))
        expert = held->first;
    if (expert == kNone)
      continue;
    replicas.insert(node.replica);
    if (owners.try_emplace({node.layer, expert}, node.replica).first->second !=
        node.replica)
      return false;
  }
  return replicas.size() > 1;
}

namespace {

class ExpertCounts {
public:
  ExpertCounts(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void gather();
  void checkCounts();
  void checkLayers();
  void checkTwins();
  void checkRouters();

private:
  /// The experts of one layer and replica.
  struct Group {
    RangeSet drawn;
    NodeId first = kNoNode;
    /// One behind the last number that is stated.
    int64_t end = 0;
    /// How many a box holds, by its devices.
    llvm::MapVector<Attribute, int64_t> held;
  };

  /// True if most layers have all experts that are drawn.
  bool areMostWhole() const;
  void readCounts(StringRef text);
  void readChoice(StringRef text);
  void readTitle();
  int64_t getStated() const;

  const DeploymentGraph &graph;
  CheckLog &log;
  std::map<std::pair<int64_t, int64_t>, Group> groups;
  std::vector<NodeId> routers;
  RangeSet drawn;
  NodeId first = kNoNode;
  /// How often each number of experts is stated, and how many a token has.
  std::map<int64_t, unsigned> counts;
  int64_t chosen = kNone;
  /// A text excuses what is not drawn; boxes stand for several experts.
  bool isExcused = false, hasRanges = false;
};

} // namespace

/// Finds `16 experts` in a text; `4 experts per GPU` and `top-2 experts` are no
/// count of all.
void ExpertCounts::readCounts(StringRef text) {
  for (size_t at = text.find("expert"); at != StringRef::npos;
       at = text.find("expert", at + 1)) {
    StringRef before = text.take_front(at).rtrim(" -");
    for (StringRef kind : {"routed", "moe", "ffn"})
      if (before.consume_back(kind))
        before = before.rtrim(" -");
    StringRef digits = before.take_back(
        before.size() - (before.find_last_not_of("0123456789") + 1));
    StringRef lead = before.drop_back(digits.size());
    StringRef after = text.drop_front(at + 6);
    after.consume_front("s");
    after = after.ltrim(" ");
    int64_t count;
    if (digits.empty() || digits.getAsInteger(10, count) || count < 2)
      continue;
    if (lead.rtrim(" -=").ends_with("top") || lead.ends_with("top_k=") ||
        lead.ends_with("-") || lead.ends_with("/") || lead.ends_with(".") ||
        after.starts_with("per") || after.starts_with("/") ||
        after.starts_with("each") || after.starts_with("selected") ||
        after.starts_with("active"))
      continue;
    ++counts[count];
  }
}

/// Finds `top-2 of 8` in what a router says.
void ExpertCounts::readChoice(StringRef text) {
  size_t at = text.find("top");
  if (at == StringRef::npos)
    return;
  StringRef rest = text.drop_front(at + 3).ltrim(" -_=");
  StringRef digits = rest.take_while(llvm::isDigit);
  int64_t number;
  if (digits.empty() || digits.getAsInteger(10, number))
    return;
  chosen = number;
  rest = rest.drop_front(digits.size()).ltrim(" ");
  if (!rest.consume_front("of") && !rest.consume_front("/"))
    return;
  digits = rest.ltrim(" ").take_while(llvm::isDigit);
  if (!digits.empty() && !digits.getAsInteger(10, number) && number > chosen)
    ++counts[number];
}

static bool saysLeftOut(StringRef text) {
  return llvm::any_of(ArrayRef<StringRef>{"represent", "sample", "omitted",
                                          "similar", "...", "same structure",
                                          "not shown", "for brevity"},
                      [&](StringRef word) { return text.contains(word); });
}

/// A title states much else; what it leaves out of experts it says beside them.
void ExpertCounts::readTitle() {
  auto title = cast<SketchOp>(graph.getRoot()).getDrawnAttr();
  auto label = title ? title.getAs<StringAttr>("label") : StringAttr();
  if (!label)
    return;
  std::string text = label.getValue().lower();
  for (size_t at = text.find("\\n"); at != std::string::npos;
       at = text.find("\\n", at))
    text.replace(at, 2, "\n");
  SmallVector<StringRef> parts;
  llvm::SplitString(text, parts, ",;\n()|:");
  for (StringRef part : parts) {
    if (!part.contains("expert"))
      continue;
    readCounts(part);
    isExcused |= saysLeftOut(part) || part.contains("shown") ||
                 part.contains("drawn") || part.contains("only");
  }
}

void ExpertCounts::gather() {
  isExcused = graph.getRoot()->hasAttr("dag.omitted_devices");
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    bool isPart = isExpertPart(node);
    // A number in an identifier may be that of the box.
    auto range = node.role == Role::Expert
                     ? getHeldExperts(graph, id)
                     : std::optional<std::pair<int64_t, int64_t>>();
    // `experts_3` holds those of layer 3.
    bool isOfLayer = node.expert != kNone && node.expert == node.layer &&
                     node.role == Role::Expert &&
                     StringRef(getDrawnText(graph, id)).contains("experts");
    hasRanges |= isOfLayer;
    if (isPart && !isOfLayer &&
        (node.role == Role::Expert || node.expert != kNone)) {
      first = first == kNoNode ? id : first;
      Group &group = groups[{node.layer, node.replica}];
      group.first = group.first == kNoNode ? id : group.first;
      if (node.expert != kNone && !range) {
        drawn.insert(node.expert);
        group.drawn.insert(node.expert);
      }
      group.end =
          std::max(group.end, (range ? range->second : node.expert) + 1);
      if (RangesAttr devices = graph.getDevicesAttr(id); range && devices)
        group.held[devices] = range->second - range->first + 1;
    }
    bool isLoose = isPart && (node.expert == kNone || range);
    bool speaks = isLoose || node.role == Role::Router ||
                  node.role == Role::Dispatch || node.role == Role::Combine ||
                  node.role == Role::Note || node.role == Role::Unknown ||
                  node.role == Role::Concat || node.role == Role::Expert;
    if (node.role == Role::Router)
      routers.push_back(id);
    if (!speaks)
      continue;
    std::string text = getDrawnText(graph, id);
    isExcused |= saysLeftOut(text);
    // A shared expert is none of those that are chosen from.
    if (isLoose && !StringRef(text).contains("shared")) {
      hasRanges |=
          node.role == Role::Expert || StringRef(text).contains("experts");
    }
    if (!isPart)
      readCounts(text);
    if (node.role == Role::Router)
      readChoice(text);
  }
  readTitle();
}

int64_t ExpertCounts::getStated() const {
  if (const auto &model = graph.getStatedBeside().model;
      model && model->experts != 0)
    return model->experts;
  int64_t stated = 0;
  unsigned most = 0;
  for (auto [value, times] : counts)
    if (times > most) {
      stated = value;
      most = times;
    }
  return stated;
}

/// Experts that are stated and not drawn.
void ExpertCounts::checkCounts() {
  if (drawn.empty() || hasRanges || isExcused)
    return;
  int64_t count = static_cast<int64_t>(drawn.size()), stated = getStated();
  // Experts are counted from 0 or 1.
  int64_t front = drawn.front() > 1 ? 0 : drawn.front();
  RangeSet absent = RangeSet(front, drawn.back()).subtract(drawn);
  if (stated > count)
    log.report(Code::DAG507, graph.getPlace(first),
               "expected " + Twine(stated) + " experts as stated, but only " +
                   (count == 1 ? "expert " : "experts ") + drawn.str() +
                   (count == 1 ? " is" : " are") + " drawn");
  else if (!absent.empty() && (count > 1 || !routers.empty()))
    log.report(Code::DAG507, graph.getPlace(first),
               "experts " + drawn.str() + " are drawn, but none of " +
                   absent.str() + " and no note says that they are left out");
  else
    checkLayers();
}

bool ExpertCounts::areMostWhole() const {
  size_t numWhole = llvm::count_if(
      groups, [&](const auto &entry) { return entry.second.drawn == drawn; });
  return numWhole * 2 >= groups.size();
}

/// A layer that lacks an expert of the others.
void ExpertCounts::checkLayers() {
  if (!areMostWhole())
    return;
  for (auto &[key, group] : groups) {
    RangeSet absent = drawn.subtract(group.drawn);
    if (group.drawn.empty() || absent.empty())
      continue;
    log.report(
        Code::DAG507, graph.getPlace(group.first),
        "expected experts " + drawn.str() +
            (key.first == kNone ? Twine("") : " in layer " + Twine(key.first)) +
            " as in others, but " + absent.str() + " is not drawn");
  }
}

/// Parts of one expert that are drawn twice: one of the numbers is wrong.
void ExpertCounts::checkTwins() {
  using Key = std::tuple<int64_t, int64_t, NodeId, Attribute, Attribute>;
  DenseMap<Key, NodeId> seen;
  DenseSet<std::pair<int64_t, int64_t>> reported;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    DictionaryAttr attributes = graph.getDrawnAttr(id);
    Attribute label = attributes ? attributes.get("label") : Attribute();
    // Boxes are compared elsewhere.
    if (node.expert == kNone || !isExpertPart(node) || !label ||
        node.role == Role::Expert || graph.getInDegree(id) == 0)
      continue;
    NodeId source = graph.getEdge(graph.getInEdges(id).front()).source;
    auto [it, isNew] = seen.try_emplace(
        {node.expert, node.lane, source, graph.getDevicesAttr(id), label}, id);
    if (isNew || !reported.insert({node.layer, node.expert}).second)
      continue;
    log.report(Code::DAG507, graph.getPlace(id),
               "expected one expert " + Twine(node.expert) + ", but '" +
                   graph.getName(id) + "' is a second one")
        .note(graph.getPlace(it->second), "the first one");
  }
}

/// A router has a score for each expert.
void ExpertCounts::checkRouters() {
  std::vector<NodeId> odd;
  DenseMap<NodeId, int64_t> expected;
  int64_t stated = getStated();
  bool tellsAbsent = areMostWhole();
  for (NodeId id : routers) {
    const auto &node = graph.getNode(id);
    ArrayRef<Attribute> outputs = graph.getOutputDims(id);
    auto group = groups.find({node.layer, node.replica});
    if (group == groups.end())
      group = groups.find({node.layer, kNone});
    // What a layer lacks, and others have, is told.
    if (outputs.size() != 1 || group == groups.end() ||
        (tellsAbsent && !group->second.drawn.empty() &&
         group->second.drawn != drawn))
      continue;
    int64_t scores = countExperts(outputs), count = group->second.end;
    bool isWhole = !isExcused && !hasRanges && !group->second.drawn.empty();
    if (isWhole)
      count = group->second.drawn.size();
    count = std::max(count, stated);
    // `32 experts` on each of several devices.
    int64_t held = 0;
    for (auto &[devices, number] : group->second.held)
      held += number;
    if (held > 0 && held == scores)
      continue;
    auto dims = cast<DimsAttr>(outputs.front());
    unsigned rank = dims.getRank();
    bool isNamed = scores > 0;
    if (!isNamed && rank > 1 && dims.isStatic(rank - 1) &&
        dims.getDimName(rank - 1).empty())
      scores = dims.getSizes()[rank - 1];
    // Without a name it may be those that are chosen, or the tokens.
    bool isFew = chosen != kNone
                     ? scores == chosen
                     : llvm::is_contained({1, 2, 4, 6, 8, 10}, scores);
    std::optional<int64_t> taken;
    ArrayRef<Attribute> inputs = graph.getInputDims(id);
    for (uint32_t index : graph.getInEdges(id).take_front(8))
      if (inputs.empty())
        inputs = graph.getOutputDims(graph.getEdge(index).source);
    if (!inputs.empty())
      taken = getWidth(cast<DimsAttr>(inputs.front()));
    bool isMany = scores > count && (isNamed || (taken && scores < *taken));
    bool isWrong = (scores > 0 && scores < count && (isNamed || !isFew)) ||
                   (isMany && (isWhole || stated > 0));
    if (!isWrong || count < 2)
      continue;
    odd.push_back(id);
    expected[id] = count;
  }
  for (auto [id, count] : groupAlike(graph, odd))
    log.report(Code::DAG701, graph.getPlace(id),
               "'" + graph.getName(id) + "' gives " +
                   cast<DimsAttr>(graph.getOutputDims(id).front()).str() +
                   ", but there are " + Twine(expected[id]) +
                   " experts behind it" + describeAlike(count));
}

void dag::checkExpertRanges(const DeploymentGraph &graph,
                            ArrayRef<NodeId> experts, CheckLog &log) {
  SmallVector<std::tuple<int64_t, int64_t, NodeId>> ranges;
  for (NodeId id : experts)
    if (graph.getNode(id).expert == kNone)
      if (auto range = getStatedExperts(getDrawnText(graph, id)))
        ranges.push_back({range->first, range->second, id});
  llvm::sort(ranges);
  for (size_t i = 1; i < ranges.size(); ++i) {
    auto [first, last, id] = ranges[i];
    auto [before, end, other] = ranges[i - 1];
    // What all ranks have is the same range.
    if (first > end || (first == before && last == end) ||
        graph.getDevicesAttr(id) == graph.getDevicesAttr(other))
      continue;
    log.report(Code::DAG507, graph.getPlace(id),
               "'" + graph.getName(id) + "' holds experts " + Twine(first) +
                   " to " + Twine(last) + ", of which '" +
                   graph.getName(other) + "' holds " + Twine(before) + " to " +
                   Twine(end))
        .note(graph.getPlace(other), "the other one");
  }
}

void dag::checkExpertCounts(const DeploymentGraph &graph, CheckLog &log) {
  ExpertCounts counts(graph, log);
  counts.gather();
  counts.checkTwins();
  counts.checkCounts();
}

void dag::checkDrawnRouters(const DeploymentGraph &graph, CheckLog &log) {
  if (llvm::none_of(graph.getNodes(),
                    [](const auto &node) { return node.role == Role::Router; }))
    return;
  ExpertCounts counts(graph, log);
  counts.gather();
  counts.checkRouters();
}
