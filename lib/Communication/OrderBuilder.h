//===- OrderBuilder.h - From plans and tables to an order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_ORDERBUILDER_H
#define DAG_LIB_COMMUNICATION_ORDERBUILDER_H

#include "PlanTransfers.h"
#include "dag/Communication/CommunicationOrder.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Schedule/ScheduleCoverage.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <map>

namespace mlir::dag {

/// Derives the order of communication. Its parts are in files of their own:
/// plans (BuildPlanOrder.cpp, CheckPlanBuffers.cpp), tables
/// (BuildTableOrder.cpp), and what is checked of the rows of tables
/// (CheckScheduleRows.cpp, CheckScheduleCoverage.cpp).
class OrderBuilder {
public:
  explicit OrderBuilder(Location loc) : loc(loc) {}
  CommunicationOrder run(ModelOp model, ScheduleOp schedule,
                         const OrderOptions &options);
  CommunicationOrder run(ScheduleOp schedule);

private:
  /// A collective of a stage that other classes take part in.
  struct StageCall {
    Operation *op;
    uint32_t communicator, site;
    uint64_t signature;
  };
  struct StageInfo {
    StageOp op;
    uint32_t rankClass = 0;
    SmallVector<StageCall, 0> calls;
    /// Collectives among the ranks of the class alone, in a forward and in a
    /// backward.
    int64_t numOwnCalls = 0;
    ModelGradients::NumCalls backward;
    /// True if the gradient of the weights is all that the rows have of its
    /// backward.
    bool hasWeightsAlone = false;

    /// True if the calls of the backward that are not those of its weights are
    /// in the action.
    bool hasInputs(const Action &action) const {
      return action.kind == ActionKind::Backward ||
             action.kind == ActionKind::BackwardInput ||
             (action.kind == ActionKind::BackwardWeight && hasWeightsAlone);
    }
    int64_t getNumOwnCalls(const Action &action) const {
      if (action.kind == ActionKind::Forward)
        return numOwnCalls;
      return (hasInputs(action) ? backward.ofInputs : 0) +
             (action.kind == ActionKind::BackwardInput ? 0
                                                       : backward.ofWeights);
    }
  };

  // Plans.
  void addClasses(const PlanTransfers &transfers);
  void addCalls(StageInfo &stage);
  void assumeSharedGradients();
  /// Why it is not known which ranks make a collective when, or nothing.
  std::optional<std::string> findUnplacedCall(ModelOp model) const;
  void checkDevices(ArrayRef<uint32_t> classes, Location loc);
  void checkEnds(const PlanTransfers &transfers);
  /// No more lies in a buffer than it has slots, in the plan as it stands, or
  /// in each stage by itself; what stays on a rank comes out as it went in.
  void checkPlanBuffers(ModelOp model, const PlanTransfers &transfers,
                        bool asWritten);
  /// The same of the order under a schedule whose rows are right.
  void checkKeptOrder(const PlanTransfers &transfers, const Schedule &schedule);
  void addOpsAsWritten(const PlanTransfers &transfers);
  bool addScheduled(ModelOp model, PlanTransfers &transfers, ScheduleOp op,
                    const OrderOptions &options);
  /// What backwards do, and what of it is outside of the schedule.
  void addGradients(const ModelGradients &gradients, const Schedule &schedule);
  void assumeSums(const ModelGradients &gradients, const Schedule &schedule);
  // Tables.
  /// Takes over where rows and cells stand, for a schedule out of a file.
  void readPlaces(ScheduleOp op, Schedule &schedule);
  /// The row of a rank, and the cell of an action in it, or the schedule.
  Location getRowLoc(size_t rank) const;
  Location getLoc(size_t rank, const Action &action) const;
  void setColumn(CommunicationOp &op, const Action &action) const {
    if (!rowLocs.empty())
      op.setColumn(std::max(action.column, 0));
  }
  void addRows(const Schedule &schedule);
  /// Rows with streams, whose transfers were put in without regard to them:
  /// what goes wrong with these alone may do so in another order only.
  void checkInserted();
  /// Names collectives that no row gives an order.
  void assumeOrders(const Schedule &schedule);
  void addCommunicators(const Schedule &schedule);
  void checkMade(const Schedule &schedule);
  void checkOneOrigin(const Schedule &schedule);
  void checkNotAlone(uint32_t rank, const Action &action,
                     const llvm::StringSet<> &everMade, size_t numRanks,
                     llvm::StringSet<> &reported);
  void addCollective(uint32_t rankClass, const Action &action);
  void addCallsOf(uint32_t rankClass, const Action &action);
  void addTransfer(uint32_t rankClass, const Action &action, bool isGrouped,
                   ArrayRef<int32_t> rankOf);
  void checkCoverage(const Schedule &schedule, const ScheduleExtent &extent,
                     ArrayRef<StageEdge> edges);
  /// Where one stage reduces its gradients with other replicas, all do.
  void checkReductions(const Schedule &schedule, const ScheduleExtent &extent);
  /// Reports a rank without an action in a table that only computes.
  void checkRowsCompute(const Schedule &schedule);
  /// Puts in transfers where rows only compute, and checks what rows do. False
  /// if that is not possible; then it has been reported.
  bool completeRows(Schedule &schedule, ArrayRef<StageEdge> edges);
  /// With its transfers: data has come before it is used, is made before it is
  /// sent, and no more of it waits than there are buffers. Without: weights are
  /// there where they are used.
  void checkScheduleRows(const Schedule &schedule, ArrayRef<StageEdge> edges,
                         bool hasTransfers);
  void reportStuck(const Schedule &schedule, ArrayRef<StuckAction> stuck);

  uint32_t addSite(Location loc, std::string text, bool isGradient = false) {
    order.sites.push_back({loc, std::move(text), isGradient});
    return order.sites.size() - 1;
  }
  uint64_t getSignature(StringRef text) {
    auto [it, isNew] = signatures.try_emplace(text, order.signatures.size());
    if (isNew)
      order.signatures.push_back(text.str());
    return it->second;
  }
  void report(Code code, Location loc, const Twine &message,
              std::string hint = "") {
    order.issues.push_back({code, loc, message.str(), {}, std::move(hint)});
  }
  /// What the order rests on and nothing shows.
  void assume(StringRef what) {
    if (!order.assumption.empty())
      order.assumption += "; ";
    order.assumption += what;
  }
  void addOp(uint32_t rankClass, const CommunicationOp &op) {
    order.classes[rankClass].ops.push_back(op);
    order.numOps += op.isCall();
  }

  CommunicationOrder order;
  /// Of the schedule, or of the model.
  Location loc;
  /// Of a schedule out of a file: its rows.
  SmallVector<FileLineColLoc, 0> rowLocs;
  MeshShape mesh;
  std::map<int64_t, StageInfo> stages;
  llvm::StringMap<uint64_t> signatures;
  llvm::StringMap<uint32_t> communicators;
  /// Names of a table that stand for two communicators.
  llvm::StringSet<> ambiguous;
  /// Classes by axis, with their coordinate.
  llvm::MapVector<StringAttr, std::map<int64_t, uint32_t>> classesOnAxis;
  /// Sends and recvs of a plan by the stages at their ends.
  std::map<std::pair<int64_t, int64_t>, SmallVector<uint32_t>> sendsOn, recvsOn;
  /// True if rows that only compute have got transfers.
  bool hasInserted = false;
  /// By its ends, when an edge of a plan is received for the first time.
  std::map<std::pair<int64_t, int64_t>, uint32_t> recvPlaces;
  std::vector<std::pair<uint32_t, uint32_t>> transferSites;
  std::vector<bool> hasGradients;
  std::map<std::tuple<int64_t, int64_t, bool>, uint32_t> tableSites;
  /// Events of a table by name.
  llvm::StringMap<uint32_t> events;
  /// True if the table has more than one stream.
  bool hasStreams = false;
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_ORDERBUILDER_H
