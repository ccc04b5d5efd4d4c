//===- CacheContinuity.cpp - Caches that two programs share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Interpreter/Interpreter.h"

using namespace mlir;
using namespace mlir::dag;

static LogicalResult expectSame(KvCacheOp before, KvCacheOp cache) {
  bool isSameType = before.getType() == cache.getType();
  if (isSameType && areOnSameRanks(before, cache))
    return success();
  InFlightDiagnostic diagnostic = cache.emitError() << "expected cache '"
                                                    << cache.getName() << "' ";
  if (isSameType)
    diagnostic << "to be on the ranks that have it in the program before";
  else
    diagnostic << "to have the type of the program before, " << before.getType()
               << ", but got " << cache.getType();
  diagnostic.attachNote(before.getLoc()) << "the cache there";
  return diagnostic;
}

static MeshShape getMesh(Operation *op) {
  if (auto program = dyn_cast<ProgramOp>(op))
    return MeshShape(program.lookupMesh());
  MeshOp mesh = cast<ModelOp>(op).lookupMesh();
  return mesh ? MeshShape(mesh) : MeshShape();
}

/// The name of a cache; in programs, ranks with shards of other sizes have
/// caches of one name in other functions.
static std::string getKey(KvCacheOp op) {
  std::string key = op.getName().str();
  if (auto function = op->getParentOfType<FunctionOp>())
    key += " on " + function.getRanks().getSet().str();
  return key;
}

LogicalResult dag::checkCacheContinuity(Operation *before, Operation *model) {
  if (before->getName() != model->getName()) {
    InFlightDiagnostic diagnostic = model->emitError()
                                    << "expected a '" << before->getName()
                                    << "' like the one before, but got a '"
                                    << model->getName() << "'";
    return diagnostic.attachNote(before->getLoc()) << "that program";
  }
  MeshShape meshBefore = getMesh(before), mesh = getMesh(model);
  if (mesh.getAxes() != meshBefore.getAxes() ||
      mesh.getSizes() != meshBefore.getSizes()) {
    InFlightDiagnostic diagnostic = model->emitError()
                                    << "expected the mesh of the program "
                                       "before";
    return diagnostic.attachNote(before->getLoc()) << "that program";
  }
  llvm::StringMap<KvCacheOp> caches;
  before->walk([&](KvCacheOp op) { caches[getKey(op)] = op; });
  WalkResult result = model->walk([&](KvCacheOp op) {
    auto it = caches.find(getKey(op));
    if (it != caches.end())
      return WalkResult(expectSame(it->second, op));
    op.emitError() << "expected cache '" << op.getName()
                   << "' in the program before, but it is not there";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}
