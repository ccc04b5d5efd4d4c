//===- Roles.h - Families of roles -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_ROLES_H
#define DAG_DIALECT_DAG_IR_ROLES_H

#include "dag/Dialect/Dag/IR/DagEnums.h"

namespace mlir::dag {

/// A collective that communicates; a slice or a concatenation does not.
bool isCollective(Role role);
/// Send, recv, one node for both, or the buffer between them.
bool isTransfer(Role role);
/// Position in the chain of attention, 1 (projections) to 5 (weighted sum of
/// the values); 0 for another role.
unsigned getAttentionPosition(Role role);
/// A role that only occurs inside a layer.
bool isLayerRole(Role role);
/// What a node of this role is drawn as; `Unknown` where the role is.
NodeKind getNodeKind(Role role);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_ROLES_H
