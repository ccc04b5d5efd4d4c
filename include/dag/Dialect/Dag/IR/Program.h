//===- Program.h - Ranks of a program and their communicators -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_PROGRAM_H
#define DAG_DIALECT_DAG_IR_PROGRAM_H

#include "dag/Dialect/Dag/IR/Sharding.h"

namespace mlir::dag {

/// The mesh of a program, or of the program around an op; nothing if there is
/// none.
std::optional<MeshShape>
getProgramMesh(Operation *op, SymbolTableCollection *tables = nullptr);

/// The mesh that `name` is outside of `op`, which is a symbol table itself;
/// null for no name or a dangling one.
MeshOp lookupMeshAround(Operation *op, FlatSymbolRefAttr name,
                        SymbolTableCollection *tables);

/// True for what a program or a stage has from outside, before anything runs:
/// parameters, inputs, caches and constants.
bool comesFromOutside(Operation *op);

/// True if two stages stand on one axis of the mesh, or neither on any. Each
/// rank of one sends to the rank of the other with the same coordinates on all
/// other axes; on two axes there is none.
bool areOnOneAxis(StageOp a, StageOp b);

/// Coordinates of a rank, which is their row-major index.
SmallVector<int64_t, 4> getCoordinates(const MeshShape &mesh, int64_t rank);

/// Position on `axes`, major to minor, of the rank at `coordinates`. Axes that
/// the mesh does not have are left out.
int64_t getPosition(const MeshShape &mesh, ArrayRef<StringAttr> axes,
                    ArrayRef<int64_t> coordinates);

/// The ranks that differ from `rank` on `axes` only, all of which the mesh has,
/// by their position on them.
SmallVector<size_t> getGroup(const MeshShape &mesh, int64_t rank,
                             ArrayRef<StringAttr> axes);

/// The communicator of a call, or null for a dangling name.
CommunicatorOp lookupCommunicator(CommunicationOpInterface call,
                                  SymbolTableCollection *tables = nullptr);

/// What all members of a collective have to agree on, and NCCL does not check:
/// `all_reduce of 512 x bf16`. `members` is the size of the communicator.
std::string getCallSignature(CommunicationOpInterface call, int64_t members);

/// Verifies a collective with one operand and one result: (C1) the communicator
/// exists and has the root, (C2) the result has the shape that the kind gives.
LogicalResult verifyCollectiveCall(CommunicationOpInterface call,
                                   SymbolTableCollection &tables);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_PROGRAM_H
