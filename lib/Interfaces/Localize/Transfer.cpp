//===- Transfer.cpp - Transfers between stages as calls -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Program.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::localize;

namespace {

/// One end of a transfer, on a rank.
struct TransferEnd {
  /// Type of the shard, and the buffer that holds it.
  RankedTensorType type;
  FlatSymbolRefAttr buffer;
  /// The ranks at the other end: a communicator and the member. Null where both
  /// stages are on the same ranks.
  FlatSymbolRefAttr communicator;
  int64_t member = 0;
};

} // namespace

static FailureOr<TransferEnd> localizeEnd(TransferOpInterface op,
                                          Localizer &localizer) {
  auto stage = op->getParentOfType<StageOp>();
  StageOp peer = localizer.getStage(op.getPeerStage());
  if (!stage || !peer)
    return op->emitError() << "expected a transfer between two stages, but "
                              "there is no stage "
                           << op.getPeerStage();
  if (!areOnOneAxis(stage, peer))
    return op->emitError() << "expected stages on one axis, but stages "
                           << stage.getIndex() << " and " << peer.getIndex()
                           << " are not";
  auto declaration = SymbolTable::lookupNearestSymbolFrom<CommBufferOp>(
      op, op.getTransferBuffer());
  ProgramParts &parts = localizer.getParts();
  TransferEnd end;
  end.type = localizer.getLocalType(op.getPayloadType());
  end.buffer = parts.getBuffer(declaration, end.type);
  if (stage.getCoordinate() == peer.getCoordinate())
    return end;
  end.communicator = FlatSymbolRefAttr::get(
      parts.getCommunicator(op->getLoc(), stage.getAxisAttr())
          .getSymNameAttr());
  end.member = static_cast<int64_t>(*peer.getCoordinate());
  return end;
}

namespace {

struct SendModel : Model<SendModel, SendOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    FailureOr<TransferEnd> end =
        localizeEnd(cast<TransferOpInterface>(op), localizer);
    if (failed(end))
      return failure();
    OpBuilder &builder = localizer.getBuilder();
    Value x = localizer.get(op->getOperand(0));
    if (!end->communicator)
      StashOp::create(builder, op->getLoc(), x, end->buffer);
    else
      CommSendOp::create(builder, op->getLoc(), x,
                         builder.getI64IntegerAttr(end->member),
                         end->communicator, end->buffer);
    return success();
  }
};

struct RecvModel : Model<RecvModel, RecvOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    FailureOr<TransferEnd> end =
        localizeEnd(cast<TransferOpInterface>(op), localizer);
    if (failed(end))
      return failure();
    OpBuilder &builder = localizer.getBuilder();
    Value result;
    if (!end->communicator)
      result = UnstashOp::create(builder, op->getLoc(), end->type, end->buffer);
    else
      result = CommRecvOp::create(builder, op->getLoc(), end->type,
                                  builder.getI64IntegerAttr(end->member),
                                  end->communicator, end->buffer);
    localizer.define(op->getResult(0), result);
    return success();
  }
};

} // namespace

void localize::attachTransferModels(MLIRContext *context) {
  SendOp::attachInterface<SendModel>(*context);
  RecvOp::attachInterface<RecvModel>(*context);
}
