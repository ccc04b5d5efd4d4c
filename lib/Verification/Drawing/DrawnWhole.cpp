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
  constexpr unsigned kAttention = 1, kFeedForward = 2, kBoth = 3;
  DenseMap<int64_t, unsigned> parts;
  unsigned all = 0;
  for (const DeploymentGraph::Node &node : graph.getNodes()) {
    // A box for whole layers, or for a stage, has them inside.
    if (node.role == Role::Layer || node.role == Role::Stage)
      return;
    unsigned part = isAttention(node.role) ? kAttention
                    : isFeedForward(node)  ? kFeedForward
                                           : 0;
    if (part == 0)
      continue;
    parts[node.layer] |= part;
    all |= part;
  }
  // What names no layer may be of any.
  unsigned loose = parts.lookup(DeploymentGraph::kNone);
  for (auto [layer, mask] : parts)
    if ((mask | loose) == kBoth)
      return;
  log.report(Code::DAG008, graph.getRoot()->getLoc(), "",
             Twine("expected a layer as a whole, attention and a feed-forward "
                   "network, but ") +
                 (all & kAttention     ? "no layer with attention has a "
                                         "feed-forward network"
                  : all & kFeedForward ? "no attention is drawn"
                                       : "neither is drawn"));
}
