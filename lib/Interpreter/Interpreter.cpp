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

LogicalResult Interpreter::begin(Operation *program, const MeshShape &mesh,
                                 int64_t runs) {
  int64_t numRanks = mesh.getSize(mesh.getAxes());
  if (numRanks > kMaxRanks)
    return program->emitError() << "expected at most " << kMaxRanks
                                << " ranks, but got " << numRanks;
  if (failed(checkRoom(program, mesh, limits.elements)))
    return failure();
  FailureOr<int64_t> work = checkWork(program, mesh, runs, limits.work);
  if (failed(work))
    return failure();
  limits.work -= *work;
  return success();
}

FailureOr<llvm::MapVector<StringAttr, Tensor>> Interpreter::run(ModelOp model,
                                                                int64_t runs) {
  MeshShape shape;
  if (MeshOp mesh = model.lookupMesh())
    shape = MeshShape(mesh);
  if (failed(begin(model, shape, runs)))
    return failure();
  return LockstepDriver(shape, source, precision, caches).run(model);
}

FailureOr<llvm::MapVector<StringAttr, Tensor>>
Interpreter::run(ProgramOp program, int64_t runs) {
  MeshShape shape(program.lookupMesh());
  if (failed(begin(program, shape, runs)))
    return failure();
  return ProgramDriver(program, shape, source, precision, caches).run();
}
