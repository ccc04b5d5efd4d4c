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
/// to say of the module.
class VerificationPass : public LenientPass {
public:
  static bool classof(const Pass *pass);

  /// Of the last run; that of a pass that fails with PASS is that it could not
  /// do its work.
  CheckStatus getStatus() const { return status; }

protected:
  explicit VerificationPass(TypeID id);
  void setStatus(CheckStatus newStatus) { status = newStatus; }

private:
  CheckStatus status = CheckStatus::Pass;
};

} // namespace mlir::dag

#endif // DAG_DIAGNOSTICS_VERIFICATIONPASS_H
