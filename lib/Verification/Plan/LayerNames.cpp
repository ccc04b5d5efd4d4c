//===- LayerNames.cpp - Weights by the numbers of their layers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedRules.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// A weight or a cache of a layer whose name has a number: `model.layers`, 3.
struct NumberedName {
  Operation *op;
  StringRef name, prefix;
  int64_t number, layer;
};
} // namespace

/// The first part of a name that is a number, and what stands before it.
static std::optional<std::pair<StringRef, int64_t>> findNumber(StringRef name) {
  size_t begin = 0;
  for (StringRef part : llvm::split(name, '.')) {
    int64_t number;
    if (!part.getAsInteger(10, number) && number >= 0)
      return std::pair(name.take_front(begin), number);
    begin += part.size() + 1;
  }
  return std::nullopt;
}

static std::vector<NumberedName> findNames(ModelOp model) {
  std::vector<NumberedName> names;
  model->walk([&](Operation *op) {
    StringRef name = getNameInLayer(op);
    if (name.empty())
      return;
    auto layer = cast<LayerOp>(op->getParentOp());
    if (auto found = findNumber(name))
      names.push_back({op, name, found->first, found->second,
                       static_cast<int64_t>(layer.getIndex())});
  });
  return names;
}

/// The layers by the names that they use in the references beside a plan: a
/// model may share weights between layers.
static LayersOfNames findReferenceNames(ModelOp plan) {
  LayersOfNames layers;
  if (!plan->getBlock())
    return layers;
  for (auto model : plan->getBlock()->getOps<ModelOp>())
    if (isReferenceOf(model, plan))
      addLayersOfNames(model, layers);
  return layers;
}

/// Compares the names that a configuration has with it, and takes them out of
/// `names`. The others are the plan's own.
static void checkStatedNames(const DeploymentGraph &graph,
                             std::vector<NumberedName> &names,
                             DenseSet<int64_t> &reported, CheckLog &log) {
  const StatedFacts &beside = graph.getStatedBeside();
  if (!beside.layersOfNames)
    return;
  const LayersOfNames &stated = *beside.layersOfNames;
  auto isStated = [&](const NumberedName &found) {
    return stated.contains(found.name);
  };
  auto start = llvm::find_if(names, isStated);
  if (start == names.end())
    return;
  // Layers may be counted from elsewhere. Where they are not all here, the
  // first name tells from where.
  const RangeSet &layers = graph.getDrawnLayers();
  const DenseSet<int64_t> &ofStart = stated.find(start->name)->second;
  int64_t offset = layers.size() == static_cast<uint64_t>(beside.getNumLayers())
                       ? layers.front()
                       : start->layer - *llvm::min_element(ofStart);
  for (const NumberedName &found : names) {
    if (!isStated(found))
      continue;
    const DenseSet<int64_t> &wanted = stated.find(found.name)->second;
    if (wanted.contains(found.layer - offset) ||
        !reported.insert(found.layer).second)
      continue;
    auto finding = log.report(
        Code::DAG208, found.op->getLoc(), found.op->getName().getStringRef(),
        "expected layer " + Twine(found.layer) +
            " to have the weights of layer " + Twine(found.layer - offset) +
            " of config=, but got '" + found.name + "', which is of layer " +
            Twine(*llvm::min_element(wanted)) + " there");
    if (beside.model && beside.model->loc)
      finding.note(Location(beside.model->loc), "the configuration");
  }
  llvm::erase_if(names, isStated);
}

void dag::checkLayerNames(const DeploymentGraph &graph, CheckLog &log) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model || graph.getViolations().hasMalformed())
    return;
  std::vector<NumberedName> names = findNames(model);
  DenseSet<int64_t> reported;
  checkStatedNames(graph, names, reported, log);
  if (names.empty())
    return;
  // Numbers that are the same in all layers, or differ in the first, are those
  // of something else: of experts, of blocks in a layer.
  llvm::erase_if(names,
                 [prefix = names.front().prefix](const NumberedName &other) {
                   return other.prefix != prefix;
                 });
  NumberedName start = names.front();
  bool areEqual = true;
  for (const NumberedName &other : names) {
    areEqual &= other.number == start.number;
    if (other.layer == start.layer && other.number != start.number)
      return;
  }
  if (areEqual)
    return;
  // Layers may be counted from elsewhere.
  int64_t offset = start.number - start.layer;
  LayersOfNames wanted = findReferenceNames(model);
  auto isWanted = [&](const NumberedName &found) {
    auto it = wanted.find(found.name);
    return it != wanted.end() && it->second.contains(found.layer);
  };
  for (const NumberedName &other : names)
    if (other.number != other.layer + offset && !isWanted(other) &&
        reported.insert(other.layer).second)
      log.report(Code::DAG208, other.op->getLoc(),
                 other.op->getName().getStringRef(),
                 "expected the weights of layer " + Twine(other.layer) +
                     " to have number " + Twine(other.layer + offset) +
                     " in their names, but got '" + other.name + "'")
          .note(start.op->getLoc(),
                "layer " + Twine(start.layer) + " has '" + start.name + "'");
}
