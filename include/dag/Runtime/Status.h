//===- Status.h - Version and errors of the runtime -*- C -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_RUNTIME_STATUS_H
#define DAG_RUNTIME_STATUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The version of these headers. The major one changes when a program that was
/// compiled before could not run, the minor one when functions are added.
enum { DAGRT_VERSION_MAJOR = 1, DAGRT_VERSION_MINOR = 0 };

/// What a function returns.
typedef int32_t DagrtStatus;

enum {
  /// Done, or enqueued.
  DAGRT_OK = 0,
  /// No error: what was asked about has not ended yet.
  DAGRT_NOT_READY = 1,

  // Refusals: nothing was done, and the rank is as before.
  /// An argument is wrong; the text says which and why.
  DAGRT_INVALID_ARGUMENT = 2,
  /// A handle of another kind, of another rank, or of what was destroyed.
  DAGRT_INVALID_HANDLE = 3,
  DAGRT_OUT_OF_MEMORY = 4,
  /// What was to be freed or destroyed is used by queued work.
  DAGRT_IN_FLIGHT = 5,
  /// This end cannot do it.
  DAGRT_UNSUPPORTED = 6,
  /// These headers are of another version than the library.
  DAGRT_WRONG_VERSION = 7,

  // Failures: final for the rank, whose later calls return them again.
  /// Ranks called what does not fit together.
  DAGRT_MISMATCH = 8,
  /// Ranks wait for each other.
  DAGRT_DEADLOCK = 9,
  /// A rank that this one waits for has ended or failed.
  DAGRT_RANK_ENDED = 10,
  /// This rank called dagrtAbort.
  DAGRT_ABORTED = 11,
  /// Nothing came within the limit of time.
  DAGRT_TIMED_OUT = 12,
  /// A function that was launched returned something else than 0.
  DAGRT_LAUNCH_FAILED = 13,
  /// A rank's function threw an exception or returned an error of its own.
  DAGRT_RANK_FAILED = 14,
  /// A fault of the runtime.
  DAGRT_INTERNAL = 15
};

/// An error, for programs. Texts live as long as the error.
typedef struct DagrtError {
  /// The size of this structure, in bytes.
  size_t size;
  DagrtStatus status;
  /// The rank that is told, or -1.
  int32_t rank;
  /// The rank that it is about: the peer, the one who has ended, or -1.
  int32_t peer;
  /// The operation, such as "all_reduce".
  const char *operation;
  /// The name of the communicator, or "".
  const char *communicator;
  /// All of it in words, without a final period or newline.
  const char *text;
} DagrtError;

/// The major version times 65536 plus the minor version of the library.
uint32_t dagrtGetVersion(void);

/// DAGRT_OK if a program that was compiled with these versions can run.
DagrtStatus dagrtCheckVersion(uint32_t major, uint32_t minor);

/// The name of a status, such as "DAGRT_MISMATCH"; never null.
const char *dagrtGetStatusName(DagrtStatus status);

/// The last error of the calling thread, until its next error; never null.
const DagrtError *dagrtGetLastError(void);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // DAG_RUNTIME_STATUS_H
