//===- Finding.h - What a run finds -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_FINDING_H
#define DAG_EMULATOR_FINDING_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mlir::dag::ptx {

/// What is wrong with a kernel, or with a launch of it. Numbers are stable.
enum class Code : unsigned {
  SharedRace = 101,
  ClusterRace = 102,
  GlobalRace = 103,
  WarpRace = 104,
  NotWaited = 105,
  SourceReused = 106,
  ProxyFence = 107,
  RegisterInFlight = 108,
  WgmmaFence = 109,
  LaunchRace = 110,
  ReadOnlyLoad = 111,
  OutOfBounds = 201,
  Misaligned = 202,
  Uninitialised = 203,
  BadAddress = 204,
  ReadOnly = 205,
  Deadlock = 301,
  Divergence = 302,
  BarrierCount = 303,
  NotABarrier = 304,
  TooManyArrivals = 305,
  Transactions = 306,
  EarlyExit = 307,
  MemberMask = 308,
  Reinitialised = 309,
  WarpgroupMismatch = 310,
  NotBegun = 311,
  RegisterPool = 312,
  BarrierAccess = 313,
  Trap = 401,
  Assertion = 402,
  Limit = 403,
  BadDescriptor = 404,
  BadTensorMap = 405
};

/// A row of the table of codes.
struct CodeRow {
  Code code;
  /// `race in shared memory`
  llvm::StringRef title;
  /// What mends it, where the finding knows nothing better.
  llvm::StringRef hint;
};
const CodeRow &getRow(Code code);
llvm::ArrayRef<CodeRow> getCodeRows();

/// An instruction of PTX, and where the program that it was made of has it.
struct Place {
  unsigned line = 0;
  std::string text;
  std::string sourceFile;
  unsigned sourceLine = 0;
};

/// One of the two sides.
struct Party {
  Place place;
  /// `warp 3 of block (0,1,0), lane 5`
  std::string agent;
  /// `wrote`, `reads`
  std::string action;
};

struct Finding {
  Code code = Code::Trap;
  /// What happened, in a sentence without a period.
  std::string message;
  /// The later one first; one or two.
  std::vector<Party> parties;
  /// `shared memory +0x40 (tile+64)`; empty if there is none.
  std::string address;
  std::string hint;
  /// How often, with other lanes, addresses and pairs of instructions of the
  /// same cause.
  uint64_t count = 1;
  bool isWarning = false;
};

/// Leaves one finding for each cause: drops those that follow from others.
void dropConsequences(std::vector<Finding> &findings);

/// `PTX101`
std::string getName(Code code);

/// Findings in the forms that tools take.
void writeText(llvm::ArrayRef<Finding> findings, llvm::StringRef file,
               llvm::raw_ostream &os);
void writeJson(llvm::ArrayRef<Finding> findings, llvm::StringRef file,
               llvm::StringRef entry, llvm::raw_ostream &os);
void writeSarif(llvm::ArrayRef<Finding> findings, llvm::StringRef file,
                llvm::StringRef version, llvm::raw_ostream &os);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_FINDING_H
