//===- Demand.cpp - What has to hold -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzers.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

void mlir::dag::fuzz::demand(bool holds, const llvm::Twine &what) {
  if (holds)
    return;
  llvm::errs() << "expected " << what << '\n';
  llvm::errs().flush();
  std::abort();
}
