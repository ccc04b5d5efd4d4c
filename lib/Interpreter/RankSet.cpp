//===- RankSet.cpp - The ranks of a mesh and their groups -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/RankSet.h"
#include "dag/Dialect/Dag/IR/Program.h"

using namespace mlir;
using namespace mlir::dag;

RankSet::RankSet(const MeshShape &mesh) : mesh(mesh) {
  for (int64_t rank = 0, e = mesh.getSize(mesh.getAxes()); rank < e; ++rank)
    ranks.emplace_back(this->mesh, getCoordinates(mesh, rank));
}

SmallVector<size_t> RankSet::getGroup(size_t rank,
                                      ArrayRef<StringAttr> axes) const {
  return dag::getGroup(mesh, rank, axes);
}
