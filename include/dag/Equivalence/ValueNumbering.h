//===- ValueNumbering.h - What a model computes, by numbers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Numbers the values of models so that two values with one number are equal as
// tensors of global shape, whatever the weights, the inputs and the contents of
// the KV caches are. Shardings, padding, collectives, stages, layers and
// transfers are erased, composites are taken apart, and sums have a normal
// form; docs/Rationale/Equivalence.md says why that is sound. All models that
// are numbered in one table can be compared.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EQUIVALENCE_VALUENUMBERING_H
#define DAG_EQUIVALENCE_VALUENUMBERING_H

#include "dag/Interfaces/Numbering/NumberingContext.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::dag {

/// The numbers of one model.
class ValueNumbering : public NumberingContext {
public:
  explicit ValueNumbering(ValueTable &table, Callback callback = nullptr)
      : NumberingContext(table, callback) {}

  /// Numbers a model that verifies. Fails at an op that has no number, which
  /// `getObstacle` tells then.
  LogicalResult run(ModelOp model);

  /// What goes out, by name.
  const llvm::MapVector<StringAttr, SmallVector<Use, 1>> &getOutputs() const {
    return outputs;
  }
  /// What is written, by the number of the cache before the run.
  const llvm::MapVector<ValueNumber, SmallVector<Use, 1>> &getWrites() const {
    return writes;
  }
  /// What has no number.
  Operation *getObstacle() const { return obstacle; }
  /// The first op that has a number but need not compute what it says, and why.
  Operation *getDoubtful() const { return doubtful; }
  StringRef getDoubt() const { return doubt; }

private:
  bool isIgnored(Operation *op) override;

  /// What asserts alone look at.
  llvm::DenseSet<Operation *> checked;
};

} // namespace mlir::dag

#endif // DAG_EQUIVALENCE_VALUENUMBERING_H
