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
  /// Bytes of a row of the pattern: 16, 32, 64, 128; the bits of an address
  /// that it swaps.
  uint32_t pitch, mask;

  explicit Descriptor(uint64_t bits)
      : start((bits & 0x3fff) << 4), leading((bits >> 16 & 0x3fff) << 4),
        stride((bits >> 32 & 0x3fff) << 4) {
    static constexpr uint32_t kPitches[4] = {16, 128, 64, 32};
    pitch = kPitches[bits >> 62];
    mask = pitch - 16;
  }
  uint32_t swizzle(uint32_t address) const {
    return address ^ (address >> 3 & mask);
  }
  /// The 16 bytes that begin with element (`row`, `k`): along k, or, for a
  /// transposed matrix, along m or n. `bytes` is the size of an element.
  template <bool isTransposed, uint32_t bytes>
  uint32_t find(uint32_t row, uint32_t k) const {
    if constexpr (!isTransposed) {
      uint32_t chunk = k * bytes / 16 * (pitch == 16 ? leading : 16);
      return swizzle(start + row / 8 * stride + row % 8 * pitch + chunk);
    }
    uint32_t perRow = pitch / bytes;
    if (pitch == 16)
      return start + row / perRow * stride + k / 8 * leading + k % 8 * 16;
    return swizzle(start + row / perRow * leading + k / 8 * stride +
                   k % 8 * pitch + row % perRow * bytes);
  }
};

struct Form {
  MatrixShape shape;
  Type d, a, b;
  bool aInRegisters, saturates;
};

/// What the four warps multiply, and into: a row after the other.
template <typename T>
struct Product {
  T a[64 * 256], b[256 * 256], d[64 * 256];
};
} // namespace

static Form getForm(const Inst &inst) {
  return {{64, inst.aux[0] & 0xffff, inst.aux[0] >> 16},
          Type(inst.aux[1] & 255),
          Type(inst.aux[1] >> 8 & 255),
          Type(inst.aux[1] >> 16 & 255),
          bool(inst.aux[1] >> 24),
          bool(inst.aux[2])};
}

namespace {
/// A matrix operand in shared memory, and where its elements go: `rowStep` and
/// `kStep` apart.
struct Load {
  Descriptor descriptor;
  unsigned rows, k;
  bool isTransposed;
  unsigned rowStep, kStep;
};
} // namespace

namespace {
/// Reads 16 bytes of the own block's shared memory at a time.
class ChunkReader {
public:
  ChunkReader(Warp &warp, const Actor &actor)
      : warp(warp), actor(actor), bytes(warp.block.shared.data()),
        size(warp.block.shared.size()), region(warp.block.region),
        tracks(region.shadow != nullptr) {}

  /// Null after a finding.
  const uint8_t *read(uint32_t address) {
    if (address < window::kSharedStart || address + uint64_t(16) > size)
      return warp.machine.resolveFor(warp, actor, Space::Shared, address, 16,
                                     AccessKind::Read);
    if (tracks)
      warp.machine.track(region, address, 16, AccessKind::Read, actor);
    return bytes + address;
  }

private:
  Warp &warp;
  const Actor &actor;
  const uint8_t *bytes;
  size_t size;
  Region &region;
  bool tracks;
};
} // namespace

/// Loads a matrix through the asynchronous proxy, 16 bytes at a time. False
/// after a finding.
template <typename T, Type E, bool isTransposed>
static bool loadAs(Warp &warp, const Actor &actor, const Load &from, T *to) {
  constexpr unsigned kBits = getElementBits(E), kPerChunk = 128 / kBits;
  constexpr unsigned kBytes = std::max(1u, kBits / 8);
  unsigned outer = isTransposed ? from.k : from.rows;
  unsigned inner = isTransposed ? from.rows : from.k;
  unsigned outerStep = isTransposed ? from.kStep : from.rowStep;
  unsigned innerStep = isTransposed ? from.rowStep : from.kStep;
  ChunkReader reader(warp, actor);
  Descriptor descriptor = from.descriptor;
  for (unsigned i = 0; i < outer; ++i)
    for (unsigned j = 0; j < inner; j += kPerChunk) {
      unsigned row = isTransposed ? j : i, k = isTransposed ? i : j;
      // Elements of less than a byte lie as bytes do.
      uint32_t address =
          descriptor.find<isTransposed, kBytes>(row, kBits < 8 ? k / 8 : k);
      const uint8_t *chunk = reader.read(address);
      if (!chunk)
        return false;
      T *target = to + size_t(i) * outerStep + size_t(j) * innerStep;
      auto read = [&](unsigned e) {
        uint64_t value = 0;
        if constexpr (kBits >= 8)
          std::memcpy(&value, chunk + e * kBytes, kBytes);
        else
          value = chunk[e / 8] >> (e % 8);
        return readBits<T, E>(value);
      };
      unsigned count = std::min(kPerChunk, inner - j);
      if (count == kPerChunk && innerStep == 1)
        for (unsigned e = 0; e < kPerChunk; ++e)
          target[e] = read(e);
      else
        for (unsigned e = 0; e < count; ++e)
          target[size_t(e) * innerStep] = read(e);
    }
  finishBits<T, E>(to, size_t(from.rows) * from.k);
  return true;
}

template <typename T, Type E>
static bool load(Warp &warp, const Actor &actor, const Load &from, T *to) {
  // Of elements of less than a byte there is no transposed form.
  if constexpr (getElementBits(E) >= 8)
    if (from.isTransposed)
      return loadAs<T, E, true>(warp, actor, from, to);
  return loadAs<T, E, false>(warp, actor, from, to);
}

/// A's fragments of the four warps.
template <typename T, Type E>
static void loadRegisters(llvm::ArrayRef<Warp *> warps, const Inst &inst,
                          unsigned k, T *to) {
  constexpr unsigned kBits = getElementBits(E), kPer = 32 / kBits;
  for (unsigned w = 0; w < 4; ++w) {
    auto rows = getRows(*warps[w], inst.ops[1]);
    for (unsigned r = 0; r < rows.size(); ++r) {
      const uint64_t *from = warps[w]->source(rows[r]);
      T *target = to + size_t(16 * w + 8 * (r & 1)) * k + (r >> 1) * 4 * kPer;
      for (unsigned lane = 0; lane < kLanes; ++lane)
        for (unsigned i = 0; i < kPer; ++i)
          target[lane / 4 * k + lane % 4 * kPer + i] =
              readBits<T, E>(from[lane] >> (i * kBits));
    }
  }
  finishBits<T, E>(to, size_t(64) * k);
}

/// Calls `body` with the rows of a warp's sums, lane by lane: where the
/// registers are, and where the two sums are that a lane has beside each other,
/// in one register if they are packed, or in two.
template <typename T, typename Body>
static void forEachSum(llvm::ArrayRef<Warp *> warps, const Inst &inst,
                       const Form &form, T *d, Body body) {
  bool isPacked = form.d == Type::F16;
  unsigned n = form.shape.n;
  for (unsigned w = 0; w < 4; ++w) {
    auto rows = getRows(*warps[w], inst.ops[0]);
    auto find = [&](unsigned row) {
      return warps[w]->registers.data() + size_t(row) * kLanes;
    };
    for (unsigned r = 0; r < rows.size(); r += isPacked ? 1 : 2) {
      uint64_t *low = find(rows[r]);
      uint64_t *high = isPacked ? low : find(rows[r + 1]);
      unsigned pair = isPacked ? r : r / 2;
      T *sums = d + size_t(16 * w + 8 * (pair & 1)) * n + 8 * (pair >> 1);
      for (unsigned lane = 0; lane < kLanes; ++lane)
        body(low[lane], high[lane], sums + lane / 4 * n + lane % 4 * 2);
    }
  }
}

/// Adds what the registers hold, or starts from zero.
template <typename T>
static void gatherSums(llvm::ArrayRef<Warp *> warps, const Inst &inst,
                       const Form &form, T *d) {
  if constexpr (std::is_same_v<T, float>)
    if (form.d == Type::F16) {
      forEachSum(warps, inst, form, d, [](uint64_t &both, uint64_t &, T *sums) {
        sums[0] = toFloat(uint16_t(both));
        sums[1] = toFloat(uint16_t(both >> 16));
      });
      return widenHalves(d, size_t(form.shape.m) * form.shape.n);
    }
  forEachSum(warps, inst, form, d, [](uint64_t &low, uint64_t &high, T *sums) {
    sums[0] = unpack<T>(low);
    sums[1] = unpack<T>(high);
  });
}

template <typename T>
static void scatterSums(llvm::ArrayRef<Warp *> warps, const Inst &inst,
                        const Form &form, T *d) {
  if constexpr (std::is_same_v<T, float>)
    if (form.d == Type::F16) {
      narrowToHalves(d, size_t(form.shape.m) * form.shape.n);
      return forEachSum(warps, inst, form, d,
                        [](uint64_t &both, uint64_t &, T *sums) {
                          both = toBits(sums[0]) | toBits(sums[1]) << 16;
                        });
    }
  forEachSum(warps, inst, form, d, [](uint64_t &low, uint64_t &high, T *sums) {
    low = pack(sums[0]);
    high = pack(sums[1]);
  });
}

/// Notes what the product uses until it is waited for, and what was written
/// without a fence before.
static void noteRegisters(Warp &warp, const Inst &inst, const Form &form) {
  if (warp.inFlight.empty())
    return;
  bool lacksFence = warp.fenceStamp == 1;
  bool isEarly = false;
  auto note = [&](unsigned row, bool isInput) {
    isEarly |=
        isInput && !warp.isInput[row] && warp.inFlight[row] > warp.productsDone;
    lacksFence |= warp.writeStamp[row] == warp.fenceStamp;
    warp.inFlight[row] = warp.productClock;
    warp.isInput[row] = isInput;
  };
  if (form.aInRegisters)
    for (unsigned row : getRows(warp, inst.ops[1]))
      note(row, true);
  for (unsigned row : getRows(warp, inst.ops[0]))
    note(row, false);
  if (isEarly)
    warp.machine.reportFor(Code::RegisterInFlight, warp,
                           warp.machine.getCause(warp.current),
                           "an accumulator of a wgmma that is not waited for "
                           "is a factor of this one");
  warp.hasInFlight = true;
  warp.lastProduct = warp.current;
  if (lacksFence)
    warp.machine.reportFor(
        Code::WgmmaFence, warp,
        warp.lastSync ? warp.machine.getCause(warp.lastSync - 1) : 0,
        "registers of this wgmma are written and not fenced");
}

/// Loads A and B, with their signs. False after a finding.
template <typename T>
static bool loadOperands(llvm::ArrayRef<Warp *> warps, const Inst &inst,
                         const Form &form, const Actor &actor, Product<T> &p) {
  Warp &first = *warps[0];
  constexpr bool kIsFloat = std::is_same_v<T, float>;
  unsigned m = form.shape.m, n = form.shape.n, k = form.shape.k;
  auto value = [&](unsigned operand, uint64_t otherwise) {
    return operand < inst.numOps ? first.getUniform(inst.ops[operand])
                                 : otherwise;
  };
  Load a{Descriptor(first.getUniform(inst.ops[1])),     m, k,
         !form.aInRegisters && kIsFloat && value(6, 0), k, 1};
  Load b{Descriptor(first.getUniform(inst.ops[2])),       n, k,
         kIsFloat && value(form.aInRegisters ? 6 : 7, 0), 1, n};
  bool isLoaded = withElementType<T>(form.a, [&](auto type) {
    constexpr Type kType = type;
    if (!form.aInRegisters)
      return load<T, kType>(first, actor, a, p.a);
    if constexpr (getElementBits(kType) >= 8 || !kIsFloat)
      loadRegisters<T, kType>(warps, inst, k, p.a);
    return true;
  });
  isLoaded = isLoaded && withElementType<T>(form.b, [&](auto type) {
               constexpr Type kType = type;
               return load<T, kType>(first, actor, b, p.b);
             });
  auto negate = [](T *values, size_t count) {
    for (size_t i = 0; i < count; ++i)
      values[i] = -values[i];
  };
  if (isLoaded && kIsFloat && int32_t(value(4, 1)) < 0)
    negate(p.a, size_t(m) * k);
  if (isLoaded && kIsFloat && int32_t(value(5, 1)) < 0)
    negate(p.b, size_t(n) * k);
  return isLoaded;
}

template <typename T>
static void computeAs(llvm::ArrayRef<Warp *> warps, const Inst &inst,
                      const Form &form, const Actor &actor) {
  static thread_local std::unique_ptr<Product<T>> scratch;
  if (!scratch)
    scratch = std::make_unique<Product<T>>();
  Product<T> &p = *scratch;
  if (!loadOperands(warps, inst, form, actor, p))
    return;
  size_t size = size_t(form.shape.m) * form.shape.n;
  bool adds = inst.numOps > 3 && (warps[0]->getUniform(inst.ops[3]) & 1);
  if (adds && !form.saturates)
    gatherSums(warps, inst, form, p.d);
  else
    std::fill_n(p.d, size, T(0));
  multiply(form.shape, p.a, p.b, p.d);
  if constexpr (std::is_same_v<T, uint32_t>)
    if (adds && form.saturates) {
      static thread_local std::vector<uint32_t> before;
      before.resize(size);
      gatherSums(warps, inst, form, before.data());
      for (size_t i = 0; i < size; ++i)
        p.d[i] = addIntegers(p.d[i], before[i], true);
    }
  scatterSums(warps, inst, form, p.d);
}

/// Descriptors and the scale of the sums have to be the same for all threads.
static void checkUniform(llvm::ArrayRef<Warp *> warps, const Inst &inst) {
  for (unsigned operand : {1u, 2u, 3u}) {
    if (operand >= inst.numOps || inst.ops[operand].kind != Op::Kind::Row)
      continue;
    uint64_t expected = warps[0]->getUniform(inst.ops[operand]);
    for (Warp *warp : warps) {
      const uint64_t *values = warp->source(inst.ops[operand]);
      uint64_t differ = 0;
      for (unsigned lane = 0; lane < kLanes; ++lane)
        differ |= values[lane] ^ values[0];
      if (differ != 0)
        warp->machine.report(Code::BadDescriptor, *warp,
                             operand == 3
                                 ? "lanes of the warp have different scales of "
                                   "the sums"
                                 : "lanes of the warp have different "
                                   "descriptors");
      else if (warp->getUniform(inst.ops[operand]) != expected)
        warp->machine.report(Code::BadDescriptor, *warp,
                             operand == 3
                                 ? "warps of the warpgroup have different "
                                   "scales of the sums"
                                 : "warps of the warpgroup have different "
                                   "descriptors");
    }
  }
}

/// A swizzled matrix begins in the first row of its pattern, which is at a
/// boundary; for one that does not, the base offset tells where the pattern
/// begins (9.7.15.5.1.2.2). False after a finding.
static bool checkPattern(Warp &warp, const Op &op) {
  uint64_t bits = warp.getUniform(op);
  Descriptor descriptor(bits);
  bool isAtBoundary = (descriptor.start >> 3 & descriptor.mask) == 0;
  unsigned offset = bits >> 49 & 7;
  if (isAtBoundary && offset == 0)
    return true;
  if (!isAtBoundary && offset == (descriptor.start >> 7 & 7)) {
    warp.machine.fault(Code::Limit, warp,
                       "a wgmma with a base offset is not emulated");
    return false;
  }
  if (isAtBoundary)
    warp.machine.report(Code::BadDescriptor, warp,
                        "expected a base offset of 0, but got " +
                            Twine(offset));
  else
    warp.machine.report(Code::BadDescriptor, warp,
                        "expected a swizzled matrix at a multiple of " +
                            Twine(8 * descriptor.pitch) +
                            " bytes, or in the first row there, but got +0x" +
                            Twine::utohexstr(descriptor.start));
  return true;
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
  // Each of the four warps multiplies: what one of them knows is not enough.
  Knowledge known = first.known;
  for (Warp *warp : warps) {
    if (machine.launch.tracks && warp != &first)
      known.meet(warp->known);
    warp->checksRegisters = false;
  }
  actor.known = &known;
  CleanAccesses clean;
  actor.clean = &clean;
  checkUniform(warps, inst);
  if ((!form.aInRegisters && !checkPattern(first, inst.ops[1])) ||
      !checkPattern(first, inst.ops[2]))
    return;
  if (isIntegerMatrix(form.a))
    computeAs<uint32_t>(warps, inst, form, actor);
  else
    computeAs<float>(warps, inst, form, actor);
  for (Warp *warp : warps) {
    warp->checksRegisters = true;
    noteRegisters(*warp, inst, form);
  }
  ++machine.counters.matrixOperations;
  machine.counters.macs += uint64_t(64) * form.shape.n * form.shape.k;
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
      modifiers.types.size() != 3)
    return nullptr;
  Type d = modifiers.type(0), a = modifiers.type(1), b = modifiers.type(2);
  unsigned bits = getElementBits(a);
  bool isFloat = a == Type::F16 || a == Type::BF16 || a == Type::TF32 ||
                 a == Type::E4M3 || a == Type::E5M2;
  bool isInt = a == Type::S8 || a == Type::U8 || a == Type::B1;
  bool isKnown = (isFloat && (d == Type::F32 || d == Type::F16)) ||
                 (isInt && d == Type::S32);
  bool saturates = modifiers.has("satfinite");
  const Op &dOp = inst.ops[0], &aOp = inst.ops[1];
  if (!isKnown || (saturates && (!isInt || a == Type::B1)) ||
      getElementBits(b) != bits || shape.k * bits != 256 || shape.n % 8 != 0 ||
      shape.n == 0 || shape.n > 256 || dOp.kind != Op::Kind::List ||
      dOp.count != (d == Type::F16 ? shape.n / 4 : shape.n / 2) ||
      (aOp.kind == Op::Kind::List && aOp.count != 4))
    return nullptr;
  inst.aux[0] = shape.n | shape.k << 16;
  inst.aux[1] = unsigned(d) | unsigned(a) << 8 | unsigned(b) << 16 |
                unsigned(aOp.kind == Op::Kind::List) << 24;
  inst.aux[2] = saturates;
  return runProduct;
}

static void runFence(Warp &warp, const Inst &inst) {
  checkAligned(warp, inst);
  ++warp.fenceStamp;
}
static Execute selectFence(const Modifiers &, Inst &) { return runFence; }

static void runCommit(Warp &warp, const Inst &inst) {
  checkAligned(warp, inst);
  ++warp.productClock;
}
static Execute selectCommit(const Modifiers &, Inst &) { return runCommit; }

static void runWait(Warp &warp, const Inst &inst) {
  checkAligned(warp, inst);
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
     selectProduct, 3},
    {"wgmma.fence", "", "sync aligned", selectFence},
    {"wgmma.commit_group", "", "sync aligned", selectCommit},
    {"wgmma.wait_group", "s", "sync aligned", selectWait},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getWgmmaRows() { return kRows; }
