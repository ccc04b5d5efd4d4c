//===- VerifyMemory.cpp - Does each rank fit into its device? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../ConfiguredPrograms.h"
#include "../DeploymentFacts.h"
#include "../ScheduledMemory.h"
#include "PlannedRules.h"
#include "dag/Support/Bytes.h"
#include "dag/Support/Saturating.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYMEMORY
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

//===----------------------------------------------------------------------===//
// The check
//===----------------------------------------------------------------------===//

namespace {
class MemoryCheck {
public:
  MemoryCheck(ModelOp model, const Device &device,
              const MemoryCheckOptions &options, CheckLog &log)
      : device(device), options(options), log(log),
        ranks(getMemory(model, options.memory)) {
    MeshShape mesh = getMeshShape(model);
    numRanks = mesh.getSize(mesh.getAxes());
  }

  void run();

private:
  void addNodes();
  void addTokens();
  void checkSizes();
  void checkCapacity();
  void checkCache();
  void checkBalance();

  bool fits(const RankMemory &memory) const {
    return memory.getTotal() <= device.memory;
  }
  /// What is there for the KV cache on a rank.
  int64_t getFree(const RankMemory &memory) const {
    int64_t all = scaleSaturating(device.memory, options.memoryPercent, 100);
    return std::max<int64_t>(0, all - (memory.getTotal() - memory.cache));
  }
  int64_t getCacheLimit(const RankMemory &memory) const {
    return scaleSaturating(getFree(memory), options.cachePercent, 100);
  }
  /// Tokens that the cache of a rank has room for.
  int64_t getTokenLimit(const RankMemory &memory) const {
    if (memory.cache == 0)
      return memory.tokens;
    // Rounded down.
    int64_t limit = getCacheLimit(memory);
    int64_t tokens = scaleSaturating(limit, memory.tokens, memory.cache);
    while (tokens > 0 &&
           scaleSaturating(tokens, memory.cache, memory.tokens) > limit)
      --tokens;
    return tokens;
  }
  /// The share of the device that engines take: `in 90 % of h100-sxm`.
  std::string getShareText() const {
    return (options.memoryPercent == 100
                ? std::string("on ")
                : "in " + std::to_string(options.memoryPercent) + " % of ") +
           device.name;
  }
  std::string getCapacityHint(const RankMemory &memory) const;
  void addNotes(const RankMemory &memory, CheckLog::Handle &finding) const;

  const Device &device;
  const MemoryCheckOptions &options;
  CheckLog &log;
  SmallVector<RankMemory, 0> ranks;
  const RankMemory *fullest = nullptr;
  int64_t numRanks;
};
} // namespace

/// How many computers that makes.
void MemoryCheck::addNodes() {
  int64_t perNode = device.devicesPerNode;
  if (perNode <= 0)
    return;
  int64_t nodes = numRanks / perNode + (numRanks % perNode != 0);
  log.addFact({"Nodes of the cluster",
               std::to_string(nodes) + " of " + std::to_string(perNode) +
                   " devices each",
               "clusterNodes", nodes, "nodes"});
}

/// How many tokens an engine has room for.
void MemoryCheck::addTokens() {
  const RankMemory *least = nullptr;
  // What is not known leaves less room, nobody knows how much.
  if (!llvm::all_of(ranks, [](auto &memory) { return memory.isComplete(); }))
    return;
  for (const RankMemory &memory : ranks)
    if (memory.cache != 0 &&
        (!least || getTokenLimit(memory) < getTokenLimit(*least)))
      least = &memory;
  if (!least)
    return;
  int64_t tokens = getTokenLimit(*least);
  log.addFact({"Tokens that KV caches have room for",
               std::to_string(tokens) + ", in " +
                   std::to_string(options.cachePercent) +
                   " % of what is free " + getShareText() + ", with " +
                   formatBytes(least->libraries) + " for libraries",
               "cacheTokens", tokens, "tokens"});
}

void MemoryCheck::run() {
  if (ranks.empty())
    return;
  fullest = &getFullest(ranks);
  log.addFact(getMemoryFact(ranks, &device));
  addNodes();
  addTokens();
  checkSizes();
  checkCapacity();
  checkCache();
  checkBalance();
}

void MemoryCheck::checkSizes() {
  for (const RankMemory &memory : ranks)
    if (memory.unknown)
      log.report(Code::DAG904, memory.unknown->getLoc(),
                 memory.unknown->getName().getStringRef(),
                 "expected the sizes of all tensors of " + memory.getName() +
                     " to be known, but " + Twine(memory.numUnknown) +
                     (memory.numUnknown == 1 ? " is not" : " are not"));
  for (const RankMemory &memory : ranks)
    if (memory.silent)
      log.report(Code::DAG904, memory.silent->getLoc(),
                 memory.silent->getName().getStringRef(),
                 "expected all ops of " + memory.getName() +
                     " to say what memory they need, but '" +
                     memory.silent->getName().getStringRef() +
                     "' has no CostOpInterface")
          .hint("Give the op the interface, in its dialect or by an external "
                "model.");
}

/// What would make the rank fit.
std::string MemoryCheck::getCapacityHint(const RankMemory &memory) const {
  int64_t fixed = addSaturating(memory.libraries, memory.buffers);
  int64_t room = device.memory - fixed;
  if (room <= 0)
    return "Use a larger device: libraries and transfer buffers alone take " +
           formatBytes(fixed) + ".";
  if (memory.weights > room) {
    int64_t times = memory.weights / room + (memory.weights % room != 0);
    return "The weights alone need " +
           std::string(isSaturated(memory.weights) ? "at least " : "") +
           std::to_string(times) +
           " times as many ranks: a larger tp or pp, or a larger device.";
  }
  if (addSaturating(memory.weights, memory.activations) > room)
    return "Activations take " + formatBytes(memory.activations) +
           ": plan with smaller batches or shorter prompts, with sequence "
           "parallelism, or with a larger tp.";
  if (!memory.isComplete())
    return "Plan with fewer tokens, or with a larger tp or pp.";
  return "There is room for " + std::to_string(getTokenLimit(memory)) + " of " +
         std::to_string(memory.tokens) +
         " tokens in the KV cache: plan with fewer tokens, or with a larger "
         "tp or pp.";
}

void MemoryCheck::addNotes(const RankMemory &memory,
                           CheckLog::Handle &finding) const {
  for (const MemoryUse &use : memory.largestWeights) {
    auto parameter = dyn_cast<ParameterOp>(use.op);
    finding.note(use.op->getLoc(),
                 (parameter ? "the parameter '" + parameter.getName() + "'"
                            : Twine("this constant")) +
                     " takes " + formatBytes(use.bytes),
                 use.op->getName().getStringRef());
  }
  if (memory.cache != 0)
    finding.note(memory.firstCache->getLoc(), memory.getCacheText(),
                 memory.firstCache->getName().getStringRef());
  if (memory.peak)
    finding.note(memory.peak->getLoc(),
                 "here " + formatBytes(memory.activations) +
                     " of activations live",
                 memory.peak->getName().getStringRef());
  for (const MemoryUse &use : memory.largestActivations)
    if (use.op != memory.peak)
      finding.note(use.op->getLoc(),
                   "among them the " + formatBytes(use.bytes) + " made here",
                   use.op->getName().getStringRef());
}

void MemoryCheck::checkCapacity() {
  if (fits(*fullest))
    return;
  auto finding =
      log.report(Code::DAG901, fullest->anchor->getLoc(), fullest->getName(),
                 "expected a rank of " + fullest->getName() +
                     " to fit into the " + formatBytes(device.memory) + " of " +
                     device.name + ", but it needs " + getTotalText(*fullest) +
                     ": " + getBreakdown(*fullest));
  addNotes(*fullest, finding);
  for (const RankMemory &memory : ranks)
    if (&memory != fullest && !fits(memory))
      finding.note(memory.anchor->getLoc(),
                   "a rank of " + memory.getName() + " needs " +
                       getTotalText(memory),
                   memory.getName());
  finding.hint(getCapacityHint(*fullest));
}

void MemoryCheck::checkCache() {
  // The rank whose engine leaves the fewest tokens of those planned.
  const RankMemory *worst = nullptr;
  for (const RankMemory &memory : ranks)
    if (memory.cache != 0 && fits(memory) && memory.isComplete() &&
        memory.cache > getCacheLimit(memory) &&
        (!worst || getTokenLimit(memory) < getTokenLimit(*worst)))
      worst = &memory;
  if (!worst)
    return;
  log.report(Code::DAG902, worst->anchor->getLoc(), worst->getName(),
             "expected the KV cache of a rank of " + worst->getName() +
                 " to take at most " + Twine(options.cachePercent) +
                 " % of the " + formatBytes(getFree(*worst)) +
                 " that are free " + getShareText() + ", but it takes " +
                 formatBytes(worst->cache))
      .note(worst->firstCache->getLoc(), worst->getCacheText(),
            worst->firstCache->getName().getStringRef())
      .hint("Plan with at most " + Twine(getTokenLimit(*worst)) + " of the " +
            Twine(worst->tokens) + " tokens, or with more ranks.");
}

void MemoryCheck::checkBalance() {
  // Of two of which not all is known, neither is known to be the larger.
  if (ranks.size() < 2 ||
      !llvm::all_of(ranks, [](auto &memory) { return memory.isComplete(); }))
    return;
  auto byPlanned = [](const RankMemory &a, const RankMemory &b) {
    return a.getPlanned() < b.getPlanned();
  };
  const RankMemory &most = *llvm::max_element(ranks, byPlanned);
  const RankMemory &least = *llvm::min_element(ranks, byPlanned);
  // A sum of quotients does not overflow.
  int64_t count = ranks.size(), average = 0, rest = 0;
  for (const RankMemory &memory : ranks) {
    average += memory.getPlanned() / count;
    rest += memory.getPlanned() % count;
  }
  average += rest / count;
  if (most.getPlanned() <=
      scaleSaturating(average, 100 + options.imbalancePercent, 100))
    return;
  log.report(Code::DAG903, most.anchor->getLoc(), most.getName(),
             "expected a rank of " + most.getName() + " to need at most " +
                 Twine(options.imbalancePercent) +
                 " % more than the average of " + formatBytes(average) +
                 ", but it needs " + formatBytes(most.getPlanned()))
      .note(least.anchor->getLoc(),
            "a rank of " + least.getName() + " needs " +
                formatBytes(least.getPlanned()),
            least.getName());
}

void dag::checkMemory(const DeploymentGraph &graph,
                      const MemoryCheckOptions &options, CheckLog &log) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model)
    return log.setUnverified("a drawing does not tell what a rank holds");
  // Sizes are read through accessors, which need well-formed ops.
  if (graph.getViolations().hasMalformed())
    return log.setUnverified("the plan has malformed ops");
  if (!options.device)
    return log.setUnverified("no device is named");
  StringRef reason = model.getUnknownStorage().value_or(options.unknownStorage);
  if (!reason.empty())
    return log.setUnverified("nobody knows how the weights are stored: " +
                             reason);
  ScheduledMemory scheduled(model);
  if (ScheduleOp schedule = scheduled.withBackwards)
    log.setUnverified("gradients, states of the optimizer and what forwards "
                      "keep for the backwards of the schedule are not counted",
                      schedule.getLoc());
  MemoryCheckOptions known = options;
  known.memory = scheduled.complete(options.memory);
  MemoryCheck(model, *known.device, known, log).run();
  if (model.isSampled())
    log.setUnverified("'@" + model.getSymName() +
                      "' holds only some of the layers");
  if (ModelOp other = findPlanBeside(model, graph.getStatedBeside().reference))
    log.setUnverified("'@" + other.getSymName() +
                          "' is on the same devices, and what both need "
                          "together is not counted",
                      other.getLoc());
  for (ProgramOp other : findForeignPrograms(model->getParentOp()))
    log.setUnverified("'@" + other.getSymName() +
                          "' is made of no plan here, and what its programs "
                          "need is not counted",
                      other.getLoc());
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct VerifyMemory : CheckPass<dag::impl::DagVerifyMemoryBase<VerifyMemory>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Memory);
  }
  LogicalResult initialize(MLIRContext *context) override;
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override {
    MemoryCheckOptions options = checkOptions;
    // Malformed ops cannot be compared with a configuration.
    auto plan = dyn_cast<ModelOp>(graph.getRoot());
    if (plan && !graph.getViolations().hasMalformed())
      options.unknownStorage =
          getAnalysis<ConfiguredPrograms>().importNotes(plan).unknownStorage;
    checkMemory(graph, options, log);
  }

private:
  MemoryCheckOptions checkOptions;
};
} // namespace

/// Reads `3.5GiB` as the value of an option.
static std::optional<int64_t> readBytes(MLIRContext *context, StringRef option,
                                        StringRef text) {
  std::optional<int64_t> bytes = parseBytes(text);
  if (!bytes)
    emitError(UnknownLoc::get(context))
        << "expected " << option
        << " to be a number of bytes with a unit such as 512MiB, but got '"
        << text << "'";
  return bytes;
}

LogicalResult VerifyMemory::initialize(MLIRContext *context) {
  auto error = [&] { return emitError(UnknownLoc::get(context)); };
  checkOptions = MemoryCheckOptions();
  if (!device.empty()) {
    llvm::Expected<Device> found = findDevice(device, devices);
    if (!found)
      return error() << llvm::toString(found.takeError());
    checkOptions.device = *found;
  } else if (llvm::Error failed = DeviceTable().addFile(devices)) {
    return error() << llvm::toString(std::move(failed));
  }

  MemoryOptions &memory = checkOptions.memory;
  std::optional<int64_t> bytes = readBytes(context, "reserve", reserve);
  if (!bytes)
    return failure();
  memory.libraryBytes = *bytes;
  if (ncclReserve != "auto") {
    memory.ncclBytes = readBytes(context, "nccl-reserve", ncclReserve);
    if (!memory.ncclBytes)
      return failure();
  }
  memory.kernels.materializesAttention =
      attention == AttentionMemory::Materialized;
  memory.kernels.padsExperts = experts == ExpertMemory::Padded;
  if (padExperts != "auto") {
    memory.expertPadding = ExpertPadding::parse(padExperts);
    if (!memory.expertPadding)
      return error() << "expected pad-experts to be auto, none, a multiple up "
                        "to 65536 or two of them such as 256x128, but got '"
                     << padExperts << "'";
  }
  memory.microBatches = 0;
  if (microBatches != "auto" &&
      (StringRef(microBatches).getAsInteger(10, memory.microBatches) ||
       memory.microBatches <= 0))
    return error() << "expected micro-batches to be positive, or auto, but got "
                   << microBatches.getValue();
  if (kvPercent <= 0 || kvPercent > 100)
    return error() << "expected kv-percent to lie in 1 to 100, but got "
                   << kvPercent.getValue();
  checkOptions.cachePercent = kvPercent;
  if (memoryPercent <= 0 || memoryPercent > 100)
    return error() << "expected memory-percent to lie in 1 to 100, but got "
                   << memoryPercent.getValue();
  checkOptions.memoryPercent = memoryPercent;
  if (imbalancePercent < 0 || imbalancePercent > 1000000)
    return error() << "expected imbalance-percent to lie in 0 to 1000000, but "
                      "got "
                   << imbalancePercent.getValue();
  checkOptions.imbalancePercent = imbalancePercent;
  return success();
}
