//===- Checks.h - The checks of the checklist -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_VERIFICATION_CHECKS_H
#define DAG_VERIFICATION_CHECKS_H

#include "dag/Cost/Devices.h"
#include "dag/Cost/Memory.h"
#include "dag/Diagnostics/Finding.h"
#include "dag/Graph/DeploymentGraph.h"
#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/Twine.h"

#include <deque>

namespace mlir::dag {

struct CommunicationOrder;

/// Takes what one check finds.
class CheckLog {
public:
  explicit CheckLog(CheckId check) : check(check) {}

  /// A finding that can be given notes and a hint.
  class Handle {
  public:
    explicit Handle(Finding &finding) : finding(finding) {}
    Handle &note(const DeploymentGraph &graph, DeploymentGraph::NodeId node,
                 const Twine &message);
    Handle &note(Location loc, const Twine &message, StringRef node = "");
    Handle &hint(const Twine &text);

  private:
    Finding &finding;
  };

  /// Reports at a node of the graph.
  Handle report(StringRef code, const DeploymentGraph &graph,
                DeploymentGraph::NodeId node, const Twine &message);
  /// Reports at an edge; `node` is the node to blame.
  Handle reportEdge(StringRef code, const DeploymentGraph &graph, uint32_t edge,
                    DeploymentGraph::NodeId node, const Twine &message);
  /// Reports at any place.
  Handle report(StringRef code, Location loc, StringRef node,
                const Twine &message);

  /// Says that the check could not run, or not on everything. The first
  /// reason is kept.
  void setUnverified(const Twine &reason);

  /// Adds a fact to the report's summary.
  void addFact(StringRef title, const Twine &value) {
    facts.push_back({title.str(), value.str()});
  }
  void addFact(SummaryFact fact) { facts.push_back(std::move(fact)); }

  CheckId getCheck() const { return check; }
  std::deque<Finding> &getFindings() { return findings; }
  StringRef getReason() const { return reason; }
  ArrayRef<SummaryFact> getFacts() const { return facts; }

private:
  CheckId check;
  std::deque<Finding> findings;
  std::string reason;
  std::vector<SummaryFact> facts;
};

/// The checks. Each reads the graph alone and changes nothing.
void checkInput(const DeploymentGraph &graph, CheckLog &log);
void checkAttention(const DeploymentGraph &graph, CheckLog &log);
void checkLayers(const DeploymentGraph &graph, CheckLog &log);
void checkTransfers(const DeploymentGraph &graph, CheckLog &log);
void checkConnectivity(const DeploymentGraph &graph, CheckLog &log);
void checkCollectives(const DeploymentGraph &graph, CheckLog &log);
void checkStages(const DeploymentGraph &graph, CheckLog &log);
void checkDimensions(const DeploymentGraph &graph, CheckLog &log);

/// What the memory is checked against.
struct MemoryCheckOptions {
  std::optional<Device> device;
  MemoryOptions memory;
  /// Percent of what is free beside the KV cache that engines give to it.
  int64_t cachePercent = 90;
  /// Percent that the fullest rank may need more than the average.
  int64_t imbalancePercent = 20;
};
/// Checks the memory of each rank; without a device it is UNVERIFIED.
void checkMemory(const DeploymentGraph &graph,
                 const MemoryCheckOptions &options, CheckLog &log);

/// What the order of communication is derived under.
struct DeadlockCheckOptions {
  /// The schedule where the model has none.
  ScheduleKind kind = ScheduleKind::Forward;
  int64_t microbatches = 1;
  /// True if a send ends when it has begun, as with buffers in the transport.
  bool buffersSends = false;
  /// True if each two ranks make a communicator at their first transfer.
  bool makesPairsLazily = false;
};
/// Checks that every rank can run to its end.
void checkDeadlock(const DeploymentGraph &graph,
                   const DeadlockCheckOptions &options, CheckLog &log);
/// The same for a schedule without a model.
void checkDeadlock(ScheduleOp schedule, const DeadlockCheckOptions &options,
                   CheckLog &log);
/// The same for the programs of ranks; one that does not verify is UNVERIFIED.
void checkDeadlock(ProgramOp program, const DeadlockCheckOptions &options,
                   CheckLog &log);
/// The same for an order that was derived elsewhere; `loc` is for what concerns
/// it as a whole.
void checkDeadlock(CommunicationOrder order, Location loc,
                   const DeadlockCheckOptions &options, CheckLog &log);
/// Checks that a plan, or another program, computes what `reference` does:
/// outputs and writes to KV caches. Both have to verify.
void checkEquivalence(ModelOp reference, const DeploymentGraph &graph,
                      CheckLog &log);

/// Reports what the verifier finds in a plan under the codes of the log's
/// check: each check of a plan begins with it.
void reportViolations(const DeploymentGraph &graph, CheckLog &log);

/// The functions above by their check.
using CheckFunction = void (*)(const DeploymentGraph &, CheckLog &);
CheckFunction getCheckFunction(CheckId check);

} // namespace mlir::dag

#endif // DAG_VERIFICATION_CHECKS_H
