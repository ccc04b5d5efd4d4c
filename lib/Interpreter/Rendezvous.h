//===- Rendezvous.h - Where calls of ranks meet -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERPRETER_RENDEZVOUS_H
#define DAG_LIB_INTERPRETER_RENDEZVOUS_H

#include "Collectives.h"
#include "dag/Dialect/Dag/IR/Program.h"

#include <deque>
#include <map>

namespace mlir::dag {

/// A call that a rank has begun.
struct PostedCall {
  size_t rank;
  CommunicationOpInterface op;
};

/// The communicators of a program, one for each group of ranks, and the calls
/// that wait in them. By NCCL's rules: the n-th send of a member to another one
/// meets the n-th recv there, the n-th collective of a member that of all
/// others.
class Rendezvous {
public:
  explicit Rendezvous(const RankSet &ranks) : ranks(ranks) {}

  /// Adds a call. If it meets others, all that have met, in the order of
  /// members for a collective, and the send first for a transfer. Nothing where
  /// it has to wait. The call's communicator exists.
  SmallVector<PostedCall> post(PostedCall call);

  /// The ranks that a call that waits waits for.
  std::vector<uint32_t> getMissing(PostedCall call);
  /// Calls of a rank that wait.
  SmallVector<PostedCall> getWaiting(size_t rank) const;

  /// What members have to agree on in a collective. Worked out once for an op.
  StringRef getSignature(PostedCall call);
  /// The ranks of the communicator of a call.
  ArrayRef<size_t> getMembers(PostedCall call);

private:
  struct Channel {
    std::deque<PostedCall> sends, recvs;
  };
  struct Instance {
    SmallVector<size_t> members;
    /// Collectives by member.
    std::vector<std::deque<PostedCall>> collectives;
    size_t numReady = 0;
    /// Transfers by sender and receiver.
    std::map<std::pair<size_t, size_t>, Channel> channels;
  };
  Instance &getInstance(PostedCall call);

  const RankSet &ranks;
  /// Instances of a deque stay where they are.
  std::deque<Instance> instances;
  DenseMap<std::pair<Operation *, size_t>, Instance *> instanceOfRanks;
  DenseMap<Operation *, CommunicatorOp> communicators;
  DenseMap<Operation *, std::string> signatures;
};

} // namespace mlir::dag

#endif // DAG_LIB_INTERPRETER_RENDEZVOUS_H
