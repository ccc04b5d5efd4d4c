//===- Passes.h - Schedules in print -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_COMMUNICATION_PASSES_H
#define DAG_COMMUNICATION_PASSES_H

#include "dag/Diagnostics/VerificationPass.h"
#include "mlir/Pass/Pass.h"

namespace mlir::dag {

#define GEN_PASS_DECL
#include "dag/Communication/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dag/Communication/Passes.h.inc"

} // namespace mlir::dag

#endif // DAG_COMMUNICATION_PASSES_H
