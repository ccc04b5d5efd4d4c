//===- WmmaOps.cpp - Products of a warp: wmma -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Matrix.h"

#include <cstring>

using namespace mlir::dag::ptx;

/// Where elements stand in the fragments of wmma is nobody's business but the
/// machine's: element x is in lane x % 32, in its slot x / 32.
namespace {
struct Fragment {
  unsigned rows = 0, columns = 0;
  Type type = Type::F16;

  unsigned bits() const { return getElementBits(type); }
  unsigned perRegister() const { return bits() >= 32 ? 1 : 32 / bits(); }
  unsigned size() const { return rows * columns; }
};
} // namespace

/// `aux[0]`: rows and columns; `aux[1]`: whether columns are consecutive in
/// memory; `aux[2]`: the type.
static Fragment getFragment(const Inst &inst) {
  return {inst.aux[0] & 0xffff, inst.aux[0] >> 16, Type(inst.aux[2])};
}

static uint64_t readSlot(Warp &warp, llvm::ArrayRef<unsigned> rows,
                         const Fragment &fragment, unsigned element) {
  unsigned slot = element / kLanes, per = fragment.perRegister();
  uint64_t value = warp.source(rows[slot / per])[element % kLanes];
  unsigned bits = fragment.bits();
  return bits == 64
             ? value
             : value >> (slot % per * bits) & ((uint64_t(1) << bits) - 1);
}

static void writeSlot(Warp &warp, llvm::ArrayRef<unsigned> rows,
                      const Fragment &fragment, unsigned element,
                      uint64_t value) {
  unsigned slot = element / kLanes, per = fragment.perRegister();
  uint64_t &to = warp.destinationRow(rows[slot / per])[element % kLanes];
  unsigned bits = fragment.bits();
  if (per == 1) {
    to = value;
    return;
  }
  unsigned shift = slot % per * bits;
  uint64_t mask = ((uint64_t(1) << bits) - 1) << shift;
  to = (to & ~mask) | (value << shift & mask);
}

/// Calls `body` with the element and its place in memory.
template <typename Body>
static void forEachElement(Warp &warp, const Inst &inst, unsigned address,
                           unsigned stride, Body body) {
  Fragment fragment = getFragment(inst);
  bool isColumn = inst.aux[1];
  uint64_t base = warp.getAddress(inst.ops[address], warp.firstLane());
  uint64_t step = inst.numOps > stride
                      ? warp.getUniform(inst.ops[stride])
                      : (isColumn ? fragment.rows : fragment.columns);
  unsigned bytes = fragment.bits() / 8;
  for (unsigned element = 0; element < fragment.size(); ++element) {
    unsigned row = element / fragment.columns,
             column = element % fragment.columns;
    uint64_t place = isColumn ? column * step + row : row * step + column;
    if (!body(element, base + place * bytes, bytes))
      return;
  }
}

static void runLoad(Warp &warp, const Inst &inst) {
  Fragment fragment = getFragment(inst);
  auto rows = getRows(warp, inst.ops[0]);
  forEachElement(warp, inst, 1, 2,
                 [&](unsigned element, uint64_t address, unsigned bytes) {
                   const uint8_t *from = warp.machine.resolve(
                       warp, inst.space, address, bytes, AccessKind::Read,
                       element % kLanes, false);
                   if (!from)
                     return false;
                   uint64_t value = 0;
                   std::memcpy(&value, from, bytes);
                   writeSlot(warp, rows, fragment, element, value);
                   return true;
                 });
}

static void runStore(Warp &warp, const Inst &inst) {
  Fragment fragment = getFragment(inst);
  auto rows = getRows(warp, inst.ops[1]);
  forEachElement(warp, inst, 0, 2,
                 [&](unsigned element, uint64_t address, unsigned bytes) {
                   uint8_t *to = warp.machine.resolve(warp, inst.space, address,
                                                      bytes, AccessKind::Write,
                                                      element % kLanes, false);
                   if (!to)
                     return false;
                   uint64_t value = readSlot(warp, rows, fragment, element);
                   std::memcpy(to, &value, bytes);
                   return true;
                 });
  warp.machine.progress();
}

/// `aux`: m, n, k; types of d, a, b, c.
template <typename T>
static void runProduct(Warp &warp, const Inst &inst) {
  unsigned m = inst.aux[0] & 255, n = inst.aux[0] >> 8 & 255,
           k = inst.aux[0] >> 16;
  Type types[4];
  for (unsigned i = 0; i < 4; ++i)
    types[i] = Type(inst.aux[1] >> (8 * i) & 255);
  auto read = [](uint64_t bits, Type type) -> T {
    if constexpr (std::is_same_v<T, float>)
      return readElement(bits, type);
    else if constexpr (std::is_same_v<T, double>)
      return toDouble(bits);
    else
      return type == Type::S32 ? int32_t(bits) : readInteger(bits, type);
  };
  auto gather = [&](unsigned operand, unsigned rows, unsigned columns) {
    Fragment fragment{rows, columns, types[operand]};
    std::vector<T> values(fragment.size());
    auto registers = getRows(warp, inst.ops[operand]);
    for (unsigned i = 0; i < values.size(); ++i)
      values[i] = read(readSlot(warp, registers, fragment, i), types[operand]);
    return values;
  };
  std::vector<T> a = gather(1, m, k), b = gather(2, k, n), d = gather(3, m, n);
  for (unsigned row = 0; row < m; ++row)
    for (unsigned i = 0; i < k; ++i)
      for (unsigned column = 0; column < n; ++column)
        d[row * n + column] += a[row * k + i] * b[i * n + column];
  Fragment fragment{m, n, types[0]};
  auto registers = getRows(warp, inst.ops[0]);
  for (unsigned i = 0; i < d.size(); ++i)
    writeSlot(warp, registers, fragment, i,
              types[0] == Type::F16 ? floatToHalf(double(d[i])) : pack(d[i]));
  ++warp.machine.counters.matrixOperations;
  warp.machine.counters.macs += uint64_t(m) * n * k;
}

static bool holds(const Op &op, const Fragment &fragment) {
  unsigned registers = op.kind == Op::Kind::List ? op.count : 1;
  return fragment.bits() >= 8 &&
         registers * fragment.perRegister() * kLanes >= fragment.size();
}

template <char Which>
static Execute selectAccess(const Modifiers &modifiers, Inst &inst) {
  MatrixShape shape;
  if (!parseShape(modifiers, shape) || modifiers.types.size() != 1 ||
      shape.k == 0)
    return nullptr;
  Fragment fragment{Which == 'b' ? shape.k : shape.m,
                    Which == 'a' ? shape.k : shape.n, modifiers.type()};
  if (!holds(inst.ops[Which == 'd' ? 1 : 0], fragment))
    return nullptr;
  inst.aux[0] = fragment.rows | fragment.columns << 16;
  inst.aux[1] = modifiers.has("col");
  inst.aux[2] = unsigned(fragment.type);
  return Which == 'd' ? runStore : runLoad;
}

static Execute selectProduct(const Modifiers &modifiers, Inst &inst) {
  MatrixShape shape;
  auto types = modifiers.types;
  if (!parseShape(modifiers, shape) || modifiers.has("satfinite"))
    return nullptr;
  // Of f16, only the types of the sums are written.
  if (types.size() == 2)
    types = {types[0], Type::F16, Type::F16, types[1]};
  if (types.size() != 4 || shape.m > 32 || shape.n > 32 || shape.k > 32)
    return nullptr;
  Fragment fragments[4] = {{shape.m, shape.n, types[0]},
                           {shape.m, shape.k, types[1]},
                           {shape.k, shape.n, types[2]},
                           {shape.m, shape.n, types[3]}};
  for (unsigned i = 0; i < 4; ++i) {
    if (!holds(inst.ops[i], fragments[i]))
      return nullptr;
    inst.aux[1] |= unsigned(types[i]) << (8 * i);
  }
  inst.aux[0] = shape.m | shape.n << 8 | shape.k << 16;
  Type a = types[1];
  if (a == Type::F64)
    return types[0] == Type::F64 ? runProduct<double> : nullptr;
  if (isIntegerMatrix(a))
    return types[0] == Type::S32 ? runProduct<int32_t> : nullptr;
  return a == Type::F16 || a == Type::BF16 || a == Type::TF32
             ? runProduct<float>
             : nullptr;
}

static constexpr llvm::StringRef kFlags = "sync aligned row col m* @space";

static const InstructionRow kRows[] = {
    {"wmma.load.a", "Dms?", kFlags, selectAccess<'a'>},
    {"wmma.load.b", "Dms?", kFlags, selectAccess<'b'>},
    {"wmma.load.c", "Dms?", kFlags, selectAccess<'c'>},
    {"wmma.store.d", "mSs?", kFlags, selectAccess<'d'>},
    {"wmma.mma", "DSSS", "sync aligned row col m* satfinite @round",
     selectProduct},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getWmmaRows() { return kRows; }
