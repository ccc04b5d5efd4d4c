//===- DagEnums.h - Vocabulary of the deployment dialect -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGENUMS_H
#define DAG_DIALECT_DAG_IR_DAGENUMS_H

#include "mlir/IR/DialectImplementation.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"

#include "dag/Dialect/Dag/IR/DagEnums.h.inc"

#endif // DAG_DIALECT_DAG_IR_DAGENUMS_H
