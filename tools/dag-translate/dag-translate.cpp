//===- dag-translate.cpp - Translation into and out of MLIR -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/InitAll.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"

int main(int argc, char **argv) {
  mlir::dag::registerAllTranslations();
  return mlir::failed(
      mlir::mlirTranslateMain(argc, argv, "dag translation tool"));
}
