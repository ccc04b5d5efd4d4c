//===- CostOpInterface.h - What an op costs on a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/Memory.md has the formulas and their sources.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_COSTOPINTERFACE_H
#define DAG_INTERFACES_COSTOPINTERFACE_H

#include "dag/Dialect/Dag/IR/CompositeParts.h"
#include "dag/Dialect/Dag/IR/Sharding.h"

#include <deque>

namespace mlir::dag {

/// The part of a tensor that a rank holds; the largest one.
struct LocalTensor {
  SmallVector<int64_t, 4> shape;
  /// Zero where a size is not known.
  int64_t elements = 0;
  int64_t bytes = 0;
  bool isKnown = false;
};

/// Width of the numbers that a product multiplies; devices have a rate for
/// each.
enum class NumberWidth { Bits8, Bits16, Bits32 };

/// What a rank sends to others in one call.
struct WireUse {
  /// A collective, or `Send`.
  CollectiveKind kind = CollectiveKind::Slice;
  /// The group: ranks that differ on these axes only. Null if it is not known.
  ArrayAttr axes;
  /// How many these are.
  int64_t ranks = 0;
  /// Bytes that a rank sends; over a ring, or at the root.
  int64_t bytes = 0;
  /// Positions on the axes, of the sender and of the receiver of a `Send`.
  std::optional<std::pair<int64_t, int64_t>> ends;
};

/// Figures that are larger than they say, since a size is not known: it counts
/// as nothing.
struct UnknownFigures {
  bool flops = false;
  /// Bytes that move between memory and chip.
  bool moved = false;
  bool parameters = false;
  bool cache = false;
  bool wire = false;

  bool any() const { return flops || moved || parameters || cache || wire; }
  UnknownFigures &operator|=(const UnknownFigures &other);
  bool operator==(const UnknownFigures &other) const;
};

/// What one run of an op costs on one rank. Figures saturate at the largest
/// integer.
struct OpCost {
  /// Floating-point operations of matrix products; a multiply-add is two.
  int64_t flops = 0;
  NumberWidth width = NumberWidth::Bits16;
  /// Bytes that move between memory and chip.
  int64_t bytesRead = 0;
  int64_t bytesWritten = 0;
  /// Elements and bytes of parameters, and bytes of KV caches, that are kept.
  int64_t parameters = 0;
  int64_t parameterBytes = 0;
  int64_t cacheBytes = 0;
  std::optional<WireUse> wire;
  UnknownFigures unknown;

  /// Calls back with the name of each figure, in words, and its value.
  void forEachFigure(function_ref<void(StringRef, int64_t)> callback) const;

  /// Adds an op that runs on the rank alone.
  OpCost &operator+=(const OpCost &other);
};

/// What is asked with the question what an op costs: the mesh, and what has
/// been learnt of types and names, so that one object should serve all ops of a
/// model or program.
class CostContext {
public:
  explicit CostContext(const MeshShape &mesh) : mesh(mesh) {}

  /// What `op` says that it costs; for a composite that does not say it, the
  /// sum over its parts. Nothing for any other op.
  std::optional<OpCost> getCost(Operation *op);
  /// The sum over the parts; nothing, with a diagnostic, if there are none, and
  /// nothing if one does not say what it costs.
  std::optional<OpCost> getCostOfParts(CompositeOpInterface op);
  CompositeParts &getParts() { return parts; }

  /// Experts work on all slots of their capacity, as in the worst case, not on
  /// as many as tokens are routed to.
  void countAllSlots() { allSlots = true; }
  bool countsAllSlots() const { return allSlots; }

  const MeshShape &getMesh() const { return mesh; }
  /// The local part of a tensor; unknown for any other type.
  const LocalTensor &getLocal(Type type);
  /// The stage of a model by its index, or null.
  StageOp lookupStage(ModelOp model, int64_t index);
  SymbolTableCollection &getSymbolTables() { return tables; }

private:
  MeshShape mesh;
  bool allSlots = false;
  DenseMap<Type, const LocalTensor *> known;
  std::deque<LocalTensor> tensors;
  DenseMap<Operation *, DenseMap<int64_t, StageOp>> stages;
  SymbolTableCollection tables;
  CompositeParts parts;
  /// By the parts, which composites that are alike share.
  DenseMap<const CompositeParts::Parts *, std::optional<OpCost>> composites;
};

/// How kernels use memory.
struct KernelMemory {
  /// Scores and weights of attention are in memory, as kernels need that are
  /// not fused.
  bool materializesAttention = false;
  /// Experts have all slots of their capacity, not those alone that tokens are
  /// routed to.
  bool padsExperts = false;
};

/// What is asked with the question where tensors lie.
struct LivenessContext {
  CostContext &costs;
  const KernelMemory &kernels;
  /// True for scores and weights that a fused attention has in pieces only.
  function_ref<bool(Value)> isFused;
};

/// Where a result lies.
struct ResultPlace {
  enum class Kind {
    /// In a buffer of its own.
    Own,
    /// In that of another value.
    Shared,
    /// In memory that is counted elsewhere: parameters, caches, transfers.
    Elsewhere
  };
  Kind kind = Kind::Own;
  /// Whose buffer is shared.
  Value source;
  /// Bytes of the own buffer, if they are not those of the tensor.
  std::optional<int64_t> bytes;
  /// True if the operands live as long as the result: it is computed from them
  /// piece by piece.
  bool keepsOperands = false;
  /// True if it is in no memory: who reads it reads the operands.
  bool isMadeWhereRead = false;

  static ResultPlace own() { return {}; }
  static ResultPlace ownBytes(int64_t bytes);
  static ResultPlace shared(Value source);
  static ResultPlace elsewhere();
  static ResultPlace whereRead();
};

} // namespace mlir::dag

#include "dag/Interfaces/CostOpInterface.h.inc"

namespace mlir::dag {

/// Emits the error that `op` does not say what it costs.
InFlightDiagnostic emitNoCost(Operation *op);

/// Checks that no figure of what `what` costs has saturated; emits an error at
/// `loc` that names the first that has.
LogicalResult expectCostFits(Location loc, const OpCost &cost,
                             const Twine &what);

/// Lets the ops of the dialect, of checks, and constants say what they cost.
void registerCostExternalModels(DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_INTERFACES_COSTOPINTERFACE_H
