//===- ModelSizes.cpp - A plan and the sizes of its model -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedRules.h"

using namespace mlir;
using namespace mlir::dag;

static void checkOp(const DeploymentGraph &graph, DeploymentGraph::NodeId id,
                    ModelOp model, CheckLog &log) {
  Operation *op = graph.getNode(id).op;
  auto check = [&](StringRef size, std::optional<uint64_t> expected,
                   int64_t actual) {
    if (!expected || actual < 0 || static_cast<uint64_t>(actual) == *expected)
      return;
    log.report(Code::DAG706, graph.getPlace(id),
               "expected " + size + " = " + Twine(*expected) +
                   " as the model states, but got " + Twine(actual))
        .note(model.getLoc(), "stated here");
  };
  auto checkAttr = [&](StringRef size, std::optional<uint64_t> expected) {
    if (auto attr = op->getAttrOfType<IntegerAttr>(size))
      check(size, expected, attr.getInt());
  };
  checkAttr("num_heads", model.getNumHeads());
  checkAttr("num_kv_heads", model.getNumKvHeads());
  checkAttr("head_dim", model.getHeadDim());
  checkAttr("num_experts", model.getNumExperts());
  checkAttr("top_k", model.getTopK());
  auto checkDim = [&](StringRef size, std::optional<uint64_t> expected,
                      Value value, unsigned fromEnd) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || type.getRank() <= fromEnd)
      return;
    // What is padded for the ranks is no part of the model.
    unsigned dim = type.getRank() - 1 - fromEnd;
    if (type.isDynamicDim(dim))
      return;
    auto sharding = dyn_cast_if_present<ShardingAttr>(type.getEncoding());
    int64_t pad = sharding ? sharding.getDims()[dim].getPad() : 0;
    check(size, expected, type.getDimSize(dim) - pad);
  };
  switch (graph.getNode(id).role) {
  case Role::Embedding:
    for (Value operand : op->getOperands().drop_front())
      checkDim("vocab_size", model.getVocabSize(), operand, 1);
    [[fallthrough]];
  case Role::OutputProjection:
    for (Value result : op->getResults())
      checkDim("hidden_size", model.getHiddenSize(), result, 0);
    break;
  case Role::FfnGate:
  case Role::FfnUp: {
    // Experts that see all tokens stand beside a router, with a size of their
    // own.
    auto isRouting = [](Operation &other) {
      return isa<RouterOp, MoeOp>(other);
    };
    if (isa<LinearOp>(op) && llvm::none_of(*op->getBlock(), isRouting))
      checkDim("intermediate_size", model.getIntermediateSize(),
               op->getResult(0), 0);
    break;
  }
  default:
    break;
  }
}

void dag::checkModelSizes(const DeploymentGraph &graph, CheckLog &log) {
  auto model = cast<ModelOp>(graph.getRoot());
  for (DeploymentGraph::NodeId id = 0; id < graph.getNodes().size(); ++id)
    checkOp(graph, id, model, log);
}
