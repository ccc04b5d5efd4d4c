// A linear layer: 256 x 320 by the transpose of 256 x 320, in a cluster of two
// blocks of 128 x 256 that share the second matrix; five steps go around four
// slots. Against three nested loops.

// RUN: dag-opt %s --tile-to-binary="chip=sm_90a format=ptx" -o %t.mlir
// RUN: dag-translate --gpu-binary-to-object %t.mlir -o %t.ptx
// RUN: ptx-run %t.ptx --entry=reference --grid=256 --block=256 --track=0 "a=bf16[256x320]:random" "b=bf16[256x320]:random(2)" "d=bf16[256x256]:uninit" 256 320 -o %t.safetensors
// RUN: ptx-run %t.ptx --entry=linear --grid=2 --block=384 --shared=230400 \
// RUN:   "--buffer=a=bf16[256x320]:random" "--buffer=b=bf16[256x320]:random(2)" "--buffer=d=bf16[256x256]:uninit" \
// RUN:   tmap:a,box=128x64,swizzle=128 tmap:b,box=128x64,swizzle=128 tmap:d,box=64x64,swizzle=128 5 \
// RUN:   --strict --schedules=2 --expect=%t.safetensors --tolerance=1e-2 | FileCheck %s
// CHECK-NOT: error
// CHECK: d: largest difference {{[0-9.e-]+}} of the largest element{{$}}

!a_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 256, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, multicast, !a_tile, !b_tile>
!a_map = !tile.tensor_map<[m = 128, k = 64], bf16, swizzle = 128>
!b_map = !tile.tensor_map<[n = 128, k = 64], bf16, swizzle = 128>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>
!sum = !tile.fragment<[m = 128, n = 256], f32>
!sum16 = !tile.fragment<[m = 128, n = 256], bf16>
!box = !tile.buffer<[m = 64, n = 64], bf16, swizzle = 128>

gpu.module @kernels {
  tile.kernel @linear(%a: !a_map, %b: !b_map, %d: !d_map, %steps: i32)
      cluster(2) {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %k_step = arith.constant 64 : i32
    %m_step = arith.constant 128 : i32
    %n_step = arith.constant 256 : i32
    %x = nvvm.read.ptx.sreg.ctaid.x : i32
    %y = nvvm.read.ptx.sreg.ctaid.y : i32
    %m = arith.muli %x, %m_step : i32
    %n = arith.muli %y, %n_step : i32
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %first = tile.produce %ring : !tile.producer<!ring>
      %last = scf.for %step = %zero to %steps step %one
          iter_args(%state = %first) -> (!tile.producer<!ring>) : i32 {
        %k = arith.muli %step, %k_step : i32
        %0, %next = tile.acquire %state : !tile.producer<!ring>
        %1 = tile.load %a[%m, %k] to %0 : !a_map, !tile.filling<!ring, 0>
        %2 = tile.load %b[%n, %k] to %1 multicast
            : !b_map, !tile.filling<!ring, 1>
        tile.commit %2 : !tile.filling<!ring, 2>
        scf.yield %next : !tile.producer<!ring>
      }
      tile.end %last : !tile.producer<!ring>
    }
    tile.role @multiply warpgroups(2) registers(232) {
      %first = tile.consume %ring : !tile.consumer<!ring>
      %staging = tile.staging : !tile.staging<2, !box>
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
      %rounded = tile.cast %result : !sum to !sum16
      %stored = tile.store %rounded to %d[%m, %n] via %staging
          : !sum16, !d_map, !tile.staging<2, !box>
      tile.drain %stored : !tile.staging<2, !box>
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
