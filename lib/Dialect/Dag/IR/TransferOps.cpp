//===- TransferOps.cpp - Transfers between stages -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferRules.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// CommBufferOp
//===----------------------------------------------------------------------===//

LogicalResult CommBufferOp::verify() {
  // (C2) No pending sum.
  ShardedType type(cast<RankedTensorType>(getType()));
  if (type.hasPartial())
    return emitTypingError(getLoc(), getOperationName(), TypingKind::PendingSum,
                           "C2",
                           "expected no pending sum, but got one over " +
                               formatAxes(type.partial));
  return success();
}

//===----------------------------------------------------------------------===//
// Both ends
//===----------------------------------------------------------------------===//

/// Checks the far end of a transfer. Symbol uses may be verified on ops that
/// lack an attribute, which their own verifier reports.
static LogicalResult verifyPeer(Operation *op, StringRef constraint,
                                IntegerAttr peer) {
  if (!peer)
    return success();
  int64_t stage = peer.getInt();
  auto parent = op->getParentOfType<StageOp>();
  IntegerAttr own = parent ? parent.getProperties().index : IntegerAttr();
  if (!own || own.getInt() != stage)
    return success();
  InFlightDiagnostic diagnostic =
      op->emitOpError("(") << constraint
                           << ") expected another stage than the op's own, "
                              "but got "
                           << stage;
  setTypingCode(diagnostic, TypingKind::Peer);
  return diagnostic;
}

LogicalResult mlir::dag::verifyBuffer(Operation *op, StringRef exists,
                                      StringRef sameType,
                                      FlatSymbolRefAttr name, Type payload,
                                      SymbolTableCollection &tables) {
  if (!name)
    return success();
  auto buffer = tables.lookupNearestSymbolFrom<CommBufferOp>(op, name);
  if (!buffer) {
    InFlightDiagnostic diagnostic = op->emitOpError("(")
                                    << exists << ") expected " << name
                                    << " to be a buffer";
    setTypingCode(diagnostic, TypingKind::Buffer);
    return diagnostic;
  }
  TypeAttr type = buffer.getProperties().type;
  if (!type || type.getValue() == payload)
    return success();
  InFlightDiagnostic diagnostic = op->emitOpError("(")
                                  << sameType << ") expected a buffer of type "
                                  << payload << ", but got " << type.getValue();
  setTypingCode(diagnostic, classifyMismatch(payload, type.getValue()));
  diagnostic.attachNote(buffer.getLoc()) << "the buffer is declared here";
  return diagnostic;
}

//===----------------------------------------------------------------------===//
// SendOp
//===----------------------------------------------------------------------===//

LogicalResult
SendOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                         Adaptor adaptor,
                         SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Summands stay where their sum is.
  FailureOr<TypedOperand> value =
      rule.getOperandAtRoot("C1", adaptor.getValue(), "value");
  if (failed(value) || failed(rule.expectReduced("C1", *value)))
    return failure();
  inferredReturnTypes.push_back(TransferType::get(context, value->toType()));
  return success();
}

LogicalResult SendOp::verifySymbolUses(SymbolTableCollection &tables) {
  // (C2) Another stage.
  if (failed(verifyPeer(*this, "C2", getProperties().stage)))
    return failure();
  // (C3) The buffer exists; (C4) it has the type of the value.
  return verifyBuffer(*this, "C3", "C4", getProperties().buffer,
                      getPayloadType(), tables);
}

RankedTensorType SendOp::getPayloadType() {
  if ((*this)->getNumOperands() == 0)
    return {};
  return dyn_cast<RankedTensorType>(getValue().getType());
}

//===----------------------------------------------------------------------===//
// RecvOp
//===----------------------------------------------------------------------===//

LogicalResult
RecvOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                         Adaptor adaptor,
                         SmallVectorImpl<Type> &inferredReturnTypes) {
  auto transfer = dyn_cast<TransferType>(adaptor.getTransfer().getType());
  if (!transfer)
    return emitTypingError(loc, getOperationName(), TypingKind::Shape, "C3",
                           "expected 'transfer' to be a '!dag.transfer'");
  inferredReturnTypes.push_back(transfer.getPayload());
  return success();
}

LogicalResult RecvOp::verifySymbolUses(SymbolTableCollection &tables) {
  // (C1) Another stage.
  if (failed(verifyPeer(*this, "C1", getProperties().stage)))
    return failure();
  // (C2) The buffer exists; (C3) it has the type of the payload.
  return verifyBuffer(*this, "C2", "C3", getProperties().buffer,
                      getPayloadType(), tables);
}

RankedTensorType RecvOp::getPayloadType() {
  if ((*this)->getNumOperands() == 0)
    return {};
  auto transfer =
      dyn_cast<TransferType>(getOperation()->getOperand(0).getType());
  return transfer ? transfer.getPayload() : RankedTensorType();
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void DagDialect::registerTransferOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagTransferOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagTransferOps.cpp.inc"
