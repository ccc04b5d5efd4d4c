//===- dag-translate.cpp - Translation into and out of MLIR -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/InitAll.h"
#include "dag/Tools/DagTranslateMain.h"

int main(int argc, char **argv) {
  mlir::dag::registerAllTranslations();
  return mlir::dag::dagTranslateMain(argc, argv);
}
