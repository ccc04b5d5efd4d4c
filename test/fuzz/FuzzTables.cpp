//===- FuzzTables.cpp - Tables of schedules -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzers.h"
#include "Session.h"
#include "dag/Target/Schedule/ImportCsv.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace mlir::dag;

int fuzz::fuzzTable(StringRef text) {
  Session &session = Session::begin();
  OwningOpRef<ModuleOp> module = schedule::importCsv(
      llvm::MemoryBufferRef(text, "fuzzed.csv"), session.getContext());
  if (!module)
    return 0;
  demand(succeeded(verify(*module)), "what was read to verify");
  (void)session.run("dag-verify-deadlock", *module);
  (void)session.verifyPipeline(*module);
  return 0;
}
