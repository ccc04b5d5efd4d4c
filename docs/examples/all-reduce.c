//===- all-reduce.c - A sum over ranks that are threads -*- C -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// docs/Runtime.md tells how it is built.
//
//===----------------------------------------------------------------------===//

#include "dag/Runtime/Host/Host.h"

#include <stdio.h>

// What is wrong is in the last error of the thread, and ends the rank.
static DagrtStatus runRank(DagrtRank *rank, void *argument) {
  float *sums = argument, value;
  uint32_t number;
  DagrtStatus status;
  DagrtStream stream;
  DagrtComm world;
  void *buffer;
  if ((status = dagrtCheckVersion(DAGRT_VERSION_MAJOR, DAGRT_VERSION_MINOR)) ||
      (status = dagrtGetRank(rank, &number)) ||
      (status = dagrtCommGetWorld(rank, &world)) ||
      (status = dagrtStreamCreate(rank, "main", &stream)) ||
      (status = dagrtAllocate(rank, sizeof(value), &buffer)))
    return status;
  value = (float)number + 1;
  if ((status =
           dagrtCopyToDevice(rank, buffer, &value, sizeof(value), stream)) ||
      (status = dagrtAllReduce(rank, buffer, buffer, 1, DAGRT_F32, DAGRT_SUM,
                               world, stream)) ||
      (status = dagrtCopyToHost(rank, &sums[number], buffer, sizeof(value),
                                stream)) ||
      (status = dagrtStreamSynchronize(rank, stream)))
    return status;
  return dagrtFree(rank, buffer);
}

int main(void) {
  float sums[4] = {0};
  DagrtHostOptions options = {sizeof(options), 4, 0, 0, 0};
  if (dagrtHostRun(&options, runRank, sums, NULL) != DAGRT_OK) {
    fprintf(stderr, "%s\n", dagrtGetLastError()->text);
    return 1;
  }
  if (sums[0] == sums[1] && sums[1] == sums[2] && sums[2] == sums[3])
    printf("the sum on all 4 ranks is %g\n", (double)sums[0]);
  return 0;
}
