//===- RankOps.cpp - Programs of ranks -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"
#include "dag/Dialect/Dag/IR/NumberRange.h"
#include "dag/Dialect/Dag/IR/Program.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// ProgramOp
//===----------------------------------------------------------------------===//

MeshOp ProgramOp::lookupMesh(SymbolTableCollection *tables) {
  // Symbol uses may be verified on ops that lack an attribute, which their
  // verifier reports.
  return lookupMeshAround(*this, getProperties().mesh, tables);
}

std::optional<MeshShape> dag::getProgramMesh(Operation *op,
                                             SymbolTableCollection *tables) {
  auto program = dyn_cast<ProgramOp>(op);
  if (!program)
    program = op->getParentOfType<ProgramOp>();
  MeshOp mesh = program ? program.lookupMesh(tables) : MeshOp();
  if (!mesh)
    return std::nullopt;
  return MeshShape(mesh);
}

SmallVector<int64_t, 4> dag::getCoordinates(const MeshShape &mesh,
                                            int64_t rank) {
  SmallVector<int64_t, 4> coordinates(mesh.getSizes().size());
  for (size_t i = coordinates.size(); i-- > 0; rank /= mesh.getSizes()[i])
    coordinates[i] = rank % mesh.getSizes()[i];
  return coordinates;
}

int64_t dag::getPosition(const MeshShape &mesh, ArrayRef<StringAttr> axes,
                         ArrayRef<int64_t> coordinates) {
  int64_t position = 0;
  for (StringAttr axis : axes) {
    const auto *it = llvm::find(mesh.getAxes(), axis);
    if (it == mesh.getAxes().end())
      continue;
    size_t index = it - mesh.getAxes().begin();
    position = position * mesh.getSizes()[index] + coordinates[index];
  }
  return position;
}

SmallVector<size_t> dag::getGroup(const MeshShape &mesh, int64_t rank,
                                  ArrayRef<StringAttr> axes) {
  SmallVector<size_t> group;
  SmallVector<int64_t, 4> coordinates = getCoordinates(mesh, rank);
  for (int64_t i = 0, e = mesh.getSize(axes); i < e; ++i) {
    int64_t rest = i;
    for (StringAttr axis : llvm::reverse(axes)) {
      int64_t size = *mesh.getSize(axis);
      coordinates[llvm::find(mesh.getAxes(), axis) - mesh.getAxes().begin()] =
          rest % size;
      rest /= size;
    }
    group.push_back(getPosition(mesh, mesh.getAxes(), coordinates));
  }
  return group;
}

bool dag::areOnOneAxis(StageOp a, StageOp b) {
  return a.getAxisAttr() == b.getAxisAttr();
}

bool dag::comesFromOutside(Operation *op) {
  return isa<ParameterOp, InputOp, KvCacheOp>(op) ||
         op->hasTrait<OpTrait::ConstantLike>();
}

LogicalResult ProgramOp::verifySymbolUses(SymbolTableCollection &tables) {
  // (C1) The mesh exists.
  MeshOp meshOp = lookupMesh(&tables);
  if (!meshOp)
    return emitOpError("(C1) expected ")
           << getProperties().mesh << " to be a mesh";
  MeshShape mesh(meshOp);
  bool failed = false;
  // (C2) Ranks of the mesh.
  int64_t numRanks = mesh.getSize(mesh.getAxes());
  for (auto function : getBody().getOps<FunctionOp>()) {
    RangesAttr ranks = function.getProperties().ranks;
    if (!ranks || ranks.getBounds().empty() ||
        (ranks.getBounds().front() >= 0 && ranks.getBounds().back() < numRanks))
      continue;
    function.emitOpError("(C2) expected ranks from 0 to ")
        << numRanks - 1 << ", but got " << ranks.getSet().str();
    failed = true;
  }
  // (C3) Tensors inside are local.
  llvm::DenseSet<Type> seen;
  (*this)->walk<WalkOrder::PreOrder>([&](Operation *op) {
    bool isBorder = comesFromOutside(op) || isa<FromLocalOp>(op);
    auto check = [&](Type type) {
      if (!seen.insert(type).second)
        return;
      if (isBorder) {
        failed |= verifyOnMesh(op, type, mesh).failed();
        // The same type may not be used inside.
        seen.erase(type);
        return;
      }
      if (!hasSharding(type))
        return;
      op->emitOpError("(C3) expected local tensors in a program, but got ")
          << type;
      failed = true;
    };
    for (Type type : op->getResultTypes())
      check(type);
    for (Region &region : op->getRegions())
      for (Type type : region.getArgumentTypes())
        check(type);
    if (auto buffer = dyn_cast<CommBufferOp>(op))
      if (TypeAttr type = buffer.getProperties().type)
        check(type.getValue());
  });
  return failure(failed);
}

//===----------------------------------------------------------------------===//
// CommunicatorOp
//===----------------------------------------------------------------------===//

LogicalResult CommunicatorOp::verify() {
  // (C1) A non-empty list without repetition.
  if (getAxes().empty())
    return emitOpError("(C1) expected at least one axis");
  llvm::DenseSet<Attribute> seen;
  for (Attribute axis : getAxes())
    if (!seen.insert(axis).second)
      return emitOpError("(C1) expected every axis once, but got ")
             << axis << " twice";
  return success();
}

LogicalResult CommunicatorOp::verifySymbolUses(SymbolTableCollection &tables) {
  std::optional<MeshShape> mesh = getProgramMesh(*this, &tables);
  ArrayAttr axes = getProperties().axes;
  if (!mesh || !axes)
    return success();
  // (C2) The mesh has the axes.
  for (Attribute axis : axes)
    if (!mesh->getSize(cast<StringAttr>(axis)))
      return emitOpError("(C2) expected an axis of the mesh, ")
             << formatAxes(mesh->getAxes()) << ", but got " << axis;
  return success();
}

//===----------------------------------------------------------------------===//
// FunctionOp
//===----------------------------------------------------------------------===//

LogicalResult FunctionOp::verify() {
  // (C2) Some ranks.
  if (getRanks().getBounds().empty())
    return emitOpError("(C2) expected at least one rank");
  // (C3) Their devices.
  if (std::optional<ArrayRef<int64_t>> devices = getDevices()) {
    uint64_t ranks = getRanks().getSet().size();
    if (devices->size() != ranks)
      return emitOpError("(C3) expected ")
             << ranks << " devices, but got " << devices->size();
    constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
    for (int64_t device : *devices)
      if (device < 0 || device == kMax)
        return emitOpError("(C3) expected devices from 0 to ")
               << kMax - 1 << ", but got " << device;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// ToLocalOp, FromLocalOp
//===----------------------------------------------------------------------===//

/// Checks that `local` is the shard of `global` on the ranks of the function.
static LogicalResult verifyBorder(Operation *op, StringRef globalName,
                                  StringRef localName, RankedTensorType global,
                                  RankedTensorType local,
                                  SymbolTableCollection &tables) {
  ShardedType whole(global);
  // (C1) No sum is pending.
  if (whole.hasPartial())
    return emitTypingError(op->getLoc(), op->getName().getStringRef(),
                           TypingKind::PendingSum, "C1",
                           "expected no pending sum on " + globalName +
                               ", but got one over " +
                               formatAxes(whole.partial));
  // (C2) The shard, on every rank.
  auto function = op->getParentOfType<FunctionOp>();
  RangesAttr ranks = function ? function.getProperties().ranks : RangesAttr();
  std::optional<MeshShape> mesh = getProgramMesh(op, &tables);
  if (!mesh || !ranks || failed(verifyOnMesh(op, global, *mesh)))
    return success(!mesh || !ranks);
  auto check = [&](ArrayRef<int64_t> coordinates) -> LogicalResult {
    auto expected = RankedTensorType::get(
        getLocalShape(global, *mesh, coordinates), global.getElementType());
    if (local == expected)
      return success();
    return op->emitOpError("(C2) expected ")
           << localName << " of type " << expected << ", but got " << local;
  };
  // Only shards of uneven dimensions differ.
  if (llvm::none_of(whole.dims, [](DimShardingAttr dim) {
        return static_cast<bool>(dim.getUneven());
      }))
    return check({});
  // Nothing runs as many ranks as a mesh may have: the first ones will do.
  constexpr int64_t kMaxChecked = 1 << 16;
  int64_t end = std::min(mesh->getSize(mesh->getAxes()), kMaxChecked);
  RangeSet set = ranks.getSet();
  for (RangeSet::Range range : set.getRanges())
    for (int64_t rank = std::max<int64_t>(range.first, 0);
         rank <= range.last && rank < end; ++rank)
      if (failed(check(getCoordinates(*mesh, rank))))
        return failure();
  return success();
}

LogicalResult ToLocalOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyBorder(*this, "'x'", "a result",
                      cast<RankedTensorType>(getX().getType()),
                      cast<RankedTensorType>(getType()), tables);
}

LogicalResult FromLocalOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyBorder(*this, "the result", "'x'",
                      cast<RankedTensorType>(getType()),
                      cast<RankedTensorType>(getX().getType()), tables);
}

//===----------------------------------------------------------------------===//
// ShardOffsetOp
//===----------------------------------------------------------------------===//

LogicalResult ShardOffsetOp::verify() {
  auto size = static_cast<int64_t>(getSize());
  // (C1) A size with less padding.
  if (size < 0 || getSplit().getPad() > size)
    return emitOpError("(C1) expected a size of at least ")
           << getSplit().getPad() << ", but got " << size;
  return success();
}

LogicalResult ShardOffsetOp::verifySymbolUses(SymbolTableCollection &tables) {
  std::optional<MeshShape> mesh = getProgramMesh(*this, &tables);
  DimShardingAttr split = getProperties().split;
  IntegerAttr size = getProperties().size;
  if (!mesh || !split || !size)
    return success();
  // (C2) Axes of the mesh that divide the size.
  for (StringAttr axis : split.getAxes())
    if (!mesh->getSize(axis))
      return emitOpError("(C2) expected an axis of the mesh, ")
             << formatAxes(mesh->getAxes()) << ", but got " << axis;
  int64_t ranks = mesh->getSize(split.getAxes());
  if (split.getUneven() ? size.getInt() < ranks : size.getInt() % ranks != 0)
    return emitOpError("(C2) expected a size for ")
           << ranks << " ranks, but got " << size.getInt();
  return success();
}

//===----------------------------------------------------------------------===//
// DynamicSliceOp, PadOp
//===----------------------------------------------------------------------===//

/// A rank has all operands for itself: what lies in parts is for ops of plans.
static LogicalResult expectLocal(const TypingRule &rule, StringRef constraint,
                                 ValueRange operands) {
  for (Value operand : operands)
    if (operand && hasSharding(operand.getType())) {
      std::string type;
      llvm::raw_string_ostream(type) << operand.getType();
      return rule.error(TypingKind::Sharding, constraint,
                        "expected tensors that a rank holds, but got " + type);
    }
  return success();
}

/// (C1) `dim` is a dimension.
static LogicalResult expectDim(const TypingRule &rule,
                               const TypedOperand &operand, int64_t dim) {
  if (dim >= 0 && dim < static_cast<int64_t>(operand.getRank()))
    return success();
  return rule.error(TypingKind::AxisOrRoot, "C1",
                    "expected a dimension below " + Twine(operand.getRank()) +
                        ", but got " + Twine(dim));
}

LogicalResult
DynamicSliceOp::inferReturnTypes(MLIRContext *context,
                                 std::optional<Location> loc, Adaptor adaptor,
                                 SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C5) What a rank holds.
  if (failed(expectLocal(rule, "C5", adaptor.getOperands())))
    return failure();
  FailureOr<TypedOperand> x = rule.getOperand("C1", adaptor.getX(), "x");
  auto dim = static_cast<int64_t>(adaptor.getDim());
  auto size = static_cast<int64_t>(adaptor.getSize());
  if (failed(x) || failed(expectDim(rule, *x, dim)))
    return failure();
  // (C2) Within the dimension.
  if (size <= 0 ||
      (!ShapedType::isDynamic(x->shape[dim]) && size > x->shape[dim]))
    return rule.error(TypingKind::Shape, "C2",
                      "expected at least 1 and at most " +
                          formatSize(x->shape[dim]) + " elements, but got " +
                          Twine(size));
  // (C3) One integer.
  if (failed(rule.expectPosition("C3", adaptor.getOffset())))
    return failure();
  x->shape[dim] = size;
  return rule.addResult("C1", *x, inferredReturnTypes);
}

LogicalResult
PadOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                        Adaptor adaptor,
                        SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C3) What a rank holds.
  if (failed(expectLocal(rule, "C3", adaptor.getOperands())))
    return failure();
  FailureOr<TypedOperand> x = rule.getOperand("C1", adaptor.getX(), "x");
  auto dim = static_cast<int64_t>(adaptor.getDim());
  auto amount = static_cast<int64_t>(adaptor.getAmount());
  if (failed(x) || failed(expectDim(rule, *x, dim)))
    return failure();
  // (C2) Something is added, and the sum is a size.
  if (amount <= 0 ||
      (!ShapedType::isDynamic(x->shape[dim]) &&
       amount > std::numeric_limits<int64_t>::max() - x->shape[dim]))
    return rule.error(TypingKind::Shape, "C2",
                      "expected a positive amount, but got " + Twine(amount));
  if (!ShapedType::isDynamic(x->shape[dim]))
    x->shape[dim] += amount;
  return rule.addResult("C1", *x, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// Ops that know where their shard lies
//===----------------------------------------------------------------------===//

LogicalResult VocabParallelEmbeddingOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C3) What a rank holds.
  if (failed(expectLocal(rule, "C3", adaptor.getOperands())))
    return failure();
  // (C1) Integers and a table of floats.
  FailureOr<TypedOperand> ids = rule.getOperand("C1", adaptor.getIds(), "ids");
  if (failed(ids) || failed(rule.expectInteger("C1", *ids)))
    return failure();
  FailureOr<TypedOperand> table =
      rule.getReducedFloats("C1", adaptor.getTable(), "table", 2);
  if (failed(table))
    return failure();
  // (C2) One integer.
  if (failed(rule.expectPosition("C2", adaptor.getOffset())))
    return failure();
  ShardedType result(ids->shape, table->elementType);
  result.addDim(table->shape[1]);
  return rule.addResult("C1", result, inferredReturnTypes);
}

LogicalResult
AlibiOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                          Adaptor adaptor,
                          SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C4) What a rank holds.
  if (failed(expectLocal(rule, "C4", adaptor.getOperands())))
    return failure();
  // (C1) Scores.
  FailureOr<TypedOperand> scores =
      rule.getReducedFloats("C1", adaptor.getScores(), "scores", 4);
  if (failed(scores))
    return failure();
  // (C2) Integers.
  if (failed(rule.expectPosition("C2", adaptor.getPosition(), &*scores)) ||
      failed(rule.expectPosition("C2", adaptor.getOffset())))
    return failure();
  // (C3) Positive figures.
  auto heads = static_cast<int64_t>(adaptor.getHeads());
  if (heads <= 0)
    return rule.error(TypingKind::Shape, "C3",
                      "expected 'heads' to be positive, but got " +
                          Twine(heads));
  if (failed(expectNumber(rule, "C3", "base",
                          adaptor.getBase().convertToDouble())))
    return failure();
  return rule.addResult("C1", *scores, inferredReturnTypes);
}

LogicalResult ExpertParallelCombineOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C4) What a rank holds.
  if (failed(expectLocal(rule, "C4", adaptor.getOperands())))
    return failure();
  // (C1) Ranks and types.
  FailureOr<TypedOperand> y =
      rule.getReducedFloats("C1", adaptor.getY(), "y", 3);
  FailureOr<TypedOperand> weights =
      rule.getReducedFloats("C1", adaptor.getWeights(), "weights", 3);
  FailureOr<TypedOperand> indices =
      rule.getOperand("C1", adaptor.getIndices(), "indices", 3);
  if (failed(y) || failed(weights) || failed(indices) ||
      failed(rule.expectInteger("C1", *indices)) ||
      failed(rule.expectSameElementType("C1", *y, *weights)))
    return failure();
  // (C2) One shape.
  for (unsigned dim = 0; dim < 3; ++dim)
    if (failed(rule.expectSameDim("C2", *weights, dim, *indices, dim)))
      return failure();
  // (C3) One integer.
  if (failed(rule.expectPosition("C3", adaptor.getOffset())))
    return failure();
  ShardedType result({weights->shape[0], weights->shape[1], y->shape[2]},
                     y->elementType);
  return rule.addResult("C1", result, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void DagDialect::registerRankOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagRankOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagRankOps.cpp.inc"
