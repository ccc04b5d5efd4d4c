//===- ChildProcess.cpp - Processes that are made for one task -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChildProcess.h"
#include "llvm/Config/llvm-config.h"

#ifdef LLVM_ON_UNIX
#include <csignal>
#include <sys/resource.h>
#include <unistd.h>
#endif
#ifdef __linux__
#include <sys/prctl.h>
#endif

void mlir::dag::endWithParent() {
#ifdef __linux__
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have ended before that.
  if (getppid() == 1)
    _exit(1);
#endif
}

void mlir::dag::limitSeconds([[maybe_unused]] unsigned seconds) {
#ifdef LLVM_ON_UNIX
  rlimit limit;
  if (getrlimit(RLIMIT_CPU, &limit) != 0)
    return;
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > seconds)
    limit.rlim_cur = seconds;
  (void)setrlimit(RLIMIT_CPU, &limit);
#endif
}
