//===- VerificationPass.cpp - Passes that need no valid module -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Diagnostics/VerificationPass.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/DenseSet.h"

#include <mutex>

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Which classes derive from one of ours. Passes tell their class only by a
/// TypeID, so that each notes its own when it is made.
class ClassTable {
public:
  void insert(TypeID id) {
    std::lock_guard<std::mutex> lock(mutex);
    ids.insert(id);
  }
  bool contains(TypeID id) {
    std::lock_guard<std::mutex> lock(mutex);
    return ids.contains(id);
  }

private:
  std::mutex mutex;
  DenseSet<TypeID> ids;
};
} // namespace

/// The classes that derive from one of those below.
template <typename PassT>
static ClassTable &getClasses() {
  static ClassTable table;
  return table;
}

LenientPass::LenientPass(TypeID id) : OperationPass<ModuleOp>(id) {
  getClasses<LenientPass>().insert(id);
}

bool LenientPass::classof(const Pass *pass) {
  return getClasses<LenientPass>().contains(pass->getTypeID());
}

PrintingPass::PrintingPass(TypeID id) : OperationPass<ModuleOp>(id) {
  getClasses<PrintingPass>().insert(id);
}

bool PrintingPass::classof(const Pass *pass) {
  return getClasses<PrintingPass>().contains(pass->getTypeID());
}

VerificationPass::VerificationPass(TypeID id) : LenientPass(id) {
  getClasses<VerificationPass>().insert(id);
}

CheckStatus VerificationPass::getStatus() const {
  CheckStatus worst = CheckStatus::Pass;
  for (const VerificationPass *pass = this; pass; pass = pass->previous)
    if (pass->status == CheckStatus::Fail || worst == CheckStatus::Pass)
      worst = pass->status;
  return worst;
}

void VerificationPass::runOnOperation() {
  status = CheckStatus::Pass;
  status = verify();
  if (!isFollowed && getStatus() != CheckStatus::Pass)
    signalPassFailure();
}

void dag::linkChecks(OpPassManager &pm) {
  VerificationPass *previous = nullptr;
  for (Pass &pass : pm.getPasses()) {
    auto *check = dyn_cast<VerificationPass>(&pass);
    if (check && previous) {
      previous->isFollowed = true;
      check->previous = previous;
    }
    previous = check;
  }
}

bool VerificationPass::classof(const Pass *pass) {
  return getClasses<VerificationPass>().contains(pass->getTypeID());
}
