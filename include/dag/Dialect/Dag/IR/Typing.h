//===- Typing.h - Rules that infer and verify types -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The typing rule of an op is its `inferReturnTypes`: from the types of the
// operands it computes those of the results, or says which numbered constraint
// does not hold. Builders infer with it; the verifier compares what it infers
// with what the op has. Every message carries the code of a finding, so that
// the verification of a deployment can report what a verifier rejects.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_TYPING_H
#define DAG_DIALECT_DAG_IR_TYPING_H

#include "dag/Diagnostics/Codes.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "mlir/IR/Diagnostics.h"

#include <optional>

namespace mlir::dag {

/// What a typing rule can find wrong.
enum class TypingKind {
  PendingSum,     // a sum is used before it is reduced
  NothingPending, // a collective reduces what is not pending
  Sharding,       // shardings do not fit together
  AxisOrRoot,     // a wrong axis or root of a collective
  Heads,          // heads, KV heads, head size
  Division,       // division, padding, remainder
  ElementType,
  Shape,
  Buffer, // a transfer without its buffer
  Peer    // a transfer to a wrong stage
};

/// The code of a finding: `DAG505` for a pending sum.
Code getTypingCode(TypingKind kind);

/// Marks a diagnostic with the code of a finding.
void setTypingCode(InFlightDiagnostic &diagnostic, TypingKind kind);

/// The code that a diagnostic was marked with.
std::optional<Code> getTypingCode(Diagnostic &diagnostic);

/// Emits `'op' op (C3) message`, marked with the code of `kind`. Without a
/// location nothing is emitted.
LogicalResult emitTypingError(std::optional<Location> loc, StringRef opName,
                              TypingKind kind, StringRef constraint,
                              const Twine &message);

/// What is wrong with `actual` where `expected` is right: the shape, else the
/// element type, else the sharding.
TypingKind classifyMismatch(Type expected, Type actual);

/// Checks that a tensor type (or the payload of a transfer) lies on `mesh`:
/// (C5) it names axes of the mesh, (C6) its sizes divide, (C7) its roots exist,
/// (C9) it does not name `ofStages`, the axis that its stage lies on. Errors
/// are emitted at `op`, as those of the model that is on the mesh.
LogicalResult verifyOnMesh(Operation *op, Type type, const MeshShape &mesh,
                           StringAttr ofStages = {});

/// Checks the results of an op that passes its structural invariants (number
/// of operands, attributes) against its typing rule. Without a location no
/// diagnostic is made. True for ops without a rule.
bool checkTyping(Operation *op, std::optional<Location> loc);

/// An operand under the eyes of a typing rule.
struct TypedOperand : ShardedType {
  StringRef name;
  /// Null for a type without a value.
  Value value;
};

/// What a typing rule needs to look at operands and to complain. All `expect`
/// methods emit at most one error and name the constraint.
class TypingRule {
public:
  TypingRule(MLIRContext *context, std::optional<Location> loc,
             StringRef opName)
      : context(context), loc(loc), opName(opName) {}

  MLIRContext *getContext() const { return context; }

  /// The same rule, as a part of another: whatever does not hold is reported
  /// under `constraint`.
  TypingRule under(StringRef constraint) const {
    TypingRule part = *this;
    part.wholeConstraint = constraint;
    return part;
  }

  LogicalResult error(TypingKind kind, StringRef constraint,
                      const Twine &message) const {
    return emitTypingError(loc, opName, kind, getLabel(constraint), message);
  }

  /// Takes an operand apart, and checks that it is a ranked tensor that is
  /// not at a root. A `rank` of -1 allows every rank.
  FailureOr<TypedOperand> getOperand(StringRef constraint, Value value,
                                     StringRef name, int64_t rank = -1) const;
  /// The same for an operand that may exist at a root only.
  FailureOr<TypedOperand> getOperandAtRoot(StringRef constraint, Value value,
                                           StringRef name,
                                           int64_t rank = -1) const;

  /// No sum is pending on `operand`.
  LogicalResult expectReduced(StringRef constraint,
                              const TypedOperand &operand) const;
  /// Dimension `dim` is not sharded.
  LogicalResult expectUnsharded(StringRef constraint,
                                const TypedOperand &operand,
                                unsigned dim) const;
  /// Two dimensions are equal in size, axes and padding.
  LogicalResult expectSameDim(StringRef constraint, const TypedOperand &lhs,
                              unsigned lhsDim, const TypedOperand &rhs,
                              unsigned rhsDim) const;
  /// Dimension `dim` has `size` elements.
  LogicalResult expectDimSize(StringRef constraint, const TypedOperand &operand,
                              unsigned dim, int64_t size) const;
  LogicalResult expectSameElementType(StringRef constraint,
                                      const TypedOperand &lhs,
                                      const TypedOperand &rhs) const;
  LogicalResult expectInteger(StringRef constraint,
                              const TypedOperand &operand) const;
  LogicalResult expectFloat(StringRef constraint,
                            const TypedOperand &operand) const;
  /// Shapes, element types and shardings are equal, pending sums aside.
  LogicalResult expectSameLayout(StringRef constraint, const TypedOperand &lhs,
                                 const TypedOperand &rhs) const;

  /// The same sums are pending on both.
  LogicalResult expectSamePending(StringRef constraint, const TypedOperand &lhs,
                                  const TypedOperand &rhs) const;
  /// `position`, unless it is null, is one integer that all ranks have, or, of
  /// the sequences in the first dimension of `batch`, one for each.
  LogicalResult expectPosition(StringRef constraint, Value position,
                               const TypedOperand *batch = nullptr) const;
  /// The same for integers of rank 1, one for each sequence.
  LogicalResult expectOneEach(StringRef constraint, Value value, StringRef name,
                              const TypedOperand &batch) const;

  /// The operand, checked to be of floats and reduced.
  FailureOr<TypedOperand> getReducedFloats(StringRef constraint, Value value,
                                           StringRef name,
                                           int64_t rank = -1) const;

  /// Checks that no axis is used twice and appends the type.
  LogicalResult addResult(StringRef constraint, const ShardedType &type,
                          SmallVectorImpl<Type> &results) const;

private:
  StringRef getLabel(StringRef constraint) const {
    return wholeConstraint.empty() ? constraint : wholeConstraint;
  }

  MLIRContext *context;
  std::optional<Location> loc;
  StringRef opName;
  StringRef wholeConstraint;
};

/// A size of a dimension, or `?`.
std::string formatSize(int64_t size);

/// Compares result types with the inferred ones; the message shows both.
LogicalResult verifyResultTypes(std::optional<Location> loc, StringRef opName,
                                TypeRange inferred, TypeRange actual);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_TYPING_H
