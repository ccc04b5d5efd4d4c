//===- dag-reduce.cpp - Reduction of inputs that show a defect -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/InitAll.h"
#include "dag/Tools/DagReduceMain.h"

int main(int argc, char **argv) {
  mlir::dag::registerAllPasses();
  mlir::DialectRegistry registry;
  mlir::dag::registerAllDialects(registry);
  return mlir::dag::dagReduceMain(argc, argv, registry);
}
