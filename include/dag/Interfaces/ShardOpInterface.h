//===- ShardOpInterface.h - How an op is put on a mesh -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_SHARDOPINTERFACE_H
#define DAG_INTERFACES_SHARDOPINTERFACE_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"

#include <optional>

namespace mlir::dag::shard {
class ShardBuilder;
class ShardStrategy;
} // namespace mlir::dag::shard

#include "dag/Interfaces/ShardOpInterface.h.inc"

namespace mlir::dag {

/// Says how the ops of the project, and constants, are put on a mesh.
void registerShardExternalModels(DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_INTERFACES_SHARDOPINTERFACE_H
