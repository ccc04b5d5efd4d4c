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

/// Where fragments may begin, and their rows or columns: as far as the PTX ISA
/// and CUDA say the same. All lanes have to give one address and one stride.
static bool checkPlaces(Warp &warp, const Inst &inst, unsigned address,
                        unsigned stride, size_t registers) {
  Machine &machine = warp.machine;
  checkAligned(warp, inst);
  Fragment fragment = getFragment(inst);
  constexpr unsigned kMostAlign = 32, kStrideAlign = 16;
  unsigned bytes = unsigned(registers) * std::max(4u, fragment.bits() / 8);
  unsigned lane = warp.firstLane();
  if (!machine.checkAlignment(warp, warp.getAddress(inst.ops[address], lane),
                              std::min(llvm::bit_floor(bytes), kMostAlign),
                              lane))
    return false;
  bool hasStride = inst.numOps > stride;
  if (hasStride &&
      warp.getUniform(inst.ops[stride]) * fragment.bits() / 8 % kStrideAlign !=
          0) {
    machine.fault(Code::Misaligned, warp,
                  "expected a stride of a multiple of 16 bytes, but got " +
                      llvm::Twine(warp.getUniform(inst.ops[stride])) +
                      " elements of " + llvm::Twine(fragment.bits()) + " bits",
                  lane);
    return false;
  }
  bool isOne = true;
  forEachLane(warp.mask, [&](unsigned other) {
    for (unsigned operand : {address, stride})
      if (operand < inst.numOps)
        isOne &= warp.get(inst.ops[operand], other) ==
                 warp.get(inst.ops[operand], lane);
  });
  if (!isOne)
    machine.report(Code::Divergence, warp,
                   "lanes of the warp give different addresses or strides of a "
                   "matrix");
  return true;
}

/// An access of one of the lanes: PTX leaves open which.
static Actor getAnyLane(Warp &warp) {
  Actor actor = warp.getActor(warp.firstLane());
  actor.setAllLanes(*llvm::min_element(warp.laneClocks));
  return actor;
}

/// Calls `body` with elements and their place in memory: one, or as many as a
/// byte holds.
template <typename Body>
static void forEachElement(Warp &warp, const Inst &inst, unsigned address,
                           unsigned stride, Body body) {
  Fragment fragment = getFragment(inst);
  bool isColumn = inst.aux[1];
  uint64_t base = warp.getAddress(inst.ops[address], warp.firstLane());
  uint64_t step = inst.numOps > stride
                      ? warp.getUniform(inst.ops[stride])
                      : (isColumn ? fragment.rows : fragment.columns);
  unsigned outer = isColumn ? fragment.columns : fragment.rows;
  unsigned inner = isColumn ? fragment.rows : fragment.columns;
  unsigned bits = fragment.bits(), count = std::max(1u, 8 / bits);
  for (unsigned i = 0; i < outer; ++i)
    for (unsigned j = 0; j < inner; j += count) {
      unsigned first =
          isColumn ? j * fragment.columns + i : i * fragment.columns + j;
      unsigned next = isColumn ? fragment.columns : 1;
      uint64_t place = base + (i * step + j) * bits / 8;
      if (!body(first, next, count, place, std::max(1u, bits / 8)))
        return;
    }
}

static void runLoad(Warp &warp, const Inst &inst) {
  Fragment fragment = getFragment(inst);
  auto rows = getRows(warp, inst.ops[0]);
  if (!checkPlaces(warp, inst, 1, 2, rows.size()))
    return;
  Actor actor = getAnyLane(warp);
  forEachElement(warp, inst, 1, 2,
                 [&](unsigned element, unsigned next, unsigned count,
                     uint64_t address, unsigned bytes) {
                   const uint8_t *from =
                       warp.machine.resolveFor(warp, actor, inst.space, address,
                                               bytes, AccessKind::Read);
                   if (!from)
                     return false;
                   uint64_t value = 0;
                   std::memcpy(&value, from, bytes);
                   for (unsigned i = 0; i < count; ++i)
                     writeSlot(warp, rows, fragment, element + i * next,
                               value >> (i * fragment.bits() % 64));
                   return true;
                 });
}

static void runStore(Warp &warp, const Inst &inst) {
  Fragment fragment = getFragment(inst);
  auto rows = getRows(warp, inst.ops[1]);
  if (!checkPlaces(warp, inst, 0, 2, rows.size()))
    return;
  Actor actor = getAnyLane(warp);
  forEachElement(warp, inst, 0, 2,
                 [&](unsigned element, unsigned, unsigned, uint64_t address,
                     unsigned bytes) {
                   uint8_t *to =
                       warp.machine.resolveFor(warp, actor, inst.space, address,
                                               bytes, AccessKind::Write);
                   if (!to)
                     return false;
                   uint64_t value = readSlot(warp, rows, fragment, element);
                   std::memcpy(to, &value, bytes);
                   return true;
                 });
  warp.machine.progress();
}

/// Calls `body` with the bits of all elements in their order.
template <typename Body>
static void forEachSlot(Warp &warp, const Op &op, const Fragment &fragment,
                        Body body) {
  auto registers = getRows(warp, op);
  unsigned per = fragment.perRegister();
  for (unsigned slot = 0; slot < fragment.size() / kLanes; ++slot) {
    const uint64_t *from = warp.source(registers[slot / per]);
    unsigned shift = slot % per * fragment.bits();
    for (unsigned lane = 0; lane < kLanes; ++lane)
      body(slot * kLanes + lane, from[lane] >> shift);
  }
}

enum WmmaFlags : uint32_t { kSaturates = 1, kXor = 2 };

/// `aux`: m, n, k; types of d, a, b, c; flags.
template <typename T>
static void runProduct(Warp &warp, const Inst &inst) {
  checkAligned(warp, inst);
  static thread_local T a[32 * 128], b[128 * 32], d[32 * 32], c[32 * 32];
  MatrixShape shape{inst.aux[0] & 255, inst.aux[0] >> 8 & 255,
                    inst.aux[0] >> 16};
  Type types[4];
  for (unsigned i = 0; i < 4; ++i)
    types[i] = Type(inst.aux[1] >> (8 * i) & 255);
  bool isXor = inst.aux[2] & kXor;
  auto gather = [&](unsigned operand, unsigned rows, unsigned columns, T *to) {
    withElementType<T>(types[operand], [&](auto type) {
      constexpr Type kType = type;
      forEachSlot(warp, inst.ops[operand], {rows, columns, kType},
                  [&](unsigned i, uint64_t bits) {
                    to[i] = readElement<T, kType>(bits);
                    if (isXor)
                      to[i] = 1 - 2 * to[i];
                  });
    });
  };
  gather(1, shape.m, shape.k, a);
  gather(2, shape.k, shape.n, b);
  Fragment sums{shape.m, shape.n, types[3]};
  forEachSlot(warp, inst.ops[3], sums, [&](unsigned i, uint64_t bits) {
    if constexpr (std::is_same_v<T, float>)
      c[i] = types[3] == Type::F16 ? halfToFloat(bits) : toFloat(bits);
    else
      c[i] = unpack<T>(bits);
  });
  constexpr bool kIsInt = std::is_same_v<T, uint32_t>;
  for (unsigned i = 0; i < sums.size(); ++i)
    d[i] = kIsInt ? T(0) : c[i];
  multiply(shape, a, b, d);
  sums.type = types[0];
  auto registers = getRows(warp, inst.ops[0]);
  for (unsigned i = 0; i < sums.size(); ++i) {
    uint64_t bits = pack(d[i]);
    if constexpr (kIsInt)
      bits = addIntegers(isXor ? (shape.k - d[i]) / 2 : d[i], c[i],
                         inst.aux[2] & kSaturates);
    else if (types[0] == Type::F16)
      bits = floatToHalf(d[i]);
    writeSlot(warp, registers, sums, i, bits);
  }
  ++warp.machine.counters.matrixOperations;
  warp.machine.counters.macs += uint64_t(shape.m) * shape.n * shape.k;
}

static bool holds(const Op &op, const Fragment &fragment) {
  unsigned registers = op.kind == Op::Kind::List ? op.count : 1;
  return fragment.size() % kLanes == 0 &&
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
  bool isSmall = fragment.bits() < 8;
  if (!holds(inst.ops[Which == 'd' ? 1 : 0], fragment) ||
      (isSmall && (Which == 'a' ? modifiers.has("col") : modifiers.has("row"))))
    return nullptr;
  inst.aux[0] = fragment.rows | fragment.columns << 16;
  inst.aux[1] = modifiers.has("col");
  inst.aux[2] = unsigned(fragment.type);
  return Which == 'd' ? runStore : runLoad;
}

static Execute selectProduct(const Modifiers &modifiers, Inst &inst) {
  MatrixShape shape;
  auto types = modifiers.types;
  if (!parseShape(modifiers, shape))
    return nullptr;
  // Of f16, only the types of the sums are written.
  if (types.size() == 2)
    types = {types[0], Type::F16, Type::F16, types[1]};
  if (types.size() != 4 || shape.m > 32 || shape.n > 32 || shape.k > 128 ||
      shape.m % 4 != 0 || shape.n % 8 != 0)
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
  bool isInt = isIntegerMatrix(a);
  inst.aux[2] = (modifiers.has("xor") ? kXor : 0) |
                (modifiers.has("satfinite") ? kSaturates : 0);
  if (getElementBits(types[2]) != getElementBits(a) ||
      (modifiers.has("satfinite") && !isInt) ||
      (a == Type::B1) != modifiers.has("popc"))
    return nullptr;
  if (a == Type::F64)
    return types[0] == Type::F64 && types[3] == Type::F64 ? runProduct<double>
                                                          : nullptr;
  if (isInt)
    return types[0] == Type::S32 && types[3] == Type::S32 ? runProduct<uint32_t>
                                                          : nullptr;
  auto isSum = [](Type type) { return type == Type::F16 || type == Type::F32; };
  bool isFloat = a == Type::F16 || a == Type::BF16 || a == Type::TF32;
  return isFloat && isSum(types[0]) && isSum(types[3]) ? runProduct<float>
                                                       : nullptr;
}

static constexpr llvm::StringRef kFlags = "sync aligned row col m* @space";

static const InstructionRow kRows[] = {
    {"wmma.load.a", "Dms?", kFlags, selectAccess<'a'>},
    {"wmma.load.b", "Dms?", kFlags, selectAccess<'b'>},
    {"wmma.load.c", "Dms?", kFlags, selectAccess<'c'>},
    {"wmma.store.d", "mSs?", kFlags, selectAccess<'d'>},
    {"wmma.mma", "DSSS",
     "sync aligned row col m* satfinite xor and popc @round", selectProduct, 4},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getWmmaRows() { return kRows; }
