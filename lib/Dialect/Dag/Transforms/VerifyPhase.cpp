//===- VerifyPhase.cpp - Ops that do not belong to a phase -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYPHASE
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {

struct VerifyPhase : dag::impl::DagVerifyPhaseBase<VerifyPhase> {
  using DagVerifyPhaseBase::DagVerifyPhaseBase;

  CheckStatus verify() final {
    markAllAnalysesPreserved();
    bool failed = false, isEmpty = true;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      // What a later phase is compared with stays what it is.
      if (auto model = dyn_cast<ModelOp>(op); model && isReference(model))
        return WalkResult::skip();
      isEmpty &= !hasPhase(op);
      if (hasPhase(op) && !belongsTo(op, phase)) {
        op->emitError() << "expected only ops of the "
                        << *phase.getParser().findArgStrForValue(phase)
                        << " phase, but got '" << op->getName() << "'";
        failed = true;
      }
      return WalkResult::advance();
    });
    if (isEmpty)
      getOperation().emitWarning(
          "UNVERIFIED: there is no op that belongs to a phase");
    return failed    ? CheckStatus::Fail
           : isEmpty ? CheckStatus::Unverified
                     : CheckStatus::Pass;
  }

private:
  /// Ops of other dialects take part if they say of which phases they are.
  static bool hasPhase(Operation *op) {
    return isa_and_present<DagDialect>(op->getDialect()) ||
           op->hasTrait<SketchPhase>() || op->hasTrait<PlanPhase>() ||
           op->hasTrait<RankPhase>();
  }

  static bool belongsTo(Operation *op, DialectPhase phase) {
    switch (phase) {
    case DialectPhase::Sketch:
      return op->hasTrait<SketchPhase>();
    case DialectPhase::Plan:
      return op->hasTrait<PlanPhase>();
    case DialectPhase::Rank:
      return op->hasTrait<RankPhase>();
    }
    return false;
  }
};

} // namespace
