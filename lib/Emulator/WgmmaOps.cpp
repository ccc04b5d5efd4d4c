//===- WgmmaOps.cpp - Products of a warpgroup -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Matrix.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cstring>

using namespace mlir::dag::ptx;
using llvm::Twine;

namespace {
/// A matrix in shared memory, as a descriptor tells.
struct Descriptor {
  uint32_t start, leading, stride;
  /// Bytes of a row of the pattern: 16, 32, 64, 128.
  uint32_t pitch;

  explicit Descriptor(uint64_t bits)
      : start((bits & 0x3fff) << 4), leading((bits >> 16 & 0x3fff) << 4),
        stride((bits >> 32 & 0x3fff) << 4) {
    static constexpr uint32_t kPitches[4] = {16, 128, 64, 32};
    pitch = kPitches[bits >> 62];
  }
  uint32_t swizzle(uint32_t address) const {
    uint32_t mask = pitch == 128 ? 7 : pitch == 64 ? 3 : pitch == 32 ? 1 : 0;
    return address ^ ((address >> 7 & mask) << 4);
  }
  /// The 16 bytes that begin with element (`row`, `column`): along k, or, for a
  /// transposed matrix, along m or n. `bytes` is the size of an element.
  uint32_t find(uint32_t row, uint32_t k, bool isTransposed,
                uint32_t bytes) const {
    if (!isTransposed) {
      uint32_t along = k * bytes;
      if (pitch == 16)
        return start + row / 8 * stride + along / 16 * leading + row % 8 * 16;
      return swizzle(start + row / 8 * stride + row % 8 * pitch + along);
    }
    uint32_t perRow = pitch / bytes;
    if (pitch == 16)
      return start + row / perRow * stride + k / 8 * leading + k % 8 * 16;
    return swizzle(start + row / perRow * leading + k / 8 * stride +
                   k % 8 * pitch + row % perRow * bytes);
  }
};

enum WgmmaFlags : uint32_t { kPopc = 1 };

struct Form {
  unsigned n, k;
  Type d, a, b;
  bool aInRegisters;
};

/// What the four warps multiply, and into.
struct Operands {
  std::vector<float> a, b, d;
  std::vector<int32_t> ia, ib, id;
};
} // namespace

static Form getForm(const Inst &inst) {
  return {inst.aux[0] & 0xffff,          inst.aux[0] >> 16,
          Type(inst.aux[1] & 255),       Type(inst.aux[1] >> 8 & 255),
          Type(inst.aux[1] >> 16 & 255), bool(inst.aux[1] >> 24)};
}

/// Loads `rows` by `k` elements of shared memory through the asynchronous
/// proxy, and hands each with its place to `body`. False after a finding.
template <typename Body>
static bool load(Warp &warp, const Actor &actor, uint64_t bits, unsigned rows,
                 unsigned k, bool isTransposed, Type type, Body body) {
  Descriptor descriptor(bits);
  unsigned elementBits = getElementBits(type);
  unsigned bytes = std::max(1u, elementBits / 8);
  unsigned perChunk = 128 / elementBits;
  unsigned outer = isTransposed ? k : rows, inner = isTransposed ? rows : k;
  for (unsigned i = 0; i < outer; ++i)
    for (unsigned j = 0; j < inner; j += perChunk) {
      unsigned row = isTransposed ? j : i, column = isTransposed ? i : j;
      // Elements of less than a byte lie as bytes do.
      uint32_t address =
          elementBits < 8 ? descriptor.find(row, column / 8, false, 1)
                          : descriptor.find(row, column, isTransposed, bytes);
      const uint8_t *chunk = warp.machine.resolveFor(
          warp, actor, Space::Shared, address, 16, AccessKind::Read);
      if (!chunk)
        return false;
      for (unsigned e = 0; e < perChunk && j + e < inner; ++e) {
        uint64_t value = 0;
        if (elementBits >= 8)
          std::memcpy(&value, chunk + e * bytes, bytes);
        else
          value = chunk[e / 8] >> (e % 8) & 1;
        body(isTransposed ? j + e : i, isTransposed ? i : j + e, value);
      }
    }
  return true;
}

/// A's fragments of the four warps.
template <typename Body>
static void loadRegisters(llvm::ArrayRef<Warp *> warps, const Inst &inst,
                          Type type, Body body) {
  unsigned bits = getElementBits(type), per = 32 / bits;
  uint64_t mask = bits == 32 ? 0xffffffff : (uint64_t(1) << bits) - 1;
  for (unsigned w = 0; w < 4; ++w) {
    auto rows = getRows(*warps[w], inst.ops[1]);
    for (unsigned r = 0; r < rows.size(); ++r) {
      const uint64_t *from = warps[w]->source(rows[r]);
      for (unsigned lane = 0; lane < kLanes; ++lane)
        for (unsigned i = 0; i < per; ++i)
          body(16 * w + lane / 4 + 8 * (r & 1),
               (r >> 1) * 4 * per + lane % 4 * per + i,
               from[lane] >> (i * bits) & mask);
    }
  }
}

/// Calls `body` with warp, register, part, lane, row and column of each sum.
template <typename Body>
static void forEachSum(unsigned n, bool isPacked, Body body) {
  unsigned registers = isPacked ? n / 4 : n / 2;
  for (unsigned w = 0; w < 4; ++w)
    for (unsigned r = 0; r < registers; ++r)
      for (unsigned lane = 0; lane < kLanes; ++lane)
        for (unsigned i = 0; i < (isPacked ? 2u : 1u); ++i) {
          unsigned half = isPacked ? r & 1 : r >> 1 & 1;
          unsigned block = isPacked ? r >> 1 : r >> 2;
          body(w, r, i, lane, 16 * w + lane / 4 + 8 * half,
               8 * block + 2 * (lane % 4) + (isPacked ? i : r & 1));
        }
}

/// Sums over k, a row of D after the other; each element is added up in the
/// order of k. There is no fused operation in it, so that the same bits come
/// out on every processor.
template <typename T>
__attribute__((always_inline)) static inline void
multiplyAs(const Form &form, const T *a, const T *b, T *d) {
  unsigned n = form.n;
  for (unsigned row = 0; row < 64; ++row) {
    T *to = d + size_t(row) * n;
    const T *x = a + size_t(row) * form.k;
    for (unsigned k = 0; k + 4 <= form.k; k += 4) {
      const T *y = b + size_t(k) * n;
      T x0 = x[k], x1 = x[k + 1], x2 = x[k + 2], x3 = x[k + 3];
      for (unsigned column = 0; column < n; ++column)
        to[column] = to[column] + x0 * y[column] + x1 * y[n + column] +
                     x2 * y[2 * n + column] + x3 * y[3 * n + column];
    }
  }
}

#if defined(__clang__) && defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("avx2", "default")))
#endif
static void multiply(const Form &form, const float *a, const float *b,
                     float *d) {
  multiplyAs(form, a, b, d);
}

static void multiply(const Form &form, const int32_t *a, const int32_t *b,
                     int32_t *d) {
  multiplyAs(form, a, b, d);
}

/// Notes what the product uses until it is waited for, and what was written
/// without a fence before.
static void noteRegisters(Warp &warp, const Inst &inst, const Form &form) {
  if (warp.inFlight.empty())
    return;
  bool lacksFence = warp.fenceStamp == 1;
  auto note = [&](unsigned row, bool isInput) {
    lacksFence |= warp.writeStamp[row] == warp.fenceStamp;
    warp.inFlight[row] = warp.productClock;
    warp.isInput[row] = isInput;
  };
  if (form.aInRegisters)
    for (unsigned row : getRows(warp, inst.ops[1]))
      note(row, true);
  for (unsigned row : getRows(warp, inst.ops[0]))
    note(row, false);
  warp.hasInFlight = true;
  warp.lastProduct = warp.current;
  if (lacksFence)
    warp.machine.reportFor(
        Code::WgmmaFence, warp,
        warp.lastSync ? warp.machine.getCause(warp.lastSync - 1) : 0,
        "registers of this wgmma are written and not fenced");
}

template <typename T>
static void computeAs(llvm::ArrayRef<Warp *> warps, const Inst &inst,
                      const Form &form, const Actor &actor) {
  static thread_local std::vector<T> a, b, d;
  Warp &first = *warps[0];
  constexpr bool kIsFloat = std::is_same_v<T, float>;
  a.resize(64 * form.k);
  b.resize(size_t(form.n) * form.k);
  d.assign(64 * size_t(form.n), T(0));
  auto value = [&](unsigned operand, uint64_t otherwise) {
    return operand < inst.numOps ? first.getUniform(inst.ops[operand])
                                 : otherwise;
  };
  float scaleA = kIsFloat ? float(int32_t(value(4, 1))) : 1;
  float scaleB = kIsFloat ? float(int32_t(value(5, 1))) : 1;
  bool isTransposedA = !form.aInRegisters && kIsFloat && value(6, 0);
  bool isTransposedB = kIsFloat && value(form.aInRegisters ? 6 : 7, 0);
  auto read = [](uint64_t bits, Type type) -> T {
    if constexpr (kIsFloat)
      return readElement(bits, type);
    else
      return readInteger(bits, type);
  };
  auto setA = [&](unsigned row, unsigned k, uint64_t bits) {
    a[row * form.k + k] = read(bits, form.a) * T(scaleA);
  };
  if (form.aInRegisters)
    loadRegisters(warps, inst, form.a, setA);
  else if (!load(first, actor, first.getUniform(inst.ops[1]), 64, form.k,
                 isTransposedA, form.a, setA))
    return;
  if (!load(first, actor, first.getUniform(inst.ops[2]), form.n, form.k,
            isTransposedB, form.b, [&](unsigned n, unsigned k, uint64_t bits) {
              b[size_t(k) * form.n + n] = read(bits, form.b) * T(scaleB);
            }))
    return;
  bool adds = inst.numOps > 3 && (first.getUniform(inst.ops[3]) & 1);
  bool isPacked = form.d == Type::F16;
  auto rowsOf = [&](unsigned w) { return getRows(*warps[w], inst.ops[0]); };
  if (adds)
    forEachSum(form.n, isPacked,
               [&](unsigned w, unsigned r, unsigned i, unsigned lane,
                   unsigned row, unsigned column) {
                 uint64_t bits = warps[w]->source(rowsOf(w)[r])[lane];
                 T sum;
                 if (isPacked)
                   sum = T(halfToFloat(bits >> (16 * i)));
                 else
                   sum = unpack<T>(bits);
                 d[row * size_t(form.n) + column] = sum;
               });
  multiply(form, a.data(), b.data(), d.data());
  forEachSum(form.n, isPacked,
             [&](unsigned w, unsigned r, unsigned i, unsigned lane,
                 unsigned row, unsigned column) {
               uint64_t &to =
                   warps[w]->registers[size_t(rowsOf(w)[r]) * kLanes + lane];
               T sum = d[row * size_t(form.n) + column];
               if (!isPacked)
                 to = pack(sum);
               else if (i == 0)
                 to = floatToHalf(sum);
               else
                 to |= uint64_t(floatToHalf(sum)) << 16;
             });
}

static void compute(llvm::ArrayRef<Warp *> warps, const Inst &inst) {
  Warp &first = *warps[0];
  Machine &machine = first.machine;
  Form form = getForm(inst);
  Warpgroup &group = first.block.warpgroups[first.index / 4];
  Actor actor;
  actor.access.agent = group.agent;
  actor.access.clock = first.productClock;
  actor.access.inst = first.current;
  actor.access.isAsync = true;
  Knowledge known(first.block.cluster.number);
  for (Warp *warp : warps) {
    known.join(warp->known);
    warp->checksRegisters = false;
  }
  actor.known = &known;
  for (unsigned operand : {1u, 2u})
    for (Warp *warp : warps)
      if (inst.ops[operand].kind == Op::Kind::Row &&
          warp->getUniform(inst.ops[operand]) !=
              first.getUniform(inst.ops[operand]))
        machine.report(Code::BadDescriptor, *warp,
                       "warps of the warpgroup have different descriptors");
  if (isIntegerMatrix(form.a))
    computeAs<int32_t>(warps, inst, form, actor);
  else
    computeAs<float>(warps, inst, form, actor);
  for (Warp *warp : warps) {
    warp->checksRegisters = true;
    noteRegisters(*warp, inst, form);
  }
  ++machine.counters.matrixOperations;
  machine.counters.macs += uint64_t(64) * form.n * form.k;
}

/// The last of the four warps multiplies for all.
static void runProduct(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  Block &block = warp.block;
  unsigned number = warp.index / 4;
  Warpgroup &group = block.warpgroups[number];
  if (warp.mask != kAllLanes || block.warps.size() < 4 * number + 4)
    return machine.fault(Code::Divergence, warp,
                         "not all lanes of the four warps are at this wgmma");
  if (group.agent == kNoAgent)
    group.agent = block.cluster.addAgent(
        "a wgmma of warpgroup " + std::to_string(number) + " of block (" +
        std::to_string(block.id[0]) + "," + std::to_string(block.id[1]) + "," +
        std::to_string(block.id[2]) + ")");
  if (group.arrived > 0 && group.inst != warp.current) {
    Finding &finding =
        machine.report(Code::WarpgroupMismatch, warp,
                       "other warps of the warpgroup are at another wgmma");
    finding.parties.push_back(
        {machine.getPlace(group.inst), "the other warps", "execute"});
    machine.hasStopped = true;
    return;
  }
  group.inst = warp.current;
  machine.progress();
  if (++group.arrived < 4) {
    warp.wait = Wait::Warpgroup;
    return;
  }
  group.arrived = 0;
  Warp *warps[4];
  for (unsigned i = 0; i < 4; ++i) {
    warps[i] = block.warps[4 * number + i].get();
    warps[i]->wait = Wait::None;
    warps[i]->mask = kAllLanes;
  }
  compute(warps, inst);
}

static Execute selectProduct(const Modifiers &modifiers, Inst &inst) {
  MatrixShape shape;
  if (!parseShape(modifiers, shape) || shape.m != 64 ||
      modifiers.types.size() != 3 || modifiers.has("satfinite"))
    return nullptr;
  Type d = modifiers.type(0), a = modifiers.type(1), b = modifiers.type(2);
  unsigned bits = getElementBits(a);
  bool isFloat = a == Type::F16 || a == Type::BF16 || a == Type::TF32 ||
                 a == Type::E4M3 || a == Type::E5M2;
  bool isInt = a == Type::S8 || a == Type::U8 || a == Type::B1;
  bool isKnown = (isFloat && (d == Type::F32 || d == Type::F16)) ||
                 (isInt && d == Type::S32);
  const Op &dOp = inst.ops[0], &aOp = inst.ops[1];
  if (!isKnown || getElementBits(b) != bits || shape.k * bits != 256 ||
      shape.n % 8 != 0 || shape.n == 0 || shape.n > 256 ||
      dOp.kind != Op::Kind::List ||
      dOp.count != (d == Type::F16 ? shape.n / 4 : shape.n / 2) ||
      (aOp.kind == Op::Kind::List && aOp.count != 4))
    return nullptr;
  inst.aux[0] = shape.n | shape.k << 16;
  inst.aux[1] = unsigned(d) | unsigned(a) << 8 | unsigned(b) << 16 |
                unsigned(aOp.kind == Op::Kind::List) << 24;
  return runProduct;
}

static void runFence(Warp &warp, const Inst &) { ++warp.fenceStamp; }
static Execute selectFence(const Modifiers &, Inst &) { return runFence; }

static void runCommit(Warp &warp, const Inst &) { ++warp.productClock; }
static Execute selectCommit(const Modifiers &, Inst &) { return runCommit; }

static void runWait(Warp &warp, const Inst &inst) {
  uint64_t left = warp.getUniform(inst.ops[0]);
  warp.noteSync();
  if (warp.productClock <= left + 1)
    return;
  warp.productsDone = warp.productClock - 1 - left;
  warp.hasInFlight = left > 0;
  warp.machine.resume(warp, warp.times.products.get(warp.productsDone));
  Agent agent = warp.block.warpgroups[warp.index / 4].agent;
  if (agent != kNoAgent)
    warp.known.order.raise(agent, warp.productsDone);
}
static Execute selectWait(const Modifiers &, Inst &) { return runWait; }

static const InstructionRow kRows[] = {
    {"wgmma.mma_async", "DSss?s?s?s?s?", "sync aligned m* and popc satfinite",
     selectProduct},
    {"wgmma.fence", "", "sync aligned", selectFence},
    {"wgmma.commit_group", "", "sync aligned", selectCommit},
    {"wgmma.wait_group", "s", "sync aligned", selectWait},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getWgmmaRows() { return kRows; }
