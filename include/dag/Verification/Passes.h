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

namespace mlir::dag {

#define GEN_PASS_DECL
#include "dag/Verification/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dag/Verification/Passes.h.inc"

} // namespace mlir::dag

#endif // DAG_VERIFICATION_PASSES_H
