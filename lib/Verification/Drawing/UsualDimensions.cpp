//===- UsualDimensions.cpp - The usual dimensions of a node -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UsualDimensions.h"
#include "dag/Graph/ShapeAgreement.h"

using namespace mlir;
using namespace mlir::dag;

ArrayAttr UsualDimensions::getDims(NodeId id, Side side) const {
  auto op = dyn_cast<NodeOp>(graph.getNode(id).op);
  if (!op)
    return {};
  ArrayAttr dims =
      side == Side::Input ? op.getInputsAttr() : op.getOutputsAttr();
  return dims && !dims.empty() ? dims : ArrayAttr();
}

void UsualDimensions::vote(Side side) {
  auto &table = side == Side::Input ? usualInputs : usualOutputs;
  DenseMap<uint32_t, DenseMap<Attribute, std::pair<unsigned, NodeId>>> votes;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    ArrayAttr dims = getDims(id, side);
    if (!dims || graph.getNode(id).role == Role::Unknown)
      continue;
    auto [it, isNew] =
        votes[graph.getNode(id).peerClass].try_emplace(dims, 0, id);
    ++it->second.first;
  }
  for (auto &[key, byDims] : votes) {
    Usual usual;
    for (auto &[dims, vote] : byDims) {
      usual.all += vote.first;
      if (vote.first > usual.count) {
        usual.count = vote.first;
        usual.dims = dims;
        usual.example = vote.second;
      }
    }
    table[key] = usual;
  }
}

void UsualDimensions::vote() {
  vote(Side::Input);
  vote(Side::Output);
}

const UsualDimensions::Usual *UsualDimensions::findUsual(NodeId id,
                                                         Side side) const {
  const auto &table = side == Side::Input ? usualInputs : usualOutputs;
  auto it = table.find(graph.getNode(id).peerClass);
  return it == table.end() ? nullptr : &it->second;
}

bool UsualDimensions::isUnusual(NodeId id, Side side) const {
  const Usual *usual = findUsual(id, side);
  return usual && usual->all >= 4 && usual->count * 4 >= usual->all * 3 &&
         usual->dims != getDims(id, side);
}

/// Whether two lists of shapes agree, shape by shape.
static Agreement compareLists(ArrayAttr lhs, ArrayAttr rhs) {
  if (lhs.size() != rhs.size())
    return Agreement::Open;
  Agreement worst = Agreement::Yes;
  for (auto [left, right] : llvm::zip_equal(lhs, rhs))
    worst = std::max(
        worst, compareShapes(cast<DimsAttr>(left), cast<DimsAttr>(right)));
  return worst;
}

/// A box for layers at an end of the drawing may hold the embedding or the head
/// besides, and has the model's shapes on that side.
static bool isEnd(const DeploymentGraph &graph, DeploymentGraph::NodeId id,
                  UsualDimensions::Side side) {
  Role role = graph.getNode(id).role;
  if (role != Role::Layer && role != Role::Stage)
    return false;
  bool isFront = side == UsualDimensions::Side::Input;
  return llvm::all_of(
      isFront ? graph.getInEdges(id) : graph.getOutEdges(id),
      [&](uint32_t index) {
        const auto &edge = graph.getEdge(index);
        return graph.getNode(isFront ? edge.source : edge.target).role ==
               (isFront ? Role::Input : Role::Output);
      });
}

const UsualDimensions::Usual *UsualDimensions::findDeviation(NodeId id,
                                                             Side side) const {
  ArrayAttr dims = getDims(id, side);
  if (!dims || !isUnusual(id, side) || isEnd(graph, id, side))
    return nullptr;
  const Usual *usual = findUsual(id, side);
  // A few of many deviate; uneven shards and other kinds are frequent.
  if (usual->all - usual->count > std::max(2u, usual->all / 20))
    return nullptr;
  // The same size in other words is no deviation.
  if (compareLists(dims, cast<ArrayAttr>(usual->dims)) != Agreement::No)
    return nullptr;
  return usual;
}
