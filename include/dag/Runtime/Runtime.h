//===- Runtime.h - Memory, streams, events, modules, launches -*- C -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a program of one rank calls on any end. docs/Runtime.md is the
// reference, docs/Rationale/Runtime.md says why.
//
// A rank is used by one thread at a time; on the host end, by its own. Every
// function returns a status and leaves its outputs alone unless it is DAGRT_OK;
// dagrtGetLastError has the text.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_RUNTIME_RUNTIME_H
#define DAG_RUNTIME_RUNTIME_H

#include "dag/Runtime/DataTypes.h"
#include "dag/Runtime/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One rank of a run, made by an end, alive until the rank's function returns.
typedef struct DagrtRank DagrtRank;

/// Handles: numbers of a rank. Zero is none.
typedef struct DagrtStream {
  uint64_t id;
} DagrtStream;
typedef struct DagrtEvent {
  uint64_t id;
} DagrtEvent;
typedef struct DagrtModule {
  uint64_t id;
} DagrtModule;
typedef struct DagrtFunction {
  uint64_t id;
} DagrtFunction;

//===----------------------------------------------------------------------===//
// Ranks
//===----------------------------------------------------------------------===//

/// The number of the rank, and that of all ranks.
DagrtStatus dagrtGetRank(DagrtRank *rank, uint32_t *number);
DagrtStatus dagrtGetNumRanks(DagrtRank *rank, uint32_t *number);

/// The name of the end, such as "host"; "" if `rank` is null.
const char *dagrtGetEndName(DagrtRank *rank);

/// Waits until all streams of the rank have done all that they were given.
DagrtStatus dagrtSynchronize(DagrtRank *rank);

/// Ends the rank's part: who waits for it is told `reason`. Returns
/// DAGRT_ABORTED, as all later calls do.
DagrtStatus dagrtAbort(DagrtRank *rank, const char *reason);

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Memory of the device, 256 bytes aligned, not initialized. No bytes give a
/// null pointer.
DagrtStatus dagrtAllocate(DagrtRank *rank, uint64_t bytes, void **pointer);

/// Frees what dagrtAllocate gave; null is nothing. What queued work uses is
/// DAGRT_IN_FLIGHT.
DagrtStatus dagrtFree(DagrtRank *rank, void *pointer);

/// Lets the device use memory of the program, such as a mapped file of weights:
/// `device` is where the device sees it.
DagrtStatus dagrtRegister(DagrtRank *rank, void *memory, uint64_t bytes,
                          void **device);
DagrtStatus dagrtUnregister(DagrtRank *rank, void *memory);

/// Bytes that the rank has allocated now, the most it had, and its limit.
typedef struct DagrtMemoryUse {
  size_t size;
  uint64_t current;
  uint64_t peak;
  uint64_t limit;
} DagrtMemoryUse;
DagrtStatus dagrtGetMemoryUse(DagrtRank *rank, DagrtMemoryUse *use);

/// Copies in the order of a stream. Memory of the program has to stay until
/// then; on the device's side it is checked.
DagrtStatus dagrtCopyToDevice(DagrtRank *rank, void *target, const void *source,
                              uint64_t bytes, DagrtStream stream);
DagrtStatus dagrtCopyToHost(DagrtRank *rank, void *target, const void *source,
                            uint64_t bytes, DagrtStream stream);
DagrtStatus dagrtCopy(DagrtRank *rank, void *target, const void *source,
                      uint64_t bytes, DagrtStream stream);

/// Sets bytes to the low eight bits of `value`.
DagrtStatus dagrtFill(DagrtRank *rank, void *target, int32_t value,
                      uint64_t bytes, DagrtStream stream);

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

/// A stream. `name` is for texts of errors and may be null.
DagrtStatus dagrtStreamCreate(DagrtRank *rank, const char *name,
                              DagrtStream *stream);
DagrtStatus dagrtStreamDestroy(DagrtRank *rank, DagrtStream stream);
DagrtStatus dagrtStreamSynchronize(DagrtRank *rank, DagrtStream stream);
/// DAGRT_NOT_READY while the stream has something to do.
DagrtStatus dagrtStreamQuery(DagrtRank *rank, DagrtStream stream);

DagrtStatus dagrtEventCreate(DagrtRank *rank, DagrtEvent *event);
DagrtStatus dagrtEventDestroy(DagrtRank *rank, DagrtEvent event);
/// The event is what `stream` has been given so far. A later record replaces
/// it; who waits already waits for the former one.
DagrtStatus dagrtEventRecord(DagrtRank *rank, DagrtEvent event,
                             DagrtStream stream);
DagrtStatus dagrtEventSynchronize(DagrtRank *rank, DagrtEvent event);
DagrtStatus dagrtEventQuery(DagrtRank *rank, DagrtEvent event);
/// What `stream` is given from now on begins after the event. One that was
/// never recorded is refused.
DagrtStatus dagrtStreamWaitEvent(DagrtRank *rank, DagrtStream stream,
                                 DagrtEvent event);

//===----------------------------------------------------------------------===//
// Modules and launches
//===----------------------------------------------------------------------===//

/// A function of the host: `arguments[i]` is the address of the i-th argument,
/// as cuLaunchKernel has them. 0 is success. It must not call the runtime.
typedef int32_t (*DagrtHostFunction)(void *const *arguments);

/// A function of the program, by name.
typedef struct DagrtSymbol {
  const char *name;
  DagrtHostFunction function;
} DagrtSymbol;

/// What a module is made of: functions of the host, or an image (cubin, fatbin
/// or PTX) for an end with devices.
typedef struct DagrtModuleSource {
  /// The size of this structure, in bytes.
  size_t size;
  const DagrtSymbol *symbols;
  size_t numSymbols;
  const void *image;
  size_t imageBytes;
} DagrtModuleSource;

DagrtStatus dagrtModuleLoad(DagrtRank *rank, const DagrtModuleSource *source,
                            DagrtModule *module);
/// Its functions go with it.
DagrtStatus dagrtModuleUnload(DagrtRank *rank, DagrtModule module);

/// A parameter: a buffer is a pointer to memory of the device, or null.
typedef struct DagrtParameter {
  uint32_t bytes;
  int32_t isBuffer;
} DagrtParameter;

DagrtStatus dagrtModuleGetFunction(DagrtRank *rank, DagrtModule module,
                                   const char *name,
                                   const DagrtParameter *parameters,
                                   size_t numParameters,
                                   DagrtFunction *function);

/// How a function is launched. All zero is one call.
typedef struct DagrtLaunchShape {
  /// The size of this structure, in bytes.
  size_t size;
  uint32_t grid[3];
  uint32_t block[3];
  uint32_t cluster[3];
  uint32_t sharedBytes;
} DagrtLaunchShape;

/// Launches in the order of a stream. Arguments are copied before it returns;
/// buffers may not be freed until the launch has ended. `shape` may be null.
DagrtStatus dagrtLaunch(DagrtRank *rank, DagrtFunction function,
                        const DagrtLaunchShape *shape, void *const *arguments,
                        size_t numArguments, DagrtStream stream);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // DAG_RUNTIME_RUNTIME_H
