//===- Roles.cpp - Families of roles -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Roles.h"

#include "llvm/ADT/STLExtras.h"

#include <array>

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Kinds of collectives
//===----------------------------------------------------------------------===//

/// The roles that name a kind, in the order of kinds.
static constexpr Role kRolesOfKinds[] = {
    Role::AllReduce, Role::AllGather, Role::ReduceScatter, Role::AllToAll,
    Role::Broadcast, Role::Scatter,   Role::Gather,        Role::Reduce,
    Role::Slice,     Role::Send,      Role::Recv};
static_assert(std::size(kRolesOfKinds) == getMaxEnumValForCollectiveKind() + 1);

/// The kind that each role names, or -1: most nodes and edges are asked.
static constexpr auto kKindsOfRoles = [] {
  std::array<int8_t, getMaxEnumValForRole() + 1> kinds{};
  for (int8_t &kind : kinds)
    kind = -1;
  for (size_t kind = 0; kind < std::size(kRolesOfKinds); ++kind)
    kinds[static_cast<size_t>(kRolesOfKinds[kind])] = kind;
  return kinds;
}();

std::optional<CollectiveKind> dag::toCollectiveKind(Role role) {
  int8_t kind = kKindsOfRoles[static_cast<size_t>(role)];
  if (kind < 0)
    return std::nullopt;
  return static_cast<CollectiveKind>(kind);
}

Role dag::toRole(CollectiveKind kind) {
  return kRolesOfKinds[static_cast<unsigned>(kind)];
}

bool dag::isCollective(CollectiveKind kind) {
  return kind != CollectiveKind::Slice && kind != CollectiveKind::Send &&
         kind != CollectiveKind::Recv;
}

bool dag::reduces(CollectiveKind kind) {
  return kind == CollectiveKind::AllReduce ||
         kind == CollectiveKind::ReduceScatter ||
         kind == CollectiveKind::Reduce;
}

bool dag::gathers(CollectiveKind kind) {
  return kind == CollectiveKind::AllGather || kind == CollectiveKind::Gather;
}

bool dag::scatters(CollectiveKind kind) {
  return kind == CollectiveKind::ReduceScatter ||
         kind == CollectiveKind::Scatter;
}

//===----------------------------------------------------------------------===//
// Families of roles
//===----------------------------------------------------------------------===//

bool dag::isCollective(Role role) {
  if (role == Role::Collective)
    return true;
  std::optional<CollectiveKind> kind = toCollectiveKind(role);
  return kind && isCollective(*kind);
}

bool dag::isTransfer(Role role) {
  return role == Role::Send || role == Role::Recv || role == Role::Transfer ||
         role == Role::CommBuffer;
}

unsigned dag::getAttentionPosition(Role role) {
  switch (role) {
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
    return 1;
  case Role::AttentionScores:
    return 2;
  case Role::AttentionWeights:
    return 3;
  case Role::Dropout:
    return 4;
  case Role::AttentionOutput:
    return 5;
  default:
    return 0;
  }
}

bool dag::isNetworkPart(Role role) {
  return role == Role::FfnGate || role == Role::FfnUp ||
         role == Role::Activation || role == Role::Multiply ||
         role == Role::FfnDown;
}

bool dag::isLayerRole(Role role) {
  switch (role) {
  case Role::Unknown:
  case Role::Input:
  case Role::Output:
  case Role::Parameter:
  case Role::Note:
  case Role::Embedding:
  case Role::PositionEmbedding:
  case Role::FinalNorm:
  case Role::Head:
  case Role::Sampling:
  case Role::Stage:
  case Role::Send:
  case Role::Recv:
  case Role::Transfer:
  case Role::CommBuffer:
    return false;
  default:
    return true;
  }
}

NodeKind dag::getNodeKind(Role role) {
  if (role == Role::Unknown)
    return NodeKind::Unknown;
  if (isCollective(role) || isTransfer(role))
    return NodeKind::Communication;
  switch (role) {
  case Role::Input:
    return NodeKind::Input;
  case Role::Output:
    return NodeKind::Output;
  case Role::Note:
    return NodeKind::Note;
  case Role::Slice:
  case Role::Concat:
  case Role::Router:
  case Role::Dispatch:
  case Role::Combine:
    return NodeKind::Routing;
  default:
    return NodeKind::Compute;
  }
}
