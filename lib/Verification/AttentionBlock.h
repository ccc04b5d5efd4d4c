//===- AttentionBlock.h - The attention of one rank in one layer -*- C++ -*-==//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_ATTENTIONBLOCK_H
#define DAG_LIB_VERIFICATION_ATTENTIONBLOCK_H

#include "dag/Graph/DeploymentGraph.h"

#include <map>

namespace mlir::dag {

/// What every attention block has, in order.
struct AttentionPart {
  Role role;
  StringRef name;
};
constexpr AttentionPart kParts[] = {
    {Role::QkvProjection, "QKV projection"},
    {Role::AttentionScores, "attention scores (QK^T)"},
    {Role::AttentionWeights, "attention weights (softmax)"},
    {Role::Dropout, "attention dropout"},
    {Role::AttentionOutput, "attention output (weighted sum of values)"}};
constexpr unsigned kNumParts = std::size(kParts);
constexpr unsigned kDropout = 3;
constexpr unsigned kAllProjections = 7;
/// All parts that an attention needs, as bits.
constexpr unsigned kAllParts = (1u << kNumParts) - 1 - (1u << kDropout);

/// The attention of one rank in one layer.
struct AttentionBlock {
  /// Nodes by part.
  SmallVector<DeploymentGraph::NodeId, 1> nodes[kNumParts];
  unsigned qkvMask = 0;
  /// Another part says that dropout is in it, or that there is none.
  bool statesDropout = false;
  SmallVector<DeploymentGraph::NodeId> getNodes() const {
    SmallVector<DeploymentGraph::NodeId> all;
    for (ArrayRef<DeploymentGraph::NodeId> part : nodes)
      llvm::append_range(all, part);
    return all;
  }
  bool hasPart(unsigned part) const {
    return !nodes[part].empty() || (part == kDropout && statesDropout);
  }
};

/// Which of the projections a node makes, as bits. What comes before one of all
/// three is a step of its own.
inline unsigned getProjections(Role role) {
  switch (role) {
  case Role::QProjection:
    return 1;
  case Role::KProjection:
    return 2;
  case Role::VProjection:
    return 4;
  case Role::QkvProjection:
    return kAllProjections;
  default:
    return 0;
  }
}

/// The block of all ranks, completed with what every rank has.
inline AttentionBlock joinBlocks(
    const AttentionBlock &block,
    const std::map<std::pair<int64_t, int64_t>, AttentionBlock> &blocks) {
  AttentionBlock joined = block;
  for (unsigned part = 0; part < kNumParts; ++part)
    if (!joined.hasPart(part))
      for (auto &[otherKey, other] : blocks)
        if (other.hasPart(part)) {
          // Dropout may be stated, and not drawn.
          joined.nodes[part].assign(ArrayRef(other.nodes[part]).take_front(1));
          joined.statesDropout |= other.statesDropout;
          break;
        }
  joined.qkvMask = 0;
  return joined;
}

/// True if no rank has all parts, but all of them together do.
inline bool
isSpread(const std::map<std::pair<int64_t, int64_t>, AttentionBlock> &blocks) {
  auto getParts = [](const AttentionBlock &block) {
    unsigned parts = 0;
    for (unsigned part = 0; part < kNumParts; ++part)
      if (part != kDropout && !block.nodes[part].empty())
        parts |= 1u << part;
    return parts;
  };
  unsigned all = 0;
  for (auto &[key, block] : blocks) {
    if (getParts(block) == kAllParts)
      return false;
    all |= getParts(block);
  }
  return all == kAllParts && blocks.size() > 1 &&
         blocks.begin()->first.first != DeploymentGraph::kShared;
}

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_ATTENTIONBLOCK_H
