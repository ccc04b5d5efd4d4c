//===- MatrixOps.cpp - Products of a warp: mma, ldmatrix, stmatrix -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Matrix.h"

#include <algorithm>
#include <cstring>

using namespace mlir::dag::ptx;
using llvm::StringRef;
using llvm::Twine;

bool mlir::dag::ptx::parseShape(const Modifiers &modifiers,
                                MatrixShape &shape) {
  for (StringRef flag : modifiers.flags) {
    StringRef rest = flag;
    if (rest.consume_front("m") && !rest.consumeInteger(10, shape.m) &&
        rest.consume_front("n") && !rest.consumeInteger(10, shape.n) &&
        (rest.empty() || (rest.consume_front("k") &&
                          !rest.consumeInteger(10, shape.k) && rest.empty())))
      return true;
  }
  return false;
}

unsigned mlir::dag::ptx::getElementBits(Type type) {
  return type == Type::TF32 ? 32 : getBits(type);
}

bool mlir::dag::ptx::isIntegerMatrix(Type type) {
  return type == Type::S8 || type == Type::U8 || type == Type::S4 ||
         type == Type::U4 || type == Type::B1;
}

float mlir::dag::ptx::readElement(uint64_t bits, Type type) {
  switch (type) {
  case Type::F16:
    return halfToFloat(bits);
  case Type::BF16:
    return bfloatToFloat(bits);
  case Type::E4M3:
    return decode(bits & 255, kE4M3);
  case Type::E5M2:
    return decode(bits & 255, kE5M2);
  case Type::TF32:
    // The lower bits are not looked at.
    return toFloat(bits & 0xffffe000);
  default:
    return toFloat(bits);
  }
}

int32_t mlir::dag::ptx::readInteger(uint64_t bits, Type type) {
  switch (type) {
  case Type::S8:
    return int8_t(bits);
  case Type::U8:
    return uint8_t(bits);
  case Type::S4:
    return int32_t(uint32_t(bits) << 28) >> 28;
  case Type::U4:
    return bits & 15;
  default:
    return bits & 1;
  }
}

//===----------------------------------------------------------------------===//
// mma
//===----------------------------------------------------------------------===//

namespace {
/// Where an element of a fragment stands: for register `r`, part `i` of a lane.
struct Fragments {
  MatrixShape shape;
  unsigned perRegister = 1;

  unsigned rowOfA(unsigned lane, unsigned r) const {
    return lane / 4 + (shape.m == 16 ? 8 * (r & 1) : 0);
  }
  unsigned columnOfA(unsigned lane, unsigned r, unsigned i) const {
    unsigned block = shape.m == 16 ? r >> 1 : r;
    return block * 4 * perRegister + lane % 4 * perRegister + i;
  }
  unsigned rowOfB(unsigned lane, unsigned r, unsigned i) const {
    return r * 4 * perRegister + lane % 4 * perRegister + i;
  }
};

/// Sums as the machine has them: of f32, of f64, or of integers.
template <typename T>
struct Product {
  T a[16][256], b[256][8], d[16][8];
};
} // namespace

template <typename T>
static T readAs(uint64_t bits, Type type) {
  if constexpr (std::is_same_v<T, double>)
    return toDouble(bits);
  else if constexpr (std::is_same_v<T, float>)
    return readElement(bits, type);
  else
    return readInteger(bits, type);
}

enum MmaFlags : uint32_t { kSaturates = 1, kXor = 2 };

/// Integers are added up in 64 bits, and are then what 32 bits hold of them.
template <typename T>
static uint64_t finish(T sum, uint32_t flags) {
  if constexpr (std::is_same_v<T, int64_t>)
    return uint32_t(flags & kSaturates
                        ? std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX)
                        : sum);
  else
    return pack(sum);
}

/// `aux`: m, n, k packed; types of a, b, c; flags.
struct MmaForm {
  MatrixShape shape;
  Type d, a, b, c;
  uint32_t flags;
};
static MmaForm getForm(const Inst &inst) {
  uint32_t shape = inst.aux[0], types = inst.aux[1];
  return {{shape & 255, shape >> 8 & 255, shape >> 16},
          Type(types & 255),
          Type(types >> 8 & 255),
          Type(types >> 16 & 255),
          Type(types >> 24),
          inst.aux[2]};
}

/// The fragments of m16n8 with elements of 16 bits, which most products have.
template <float (*Read)(uint16_t)>
static void gatherHalves(Warp &warp, const Inst &inst, Product<float> &p) {
  auto aRows = getRows(warp, inst.ops[1]), bRows = getRows(warp, inst.ops[2]);
  for (unsigned r = 0; r < aRows.size(); ++r) {
    const uint64_t *from = warp.source(aRows[r]);
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      float *to = &p.a[lane / 4 + 8 * (r & 1)][(r >> 1) * 8 + lane % 4 * 2];
      to[0] = Read(uint16_t(from[lane]));
      to[1] = Read(uint16_t(from[lane] >> 16));
    }
  }
  for (unsigned r = 0; r < bRows.size(); ++r) {
    const uint64_t *from = warp.source(bRows[r]);
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      unsigned row = r * 8 + lane % 4 * 2;
      p.b[row][lane / 4] = Read(uint16_t(from[lane]));
      p.b[row + 1][lane / 4] = Read(uint16_t(from[lane] >> 16));
    }
  }
}

template <typename T>
static void gather(Warp &warp, const Inst &inst, const MmaForm &form,
                   Product<T> &p) {
  if constexpr (std::is_same_v<T, float>) {
    if (form.shape.m == 16 && form.a == form.b && form.a == Type::F16)
      return gatherHalves<halfToFloat>(warp, inst, p);
    if (form.shape.m == 16 && form.a == form.b && form.a == Type::BF16)
      return gatherHalves<bfloatToFloat>(warp, inst, p);
  }
  unsigned bits = getElementBits(form.a);
  Fragments fragments{form.shape, bits == 64 ? 1 : 32 / bits};
  uint64_t mask = bits == 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
  auto aRows = getRows(warp, inst.ops[1]), bRows = getRows(warp, inst.ops[2]);
  for (unsigned r = 0; r < aRows.size(); ++r) {
    const uint64_t *from = warp.source(aRows[r]);
    for (unsigned lane = 0; lane < kLanes; ++lane)
      for (unsigned i = 0; i < fragments.perRegister; ++i)
        p.a[fragments.rowOfA(lane, r)][fragments.columnOfA(lane, r, i)] =
            readAs<T>(from[lane] >> (i * bits) & mask, form.a);
  }
  for (unsigned r = 0; r < bRows.size(); ++r) {
    const uint64_t *from = warp.source(bRows[r]);
    for (unsigned lane = 0; lane < kLanes; ++lane)
      for (unsigned i = 0; i < fragments.perRegister; ++i)
        p.b[fragments.rowOfB(lane, r, i)][lane / 4] =
            readAs<T>(from[lane] >> (i * bits) & mask, form.b);
  }
}

template <typename T>
__attribute__((always_inline)) static inline void
multiplyAs(const MmaForm &form, Product<T> &p) {
  for (unsigned row = 0; row < form.shape.m; ++row) {
    T sums[8];
    std::copy_n(p.d[row], 8, sums);
    for (unsigned k = 0; k < form.shape.k; ++k) {
      T a = p.a[row][k];
      for (unsigned column = 0; column < 8; ++column) {
        T b = p.b[k][column];
        if constexpr (std::is_same_v<T, int64_t>)
          sums[column] += form.flags & kXor ? a ^ b : a * b;
        else if constexpr (std::is_same_v<T, double>)
          sums[column] = std::fma(a, b, sums[column]);
        else
          sums[column] += a * b;
      }
    }
    std::copy_n(sums, 8, p.d[row]);
  }
}

#if defined(__clang__) && defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("avx2", "default")))
#endif
static void multiply(const MmaForm &form, Product<float> &p) {
  multiplyAs(form, p);
}
static void multiply(const MmaForm &form, Product<double> &p) {
  multiplyAs(form, p);
}
static void multiply(const MmaForm &form, Product<int64_t> &p) {
  multiplyAs(form, p);
}

/// Calls `body` with the register, its part, the row and the column of each
/// element of an accumulator of a lane.
template <typename Body>
static void forEachSum(unsigned numRegisters, bool isPacked, unsigned lane,
                       Body body) {
  for (unsigned r = 0; r < numRegisters; ++r)
    for (unsigned i = 0; i < (isPacked ? 2u : 1u); ++i) {
      unsigned row = lane / 4 + 8 * (isPacked ? r : r >> 1);
      body(r, i, row, 2 * (lane % 4) + (isPacked ? i : r & 1));
    }
}

template <typename T>
static void runMma(Warp &warp, const Inst &inst) {
  static thread_local Product<T> p;
  MmaForm form = getForm(inst);
  if (!warp.isConverged() || warp.mask != kAllLanes)
    warp.machine.report(Code::Divergence, warp,
                        "not all lanes of the warp are at this mma");
  gather(warp, inst, form, p);
  auto cRows = getRows(warp, inst.ops[3]), dRows = getRows(warp, inst.ops[0]);
  bool isPackedC = form.c == Type::F16, isPackedD = form.d == Type::F16;
  for (unsigned lane = 0; lane < kLanes; ++lane)
    forEachSum(cRows.size(), isPackedC, lane,
               [&](unsigned r, unsigned i, unsigned row, unsigned column) {
                 uint64_t bits = warp.source(cRows[r])[lane];
                 if constexpr (std::is_same_v<T, float>)
                   p.d[row][column] =
                       isPackedC ? halfToFloat(bits >> 16 * i) : toFloat(bits);
                 else if constexpr (std::is_same_v<T, int64_t>)
                   p.d[row][column] = int32_t(bits);
                 else
                   p.d[row][column] = unpack<T>(bits);
               });
  multiply(form, p);
  for (unsigned lane = 0; lane < kLanes; ++lane)
    forEachSum(dRows.size(), isPackedD, lane,
               [&](unsigned r, unsigned i, unsigned row, unsigned column) {
                 uint64_t &to = warp.destinationRow(dRows[r])[lane];
                 if (!isPackedD)
                   to = finish(p.d[row][column], form.flags);
                 else if (i == 0)
                   to = floatToHalf(p.d[row][column]);
                 else
                   to |= uint64_t(floatToHalf(p.d[row][column])) << 16;
               });
  ++warp.machine.counters.matrixOperations;
  warp.machine.counters.macs +=
      uint64_t(form.shape.m) * form.shape.n * form.shape.k;
}

/// Registers of an operand: of its elements of a warp's share.
static bool hasRegisters(const Op &op, unsigned elements, unsigned bits) {
  unsigned expected =
      std::max(1u, elements * bits / std::max(bits, 32u) / (bits < 32 ? 1 : 1));
  if (bits < 32)
    expected = std::max(1u, elements * bits / 32);
  unsigned got = op.kind == Op::Kind::List ? op.count : 1;
  return got == expected;
}

static Execute selectMma(const Modifiers &modifiers, Inst &inst) {
  MatrixShape shape;
  if (!parseShape(modifiers, shape) || modifiers.types.size() != 4 ||
      !modifiers.has("row") || !modifiers.has("col") || shape.n != 8)
    return nullptr;
  Type d = modifiers.type(0), a = modifiers.type(1), b = modifiers.type(2),
       c = modifiers.type(3);
  unsigned bits = getElementBits(a);
  bool isSum =
      (d == Type::F32 || d == Type::F16) && (c == Type::F32 || c == Type::F16);
  bool isFloat = (a == Type::F16 || a == Type::BF16 || a == Type::TF32 ||
                  a == Type::E4M3 || a == Type::E5M2) &&
                 isSum;
  bool isDouble = a == Type::F64 && d == Type::F64 && c == Type::F64;
  bool isInt = isIntegerMatrix(a) && d == Type::S32 && c == Type::S32;
  // The old m8n8k4 of f16 has fragments of its own.
  if (getElementBits(b) != bits || (!isFloat && !isDouble && !isInt) ||
      (shape.m != 16 && (shape.m != 8 || isFloat)) || shape.k > 256)
    return nullptr;
  auto sumBits = [](Type type) { return getBits(type); };
  bool fits = hasRegisters(inst.ops[1], shape.m * shape.k / 32, bits) &&
              hasRegisters(inst.ops[2], 8 * shape.k / 32, bits) &&
              hasRegisters(inst.ops[0], shape.m * 8 / 32, sumBits(d)) &&
              hasRegisters(inst.ops[3], shape.m * 8 / 32, sumBits(c));
  if (!fits || (modifiers.isSaturating))
    return nullptr;
  inst.aux[0] = shape.m | shape.n << 8 | shape.k << 16;
  inst.aux[1] =
      unsigned(d) | unsigned(a) << 8 | unsigned(b) << 16 | unsigned(c) << 24;
  inst.aux[2] = (modifiers.has("xor") ? kXor : 0) |
                (modifiers.has("satfinite") ? kSaturates : 0);
  if (modifiers.has("satfinite") && !isInt)
    return nullptr;
  return isFloat ? runMma<float> : isDouble ? runMma<double> : runMma<int64_t>;
}

//===----------------------------------------------------------------------===//
// ldmatrix, stmatrix, movmatrix
//===----------------------------------------------------------------------===//

/// Where the rows of `count` matrices are, 16 bytes each; all lanes of the warp
/// have to be at the instruction.
static void findMatrixRows(Warp &warp, const Op &address, unsigned count,
                           StringRef name, uint64_t (&addresses)[kLanes]) {
  Machine &machine = warp.machine;
  for (unsigned lane = 0; lane < 8 * count; ++lane)
    addresses[lane] = warp.getAddress(address, lane);
  if (machine.launch.profiles)
    machine.count(Space::Shared, count == 4 ? kAllLanes : (1u << 8 * count) - 1,
                  addresses, 16, warp.current);
  if (!warp.isConverged() || warp.mask != kAllLanes)
    machine.report(Code::Divergence, warp,
                   ("not all lanes of the warp are at this " + name).str());
}

/// `aux[0]`: whether the matrix is transposed. Lanes 8i to 8i+7 have the rows
/// of matrix i.
static void runLdmatrix(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  auto rows = getRows(warp, inst.ops[0]);
  uint64_t addresses[kLanes] = {};
  findMatrixRows(warp, inst.ops[1], rows.size(), "ldmatrix", addresses);
  uint16_t matrix[8][8];
  for (unsigned i = 0; i < rows.size(); ++i) {
    for (unsigned row = 0; row < 8; ++row) {
      unsigned lane = 8 * i + row;
      const uint8_t *bytes =
          machine.resolve(warp, Space::Shared, addresses[lane], 16,
                          AccessKind::Read, lane, false);
      if (!bytes)
        return;
      std::memcpy(matrix[row], bytes, 16);
    }
    uint64_t *to = warp.destinationRow(rows[i]);
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      unsigned row = lane / 4, column = 2 * (lane % 4);
      uint32_t low = inst.aux[0] ? matrix[column][row] : matrix[row][column];
      uint32_t high =
          inst.aux[0] ? matrix[column + 1][row] : matrix[row][column + 1];
      to[lane] = low | high << 16;
    }
  }
}

static void runStmatrix(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  auto rows = getRows(warp, inst.ops[1]);
  uint64_t addresses[kLanes] = {};
  findMatrixRows(warp, inst.ops[0], rows.size(), "stmatrix", addresses);
  for (unsigned i = 0; i < rows.size(); ++i) {
    uint16_t matrix[8][8];
    const uint64_t *from = warp.source(rows[i]);
    for (unsigned lane = 0; lane < kLanes; ++lane)
      for (unsigned half = 0; half < 2; ++half) {
        unsigned row = lane / 4, column = 2 * (lane % 4) + half;
        uint16_t value = from[lane] >> (16 * half);
        (inst.aux[0] ? matrix[column][row] : matrix[row][column]) = value;
      }
    for (unsigned row = 0; row < 8; ++row) {
      unsigned lane = 8 * i + row;
      uint8_t *bytes = machine.resolve(warp, Space::Shared, addresses[lane], 16,
                                       AccessKind::Write, lane, false);
      if (!bytes)
        return;
      std::memcpy(bytes, matrix[row], 16);
    }
  }
  machine.progress();
}

static bool isMatrixForm(const Modifiers &modifiers, const Op &op) {
  unsigned count = modifiers.has("x4") ? 4 : modifiers.has("x2") ? 2 : 1;
  unsigned got = op.kind == Op::Kind::List ? op.count : 1;
  return modifiers.has("m8n8") && modifiers.type() == Type::B16 && got == count;
}
static Execute selectLdmatrix(const Modifiers &modifiers, Inst &inst) {
  inst.aux[0] = modifiers.has("trans");
  return isMatrixForm(modifiers, inst.ops[0]) ? runLdmatrix : nullptr;
}
static Execute selectStmatrix(const Modifiers &modifiers, Inst &inst) {
  inst.aux[0] = modifiers.has("trans");
  return isMatrixForm(modifiers, inst.ops[1]) ? runStmatrix : nullptr;
}

static void runMovmatrix(Warp &warp, const Inst &inst) {
  uint16_t matrix[8][8];
  const uint64_t *from = warp.source(inst.ops[1]);
  for (unsigned lane = 0; lane < kLanes; ++lane)
    for (unsigned half = 0; half < 2; ++half)
      matrix[lane / 4][2 * (lane % 4) + half] = from[lane] >> (16 * half);
  uint64_t *to = warp.destination(inst.ops[0]);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    unsigned row = lane / 4, column = 2 * (lane % 4);
    to[lane] = matrix[column][row] | uint32_t(matrix[column + 1][row]) << 16;
  }
}
static Execute selectMovmatrix(const Modifiers &, Inst &) {
  return runMovmatrix;
}

static const InstructionRow kRows[] = {
    {"mma", "DSSS", "sync aligned row col m* satfinite xor and popc @round",
     selectMma},
    {"ldmatrix", "Dm", "sync aligned m8n8 x1 x2 x4 trans @space",
     selectLdmatrix},
    {"stmatrix", "mS", "sync aligned m8n8 x1 x2 x4 trans @space",
     selectStmatrix},
    {"movmatrix", "ds", "sync aligned m8n8 trans", selectMovmatrix},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getMatrixRows() { return kRows; }
