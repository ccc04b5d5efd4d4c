//===- dag-opt.cpp - Verification and transformation of plans -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/InitAll.h"
#include "dag/Tools/DagOptMain.h"
#include "mlir/IR/DialectRegistry.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::dag::registerAllDialects(registry);
  mlir::dag::registerAllPasses();
  return mlir::dag::dagOptMain(argc, argv, registry);
}
