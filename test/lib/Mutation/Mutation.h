//===- Mutation.h - Breaks a plan in one place -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_MUTATION_MUTATION_H
#define DAG_TEST_LIB_MUTATION_MUTATION_H

#include "dag/Dialect/Dag/IR/Sharding.h"
#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <string>
#include <vector>

namespace mlir::dag::mutation {

/// Why the interpreter sees nothing of a write to a cache.
inline constexpr llvm::StringLiteral kHiddenWrite =
    "the outputs of one run do not show what is written to a cache";

/// What should be said of a mutant.
struct Expected {
  /// Codes that a strict reviewer would give, or beginnings of codes, with
  /// spaces between; empty if there is nothing to blame.
  StringRef codes;
  /// Why the interpreter may not tell such a mutant from the original, or
  /// empty if it must.
  StringRef why;
};

/// A place where a plan can be broken.
struct Site {
  /// The op, as messages name it, and what is done with it.
  std::string text;
  Expected expected;
  std::function<void()> apply;
};

/// Collects the places of one kind in the order of the program. Applying one
/// invalidates the others.
class Sites {
public:
  Sites(ModuleOp module, Expected expected);

  ModelOp getPlan() const { return plan; }
  const MeshShape &getMesh() const { return mesh; }
  /// Axes of more than one rank, but the one that stages stand on.
  ArrayRef<StringAttr> getAxes() const { return axes; }
  StringAttr getStageAxis() const { return stageAxis; }
  SmallVector<StageOp> getStages();
  SmallVector<LayerOp> getLayers();
  /// Why the interpreter may see nothing of what `op` does to tokens that are
  /// not the last: they are read by no layer behind it. Empty elsewhere.
  StringRef getReasonForOtherTokens(Operation *op);
  std::vector<Site> &get() { return sites; }

  /// Adds a place with what is expected of its kind.
  void add(Operation *op, const Twine &text, std::function<void()> apply) {
    add(op, text, std::move(apply), expected);
  }
  void add(Operation *op, const Twine &text, std::function<void()> apply,
           Expected other);

  /// Calls `callback` for all ops of a kind in the plan.
  template <typename OpT>
  void forEach(function_ref<void(OpT)> callback) {
    plan.walk<WalkOrder::PreOrder>([&](OpT op) { callback(op); });
  }

private:
  ModelOp plan;
  MeshShape mesh;
  SmallVector<StringAttr> axes;
  StringAttr stageAxis;
  Expected expected;
  std::vector<Site> sites;
};

/// One row of the table of mutations.
struct Kind {
  StringRef name;
  Expected expected;
  StringRef description;
  void (*collect)(Sites &sites);
};

/// What is broken, in a word or two, and the ways to break it.
struct Family {
  StringRef name;
  ArrayRef<Kind> kinds;
};

/// All families, and all kinds in their order.
ArrayRef<Family> getFamilies();
ArrayRef<Kind> getKinds();
const Kind *lookupKind(StringRef name);

/// The places of a kind in the plan of a module.
std::vector<Site> collectSites(const Kind &kind, ModuleOp module);

/// The plan of a module: its model with a mesh; null if there is none.
ModelOp findPlan(ModuleOp module);

// The tables of the families, in the order of `getFamilies`.
ArrayRef<Kind> getCollectiveKinds();
ArrayRef<Kind> getValueKinds();
ArrayRef<Kind> getFigureKinds();
ArrayRef<Kind> getParameterKinds();
ArrayRef<Kind> getStructureKinds();
ArrayRef<Kind> getTransferKinds();
ArrayRef<Kind> getScheduleKinds();
ArrayRef<Kind> getBorderKinds();

//===----------------------------------------------------------------------===//
// Helpers of mutations
//===----------------------------------------------------------------------===//

/// `layer 3 dag.linear 'ffn_up'`.
std::string describe(Operation *op);
/// Makes an op by name; nothing of it is verified.
Operation *createOp(OpBuilder &builder, Location loc, StringRef name,
                    ValueRange operands, TypeRange results,
                    ArrayRef<NamedAttribute> attributes = {});
/// The result takes the place of the operand, and the op goes.
void replaceByOperand(Operation *op, unsigned operand = 0);
/// Puts a copy behind an op, which works on its result.
void applyTwice(Operation *op);
ArrayAttr getAxesAttr(MLIRContext *context, ArrayRef<StringAttr> axes);
SmallVector<StringAttr> getAxesOf(Operation *collective);
/// The type with another sharding of a dimension.
Type withDim(Type type, unsigned dim, ArrayRef<StringAttr> axes);
Type withPartial(Type type, ArrayRef<StringAttr> axes);
/// The type with another size of a dimension, or another element type.
Type withSize(Type type, unsigned dim, int64_t size);
Type withElement(Type type, Type element);

} // namespace mlir::dag::mutation

#endif // DAG_TEST_LIB_MUTATION_MUTATION_H
