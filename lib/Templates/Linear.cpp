//===- Linear.cpp - Kernels of linear layers --------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Templates/Linear.h"
#include "Template.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// Bytes of a row of a tile: as many as the widest swizzle mixes.
static constexpr unsigned kRowBytes = 128;

static std::string toText(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

//===----------------------------------------------------------------------===//
// sm_90a
//===----------------------------------------------------------------------===//

/// One warpgroup copies, the weights into all blocks of a cluster; the others
/// multiply, one product behind the next, and store by way of shared memory.
static constexpr StringLiteral kLinear = R"(
!x_tile = !tile.buffer<[m = $rows, k = $depth], $element, swizzle = 128>
!w_tile = !tile.buffer<[n = $columns, k = $depth], $element, swizzle = 128>
!ring = !tile.pipeline<$slots, $multicast_type !x_tile, !w_tile>
!x_map = !tile.tensor_map<[m = $rows, k = $depth], $element, swizzle = 128>
!w_map = !tile.tensor_map<[n = $part, k = $depth], $element, swizzle = 128>
!y_map = !tile.tensor_map<[m = 64, n = 64], $result, swizzle = 128>
!sum = !tile.fragment<[m = $rows, n = $columns], f32>
!rounded = !tile.fragment<[m = $rows, n = $columns], $result>
!box = !tile.buffer<[m = 64, n = 64], $result, swizzle = 128>
!out = !tile.staging<2, !box>

gpu.module @template {
  tile.kernel @$name(%x: !x_map, %w: !w_map, %y: !y_map, %steps: i32)
      $cluster {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %k_step = arith.constant $depth : i32
    %m_step = arith.constant $rows : i32
    %n_step = arith.constant $columns : i32
    %block_m = nvvm.read.ptx.sreg.ctaid.x : i32
    %block_n = nvvm.read.ptx.sreg.ctaid.y : i32
    %m = arith.muli %block_m, %m_step : i32
    %n = arith.muli %block_n, %n_step : i32
    %ring = tile.pipeline : !ring

    tile.role @load elected registers($load_registers) {
      %first = tile.produce %ring : !tile.producer<!ring>
      %last = scf.for %step = %zero to %steps step %one
          iter_args(%state = %first) -> (!tile.producer<!ring>) : i32 {
        %k = arith.muli %step, %k_step : i32
        %0, %next = tile.acquire %state : !tile.producer<!ring>
        %1 = tile.load %x[%m, %k] to %0 : !x_map, !tile.filling<!ring, 0>
        %2 = tile.load %w[%n, %k] to %1 $multicast
            : !w_map, !tile.filling<!ring, 1>
        tile.commit %2 : !tile.filling<!ring, 2>
        scf.yield %next : !tile.producer<!ring>
      }
      tile.end %last : !tile.producer<!ring>
    }

    tile.role @multiply warpgroups($warpgroups) registers($registers) {
      %first = tile.consume %ring : !tile.consumer<!ring>
      %out = tile.staging : !out
      %slot, %second = tile.wait %first : !tile.consumer<!ring>
      %begun = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %last, %sums = scf.for %step = %one to %steps step %one
          iter_args(%state = %second, %sum = %begun)
          -> (!tile.consumer<!ring>, !tile.product<!sum, holds !ring>) : i32 {
        %full, %next = tile.wait %state : !tile.consumer<!ring>
        %more = tile.multiply %full[0, 1] into %sum
            : !tile.full<!ring>, !tile.product<!sum, holds !ring>
        %rest, %read = tile.retire %more
            : !tile.product<!sum, holds !ring, !ring>
        tile.release %read : !tile.read<!ring>
        scf.yield %next, %rest
            : !tile.consumer<!ring>, !tile.product<!sum, holds !ring>
      }
      %result, %read = tile.finish %sums : !tile.product<!sum, holds !ring>
      tile.release %read : !tile.read<!ring>
      tile.end %last : !tile.consumer<!ring>
      %rounded = tile.cast %result : !sum to !rounded
      %stored = tile.store %rounded to %y[%m, %n] via %out
          : !rounded, !y_map, !out
      tile.drain %stored : !out
    }
  }
}
)";

/// Registers of the threads of the role that copies, and of those that
/// multiply: `setmaxnreg` gives to the latter what the former leave of the
/// launch's.
static std::pair<unsigned, unsigned> shareRegisters(unsigned warpgroups) {
  constexpr unsigned kFile = 65536, kThreads = 128, kStep = 8, kMost = 240;
  unsigned launched = llvm::alignDown(
      std::min(kFile / (kThreads * (warpgroups + 1)), 255u), kStep);
  unsigned forLoads = warpgroups > 2 ? 32 : 40;
  unsigned rest = launched * (warpgroups + 1) - forLoads;
  return {forLoads, std::min(static_cast<unsigned>(
                                 llvm::alignDown(rest / warpgroups, kStep)),
                             kMost)};
}

LogicalResult dag::addLinear(gpu::GPUModuleOp module, StringRef name,
                             const LinearTiles &tiles) {
  unsigned bytes = tiles.element.getIntOrFloatBitWidth() / 8;
  if (tiles.warpgroups == 0 || tiles.warpgroups > 3 || tiles.cluster == 0 ||
      tiles.columns % (64 * tiles.cluster) != 0 || bytes == 0 || bytes > 2)
    return module.emitError(
        "expected one to three warpgroups, and columns that "
        "are a multiple of 64 in each block of a cluster");
  auto [forLoads, registers] = shareRegisters(tiles.warpgroups);
  bool isShared = tiles.cluster > 1;
  Type result =
      bytes == 2 ? tiles.element : Type(BFloat16Type::get(module.getContext()));
  return KernelTemplate(kLinear)
      .set("name", name)
      .set("element", toText(tiles.element))
      .set("result", toText(result))
      .set("rows", Twine(tiles.getRows()))
      .set("columns", Twine(tiles.columns))
      .set("part", Twine(tiles.columns / tiles.cluster))
      .set("depth", Twine(kRowBytes / bytes))
      .set("slots", Twine(tiles.slots))
      .set("cluster",
           isShared ? "cluster(" + Twine(tiles.cluster) + ")" : Twine())
      .set("multicast_type", isShared ? "multicast," : "")
      .set("multicast", isShared ? "multicast" : "")
      .set("warpgroups", Twine(tiles.warpgroups))
      .set("load_registers", Twine(forLoads))
      .set("registers", Twine(registers))
      .addTo(module);
}

//===----------------------------------------------------------------------===//
// sm_80
//===----------------------------------------------------------------------===//

/// All threads copy, meet, and multiply. Behind the last step zeros are
/// fetched, and never multiplied.
static constexpr StringLiteral kLinearOfThreads = R"(
!x_tile = !tile.buffer<[m = $rows, k = 64], $element, swizzle = 128>
!w_tile = !tile.buffer<[n = $columns, k = 64], $element, swizzle = 128>
!ring = !tile.pipeline<$slots, !x_tile, !w_tile>
!x = !tile.matrix<m, k, $element>
!w = !tile.matrix<n, k, $element>
!y = !tile.matrix<m, n, $element>
!sum = !tile.fragment<[m = $rows, n = $columns], f32, warps = [2, 4]>
!rounded = !tile.fragment<[m = $rows, n = $columns], $element, warps = [2, 4]>
!copies = !tile.copies<!ring, in_flight = $ahead, empty = 0>

gpu.module @template {
  tile.kernel @$name(%x_data: !llvm.ptr, %w_data: !llvm.ptr,
                     %y_data: !llvm.ptr, %rows: i32, %columns: i32,
                     %depth: i32, %steps: i32) {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %ahead = arith.constant $ahead : i32
    %k_step = arith.constant 64 : i32
    %m_step = arith.constant $rows : i32
    %n_step = arith.constant $columns : i32
    %block_m = nvvm.read.ptx.sreg.ctaid.x : i32
    %block_n = nvvm.read.ptx.sreg.ctaid.y : i32
    %m = arith.muli %block_m, %m_step : i32
    %n = arith.muli %block_n, %n_step : i32
    tile.role @all warpgroups(2) registers(248) {
      %x = tile.matrix %x_data, %rows, %depth : !llvm.ptr, !x
      %w = tile.matrix %w_data, %columns, %depth : !llvm.ptr, !w
      %y = tile.matrix %y_data, %rows, %columns : !llvm.ptr, !y

      // All slots but one are on their way before the first product.
      %copies0 = tile.open : !tile.copies<!ring, in_flight = 0, empty = $slots>
$fetches
      %slot, %rest0 = tile.arrive %copies$ahead
          : !tile.copies<!ring, in_flight = $ahead, empty = 1>
      %k0 = arith.muli %ahead, %k_step : i32
      %begun_copies = tile.fetch %rest0, %x[%m, %k0], %w[%n, %k0]
          : !tile.copies<!ring, in_flight = $less, empty = 1>, !x, !w
      %none = tile.zero : !sum
      %begun, %begun_slot = tile.accumulate %slot[0, 1] into %none
          : !tile.full<!ring>, !sum

      %last, %last_slot, %result = scf.for %step = %one to %steps step %one
          iter_args(%copies = %begun_copies, %read = %begun_slot,
                    %sum = %begun)
          -> (!copies, !tile.read<!ring>, !sum) : i32 {
        %next, %rest = tile.arrive %copies, %read
            : !copies, !tile.read<!ring>
        %step_ahead = arith.addi %step, %ahead : i32
        %k = arith.muli %step_ahead, %k_step : i32
        %more = tile.fetch %rest, %x[%m, %k], %w[%n, %k]
            : !tile.copies<!ring, in_flight = $less, empty = 1>, !x, !w
        %added, %added_slot = tile.accumulate %next[0, 1] into %sum
            : !tile.full<!ring>, !sum
        scf.yield %more, %added_slot, %added
            : !copies, !tile.read<!ring>, !sum
      }
      tile.close %last : !copies
      tile.discard %last_slot : !tile.read<!ring>
      %rounded = tile.cast %result : !sum to !rounded
      tile.write %rounded to %y[%m, %n] : !rounded, !y
    }
  }
}
)";

LogicalResult dag::addLinear(gpu::GPUModuleOp module, StringRef name,
                             const LinearThreadTiles &tiles) {
  if (tiles.slots < 2 || tiles.slots > 8 ||
      tiles.element.getIntOrFloatBitWidth() != 16)
    return module.emitError(
        "expected two to eight slots, and elements of 16 bits");
  unsigned ahead = tiles.slots - 1;
  std::string fetches;
  for (unsigned i = 0; i < ahead; ++i) {
    std::string n = std::to_string(i), column = "%column" + n;
    fetches += "      %copies" + std::to_string(i + 1) +
               " = tile.fetch %copies" + n + ", %x[%m, " + column +
               "], %w[%n, " + column +
               "]\n          : !tile.copies<!ring, in_flight = " + n +
               ", empty = " + std::to_string(tiles.slots - i) + ">, !x, !w\n";
    fetches.insert(0, "      " + column + " = arith.constant " +
                          std::to_string(64 * i) + " : i32\n");
  }
  return KernelTemplate(kLinearOfThreads)
      .set("name", name)
      .set("element", toText(tiles.element))
      .set("rows", Twine(tiles.rows))
      .set("columns", Twine(tiles.columns))
      .set("slots", Twine(tiles.slots))
      .set("ahead", Twine(ahead))
      .set("less", Twine(ahead - 1))
      .set("fetches", fetches)
      .addTo(module);
}
