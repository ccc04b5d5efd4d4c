//===- PlannedRules.h - Rules of plans --------------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// They read ops and types, beside the graph.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_PLAN_PLANNEDRULES_H
#define DAG_LIB_VERIFICATION_PLAN_PLANNEDRULES_H

#include "dag/Diagnostics/CheckLog.h"
#include "dag/Graph/DeploymentGraph.h"

namespace mlir::dag {

/// The axis of the mesh on which the stages of a plan lie, or null.
StringAttr getStageAxis(const DeploymentGraph &graph);

/// No typing rule says what an op of another dialect makes of shards. What is
/// certainly wrong on summands is found (DAG505), and so is an op of programs
/// of ranks on parts of tensors (DAG508); the first op of which it is not known
/// what it makes of parts is UNVERIFIED.
void checkForeignOps(const DeploymentGraph &graph, CheckLog &log);

/// Checks the ops of a plan against the sizes that its model states (DAG706).
void checkModelSizes(const DeploymentGraph &graph, CheckLog &log);

/// Checks that parameters, inputs and KV caches of one name have one shape
/// (DAG708) and element type (DAG707).
void checkNamedTensors(const DeploymentGraph &graph, CheckLog &log);

/// Checks that pools of pages have room for what one run writes, and for what
/// windows reach over (DAG708).
void checkPools(const DeploymentGraph &graph, CheckLog &log);

/// Checks that the numbers in the names of weights and KV caches go with those
/// of the layers that use them (DAG208).
void checkLayerNames(const DeploymentGraph &graph, CheckLog &log);

/// Another plan on the mesh of `model`, whose ranks are on the same devices, or
/// on another one with devices of `model`; or null. The plan named `reference`
/// is compared with, and not run.
ModelOp findPlanBeside(ModelOp model, StringRef reference);

/// The programs of ranks in a module that --dag-localize makes of no plan
/// there.
SmallVector<ProgramOp> findForeignPrograms(Operation *module);

/// What one plan writes to its KV caches, another one on the same devices may
/// read, as decode what prefill has written. Caches of one name of which that
/// cannot be are UNVERIFIED. Plans keep their rules.
void checkCachesBeside(ArrayRef<ModelOp> plans, CheckLog &log);

/// `a hidden size of 256 and not 64`: why two programs are not of one model, or
/// an empty string.
std::string findOtherFigure(ModelOp plan, ModelOp model);

/// True if `reference` is marked as one, states no other figures than `plan`,
/// and has most of its parameters.
bool isReferenceOf(ModelOp reference, ModelOp plan);
/// True if it has the inputs of the plan in their sizes: prefill and decode of
/// one model have a reference each.
bool hasInputsOf(ModelOp reference, ModelOp plan);
/// The same of its KV caches.
bool hasCachesOf(ModelOp reference, ModelOp plan);
/// The same of its outputs.
bool hasOutputsOf(ModelOp reference, ModelOp plan);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_PLAN_PLANNEDRULES_H
