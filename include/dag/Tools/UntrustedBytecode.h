//===- UntrustedBytecode.h - Bytecode that may be damaged -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_UNTRUSTEDBYTECODE_H
#define DAG_TOOLS_UNTRUSTEDBYTECODE_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/LLVM.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <optional>

namespace mlir::dag {

/// Registers `--untrusted`.
void registerUntrustedOption();

/// With `--untrusted`, puts text in the place of bytecode: upstream's reader
/// crashes or does not end on some that is damaged, so that another process,
/// with bounds on time and memory, reads it. Fails with a message where it does
/// not.
LogicalResult replaceUntrusted(std::unique_ptr<llvm::MemoryBuffer> &buffer);

/// What that process does, and its exit status; nothing in any other process.
/// To be called first in a tool's main.
std::optional<int> readAsChild(int argc, char **argv,
                               const DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_TOOLS_UNTRUSTEDBYTECODE_H
