//===- DrawnOperands.cpp - What drawn ops take ------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnTypes.h"
#include "dag/Graph/ShapeAgreement.h"

using namespace mlir;
using namespace mlir::dag;

static DimsAttr toDims(Attribute attr) { return cast<DimsAttr>(attr); }

bool DrawnTypes::takesOneHead(const DeploymentGraph::Edge &edge) const {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  if (source.role != Role::QProjection && source.role != Role::KProjection &&
      source.role != Role::VProjection && source.role != Role::RotaryEmbedding)
    return false;
  if (getAttentionPosition(target.role) == 0 && target.role != Role::Attention)
    return false;
  for (Attribute output : graph.getOutputDims(edge.source))
    for (Attribute input : graph.getInputDims(edge.target)) {
      std::optional<ShapeRatio> ratio =
          getShapeRatio(toDims(output), toDims(input));
      if (!ratio || ratio->part == 0 || ratio->whole <= ratio->part ||
          ratio->whole % ratio->part != 0)
        continue;
      uint64_t numHeads = ratio->whole / ratio->part;
      if (countUsers(edge.source, target.peerClass) % numHeads == 0)
        return true;
    }
  return false;
}
