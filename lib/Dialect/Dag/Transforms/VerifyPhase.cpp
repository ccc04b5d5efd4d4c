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
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYPHASE
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {

enum class Phase { Sketch, Plan, Rank };

struct VerifyPhase : dag::impl::DagVerifyPhaseBase<VerifyPhase> {
  using DagVerifyPhaseBase::DagVerifyPhaseBase;

  void runOnOperation() final {
    markAllAnalysesPreserved();
    auto wanted = llvm::StringSwitch<std::optional<Phase>>(phase)
                      .Case("sketch", Phase::Sketch)
                      .Case("plan", Phase::Plan)
                      .Case("rank", Phase::Rank)
                      .Default(std::nullopt);
    if (!wanted) {
      getOperation().emitError()
          << "expected the phase sketch, plan or rank, but got '" << phase
          << "'";
      return signalPassFailure();
    }
    bool failed = false;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      // What a later phase is compared with stays what it is.
      if (auto model = dyn_cast<ModelOp>(op); model && isReference(model))
        return WalkResult::skip();
      if (isa_and_present<DagDialect>(op->getDialect()) &&
          !belongsTo(op, *wanted)) {
        op->emitError() << "expected only ops of the " << phase
                        << " phase, but got '" << op->getName() << "'";
        failed = true;
      }
      return WalkResult::advance();
    });
    if (!failed)
      return;
    setStatus(CheckStatus::Fail);
    signalPassFailure();
  }

private:
  static bool belongsTo(Operation *op, Phase phase) {
    switch (phase) {
    case Phase::Sketch:
      return op->hasTrait<SketchPhase>();
    case Phase::Plan:
      return op->hasTrait<PlanPhase>();
    case Phase::Rank:
      return op->hasTrait<RankPhase>();
    }
    return false;
  }
};

} // namespace
