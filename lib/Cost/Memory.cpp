//===- Memory.cpp - What a rank has to hold -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Cost/Memory.h"
#include "Liveness.h"
#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Dialect/Dag/IR/Origin.h"
#include "dag/Support/Bytes.h"
#include "dag/Support/Saturating.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// RankMemory
//===----------------------------------------------------------------------===//

int64_t RankMemory::getPlanned() const {
  return addSaturating(addSaturating(weights, cache),
                       addSaturating(activations, buffers));
}

int64_t RankMemory::getTotal() const {
  return addSaturating(getPlanned(), libraries);
}

void RankMemory::forgetWeights() {
  isStorageUnknown = isPartUnknown.weights = true;
  weights = padding = 0;
  largestWeights.clear();
}

std::string RankMemory::getName() const {
  if (stages.empty())
    return "the model";
  std::string name = stages.size() == 1 ? "stage " : "stages ";
  llvm::raw_string_ostream os(name);
  llvm::interleaveComma(stages, os,
                        [&](StageOp stage) { os << stage.getIndex(); });
  return name;
}

std::string RankMemory::getCacheText() const {
  std::string text = "the KV caches hold " + std::to_string(tokens) +
                     " tokens of " + formatBytes(cachePerToken) + " each";
  if (smallerCaches != 0)
    text += ", and those of fewer tokens, as of windows, take " +
            formatBytes(smallerCaches);
  return text;
}

//===----------------------------------------------------------------------===//
// One rank
//===----------------------------------------------------------------------===//

namespace {
class RankAnalysis {
public:
  RankAnalysis(CostContext &costs, const MemoryOptions &options,
               const llvm::StringMap<CommBufferOp> &buffers,
               const DenseSet<StringAttr> &pools, RankMemory &memory)
      : costs(costs), options(options), buffers(buffers), pools(pools),
        memory(memory) {}

  /// Adds a stage, which runs when no other one of the rank does.
  void addStage(StageOp stage);
  void addModel(ModelOp model);
  /// Adds parameters and caches of ops that stand outside of stages.
  void addOutside(Operation *op) {
    op->walk([&](Operation *nested) { addState(nested); });
  }
  void finish(int64_t ranks);
  /// What another one has counted is there once.
  void countBefore(const RankAnalysis &other) { seen = other.seen; }

private:
  void addState(Operation *op);
  /// Adds what kernels of experts pad their weights by.
  void addPadding(ExpertOp experts);
  /// Counts a cache that has room for so many tokens, before its bytes are.
  void countTokens(int64_t tokens, int64_t bytesPerToken, int64_t bytes);
  void addCommunication(Operation *op, Operation *stage);
  void addActivations(const Liveness &liveness);
  void addSideBySide();
  const LocalTensor &getLocal(Operation *op, Type type, bool &isPartUnknown);

  CostContext &costs;
  const MemoryOptions &options;
  const llvm::StringMap<CommBufferOp> &buffers;
  /// Caches that all batches share.
  const DenseSet<StringAttr> &pools;
  RankMemory &memory;
  /// What is there once, however many ops name it.
  DenseSet<std::tuple<StringAttr, Attribute, Type>> seen;
  DenseSet<std::pair<Operation *, Operation *>> seenBuffers;
  DenseSet<Operation *> padded;
  /// What the stages so far hand out of the model: it is there until the run
  /// ends.
  int64_t handedOut = 0;
  /// Activations of the stages, by index.
  llvm::SmallDenseMap<int64_t, int64_t> peaks;
  int64_t largestGroup = 1;
  /// Largest number of ranks that the tokens of a cache are divided over.
  int64_t tokenRanks = 1;
};
} // namespace

const LocalTensor &RankAnalysis::getLocal(Operation *op, Type type,
                                          bool &isPartUnknown) {
  const LocalTensor &tensor = costs.getLocal(type);
  if (!tensor.isKnown) {
    isPartUnknown = true;
    if (!memory.unknown)
      memory.unknown = op;
    ++memory.numUnknown;
  }
  return tensor;
}

void RankAnalysis::countTokens(int64_t tokens, int64_t bytesPerToken,
                               int64_t bytes) {
  if (tokens < memory.tokens) {
    memory.smallerCaches = addSaturating(memory.smallerCaches, bytes);
    return;
  }
  // The caches so far are the smaller ones.
  if (tokens > memory.tokens) {
    memory.smallerCaches = memory.cache;
    memory.tokens = tokens;
    memory.cachePerToken = 0;
  }
  memory.cachePerToken = addSaturating(memory.cachePerToken, bytesPerToken);
}

void RankAnalysis::addPadding(ExpertOp experts) {
  for (auto [parameter, bytes] :
       getPaddedParameters(experts, costs, options.expertPadding)) {
    if (!padded.insert(parameter).second)
      continue;
    memory.weights = addSaturating(memory.weights, bytes);
    memory.padding = addSaturating(memory.padding, bytes);
  }
}

void RankAnalysis::addState(Operation *op) {
  if (auto experts = dyn_cast<ExpertOp>(op))
    addPadding(experts);
  if (!memory.silent && !isa<CostOpInterface>(op) && !costs.getCost(op))
    memory.silent = op;
  if (auto parameter = dyn_cast<ParameterOp>(op)) {
    // Tied tensors are one, unless they are sharded in different ways.
    if (!seen.insert({parameter.getNameAttr(), getOrigin(parameter),
                      parameter.getType()})
             .second)
      return;
    int64_t bytes =
        getLocal(op, parameter.getType(), memory.isPartUnknown.weights).bytes;
    memory.weights = addSaturating(memory.weights, bytes);
    keepLargest(memory.largestWeights, {op, bytes});
    return;
  }
  if (ElementsAttr elements = getStoredElements(op)) {
    Type type = op->getResult(0).getType();
    if (!seen.insert({StringAttr(), elements, type}).second)
      return;
    int64_t bytes = getLocal(op, type, memory.isPartUnknown.weights).bytes;
    memory.weights = addSaturating(memory.weights, bytes);
    keepLargest(memory.largestWeights, {op, bytes});
    return;
  }
  auto cache = dyn_cast<KvCacheOp>(op);
  if (!cache ||
      !seen.insert({cache.getNameAttr(), Attribute(), cache.getType()}).second)
    return;
  const LocalTensor &tensor =
      getLocal(op, cache.getType(), memory.isPartUnknown.cache);
  int64_t batches =
      pools.contains(cache.getNameAttr()) ? 1 : options.microBatches;
  int64_t bytes = multiplySaturating(tensor.bytes, batches);
  auto addBytes = llvm::make_scope_exit(
      [&] { memory.cache = addSaturating(memory.cache, bytes); });
  if (!memory.firstCache)
    memory.firstCache = op;
  auto type = dyn_cast<RankedTensorType>(cache.getType());
  if (!tensor.isKnown || !type || type.getRank() < 2)
    return;
  int64_t bits = type.getElementType().getIntOrFloatBitWidth();
  for (int64_t size : ArrayRef(tensor.shape).drop_front(2))
    bits = multiplySaturating(bits, size);
  countTokens(
      multiplySaturating(
          multiplySaturating(type.getDimSize(0), type.getDimSize(1)), batches),
      scaleSaturating(bits, 1, 8), bytes);
  ShardedType sharded(type);
  int64_t ranks = 1;
  for (unsigned dim = 0; dim < 2; ++dim)
    ranks = multiplySaturating(
        ranks, costs.getMesh().getSize(sharded.dims[dim].getAxes()));
  tokenRanks = std::max(tokenRanks, ranks);
}

/// Groups for NCCL's memory, and the buffers of transfers at this end.
void RankAnalysis::addCommunication(Operation *op, Operation *stage) {
  if (auto transfer = dyn_cast<TransferOpInterface>(op)) {
    largestGroup = std::max<int64_t>(largestGroup, 2);
    FlatSymbolRefAttr name = transfer.getTransferBuffer();
    auto it = name ? buffers.find(name.getValue()) : buffers.end();
    if (it == buffers.end()) {
      if (RankedTensorType payload = transfer.getPayloadType())
        memory.buffers = addSaturating(
            memory.buffers,
            getLocal(op, payload, memory.isPartUnknown.buffers).bytes);
      return;
    }
    CommBufferOp buffer = it->second;
    if (seenBuffers.insert({stage, buffer}).second)
      memory.buffers = addSaturating(
          memory.buffers,
          multiplySaturating(
              buffer.getSlots(),
              getLocal(buffer, buffer.getType(), memory.isPartUnknown.buffers)
                  .bytes));
    return;
  }
  auto collective = dyn_cast<CollectiveOpInterface>(op);
  if (!collective || !isCollective(collective.getCollectiveKind()) ||
      !collective.getCollectiveAxes())
    return;
  SmallVector<StringAttr, 2> axes;
  for (Attribute name : collective.getCollectiveAxes())
    if (auto axis = dyn_cast<StringAttr>(name))
      axes.push_back(axis);
  largestGroup = std::max(largestGroup, costs.getMesh().getSize(axes));
}

void RankAnalysis::addActivations(const Liveness &liveness) {
  int64_t peak = addSaturating(liveness.getPeak(), handedOut);
  if (peak > memory.activations || !memory.peak) {
    memory.activations = peak;
    memory.peak = liveness.getPeakOp();
    memory.largestActivations = liveness.getLargest();
  }
  if (!memory.unknown)
    memory.unknown = liveness.getUnknown();
  memory.isPartUnknown.activations |= liveness.getUnknown() != nullptr;
  memory.numUnknown += liveness.getNumUnknown();
}

void RankAnalysis::addStage(StageOp stage) {
  for (Value operand : stage.getOperands())
    if (Operation *op = operand.getDefiningOp())
      addState(op);
  stage->walk([&](Operation *op) {
    addState(op);
    addCommunication(op, stage);
  });
  Liveness liveness(stage, costs, options.kernels);
  peaks[stage.getIndex()] = addSaturating(liveness.getPeak(), handedOut);
  addActivations(liveness);
  SmallVector<Value, 2> outputs;
  Region &region = stage.getBody();
  if (!region.empty() && region.front().mightHaveTerminator())
    for (auto [result, value] :
         llvm::zip(stage->getResults(),
                   region.front().getTerminator()->getOperands()))
      if (llvm::any_of(result.getUsers(),
                       [](Operation *user) { return isa<OutputOp>(user); }))
        outputs.push_back(value);
  handedOut = addSaturating(handedOut, liveness.getBytesOf(outputs));
}

/// What runs at one time has its activations at one time.
void RankAnalysis::addSideBySide() {
  for (ArrayRef<int64_t> stages : options.sideBySide) {
    if (!llvm::all_of(stages,
                      [&](int64_t stage) { return peaks.contains(stage); }))
      continue;
    int64_t sum = 0;
    for (int64_t stage : stages)
      sum = addSaturating(sum, peaks.lookup(stage));
    memory.activations = std::max(memory.activations, sum);
  }
}

void RankAnalysis::addModel(ModelOp model) {
  model->walk([&](Operation *op) {
    addState(op);
    addCommunication(op, model);
  });
  addActivations(Liveness(model, costs, options.kernels));
}

/// NCCL's memory by the size of the group, and 3.5 GiB for the context, cuBLAS
/// and all else: the figures of ai-dynamo/aiconfigurator, `nccl_mem` and
/// `other_mem` of its systems.
static int64_t getNcclBytes(int64_t ranks) {
  if (ranks <= 1)
    return 0;
  return (ranks == 2 ? int64_t(342) : int64_t(392)) << 20;
}

void RankAnalysis::finish(int64_t ranks) {
  addSideBySide();
  memory.libraries =
      addSaturating(options.libraryBytes,
                    options.ncclBytes.value_or(getNcclBytes(largestGroup)));
  memory.cacheCopies = std::max<int64_t>(1, ranks / tokenRanks);
}

//===----------------------------------------------------------------------===//
// All ranks
//===----------------------------------------------------------------------===//

static SmallVector<RankMemory, 0> addUp(ModelOp model,
                                        const MemoryOptions &options) {
  SmallVector<RankMemory, 0> result;
  if (model.getBody().empty())
    return result;
  CostContext costs(getMeshShape(model));
  Block &body = model.getBody().front();

  // Stages by the coordinate that they are on.
  llvm::MapVector<std::pair<StringAttr, int64_t>, SmallVector<StageOp, 1>>
      coordinates;
  llvm::StringMap<CommBufferOp> buffers;
  DenseSet<StringAttr> pools;
  if (options.microBatches > 1)
    pools = findPagedCaches(model);
  SmallVector<Operation *> outside;
  int64_t unplaced = 0;
  for (Operation &op : body) {
    if (auto stage = dyn_cast<StageOp>(op)) {
      StringAttr axis = stage.getAxisAttr();
      bool isPlaced = axis && stage.getCoordinate();
      coordinates[{isPlaced ? axis : StringAttr(),
                   isPlaced ? *stage.getCoordinate() : unplaced++}]
          .push_back(stage);
    } else if (auto buffer = dyn_cast<CommBufferOp>(op)) {
      buffers[buffer.getSymName()] = buffer;
    } else if ((!isa<ParameterOp, KvCacheOp>(op) && !getStoredElements(&op)) ||
               llvm::any_of(op.getUsers(), [](Operation *user) {
                 return !isa<StageOp>(user);
               })) {
      outside.push_back(&op);
    }
  }

  const MeshShape &mesh = costs.getMesh();
  int64_t allRanks = mesh.getSize(mesh.getAxes());
  if (coordinates.empty()) {
    RankMemory &memory = result.emplace_back();
    memory.anchor = model;
    RankAnalysis analysis(costs, options, buffers, pools, memory);
    analysis.addModel(model);
    analysis.finish(allRanks);
    return result;
  }

  // What is outside of stages is on all ranks.
  RankMemory common;
  common.anchor = model;
  RankAnalysis commonAnalysis(costs, options, buffers, pools, common);
  for (Operation *op : outside)
    commonAnalysis.addOutside(op);

  for (auto &[key, stages] : coordinates) {
    RankMemory &memory = result.emplace_back(common);
    memory.anchor = stages.front();
    memory.stages = stages;
    RankAnalysis analysis(costs, options, buffers, pools, memory);
    analysis.countBefore(commonAnalysis);
    for (StageOp stage : stages)
      analysis.addStage(stage);
    int64_t ranks = allRanks;
    if (key.first)
      ranks /= std::max<int64_t>(1, mesh.getSize(key.first).value_or(1));
    analysis.finish(ranks);
  }
  return result;
}

SmallVector<RankMemory, 0> dag::getMemory(ModelOp model,
                                          const MemoryOptions &options) {
  SmallVector<RankMemory, 0> ranks = addUp(model, options);
  for (RankMemory &memory : ranks) {
    memory.isSample = model.isSampled();
    if (model.getUnknownStorage())
      memory.forgetWeights();
  }
  return ranks;
}
