//===- PlanFlow.cpp - What flows between the ops of a plan ----------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanFlow.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

using Node = DeploymentGraph::Node;

PlanFlow::PlanFlow(const DeploymentGraph &graph, ArrayRef<int64_t> layers)
    : graph(graph), layers(layers.begin(), layers.end()),
      hasLayers(!graph.getLayers().empty()) {
  size_t size = graph.getNodes().size();
  drawnNodes.resize(size);
  places.resize(size + 1);
  for (size_t id = 0; id < size; ++id) {
    const Node &node = graph.getNode(id);
    ids[node.op] = id;
    // Weights and the caches before the run are there from the start.
    drawnNodes[id] = node.role != Role::Parameter && !isa<KvCacheOp>(node.op) &&
                     (layers.empty() || node.layer == DeploymentGraph::kNone ||
                      this->layers.contains(node.layer));
    numInputs += node.role == Role::Input;
    numOutputs += node.role == Role::Output;
    if (node.role == Role::Router || node.role == Role::Expert ||
        node.role == Role::Moe)
      moeLayers.insert(node.layer);
  }
  moeLayers.erase(DeploymentGraph::kNone);
  collectSources();
  findUnpadded();
  nameTensors();
  inferBlocks();
  findEnds();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// What a value is on the other side of a stage or a layer; null where there is
/// no such thing. A layer that is not drawn hands on what comes in.
Value PlanFlow::lookThrough(Value value) const {
  auto layer = value.getDefiningOp<LayerOp>();
  if (layer && !layers.empty() && !graph.getViolations().isMalformed(layer) &&
      !layers.contains(layer.getIndex())) {
    for (Value operand : layer->getOperands())
      if (operand.getType() == value.getType())
        return operand;
    return {};
  }
  return lookThroughRegion(value);
}

/// The node that makes a value. What values stand for is kept, so that a long
/// chain of layers costs its length once.
PlanFlow::Source PlanFlow::resolve(Value value) {
  SmallVector<Value, 4> chain;
  Source source;
  while (value) {
    if (auto it = sources.find(value); it != sources.end()) {
      source = it->second;
      break;
    }
    chain.push_back(value);
    if (auto result = dyn_cast<OpResult>(value))
      if (auto it = ids.find(result.getOwner()); it != ids.end()) {
        source = {it->second, result.getResultNumber()};
        break;
      }
    // A cycle through malformed ops ends here.
    sources[value] = Source();
    value = lookThrough(value);
  }
  for (Value passed : chain)
    sources[passed] = source;
  return source;
}

static RankedTensorType getTensorType(Type type) {
  if (auto transfer = dyn_cast<TransferType>(type))
    return transfer.getPayload();
  return dyn_cast<RankedTensorType>(type);
}

void PlanFlow::collectSources() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    Place &place = places[id];
    place.firstProducer = producers.size();
    place.firstInput = inputs.size();
    place.firstOutput = outputs.size();
    if (!drawnNodes[id])
      continue;
    Operation *op = graph.getNode(id).op;
    for (Value operand : op->getOperands()) {
      Source source = resolve(operand);
      if (source.node != kNoNode &&
          (graph.getNode(source.node).role == Role::Parameter ||
           isa<KvCacheOp>(graph.getNode(source.node).op)))
        continue;
      auto before = ArrayRef(inputSources).drop_front(place.firstInput);
      if (source.node != kNoNode &&
          llvm::any_of(before, [&](const Source &other) {
            return other.node == source.node && other.result == source.result;
          }))
        continue;
      inputSources.push_back(source);
      inputs.push_back({getTensorType(operand.getType())});
      if (source.node == kNoNode || !drawnNodes[source.node])
        continue;
      if (!llvm::is_contained(
              ArrayRef(producers).drop_front(place.firstProducer), source.node))
        producers.push_back(source.node);
    }
    for (Value result : op->getResults())
      outputs.push_back({getTensorType(result.getType())});
  }
  places.back().firstProducer = producers.size();
  places.back().firstInput = inputs.size();
  places.back().firstOutput = outputs.size();
}

/// Finds the dimensions that are gathered, at both of their ends.
void PlanFlow::findUnpadded() {
  auto getOutput = [&](Source source) -> Tensor * {
    uint32_t index = places[source.node].firstOutput + source.result;
    return index < places[source.node + 1].firstOutput ? &outputs[index]
                                                       : nullptr;
  };
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    Operation *op = graph.getNode(id).op;
    auto collective = dyn_cast<CollectiveOpInterface>(op);
    if (!collective || !gathers(collective.getCollectiveKind()) ||
        getInputs(id).empty())
      continue;
    int64_t dim = collective.getCollectiveDims().front();
    Source source = inputSources[places[id].firstInput];
    if (dim < 0 || dim >= 32)
      continue;
    if (source.node != kNoNode)
      if (Tensor *tensor = getOutput(source))
        tensor->unpadded |= 1u << dim;
  }
  for (auto [tensor, source] : llvm::zip_equal(inputs, inputSources))
    if (source.node != kNoNode)
      if (Tensor *made = getOutput(source))
        tensor.unpadded = made->unpadded;
}

void PlanFlow::nameTensors() {
  SmallVector<DimNames, 4> operands;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const Node &node = graph.getNode(id);
    operands.clear();
    for (uint32_t i = places[id].firstInput, e = places[id + 1].firstInput;
         i < e; ++i) {
      Source source = inputSources[i];
      DimNames names = {};
      if (inputs[i].type && inputs[i].type.getRank() == 3)
        names = {DimName::Batch, DimName::Seq, DimName::Hidden};
      if (source.node != kNoNode) {
        uint32_t made = places[source.node].firstOutput + source.result;
        if (made < places[source.node + 1].firstOutput)
          names = outputs[made].names;
      }
      inputs[i].names = names;
      operands.push_back(names);
    }
    for (uint32_t begin = places[id].firstOutput,
                  end = places[id + 1].firstOutput, i = begin;
         i < end; ++i)
      if (outputs[i].type)
        outputs[i].names = getDimNames(node.op, node.role, i - begin,
                                       outputs[i].type.getRank(), operands);
  }
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// The block that an op belongs to by itself.
Role PlanFlow::getOwnBlock(NodeId id) const {
  const Node &node = graph.getNode(id);
  Role block = node.block;
  if (block == Role::Unknown)
    switch (node.role) {
    case Role::FfnGate:
    case Role::FfnUp:
    case Role::FfnDown:
    case Role::Ffn:
      block = Role::Ffn;
      break;
    case Role::OutputProjection:
    case Role::QProjection:
    case Role::KProjection:
    case Role::VProjection:
      block = Role::Attention;
      break;
    default:
      break;
    }
  return block == Role::Ffn && isMoeLayer(id) ? Role::Moe : block;
}

/// Ops of no block of their own work for the one before them or behind them:
/// an all-reduce for the projection that it sums up, a norm for what it feeds.
void PlanFlow::inferBlocks() {
  size_t size = graph.getNodes().size();
  bool sawLayer = false;
  for (NodeId id = 0; id < size; ++id) {
    const Node &node = graph.getNode(id);
    Place &place = places[id];
    sawLayer |= node.layer != DeploymentGraph::kNone;
    place.isBehindLayers = sawLayer;
    if (!drawnNodes[id])
      continue;

    ArrayRef<Source> from =
        ArrayRef(inputSources).slice(place.firstInput, getInputs(id).size());
    if ((node.role == Role::RotaryEmbedding || node.role == Role::QkNorm) &&
        !from.empty() && from.front().node != kNoNode) {
      const Node &source = graph.getNode(from.front().node);
      if (isa<QkvProjectionOp, LatentQkvProjectionOp, AbsorbedQkvProjectionOp>(
              source.op))
        place.stream = "qkv"[std::min(from.front().result, 2u)];
      else if (source.role == Role::RotaryEmbedding ||
               source.role == Role::QkNorm)
        place.stream = places[from.front().node].stream;
    }

    Role above = getOwnBlock(id);
    if (above == Role::Unknown) {
      bool takesStream = false, isMixed = false;
      for (Source source : from) {
        if (source.node == kNoNode ||
            graph.getNode(source.node).layer != node.layer) {
          takesStream = true;
          continue;
        }
        Role other = places[source.node].above;
        if (other == Role::Unknown) {
          takesStream |= graph.getNode(source.node).role != Role::Input;
          continue;
        }
        isMixed |= above != Role::Unknown && above != other;
        above = other;
      }
      // A sum of the attention and the network belongs to neither.
      if (isMixed)
        above = Role::Layer;
      place.above = above;
      // Behind the residual stream everything starts anew.
      if (node.role == Role::ResidualAdd && takesStream)
        place.below = above, place.above = Role::Unknown;
      continue;
    }
    place.above = above;
  }

  // Against the flow, for norms and for what stands between them and a block.
  std::vector<Role> behind(size, Role::Unknown);
  for (NodeId id = size; id-- > 0;) {
    const Node &node = graph.getNode(id);
    if (!drawnNodes[id])
      continue;
    Role own = getOwnBlock(id);
    Role given = own != Role::Unknown ? own : behind[id];
    if (node.role == Role::ResidualAdd)
      given = Role::Unknown;
    else if (places[id].below == Role::Unknown)
      places[id].below = given;
    if (given == Role::Unknown)
      continue;
    for (NodeId producer : getProducers(id))
      if (graph.getNode(producer).layer == node.layer &&
          (behind[producer] == Role::Unknown || given == Role::Moe))
        behind[producer] = given;
  }
}

OpPlace PlanFlow::getPlace(NodeId id) const {
  const Place &place = places[id];
  OpPlace result;
  result.isOutside =
      hasLayers && graph.getNode(id).layer == DeploymentGraph::kNone;
  result.isBehindLayers = place.isBehindLayers;
  result.isMoe = isMoeLayer(id);
  result.isOnlyEnd =
      graph.getNode(id).role == Role::Input ? numInputs == 1 : numOutputs == 1;
  result.stream = place.stream == 'q'   ? "q"
                  : place.stream == 'k' ? "k"
                  : place.stream == 'v' ? "v"
                                        : "";
  result.block = place.above != Role::Unknown ? place.above : place.below;
  return result;
}

//===----------------------------------------------------------------------===//
// Ends
//===----------------------------------------------------------------------===//

void PlanFlow::findEnds() {
  auto add = [&](NodeId end, NodeId other) {
    Operation *stage = graph.getNode(other).op->getParentOfType<StageOp>();
    auto [it, isNew] = stageOfEnd.try_emplace(end, stage, false);
    if (!isNew && it->second.first != stage)
      it->second = {nullptr, true};
  };
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    for (NodeId producer : getProducers(id)) {
      if (graph.getNode(producer).role == Role::Input)
        add(producer, id);
      if (graph.getNode(id).role == Role::Output)
        add(id, producer);
    }
}
