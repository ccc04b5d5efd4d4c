//===- DagPlanBase.td - What the ops of a plan share ------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGPLANBASE_TD
#define DAG_DIALECT_DAG_IR_DAGPLANBASE_TD

include "dag/Dialect/Dag/IR/DagAttributes.td"
include "dag/Dialect/Dag/IR/DagInterfaces.td"
include "dag/Dialect/Dag/IR/DagTypes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// A tensor of global shape, whose encoding is its sharding; of local shape in
/// the programs of ranks.
def Dag_Tensor : RankedTensorOf<[AnyType]>;

/// A tensor that a rank has for itself, as in all of a program but its borders.
def Dag_LocalTensor : ConfinedType<Dag_Tensor,
    [CPred<"!::mlir::dag::hasSharding($_self)">],
    "ranked tensor of local shape, without a sharding">;

/// An op of a plan (or of another `phase`) that is a node of the deployment with
/// a fixed role, which belongs to the part of the model that `theBlock` names.
class Dag_RoleOp<string mnemonic, string theRole, list<Trait> traits = [],
                 string theBlock = "Unknown", Trait phase = Dag_PlanPhase>
    : Dag_Op<mnemonic, !listconcat(traits, [phase, Dag_RoleOpInterface])> {
  code roleDeclaration = [{
    ::mlir::dag::Role getDeploymentRole() {
      return ::mlir::dag::Role::}] # theRole # [{;
    }
    ::mlir::dag::Role getDeploymentBlock() {
      return ::mlir::dag::Role::}] # theBlock # [{;
    }
  }];
  code extraDeclaration = "";
  let extraClassDeclaration = roleDeclaration # extraDeclaration;
}

/// An op with a typing rule: `inferReturnTypes` on the adaptor, written once,
/// infers for builders, and `verify` compares with the actual types. Upstream
/// would verify in `refineReturnTypes` and add an error of its own, without a
/// code, to every message; that is why it leaves given types alone here.
class Dag_TypedOp<string mnemonic, string theRole, list<Trait> traits = [],
                  string theBlock = "Unknown", Trait phase = Dag_PlanPhase>
    : Dag_RoleOp<mnemonic, theRole,
                 !listconcat([InferTypeOpAdaptor], traits), theBlock, phase> {
  code typingDeclaration = [{
    static ::llvm::LogicalResult refineReturnTypes(
        ::mlir::MLIRContext *context,
        ::std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &returnTypes);
  }];
  let extraClassDeclaration =
      roleDeclaration # typingDeclaration # extraDeclaration;
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::refineReturnTypes(
        ::mlir::MLIRContext *context,
        ::std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &returnTypes) {
      if (!returnTypes.empty())
        return ::llvm::success();
      return inferReturnTypes(context, location, operands, attributes,
                              properties, regions, returnTypes);
    }
    ::llvm::LogicalResult $cppClass::verify() {
      return ::llvm::success(::mlir::dag::checkTyping(*this, getLoc()));
    }
  }];
  let hasVerifier = 1;
}

class Dag_AttentionPartOp<string mnemonic, string theRole,
                          list<Trait> traits = [Pure, Dag_RankPhase]>
    : Dag_TypedOp<mnemonic, theRole, traits, "Attention">;

#endif // DAG_DIALECT_DAG_IR_DAGPLANBASE_TD
