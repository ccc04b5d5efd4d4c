//===- CommOps.cpp - What ranks say to each other -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferRules.h"
#include "dag/Dialect/Dag/IR/Program.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;

/// The communicator of a call. Symbol uses may be verified on ops that lack an
/// attribute, so it is looked for by name.
static FlatSymbolRefAttr getName(Operation *op, StringRef name) {
  return op->getAttrOfType<FlatSymbolRefAttr>(name);
}

CommunicatorOp dag::lookupCommunicator(CommunicationOpInterface call,
                                       SymbolTableCollection *tables) {
  FlatSymbolRefAttr name = getName(call, "communicator");
  if (!name)
    return {};
  if (tables)
    return tables->lookupNearestSymbolFrom<CommunicatorOp>(call, name);
  return mlir::SymbolTable::lookupNearestSymbolFrom<CommunicatorOp>(call, name);
}

std::string dag::getCallSignature(CommunicationOpInterface call,
                                  int64_t members) {
  std::string text = stringifyRole(call.getCallRole()).str();
  llvm::raw_string_ostream os(text);
  // What one member gives, or gets where that is less.
  Value value = call->getNumResults() ? Value(call->getResult(0)) : Value();
  bool uneven = call->hasAttr("uneven");
  bool scatters = isa<CommReduceScatterOp, CommScatterOp>(call);
  if (call->getNumOperands() != 0 && scatters == uneven)
    value = call->getOperand(0);
  if (auto dim = call->getAttrOfType<IntegerAttr>("dim"))
    os << " dim " << dim.getInt();
  if (auto exchange = dyn_cast<CommAllToAllOp>(*call))
    os << " split " << exchange.getSplitDim() << " concat "
       << exchange.getConcatDim();
  if (auto type =
          value ? dyn_cast<RankedTensorType>(value.getType()) : nullptr) {
    std::optional<int64_t> count = 1;
    for (int64_t size : type.getShape())
      count = count ? multiplySizes(*count, size) : count;
    os << " of " << formatSize(count.value_or(ShapedType::kDynamic)) << " x "
       << type.getElementType();
  }
  if (std::optional<int64_t> root = call.getRootMember())
    os << " root " << *root;
  os << " among " << members;
  return text;
}

//===----------------------------------------------------------------------===//
// Pieces of verification
//===----------------------------------------------------------------------===//

/// (C1) The communicator exists, and members have its numbers. Nothing where
/// another verifier complains.
static FailureOr<std::optional<int64_t>>
verifyCommunicator(CommunicationOpInterface call,
                   SymbolTableCollection &tables) {
  FlatSymbolRefAttr name = getName(call, "communicator");
  if (!name)
    return std::optional<int64_t>();
  CommunicatorOp communicator = lookupCommunicator(call, &tables);
  if (!communicator)
    return call->emitOpError("(C1) expected ")
           << name << " to be a communicator";
  std::optional<MeshShape> mesh = getProgramMesh(call, &tables);
  ArrayAttr axes = communicator.getProperties().axes;
  if (!mesh || !axes)
    return std::optional<int64_t>();
  int64_t members = 1;
  for (Attribute axis : axes) {
    std::optional<int64_t> size = mesh->getSize(cast<StringAttr>(axis));
    if (!size)
      return std::optional<int64_t>();
    members *= *size;
  }
  for (StringRef role : {"peer", "root"}) {
    auto number = call->getAttrOfType<IntegerAttr>(role);
    if (number && (number.getInt() < 0 || number.getInt() >= members))
      return call->emitOpError("(C1) expected the ")
             << role << " to be a member from 0 to " << members - 1 << " of "
             << name << ", but got " << number.getInt();
  }
  return std::optional<int64_t>(members);
}

/// (C2) The result is `x` with other sizes in one or two dimensions. `change`
/// says whether a size of the result fits the size of `x` in a dimension.
static LogicalResult
verifyResult(Operation *op, ArrayRef<int64_t> dims,
             llvm::function_ref<bool(unsigned, int64_t, int64_t)> fits) {
  auto x = cast<RankedTensorType>(op->getOperand(0).getType());
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  for (int64_t dim : dims)
    if (dim < 0 || dim >= x.getRank())
      return op->emitOpError("(C2) expected a dimension below ")
             << x.getRank() << ", but got " << dim;
  bool isRight = x.getRank() == result.getRank() &&
                 x.getElementType() == result.getElementType();
  for (unsigned dim = 0; isRight && dim < x.getRank(); ++dim) {
    int64_t before = x.getDimSize(dim), after = result.getDimSize(dim);
    isRight = llvm::is_contained(dims, dim) ? fits(dim, before, after)
                                            : before == after;
  }
  if (isRight)
    return success();
  InFlightDiagnostic diagnostic =
      op->emitOpError("(C2) expected a result that fits the operand, ")
      << x << ", but got " << result;
  setTypingCode(diagnostic, TypingKind::Shape);
  return diagnostic;
}

/// True if `part` is what one of `members` has of `whole`.
static bool isPart(int64_t part, int64_t whole, int64_t members, bool uneven) {
  if (ShapedType::isDynamic(part) || ShapedType::isDynamic(whole))
    return true;
  if (uneven)
    return part == whole / members ||
           (whole % members != 0 && part == whole / members + 1);
  return whole % members == 0 && part == whole / members;
}

/// Verifies a collective whose result is `x` but for the given dimensions.
template <typename FitsT>
static LogicalResult
verifyCollective(CommunicationOpInterface call, ArrayRef<int64_t> dims,
                 SymbolTableCollection &tables, FitsT fits) {
  FailureOr<std::optional<int64_t>> members = verifyCommunicator(call, tables);
  if (failed(members))
    return failure();
  if (!*members)
    return success();
  return verifyResult(call, dims,
                      [&](unsigned dim, int64_t before, int64_t after) {
                        return fits(dim, before, after, **members);
                      });
}

template <typename OpT>
static LogicalResult verifyGather(OpT op, SymbolTableCollection &tables) {
  if (!op.getProperties().dim)
    return success();
  return verifyCollective(
      op, static_cast<int64_t>(op.getDim()), tables,
      [&](unsigned, int64_t before, int64_t after, int64_t members) {
        return isPart(before, after, members, op.getUneven());
      });
}

template <typename OpT>
static LogicalResult verifyScatter(OpT op, SymbolTableCollection &tables) {
  if (!op.getProperties().dim)
    return success();
  return verifyCollective(
      op, static_cast<int64_t>(op.getDim()), tables,
      [&](unsigned, int64_t before, int64_t after, int64_t members) {
        return isPart(after, before, members, op.getUneven());
      });
}

static LogicalResult verifySameType(CommunicationOpInterface call,
                                    SymbolTableCollection &tables) {
  return verifyCollective(
      call, {}, tables,
      [](unsigned, int64_t, int64_t, int64_t) { return false; });
}

/// The buffer, where one is named, has the type of what goes through it.
static LogicalResult verifyOwnBuffer(Operation *op, StringRef constraint,
                                     Type type, SymbolTableCollection &tables) {
  return dag::verifyBuffer(op, constraint, constraint, getName(op, "buffer"),
                           type, tables);
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult CommAllReduceOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifySameType(*this, tables);
}

LogicalResult CommAllGatherOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyGather(*this, tables);
}

LogicalResult
CommReduceScatterOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyScatter(*this, tables);
}

LogicalResult CommAllToAllOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (!getProperties().split_dim || !getProperties().concat_dim)
    return success();
  auto split = static_cast<int64_t>(getSplitDim());
  auto concat = static_cast<int64_t>(getConcatDim());
  if (split == concat)
    return emitOpError("(C2) expected different dimensions, but got ")
           << split << " twice";
  return verifyCollective(
      *this, {split, concat}, tables,
      [&](unsigned dim, int64_t before, int64_t after, int64_t members) {
        return dim == split ? isPart(after, before, members, false)
                            : isPart(before, after, members, false);
      });
}

LogicalResult CommBroadcastOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifySameType(*this, tables);
}

LogicalResult CommScatterOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyScatter(*this, tables);
}

LogicalResult CommGatherOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyGather(*this, tables);
}

LogicalResult CommSendOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (failed(verifyCommunicator(*this, tables)))
    return failure();
  return verifyOwnBuffer(*this, "C2", getX().getType(), tables);
}

LogicalResult CommRecvOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (failed(verifyCommunicator(*this, tables)))
    return failure();
  return verifyOwnBuffer(*this, "C2", getType(), tables);
}

LogicalResult CommGroupOp::verifyRegions() {
  Block &block = getBody().front();
  // (C1) Calls and a yield.
  auto yield = dyn_cast<YieldOp>(block.back());
  if (!yield)
    return emitOpError("(C1) expected the block to end in 'dag.yield', but got "
                       "'")
           << block.back().getName() << "'";
  for (Operation &op : block.without_terminator()) {
    if (!isa<CommunicationOpInterface>(op))
      return op.emitOpError("(C1) expected only calls in a group");
    for (Value operand : op.getOperands())
      if (operand.getParentBlock() == &block)
        return op.emitOpError("(C1) expected operands from outside of the "
                              "group, whose calls end together");
  }
  // (C2) As many results, of the same types.
  if (!llvm::equal(yield.getOperandTypes(), getResultTypes()))
    return emitOpError("(C2) expected a yield of the types of the results");
  return success();
}

LogicalResult StashOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyOwnBuffer(*this, "C1", getX().getType(), tables);
}

LogicalResult UnstashOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyOwnBuffer(*this, "C1", getType(), tables);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void DagDialect::registerCommOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagCommOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagCommOps.cpp.inc"
