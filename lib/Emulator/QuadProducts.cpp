//===- QuadProducts.cpp - Products of eight lanes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Matrix.h"

using namespace mlir::dag::ptx;

/// `mma.m8n8k4` of f16, as Volta has it: lanes 4q to 4q+3 and 4q+16 to 4q+19
/// multiply among themselves. `aux[0]`: flags; `aux[1]`: types of d and c.
enum QuadFlags : uint32_t { kColumnA = 1, kRowB = 2 };

/// Calls `body` with the lane, whether it is one of the upper four, and its
/// place among the four.
template <typename Body>
static void forEachQuadLane(unsigned quad, Body body) {
  for (unsigned half = 0; half < 2; ++half)
    for (unsigned i = 0; i < 4; ++i)
      body(16 * half + 4 * quad + i, 4 * half, i);
}

/// The element `i` of a lane's registers, of f16.
static float getHalf(Warp &warp, llvm::ArrayRef<unsigned> rows, unsigned lane,
                     unsigned i) {
  return halfToFloat(warp.source(rows[i / 2])[lane] >> (16 * (i % 2)));
}

/// The place of sum `i` in an 8 x 8 matrix: of f16, a lane has a row.
static unsigned placeSum(bool isHalf, unsigned base, unsigned lane,
                         unsigned i) {
  if (isHalf)
    return 8 * (base + lane) + i;
  unsigned row = base + (lane & 1) + (i & 2);
  return 8 * row + (i & 4) + (lane & 2) + (i & 1);
}

static void runQuads(Warp &warp, const Inst &inst) {
  MatrixShape shape{8, 8, 4};
  bool isHalfD = Type(inst.aux[1] & 255) == Type::F16;
  bool isHalfC = Type(inst.aux[1] >> 8) == Type::F16;
  if (!warp.isConverged() || warp.mask != kAllLanes)
    warp.machine.report(Code::Divergence, warp,
                        "not all lanes of the warp are at this mma");
  auto aRows = getRows(warp, inst.ops[1]), bRows = getRows(warp, inst.ops[2]);
  auto cRows = getRows(warp, inst.ops[3]), dRows = getRows(warp, inst.ops[0]);
  float sums[4][64];
  for (unsigned quad = 0; quad < 4; ++quad) {
    float a[8 * 4], b[4 * 8];
    float *d = sums[quad];
    forEachQuadLane(quad, [&](unsigned lane, unsigned base, unsigned place) {
      for (unsigned i = 0; i < 4; ++i) {
        float x = getHalf(warp, aRows, lane, i);
        float y = getHalf(warp, bRows, lane, i);
        bool isColumnA = inst.aux[0] & kColumnA;
        a[isColumnA ? (base + i) * 4 + place : (base + place) * 4 + i] = x;
        bool isRowB = inst.aux[0] & kRowB;
        b[isRowB ? place * 8 + base + i : i * 8 + base + place] = y;
      }
      for (unsigned i = 0; i < 8; ++i)
        d[placeSum(isHalfC, base, place, i)] =
            isHalfC ? getHalf(warp, cRows, lane, i)
                    : toFloat(warp.source(cRows[i])[lane]);
    });
    multiply(shape, a, b, d);
  }
  for (unsigned quad = 0; quad < 4; ++quad)
    forEachQuadLane(quad, [&](unsigned lane, unsigned base, unsigned place) {
      for (unsigned i = 0; i < 8; ++i) {
        float sum = sums[quad][placeSum(isHalfD, base, place, i)];
        uint64_t &to = warp.destinationRow(dRows[isHalfD ? i / 2 : i])[lane];
        if (!isHalfD)
          to = pack(sum);
        else if (i % 2 == 0)
          to = floatToHalf(sum);
        else
          to |= uint32_t(floatToHalf(sum)) << 16;
      }
    });
  ++warp.machine.counters.matrixOperations;
  warp.machine.counters.macs += 4 * 8 * 8 * 4;
}

Execute mlir::dag::ptx::selectQuadMma(const Modifiers &modifiers, Inst &inst) {
  Type d = modifiers.type(0), c = modifiers.type(3);
  auto hasCount = [&](unsigned operand, unsigned count) {
    return inst.ops[operand].kind == Op::Kind::List &&
           inst.ops[operand].count == count;
  };
  auto fits = [&](unsigned operand, Type type) {
    return (type == Type::F16 && hasCount(operand, 4)) ||
           (type == Type::F32 && hasCount(operand, 8));
  };
  if (modifiers.type(2) != Type::F16 || !hasCount(1, 2) || !hasCount(2, 2) ||
      !fits(0, d) || !fits(3, c) || (c == Type::F32 && d != Type::F32))
    return nullptr;
  llvm::SmallVector<llvm::StringRef, 2> layouts;
  for (llvm::StringRef flag : modifiers.flags)
    if (flag == "row" || flag == "col")
      layouts.push_back(flag);
  if (layouts.size() != 2 || modifiers.has("satfinite"))
    return nullptr;
  inst.aux[0] =
      (layouts[0] == "col" ? kColumnA : 0) | (layouts[1] == "row" ? kRowB : 0);
  inst.aux[1] = unsigned(d) | unsigned(c) << 8;
  return runQuads;
}
