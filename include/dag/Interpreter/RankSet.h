//===- RankSet.h - The ranks of a mesh and their groups -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERPRETER_RANKSET_H
#define DAG_INTERPRETER_RANKSET_H

#include "dag/Interpreter/RankContext.h"

namespace mlir::dag {

class RankSet {
public:
  explicit RankSet(const MeshShape &mesh);

  const MeshShape &getMesh() const { return mesh; }
  ArrayRef<RankContext> getRanks() const { return ranks; }
  size_t size() const { return ranks.size(); }

  /// The ranks that differ from `rank` on `axes` only, in the order of their
  /// positions on them, major to minor.
  SmallVector<size_t> getGroup(size_t rank, ArrayRef<StringAttr> axes) const;

private:
  MeshShape mesh;
  std::vector<RankContext> ranks;
};

} // namespace mlir::dag

#endif // DAG_INTERPRETER_RANKSET_H
