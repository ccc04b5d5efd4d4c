//===- FuzzDrawings.cpp - Drawings -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzers.h"
#include "Session.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Target/Dot/ImportDot.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace mlir::dag;

int fuzz::fuzzDrawing(StringRef text) {
  Session &session = Session::begin();
  OwningOpRef<ModuleOp> module = dot::importDot(
      llvm::MemoryBufferRef(text, "fuzzed.dot"), session.getContext(),
      session.getRules(), dot::ImportOptions());
  if (!module)
    return 0;
  demand(succeeded(verify(*module)), "what was read to verify");
  (void)session.verifyPipeline(*module);
  session.draw(*module);
  return 0;
}
