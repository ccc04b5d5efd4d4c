//===- Communication.h - What ranks do together -*- C -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operations of NCCL. Each is enqueued on a stream, as a launch is. All
// members of a communicator call the same collectives of it in the same order,
// with the same count, type, reduction and root; what differs is
// DAGRT_MISMATCH. Peers and roots are members of the communicator, counted from
// 0. Counts are elements; a call of none is a call.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_RUNTIME_COMMUNICATION_H
#define DAG_RUNTIME_COMMUNICATION_H

#include "dag/Runtime/Runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct DagrtComm {
  uint64_t id;
} DagrtComm;

//===----------------------------------------------------------------------===//
// Communicators
//===----------------------------------------------------------------------===//

/// The communicator of all ranks, called "world". It is not destroyed.
DagrtStatus dagrtCommGetWorld(DagrtRank *rank, DagrtComm *comm);

/// Makes a communicator of the ranks `members`, in this order. All of them call
/// it, with the same list and name, and it returns when they have. `name` tells
/// several apart and may be used again.
DagrtStatus dagrtCommCreate(DagrtRank *rank, const uint32_t *members,
                            size_t numMembers, const char *name,
                            DagrtComm *comm);

enum { DAGRT_NO_COLOR = -1 };

/// A collective of `parent` that returns when all members have called it:
/// members of one color get one communicator, ordered by key and then as in
/// `parent`. Members of a color give the same name. DAGRT_NO_COLOR gets none
/// (0). Not allowed in a group.
DagrtStatus dagrtCommSplit(DagrtRank *rank, DagrtComm parent, int32_t color,
                           int32_t key, const char *name, DagrtComm *comm);

/// Each member destroys its own.
DagrtStatus dagrtCommDestroy(DagrtRank *rank, DagrtComm comm);

DagrtStatus dagrtCommGetSize(DagrtRank *rank, DagrtComm comm, uint32_t *size);
/// The place of this rank in it.
DagrtStatus dagrtCommGetMember(DagrtRank *rank, DagrtComm comm,
                               uint32_t *member);

//===----------------------------------------------------------------------===//
// Collectives and transfers
//===----------------------------------------------------------------------===//

/// `count` elements each. `send` may be `receive`.
DagrtStatus dagrtAllReduce(DagrtRank *rank, const void *send, void *receive,
                           uint64_t count, DagrtDataType type,
                           DagrtReduction reduction, DagrtComm comm,
                           DagrtStream stream);

/// `count` elements of each member; `receive` has those of all, by members.
/// `send` may be this member's part of `receive`.
DagrtStatus dagrtAllGather(DagrtRank *rank, const void *send, void *receive,
                           uint64_t count, DagrtDataType type, DagrtComm comm,
                           DagrtStream stream);

/// `count` elements for each member; `send` has those for all. `receive` may be
/// this member's part of `send`.
DagrtStatus dagrtReduceScatter(DagrtRank *rank, const void *send, void *receive,
                               uint64_t count, DagrtDataType type,
                               DagrtReduction reduction, DagrtComm comm,
                               DagrtStream stream);

/// `count` elements from each member to each.
DagrtStatus dagrtAllToAll(DagrtRank *rank, const void *send, void *receive,
                          uint64_t count, DagrtDataType type, DagrtComm comm,
                          DagrtStream stream);

/// Parts of any size: `sendCounts[i]` elements from `send + sendOffsets[i]` go
/// to member i, `receiveCounts[i]` from there to `receive + receiveOffsets[i]`.
/// One number each for every member; they are copied before it returns.
DagrtStatus dagrtAllToAllV(DagrtRank *rank, const void *send,
                           const uint64_t *sendCounts,
                           const uint64_t *sendOffsets, void *receive,
                           const uint64_t *receiveCounts,
                           const uint64_t *receiveOffsets, DagrtDataType type,
                           DagrtComm comm, DagrtStream stream);

/// `send` is read at the root only, where it may be `receive`.
DagrtStatus dagrtBroadcast(DagrtRank *rank, const void *send, void *receive,
                           uint64_t count, DagrtDataType type, uint32_t root,
                           DagrtComm comm, DagrtStream stream);

/// Ends when the peer has received it. There are no tags.
DagrtStatus dagrtSend(DagrtRank *rank, const void *send, uint64_t count,
                      DagrtDataType type, uint32_t peer, DagrtComm comm,
                      DagrtStream stream);
DagrtStatus dagrtReceive(DagrtRank *rank, void *receive, uint64_t count,
                         DagrtDataType type, uint32_t peer, DagrtComm comm,
                         DagrtStream stream);

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

/// What is called until the end of the group is enqueued there, as one: on all
/// streams and communicators that it names. Sends and recvs side by side meet
/// in any order; a collective begins when what stands before it in the group
/// has met. Two ranks have in one group what they exchange in one group on the
/// other side. Groups nest, the outermost counts. A call that is refused takes
/// the group with it: its end returns that error, and nothing is enqueued.
DagrtStatus dagrtGroupBegin(DagrtRank *rank);
DagrtStatus dagrtGroupEnd(DagrtRank *rank);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // DAG_RUNTIME_COMMUNICATION_H
