//===- Dag.h - The deployment dialect -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAG_H
#define DAG_DIALECT_DAG_IR_DAG_H

#include "dag/Dialect/Dag/IR/Roles.h"
#include "dag/Support/RangeSet.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dag/Dialect/Dag/IR/DagDialect.h.inc"

namespace mlir::dag {

// Ops that those of other families name as their parents.
class CommGroupOp;
class FunctionOp;
class ProgramOp;

/// The phases that an op belongs to.
template <typename OpT>
class SketchPhase : public OpTrait::TraitBase<OpT, SketchPhase> {};
template <typename OpT>
class PlanPhase : public OpTrait::TraitBase<OpT, PlanPhase> {};
template <typename OpT>
class RankPhase : public OpTrait::TraitBase<OpT, RankPhase> {};

namespace detail {
/// What `CommunicationOpInterface::getCountedType` is, unless an op says so.
RankedTensorType getCountedType(Operation *call, CollectiveKind kind,
                                bool isUneven);
} // namespace detail

} // namespace mlir::dag

#include "dag/Dialect/Dag/IR/DagInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dag/Dialect/Dag/IR/DagAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dag/Dialect/Dag/IR/DagTypes.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagSketchOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagStructureOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagComputeOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagAttentionOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagLatentAttentionOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagMoeOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagCollectiveOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagTransferOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagScheduleOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagRankOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagCommOps.h.inc"

#endif // DAG_DIALECT_DAG_IR_DAG_H
