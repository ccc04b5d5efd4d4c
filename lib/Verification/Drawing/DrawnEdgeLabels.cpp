//===- DrawnEdgeLabels.cpp - What labels of edges say -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A collective or a shape on an edge is a fact as one in a node is: it has to
// be that of the ends.
//
//===----------------------------------------------------------------------===//

#include "DimsNames.h"
#include "DrawnRules.h"
#include "EdgeLabels.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;
using Edge = DeploymentGraph::Edge;

DimsAttr dag::getLabelShape(const Edge &edge) {
  auto op = dyn_cast<EdgeOp>(edge.op);
  if (!op)
    return DimsAttr();
  if (op.getBuffer())
    return *op.getBuffer();
  auto shape = op->getAttrOfType<DimsAttr>("dag.shape");
  return shape && shape.getRank() > 1 ? shape : DimsAttr();
}

/// `the label of the edge from 'a' to 'b'`
static std::string describeEdge(const DeploymentGraph &graph,
                                const Edge &edge) {
  return "the label of the edge from '" + graph.getName(edge.source) +
         "' to '" + graph.getName(edge.target) + "'";
}

//===----------------------------------------------------------------------===//
// Collectives
//===----------------------------------------------------------------------===//

/// A reduction keeps the shape; what is gathered or scattered is a multiple, or
/// a part, of it.
static void checkShape(const DeploymentGraph &graph, uint32_t index,
                       CollectiveKind kind, CheckLog &log) {
  const Edge &edge = graph.getEdge(index);
  DimsAttr shape = getLabelShape(edge);
  ArrayRef<Attribute> given = graph.getOutputDims(edge.source);
  if (!shape || given.empty())
    return;
  for (Attribute output : given) {
    auto dims = cast<DimsAttr>(output);
    if (compareShapes(shape, dims) != Agreement::No)
      return;
    if (kind == CollectiveKind::AllReduce || kind == CollectiveKind::Reduce ||
        kind == CollectiveKind::Broadcast)
      continue;
    auto ratio = getShapeRatio(shape, dims);
    if (!ratio || (ratio->part != 0 && ratio->whole % ratio->part == 0) ||
        (ratio->whole != 0 && ratio->part % ratio->whole == 0))
      return;
  }
  log.report(Code::DAG502, graph.getEdgePlace(index, edge.source),
             describeEdge(graph, edge) + " states " + shape.str() + ", but '" +
                 graph.getName(edge.source) + "' gives " +
                 cast<DimsAttr>(given.front()).str());
}

void dag::checkCollectiveLabels(const DeploymentGraph &graph, CheckLog &log) {
  // The groups that the labels into one node state.
  llvm::MapVector<std::pair<NodeId, Role>, SmallVector<uint32_t, 4>> groups;
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const Edge &edge = graph.getEdge(index);
    auto role = graph.getEdgeRole(edge);
    auto op = dyn_cast<EdgeOp>(edge.op);
    if (!role || !isCollective(*role) || !op)
      continue;
    if (auto kind = toCollectiveKind(*role))
      checkShape(graph, index, *kind, log);
    if (op.getDevices() && !op.getTargetDevices() &&
        op.getDevices()->getSet().size() > 1)
      groups[{edge.target, *role}].push_back(index);
  }
  for (auto &[key, edges] : groups) {
    DenseMap<Attribute, unsigned> votes;
    Attribute usual;
    for (uint32_t index : edges) {
      Attribute group = *cast<EdgeOp>(graph.getEdge(index).op).getDevices();
      if (++votes[group] > votes.lookup(usual) || !usual)
        usual = group;
    }
    for (uint32_t index : edges) {
      const Edge &edge = graph.getEdge(index);
      RangesAttr group = *cast<EdgeOp>(edge.op).getDevices();
      RangesAttr own = graph.getDevicesAttr(edge.source);
      bool isOutside = own && !group.getSet().contains(own.getSet()) &&
                       !graph.hasAllDevices(edge.source);
      bool isOdd = group != usual && votes.lookup(usual) > votes.lookup(group);
      // Each of several groups may reduce its own part.
      if (!isOutside && (!isOdd || !group.getSet().intersects(
                                       cast<RangesAttr>(usual).getSet())))
        continue;
      log.report(Code::DAG503, graph.getEdgePlace(index, edge.source),
                 "the group on the edge from '" + graph.getName(edge.source) +
                     "' to '" + graph.getName(edge.target) + "' is GPU " +
                     group.getSet().str() +
                     (isOutside
                          ? ", but GPU " + own.getSet().str() + " feeds it"
                          : ", but that of others beside it is GPU " +
                                cast<RangesAttr>(usual).getSet().str()));
    }
  }
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// True if a shape may be what goes along an edge of which one end states
/// `dims`: the same, or the share of a rank or a replica.
static bool mayBe(DimsAttr shape, DimsAttr dims) {
  if (compareShapes(shape, dims) != Agreement::No)
    return true;
  auto ratio = getShapeRatio(shape, dims);
  return !ratio || ratio->part == 0 || ratio->whole == 0 ||
         ratio->whole % ratio->part == 0 || ratio->part % ratio->whole == 0;
}

/// True if an edge shows the label of the next one, or of the one before:
/// statements `a -> b -> c [...]` put it on all of their edges.
static bool isOfChain(const DeploymentGraph &graph, const Edge &edge,
                      llvm::function_ref<bool(const Edge &)> fits) {
  auto getDrawn = [](const Edge &edge) {
    return cast<EdgeOp>(edge.op).getDrawnAttr();
  };
  auto isMate = [&](uint32_t index) {
    const Edge &other = graph.getEdge(index);
    return getDrawn(other) == getDrawn(edge) && fits(other);
  };
  constexpr unsigned kMaxEdges = 64;
  return llvm::any_of(graph.getOutEdges(edge.target).take_front(kMaxEdges),
                      isMate) ||
         llvm::any_of(graph.getInEdges(edge.source).take_front(kMaxEdges),
                      isMate);
}

namespace {
/// The end that contradicts the shape on an edge.
struct Refuted {
  NodeId end = DeploymentGraph::kNoNode;
  StringRef verb;
  DimsAttr dims;
};
} // namespace

static Refuted refute(const DeploymentGraph &graph, const Edge &edge,
                      DimsAttr shape) {
  auto isOther = [&](ArrayRef<Attribute> stated) {
    return !stated.empty() && llvm::none_of(stated, [&](Attribute dims) {
      return mayBe(shape, cast<DimsAttr>(dims));
    });
  };
  ArrayRef<Attribute> given = graph.getOutputDims(edge.source);
  if (isOther(given))
    return {edge.source, "gives", cast<DimsAttr>(given.front())};
  ArrayRef<Attribute> taken = graph.getInputDims(edge.target);
  if (isOther(taken))
    return {edge.target, "takes", cast<DimsAttr>(taken.front())};
  return {};
}

bool dag::isLabelRefuted(const DeploymentGraph &graph, const Edge &edge) {
  DimsAttr shape = getLabelShape(edge);
  return shape && refute(graph, edge, shape).end != DeploymentGraph::kNoNode;
}

void dag::checkShapeLabels(const DeploymentGraph &graph, CheckLog &log) {
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const Edge &edge = graph.getEdge(index);
    DimsAttr shape = getLabelShape(edge);
    // Collectives are said of as such.
    auto role = graph.getEdgeRole(edge);
    if (!shape || (role && !isTransfer(*role)))
      continue;
    Refuted found = refute(graph, edge, shape);
    auto fits = [&](const Edge &other) {
      return refute(graph, other, shape).end == DeploymentGraph::kNoNode;
    };
    if (found.end == DeploymentGraph::kNoNode || isOfChain(graph, edge, fits))
      continue;
    log.report(Code::DAG701, graph.getEdgePlace(index, edge.source),
               describeEdge(graph, edge) + " states " + shape.str() +
                   ", but '" + graph.getName(found.end) + "' " + found.verb +
                   " " + found.dims.str());
  }
}
