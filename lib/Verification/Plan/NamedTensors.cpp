//===- NamedTensors.cpp - One name is one tensor -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedRules.h"
#include "dag/Dialect/Dag/IR/Origin.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Dialect/Dag/IR/WholeType.h"
#include "llvm/ADT/DenseMap.h"

#include <numeric>

using namespace mlir;
using namespace mlir::dag;

/// A part of a tensor of the checkpoint is a tensor of its own.
using TensorName = std::tuple<StringRef, StringAttr, Attribute>;

static std::optional<TensorName> getName(Operation *op) {
  if (auto parameter = dyn_cast<ParameterOp>(op))
    return TensorName("parameter", parameter.getNameAttr(),
                      getOrigin(parameter));
  if (auto input = dyn_cast<InputOp>(op))
    return TensorName("input", input.getNameAttr(), Attribute());
  if (auto cache = dyn_cast<KvCacheOp>(op))
    return TensorName("KV cache", cache.getNameAttr(), Attribute());
  return std::nullopt;
}

/// Where two shardings of one unknown size cannot both be: with its padding it
/// is a multiple of the ranks that it is cut over.
static std::optional<unsigned> findContradiction(Type first, Type second,
                                                 const MeshShape &mesh) {
  std::optional<ShardedType> a = ShardedType::get(first),
                             b = ShardedType::get(second);
  if (!a || !b)
    return std::nullopt;
  for (unsigned dim = 0, rank = a->shape.size(); dim < rank; ++dim) {
    DimShardingAttr left = a->dims[dim], right = b->dims[dim];
    if (!ShapedType::isDynamic(a->shape[dim]) || left.getUneven() ||
        right.getUneven())
      continue;
    int64_t common =
        std::gcd(mesh.getSize(left.getAxes()), mesh.getSize(right.getAxes()));
    if (common > 1 && (left.getPad() - right.getPad()) % common != 0)
      return dim;
  }
  return std::nullopt;
}

void dag::checkNamedTensors(const DeploymentGraph &graph, CheckLog &log) {
  DenseMap<TensorName, Operation *> firsts;
  MeshShape mesh;
  if (auto model = dyn_cast<ModelOp>(graph.getRoot()))
    if (MeshOp op = model.lookupMesh())
      mesh = MeshShape(op);
  for (DeploymentGraph::NodeId id = 0; id < graph.getNodes().size(); ++id) {
    Operation *op = graph.getNode(id).op;
    std::optional<TensorName> name = getName(op);
    if (!name)
      continue;
    auto [it, isNew] = firsts.try_emplace(*name, op);
    if (isNew)
      continue;
    Type meant = getWholeType(it->second->getResult(0).getType());
    Type actual = getWholeType(op->getResult(0).getType());
    if (meant == actual) {
      std::optional<unsigned> dim = findContradiction(
          it->second->getResult(0).getType(), op->getResult(0).getType(), mesh);
      if (dim)
        log.report(Code::DAG708, graph.getPlace(id),
                   "expected the " + std::get<0>(*name) + " '" +
                       std::get<1>(*name).getValue() +
                       "' to be one tensor, but no size of dimension " +
                       Twine(*dim) +
                       " divides by its ranks with the padding of both")
            .note(it->second->getLoc(), "the other one of this name");
      continue;
    }
    bool isShape = cast<ShapedType>(meant).getShape() !=
                   cast<ShapedType>(actual).getShape();
    std::string expected, got;
    llvm::raw_string_ostream(expected) << meant;
    llvm::raw_string_ostream(got) << actual;
    log.report(isShape ? Code::DAG708 : Code::DAG707, graph.getPlace(id),
               "expected the " + std::get<0>(*name) + " '" +
                   std::get<1>(*name).getValue() +
                   "' to be one tensor, of type " + expected + ", but got " +
                   got)
        .note(it->second->getLoc(), "the other one of this name");
  }
}
