//===- Typing.cpp - Rules that infer and verify types -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Typing.h"
#include "dag/Dialect/Dag/IR/NumberRange.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Errors and their codes
//===----------------------------------------------------------------------===//

Code mlir::dag::getTypingCode(TypingKind kind) {
  switch (kind) {
  case TypingKind::PendingSum:
    return Code::DAG505;
  case TypingKind::NothingPending:
    return Code::DAG506;
  case TypingKind::Sharding:
    return Code::DAG508;
  case TypingKind::AxisOrRoot:
    return Code::DAG509;
  case TypingKind::Heads:
    return Code::DAG704;
  case TypingKind::Division:
    return Code::DAG705;
  case TypingKind::ElementType:
    return Code::DAG707;
  case TypingKind::Shape:
    return Code::DAG708;
  case TypingKind::Buffer:
    return Code::DAG305;
  case TypingKind::Peer:
    return Code::DAG306;
  }
  llvm_unreachable("unknown kind of a typing error");
}

void mlir::dag::setTypingCode(InFlightDiagnostic &diagnostic, TypingKind kind) {
  if (Diagnostic *underlying = diagnostic.getUnderlyingDiagnostic())
    underlying->getMetadata().push_back(
        DiagnosticArgument(getCodeInfo(getTypingCode(kind)).code));
}

std::optional<Code> mlir::dag::getTypingCode(Diagnostic &diagnostic) {
  for (const DiagnosticArgument &argument : diagnostic.getMetadata())
    if (argument.getKind() ==
        DiagnosticArgument::DiagnosticArgumentKind::String)
      if (std::optional<Code> code = parseCode(argument.getAsString()))
        return code;
  return std::nullopt;
}

/// Starts `'op' op (C3) message`.
static InFlightDiagnostic startTypingError(Location loc, StringRef opName,
                                           TypingKind kind,
                                           StringRef constraint,
                                           const Twine &message) {
  InFlightDiagnostic diagnostic = emitError(loc)
                                  << "'" << opName << "' op (" << constraint
                                  << ") " << message;
  setTypingCode(diagnostic, kind);
  return diagnostic;
}

LogicalResult mlir::dag::emitTypingError(std::optional<Location> loc,
                                         StringRef opName, TypingKind kind,
                                         StringRef constraint,
                                         const Twine &message) {
  if (!loc)
    return failure();
  return startTypingError(*loc, opName, kind, constraint, message);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// The tensor that is computed, or under way.
static std::optional<ShardedType> getTensor(Type type) {
  if (auto transfer = dyn_cast_if_present<TransferType>(type))
    type = transfer.getPayload();
  return ShardedType::get(type);
}

TypingKind mlir::dag::classifyMismatch(Type expected, Type actual) {
  std::optional<ShardedType> want = getTensor(expected);
  std::optional<ShardedType> got = getTensor(actual);
  if (!want || !got || want->shape != got->shape)
    return TypingKind::Shape;
  if (want->elementType != got->elementType)
    return TypingKind::ElementType;
  // A type that hides a pending sum.
  bool hidesSum = llvm::any_of(want->partial, [&](StringAttr axis) {
    return !got->isPartialOver(axis);
  });
  return hidesSum ? TypingKind::PendingSum : TypingKind::Sharding;
}

LogicalResult mlir::dag::verifyResultTypes(std::optional<Location> loc,
                                           StringRef opName, TypeRange inferred,
                                           TypeRange actual) {
  if (inferred.size() != actual.size()) {
    if (loc)
      emitError(*loc) << "'" << opName << "' op expected " << inferred.size()
                      << " results, but got " << actual.size();
    return failure();
  }
  for (auto [index, pair] :
       llvm::enumerate(llvm::zip_equal(inferred, actual))) {
    auto [expected, got] = pair;
    if (expected == got)
      continue;
    if (!loc)
      return failure();
    InFlightDiagnostic diagnostic = emitError(*loc);
    diagnostic << "'" << opName << "' op expected ";
    if (inferred.size() > 1)
      diagnostic << "result " << index << " of ";
    diagnostic << "type " << expected << ", but got " << got;
    setTypingCode(diagnostic, classifyMismatch(expected, got));
    return diagnostic;
  }
  return success();
}

bool mlir::dag::checkTyping(Operation *op, std::optional<Location> loc) {
  auto inference = dyn_cast<InferTypeOpInterface>(op);
  if (!inference)
    return true;
  SmallVector<Type, 4> inferred;
  if (failed(inference.inferReturnTypes(
          op->getContext(), loc, op->getOperands(), op->getRawDictionaryAttrs(),
          op->getPropertiesStorage(), op->getRegions(), inferred)) ||
      failed(checkNumbers(op, loc)))
    return false;
  return succeeded(verifyResultTypes(loc, op->getName().getStringRef(),
                                     inferred, op->getResultTypes()));
}

//===----------------------------------------------------------------------===//
// Types on a mesh
//===----------------------------------------------------------------------===//

LogicalResult mlir::dag::verifyOnMesh(Operation *op, Type type,
                                      const MeshShape &mesh,
                                      StringAttr ofStages) {
  std::optional<ShardedType> tensor = getTensor(type);
  if (!tensor || tensor->isReplicated())
    return success();
  auto error = [&](TypingKind kind, StringRef constraint,
                   const Twine &message) {
    return emitTypingError(op->getLoc(), op->getName().getStringRef(), kind,
                           constraint, message);
  };
  // (C5) The mesh has the axes.
  SmallVector<StringAttr, 8> axes(tensor->partial.begin(),
                                  tensor->partial.end());
  for (DimShardingAttr dim : tensor->dims)
    llvm::append_range(axes, dim.getAxes());
  for (const AxisCoordinate &root : tensor->roots)
    axes.push_back(root.axis);
  for (StringAttr axis : axes)
    if (!mesh.getSize(axis))
      return error(TypingKind::AxisOrRoot, "C5",
                   "expected an axis of the mesh, " +
                       formatAxes(mesh.getAxes()) + ", but got '" +
                       axis.getValue() + "'");
  // (C9) Along the axis of stages no tensor is cut or summed.
  if (ofStages && llvm::is_contained(axes, ofStages))
    return error(TypingKind::AxisOrRoot, "C9",
                 "expected axes other than the one its stage lies on, but got "
                 "'" +
                     ofStages.getValue() + "'");
  // (C6) Sizes divide.
  for (unsigned i = 0, rank = tensor->getRank(); i < rank; ++i) {
    DimShardingAttr dim = tensor->dims[i];
    int64_t size = tensor->shape[i];
    if (!dim.isSharded() || ShapedType::isDynamic(size))
      continue;
    int64_t ranks = mesh.getSize(dim.getAxes());
    if (dim.getUneven() ? size < ranks : size % ranks != 0)
      return error(
          TypingKind::Division, "C6",
          "expected dimension " + Twine(i) + " of size " + Twine(size) +
              (dim.getUneven() ? " to have an element for each of the "
                               : " to divide by the ") +
              Twine(ranks) + " ranks of " + formatAxes(dim.getAxes()) +
              (dim.getUneven() ? ""
                               : ", but " + std::to_string(size % ranks) +
                                     " elements remain"));
  }
  // (C7) Roots lie on the axis.
  for (const AxisCoordinate &root : tensor->roots)
    if (root.coordinate >= *mesh.getSize(root.axis))
      return error(TypingKind::AxisOrRoot, "C7",
                   "expected a root below " + Twine(*mesh.getSize(root.axis)) +
                       " on '" + root.axis.getValue() + "', but got " +
                       Twine(root.coordinate));
  return success();
}

//===----------------------------------------------------------------------===//
// TypingRule
//===----------------------------------------------------------------------===//

FailureOr<TypedOperand> TypingRule::getOperandAtRoot(StringRef constraint,
                                                     Value value,
                                                     StringRef name,
                                                     int64_t rank) const {
  auto type = dyn_cast_if_present<RankedTensorType>(value.getType());
  if (!type)
    return error(TypingKind::Shape, constraint,
                 "expected '" + name + "' to be a ranked tensor");
  if (rank >= 0 && type.getRank() != rank)
    return error(TypingKind::Shape, constraint,
                 "expected '" + name + "' to be of rank " + Twine(rank) +
                     ", but got rank " + Twine(type.getRank()));
  return TypedOperand{ShardedType(type), name, value};
}

FailureOr<TypedOperand> TypingRule::getOperand(StringRef constraint,
                                               Value value, StringRef name,
                                               int64_t rank) const {
  FailureOr<TypedOperand> operand =
      getOperandAtRoot(constraint, value, name, rank);
  if (succeeded(operand) && operand->hasRoot())
    return error(TypingKind::AxisOrRoot, constraint,
                 "expected '" + name +
                     "' on all ranks, but it exists only at '" +
                     operand->roots.front().axis.getValue() +
                     "' = " + Twine(operand->roots.front().coordinate));
  return operand;
}

LogicalResult TypingRule::expectReduced(StringRef constraint,
                                        const TypedOperand &operand) const {
  if (!operand.hasPartial())
    return success();
  if (!loc)
    return failure();
  InFlightDiagnostic diagnostic = startTypingError(
      *loc, opName, TypingKind::PendingSum, getLabel(constraint),
      "expected '" + operand.name + "' to be reduced, but its sum over " +
          formatAxes(operand.partial) + " is pending");
  if (operand.value)
    diagnostic.attachNote(operand.value.getLoc()) << "the summands come from "
                                                     "here";
  return diagnostic;
}

LogicalResult TypingRule::expectUnsharded(StringRef constraint,
                                          const TypedOperand &operand,
                                          unsigned dim) const {
  if (!operand.dims[dim].isSharded())
    return success();
  return error(TypingKind::Sharding, constraint,
               "expected dimension " + Twine(dim) + " of '" + operand.name +
                   "' not to be sharded, but it is over " +
                   formatAxes(operand.dims[dim].getAxes()));
}

/// Prints `{tp} pad 3`.
static std::string formatDim(DimShardingAttr dim) {
  std::string text = formatAxes(dim.getAxes());
  if (dim.getPad() != 0)
    text += " pad " + std::to_string(dim.getPad());
  if (dim.getUneven())
    text += " uneven";
  return text;
}

std::string mlir::dag::formatSize(int64_t size) {
  return ShapedType::isDynamic(size) ? "?" : std::to_string(size);
}

LogicalResult TypingRule::expectSameDim(StringRef constraint,
                                        const TypedOperand &lhs,
                                        unsigned lhsDim,
                                        const TypedOperand &rhs,
                                        unsigned rhsDim) const {
  auto describe = [&]() {
    return ("dimension " + Twine(lhsDim) + " of '" + lhs.name +
            "' and dimension " + Twine(rhsDim) + " of '" + rhs.name + "'")
        .str();
  };
  if (lhs.shape[lhsDim] != rhs.shape[rhsDim])
    return error(TypingKind::Shape, constraint,
                 "expected " + describe() + " to have one size, but got " +
                     formatSize(lhs.shape[lhsDim]) + " and " +
                     formatSize(rhs.shape[rhsDim]));
  DimShardingAttr left = lhs.dims[lhsDim], right = rhs.dims[rhsDim];
  if (left == right)
    return success();
  // The axes agree: what differs is what is done about the remainder.
  TypingKind kind = left.getAxes() == right.getAxes() ? TypingKind::Division
                                                      : TypingKind::Sharding;
  return error(kind, constraint,
               "expected " + describe() + " to be sharded alike, but got " +
                   formatDim(left) + " and " + formatDim(right));
}

LogicalResult TypingRule::expectDimSize(StringRef constraint,
                                        const TypedOperand &operand,
                                        unsigned dim, int64_t size) const {
  if (operand.shape[dim] == size)
    return success();
  return error(TypingKind::Shape, constraint,
               "expected dimension " + Twine(dim) + " of '" + operand.name +
                   "' to have size " + formatSize(size) + ", but got " +
                   formatSize(operand.shape[dim]));
}

/// `bf16`, `i32`.
static std::string formatType(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

LogicalResult TypingRule::expectSameElementType(StringRef constraint,
                                                const TypedOperand &lhs,
                                                const TypedOperand &rhs) const {
  if (lhs.elementType == rhs.elementType)
    return success();
  return error(TypingKind::ElementType, constraint,
               "expected '" + lhs.name + "' and '" + rhs.name +
                   "' to have one element type, but got " +
                   formatType(lhs.elementType) + " and " +
                   formatType(rhs.elementType));
}

LogicalResult TypingRule::expectInteger(StringRef constraint,
                                        const TypedOperand &operand) const {
  if (isa<IntegerType, IndexType>(operand.elementType))
    return success();
  return error(TypingKind::ElementType, constraint,
               "expected '" + operand.name + "' to be of integers, but got " +
                   formatType(operand.elementType));
}

LogicalResult TypingRule::expectFloat(StringRef constraint,
                                      const TypedOperand &operand) const {
  if (isa<FloatType>(operand.elementType))
    return success();
  return error(TypingKind::ElementType, constraint,
               "expected '" + operand.name + "' to be of floats, but got " +
                   formatType(operand.elementType));
}

LogicalResult TypingRule::expectSameLayout(StringRef constraint,
                                           const TypedOperand &lhs,
                                           const TypedOperand &rhs) const {
  if (lhs.getRank() != rhs.getRank())
    return error(TypingKind::Shape, constraint,
                 "expected '" + lhs.name + "' and '" + rhs.name +
                     "' to have one rank, but got " + Twine(lhs.getRank()) +
                     " and " + Twine(rhs.getRank()));
  for (unsigned dim = 0, rank = lhs.getRank(); dim < rank; ++dim)
    if (failed(expectSameDim(constraint, lhs, dim, rhs, dim)))
      return failure();
  return success();
}

LogicalResult TypingRule::expectSamePending(StringRef constraint,
                                            const TypedOperand &lhs,
                                            const TypedOperand &rhs) const {
  // As types they are sorted, so that equal sets are equal lists.
  if (lhs.partial == rhs.partial)
    return success();
  if (!loc)
    return failure();
  InFlightDiagnostic diagnostic = startTypingError(
      *loc, opName, TypingKind::PendingSum, getLabel(constraint),
      "expected the same sums to be pending on '" + lhs.name + "' and '" +
          rhs.name + "', but got " + formatAxes(lhs.partial) + " and " +
          formatAxes(rhs.partial));
  for (const TypedOperand *operand : {&lhs, &rhs})
    if (operand->hasPartial() && operand->value)
      diagnostic.attachNote(operand->value.getLoc())
          << "the summands of '" << operand->name << "' come from here";
  return diagnostic;
}

LogicalResult TypingRule::expectPosition(StringRef constraint, Value position,
                                         const TypedOperand *batch) const {
  if (!position)
    return success();
  auto type = dyn_cast<RankedTensorType>(position.getType());
  if (batch && type && type.getRank() > 1)
    return error(TypingKind::Shape, constraint,
                 "expected 'position' to be of rank 0 or 1, but got rank " +
                     Twine(type.getRank()));
  if (batch && type && type.getRank() == 1)
    return expectOneEach(constraint, position, "position", *batch);
  FailureOr<TypedOperand> operand =
      getOperand(constraint, position, "position", 0);
  if (failed(operand) || failed(expectInteger(constraint, *operand)))
    return failure();
  return expectReduced(constraint, *operand);
}

LogicalResult TypingRule::expectOneEach(StringRef constraint, Value value,
                                        StringRef name,
                                        const TypedOperand &batch) const {
  FailureOr<TypedOperand> operand = getOperand(constraint, value, name, 1);
  if (failed(operand) || failed(expectInteger(constraint, *operand)) ||
      failed(expectReduced(constraint, *operand)))
    return failure();
  return expectSameDim(constraint, *operand, 0, batch, 0);
}

FailureOr<TypedOperand> TypingRule::getReducedFloats(StringRef constraint,
                                                     Value value,
                                                     StringRef name,
                                                     int64_t rank) const {
  FailureOr<TypedOperand> operand = getOperand(constraint, value, name, rank);
  if (failed(operand) || failed(expectFloat(constraint, *operand)) ||
      failed(expectReduced(constraint, *operand)))
    return failure();
  return operand;
}

LogicalResult TypingRule::addResult(StringRef constraint,
                                    const ShardedType &type,
                                    SmallVectorImpl<Type> &results) const {
  if (StringAttr axis = type.findRepeatedAxis())
    return error(TypingKind::Sharding, constraint,
                 "expected every axis to be used once in the result, but '" +
                     axis.getValue() + "' is used twice");
  results.push_back(type.toType());
  return success();
}
