//===- OtherSizes.cpp - Sizes that are not the model's --------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/OtherSizes.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

bool dag::isDense(const DeploymentGraph::Node &node) {
  return node.block != Role::Moe && node.role != Role::Moe &&
         node.role != Role::Expert && node.role != Role::Router &&
         node.role != Role::Dispatch && node.role != Role::Combine &&
         node.expert == DeploymentGraph::kNone;
}

/// What a dimension of a node's input or output is.
static Figure getFigureOf(const DeploymentGraph::Node &node, DimsAttr dims,
                          unsigned dim, bool isOutput) {
  StringRef name = dims.getDimName(dim);
  Figure figure = getFigure(name);
  bool isRouting = figure == Figure::Experts || figure == Figure::TopK;
  if (!isDense(node))
    return isRouting ? figure : Figure::None;
  // In [batch, tokens] there is no other size.
  if (figure == Figure::None && dim + 1 == dims.getRank() &&
      dims.getRank() >= 3 && name.empty())
    return getLastFigure(node.role, node.block, isOutput);
  return figure;
}

std::vector<OtherSize> dag::findOtherSizes(const DeploymentGraph &graph,
                                           const ModelFigures &model,
                                           int64_t tp,
                                           std::set<Figure> *compared) {
  std::vector<OtherSize> sizes;
  // Any number can be drawn, also those that hash tables keep.
  std::map<std::pair<Figure, int64_t>, size_t> indices;
  std::vector<NodeId> last;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = graph.getNode(id);
    if (node.role == Role::Note || node.role == Role::Unknown)
      continue;
    for (bool isOutput : {false, true}) {
      ArrayRef<Attribute> shapes =
          isOutput ? graph.getOutputDims(id) : graph.getInputDims(id);
      if (shapes.empty())
        continue;
      // Of several inputs the first is the one that the role is about.
      auto dims = cast<DimsAttr>(shapes.front());
      for (unsigned dim = 0, rank = dims.getRank(); dim < rank; ++dim) {
        if (!dims.isStatic(dim))
          continue;
        int64_t size = dims.getSizes()[dim];
        Figure figure = getFigureOf(node, dims, dim, isOutput);
        if (model.get(figure) == 0)
          continue;
        if (compared)
          compared->insert(figure);
        if (model.fits(figure, size, tp))
          continue;
        auto [it, isNew] = indices.try_emplace({figure, size}, sizes.size());
        if (isNew) {
          sizes.push_back({figure, size, id, 0});
          last.push_back(DeploymentGraph::kNoNode);
        }
        // A node is counted once.
        if (std::exchange(last[it->second], id) != id)
          ++sizes[it->second].count;
      }
    }
  }
  return sizes;
}
