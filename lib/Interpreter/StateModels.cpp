//===- StateModels.cpp - Ops on what a rank keeps -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Interpreter/RankMachine.h"

using namespace mlir;
using namespace mlir::dag;

namespace {

template <typename ConcreteT, typename OpT>
using Model = RankStateOpInterface::ExternalModel<ConcreteT, OpT>;

/// A parameter or an input.
template <typename OpT>
struct SourceModel : Model<SourceModel<OpT>, OpT> {
  LogicalResult runOnRank(Operation *op, RankMachine &machine,
                          size_t rank) const {
    return machine.readSource(rank, op);
  }
};

struct KvCacheModel : Model<KvCacheModel, KvCacheOp> {
  LogicalResult runOnRank(Operation *op, RankMachine &machine,
                          size_t rank) const {
    return machine.readCache(rank, cast<KvCacheOp>(op));
  }
};

struct OutputModel : Model<OutputModel, OutputOp> {
  LogicalResult runOnRank(Operation *op, RankMachine &machine,
                          size_t rank) const {
    return machine.writeOutput(rank, cast<OutputOp>(op));
  }
};

/// The border between global and local types: a rank holds the same.
template <typename OpT>
struct BorderModel : Model<BorderModel<OpT>, OpT> {
  LogicalResult runOnRank(Operation *op, RankMachine &machine,
                          size_t rank) const {
    machine.copy(rank, op->getOperands(), op->getResults());
    return success();
  }
};

struct StashModel : Model<StashModel, StashOp> {
  LogicalResult runOnRank(Operation *op, RankMachine &machine,
                          size_t rank) const {
    auto stash = cast<StashOp>(op);
    machine.getStash(rank, stash.getBuffer())
        .push_back(machine.get(rank, stash.getX()));
    return success();
  }
};

struct UnstashModel : Model<UnstashModel, UnstashOp> {
  LogicalResult runOnRank(Operation *op, RankMachine &machine,
                          size_t rank) const {
    auto unstash = cast<UnstashOp>(op);
    std::deque<Tensor> &stash = machine.getStash(rank, unstash.getBuffer());
    if (stash.empty())
      return op->emitError()
             << "expected something in " << unstash.getBufferAttr()
             << " of rank " << rank << ", but it is empty";
    machine.get(rank, unstash.getResult()) = std::move(stash.front());
    stash.pop_front();
    return success();
  }
};

} // namespace

void dag::attachStateModels(MLIRContext *context) {
  ParameterOp::attachInterface<SourceModel<ParameterOp>>(*context);
  InputOp::attachInterface<SourceModel<InputOp>>(*context);
  KvCacheOp::attachInterface<KvCacheModel>(*context);
  OutputOp::attachInterface<OutputModel>(*context);
  ToLocalOp::attachInterface<BorderModel<ToLocalOp>>(*context);
  FromLocalOp::attachInterface<BorderModel<FromLocalOp>>(*context);
  StashOp::attachInterface<StashModel>(*context);
  UnstashOp::attachInterface<UnstashModel>(*context);
}
