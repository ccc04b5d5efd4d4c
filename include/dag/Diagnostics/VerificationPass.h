//===- VerificationPass.h - Passes that need no valid module -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_VERIFICATIONPASS_H
#define DAG_DIAGNOSTICS_VERIFICATIONPASS_H

#include "dag/Diagnostics/Finding.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::dag {

/// A pass that takes a module that does not verify: it is there to say what is
/// wrong with it, or to mend that. A driver need not verify before it.
class LenientPass : public OperationPass<ModuleOp> {
public:
  static bool classof(const Pass *pass);

protected:
  explicit LenientPass(TypeID id);
};

/// A pass that writes what it knows of a module, and changes nothing. A driver
/// need not print the module behind it.
class PrintingPass : public OperationPass<ModuleOp> {
public:
  static bool classof(const Pass *pass);

protected:
  explicit PrintingPass(TypeID id);
};

/// A check or the report: it changes nothing, and knows, when it has run, what
/// to say of the module. It fails with all but PASS.
class VerificationPass : public LenientPass {
public:
  static bool classof(const Pass *pass);

  /// Of the last run, and of the checks directly before it that this one fails
  /// for; that of a pass that fails with PASS is that it could not do its work.
  CheckStatus getStatus() const;

  void runOnOperation() final;

protected:
  explicit VerificationPass(TypeID id);

  /// Says what is wrong, and returns the status. Marks what it preserves.
  virtual CheckStatus verify() = 0;

private:
  friend void linkChecks(OpPassManager &pm);

  CheckStatus status = CheckStatus::Pass;
  /// The check directly before this one, or null.
  const VerificationPass *previous = nullptr;
  /// The next pass fails for this one.
  bool isFollowed = false;
};

/// Lets checks that follow each other all be made, whatever they say: the last
/// one fails for all of them.
void linkChecks(OpPassManager &pm);

} // namespace mlir::dag

#endif // DAG_DIAGNOSTICS_VERIFICATIONPASS_H
