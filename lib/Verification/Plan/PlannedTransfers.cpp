//===- PlannedTransfers.cpp - Transfers of a plan ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Transfers.h"

using namespace mlir;
using namespace mlir::dag;

void PlannedTransfers::checkSend(NodeId id, const FarEnd &farEnd) {
  Operation *op = graph.getNode(id).op;
  std::string name = graph.getName(id);
  // A value goes to a stage once.
  if (auto send = dyn_cast<SendOp>(op); send && send->getNumOperands() != 0) {
    auto [it, isNew] =
        sent.try_emplace({send.getValue(), toIndex(send.getStage())}, id);
    if (!isNew)
      log.report(Code::DAG307, graph.getPlace(id),
                 "expected one send of this value to " +
                     getStageName(send.getStage()) + ", but '" + name +
                     "' is a second one")
          .note(graph.getPlace(it->second), "the first one");
  }
  // Both ends name the buffer that the data goes through.
  auto send = dyn_cast<TransferOpInterface>(op);
  if (!send)
    return;
  for (NodeId partner : farEnd.partners) {
    auto recv = dyn_cast<TransferOpInterface>(graph.getNode(partner).op);
    if (recv && send.getTransferBuffer() != recv.getTransferBuffer())
      log.report(Code::DAG304, graph.getPlace(partner),
                 "the recv '" + graph.getName(partner) + "' takes '@" +
                     recv.getTransferBuffer().getValue() + "', but its send '" +
                     name + "' fills '@" + send.getTransferBuffer().getValue() +
                     "'")
          .note(graph.getPlace(id), "the send")
          .hint("Name the same buffer at both ends.");
  }
}

void PlannedTransfers::findEnds() {
  hasEnds = true;
  for (const DeploymentGraph::Stage &stage : graph.getStages()) {
    if (!stage.op)
      continue;
    stage.op->walk([&](TransferOpInterface end) {
      RankedTensorType type = end.getPayloadType();
      if (type && type.getElementType().isIntOrIndex())
        return;
      int64_t peer = end.getPeerStage();
      if (end.isSend()) {
        auto [it, isNew] = lastTarget.try_emplace(stage.index, peer);
        it->second = std::max(it->second, peer);
      } else {
        auto [it, isNew] = firstSource.try_emplace(stage.index, peer);
        it->second = std::min(it->second, peer);
      }
    });
    // All stages may take positions.
    bool takesInput = llvm::any_of(stage.op->getOperands(), [](Value value) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      return value.getDefiningOp<InputOp>() && type && type.getRank() > 1;
    });
    if (takesInput)
      beginning.insert(stage.index);
  }
}

bool PlannedTransfers::areBesideEachOther(int64_t from, int64_t to) {
  if (!hasEnds)
    findEnds();
  auto target = lastTarget.find(from);
  if (target == lastTarget.end() || target->second <= to)
    return false;
  auto source = firstSource.find(to);
  return source == firstSource.end() ? beginning.contains(to)
                                     : source->second < from;
}
