//===- LocalizeOpInterface.h - What an op is on a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_LOCALIZEOPINTERFACE_H
#define DAG_INTERFACES_LOCALIZEOPINTERFACE_H

#include "mlir/IR/OpDefinition.h"

namespace mlir::dag {
class Localizer;
} // namespace mlir::dag

#include "dag/Interfaces/LocalizeOpInterface.h.inc"

namespace mlir::dag {

/// Says what the ops of the project, and constants, are on a rank.
void registerLocalizeExternalModels(DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_INTERFACES_LOCALIZEOPINTERFACE_H
