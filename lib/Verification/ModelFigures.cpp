//===- ModelFigures.cpp - A plan and its figures -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Dimensions.h"

using namespace mlir;
using namespace mlir::dag;

void dag::checkFigures(const DeploymentGraph &graph, DeploymentGraph::NodeId id,
                       ModelOp model, CheckLog &log) {
  Operation *op = graph.getNode(id).op;
  auto check = [&](StringRef figure, std::optional<uint64_t> expected,
                   int64_t actual) {
    if (!expected || actual < 0 || static_cast<uint64_t>(actual) == *expected)
      return;
    log.report(Code::DAG706, graph.getPlace(id),
               "expected " + figure + " = " + Twine(*expected) +
                   " as the model states, but got " + Twine(actual))
        .note(model.getLoc(), "stated here");
  };
  auto checkAttr = [&](StringRef figure, std::optional<uint64_t> expected) {
    if (auto attr = op->getAttrOfType<IntegerAttr>(figure))
      check(figure, expected, attr.getInt());
  };
  checkAttr("num_heads", model.getNumHeads());
  checkAttr("num_kv_heads", model.getNumKvHeads());
  checkAttr("head_dim", model.getHeadDim());
  checkAttr("num_experts", model.getNumExperts());
  checkAttr("top_k", model.getTopK());
  auto checkDim = [&](StringRef figure, std::optional<uint64_t> expected,
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
    check(figure, expected, type.getDimSize(dim) - pad);
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
