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

bool mlir::dag::ptx::isIntegerMatrix(Type type) {
  return type == Type::S8 || type == Type::U8 || type == Type::S4 ||
         type == Type::U4 || type == Type::B1;
}

//===----------------------------------------------------------------------===//
// mma
//===----------------------------------------------------------------------===//

namespace {
/// `aux`: m, n, k packed; types of d, a, b, c; flags.
struct MmaForm {
  MatrixShape shape;
  Type d, a, b, c;
  uint32_t flags;
};
enum MmaFlags : uint32_t { kSaturates = 1, kXor = 2 };

/// Matrices of the largest product, a row after the other.
template <typename T>
struct Product {
  T a[16 * 256], b[256 * 8], d[16 * 8];
};
} // namespace

static MmaForm getForm(const Inst &inst) {
  uint32_t shape = inst.aux[0], types = inst.aux[1];
  return {{shape & 255, shape >> 8 & 255, shape >> 16},
          Type(types & 255),
          Type(types >> 8 & 255),
          Type(types >> 16 & 255),
          Type(types >> 24),
          inst.aux[2]};
}

/// Places what a register has of a factor: four lanes have a row of A, or a
/// column of B, `outerStep` apart, and its elements are `kStep` apart.
template <typename T, Type E, unsigned kStep>
static inline void place(const uint64_t *from, T *to, unsigned outerStep) {
  constexpr unsigned kPer = getElementsPerRegister(E);
  for (unsigned outer = 0; outer < 8; ++outer)
    for (unsigned quad = 0; quad < 4; ++quad)
      for (unsigned i = 0; i < kPer; ++i)
        to[outer * outerStep + (quad * kPer + i) * kStep] =
            readBits<T, E>(from[4 * outer + quad] >> i * getElementBits(E));
}

/// A, whose registers have rows 0 to 7 and 8 to 15 in turn.
template <typename T>
static void gatherA(Warp &warp, const Op &op, const MmaForm &form, T *a) {
  auto rows = getRows(warp, op);
  unsigned k = form.shape.k;
  bool isTall = form.shape.m == 16;
  withElementType<T>(form.a, [&](auto type) {
    constexpr Type kType = type;
    constexpr unsigned kPer = getElementsPerRegister(kType);
    for (unsigned r = 0; r < rows.size(); ++r)
      place<T, kType, 1>(warp.source(rows[r]),
                         isTall ? a + (r & 1) * 8 * k + (r >> 1) * 4 * kPer
                                : a + r * 4 * kPer,
                         k);
    finishBits<T, kType>(a, size_t(form.shape.m) * k);
  });
}

template <typename T>
static void gatherB(Warp &warp, const Op &op, const MmaForm &form, T *b) {
  auto rows = getRows(warp, op);
  withElementType<T>(form.b, [&](auto type) {
    constexpr Type kType = type;
    constexpr unsigned kPer = getElementsPerRegister(kType);
    for (unsigned r = 0; r < rows.size(); ++r)
      place<T, kType, 8>(warp.source(rows[r]), b + r * 4 * kPer * 8, 1);
    finishBits<T, kType>(b, size_t(form.shape.k) * 8);
  });
}

/// The sums that each lane has two of in a row: in one register if they are
/// packed, or in two.
template <typename T>
static void gatherSums(Warp &warp, const Op &op, bool isPacked, T *d) {
  auto rows = getRows(warp, op);
  for (unsigned r = 0; r < rows.size(); ++r) {
    const uint64_t *from = warp.source(rows[r]);
    T *to = isPacked ? d + r * 64 : d + (r >> 1) * 64 + (r & 1);
    for (unsigned lane = 0; lane < kLanes; ++lane)
      if (std::is_same_v<T, float> && isPacked) {
        to[2 * lane] = unpack<T>(uint16_t(from[lane]));
        to[2 * lane + 1] = unpack<T>(uint16_t(from[lane] >> 16));
      } else {
        to[2 * lane] = unpack<T>(from[lane]);
      }
  }
  if constexpr (std::is_same_v<T, float>)
    if (isPacked)
      widenHalves(d, rows.size() * 64);
}

template <typename T>
static void scatterSums(Warp &warp, const Op &op, bool isPacked, T *d) {
  auto rows = getRows(warp, op);
  if constexpr (std::is_same_v<T, float>)
    if (isPacked)
      narrowToHalves(d, rows.size() * 64);
  for (unsigned r = 0; r < rows.size(); ++r) {
    uint64_t *to = warp.destinationRow(rows[r]);
    const T *from = isPacked ? d + r * 64 : d + (r >> 1) * 64 + (r & 1);
    for (unsigned lane = 0; lane < kLanes; ++lane)
      if (std::is_same_v<T, float> && isPacked)
        to[lane] = pack(from[2 * lane]) | pack(from[2 * lane + 1]) << 16;
      else
        to[lane] = pack(from[2 * lane]);
  }
}

/// Integers are added up from zero, and then to C. With kXor, bits are 1 and
/// -1, of which products are -1 where they differ.
static void multiplyIntegers(const MmaForm &form, Product<uint32_t> &p) {
  unsigned k = form.shape.k, size = form.shape.m * 8;
  bool isXor = form.flags & kXor;
  if (isXor) {
    for (unsigned i = 0; i < form.shape.m * k; ++i)
      p.a[i] = 1 - 2 * p.a[i];
    for (unsigned i = 0; i < 8 * k; ++i)
      p.b[i] = 1 - 2 * p.b[i];
  }
  uint32_t sums[16 * 8] = {};
  multiply(form.shape, p.a, p.b, sums);
  for (unsigned i = 0; i < size; ++i)
    p.d[i] = addIntegers(isXor ? (k - sums[i]) / 2 : sums[i], p.d[i],
                         form.flags & kSaturates);
}

template <typename T>
static void runMma(Warp &warp, const Inst &inst) {
  static thread_local Product<T> p;
  MmaForm form = getForm(inst);
  if (!warp.isConverged() || warp.mask != kAllLanes)
    warp.machine.report(Code::Divergence, warp,
                        "not all lanes of the warp are at this mma");
  gatherA(warp, inst.ops[1], form, p.a);
  gatherB(warp, inst.ops[2], form, p.b);
  gatherSums(warp, inst.ops[3], form.c == Type::F16, p.d);
  if constexpr (std::is_same_v<T, uint32_t>)
    multiplyIntegers(form, p);
  else
    multiply(form.shape, p.a, p.b, p.d);
  scatterSums(warp, inst.ops[0], form.d == Type::F16, p.d);
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
  if (!parseShape(modifiers, shape) || modifiers.types.size() != 4)
    return nullptr;
  if (shape.m == 8 && shape.n == 8 && shape.k == 4 &&
      modifiers.type(1) == Type::F16)
    return selectQuadMma(modifiers, inst);
  if (!modifiers.has("row") || !modifiers.has("col") || shape.n != 8)
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
  return isFloat ? runMma<float> : isDouble ? runMma<double> : runMma<uint32_t>;
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
  checkAligned(warp, inst);
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
     selectMma, 4},
    {"ldmatrix", "Dm", "sync aligned m8n8 x1 x2 x4 trans @space",
     selectLdmatrix},
    {"stmatrix", "mS", "sync aligned m8n8 x1 x2 x4 trans @space",
     selectStmatrix},
    {"movmatrix", "ds", "sync aligned m8n8 trans", selectMovmatrix},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getMatrixRows() { return kRows; }
