//===- LockstepDriver.cpp - One op on all ranks after the other -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LockstepDriver.h"
#include "Collectives.h"
#include "Shards.h"
#include "mlir/IR/Diagnostics.h"

#include <numeric>

using namespace mlir;
using namespace mlir::dag;

LockstepDriver::LockstepDriver(const MeshShape &mesh, TensorSource &source,
                               Precision precision,
                               llvm::StringMap<std::vector<Tensor>> &caches)
    : machine(mesh, source, caches, {precision}), everyone(machine.size()) {
  std::iota(everyone.begin(), everyone.end(), 0);
}

SmallVector<size_t> LockstepDriver::getRanksOf(StageOp stage) const {
  if (!stage.getAxisAttr() || !stage.getCoordinate())
    return everyone;
  SmallVector<size_t> active;
  for (size_t rank : everyone)
    if (machine.getContext(rank).getIndex(stage.getAxisAttr()) ==
        static_cast<int64_t>(*stage.getCoordinate()))
      active.push_back(rank);
  return active;
}

LogicalResult LockstepDriver::runRegion(Operation *op, Ranks active) {
  Block &block = op->getRegion(0).front();
  // A transfer lies on the ranks of the stage before.
  for (size_t rank : everyone)
    machine.copy(rank, op->getOperands(), block.getArguments());
  if (failed(runBlock(block, active)))
    return failure();
  for (size_t rank : everyone) {
    machine.copy(rank, block.back().getOperands(), op->getResults());
    machine.forget(rank, block);
  }
  return success();
}

LogicalResult LockstepDriver::runCollective(CollectiveOpInterface op,
                                            Ranks active) {
  FailureOr<std::vector<Tensor>> results =
      dag::runCollective(op, machine.getRanks(),
                         machine.getAll(op.getCollectiveOperand()), active);
  if (failed(results))
    return failure();
  for (size_t rank : active)
    machine.set(rank, op->getResult(0), std::move((*results)[rank]));
  return success();
}

/// The rank takes what the peer that has the same coordinates on all axes but
/// that of the stages has sent.
LogicalResult LockstepDriver::receive(Operation *op, Ranks active) {
  auto stage = op->getParentOfType<StageOp>();
  SmallVector<StringAttr, 1> axes;
  if (stage && stage.getAxisAttr())
    axes.push_back(stage.getAxisAttr());
  for (size_t rank : active) {
    Tensor received;
    for (size_t peer : machine.getRanks().getGroup(rank, axes))
      if (const Tensor &sent = machine.get(peer, op->getOperand(0));
          sent.exists())
        received = sent;
    if (!received.exists())
      return op->emitError() << "expected a peer that sends to rank " << rank
                             << ", but there is none";
    machine.get(rank, op->getResult(0)) = std::move(received);
  }
  return success();
}

LogicalResult LockstepDriver::runTransfer(TransferOpInterface op,
                                          Ranks active) {
  if (!op.isSend())
    return receive(op, active);
  for (size_t rank : active)
    machine.copy(rank, op->getOperands().take_front(), op->getResults());
  return success();
}

LogicalResult LockstepDriver::runOp(Operation *op, Ranks active) {
  // What states a fact does nothing.
  if (isa<YieldOp, CommBufferOp, ScheduleOp>(op))
    return success();
  for (Type type : op->getResultTypes())
    if (failed(checkSize(op, type)))
      return failure();
  if (auto stage = dyn_cast<StageOp>(op))
    return runRegion(op, getRanksOf(stage));
  if (isa<LayerOp>(op))
    return runRegion(op, active);
  if (auto collective = dyn_cast<CollectiveOpInterface>(op))
    return runCollective(collective, active);
  if (auto transfer = dyn_cast<TransferOpInterface>(op))
    return runTransfer(transfer, active);
  for (size_t rank : active)
    if (failed(machine.run(rank, op)))
      return failure();
  machine.forgetSource(op);
  return success();
}

LogicalResult LockstepDriver::runBlock(Block &block, Ranks active) {
  for (Operation &op : block)
    if (failed(runOp(&op, active)))
      return failure();
  return success();
}

FailureOr<llvm::MapVector<StringAttr, Tensor>>
LockstepDriver::run(ModelOp model) {
  if (failed(runBlock(model.getBody().front(), everyone)))
    return failure();
  return machine.takeOutputs();
}
