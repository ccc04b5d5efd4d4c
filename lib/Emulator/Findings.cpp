//===- Findings.cpp - The table of codes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Emulator/Finding.h"

using namespace mlir::dag::ptx;

static const CodeRow kCodes[] = {
    {Code::SharedRace, "race in shared memory",
     "put a barrier of the block between the two: bar.sync, __syncthreads()"},
    {Code::ClusterRace, "race in distributed shared memory",
     "put barrier.cluster.arrive and barrier.cluster.wait between the two"},
    {Code::GlobalRace, "race in global memory",
     "make one side release and the other acquire, or use atomic operations"},
    {Code::WarpRace, "race between lanes of a warp",
     "put bar.warp.sync between the two: __syncwarp()"},
    {Code::NotWaited, "a copy or product in flight is not waited for",
     "wait for its group or its mbarrier, and synchronise the threads that "
     "use it"},
    {Code::SourceReused, "memory is used again while it is read",
     "wait until what reads it is done, by its group or a barrier, before it "
     "is written"},
    {Code::ProxyFence, "a proxy fence is missing",
     "fence.proxy.async between the generic access and the asynchronous one"},
    {Code::RegisterInFlight, "a register of a wgmma in flight is used",
     "wgmma.wait_group before the register is used"},
    {Code::WgmmaFence, "a wgmma.fence is missing",
     "wgmma.fence.sync.aligned between the write of the register and the "
     "wgmma"},
    {Code::LaunchRace, "the launch before is not waited for",
     "griddepcontrol.wait before the access: "
     "cudaGridDependencySynchronize()"},
    {Code::ReadOnlyLoad, "memory that the kernel writes is read as read-only",
     "a load without .nc: no __ldg() and no const __restrict__ for memory that "
     "the kernel writes"},
    {Code::OutOfBounds, "access out of bounds", ""},
    {Code::Misaligned, "misaligned access", ""},
    {Code::Uninitialised, "uninitialised memory is read", ""},
    {Code::BadAddress, "access to no memory", ""},
    {Code::ReadOnly, "read-only memory is written", ""},
    {Code::Deadlock, "deadlock", ""},
    {Code::Divergence, "lanes of a warp do not come together",
     "make all lanes of the warp reach the instruction together"},
    {Code::BarrierCount, "a barrier is used with wrong numbers", ""},
    {Code::NotABarrier, "an mbarrier is not initialised",
     "mbarrier.init by one thread, fence.mbarrier_init or fence.proxy.async, "
     "and a barrier before it is used"},
    {Code::TooManyArrivals, "too many arrivals at an mbarrier", ""},
    {Code::Transactions, "bytes of an mbarrier do not add up",
     "expect as many bytes as the copies of the phase bring"},
    {Code::EarlyExit, "a block ends while its memory is in use",
     "synchronise the cluster, and wait for copies, before the block ends"},
    {Code::MemberMask, "a member mask does not fit", ""},
    {Code::Reinitialised, "an mbarrier is initialised twice",
     "mbarrier.inval before"},
    {Code::WarpgroupMismatch, "warps of a warpgroup do not come together",
     "make all four warps execute the same wgmma or setmaxnreg"},
    {Code::NotBegun, "a block that may not have begun is accessed",
     "barrier.cluster.arrive and barrier.cluster.wait by all threads of the "
     "cluster before the first access"},
    {Code::RegisterPool, "registers of setmaxnreg do not add up",
     "give back registers by setmaxnreg.dec in other warpgroups"},
    {Code::BarrierAccess, "an mbarrier is accessed as memory",
     "keep barriers and data apart, or mbarrier.inval before the memory is "
     "used "
     "again"},
    {Code::Trap, "trap", ""},
    {Code::Assertion, "assertion", ""},
    {Code::Limit, "the run was given up", ""},
    {Code::BadDescriptor, "a descriptor of a matrix is wrong", ""},
    {Code::BadTensorMap, "a tensor map is wrong", ""},
};

llvm::ArrayRef<CodeRow> mlir::dag::ptx::getCodeRows() { return kCodes; }

const CodeRow &mlir::dag::ptx::getRow(Code code) {
  for (const CodeRow &row : kCodes)
    if (row.code == code)
      return row;
  return kCodes[0];
}

std::string mlir::dag::ptx::getName(Code code) {
  return "PTX" + std::to_string(unsigned(code));
}
