// A linear layer on sm_80: 200 x 328 by the transpose of 136 x 328, in blocks of
// 128 x 128, so that rows, columns and the last step end inside of tiles. Against
// three nested loops.

// RUN: dag-opt %s --tile-to-binary="chip=sm_80 format=ptx" -o %t.mlir
// RUN: dag-translate --gpu-binary-to-object %t.mlir -o %t.ptx
// RUN: ptx-run %t.ptx --entry=reference --grid=200 --block=136 --track=0 "x=bf16[200x328]:random" "w=bf16[136x328]:random(2)" "y=bf16[200x136]:uninit" 136 328 -o %t.safetensors
// RUN: ptx-run %t.ptx --entry=linear --grid=2,2 --block=256 --shared=98304 \
// RUN:   "x=bf16[200x328]:random" "w=bf16[136x328]:random(2)" "y=bf16[200x136]:uninit" 200 136 328 6 \
// RUN:   --strict --schedules=2 --expect=%t.safetensors --tolerance=1e-2 | FileCheck %s
// CHECK-NOT: error
// CHECK: y: largest difference {{[0-9.e-]+}} of the largest element{{$}}

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<3, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!sum = !tile.fragment<[m = 128, n = 128], f32, warps = [2, 4]>
!rounded = !tile.fragment<[m = 128, n = 128], bf16, warps = [2, 4]>
!copies = !tile.copies<!ring, in_flight = 2, empty = 0>

gpu.module @kernels {
  tile.kernel @linear(%x_data: !llvm.ptr, %w_data: !llvm.ptr,
                      %y_data: !llvm.ptr, %rows: i32, %columns: i32,
                      %length: i32, %steps: i32) {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    %k_step = arith.constant 64 : i32
    %step = arith.constant 128 : i32
    %block_m = nvvm.read.ptx.sreg.ctaid.x : i32
    %block_n = nvvm.read.ptx.sreg.ctaid.y : i32
    %m = arith.muli %block_m, %step : i32
    %n = arith.muli %block_n, %step : i32
    tile.role @all warpgroups(2) registers(248) {
      %x = tile.matrix %x_data, %rows, %length : !llvm.ptr, !x
      %w = tile.matrix %w_data, %columns, %length : !llvm.ptr, !w
      %y = tile.matrix %y_data, %rows, %columns : !llvm.ptr, !y

      // Two slots are on their way before the first product.
      %0 = tile.open : !tile.copies<!ring, in_flight = 0, empty = 3>
      %1 = tile.fetch %0, %x[%m, %zero], %w[%n, %zero]
          : !tile.copies<!ring, in_flight = 0, empty = 3>, !x, !w
      %2 = tile.fetch %1, %x[%m, %k_step], %w[%n, %k_step]
          : !tile.copies<!ring, in_flight = 1, empty = 2>, !x, !w
      %k_two = arith.muli %two, %k_step : i32
      %slot, %3 = tile.arrive %2
          : !tile.copies<!ring, in_flight = 2, empty = 1>
      %4 = tile.fetch %3, %x[%m, %k_two], %w[%n, %k_two]
          : !tile.copies<!ring, in_flight = 1, empty = 1>, !x, !w
      %none = tile.zero : !sum
      %begun, %begun_slot = tile.accumulate %slot[0, 1] into %none
          : !tile.full<!ring>, !sum

      // Behind the last step zeros are fetched, and never multiplied.
      %last, %last_slot, %result = scf.for %i = %one to %steps step %one
          iter_args(%copies = %4, %read = %begun_slot, %sum = %begun)
          -> (!copies, !tile.read<!ring>, !sum) : i32 {
        %next, %rest = tile.arrive %copies, %read
            : !copies, !tile.read<!ring>
        %ahead = arith.addi %i, %two : i32
        %k = arith.muli %ahead, %k_step : i32
        %more = tile.fetch %rest, %x[%m, %k], %w[%n, %k]
            : !tile.copies<!ring, in_flight = 1, empty = 1>, !x, !w
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

  // A thread for each element.
  llvm.func @reference(%a: !llvm.ptr, %b: !llvm.ptr, %d: !llvm.ptr, %n: i32,
                       %k: i32) attributes {nvvm.kernel} {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %none = arith.constant 0.0 : f32
    %i = nvvm.read.ptx.sreg.ctaid.x : i32
    %j = nvvm.read.ptx.sreg.tid.x : i32
    %row_a = arith.muli %i, %k : i32
    %row_b = arith.muli %j, %k : i32
    %sum = scf.for %l = %zero to %k step %one iter_args(%s = %none) -> (f32) : i32 {
      %at_a = arith.addi %row_a, %l : i32
      %at_b = arith.addi %row_b, %l : i32
      %pa = llvm.getelementptr %a[%at_a] : (!llvm.ptr, i32) -> !llvm.ptr, bf16
      %pb = llvm.getelementptr %b[%at_b] : (!llvm.ptr, i32) -> !llvm.ptr, bf16
      %va = llvm.load %pa : !llvm.ptr -> bf16
      %vb = llvm.load %pb : !llvm.ptr -> bf16
      %fa = arith.extf %va : bf16 to f32
      %fb = arith.extf %vb : bf16 to f32
      %p = arith.mulf %fa, %fb : f32
      %t = arith.addf %s, %p : f32
      scf.yield %t : f32
    }
    %row_d = arith.muli %i, %n : i32
    %at_d = arith.addi %row_d, %j : i32
    %pd = llvm.getelementptr %d[%at_d] : (!llvm.ptr, i32) -> !llvm.ptr, bf16
    %r = arith.truncf %sum : f32 to bf16
    llvm.store %r, %pd : bf16, !llvm.ptr
    llvm.return
  }
}
