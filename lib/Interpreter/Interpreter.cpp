//===- Interpreter.cpp - Runs programs on small tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/Interpreter.h"
#include "LockstepDriver.h"
#include "ProgramDriver.h"
#include "Room.h"

using namespace mlir;
using namespace mlir::dag;

static LogicalResult checkRanks(Operation *op, const MeshShape &mesh) {
  int64_t numRanks = mesh.getSize(mesh.getAxes());
  if (numRanks <= kMaxRanks)
    return success();
  return op->emitError() << "expected at most " << kMaxRanks
                         << " ranks, but got " << numRanks;
}

FailureOr<llvm::MapVector<StringAttr, Tensor>> Interpreter::run(ModelOp model) {
  MeshShape shape;
  if (MeshOp mesh = model.lookupMesh())
    shape = MeshShape(mesh);
  if (failed(checkRanks(model, shape)) || failed(checkRoom(model, shape)))
    return failure();
  return LockstepDriver(shape, source, precision, caches).run(model);
}

FailureOr<llvm::MapVector<StringAttr, Tensor>>
Interpreter::run(ProgramOp program) {
  MeshShape shape(program.lookupMesh());
  if (failed(checkRanks(program, shape)) || failed(checkRoom(program, shape)))
    return failure();
  return ProgramDriver(program, shape, source, precision, caches).run();
}
