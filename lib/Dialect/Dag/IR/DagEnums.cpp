//===- DagEnums.cpp - Vocabulary of the deployment dialect -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/DagEnums.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

#include "dag/Dialect/Dag/IR/DagEnums.cpp.inc"
