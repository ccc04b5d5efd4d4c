//===- VerifyDeadlock.cpp - Can every rank run to its end? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Communication/CommunicationOrder.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/ForeignOps.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Trial/Trial.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYDEADLOCK
#include "dag/Verification/Passes.h.inc"
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
  void checkStreams();
  /// A note for each rank of a cycle.
  void addNotes(CheckLog::Handle &finding, ArrayRef<WaitingRank> cycle);
  std::string describeOnStream(const CommunicationOp &op) const {
    return order.describe(op) + " on stream " + std::to_string(op.stream);
  }

  StringRef getName(uint32_t rankClass) const {
    return order.classes[rankClass].name;
  }
  const CommunicationOp &getOp(uint32_t rankClass, uint32_t op) const {
    return order.classes[rankClass].ops[op];
  }
  Location getLoc(uint32_t rankClass, const CommunicationOp &op) const {
    return order.getLoc(rankClass, op);
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
    return log.setUnverified(order.unknown, order.unknownLoc);
  log.addFact("Communication operations",
              Twine(order.numOps) + " in " + Twine(order.classes.size()) +
                  (order.classes.size() == 1 ? " group" : " groups") +
                  " of ranks that behave alike");
  if (!order.assumption.empty())
    log.addFact("Communication rests on", order.assumption);
  checkEnds();
  checkCalls();
  SimulationResult result = simulate(order, {options.buffersSends});
  for (const MismatchedOps &mismatch : result.mismatches)
    reportMismatch(mismatch);
  reportCycle(result);
  if (result.stuck.empty())
    checkStreams();
}

void DeadlockCheck::reportIssues() {
  for (const OrderIssue &issue : order.issues) {
    isIncomplete |= issue.code == Code::DAG803;
    auto finding = log.report(issue.code, issue.loc, "", issue.message);
    for (const auto &[noteLoc, message] : issue.notes)
      finding.note(noteLoc, message);
    if (!issue.hint.empty())
      finding.hint(issue.hint);
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
      if (!op.isTransfer())
        continue;
      auto [it, isNew] =
          ends.try_emplace(op.data, Ends{uint32_t(rank), uint32_t(index), 0});
      it->second.balance += op.kind == CommunicationKind::Send ? 1 : -1;
    }
  // One finding for all micro-batches.
  DenseSet<std::pair<uint32_t, uint32_t>> seenEnds;
  for (auto [rank, rankClass] : llvm::enumerate(order.classes))
    for (auto [index, op] : llvm::enumerate(rankClass.ops)) {
      if (!op.isTransfer())
        continue;
      const Ends &pair = ends.find(op.data)->second;
      if (pair.balance == 0 || pair.rankClass != rank || pair.op != index)
        continue;
      isIncomplete = true;
      bool lacksRecv = pair.balance > 0;
      if (seenEnds.insert({op.site, uint32_t(lacksRecv)}).second)
        log.report(Code::DAG803, getLoc(rank, op), getName(rank),
                   "expected a " + Twine(lacksRecv ? "recv" : "send") + " on " +
                       getName(op.other) + " for the " + order.describe(op) +
                       " on " + getName(rank) + ", but there is none");
    }
}

/// All members call a communicator equally often.
void DeadlockCheck::checkCalls() {
  // Communicators may be as many as calls.
  std::vector<llvm::SmallDenseMap<uint32_t, SmallVector<uint32_t, 1>, 2>> calls(
      order.communicators.size());
  for (auto [rank, rankClass] : llvm::enumerate(order.classes))
    for (auto [index, op] : llvm::enumerate(rankClass.ops))
      if (op.isCollective())
        calls[op.other][rank].push_back(index);
  for (auto [id, communicator] : llvm::enumerate(order.communicators)) {
    if (communicator.members.empty())
      continue;
    auto byCount = [&, id = id](uint32_t a, uint32_t b) {
      return calls[id][a].size() < calls[id][b].size();
    };
    uint32_t most = *llvm::max_element(communicator.members, byCount);
    uint32_t least = *llvm::min_element(communicator.members, byCount);
    ArrayRef<uint32_t> more = calls[id][most], less = calls[id][least];
    if (more.size() == less.size())
      continue;
    isIncomplete = true;
    incompleteCommunicators.insert(id);
    // The first call that differs is what is to blame for the rest.
    size_t at = 0;
    while (at < less.size() &&
           getOp(most, more[at]).data == getOp(least, less[at]).data)
      ++at;
    const CommunicationOp &op = getOp(most, more[at]);
    std::string call = "call " + std::to_string(at + 1) + " of ";
    auto finding =
        log.report(Code::DAG802, getLoc(most, op), getName(most),
                   "expected all ranks of " + communicator.name +
                       " to call the same collectives, but got " +
                       Twine(more.size()) + " calls of " + getName(most) +
                       " and " + Twine(less.size()) + " of " + getName(least));
    finding.note(getLoc(most, op),
                 call + getName(most) + ": " + order.describe(op));
    if (at == less.size()) {
      finding.note(order.classes[least].loc,
                   "the other side: " + getName(least));
      continue;
    }
    const CommunicationOp &other = getOp(least, less[at]);
    finding.note(getLoc(least, other),
                 call + getName(least) + ": " + order.describe(other));
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
    log.report(Code::DAG804, getLoc(a, first), getName(a),
               "expected the " + order.describe(first) + " on " + getName(a) +
                   " to meet its recv, but it meets the " +
                   order.describe(second) + " on " + getName(b))
        .note(getLoc(b, second), "the " + order.describe(second) + " on " +
                                     getName(b) + " comes first there");
    return;
  case MismatchedOps::Group:
    log.report(Code::DAG804, getLoc(a, first), getName(a),
               "expected " + getName(b) + " to group what " + getName(a) +
                   " has in one group with its " + order.describe(first) +
                   ", but it does not")
        .note(getLoc(b, second), "the " + order.describe(second) + " on " +
                                     getName(b) + " is not in that group");
    return;
  case MismatchedOps::Signature: {
    const Communicator &communicator = order.communicators[first.other];
    if (incompleteCommunicators.contains(first.other))
      return;
    log.report(Code::DAG802, getLoc(a, first), getName(a),
               "expected all ranks of " + communicator.name +
                   " to make the same call, but got " +
                   order.signatures[first.data] + " of " + getName(a) +
                   " and " + order.signatures[second.data] + " of " +
                   getName(b))
        .note(getLoc(b, second), "the call of " + getName(b));
    return;
  }
  }
}

std::string DeadlockCheck::getHint(ArrayRef<WaitingRank> cycle) const {
  auto getName = [&](uint32_t rankClass) {
    return order.classes[rankClass].name;
  };
  for (const WaitingRank &waiting : cycle)
    if (waiting.isMissing)
      return "Let " + getName(waiting.waitsFor) + " do its part, the " +
             order.describePartner(getOp(waiting.rankClass, waiting.op)) +
             ", which it has nowhere.";
  // One rank does what the one before it in the cycle waits for before what it
  // waits in itself; communicators are made before they are called.
  size_t at = 0;
  auto isMaking = [&](const WaitingRank &waiting) {
    return getOp(waiting.rankClass, waiting.op).blocksRank;
  };
  for (size_t i = 0; i < cycle.size(); ++i)
    if (!isMaking(cycle[i]) && isMaking(cycle[(i ? i : cycle.size()) - 1]))
      at = i;
  const WaitingRank &here = cycle[at];
  const WaitingRank &before = cycle[(at ? at : cycle.size()) - 1];
  const CommunicationOp &own = getOp(here.rankClass, here.op);
  const CommunicationOp &wanted = getOp(before.rankClass, before.op);
  std::string name = getName(here.rankClass);
  if (cycle.size() == 1)
    return "Leave the transfer out: the data is on " + name + " already.";
  std::string partner = order.describePartner(wanted);
  if (own.isCollective() || wanted.isCollective())
    return "Let " + name + " do its " + partner + " before its " +
           order.describe(own) + ".";
  return "Put the " + order.describe(own) + " and the " + partner + " on " +
         name + " into one group, and their other ends too, or do the latter " +
         "first.";
}

void DeadlockCheck::addNotes(CheckLog::Handle &finding,
                             ArrayRef<WaitingRank> cycle) {
  for (const WaitingRank &waiting : cycle) {
    const CommunicationOp &op = getOp(waiting.rankClass, waiting.op);
    finding.note(
        getLoc(waiting.rankClass, op),
        getName(waiting.rankClass) + ": in its " +
            (order.hasStreams() ? describeOnStream(op) : order.describe(op)) +
            ", for " + getName(waiting.waitsFor),
        getName(waiting.rankClass));
  }
}

/// What streams may do in either order: a GPU may have room for one kernel, and
/// begins what was launched first, or what was ready first.
void DeadlockCheck::checkStreams() {
  std::vector<OverlappingOps> overlaps = findOverlaps(order);
  if (overlaps.empty())
    return;
  SimulationResult serial =
      simulate(order, {options.buffersSends, /*inLaunchOrder=*/true});
  DenseSet<std::pair<uint64_t, uint64_t>> seen;
  auto isNew = [&](uint64_t a, uint64_t b) {
    return seen.insert(std::minmax(a, b)).second;
  };
  if (!serial.cycle.empty()) {
    const WaitingRank &first = serial.cycle.front(),
                      &last = serial.cycle.back();
    const CommunicationOp &op = getOp(first.rankClass, first.op);
    auto finding = log.report(
        Code::DAG808, getLoc(first.rankClass, op), getName(first.rankClass),
        "expected one order of communicators on all ranks, but " +
            Twine(serial.cycle.size()) +
            " can wait for each other, since no event orders their streams");
    addNotes(finding, serial.cycle);
    const CommunicationOp &wanted = getOp(last.rankClass, last.op);
    finding.hint("Record an event behind the " + order.describePartner(wanted) +
                 " on " + getName(first.rankClass).str() +
                 ", let the stream of its " + order.describe(op) +
                 " wait for it, and do the same in this order on all ranks.");
    for (auto [i, a] : llvm::enumerate(serial.cycle))
      for (const WaitingRank &b : ArrayRef(serial.cycle).drop_front(i + 1))
        isNew(getOp(a.rankClass, a.op).getCommunicatorKey(a.rankClass),
              getOp(b.rankClass, b.op).getCommunicatorKey(b.rankClass));
  }
  for (const OverlappingOps &overlap : overlaps) {
    const CommunicationOp &first = getOp(overlap.rankClass, overlap.ops[0]);
    const CommunicationOp &second = getOp(overlap.rankClass, overlap.ops[1]);
    if (!isNew(first.getCommunicatorKey(overlap.rankClass),
               second.getCommunicatorKey(overlap.rankClass)))
      continue;
    StringRef name = getName(overlap.rankClass);
    auto finding = log.report(
        Code::DAG809, getLoc(overlap.rankClass, second), name,
        "expected an event to order the " + describeOnStream(second) +
            " behind the " + describeOnStream(first) + " on " + name +
            ", but they overlap");
    auto addOrder = [&](uint32_t rankClass, uint32_t a, uint32_t b) {
      auto [early, late] = std::minmax(a, b);
      finding.note(getLoc(rankClass, getOp(rankClass, early)),
                   getName(rankClass) + ": first the " +
                       describeOnStream(getOp(rankClass, early)) +
                       ", then the " + describeOnStream(getOp(rankClass, late)),
                   getName(rankClass));
    };
    addOrder(overlap.rankClass, overlap.ops[0], overlap.ops[1]);
    if (overlap.peer != overlap.rankClass)
      addOrder(overlap.peer, overlap.peerOps[0], overlap.peerOps[1]);
    finding.hint("Record an event on stream " + std::to_string(first.stream) +
                 " behind the " + order.describe(first) + ", and let stream " +
                 std::to_string(second.stream) +
                 " wait for it, on all ranks in this order.");
  }
}

void DeadlockCheck::reportCycle(const SimulationResult &result) {
  if (result.stuck.empty())
    return;
  if (result.cycle.empty()) {
    // Ranks wait for an end or a call that is missing, which has a finding.
    if (isIncomplete || llvm::any_of(order.issues, [](const OrderIssue &i) {
          return i.code == Code::DAG802;
        }))
      return;
    const WaitingRank &waiting = result.stuck.front();
    log.report(Code::DAG801, loc, getName(waiting.rankClass),
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
    if (op.isCollective())
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
  auto finding =
      log.report(isOrder ? Code::DAG805 : Code::DAG801,
                 getLoc(first.rankClass, getOp(first.rankClass, first.op)),
                 getName(first.rankClass),
                 "expected every rank to run to its end, but " + count +
                     (isOrder ? " in different communicators" : ""));
  addNotes(finding, result.cycle);
  finding.hint(getHint(result.cycle));
}

/// Why ops can't be read through their accessors, with the rule that the first
/// of them breaks, at its place.
static void setBroken(const Twine &what, const Violations &violations,
                      CheckLog &log) {
  const Violation &first = violations.get().front();
  log.setUnverified(what + ": " + first.message, first.loc);
}

/// An op of which nothing is known may do anything.
static void findUnseen(Operation *root, CheckLog &log) {
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == root || check::isCheck(op) || !mayCommunicateUnseen(op))
      return WalkResult::advance();
    log.setUnverified("expected ops that are known not to communicate beside "
                      "those of the plan, but got '" +
                          op->getName().getStringRef() + "'",
                      op->getLoc());
    return WalkResult::interrupt();
  });
}

void dag::checkDeadlock(const DeploymentGraph &graph,
                        const DeadlockCheckOptions &options, CheckLog &log) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model)
    return log.setUnverified("a drawing has no order of communication");
  // Ops are read through accessors, which need well-formed ops.
  const Violations &violations = graph.getViolations();
  if (violations.hasMalformed())
    return setBroken("the plan has malformed ops", violations, log);
  findUnseen(model, log);
  SmallVector<ScheduleOp> schedules;
  if (!model.getBody().empty())
    llvm::append_range(schedules, model.getBody().getOps<ScheduleOp>());
  if (schedules.empty())
    schedules.push_back({});
  // Each may be run.
  for (ScheduleOp schedule : schedules)
    checkDeadlock(getCommunicationOrder(model, schedule,
                                        {options.kind, options.microbatches}),
                  model.getLoc(), options, log);
}

void dag::checkDeadlock(ScheduleOp schedule,
                        const DeadlockCheckOptions &options, CheckLog &log) {
  checkDeadlock(getCommunicationOrder(schedule), schedule.getLoc(), options,
                log);
}

/// True if the plan that the program is made of has the same schedule.
static bool hasPlanWith(ScheduleOp schedule, ProgramOp program) {
  return llvm::any_of(
      program->getBlock()->getOps<ModelOp>(), [&](ModelOp plan) {
        return llvm::any_of(plan.getBody().getOps<ScheduleOp>(),
                            [&](ScheduleOp other) {
                              return other.getProperties() ==
                                     schedule.getProperties();
                            }) &&
               Violations(plan).empty() && isProgramOf(program, plan);
      });
}

void dag::checkDeadlock(ProgramOp program, const DeadlockCheckOptions &options,
                        CheckLog &log) {
  // Calls are read through accessors, which need well-formed ops.
  Violations violations(program);
  if (!violations.empty())
    return setBroken("'@" + program.getSymName() + "' breaks rules of its ops",
                     violations, log);
  findUnseen(program, log);
  checkDeadlock(getCommunicationOrder(program), program.getLoc(), options, log);
  // The order of a kind is made for the plan that the program comes from.
  for (auto schedule : program.getBody().getOps<ScheduleOp>()) {
    if (schedule.getTable())
      checkDeadlock(schedule, options, log);
    if (!hasPlanWith(schedule, program))
      log.setUnverified("'@" + program.getSymName() +
                            "' runs one micro-batch: what a schedule makes of "
                            "its stages and buffers is checked of a plan only",
                        schedule.getLoc());
  }
}

void dag::checkDeadlock(CommunicationOrder order, Location loc,
                        const DeadlockCheckOptions &options, CheckLog &log) {
  if (options.makesPairsLazily)
    addLazyCommunicators(order, options.hasDirectedPairs);
  if (options.hasDirectedPairs)
    addDirectedCommunicators(order);
  DeadlockCheck(order, loc, options, log).run();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct VerifyDeadlock
    : CheckPass<dag::impl::DagVerifyDeadlockBase<VerifyDeadlock>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Deadlock);
  }
  LogicalResult initialize(MLIRContext *context) override;
  std::optional<CheckLog> checkModule() override;
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override {
    checkDeadlock(graph, checkOptions, log);
  }

private:
  void checkAlone(ScheduleOp schedule, CheckLog &log);
  DeadlockCheckOptions checkOptions;
};
} // namespace

/// A schedule of the module is one of no plan: its calls are all its own.
void VerifyDeadlock::checkAlone(ScheduleOp schedule, CheckLog &log) {
  if (failed(schedule.verify()))
    return log.setUnverified("the schedule is malformed");
  auto orders = [](Operation &op) {
    auto model = dyn_cast<ModelOp>(op);
    return model ? !isReference(model) : isa<ProgramOp>(op);
  };
  auto beside = llvm::find_if(*schedule->getBlock(), orders);
  bool isBeside = beside != schedule->getBlock()->end();
  if (!isBeside || schedule.getTable())
    checkDeadlock(schedule, checkOptions, log);
  if (isBeside)
    log.setUnverified("a schedule is checked with the stages and buffers that "
                      "it orders if it stands in '@" +
                          SymbolTable::getSymbolName(&*beside).getValue() +
                          "', and here by itself",
                      schedule.getLoc());
}

std::optional<CheckLog> VerifyDeadlock::checkModule() {
  auto &graphs = getAnalysis<DeploymentGraphs>();
  // In a pipeline of checks only plans have a line for it, and orders of calls.
  if (deferred && getOperation().getOps<ProgramOp>().empty() &&
      getOperation().getOps<ScheduleOp>().empty() &&
      llvm::none_of(graphs.get(), [](const auto &graph) {
        return !graph->isSketch() && !graph->isLogical();
      }))
    return std::nullopt;
  auto schedules = getOperation().getOps<ScheduleOp>();
  auto programs = getOperation().getOps<ProgramOp>();
  // A reference beside programs is none of their concern.
  bool hasPlans = llvm::any_of(graphs.get(), [&](const auto &graph) {
    return programs.empty() || !graph->isLogical();
  });
  bool isAlone = !hasPlans && (!schedules.empty() || !programs.empty());
  std::optional<CheckLog> all =
      isAlone ? CheckLog(CheckId::Deadlock) : CheckPass::checkModule();
  if (!all)
    return std::nullopt;
  CheckLog &log = *all;
  if (isAlone)
    reportNested(getOperation(), /*hasInputCheck=*/deferred, log);
  for (ProgramOp program : programs)
    checkDeadlock(program, checkOptions, log);
  for (ScheduleOp schedule : schedules)
    checkAlone(schedule, log);
  return all;
}

LogicalResult VerifyDeadlock::initialize(MLIRContext *context) {
  auto error = [&] { return emitError(UnknownLoc::get(context)); };
  if (microbatches <= 0 || microbatches > kMaxMicrobatches)
    return error() << "expected microbatches to lie in 1 to "
                   << kMaxMicrobatches << ", but got "
                   << microbatches.getValue();
  checkOptions.kind = schedule;
  checkOptions.microbatches = microbatches;
  checkOptions.buffersSends = bufferedSends;
  checkOptions.makesPairsLazily = lazyPairs;
  checkOptions.hasDirectedPairs = directedPairs;
  return success();
}
