//===- ModelSizes.cpp - A plan and the sizes of its model -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedRules.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/IR/WholeType.h"

#include <set>

using namespace mlir;
using namespace mlir::dag;

namespace {
/// A figure of the model, as the plan states it or else the configuration.
struct StatedSize {
  int64_t size = 0;
  bool isOfConfig = false;
};

class SizesCheck {
public:
  SizesCheck(const DeploymentGraph &graph, ModelOp model, CheckLog &log)
      : graph(graph), model(model), figures(model), log(log) {}

  void checkOp(DeploymentGraph::NodeId id);

private:
  StatedSize getStated(Figure figure) const;
  void check(DeploymentGraph::NodeId id, StringRef name, Figure figure,
             int64_t actual);

  const DeploymentGraph &graph;
  ModelOp model;
  ModelFigures figures;
  CheckLog &log;
  /// What was compared with the configuration: a wrong figure is one finding.
  std::set<std::pair<Figure, int64_t>> reported;
};
} // namespace

StatedSize SizesCheck::getStated(Figure figure) const {
  if (int64_t size = figures.get(figure))
    return {size, false};
  const std::optional<ModelFigures> &beside = graph.getStatedBeside().model;
  return {beside ? beside->get(figure) : 0, true};
}

void SizesCheck::check(DeploymentGraph::NodeId id, StringRef name,
                       Figure figure, int64_t actual) {
  StatedSize stated = getStated(figure);
  if (stated.size == 0 || actual < 0 || actual == stated.size ||
      (stated.isOfConfig && !reported.insert({figure, actual}).second))
    return;
  auto finding =
      log.report(Code::DAG706, graph.getPlace(id),
                 "expected " + name + " = " + Twine(stated.size) + " as " +
                     (stated.isOfConfig ? "config=" : "the model") +
                     " states, but got " + Twine(actual));
  if (!stated.isOfConfig)
    finding.note(model.getLoc(), "stated here");
  else if (LocationAttr loc = graph.getStatedBeside().model->loc)
    finding.note(Location(loc), "the configuration");
}

void SizesCheck::checkOp(DeploymentGraph::NodeId id) {
  Operation *op = graph.getNode(id).op;
  auto checkAttr = [&](StringRef name, Figure figure) {
    if (auto attr = op->getAttrOfType<IntegerAttr>(name))
      check(id, name, figure, attr.getInt());
  };
  checkAttr("num_heads", Figure::Heads);
  checkAttr("num_kv_heads", Figure::KVHeads);
  checkAttr("head_dim", Figure::HeadDim);
  checkAttr("num_experts", Figure::Experts);
  checkAttr("top_k", Figure::TopK);
  auto checkDim = [&](StringRef name, Figure figure, Value value,
                      unsigned fromEnd) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || type.getRank() <= fromEnd)
      return;
    // What is padded for the ranks is no part of the model.
    unsigned dim = type.getRank() - 1 - fromEnd;
    if (type.isDynamicDim(dim))
      return;
    auto sharding = dyn_cast_if_present<ShardingAttr>(type.getEncoding());
    int64_t pad = sharding ? sharding.getDims()[dim].getPad() : 0;
    check(id, name, figure, type.getDimSize(dim) - pad);
  };
  switch (graph.getNode(id).role) {
  case Role::Embedding:
    for (Value operand : op->getOperands().drop_front())
      checkDim("vocab_size", Figure::Vocabulary, operand, 1);
    [[fallthrough]];
  case Role::OutputProjection:
    for (Value result : op->getResults())
      checkDim("hidden_size", Figure::Hidden, result, 0);
    break;
  case Role::FfnGate:
  case Role::FfnUp: {
    // Experts that see all tokens stand beside a router, with a size of their
    // own.
    auto isRouting = [](Operation &other) {
      return isa<RouterOp, MoeOp>(other);
    };
    if (isa<LinearOp>(op) && llvm::none_of(*op->getBlock(), isRouting))
      checkDim("intermediate_size", Figure::Ffn, op->getResult(0), 0);
    break;
  }
  default:
    break;
  }
}

void dag::checkModelSizes(const DeploymentGraph &graph, CheckLog &log) {
  SizesCheck check(graph, cast<ModelOp>(graph.getRoot()), log);
  for (DeploymentGraph::NodeId id = 0; id < graph.getNodes().size(); ++id)
    check.checkOp(id);
}

std::string dag::findOtherFigure(ModelOp plan, ModelOp model) {
  auto differ = [](std::optional<uint64_t> a, std::optional<uint64_t> b,
                   const Twine &what) {
    return a && b && *a != *b
               ? (what + " of " + Twine(*a) + " and not " + Twine(*b)).str()
               : std::string();
  };
  for (std::string text :
       {differ(plan.getNumLayers(), model.getNumLayers(), "a number of layers"),
        differ(plan.getHiddenSize(), model.getHiddenSize(), "a hidden size"),
        differ(plan.getVocabSize(), model.getVocabSize(), "a vocabulary"),
        differ(plan.getNumHeads(), model.getNumHeads(), "a number of heads"),
        differ(plan.getNumKvHeads(), model.getNumKvHeads(),
               "a number of KV heads"),
        differ(plan.getHeadDim(), model.getHeadDim(), "a head size"),
        differ(plan.getNumExperts(), model.getNumExperts(),
               "a number of experts"),
        differ(plan.getTopK(), model.getTopK(),
               "a number of experts of a token")})
    if (!text.empty())
      return text;
  return "";
}

/// The names of the parameters of a model.
static DenseSet<StringRef> getParameters(ModelOp model) {
  DenseSet<StringRef> names;
  // A reference need not verify.
  model->walk([&](ParameterOp op) {
    if (op.getNameAttr())
      names.insert(op.getName());
  });
  return names;
}

bool dag::isReferenceOf(ModelOp reference, ModelOp plan) {
  if (reference == plan || !isReference(reference) ||
      !findOtherFigure(plan, reference).empty())
    return false;
  // A plan that is wrong may have one that is not there.
  DenseSet<StringRef> known = getParameters(reference),
                      planned = getParameters(plan);
  size_t numKnown = llvm::count_if(
      planned, [&](StringRef name) { return known.contains(name); });
  return 2 * numKnown >= planned.size();
}

static Type getNamedType(Operation *op) {
  return op->getNumResults() != 0    ? op->getResult(0).getType()
         : op->getNumOperands() != 0 ? op->getOperand(0).getType()
                                     : Type();
}

/// True if each op of the plan has one of its name and whole shape in the
/// reference.
template <typename OpT>
static bool hasShapesOf(ModelOp reference, ModelOp plan) {
  // A reference need not verify.
  DenseMap<StringAttr, Type> types;
  reference->walk([&](OpT op) {
    if (op.getNameAttr())
      types[op.getNameAttr()] = getNamedType(op);
  });
  return !plan->walk([&](OpT op) {
                auto whole = dyn_cast_if_present<ShapedType>(
                    getWholeType(getNamedType(op)));
                auto other = dyn_cast_if_present<ShapedType>(
                    types.lookup(op.getNameAttr()));
                bool isSame = whole && other && other.hasRank() &&
                              whole.getShape() == other.getShape();
                return isSame ? WalkResult::advance() : WalkResult::interrupt();
              })
              .wasInterrupted();
}

bool dag::hasInputsOf(ModelOp reference, ModelOp plan) {
  return hasShapesOf<InputOp>(reference, plan);
}

bool dag::hasCachesOf(ModelOp reference, ModelOp plan) {
  return hasShapesOf<KvCacheOp>(reference, plan);
}

bool dag::hasOutputsOf(ModelOp reference, ModelOp plan) {
  return hasShapesOf<OutputOp>(reference, plan);
}
