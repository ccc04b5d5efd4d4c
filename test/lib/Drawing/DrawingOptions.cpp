//===- DrawingOptions.cpp - What is drawn, and by whom --------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawingGenerator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cinttypes>
#include <numeric>

using namespace mlir::dag::drawing;
using llvm::createStringError;

/// What the layouts ask for beyond the sizes.
static llvm::Error finalizeLayout(DrawingOptions &o) {
  if (!o.replicas || !o.microBatches || !o.loraRank)
    return createStringError("expected sizes of at least 1");
  bool isTensor = o.axis == RankAxis::Tensor;
  if (!isTensor && (o.sequenceParallel || o.mergedRanks || o.parallelResidual))
    return createStringError(
        "expected ranks of the tensor axis for sequence "
        "parallelism, merged ranks and parallel residuals");
  if (o.axis == RankAxis::Context && o.seq % o.tp)
    return createStringError("expected seq to be a multiple of the %u ranks",
                             o.tp);
  if (o.axis == RankAxis::Expert && o.batch % o.tp)
    return createStringError("expected batch to be a multiple of the %u ranks",
                             o.tp);
  if (o.axis == RankAxis::Expert) {
    o.moe = true;
    o.ep = o.tp;
  }
  if (o.mergedRanks && (o.expertsApart || o.ep > 1 || o.sequenceParallel ||
                        o.transfers == Transfers::PerRank))
    return createStringError("merged ranks cannot be told apart");
  if (o.mergedRanks && (o.ffn % o.tp || o.vocab % o.tp))
    return createStringError("merged ranks are alike");
  // What is taken head by head is stated apart, and K and V before a gather.
  if (o.splitHeads || o.axis == RankAxis::Context)
    o.separateQkv = true;
  if (o.parallelResidual && (o.moe || !o.residual))
    return createStringError("parallel residuals need a network and residuals");
  return llvm::Error::success();
}

llvm::Error DrawingOptions::finalize() {
  if (!layers || !tp || !pp || !batch || !seq || !hidden || !heads ||
      !kvHeads || !headDim || !ffn || !vocab || !experts || !topK)
    return createStringError("expected sizes of at least 1");
  // So that all products of sizes that are drawn have 32 bits.
  if (uint64_t(batch) * seq > 1u << 31)
    return createStringError("expected at most %u tokens, but got %u of %u",
                             1u << 31, batch, seq);
  for (unsigned size : {hidden, ffn, vocab, loraRank})
    if (size > 1u << 28)
      return createStringError("expected sizes of at most %u, but got %u",
                               1u << 28, size);
  for (unsigned size : {heads, kvHeads, headDim})
    if (size > 1u << 14)
      return createStringError("expected heads and their size of at most %u, "
                               "but got %u",
                               1u << 14, size);
  constexpr uint64_t kMaxParts = 1 << 22;
  uint64_t parts = 1;
  bool hasExperts = moe || style == Style::MoE;
  for (unsigned count : {layers, tp, replicas, microBatches,
                         hasExperts ? experts : 1, splitHeads ? heads : 1})
    parts = llvm::SaturatingMultiply<uint64_t>(parts, count);
  if (parts > kMaxParts)
    return createStringError("expected layers, ranks, experts and copies to "
                             "make a drawing of at most %" PRIu64
                             " parts, but got %" PRIu64,
                             kMaxParts, parts);
  if (pp > layers)
    return createStringError("expected pp of at most the number of layers, %u, "
                             "but got %u",
                             layers, pp);
  if (pp > 32767 || tp > 32767)
    return createStringError("expected tp and pp below 32768");
  if (heads % tp)
    return createStringError("expected heads to be a multiple of tp, %u, but "
                             "got %u",
                             tp, heads);
  if (kvHeads % tp && tp % kvHeads)
    return createStringError("expected kv-heads to be a multiple or a divisor "
                             "of tp, %u, but got %u",
                             tp, kvHeads);
  if (sequenceParallel && seq % tp)
    return createStringError("expected seq to be a multiple of tp, %u, for "
                             "sequence parallelism, but got %u",
                             tp, seq);
  if (style == Style::MoE)
    moe = true;
  if (llvm::Error error = finalizeLayout(*this))
    return error;
  if (ep != 1 && ep != tp)
    return createStringError("expected ep of 1 or tp, %u, but got %u", tp, ep);
  if (moe && experts % ep)
    return createStringError("expected experts to be a multiple of ep, %u, but "
                             "got %u",
                             ep, experts);
  if (layout.empty()) {
    for (unsigned stage = 0; stage < pp; ++stage)
      layout.push_back(layers / pp + (stage < layers % pp ? 1 : 0));
  } else if (layout.size() != pp ||
             std::accumulate(layout.begin(), layout.end(), uint64_t(0)) !=
                 layers ||
             llvm::is_contained(layout, 0u)) {
    return createStringError("expected a layout of %u stages with %u layers",
                             pp, layers);
  }
  for (unsigned layer : sampled)
    if (layer >= layers)
      return createStringError("expected sampled layers below %u, but got %u",
                               layers, layer);
  if (stageMark == StageMark::Default) {
    switch (style) {
    case Style::Attributes:
      stageMark = StageMark::Attribute;
      break;
    case Style::HF:
    case Style::Terse:
    case Style::MoE:
    case Style::TwoLine:
    case Style::KeyValue:
      stageMark = StageMark::Label;
      break;
    default:
      stageMark = StageMark::Cluster;
    }
  }
  return llvm::Error::success();
}

std::pair<unsigned, unsigned>
DrawingOptions::getLayersOfStage(unsigned stage) const {
  unsigned first = std::accumulate(layout.begin(), layout.begin() + stage, 0u);
  return {first, first + layout[stage]};
}

unsigned DrawingOptions::getStageOfLayer(unsigned layer) const {
  unsigned stage = 0;
  while (stage + 1 < pp && layer >= getLayersOfStage(stage).second)
    ++stage;
  return stage;
}
