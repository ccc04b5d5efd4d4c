//===- CheckPlanBuffers.cpp - Buffers of plans as they stand -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plan is held to what its programs do: what a stage gives to another one of
// its rank lies in the buffer until it is taken out, and comes out as it went
// in.
//
//===----------------------------------------------------------------------===//

#include "BufferLives.h"
#include "OrderBuilder.h"

#include <deque>
#include <memory>
#include <set>

using namespace mlir;
using namespace mlir::dag;

namespace {

/// The uses of the buffers of one model.
class PlanBuffers {
public:
  PlanBuffers(const PlanTransfers &transfers, CommunicationOrder &order);

  /// Adds a use to those of the buffer on a rank, or in a stage.
  void add(int64_t holder, TransferOpInterface end, BufferUse::Kind kind) {
    uses[{holder, end.getTransferBuffer().getAttr()}].push_back(
        BufferUse::get(end, kind));
  }
  void check(ModelOp model);
  /// True if the transfer has both of its ends.
  bool isWhole(TransferOpInterface end) const {
    const PlanTransfer &transfer = transfers.transfers[ids.lookup(end)];
    return transfer.send && transfer.recv;
  }

private:
  const PlanTransfer &getTransfer(const BufferUse &use) const {
    return transfers.transfers[ids.lookup(use.op)];
  }
  void reportFull(const BufferUse &use);

  const PlanTransfers &transfers;
  CommunicationOrder &order;
  DenseMap<Operation *, uint32_t> ids;
  llvm::MapVector<std::pair<int64_t, StringAttr>, SmallVector<BufferUse, 2>>
      uses;
};

} // namespace

PlanBuffers::PlanBuffers(const PlanTransfers &transfers,
                         CommunicationOrder &order)
    : transfers(transfers), order(order) {
  for (auto [id, transfer] : llvm::enumerate(transfers.transfers)) {
    if (transfer.send)
      ids[transfer.send] = id;
    if (transfer.recv)
      ids[transfer.recv] = id;
  }
}

static std::string formatEdge(const PlanTransfer &transfer) {
  return "from stage " + std::to_string(transfer.source) + " to stage " +
         std::to_string(transfer.target);
}

void PlanBuffers::reportFull(const BufferUse &use) {
  const PlanTransfer &transfer = getTransfer(use);
  bool comes = use.kind == BufferUse::Kind::Recv;
  order.issues.push_back(
      {Code::DAG806,
       use.op->getLoc(),
       ("expected the last tensor in '@" + transfer.getBuffer().getValue() +
        "' to be used before the next one " + (comes ? "comes " : "goes ") +
        formatEdge(transfer) +
        ", but it is used behind it, and the buffer has " +
        Twine(transfer.slots) + (transfer.slots == 1 ? " slot" : " slots"))
           .str(),
       {}});
}

/// `taken` is what a recv takes, `first` what its buffer hands out.
static OrderIssue makeOrderIssue(PlanTransfer first, PlanTransfer taken) {
  return {
      Code::DAG804,
      taken.recv->getLoc(),
      ("expected '@" + taken.getBuffer().getValue() +
       "' to hand out the tensor that this recv takes " + formatEdge(taken) +
       ", but the first that was put into it on this rank is another one")
          .str(),
      {{first.send->getLoc(),
        "it is put in here, " + formatEdge(first) + ", and comes out first"},
       {taken.send->getLoc(), "what the recv takes is put in here"}}};
}

void PlanBuffers::check(ModelOp model) {
  OpPlaces places(model);
  for (auto &[key, ofBuffer] : uses) {
    // One alone has the buffer for itself.
    if (ofBuffer.size() < 2)
      continue;
    BufferLives lives(places, ofBuffer);
    int64_t slots = getTransfer(ofBuffer.front()).slots;
    BufferLives::Outcome outcome = lives.run(slots, 0);
    for (const BufferLives::Outcome::Full &full : outcome.full)
      reportFull(lives.getUse(full.use));
    for (auto [kept, taken] : outcome.taken)
      if (ids.lookup(lives.getUse(kept).op) !=
          ids.lookup(lives.getUse(taken).op)) {
        order.issues.push_back(makeOrderIssue(
            getTransfer(lives.getUse(kept)), getTransfer(lives.getUse(taken))));
        break; // Others follow from it.
      }
    if (outcome.full.empty() && lives.getUnknown() &&
        !lives.run(slots, 0, /*possible=*/true).full.empty())
      order.unknown = lives.getUnknownText(key.second);
  }
}

void OrderBuilder::checkPlanBuffers(ModelOp model,
                                    const PlanTransfers &transfers,
                                    bool asWritten) {
  PlanBuffers buffers(transfers, order);
  for (StageOp op : transfers.stages) {
    const StageInfo &stage = stages.find(op.getIndex())->second;
    if (stage.op != op)
      continue; // A second stage of this number; DAG6xx says so.
    op.walk<WalkOrder::PreOrder>([&](TransferOpInterface end) {
      bool isSend = end.isSend();
      auto peer = stages.find(end.getPeerStage());
      bool staysOnRank =
          peer != stages.end() && peer->second.rankClass == stage.rankClass;
      if (!asWritten) {
        // A schedule says when the stage runs, and when others of its rank do.
        buffers.add(op.getIndex(), end,
                    isSend ? BufferUse::Kind::Send : BufferUse::Kind::Recv);
      } else if (!staysOnRank) {
        buffers.add(stage.rankClass, end,
                    isSend ? BufferUse::Kind::Send : BufferUse::Kind::Recv);
      } else if (buffers.isWhole(end)) {
        buffers.add(stage.rankClass, end,
                    isSend ? BufferUse::Kind::Keep : BufferUse::Kind::Take);
      }
    });
  }
  buffers.check(model);
}

void OrderBuilder::checkKeptOrder(const PlanTransfers &transfers,
                                  const Schedule &schedule) {
  // What stages put in and take out on their rank, in order.
  DenseMap<int64_t, SmallVector<uint32_t, 2>> puts, takes;
  auto staysOnRank = [&](const PlanTransfer &transfer) {
    auto source = stages.find(transfer.source);
    auto target = stages.find(transfer.target);
    return transfer.send && transfer.recv && source != stages.end() &&
           target != stages.end() &&
           source->second.rankClass == target->second.rankClass;
  };
  for (auto [id, transfer] : llvm::enumerate(transfers.transfers))
    if (staysOnRank(transfer))
      puts[transfer.source].push_back(id);
  for (uint32_t id : transfers.recvOrder)
    if (staysOnRank(transfers.transfers[id]))
      takes[transfers.transfers[id].target].push_back(id);
  if (puts.empty())
    return;
  for (const std::vector<Action> &row : schedule.rows) {
    // What a row sends to its own rank meets its recvs in another way.
    std::set<std::pair<int64_t, int64_t>> sent;
    for (const Action &action : row)
      if (action.kind == ActionKind::SendForward)
        sent.insert({action.stage, action.peer});
    // By buffer; null where the order is known to differ.
    DenseMap<StringAttr, std::unique_ptr<std::deque<uint32_t>>> kept;
    auto visit = [&](uint32_t id, bool isPut) {
      const PlanTransfer &transfer = transfers.transfers[id];
      if (sent.count({transfer.source, transfer.target}))
        return;
      auto [it, isNew] = kept.try_emplace(transfer.getBuffer());
      if (isNew)
        it->second = std::make_unique<std::deque<uint32_t>>();
      if (!it->second)
        return;
      if (isPut)
        return it->second->push_back(id);
      if (it->second->empty())
        return;
      uint32_t first = it->second->front();
      it->second->pop_front();
      if (first == id)
        return;
      order.issues.push_back(
          makeOrderIssue(transfers.transfers[first], transfer));
      it->second.reset(); // Others follow from it.
    };
    for (const Action &action : row) {
      if (action.kind != ActionKind::Forward)
        continue;
      for (uint32_t id : takes.lookup(action.stage))
        visit(id, /*isPut=*/false);
      for (uint32_t id : puts.lookup(action.stage))
        visit(id, /*isPut=*/true);
    }
  }
}
