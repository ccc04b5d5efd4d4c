//===- SizesOpInterface.h - Which sizes of an op hang together -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_SIZESOPINTERFACE_H
#define DAG_INTERFACES_SIZESOPINTERFACE_H

#include "dag/Interfaces/Sizes/SizeRelations.h"
#include "mlir/IR/OpDefinition.h"

#include "dag/Interfaces/SizesOpInterface.h.inc"

namespace mlir::dag {

/// Lets the ops of the dialect say how their sizes hang together.
void registerSizesExternalModels(DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_INTERFACES_SIZESOPINTERFACE_H
