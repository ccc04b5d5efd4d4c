//===- ModelGradients.h - What types say of backwards -------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plan has the forwards of its stages. What their backwards do follows from
// the types: the gradient of a value that a rank has whole, and that is used
// beside a shard, is a sum over the axes of that shard.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_MODELGRADIENTS_H
#define DAG_LIB_COMMUNICATION_MODELGRADIENTS_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::dag {

/// Integers have no gradient; what has no shape may have one.
bool mayHaveGradient(Type type);

/// Linear in the uses of values of the model.
class ModelGradients {
public:
  explicit ModelGradients(ModelOp model);

  /// True if the value depends on a parameter: nothing else needs a gradient.
  bool isTrained(Value value) const { return trained.contains(value); }
  /// How many collectives within its ranks a backward of a stage has, with the
  /// gradient of its inputs and with that of its weights: the transposes of
  /// those of its forward, of which those that make a tensor whole have none,
  /// and a sum for each value that is whole and used in parts.
  struct NumCalls {
    int64_t ofInputs = 0, ofWeights = 0;
  };
  NumCalls getNumCalls(StageOp stage) const { return numCalls.lookup(stage); }
  /// True if the stage has weights, whose gradient it computes.
  bool hasWeights(StageOp stage) const { return weighted.contains(stage); }
  /// Weights by the axes over which the ranks of a stage hold summands of their
  /// gradients when a backward has ended. What a plan gathers is added up where
  /// it is let go of.
  using WeightSums = llvm::MapVector<ArrayAttr, llvm::SetVector<StringAttr>>;
  const WeightSums *getWeightSums(StageOp stage) const {
    auto it = weightSums.find(stage);
    return it == weightSums.end() ? nullptr : &it->second;
  }

private:
  /// Axes that a weight was gathered over, of some of the parameters that go
  /// into it and of all.
  struct Gathered {
    llvm::SmallSetVector<StringAttr, 2> once, always;
  };
  void addGathered(Operation *op);
  /// Null if it was over none.
  const Gathered *lookupGathered(Value value);

  using Values = DenseSet<Value>;
  void addStage(StageOp stage);
  /// The trained parameters that a weight is made of whose gradients have
  /// summands over `axes`.
  void findNames(Value weight, ArrayRef<StringAttr> axes,
                 llvm::SetVector<StringAttr> &names);
  void addUse(StageOp stage, OpOperand &use, DenseSet<Value> &summed);
  bool isWeight(Value value) const {
    return trained.contains(value) && !fed.contains(value);
  }

  /// What depends on parameters, and on anything else that is not constant.
  Values trained, fed;
  DenseMap<Operation *, NumCalls> numCalls;
  DenseSet<Operation *> weighted;
  DenseMap<Operation *, WeightSums> weightSums;
  DenseMap<Value, Gathered> gathered;
  MeshShape mesh;
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_MODELGRADIENTS_H
