//===- PlanFlow.h - What flows between the ops of a plan --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_PLANFLOW_H
#define DAG_LIB_TARGET_DOT_PLANFLOW_H

#include "PlanLabels.h"
#include "dag/Graph/DeploymentGraph.h"
#include "mlir/IR/BuiltinTypes.h"

#include <vector>

namespace mlir::dag::dot {

/// The tensors of a plan between the ops that are drawn: seen through stages,
/// layers, and layers that are left out. Parameters are not drawn.
class PlanFlow {
public:
  using NodeId = DeploymentGraph::NodeId;

  struct Tensor {
    /// Null if it is not known.
    RankedTensorType type;
    DimNames names = {};
    /// Dimensions of which the padding is dropped behind: a gather takes the
    /// shards as what they are without it.
    unsigned unpadded = 0;
  };

  /// Draws the given layers, or all if there are none.
  PlanFlow(const DeploymentGraph &graph, ArrayRef<int64_t> layers);

  bool isDrawn(NodeId id) const { return drawnNodes[id]; }
  /// The drawn nodes that give a node its operands, each once.
  ArrayRef<NodeId> getProducers(NodeId id) const {
    return slice(producers, id, &Place::firstProducer);
  }
  ArrayRef<Tensor> getInputs(NodeId id) const {
    return slice(inputs, id, &Place::firstInput);
  }
  ArrayRef<Tensor> getOutputs(NodeId id) const {
    return slice(outputs, id, &Place::firstOutput);
  }
  OpPlace getPlace(NodeId id) const;
  /// The only stage that uses an input or makes an output of the model; null
  /// if there are several.
  Operation *getStageOfEnd(NodeId id) const {
    return stageOfEnd.lookup(id).first;
  }

private:
  static constexpr NodeId kNoNode = DeploymentGraph::kNoNode;

  /// A result of a node.
  struct Source {
    NodeId node = kNoNode;
    unsigned result = 0;
  };
  struct Place {
    uint32_t firstProducer = 0, firstInput = 0, firstOutput = 0;
    /// The block whose result comes in, and the one that takes what goes out.
    Role above = Role::Unknown, below = Role::Unknown;
    /// `q`, `k`, `v`, or 0.
    char stream = 0;
    bool isBehindLayers = false;
  };

  template <typename T>
  ArrayRef<T> slice(const std::vector<T> &all, NodeId id,
                    uint32_t Place::*first) const {
    return ArrayRef(all).slice(places[id].*first,
                               places[id + 1].*first - places[id].*first);
  }

  Source resolve(Value value);
  Value lookThrough(Value value) const;
  void collectSources();
  void findUnpadded();
  void nameTensors();
  void inferBlocks();
  void findEnds();
  Role getOwnBlock(NodeId id) const;
  bool isMoeLayer(NodeId id) const {
    return moeLayers.contains(graph.getNode(id).layer);
  }

  const DeploymentGraph &graph;
  DenseSet<int64_t> layers;
  bool hasLayers = false;
  unsigned numInputs = 0, numOutputs = 0;
  DenseSet<int64_t> moeLayers;
  DenseMap<Operation *, NodeId> ids;
  DenseMap<Value, Source> sources;
  std::vector<bool> drawnNodes;
  /// One more than there are nodes, so that slices have an end.
  std::vector<Place> places;
  std::vector<NodeId> producers;
  /// Sources beside `inputs`.
  std::vector<Source> inputSources;
  std::vector<Tensor> inputs, outputs;
  DenseMap<NodeId, std::pair<Operation *, bool>> stageOfEnd;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_PLANFLOW_H
