//===- Program.h - An entry as a machine runs it -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_PROGRAM_H
#define DAG_EMULATOR_PROGRAM_H

#include "dag/Emulator/Module.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Allocator.h"

namespace mlir::dag::ptx {
class Warp;
struct Inst;

/// What an instruction does for the lanes `warp.mask`.
using Execute = void (*)(Warp &warp, const Inst &inst);

enum class Scope : uint8_t { Cta, Cluster, Gpu, Sys };
enum class Order : uint8_t {
  Weak,
  Relaxed,
  Acquire,
  Release,
  AcquireRelease,
  Sequential
};
enum class Rounding : uint8_t { Nearest, Zero, Down, Up, NearestAway };

constexpr unsigned kNoRow = ~0u;
constexpr unsigned kNoTarget = ~0u;

/// Where the spaces lie among 64-bit addresses. Addresses of shared memory by
/// themselves are 32 bits: an offset, and the block's rank plus one at bit 24
/// of what `mapa` gives; a rank of 0 is the own block.
namespace window {
constexpr unsigned kSlotBits = 33;
constexpr uint64_t kSlot = uint64_t(1) << kSlotBits;
constexpr uint64_t kShared = kSlot, kLocal = 2 * kSlot, kParam = 3 * kSlot,
                   kConst = 4 * kSlot, kCode = 5 * kSlot,
                   kGridBarrier = 6 * kSlot;
/// The slots of variables, of the launch's buffers, and of what stands for
/// several of these.
constexpr uint64_t kFirstVariable = 16, kFirstBuffer = 1 << 12,
                   kFirstMulticast = 1 << 24;
/// Where a block's own shared memory begins.
constexpr unsigned kSharedStart = 1024, kRankShift = 24;
} // namespace window

/// An operand. Values of a warp's 32 lanes are a row; constants are rows, too.
struct Op {
  enum class Kind : uint8_t { Row, List, Sink, None };
  Kind kind = Kind::None;
  bool isNegated = false;
  /// Width of the register.
  uint8_t bits = 64;
  uint16_t count = 1;
  /// The row, or the first one of `count` in `Program::lists`.
  unsigned row = kNoRow;
  /// The second destination, or the second part of an address: an index of an
  /// operand in `Program::extra`.
  unsigned second = kNoRow;
  int64_t offset = 0;
};

struct Inst {
  Execute execute = nullptr;
  const Op *ops = nullptr;
  uint8_t numOps = 0;
  Type type = Type::None, fromType = Type::None;
  Space space = Space::Generic;
  Scope scope = Scope::Gpu;
  Order order = Order::Weak;
  bool isGuardNegated = false;
  /// Whether lanes end here.
  bool isExit = false;
  unsigned guard = kNoRow;
  /// Where a branch goes, and where its lanes are together again.
  unsigned target = kNoTarget, reconverge = kNoTarget;
  /// All targets of brx.idx: an index of `Program::branchTargets`.
  unsigned targets = kNoTarget;
  /// What the family of the instruction keeps here.
  uint32_t aux[4] = {0, 0, 0, 0};
  const Instruction *source = nullptr;
};

/// What belongs to a launch, not to a block: known when the text is read.
struct Program {
  const Module *module = nullptr;
  const Function *entry = nullptr;
  std::vector<Inst> code;
  /// Rows of registers; behind them are those of constants.
  unsigned numRegisters = 0;
  std::vector<uint64_t> constants;
  /// Rows of special registers that a warp sets when it begins.
  std::vector<std::pair<unsigned, unsigned>> specials;
  std::vector<unsigned> lists;
  std::vector<Op> extra;
  std::vector<std::vector<unsigned>> branchTargets;
  llvm::BumpPtrAllocator allocator;

  /// Bytes, and where the dynamic part begins.
  unsigned staticShared = 0, dynamicShared = 0;
  uint64_t localBytes = 0, paramBytes = 0, constBytes = 0;
  /// Offset of each parameter of the entry.
  std::vector<uint64_t> paramOffsets;
  /// Addresses of variables by index.
  llvm::DenseMap<unsigned, uint64_t> addresses;
  bool usesWgmma = false;
  /// Rows that instructions and guards read.
  llvm::BitVector readRows;

  void noteRead(unsigned row) {
    if (readRows.size() <= row)
      readRows.resize(2 * row + 1);
    readRows.set(row);
  }
  /// Whether anything reads what a destination gets.
  bool isRead(const Op &op) const {
    return op.kind != Op::Kind::Sink &&
           llvm::any_of(getList(op), [&](unsigned row) {
             return row < readRows.size() && readRows.test(row);
           });
  }
  const Op &getExtra(const Op &op) const { return extra[op.second]; }
  llvm::ArrayRef<unsigned> getList(const Op &op) const {
    return op.kind == Op::Kind::List
               ? llvm::ArrayRef(lists).slice(op.row, op.count)
               : llvm::ArrayRef(op.row);
  }
};

/// Decodes an entry and all that it calls, which is put in place of the calls.
/// Null, with `error`, if there is an instruction or a form of one that the
/// machine does not have: nothing is skipped.
std::unique_ptr<Program> decode(const Module &module, const Function &entry,
                                ParseError &error);

/// Gives parameters and variables of global, constant and shared memory their
/// addresses. False, with `error`, if they do not fit.
bool layOut(Program &program, ParseError &error);

/// The address of a function, or 0 if it is not taken.
uint64_t getFunctionAddress(const Module &module, llvm::StringRef name);

/// Sets `reconverge` of the branches: where they are post-dominated.
void findReconvergence(Program &program);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_PROGRAM_H
