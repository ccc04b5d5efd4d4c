//===- DagDialect.td - The deployment dialect -------------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGDIALECT_TD
#define DAG_DIALECT_DAG_IR_DAGDIALECT_TD

include "mlir/IR/OpBase.td"

def Dag_Dialect : Dialect {
  let name = "dag";
  let cppNamespace = "::mlir::dag";
  let summary = "Deployment of a large language model over many devices";
  let description = [{
    The `dag` dialect holds the deployment DAG of a large language model in
    phases: the *sketch*, which is what somebody drew, the *plan*, a typed
    SPMD program over a device mesh, and the programs of *ranks*, with local
    shapes and explicit communication. In the plan every tensor type has the
    global shape, and the sharding over the mesh is the encoding of the type,
    so that a missing, doubled or misplaced collective does not type-check.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Version of the textual and binary form; written to bytecode.
    static constexpr unsigned kVersion = 1;

    void registerAttributes();
    void registerTypes();
    void registerSketchOps();
    void registerStructureOps();
    void registerComputeOps();
    void registerAttentionOps();
    void registerLatentAttentionOps();
    void registerMoeOps();
    void registerCollectiveOps();
    void registerTransferOps();
    void registerScheduleOps();
    void registerRankOps();
    void registerCommOps();
  }];
}

/// The phases that an op belongs to: a drawing, a plan, the programs of ranks.
/// Ops of a logical program are those of a plan.
class Dag_PhaseTrait<string name> : NativeOpTrait<name> {
  let cppNamespace = "::mlir::dag";
}
def Dag_SketchPhase : Dag_PhaseTrait<"SketchPhase">;
def Dag_PlanPhase : Dag_PhaseTrait<"PlanPhase">;
def Dag_RankPhase : Dag_PhaseTrait<"RankPhase">;

class Dag_Op<string mnemonic, list<Trait> traits = []>
    : Op<Dag_Dialect, mnemonic, traits>;

#endif // DAG_DIALECT_DAG_IR_DAGDIALECT_TD
