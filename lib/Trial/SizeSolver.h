//===- SizeSolver.h - The smallest sizes that keep a form -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TRIAL_SIZESOLVER_H
#define DAG_LIB_TRIAL_SIZESOLVER_H

#include "dag/Interfaces/Sizes/SizeRelations.h"

#include <set>

namespace mlir::dag {

/// Finds small sizes that keep all relations. Sizes that are bound by nothing
/// are picked, each another one where that is possible, so that what is taken
/// for something else does not fit; products and sums follow from their parts.
/// What is at most three stays as it is, and what is split has at least two
/// elements on each rank, if it has so many in the model.
class SizeSolver {
public:
  explicit SizeSolver(SizeRelations &sizes) : sizes(sizes) {}

  /// Fails if no sizes were found; `getReason` tells why.
  LogicalResult solve();
  int64_t get(Size size) { return values[sizes.getRoot(size)]; }
  StringRef getReason() const { return reason; }

private:
  using Kind = SizeRelations::Kind;
  using Relation = SizeRelations::Relation;
  /// How a size follows from others; the last one of a quotient divides.
  struct Definition {
    bool isQuotient;
    Kind kind;
    SmallVector<Size, 2> parts;
  };

  void mergeRoles();
  bool mergeRelations();
  void collectRelations();
  void keepWholeRelations();
  bool define();
  bool isKept(Size root) { return sizes.getClass(root).isKept; }
  LogicalResult evaluate();
  LogicalResult evaluateAll();
  std::optional<int64_t> compute(const Definition &definition) const;
  std::optional<int64_t> pick(Size root);
  bool suits(Size root, int64_t size);
  int64_t getLeast(Size root);
  bool raise(Size root, int64_t target);
  LogicalResult fail(const Twine &why);

  SizeRelations &sizes;
  std::vector<Relation> relations;
  std::vector<SizeRelations::Order> orders;
  std::vector<Size> roots;
  DenseMap<Size, Definition> definitions;
  /// By a size that is picked: what it has to divide, and what is left then.
  DenseMap<Size, std::pair<Size, Size>> divided;
  DenseMap<Size, int64_t> raised;
  std::vector<int64_t> values;
  std::set<int64_t> used;
  std::string reason;
};

} // namespace mlir::dag

#endif // DAG_LIB_TRIAL_SIZESOLVER_H
