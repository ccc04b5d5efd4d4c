//===- ProgramParts.h - A program in the making -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_LOCALIZE_PROGRAMPARTS_H
#define DAG_INTERFACES_LOCALIZE_PROGRAMPARTS_H

#include "dag/Dialect/Dag/IR/Program.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::dag {

/// A program that is being made: its communicators and buffers, each made where
/// it is asked for first.
class ProgramParts {
public:
  ProgramParts(ProgramOp program, const MeshShape &mesh)
      : program(program), mesh(mesh), symbols(program) {}

  const MeshShape &getMesh() const { return mesh; }
  ProgramOp getProgram() const { return program; }

  /// The communicator over `axes`, in this order.
  CommunicatorOp getCommunicator(Location loc, ArrayRef<StringAttr> axes);
  /// What `buffer` of a plan is to shards of `type`.
  FlatSymbolRefAttr getBuffer(CommBufferOp buffer, RankedTensorType type);
  /// Adds a function; its name is made unique.
  FunctionOp addFunction(Location loc, StringRef name, IntegerAttr stage,
                         const RangeSet &ranks, ArrayRef<int64_t> devices);

private:
  ProgramOp program;
  const MeshShape &mesh;
  SymbolTable symbols;
  llvm::MapVector<ArrayAttr, CommunicatorOp> communicators;
  llvm::MapVector<std::pair<Operation *, Type>, CommBufferOp> buffers;
  /// The op that new communicators and buffers stand in front of.
  Operation *firstFunction = nullptr;
};

} // namespace mlir::dag

#endif // DAG_INTERFACES_LOCALIZE_PROGRAMPARTS_H
