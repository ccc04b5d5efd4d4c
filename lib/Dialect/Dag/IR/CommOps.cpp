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
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// What members agree on
//===----------------------------------------------------------------------===//

RankedTensorType dag::detail::getCountedType(Operation *call,
                                             CollectiveKind kind,
                                             bool isUneven) {
  // A member gets less than it gives of what is scattered, and the other way
  // round; what uneven parts make together is on the other side.
  bool countsOperand = call->getNumResults() == 0 || scatters(kind) == isUneven;
  Value counted;
  if (countsOperand && call->getNumOperands() != 0)
    counted = call->getOperand(0);
  else if (call->getNumResults() != 0)
    counted = call->getResult(0);
  return counted ? dyn_cast<RankedTensorType>(counted.getType())
                 : RankedTensorType();
}

int64_t CommunicationOpInterface::getElementCount() {
  RankedTensorType type = getCountedType();
  if (!type)
    return ShapedType::kDynamic;
  int64_t count = 1;
  for (int64_t size : type.getShape()) {
    std::optional<int64_t> product = multiplySizes(count, size);
    if (!product)
      return ShapedType::kDynamic;
    count = *product;
  }
  return count;
}

Type CommunicationOpInterface::getElementType() {
  RankedTensorType type = getCountedType();
  return type ? type.getElementType() : Type();
}

std::string dag::getCallSignature(CommunicationOpInterface call,
                                  int64_t members) {
  std::string text = stringifyCollectiveKind(call.getCallKind()).str();
  llvm::raw_string_ostream os(text);
  SmallVector<int64_t, 2> dims = call.getCallDims();
  if (dims.size() == 1)
    os << " dim " << dims.front();
  else if (dims.size() == 2)
    os << " split " << dims.front() << " concat " << dims.back();
  if (RankedTensorType type = call.getCountedType()) {
    os << " of ";
    if (type.getRank() == 0)
      os << 1;
    llvm::interleave(
        type.getShape(), os, [&](int64_t size) { os << formatSize(size); },
        "x");
    os << " x " << type.getElementType();
  }
  if (std::optional<int64_t> root = call.getRootMember())
    os << " root " << *root;
  os << " among " << members;
  return text;
}

CommunicatorOp dag::lookupCommunicator(CommunicationOpInterface call,
                                       SymbolTableCollection *tables) {
  FlatSymbolRefAttr name = call.getCommunicatorAttr();
  if (!name)
    return {};
  if (tables)
    return tables->lookupNearestSymbolFrom<CommunicatorOp>(call, name);
  return mlir::SymbolTable::lookupNearestSymbolFrom<CommunicatorOp>(call, name);
}

//===----------------------------------------------------------------------===//
// Pieces of verification
//===----------------------------------------------------------------------===//

/// (C1) The communicator exists, and members have its numbers. Nothing where
/// another verifier complains.
static FailureOr<std::optional<int64_t>>
verifyCommunicator(CommunicationOpInterface call,
                   SymbolTableCollection &tables) {
  FlatSymbolRefAttr name = call.getCommunicatorAttr();
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
  auto expectMember = [&](StringRef what,
                          std::optional<int64_t> member) -> LogicalResult {
    if (!member || (*member >= 0 && *member < members))
      return success();
    return call->emitOpError("(C1) expected the ")
           << what << " to be a member from 0 to " << members - 1 << " of "
           << name << ", but got " << *member;
  };
  if (failed(expectMember("peer", call.getPeerMember())) ||
      failed(expectMember("root", call.getRootMember())))
    return failure();
  return std::optional<int64_t>(members);
}

/// True if `part` is what one of `members` has of `whole`; where parts are
/// uneven, the member at `position`.
static bool isPart(int64_t part, int64_t whole, int64_t members,
                   std::optional<int64_t> position) {
  if (ShapedType::isDynamic(part) || ShapedType::isDynamic(whole))
    return true;
  if (position)
    return part == whole / members + (*position < whole % members);
  return whole % members == 0 && part == whole / members;
}

/// (C2) The result is `x` but for the dimensions that are gathered, which go
/// from a part to the whole, and those that are split, the other way round.
static bool fitsResult(CommunicationOpInterface call, RankedTensorType x,
                       RankedTensorType result, ArrayRef<int64_t> dims,
                       int64_t members, std::optional<int64_t> position) {
  if (x.getRank() != result.getRank() ||
      x.getElementType() != result.getElementType())
    return false;
  CollectiveKind kind = call.getCallKind();
  for (auto [dim, before, after] :
       llvm::enumerate(x.getShape(), result.getShape())) {
    auto index = static_cast<int64_t>(dim);
    if (!llvm::is_contained(dims, index)) {
      if (before != after)
        return false;
      continue;
    }
    bool isGathered = gathers(kind) || (kind == CollectiveKind::AllToAll &&
                                        index == dims.back());
    if (!isPart(isGathered ? before : after, isGathered ? after : before,
                members, position))
      return false;
  }
  return true;
}

/// Where members of uneven parts stand in the communicator of `call`, for the
/// ranks that make it; nothing for equal parts.
static SmallVector<std::optional<int64_t>>
getPositions(CommunicationOpInterface call, SymbolTableCollection &tables) {
  if (!call.hasUnevenParts())
    return {std::nullopt};
  auto function = call->getParentOfType<FunctionOp>();
  RangesAttr ranks = function ? function.getProperties().ranks : RangesAttr();
  std::optional<MeshShape> mesh = getProgramMesh(call, &tables);
  if (!mesh || !ranks)
    return {};
  SmallVector<StringAttr> axes;
  for (Attribute axis : lookupCommunicator(call, &tables).getAxes())
    axes.push_back(cast<StringAttr>(axis));
  // Nothing runs as many ranks as a mesh may have: the first ones will do.
  constexpr int64_t kMaxChecked = 1 << 16;
  int64_t end = std::min(mesh->getSize(mesh->getAxes()), kMaxChecked);
  llvm::SmallSetVector<int64_t, 4> positions;
  RangeSet set = ranks.getSet();
  for (RangeSet::Range range : set.getRanges())
    for (int64_t rank = std::max<int64_t>(range.first, 0);
         rank <= range.last && rank < end; ++rank)
      positions.insert(getPosition(*mesh, axes, getCoordinates(*mesh, rank)));
  return {positions.begin(), positions.end()};
}

LogicalResult dag::verifyCollectiveCall(CommunicationOpInterface call,
                                        SymbolTableCollection &tables) {
  CollectiveKind kind = call.getCallKind();
  SmallVector<int64_t, 2> dims = call.getCallDims();
  // Another verifier complains of a dimension that is not there.
  bool isExchange = kind == CollectiveKind::AllToAll;
  if (dims.empty() && (isExchange || gathers(kind) || scatters(kind)))
    return success();
  if (isExchange && dims.front() == dims.back())
    return call->emitOpError("(C2) expected different dimensions, but got ")
           << dims.front() << " twice";
  FailureOr<std::optional<int64_t>> members = verifyCommunicator(call, tables);
  if (failed(members))
    return failure();
  if (!*members)
    return success();
  auto x = cast<RankedTensorType>(call->getOperand(0).getType());
  auto result = cast<RankedTensorType>(call->getResult(0).getType());
  for (int64_t dim : dims)
    if (dim < 0 || dim >= x.getRank())
      return call->emitOpError("(C2) expected a dimension below ")
             << x.getRank() << ", but got " << dim;
  for (std::optional<int64_t> position : getPositions(call, tables)) {
    if (fitsResult(call, x, result, dims, **members, position))
      continue;
    InFlightDiagnostic diagnostic =
        call->emitOpError("(C2) expected a result that fits the operand, ")
        << x << ", ";
    if (position)
      diagnostic << "on member " << *position << " of " << **members << ", ";
    diagnostic << "but got " << result;
    setTypingCode(diagnostic, TypingKind::Shape);
    return diagnostic;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult CommSendOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (failed(verifyCommunicator(*this, tables)))
    return failure();
  return verifyBuffer(*this, "C2", "C2", getBufferAttr(), getX().getType(),
                      tables);
}

LogicalResult CommRecvOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (failed(verifyCommunicator(*this, tables)))
    return failure();
  return verifyBuffer(*this, "C2", "C2", getBufferAttr(), getType(), tables);
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
  return verifyBuffer(*this, "C1", "C1", getBufferAttr(), getX().getType(),
                      tables);
}

LogicalResult UnstashOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyBuffer(*this, "C1", "C1", getBufferAttr(), getType(), tables);
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
