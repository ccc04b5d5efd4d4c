//===- Fatbin.h - PTX in binaries -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_FATBIN_H
#define DAG_EMULATOR_FATBIN_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::dag::ptx {

/// A PTX text that a fatbin holds, and the architecture that it is for.
struct FatbinText {
  unsigned architecture = 0;
  std::string text;
};

/// Whether `bytes` are a fatbin, or an object or executable that may hold some.
bool isBinary(llvm::StringRef bytes);

/// The PTX texts of all fatbins in `bytes`, as they are or compressed by LZ4 or
/// zstd. An error if there is none, with what there is instead.
llvm::Expected<std::vector<FatbinText>> extractPtx(llvm::StringRef bytes);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_FATBIN_H
