//===- LocalizeCommunication.cpp - Collectives as calls -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A collective over axes becomes a call on the communicator of these. What its
// type does beyond the call is local: padding is added before a dimension is
// split, and cut off behind what gathers it.
//
//===----------------------------------------------------------------------===//

#include "LocalizeOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// ProgramParts
//===----------------------------------------------------------------------===//

CommunicatorOp ProgramParts::getCommunicator(Location loc,
                                             ArrayRef<StringAttr> axes) {
  SmallVector<Attribute> names(axes.begin(), axes.end());
  auto key = ArrayAttr::get(program.getContext(), names);
  CommunicatorOp &communicator = communicators[key];
  if (communicator)
    return communicator;
  std::string name;
  for (StringAttr axis : axes)
    name += (name.empty() ? "" : "_") + axis.getValue().str();
  OpBuilder builder(program.getContext());
  communicator = CommunicatorOp::create(builder, loc, name, key);
  symbols.insert(communicator, firstFunction ? Block::iterator(firstFunction)
                                             : Block::iterator());
  return communicator;
}

FlatSymbolRefAttr ProgramParts::getBuffer(CommBufferOp buffer,
                                          RankedTensorType type) {
  CommBufferOp &copy = buffers[{buffer, type}];
  if (!copy) {
    OpBuilder builder(program.getContext());
    copy = cast<CommBufferOp>(builder.clone(*buffer));
    copy.setType(type);
    symbols.insert(copy, firstFunction ? Block::iterator(firstFunction)
                                       : Block::iterator());
  }
  return FlatSymbolRefAttr::get(copy.getSymNameAttr());
}

FunctionOp ProgramParts::addFunction(Location loc, StringRef name,
                                     IntegerAttr stage, const RangeSet &ranks,
                                     ArrayRef<int64_t> devices) {
  OpBuilder builder(program.getContext());
  auto function = FunctionOp::create(
      builder, loc, builder.getStringAttr(name), stage,
      RangesAttr::get(program.getContext(), ranks),
      devices.empty() ? DenseI64ArrayAttr()
                      : builder.getDenseI64ArrayAttr(devices));
  function.getBody().emplaceBlock();
  symbols.insert(function);
  if (!firstFunction)
    firstFunction = function;
  return function;
}

//===----------------------------------------------------------------------===//
// Collectives
//===----------------------------------------------------------------------===//

LogicalResult Localizer::localizeCollective(CollectiveOpInterface op) {
  Location loc = op->getLoc();
  SmallVector<StringAttr> axes;
  for (Attribute axis : op.getCollectiveAxes())
    axes.push_back(cast<StringAttr>(axis));
  int64_t members = mesh.getSize(axes);
  Value x = get(op.getCollectiveOperand());
  ShardedType before(getType(op.getCollectiveOperand()));
  RankedTensorType type = getLocalType(op->getResult(0).getType());
  // A slice does not communicate.
  StringRef communicator;
  if (!isa<SliceOp>(op))
    communicator = parts.getCommunicator(loc, axes).getSymName();
  int64_t root = 0;
  for (auto [axis, coordinate] : llvm::zip(axes, op.getRootCoordinates()))
    root = root * *mesh.getSize(axis) + coordinate;

  /// What the call gives where it gathers, with padding.
  auto getGathered = [&](int64_t dim) {
    SmallVector<int64_t> shape(type.getShape());
    if (!before.dims[dim].getUneven() && !ShapedType::isDynamic(shape[dim]))
      shape[dim] = getType(x).getDimSize(dim) * members;
    return RankedTensorType::get(shape, type.getElementType());
  };
  auto trim = [&](Value gathered, int64_t dim) {
    if (gathered.getType() == type)
      return gathered;
    return slice(gathered, dim, /*offset=*/Value(), type.getDimSize(dim));
  };

  FailureOr<Value> result =
      llvm::TypeSwitch<Operation *, FailureOr<Value>>(op)
          .Case([&](AllReduceOp) -> Value {
            return CommAllReduceOp::create(builder, loc, type, x, communicator);
          })
          .Case([&](AllGatherOp gather) -> Value {
            auto dim = static_cast<int64_t>(gather.getDim());
            Value whole = CommAllGatherOp::create(
                builder, loc, getGathered(dim), x, communicator, dim,
                before.dims[dim].getUneven());
            return trim(whole, dim);
          })
          .Case([&](ReduceScatterOp scatter) -> Value {
            auto dim = static_cast<int64_t>(scatter.getDim());
            return CommReduceScatterOp::create(
                builder, loc, type, pad(x, dim, scatter.getPad()), communicator,
                dim, scatter.getUneven());
          })
          .Case([&](SliceOp slicing) -> Value {
            auto dim = static_cast<int64_t>(slicing.getDim());
            Value whole = pad(x, dim, slicing.getPad());
            auto split = DimShardingAttr::get(op->getContext(), axes,
                                              /*pad=*/0, slicing.getUneven());
            Value offset =
                getOffset(loc, getType(whole).getDimSize(dim), split);
            return slice(whole, dim, offset, type.getDimSize(dim));
          })
          .Case([&](AllToAllOp exchange) -> Value {
            return CommAllToAllOp::create(builder, loc, type, x, communicator,
                                          exchange.getSplitDim(),
                                          exchange.getConcatDim());
          })
          .Case([&](BroadcastOp) -> Value {
            return CommBroadcastOp::create(builder, loc, type, x, communicator,
                                           root);
          })
          .Case([&](ScatterOp scatter) -> Value {
            auto dim = static_cast<int64_t>(scatter.getDim());
            return CommScatterOp::create(
                builder, loc, type, pad(x, dim, scatter.getPad()), communicator,
                dim, root, scatter.getUneven());
          })
          .Case([&](GatherOp gather) -> Value {
            auto dim = static_cast<int64_t>(gather.getDim());
            Value whole = CommGatherOp::create(builder, loc, getGathered(dim),
                                               x, communicator, dim, root,
                                               before.dims[dim].getUneven());
            return trim(whole, dim);
          })
          .Default([](Operation *other) -> FailureOr<Value> {
            return other->emitError()
                   << "expected a collective that ranks can call, but got '"
                   << other->getName() << "'";
          });
  if (failed(result))
    return failure();
  mapping.map(op->getResult(0), *result);
  return success();
}

//===----------------------------------------------------------------------===//
// Transfers
//===----------------------------------------------------------------------===//

LogicalResult Localizer::localizeTransfer(TransferOpInterface op) {
  Location loc = op->getLoc();
  auto stage = op->getParentOfType<StageOp>();
  StageOp peer = stages.lookup(op.getPeerStage());
  if (!stage || !peer)
    return op->emitError() << "expected a transfer between two stages, but "
                              "there is no stage "
                           << op.getPeerStage();
  if (stage.getAxisAttr() != peer.getAxisAttr())
    return op->emitError() << "expected stages on one axis, but stages "
                           << stage.getIndex() << " and " << peer.getIndex()
                           << " are not";
  bool staysOnRank = stage.getCoordinate() == peer.getCoordinate();
  auto declaration = SymbolTable::lookupNearestSymbolFrom<CommBufferOp>(
      op, op.getTransferBuffer());
  RankedTensorType type = getLocalType(op.getPayloadType());
  FlatSymbolRefAttr buffer = parts.getBuffer(declaration, type);
  if (staysOnRank) {
    if (op.isSend())
      StashOp::create(builder, loc, get(op->getOperand(0)), buffer);
    else
      mapping.map(op->getResult(0),
                  UnstashOp::create(builder, loc, type, buffer).getResult());
    return success();
  }
  CommunicatorOp communicator = parts.getCommunicator(loc, stage.getAxisAttr());
  auto name = FlatSymbolRefAttr::get(communicator.getSymNameAttr());
  auto member = static_cast<int64_t>(*peer.getCoordinate());
  if (op.isSend())
    CommSendOp::create(builder, loc, get(op->getOperand(0)),
                       builder.getI64IntegerAttr(member), name, buffer);
  else
    mapping.map(op->getResult(0),
                CommRecvOp::create(builder, loc, type,
                                   builder.getI64IntegerAttr(member), name,
                                   buffer)
                    .getResult());
  return success();
}
