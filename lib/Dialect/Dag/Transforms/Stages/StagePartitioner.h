//===- StagePartitioner.h - The body of a model into stages -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two steps. First every op of the model gets the layer that it belongs to:
// what depends on a layer stands behind the last one that it depends on, what
// depends on inputs and parameters alone stands before the first one that uses
// it. Then layers are shared out, and each stage takes the ops of its layers.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_TRANSFORMS_STAGES_STAGEPARTITIONER_H
#define DAG_LIB_DIALECT_DAG_TRANSFORMS_STAGES_STAGEPARTITIONER_H

#include "dag/Cost/TimeModel.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Sharding.h"

#include <vector>

namespace mlir::dag {

/// The mesh axis that stages stand on.
inline constexpr llvm::StringLiteral kStageAxisName = "pp";

/// The layers of one stage, by number, and the devices that run it.
struct StagePlan {
  int64_t firstLayer;
  int64_t endLayer;
  int64_t coordinate;
  SmallVector<int64_t> devices;
};

/// Puts the body of one model into stages.
class StagePartitioner {
public:
  explicit StagePartitioner(ModelOp model)
      : model(model), body(model.getBody().front()) {}

  /// Finds the layers and checks that they can be cut into runs.
  LogicalResult readLayers();
  /// The layer, counted from 0, that each op of the model belongs to.
  void placeOps();
  /// Picoseconds of each layer, with the ops that belong to it. An op that does
  /// not say what it costs is an error.
  FailureOr<std::vector<int64_t>> estimateTimes(const MeshShape &mesh,
                                                TimeModel &times) const;
  /// Moves everything into the stages. Returns the number of parameters that
  /// were copied.
  unsigned build(ArrayRef<StagePlan> plans);

  ArrayRef<LayerOp> getLayers() const { return layers; }
  /// Number of layers of the model; of a sampled one, more than are there.
  int64_t getNumLayers() const { return numLayers; }

private:
  /// Ops that stay in the model: its ends, and what has a name there.
  static bool stays(Operation &op) {
    return isa<InputOp, OutputOp, SymbolOpInterface>(op);
  }
  /// Calls `callback` on each use that `op`, or an op inside of it, makes of a
  /// value of the model.
  void forEachOperand(Operation &op,
                      function_ref<void(OpOperand &)> callback) const;
  void buildStage(int64_t index, const StagePlan &plan,
                  ArrayRef<Operation *> ops);

  ModelOp model;
  Block &body;
  SmallVector<LayerOp> layers;
  int64_t numLayers = 0;
  /// Ops that move, in order, and the layer of each.
  SmallVector<Operation *> ops;
  DenseMap<Operation *, int64_t> layerOf;
  DenseMap<Operation *, int64_t> stageOf;
  /// What a value that left its stage is called in the model.
  DenseMap<Value, Value> exported;
  unsigned numCopies = 0;
};

} // namespace mlir::dag

#endif // DAG_LIB_DIALECT_DAG_TRANSFORMS_STAGES_STAGEPARTITIONER_H
