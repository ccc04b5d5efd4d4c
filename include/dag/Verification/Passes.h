//===- Passes.h - The checks as passes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_VERIFICATION_PASSES_H
#define DAG_VERIFICATION_PASSES_H

#include "dag/Verification/CheckPass.h"
#include "dag/Verification/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::dag {

#define GEN_PASS_DECL
#include "dag/Verification/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dag/Verification/Passes.h.inc"

/// True if a pass with this argument is a check or the report: it takes a
/// module that does not verify, and leaves it as it is.
bool isVerificationPass(StringRef argument);

} // namespace mlir::dag

#endif // DAG_VERIFICATION_PASSES_H
