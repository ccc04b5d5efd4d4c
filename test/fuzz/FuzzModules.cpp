//===- FuzzModules.cpp - MLIR as text -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzers.h"
#include "Session.h"
#include "dag/Tools/InputFile.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mlir::dag;

int fuzz::fuzzModule(StringRef text) {
  // What the reader of bytecode does is upstream's.
  llvm::MemoryBufferRef buffer(text, "fuzzed.mlir");
  if (isBytecode(buffer) || findDeepNesting(buffer))
    return 0;
  Session &session = Session::begin();
  OwningOpRef<ModuleOp> module = session.read(buffer);
  if (!module || failed(verify(*module)))
    return 0;
  // One of them for each text: all of them take long.
  static constexpr StringRef kPasses[] = {"dag-localize", "dag-print-schedule",
                                          "dag-decompose-composites",
                                          "dag-plan{tp=2 pp=2}", "dag-shard"};
  size_t chosen = llvm::xxh3_64bits(text) % std::size(kPasses);
  (void)session.run(kPasses[chosen], *module);
  return 0;
}
