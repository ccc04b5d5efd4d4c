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
#include "dag/Interfaces/NumberingOpInterface.h"

using namespace mlir;
using namespace mlir::dag;

void dag::checkForeignOps(const DeploymentGraph &graph, CheckLog &log) {
  Operation *model = graph.getRoot();
  llvm::DenseSet<Operation *> checked = check::findChecked(model);
  model->walk([&](Operation *op) {
    // What an op is as a value does not tell what it does to summands.
    if (check::isCheck(op) || checked.contains(op) ||
        (isa<NumberingOpInterface, RoleOpInterface>(op) &&
         !isa<SummandOpInterface>(op)))
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
