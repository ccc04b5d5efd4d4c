//===- Work.cpp - How much a run does -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Room.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Interfaces/CostOpInterface.h"
#include "dag/Support/Saturating.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
class WorkCounter {
public:
  WorkCounter(const MeshShape &mesh, int64_t runs, int64_t limit)
      : context(mesh), runs(runs), limit(limit) {
    context.countAllSlots();
  }

  /// Adds a block that `numRanks` ranks run.
  LogicalResult addBlock(Block &block, int64_t numRanks);
  int64_t getSum() const { return sum; }

private:
  int64_t getWork(Operation *op);

  CostContext context;
  int64_t runs, limit;
  int64_t sum = 0;
};
} // namespace

/// On one rank. What ops say that they read and write is what is in the memory
/// of a device; here all of it is.
int64_t WorkCounter::getWork(Operation *op) {
  constexpr int64_t kFlopsOfMultiplication = 2;
  std::optional<OpCost> cost = context.getCost(op);
  int64_t work = cost ? cost->flops / kFlopsOfMultiplication : 0;
  for (Type type : op->getOperandTypes())
    work = addSaturating(work, context.getLocal(type).elements);
  for (Type type : op->getResultTypes())
    work = addSaturating(work, context.getLocal(type).elements);
  return work;
}

LogicalResult WorkCounter::addBlock(Block &block, int64_t numRanks) {
  for (Operation &op : block) {
    int64_t work = multiplySaturating(getWork(&op), numRanks);
    sum = addSaturating(sum, work);
    if (int64_t all = multiplySaturating(sum, runs); all > limit)
      return op.emitError()
             << "expected at most " << limit
             << " multiplications and elements read or written, by all ranks "
                "in all runs, but got "
             << all << " up to this op";
    int64_t numInside = getNumRanksInside(&op, numRanks, context.getMesh());
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        if (failed(addBlock(inner, numInside)))
          return failure();
  }
  return success();
}

FailureOr<int64_t> dag::checkWork(Operation *op, const MeshShape &mesh,
                                  int64_t runs, int64_t limit) {
  WorkCounter counter(mesh, runs, limit);
  if (auto program = dyn_cast<ProgramOp>(op)) {
    for (auto function : program.getBody().getOps<FunctionOp>())
      if (failed(counter.addBlock(function.getBody().front(),
                                  function.getRanks().getSet().size())))
        return failure();
  } else if (failed(counter.addBlock(cast<ModelOp>(op).getBody().front(),
                                     mesh.getSize(mesh.getAxes())))) {
    return failure();
  }
  return counter.getSum();
}
