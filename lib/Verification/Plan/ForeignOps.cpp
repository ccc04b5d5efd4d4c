//===- ForeignOps.cpp - Ops of other dialects on shards -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/ForeignOps.h"
#include "PlannedRules.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Interfaces/NumberingOpInterface.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// True for an op of programs of ranks that works on tensors of which a rank
/// has a part: it would work on that part, wherever it lies.
static bool isMisplaced(Operation *op) {
  return isa_and_nonnull<DagDialect>(op->getDialect()) &&
         op->hasTrait<RankPhase>() && !op->hasTrait<PlanPhase>() &&
         llvm::any_of(llvm::concat<const Type>(op->getOperandTypes(),
                                               op->getResultTypes()),
                      hasSharding);
}

void dag::checkForeignOps(const DeploymentGraph &graph, CheckLog &log) {
  Operation *model = graph.getRoot();
  llvm::DenseSet<Operation *> checked = check::findChecked(model);
  model->walk([&](Operation *op) {
    if (isMisplaced(op)) {
      log.report(Code::DAG508, op->getLoc(), op->getName().getStringRef(),
                 "expected an op of plans on parts of tensors, but got '" +
                     op->getName().getStringRef() +
                     "', which works on what one rank holds");
      return WalkResult::advance();
    }
    if (check::isCheck(op) || checked.contains(op) ||
        isa<NumberingOpInterface, RoleOpInterface>(op))
      return WalkResult::advance();
    if (std::optional<std::string> wrong = findWrongSum(op)) {
      log.report(Code::DAG505, op->getLoc(), op->getName().getStringRef(),
                 *wrong);
      return WalkResult::advance();
    }
    std::optional<StringRef> obstacle = findShardObstacle(op);
    if (obstacle && log.getReason().empty())
      log.setUnverified("'" + op->getName().getStringRef() + "': " + *obstacle,
                        op->getLoc());
    return WalkResult::advance();
  });
}
