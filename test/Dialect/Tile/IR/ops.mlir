// RUN: dag-opt %s --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --emit-bytecode | dag-opt | FileCheck %s
// RUN: dag-opt %dag_src/test/Conversion/TileToNVVM/linear-threads.mlir --verify-roundtrip | FileCheck %s --check-prefix=THREADS
// RUN: dag-opt %dag_src/test/Conversion/TileToNVVM/linear-threads.mlir --emit-bytecode | dag-opt | FileCheck %s --check-prefix=THREADS

// THREADS: tile.fetch %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}}[%{{.*}}, %{{.*}}] : !tile.copies<!pipeline, in_flight = 0, empty = 3>, !tile.matrix<m, k, bf16>, !tile.matrix<n, k, bf16>
// THREADS: tile.arrive %{{[0-9]+}} : !tile.copies
// THREADS: tile.accumulate %slot[0, 1] into %{{.*}} : !tile.full<!pipeline>, !fragment
// THREADS: tile.arrive %{{.*}}, %{{.*}} : !tile.copies<!pipeline, in_flight = 2, empty = 0>, !tile.read<!pipeline>
// THREADS: tile.close
// THREADS: tile.write

!a_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 256, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, multicast, !a_tile, !b_tile>
!a_map = !tile.tensor_map<[m = 128, k = 64], bf16, swizzle = 128>
!b_map = !tile.tensor_map<[n = 128, k = 64], bf16, swizzle = 128>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>
!sum = !tile.fragment<[m = 128, n = 256], f32>
!box = !tile.buffer<[m = 64, n = 64], bf16, swizzle = 128>

// A block multiplies 128 rows by 256 columns: one warpgroup copies, two multiply.

// CHECK-DAG: !buffer = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
// CHECK-DAG: !pipeline = !tile.pipeline<4, multicast, !buffer, !buffer{{[0-9]}}>
// CHECK-DAG: !product = !tile.product<!fragment, holds !pipeline>

// CHECK-LABEL: tile.kernel @linear
// CHECK-SAME: cluster(2)
gpu.module @kernels {
  tile.kernel @linear(%a: !a_map, %b: !b_map, %d: !d_map, %m: i32, %n: i32,
                      %steps: i32) cluster(2) {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %k_step = arith.constant 64 : i32
    // CHECK: %[[RING:.*]] = tile.pipeline : !pipeline{{$}}
    %ring = tile.pipeline : !ring
    // CHECK: tile.role @load elected registers(40)
    tile.role @load elected registers(40) {
      %first = tile.produce %ring : !tile.producer<!ring>
      %last = scf.for %step = %zero to %steps step %one
          iter_args(%state = %first) -> (!tile.producer<!ring>) : i32 {
        %k = arith.muli %step, %k_step : i32
        %0, %next = tile.acquire %state : !tile.producer<!ring>
        // CHECK: tile.load %{{.*}}[%{{.*}}, %{{.*}}] to %{{.*}} : !map, !tile.filling<!pipeline, 0>
        %1 = tile.load %a[%m, %k] to %0 : !a_map, !tile.filling<!ring, 0>
        // CHECK: tile.load %{{.*}} to %{{.*}} multicast
        %2 = tile.load %b[%n, %k] to %1 multicast
            : !b_map, !tile.filling<!ring, 1>
        tile.commit %2 : !tile.filling<!ring, 2>
        scf.yield %next : !tile.producer<!ring>
      }
      tile.end %last : !tile.producer<!ring>
    }
    // CHECK: tile.role @multiply warpgroups(2) registers(232)
    tile.role @multiply warpgroups(2) registers(232) {
      %first = tile.consume %ring : !tile.consumer<!ring>
      %staging = tile.staging : !tile.staging<2, !box>
      %slot, %second = tile.wait %first : !tile.consumer<!ring>
      %begun = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %last, %sums = scf.for %step = %one to %steps step %one
          iter_args(%state = %second, %sum = %begun)
          -> (!tile.consumer<!ring>, !tile.product<!sum, holds !ring>) : i32 {
        %full, %next = tile.wait %state : !tile.consumer<!ring>
        // CHECK: tile.multiply %{{.*}}[0, 1] into %{{.*}} : !tile.full
        %more = tile.multiply %full[0, 1] into %sum
            : !tile.full<!ring>, !tile.product<!sum, holds !ring>
        // CHECK: tile.retire
        %rest, %read = tile.retire %more
            : !tile.product<!sum, holds !ring, !ring>
        tile.release %read : !tile.read<!ring>
        scf.yield %next, %rest
            : !tile.consumer<!ring>, !tile.product<!sum, holds !ring>
      }
      %result, %read = tile.finish %sums : !tile.product<!sum, holds !ring>
      tile.release %read : !tile.read<!ring>
      tile.end %last : !tile.consumer<!ring>
      // CHECK: tile.elementwise
      %positive = tile.elementwise %result : !sum {
      ^bb0(%x: f32):
        %nothing = arith.constant 0.0 : f32
        %y = arith.maximumf %x, %nothing : f32
        tile.yield %y : f32
      }
      %rounded = tile.cast %positive
          : !sum to !tile.fragment<[m = 128, n = 256], bf16>
      // CHECK: tile.store %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}] via
      %stored = tile.store %rounded to %d[%m, %n] via %staging
          : !tile.fragment<[m = 128, n = 256], bf16>, !d_map,
            !tile.staging<2, !box>
      tile.drain %stored : !tile.staging<2, !box>
    }
  }
}
