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

#include <optional>

namespace mlir::dag {

/// The collective, or the end of a transfer, that a role names. Nothing for a
/// role that is neither or leaves open which (`Collective`, `Transfer`).
std::optional<CollectiveKind> toCollectiveKind(Role role);
/// The role of an op of this kind.
Role toRole(CollectiveKind kind);

/// All ranks of the group take part, and send or receive: not a slice, nor one
/// end of a transfer.
bool isCollective(CollectiveKind kind);
/// What the ranks hold is added up.
bool reduces(CollectiveKind kind);
/// The result has what all members gave, one behind the other.
bool gathers(CollectiveKind kind);
/// The result is a member's part of the sum, or of what the root gave.
bool scatters(CollectiveKind kind);

/// A collective that communicates; a slice or a concatenation does not.
bool isCollective(Role role);
/// Send, recv, one node for both, or the buffer between them.
bool isTransfer(Role role);
/// Position in the chain of attention, 1 (projections) to 5 (weighted sum of
/// the values); 0 for another role.
unsigned getAttentionPosition(Role role);
/// A part of a feed-forward network: of an expert, if it is beside one.
bool isNetworkPart(Role role);
/// A role that only occurs inside a layer.
bool isLayerRole(Role role);
/// What a node of this role is drawn as; `Unknown` where the role is.
NodeKind getNodeKind(Role role);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_ROLES_H
