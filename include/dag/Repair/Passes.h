//===- Passes.h - From a drawing to a plan -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_REPAIR_PASSES_H
#define DAG_REPAIR_PASSES_H

#include "dag/Diagnostics/VerificationPass.h"
#include "dag/Repair/Options.h"

namespace mlir::dag {

#define GEN_PASS_DECL
#include "dag/Repair/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dag/Repair/Passes.h.inc"

} // namespace mlir::dag

#endif // DAG_REPAIR_PASSES_H
