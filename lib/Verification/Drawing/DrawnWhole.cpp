//===- DrawnWhole.cpp - Is enough of a model drawn -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// A part of attention behind the projections, or a box for all of it.
static bool isAttention(Role role) {
  return role == Role::Attention || role == Role::AttentionScores ||
         role == Role::AttentionWeights || role == Role::AttentionOutput;
}

/// A part of a feed-forward network, or of experts, or a box for one of them.
static bool isFeedForward(const DeploymentGraph::Node &node) {
  switch (node.role) {
  case Role::Ffn:
  case Role::FfnUp:
  case Role::FfnGate:
  case Role::FfnDown:
  case Role::Moe:
  case Role::Expert:
    return true;
  default:
    return node.role == Role::Linear && node.block == Role::Ffn;
  }
}

void dag::checkDrawnWhole(const DeploymentGraph &graph, CheckLog &log) {
  // What names no layer may be of one.
  bool hasLooseAttention = false, hasLooseFeedForward = false;
  DenseMap<int64_t, unsigned> parts;
  for (const DeploymentGraph::Node &node : graph.getNodes()) {
    // A box for whole layers, or for a stage, has them inside.
    if (node.role == Role::Layer || node.role == Role::Stage)
      return;
    unsigned part = isAttention(node.role) ? 1 : isFeedForward(node) ? 2 : 0;
    if (part == 0)
      continue;
    if (node.layer == DeploymentGraph::kNone) {
      hasLooseAttention |= part == 1;
      hasLooseFeedForward |= part == 2;
    }
    parts[node.layer] |= part;
  }
  unsigned loose =
      (hasLooseAttention ? 1 : 0) | (hasLooseFeedForward ? 2 : 0);
  for (auto [layer, mask] : parts)
    if ((mask | loose) == 3)
      return;
  bool hasAttention = false, hasFeedForward = false;
  for (auto [layer, mask] : parts) {
    hasAttention |= (mask & 1) != 0;
    hasFeedForward |= (mask & 2) != 0;
  }
  log.report(Code::DAG008, graph.getRoot()->getLoc(), "",
             Twine("expected a layer as a whole, attention and a feed-forward "
                   "network, but ") +
                 (hasAttention     ? "no layer with attention has a "
                                     "feed-forward network"
                  : hasFeedForward ? "no attention is drawn"
                                   : "neither is drawn"));
}
