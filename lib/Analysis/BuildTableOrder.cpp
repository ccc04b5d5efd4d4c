//===- BuildTableOrder.cpp - From the rows of tables to an order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//


#include "OrderBuilder.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

void OrderBuilder::addCollective(uint32_t rankClass, const Action &action) {
  // KIND:communicator[:what all ranks agree on]
  auto [kind, rest] = StringRef(action.text).split(':');
  auto [name, agreed] = rest.split(':');
  uint32_t communicator = communicators.find(name)->second;
  std::string text = kind.str() + (agreed.empty() ? "" : ":" + agreed.str());
  CommunicationOp op;
  op.kind = CommunicationKind::Collective;
  op.joinsPrevious = action.join == ActionJoin::Group;
  op.other = communicator;
  op.data = getSignature(text);
  auto [it, isNew] =
      tableSites.try_emplace({-1 - int64_t(communicator), op.data, false}, 0);
  if (isNew)
    it->second = addSite(loc, text + " on " + name.str());
  op.site = it->second;
  addOp(rankClass, op);
}

void OrderBuilder::addRows(const Schedule &schedule) {
  // A communicator has the ranks that use it; one that nobody but some ranks
  // knows is stated by a first row of all, see docs/Schedules.md.
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    for (const Action &action : row) {
      if (action.kind != ActionKind::Collective)
        continue;
      StringRef name = StringRef(action.text).split(':').second;
      name = name.split(':').first;
      auto [it, isNew] =
          communicators.try_emplace(name, order.communicators.size());
      if (isNew)
        order.communicators.emplace_back().name = name.str();
      auto &members = order.communicators[it->second].members;
      // The whole pipeline has a communicator of its own.
      if (name == "world" && members.empty())
        for (size_t i = 0; i < schedule.rows.size(); ++i)
          members.push_back(i);
      if (name != "world" && (members.empty() || members.back() != rank))
        members.push_back(rank);
    }

  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  auto addCallsOf = [&](uint32_t rank, const Action &action) {
    auto it = stages.find(action.stage);
    if (it == stages.end())
      return;
    const StageInfo &stage = it->second;
    // The gradient of weights needs no other rank of the stage.
    if (action.kind == ActionKind::BackwardWeight)
      return;
    order.numOps += stage.numOwnCalls;
    bool isBackward = action.kind != ActionKind::Forward;
    for (size_t i = 0; i < stage.calls.size(); ++i) {
      const StageCall &call =
          stage.calls[isBackward ? stage.calls.size() - 1 - i : i];
      CommunicationOp op;
      op.kind = CommunicationKind::Collective;
      op.other = call.communicator;
      op.site = call.site;
      op.data = call.signature;
      op.microbatch = action.microbatch;
      addOp(rank, op);
    }
  };
  auto addTransferOp = [&](uint32_t rank, const Action &action) {
    bool isGradient = action.kind == ActionKind::SendBackward ||
                      action.kind == ActionKind::RecvBackward;
    int64_t source = action.isSend() ? action.stage : action.peer;
    int64_t target = action.isSend() ? action.peer : action.stage;
    int32_t peer = action.peer < static_cast<int64_t>(rankOf.size())
                       ? rankOf[action.peer]
                       : -1;
    if (peer < 0) {
      report("DAG803", loc,
             "expected stage " + Twine(action.peer) + " at the other end of '" +
                 action.str() + "', but no rank has it");
      return;
    }
    CommunicationOp op;
    op.kind =
        action.isSend() ? CommunicationKind::Send : CommunicationKind::Recv;
    op.joinsPrevious = action.join == ActionJoin::Group;
    op.other = peer;
    op.microbatch = action.microbatch;
    // The tensors of the plan on this edge, in the order of this end.
    std::pair<int64_t, int64_t> edge(source, target);
    if (isGradient)
      std::swap(edge.first, edge.second);
    bool usesSends = action.isSend() != isGradient;
    auto &known = usesSends ? sendsOn : recvsOn;
    auto it = known.find(edge);
    if (it != known.end()) {
      for (uint32_t id : it->second) {
        op.site =
            isGradient ? transferSites[id].second : transferSites[id].first;
        op.data = (uint64_t(id) << 22) | (uint64_t(isGradient) << 21) |
                  action.microbatch;
        addOp(rank, op);
        op.joinsPrevious |= action.join == ActionJoin::Group;
      }
      return;
    }
    auto [site, isNew] =
        tableSites.try_emplace({source, target, isGradient}, 0);
    if (isNew)
      site->second = addSite(loc,
                             "from stage " + std::to_string(source) +
                                 " to stage " + std::to_string(target),
                             isGradient);
    op.site = site->second;
    op.data = (uint64_t(site->second) << 22) | (uint64_t(1) << 63) |
              action.microbatch;
    addOp(rank, op);
  };
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    for (const Action &action : row) {
      if (action.isCompute())
        addCallsOf(rank, action);
      else if (action.isTransfer())
        addTransferOp(rank, action);
      else if (action.kind == ActionKind::Collective)
        addCollective(rank, action);
    }
}
