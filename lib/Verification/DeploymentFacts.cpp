//===- DeploymentFacts.cpp - What was verified ------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeploymentFacts.h"
#include "Plan/CacheRooms.h"
#include "Plan/PlannedRules.h"
#include "ScheduledMemory.h"
#include "dag/Cost/Cost.h"
#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Dialect/Dag/IR/Origin.h"
#include "dag/Dialect/Dag/IR/Scales.h"
#include "dag/Dialect/Dag/IR/WholeType.h"
#include "dag/Support/Bytes.h"
#include "dag/Support/Saturating.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// `1 token`, `8 tokens`.
static std::string count(int64_t number, StringRef noun) {
  return (Twine(number) + " " + noun + (number == 1 ? "" : "s")).str();
}

/// `70.55 billion`; small numbers as they are.
static std::string formatCount(int64_t number) {
  if (number >= 1000000000)
    return llvm::formatv("{0:f2} billion", number / 1e9);
  if (number >= 1000000)
    return llvm::formatv("{0:f2} million", number / 1e6);
  return std::to_string(number);
}

std::string dag::getBreakdown(const RankMemory &memory) {
  std::string text;
  auto add = [&](StringRef name, int64_t bytes, bool isUnknown) {
    if (!text.empty())
      text += ", ";
    text += name.str() + " " +
            (isUnknown ? formatLeastBytes(bytes) : formatBytes(bytes));
  };
  const auto &isUnknown = memory.isPartUnknown;
  add("weights", memory.weights, isUnknown.weights);
  if (memory.padding != 0)
    text += " with " + formatBytes(memory.padding) + " of padding";
  add("KV cache", memory.cache, isUnknown.cache);
  add("activations", memory.activations, isUnknown.activations);
  add("transfer buffers", memory.buffers, isUnknown.buffers);
  add("libraries", memory.libraries, false);
  return text;
}

const RankMemory &dag::getFullest(ArrayRef<RankMemory> ranks) {
  return *llvm::max_element(ranks,
                            [](const RankMemory &a, const RankMemory &b) {
                              return a.getTotal() < b.getTotal();
                            });
}

std::string dag::getTotalText(const RankMemory &memory) {
  int64_t total = memory.getTotal();
  return memory.isComplete() ? formatBytes(total) : formatLeastBytes(total);
}

SummaryFact dag::getMemoryFact(ArrayRef<RankMemory> ranks,
                               const Device *device) {
  const RankMemory &fullest = getFullest(ranks);
  SummaryFact fact{"Memory of the fullest rank",
                   fullest.getName() + ": " + getTotalText(fullest), "memory",
                   fullest.getTotal(), "bytes"};
  fact.parts = {{"weights", fullest.weights},
                {"kvCache", fullest.cache},
                {"activations", fullest.activations},
                {"transferBuffers", fullest.buffers},
                {"libraries", fullest.libraries}};
  if (fullest.padding != 0)
    fact.parts.push_back({"padding", fullest.padding});
  fact.isAtLeast = !fullest.isComplete();
  if (device) {
    fact.value += " of " + formatBytes(device->memory) + " on " + device->name;
    fact.parts.push_back({"capacity", device->memory});
  }
  fact.value += " (" + getBreakdown(fullest) + ")";
  return fact;
}

/// What the ranks along an axis share out, by the names that plans give to
/// axes; nothing for another name.
static StringRef getAxisMeaning(StringRef axis) {
  return llvm::StringSwitch<StringRef>(axis)
      .Case("pp", "pipeline stages")
      .Case("tp", "tensor parallel")
      .Case("rep", "tensor parallel, K and V replicated")
      .Case("ep", "expert parallel")
      .Case("dp", "data parallel")
      .Case("cp", "context parallel")
      .Default("");
}

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

namespace {
class FactCollector {
public:
  FactCollector(const DeploymentGraph &graph, bool withMemory,
                const ConfiguredPrograms::Notes &notes)
      : graph(graph), withMemory(withMemory), notes(notes) {}

  std::vector<SummaryFact> run();

private:
  void addSketch();
  void addPlan(ModelOp model);
  void addMemory(ModelOp model);
  /// How many micro-batches have their caches in the same pools of pages.
  int64_t countSharing() const;
  void addModel(ModelOp model);
  /// Those of a plan, and those of the configuration that it has not.
  void addRemarks(ModelOp model);
  void addMesh(ModelOp model);
  void addSizes();
  void addTraffic(ModelOp model);
  void addNodes();
  void addLayers();
  void addStages();
  void addTpSize();
  void addDevices(const RangeSet &devices);

  void add(StringRef id, StringRef title, const Twine &value) {
    facts.push_back({title.str(), value.str(), id.str()});
  }
  void add(StringRef id, StringRef title, const Twine &value, int64_t number,
           StringRef unit) {
    facts.push_back({title.str(), value.str(), id.str(), number, unit.str()});
  }
  /// Costs are read through accessors, which need well-formed ops.
  bool hasMalformed() const { return graph.getViolations().hasMalformed(); }

  const DeploymentGraph &graph;
  bool withMemory;
  const ConfiguredPrograms::Notes &notes;
  std::vector<SummaryFact> facts;
};
} // namespace

std::vector<SummaryFact> FactCollector::run() {
  if (auto model = dyn_cast<ModelOp>(graph.getRoot()))
    addPlan(model);
  else
    addSketch();
  return std::move(facts);
}

void FactCollector::addSketch() {
  add("input", "Input", "a drawing");
  addRemarks(ModelOp());
  addNodes();
  addLayers();
  addStages();
  addTpSize();
  RangeSet devices;
  DenseSet<Attribute> seen;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (RangesAttr attr = graph.getDevicesAttr(id))
      if (seen.insert(attr).second)
        devices.insert(attr.getSet());
  addDevices(devices);
}

void FactCollector::addPlan(ModelOp model) {
  add("input", "Input",
      graph.isLogical() ? "a program for one device" : "a plan");
  if (!hasMalformed()) {
    addModel(model);
    addMesh(model);
  }
  addStages();
  addLayers();
  addSizes();
  if (!hasMalformed()) {
    addTraffic(model);
    if (withMemory)
      addMemory(model);
  }
  addNodes();
}

int64_t FactCollector::countSharing() const {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model || hasMalformed() || findPagedCaches(model).empty())
    return 1;
  return ScheduledMemory(model).microBatches;
}

void FactCollector::addMemory(ModelOp model) {
  ScheduledMemory scheduled(model);
  MemoryOptions options;
  options.microBatches = 0;
  auto ranks = getMemory(model, scheduled.complete(options));
  if (ranks.empty())
    return;
  if (!notes.unknownStorage.empty())
    for (RankMemory &memory : ranks)
      memory.forgetWeights();
  facts.push_back(getMemoryFact(ranks, /*device=*/nullptr));
  if (scheduled.withBackwards)
    facts.back().value += "; without gradients, states of the optimizer and "
                          "what forwards keep for backwards";
}

void FactCollector::addRemarks(ModelOp model) {
  llvm::SetVector<StringRef> all;
  if (model)
    all.insert_range(model.getRemarks());
  for (StringRef remark : notes.remarks)
    all.insert(remark);
  if (!all.empty())
    add("remarks", "Remarks on the model", llvm::join(all, "; "));
}

void FactCollector::addModel(ModelOp model) {
  add("model", "Model", "@" + model.getSymName());
  addRemarks(model);
  DenseSet<std::tuple<StringAttr, Attribute, Type>> seen;
  int64_t elements = 0, scales = 0, numTensors = 0;
  bool isComplete = true;
  for (const DeploymentGraph::Node &node : graph.getNodes()) {
    auto parameter = dyn_cast<ParameterOp>(node.op);
    // Tied ones are one.
    if (!parameter ||
        !seen.insert({parameter.getNameAttr(), getOrigin(parameter),
                      getWholeType(parameter.getType())})
             .second)
      continue;
    bool isScale = isScaleOrZero(parameter);
    numTensors += !isScale;
    std::optional<ShardedType> type = ShardedType::get(parameter.getType());
    if (!type || llvm::any_of(type->shape, ShapedType::isDynamic)) {
      isComplete = false;
      continue;
    }
    int64_t size = 1;
    for (auto [dim, sharding] : llvm::zip_equal(type->shape, type->dims))
      size = multiplySaturating(size, dim - sharding.getPad());
    int64_t &sum = isScale ? scales : elements;
    sum = addSaturating(sum, size);
  }
  if (!seen.empty())
    add("parameters", "Parameters",
        (isComplete && !isSaturated(elements) ? "" : "at least ") +
            formatCount(elements) + " in " + count(numTensors, "tensor") +
            (scales == 0
                 ? ""
                 : ", beside " + formatCount(scales) + " scales and zeros"),
        elements, "elements");
  if (!seen.empty())
    facts.back().isAtLeast = !isComplete;
}

void FactCollector::addMesh(ModelOp model) {
  MeshOp mesh = model.lookupMesh();
  if (!mesh)
    return;
  MeshShape shape(mesh);
  StringAttr stageAxis = getStageAxis(graph);
  SummaryFact fact{"Mesh", "", "mesh", shape.getSize(shape.getAxes()), "ranks"};
  for (auto [axis, size] : llvm::zip_equal(shape.getAxes(), shape.getSizes())) {
    StringRef meaning =
        axis == stageAxis ? "pipeline stages" : getAxisMeaning(axis.getValue());
    fact.value += (fact.value.empty() ? "" : ", ") + axis.str() + " = " +
                  std::to_string(size);
    if (!meaning.empty())
      fact.value += (" (" + meaning + ")").str();
    fact.parts.push_back({axis.str(), size});
  }
  fact.value += ": " + count(*fact.number, "rank");
  facts.push_back(std::move(fact));

  RangeSet devices;
  if (auto listed = mesh.getDevices())
    for (int64_t device : *listed)
      devices.insert(device);
  else
    for (const DeploymentGraph::Stage &stage : graph.getStages())
      devices.insert(stage.statedDevices);
  if (devices.empty() && *facts.back().number > 0)
    devices.insert(0, *facts.back().number - 1);
  addDevices(devices);
}

/// The largest page of a model's caches; without pages, one token.
static int64_t getPageSize(ModelOp model) {
  int64_t most = 1;
  for (const CacheRoom &cache : findCacheRooms(model))
    if (cache.isPool)
      most = std::max(most, cache.pageSize);
  return most;
}

/// The tokens of a sequence that all caches of a model have room for.
static int64_t getContext(ModelOp model, int64_t sharing) {
  int64_t most = 0;
  std::optional<int64_t> least;
  for (const CacheRoom &cache : findCacheRooms(model)) {
    if (std::optional<int64_t> room = cache.getRoom(sharing))
      least = std::min(least.value_or(*room), *room);
    most = std::max<int64_t>(
        most, llvm::SaturatingMultiply<uint64_t>(cache.blocks, cache.pageSize));
  }
  return least.value_or(most);
}

/// The tokens that one sequence has room for in all pools beside others that
/// are as short as they can be; nothing without pools, or where all are alike.
static std::optional<int64_t> getLongest(ModelOp model, int64_t sharing) {
  std::optional<int64_t> least;
  for (const CacheRoom &cache : findCacheRooms(model)) {
    if (!cache.isPool || !cache.getRoom(sharing))
      continue;
    if (!cache.isRagged || cache.isSplit)
      return std::nullopt;
    uint64_t others =
        llvm::SaturatingMultiply<uint64_t>(cache.batch, sharing) - 1;
    uint64_t taken =
        llvm::SaturatingMultiply<uint64_t>(cache.getLeastPages(), others);
    int64_t left = cache.pages - std::min<uint64_t>(cache.pages, taken);
    int64_t room = llvm::SaturatingMultiply<uint64_t>(
        std::min(left, cache.blocks), cache.pageSize);
    least = std::min(least.value_or(room), room);
  }
  return least;
}

/// Positions that a table has rows for; no limit where it is not known.
static int64_t getNumPositions(PositionEmbeddingOp op) {
  auto table = dyn_cast<RankedTensorType>(op.getTable().getType());
  if (!table || table.getRank() < 1 || table.isDynamicDim(0))
    return std::numeric_limits<int64_t>::max();
  std::optional<ShardedType> sharded = ShardedType::get(table);
  int64_t pad = sharded ? sharded->dims[0].getPad() : 0;
  return std::max<int64_t>(0, table.getDimSize(0) - pad -
                                  static_cast<int64_t>(op.getOffset()));
}

/// The inputs say what one run of the plan computes, and its caches what it
/// can look back at: those in pages by what is gathered from them.
void FactCollector::addSizes() {
  RankedTensorType tokens;
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  int64_t sharing = countSharing();
  int64_t context = model && !hasMalformed() ? getContext(model, sharing) : 0;
  int64_t numPositions = std::numeric_limits<int64_t>::max();
  for (const DeploymentGraph::Node &node : graph.getNodes()) {
    if (auto positions = dyn_cast<PositionEmbeddingOp>(node.op))
      numPositions = std::min(numPositions, getNumPositions(positions));
    if (tokens || !isa<InputOp>(node.op) || node.op->getNumResults() != 1)
      continue;
    auto type = dyn_cast<RankedTensorType>(node.op->getResult(0).getType());
    if (!type || type.getRank() < 2 || type.isDynamicDim(0) ||
        type.isDynamicDim(1))
      continue;
    tokens = type;
  }
  bool endsWithTable = numPositions < context;
  context = std::min(context, numPositions);
  if (tokens) {
    ShardedType sharded(tokens);
    int64_t batch = sharded.shape[0] - sharded.dims[0].getPad();
    int64_t length = sharded.shape[1] - sharded.dims[1].getPad();
    // Behind a prompt as a whole the last of its pages may have room.
    int64_t pageSize = context != 0 ? getPageSize(model) : 1;
    add("phase", "Phase",
        length == 1 && context > 1     ? "decode"
        : length <= context - pageSize ? "prefill in chunks"
                                       : "prefill");
    add("batch", "Batch", count(batch, "sequence"), batch, "sequences");
    add("tokens", "New tokens", count(length, "token") + " of each sequence",
        length, "tokens");
  }
  if (context == 0)
    return;
  std::string room = "room for " + count(context, "token") +
                     " of each sequence in the " +
                     (endsWithTable ? "table of positions" : "KV cache");
  if (std::optional<int64_t> longest = getLongest(model, sharing);
      longest && *longest > context && !endsWithTable)
    room += ", or for " + count(*longest, "token") + " of a longer one";
  if (sharing > 1)
    room += ", whose pools " + std::to_string(sharing) + " micro-batches share";
  add("context", "Context", room, context, "tokens");
}

/// What a rank sends for a layer, in collectives and transfers inside of it.
void FactCollector::addTraffic(ModelOp model) {
  CostContext costs(getMeshShape(model));
  llvm::DenseMap<int64_t, Cost> byLayer;
  for (const DeploymentGraph::Node &node : graph.getNodes())
    if (node.layer != DeploymentGraph::kNone &&
        isa<CollectiveOpInterface, TransferOpInterface>(node.op)) {
      if (auto op = dyn_cast<CostOpInterface>(node.op))
        byLayer[node.layer] += op.getCost(costs);
      else
        byLayer[node.layer].unknown.wire = true;
    }
  if (graph.getLayers().empty() || graph.isLogical())
    return;
  auto getBytes = [](const Cost &cost) {
    return addSaturating(cost.collectiveBytes, cost.sendBytes);
  };
  // In order, so that the first of the largest is named.
  Cost most;
  int64_t layer = graph.getLayers().front().index;
  bool isSame = true, isUnknown = false;
  for (const DeploymentGraph::Layer &other : graph.getLayers()) {
    const Cost cost = byLayer.lookup(other.index);
    isUnknown |= cost.unknown.wire;
    bool isFirst = &other == &graph.getLayers().front();
    isSame &= isFirst || getBytes(cost) == getBytes(most);
    if (!isFirst && getBytes(cost) <= getBytes(most))
      continue;
    most = cost;
    layer = other.index;
  }
  add("sentPerLayer", "Bytes sent a layer",
      (isUnknown ? formatLeastBytes(getBytes(most))
                 : formatBytes(getBytes(most))) +
          " by each rank in " + count(most.collectives, "collective") +
          (isSame || isUnknown
               ? ""
               : " (layer " + std::to_string(layer) + ", the most)"),
      getBytes(most), "bytes");
  facts.back().isAtLeast = isUnknown;
}

/// Parameters and caches of a plan are there before anything runs: that they
/// lack a predecessor says nothing.
void FactCollector::addNodes() {
  int64_t sources = 0, sinks = 0, numParameters = 0, numCaches = 0;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    Operation *op = graph.getNode(id).op;
    bool isParameter = isa<ParameterOp>(op), isCache = isa<KvCacheOp>(op);
    numParameters += isParameter;
    numCaches += isCache;
    if (isParameter || isCache)
      continue;
    sources += graph.getInDegree(id) == 0;
    sinks += graph.getOutDegree(id) == 0;
  }
  int64_t numNodes = graph.getNodes().size(),
          numEdges = graph.getEdges().size();
  if (numParameters + numCaches == 0) {
    add("nodes", "Nodes", Twine(numNodes), numNodes, "nodes");
  } else {
    add("nodes", "Nodes",
        Twine(numNodes) + ", with " + count(numParameters, "parameter") +
            " and " + count(numCaches, "KV cache"),
        numNodes, "nodes");
    facts.back().parts = {{"parameters", numParameters},
                          {"kvCaches", numCaches}};
  }
  add("edges", "Edges", Twine(numEdges), numEdges, "edges");
  add("sources", "Nodes without a predecessor", Twine(sources), sources,
      "nodes");
  add("sinks", "Nodes without a successor", Twine(sinks), sinks, "nodes");
}

void FactCollector::addLayers() {
  const RangeSet &layers = graph.getDrawnLayers();
  if (layers.empty())
    return;
  int64_t drawn = layers.size(), all = graph.getStatedNumLayers();
  std::string text = layers.str();
  if (all != DeploymentGraph::kNone && drawn < all)
    text += " (" + std::to_string(drawn) + " of " + std::to_string(all) + ")";
  add("layers", "Layers", text, drawn, "layers");
  if (all != DeploymentGraph::kNone)
    facts.back().parts = {{"all", all}};
}

void FactCollector::addStages() {
  int64_t number = graph.getStages().size();
  if (number != 0)
    add("stages", "Pipeline stages",
        Twine(number) + (!graph.hasInferredStages() ? ""
                         : graph.hasMarkedStages()
                             ? " (by their devices)"
                             : " (guessed from the devices)"),
        number, "stages");
}

void FactCollector::addTpSize() {
  int64_t stated = graph.getStatedTpSize(), drawn = 0;
  for (const DeploymentGraph::Layer &layer : graph.getLayers())
    drawn =
        std::max<int64_t>(drawn, llvm::count_if(layer.lanes, [](int64_t lane) {
                            return lane != DeploymentGraph::kShared;
                          }));
  if (stated != DeploymentGraph::kNone)
    add("tp", "Tensor-parallel size", Twine(stated) + " (stated)", stated,
        "ranks");
  else if (drawn > 1)
    add("tp", "Tensor-parallel size",
        Twine(drawn) + " (by the ranks that are drawn)", drawn, "ranks");
}

void FactCollector::addDevices(const RangeSet &devices) {
  if (devices.empty())
    return;
  auto number = static_cast<int64_t>(devices.size());
  add("devices", "Devices", devices.str() + ": " + count(number, "device"),
      number, "devices");
}

std::vector<SummaryFact> dag::getFacts(const DeploymentGraph &graph,
                                       bool withMemory,
                                       const ConfiguredPrograms::Notes &notes) {
  return FactCollector(graph, withMemory, notes).run();
}
