//===- Launch.cpp - A launch of a kernel -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Emulator/Launch.h"
#include "Numbers.h"

#include "llvm/ADT/Twine.h"

using namespace mlir::dag::ptx;
using llvm::Twine;

void ProgramDeleter::operator()(Program *program) const { delete program; }

ProgramPtr mlir::dag::ptx::prepare(const Module &module, const Function &entry,
                                   ParseError &error) {
  return ProgramPtr(decode(module, entry, error).release());
}

llvm::ArrayRef<uint64_t> mlir::dag::ptx::getParamOffsets(const Program &p) {
  return p.paramOffsets;
}

uint64_t mlir::dag::ptx::getParamBytes(const Program &program) {
  return program.paramBytes;
}

static const Format &getFormat(Type type) {
  return type == Type::F16    ? kF16
         : type == Type::BF16 ? kBF16
         : type == Type::E4M3 ? kE4M3
                              : kE5M2;
}

uint64_t mlir::dag::ptx::encodeNumber(double value, Type type) {
  return encode(value, getFormat(type));
}

double mlir::dag::ptx::decodeNumber(uint64_t bits, Type type) {
  return decode(uint32_t(bits), getFormat(type));
}

static std::string triple(const unsigned (&values)[3]) {
  return (Twine(values[0]) + "," + Twine(values[1]) + "," + Twine(values[2]))
      .str();
}

uint64_t mlir::dag::ptx::getMostResident(const Program &program,
                                         const Launch &launch) {
  constexpr uint64_t kBlocks = 32, kThreads = 2048, kRegisters = 65536,
                     kSharedBytes = 228 * 1024;
  uint64_t threads =
      uint64_t(launch.block[0]) * launch.block[1] * launch.block[2];
  threads = (threads + 31) / 32 * 32;
  uint64_t shared = uint64_t(program.dynamicShared) + launch.dynamicShared;
  uint64_t registers = threads * program.entry->maxRegisters;
  uint64_t most = std::min(kBlocks, kThreads / threads);
  most = std::min(most, kSharedBytes / std::max<uint64_t>(shared, 1));
  if (registers != 0)
    most = std::min(most, kRegisters / registers);
  return kMultiprocessors * std::max<uint64_t>(most, 1);
}

std::string mlir::dag::ptx::checkLaunch(const Program &program,
                                        const Launch &launch) {
  const Function &entry = *program.entry;
  uint64_t threads =
      uint64_t(launch.block[0]) * launch.block[1] * launch.block[2];
  uint64_t blocks = uint64_t(launch.grid[0]) * launch.grid[1] * launch.grid[2];
  uint64_t cluster =
      uint64_t(launch.cluster[0]) * launch.cluster[1] * launch.cluster[2];
  if (threads == 0 || threads > 1024)
    return "expected from 1 to 1024 threads in a block, but got " +
           std::to_string(threads);
  if (launch.block[2] > 64)
    return "expected at most 64 threads in z of a block, but got " +
           std::to_string(launch.block[2]);
  for (unsigned i : {1u, 2u})
    if (launch.grid[i] > 65535)
      return "expected at most 65535 blocks in y and z of a grid, but got " +
             std::to_string(launch.grid[i]);
  if (blocks == 0 || blocks > 1u << 24)
    return "expected from 1 to 2^24 blocks in a grid, but got " +
           std::to_string(blocks);
  if (cluster == 0 || cluster > 16)
    return "expected from 1 to 16 blocks in a cluster, but got " +
           std::to_string(cluster);
  if (entry.maxClusterRank != 0 && cluster > entry.maxClusterRank)
    return "expected clusters of at most " +
           std::to_string(entry.maxClusterRank) +
           " blocks, as .maxclusterrank says, but got " +
           std::to_string(cluster);
  for (unsigned i = 0; i < 3; ++i)
    if (launch.grid[i] % launch.cluster[i] != 0)
      return "expected a grid that is a multiple of the cluster, but got " +
             std::to_string(launch.grid[i]) + " and " +
             std::to_string(launch.cluster[i]);
  for (unsigned i = 0; i < 3; ++i) {
    if (entry.reqThreads[0] != 0 && entry.reqThreads[i] != launch.block[i])
      return "expected blocks of " + triple(entry.reqThreads) +
             " threads, as .reqntid says";
    if (entry.reqCluster[0] != 0 && entry.reqCluster[i] != launch.cluster[i])
      return "expected clusters of " + triple(entry.reqCluster) +
             " blocks, as .reqnctapercluster says";
  }
  uint64_t most =
      uint64_t(entry.maxThreads[0]) * entry.maxThreads[1] * entry.maxThreads[2];
  if (most != 0 && threads > most)
    return "expected blocks of at most " + std::to_string(most) +
           " threads, as .maxntid says, but got " + std::to_string(threads);
  // Two clusters run at a time, if nobody waits for a third.
  uint64_t rows = program.numRegisters + program.constants.size();
  uint64_t perThread = rows * sizeof(uint64_t) + program.localBytes;
  if (perThread * threads * cluster * 2 > uint64_t(4) << 30)
    return "expected registers and local memory of at most 4 GiB, but got " +
           std::to_string(perThread) + " bytes for a thread";
  uint64_t shared = uint64_t(program.staticShared) + launch.dynamicShared;
  if (shared > 227 * 1024)
    return "expected at most 232448 bytes of shared memory, but got " +
           std::to_string(shared);
  if (uint64_t most = getMostResident(program, launch);
      launch.isCooperative && blocks > most)
    return "expected at most " + std::to_string(most) +
           " blocks in a cooperative launch, which have to run at a time, but "
           "got " +
           std::to_string(blocks);
  return "";
}
