//===- NumberingOpInterface.h - What an op is as a value -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_NUMBERINGOPINTERFACE_H
#define DAG_INTERFACES_NUMBERINGOPINTERFACE_H

#include "dag/Interfaces/Numbering/NumberingContext.h"
#include "mlir/IR/OpDefinition.h"

#include "dag/Interfaces/NumberingOpInterface.h.inc"

namespace mlir::dag {

/// Lets the ops of the dialect be numbered.
void registerNumberingExternalModels(DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_INTERFACES_NUMBERINGOPINTERFACE_H
