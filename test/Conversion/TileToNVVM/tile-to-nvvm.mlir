// RUN: dag-opt %dag_src/docs/examples/linear.mlir --pass-pipeline="builtin.module(gpu.module(tile-to-nvvm))" | FileCheck %s
// RUN: dag-opt %S/linear-threads.mlir --pass-pipeline="builtin.module(gpu.module(tile-to-nvvm))" | FileCheck %s --check-prefix=THREADS

// A kernel is a function: what a launch has to know of it are its attributes, and
// nothing of the dialect is left.

// CHECK: llvm.mlir.global external @tile_shared() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
// CHECK: llvm.func @linear(%{{.*}}: !llvm.ptr {llvm.align = 64 : i64, llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant}
// CHECK-SAME: %{{.*}}: i32)
// CHECK-SAME: nvvm.cluster_dim = array<i32: 2, 1, 1>
// CHECK-SAME: nvvm.kernel
// CHECK-SAME: nvvm.reqntid = array<i32: 384, 1, 1>
// CHECK-SAME: tile.shared_bytes = 230400 : i64
// CHECK-NOT: tile.
// CHECK: nvvm.setmaxregister decrease 40
// CHECK-NOT: tile.
// CHECK: nvvm.setmaxregister increase 232
// CHECK-NOT: tile.

// One role has all threads and registers, and no barriers of pipelines.
// THREADS: llvm.func @linear(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr
// THREADS-NOT: nvvm.cluster_dim
// THREADS-SAME: nvvm.reqntid = array<i32: 256, 1, 1>
// THREADS-SAME: tile.shared_bytes = 98304 : i64
// THREADS-NOT: setmaxregister
// THREADS-NOT: mbarrier
// THREADS: llvm.func @reference
