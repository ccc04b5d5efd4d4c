//===- VerifyDeadlock.cpp - Can every rank run to its end? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckPass.h"
#include "dag/Analysis/CommunicationOrder.h"
#include "dag/Dialect/Dag/Verification/Checks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYDEADLOCK
#include "dag/Dialect/Dag/Verification/Passes.h.inc"
} // namespace mlir::dag

//===----------------------------------------------------------------------===//
// The check
//===----------------------------------------------------------------------===//

namespace {
class DeadlockCheck {
public:
  DeadlockCheck(const CommunicationOrder &order, Location loc,
                const DeadlockCheckOptions &options, CheckLog &log)
      : order(order), loc(loc), options(options), log(log) {}
  void run();

private:
  void reportIssues();
  void checkEnds();
  void checkCalls();
  void reportMismatch(const MismatchedOps &mismatch);
  void reportCycle(const SimulationResult &result);

  StringRef getName(uint32_t rankClass) const {
    return order.classes[rankClass].name;
  }
  const CommunicationOp &getOp(uint32_t rankClass, uint32_t op) const {
    return order.classes[rankClass].ops[op];
  }
  Location getLoc(const CommunicationOp &op) const {
    return order.sites[op.site].loc;
  }
  std::string describe(const WaitingRank &waiting) const {
    return order.describe(getOp(waiting.rankClass, waiting.op));
  }
  std::string getHint(ArrayRef<WaitingRank> cycle) const;

  const CommunicationOrder &order;
  Location loc;
  const DeadlockCheckOptions &options;
  CheckLog &log;
  /// True if an end or a call is missing, so that its peers wait for ever.
  bool isIncomplete = false;
  DenseSet<uint32_t> incompleteCommunicators;
};
} // namespace

void DeadlockCheck::run() {
  reportIssues();
  if (!order.unknown.empty())
    return log.setUnverified(order.unknown);
  log.addFact("Communication operations",
              Twine(order.numOps) + " in " + Twine(order.classes.size()) +
                  (order.classes.size() == 1 ? " group" : " groups") +
                  " of ranks that behave alike");
  checkEnds();
  checkCalls();
  SimulationResult result = simulate(order, options.buffersSends);
  for (const MismatchedOps &mismatch : result.mismatches)
    reportMismatch(mismatch);
  reportCycle(result);
}

void DeadlockCheck::reportIssues() {
  for (const OrderIssue &issue : order.issues) {
    isIncomplete |= issue.code == "DAG803";
    auto finding = log.report(issue.code, issue.loc, "", issue.message);
    for (const auto &[noteLoc, message] : issue.notes)
      finding.note(noteLoc, message);
  }
}

/// Each send has a recv of the same data, anywhere in the order of the peer.
void DeadlockCheck::checkEnds() {
  struct Ends {
    uint32_t rankClass, op;
    int64_t balance = 0;
  };
  llvm::DenseMap<uint64_t, Ends> ends;
  for (auto [rank, rankClass] : llvm::enumerate(order.classes))
    for (auto [index, op] : llvm::enumerate(rankClass.ops)) {
      if (op.kind == CommunicationKind::Collective)
        continue;
      auto [it, isNew] =
          ends.try_emplace(op.data, Ends{uint32_t(rank), uint32_t(index), 0});
      it->second.balance += op.kind == CommunicationKind::Send ? 1 : -1;
    }
  // One finding for all micro-batches.
  DenseSet<std::pair<uint32_t, uint32_t>> seenEnds;
  for (auto [rank, rankClass] : llvm::enumerate(order.classes))
    for (auto [index, op] : llvm::enumerate(rankClass.ops)) {
      if (op.kind == CommunicationKind::Collective)
        continue;
      const Ends &pair = ends.find(op.data)->second;
      if (pair.balance == 0 || pair.rankClass != rank || pair.op != index)
        continue;
      isIncomplete = true;
      bool lacksRecv = pair.balance > 0;
      if (seenEnds.insert({op.site, uint32_t(lacksRecv)}).second)
        log.report("DAG803", getLoc(op), getName(rank),
                   "expected a " + Twine(lacksRecv ? "recv" : "send") + " on " +
                       getName(op.other) + " for the " + order.describe(op) +
                       " on " + getName(rank) + ", but there is none");
    }
}

/// All members call a communicator equally often.
void DeadlockCheck::checkCalls() {
  std::vector<llvm::DenseMap<uint32_t, int64_t>> counts(
      order.communicators.size());
  std::vector<llvm::DenseMap<uint32_t, uint32_t>> last(
      order.communicators.size());
  for (auto [rank, rankClass] : llvm::enumerate(order.classes))
    for (auto [index, op] : llvm::enumerate(rankClass.ops))
      if (op.kind == CommunicationKind::Collective) {
        ++counts[op.other][rank];
        last[op.other][rank] = index;
      }
  for (auto [id, communicator] : llvm::enumerate(order.communicators)) {
    if (communicator.members.empty())
      continue;
    auto byCount = [&, id = id](uint32_t a, uint32_t b) {
      return counts[id].lookup(a) < counts[id].lookup(b);
    };
    uint32_t most = *llvm::max_element(communicator.members, byCount);
    uint32_t least = *llvm::min_element(communicator.members, byCount);
    if (counts[id].lookup(most) == counts[id].lookup(least))
      continue;
    isIncomplete = true;
    incompleteCommunicators.insert(id);
    const CommunicationOp &op = getOp(most, last[id].lookup(most));
    log.report("DAG802", getLoc(op), getName(most),
               "expected all ranks of " + communicator.name +
                   " to call the same collectives, but got " +
                   Twine(counts[id].lookup(most)) + " calls of " +
                   getName(most) + " and " + Twine(counts[id].lookup(least)) +
                   " of " + getName(least))
        .note(getLoc(op),
              "the last call of " + getName(most) + ": " + order.describe(op))
        .note(order.classes[least].loc, "the other side: " + getName(least));
  }
}

void DeadlockCheck::reportMismatch(const MismatchedOps &mismatch) {
  auto [a, b] = mismatch.classes;
  const CommunicationOp &first = getOp(a, mismatch.ops[0]);
  const CommunicationOp &second = getOp(b, mismatch.ops[1]);
  switch (mismatch.reason) {
  case MismatchedOps::Data:
    // A missing end moves all that is behind it.
    if (isIncomplete)
      return;
    log.report("DAG804", getLoc(first), getName(a),
               "expected the " + order.describe(first) + " on " + getName(a) +
                   " to meet its recv, but it meets the " +
                   order.describe(second) + " on " + getName(b))
        .note(getLoc(second), "the " + order.describe(second) + " on " +
                                  getName(b) + " comes first there");
    return;
  case MismatchedOps::Group:
    log.report("DAG804", getLoc(first), getName(a),
               "expected " + getName(b) + " to group what " + getName(a) +
                   " has in one group with its " + order.describe(first) +
                   ", but it does not")
        .note(getLoc(second), "the " + order.describe(second) + " on " +
                                  getName(b) + " is not in that group");
    return;
  case MismatchedOps::Signature: {
    const Communicator &communicator = order.communicators[first.other];
    if (incompleteCommunicators.contains(first.other))
      return;
    log.report("DAG802", getLoc(first), getName(a),
               "expected all ranks of " + communicator.name +
                   " to make the same call, but got " +
                   order.signatures[first.data] + " of " + getName(a) +
                   " and " + order.signatures[second.data] + " of " +
                   getName(b))
        .note(getLoc(second), "the call of " + getName(b));
    return;
  }
  }
}

std::string DeadlockCheck::getHint(ArrayRef<WaitingRank> cycle) const {
  const CommunicationOp &first =
      getOp(cycle.front().rankClass, cycle.front().op);
  std::string name = getName(cycle.front().rankClass).str();
  if (cycle.size() == 1)
    return "Leave the transfer out: the data is on " + name + " already.";
  bool hasCollective = llvm::any_of(cycle, [&](const WaitingRank &waiting) {
    return getOp(waiting.rankClass, waiting.op).kind ==
           CommunicationKind::Collective;
  });
  if (hasCollective)
    return "Let " + name + " come to what " +
           getName(cycle.back().rankClass).str() + " waits in before its " +
           order.describe(first) + ".";
  return "Put the " + order.describe(first) + " on " + name +
         " into one group with what " + getName(cycle.back().rankClass).str() +
         " waits for, on both ranks, or do the latter first.";
}

void DeadlockCheck::reportCycle(const SimulationResult &result) {
  if (result.stuck.empty())
    return;
  if (result.cycle.empty()) {
    // Ranks wait for an end or a call that is missing, which has a finding.
    if (isIncomplete || llvm::any_of(order.issues, [](const OrderIssue &i) {
          return i.code == "DAG802";
        }))
      return;
    const WaitingRank &waiting = result.stuck.front();
    log.report("DAG801", loc, getName(waiting.rankClass),
               "expected every rank to run to its end, but " +
                   getName(waiting.rankClass) + " waits in its " +
                   describe(waiting) + " for " + getName(waiting.waitsFor) +
                   ", which has ended");
    return;
  }
  // All in collectives of different communicators: it is their order.
  DenseSet<uint32_t> communicators;
  bool onlyCollectives = true;
  for (const WaitingRank &waiting : result.cycle) {
    const CommunicationOp &op = getOp(waiting.rankClass, waiting.op);
    if (op.kind == CommunicationKind::Collective)
      communicators.insert(op.other);
    else
      onlyCollectives = false;
  }
  bool isOrder = onlyCollectives && communicators.size() > 1;
  const WaitingRank &first = result.cycle.front();
  std::string count =
      result.cycle.size() == 1
          ? std::string("one rank waits for itself")
          : std::to_string(result.cycle.size()) + " wait for each other";
  auto finding = log.report(
      isOrder ? "DAG805" : "DAG801", getLoc(getOp(first.rankClass, first.op)),
      getName(first.rankClass),
      "expected every rank to run to its end, but " + count +
          (isOrder ? " in different communicators" : ""));
  for (const WaitingRank &waiting : result.cycle)
    finding.note(getLoc(getOp(waiting.rankClass, waiting.op)),
                 getName(waiting.rankClass) + ": in its " + describe(waiting) +
                     ", for " + getName(waiting.waitsFor),
                 getName(waiting.rankClass));
  finding.hint(getHint(result.cycle));
}

void dag::checkDeadlock(const DeploymentGraph &graph,
                        const DeadlockCheckOptions &options, CheckLog &log) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model)
    return log.setUnverified("a drawing has no order of communication");
  // Ops are read through accessors, which need well-formed ops.
  for (const DeploymentGraph::Violation &violation : graph.getViolations())
    if (violation.code == "DAG005")
      return log.setUnverified("the plan has malformed ops");
  CommunicationOrder order =
      getCommunicationOrder(model, {options.kind, options.microbatches});
  DeadlockCheck(order, model.getLoc(), options, log).run();
}

void dag::checkDeadlock(ScheduleOp schedule,
                        const DeadlockCheckOptions &options, CheckLog &log) {
  CommunicationOrder order = getCommunicationOrder(schedule);
  DeadlockCheck(order, schedule.getLoc(), options, log).run();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct VerifyDeadlock
    : CheckPass<dag::impl::DagVerifyDeadlockBase<VerifyDeadlock>,
                CheckId::Deadlock> {
  using CheckPass::CheckPass;

  LogicalResult initialize(MLIRContext *context) override;
  std::optional<CheckLog> checkModule() override;
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override {
    checkDeadlock(graph, checkOptions, log);
  }

private:
  DeadlockCheckOptions checkOptions;
};
} // namespace

std::optional<CheckLog> VerifyDeadlock::checkModule() {
  auto &graphs = getAnalysis<DeploymentGraphs>();
  // In a pipeline of checks only plans have a line for it.
  if (deferred && llvm::none_of(graphs.get(), [](const auto &graph) {
        return !graph->isSketch() && !graph->isLogical();
      }))
    return std::nullopt;
  auto schedules = getOperation().getOps<ScheduleOp>();
  if (schedules.empty() || !graphs.get().empty())
    return CheckPass::checkModule();
  CheckLog log(CheckId::Deadlock);
  for (ScheduleOp schedule : schedules) {
    if (failed(schedule.verify()))
      log.setUnverified("the schedule is malformed");
    else
      checkDeadlock(schedule, checkOptions, log);
  }
  return log;
}

LogicalResult VerifyDeadlock::initialize(MLIRContext *context) {
  auto error = [&] { return emitError(UnknownLoc::get(context)); };
  std::optional<ScheduleKind> kind = parseScheduleKind(schedule);
  if (!kind)
    return error() << "expected schedule to be one of "
                   << getScheduleKindNames() << ", but got '" << schedule
                   << "'";
  if (microbatches <= 0 || microbatches > kMaxMicrobatches)
    return error() << "expected microbatches to lie in 1 to "
                   << kMaxMicrobatches << ", but got "
                   << microbatches.getValue();
  checkOptions.kind = *kind;
  checkOptions.microbatches = microbatches;
  checkOptions.buffersSends = bufferedSends;
  return success();
}
