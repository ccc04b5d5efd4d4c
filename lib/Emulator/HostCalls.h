//===- HostCalls.h - What a kernel calls of the driver -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_HOSTCALLS_H
#define DAG_EMULATOR_HOSTCALLS_H

#include "Program.h"

namespace mlir::dag::ptx {

void runAssert(Warp &warp, const Inst &inst);
void runPrint(Warp &warp, const Inst &inst);

/// A call of an address that is no function's.
void runStrayCall(Warp &warp, const Inst &inst);

/// What executes a call of a function that has no body: of assertions and of
/// printf. Null for others.
Execute findHostCall(llvm::StringRef name);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_HOSTCALLS_H
