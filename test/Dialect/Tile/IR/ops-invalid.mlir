// RUN: dag-opt %s --split-input-file --verify-diagnostics

// What ops refuse: a kernel for each constraint.

// kernel_c1_argument
gpu.module @kernels {
  // expected-error @+1 {{(C1) expected arguments that are tensor maps, pointers, integers or floats, but got 'tensor<4xf32>'}}
  tile.kernel @k(%x: tensor<4xf32>) {
    tile.role @a registers(40) {
    }
  }
}

// -----

// kernel_c1_result
gpu.module @kernels {
  // expected-error @+1 {{(C1) expected no result, but got 1}}
  tile.kernel @k() -> i32 {
    tile.role @a registers(40) {
    }
  }
}

// -----

// kernel_c2_none
gpu.module @kernels {
  // expected-error @+1 {{(C2) expected at least one role}}
  tile.kernel @k() {
  }
}

// -----

// kernel_c2_behind
gpu.module @kernels {
  tile.kernel @k() {
    tile.role @a registers(40) {
    }
    // expected-error @+1 {{(C2) expected no op behind a role of a kernel}}
    %one = arith.constant 1 : i32
  }
}

// -----

// kernel_c2_effect
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %x: i32) {
    // expected-error @+1 {{(C2) expected no effect before the roles of a kernel}}
    llvm.store %x, %p : i32, !llvm.ptr
    tile.role @a registers(40) {
    }
  }
}

// -----

// kernel_c3_cluster
gpu.module @kernels {
  // expected-error @+1 {{(C3) expected a cluster of 1 to 8 blocks, but got 16}}
  tile.kernel @k() cluster(16) {
    tile.role @a registers(40) {
    }
  }
}

// -----

// kernel_c3_threads
gpu.module @kernels {
  // expected-error @+1 {{(C3) expected at most 1024 threads, but the roles have 1152}}
  tile.kernel @k() {
    tile.role @a warpgroups(8) registers(24) {
    }
    tile.role @b registers(24) {
    }
  }
}

// -----

// kernel_c4
gpu.module @kernels {
  // expected-error @+1 {{(C4) expected the roles to take at most 64512 registers, 168 for each of 384 threads, but they take 66560}}
  tile.kernel @k() {
    tile.role @a registers(40) {
    }
    tile.role @b warpgroups(2) registers(240) {
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!deep = !tile.pipeline<15, !a_tile, !b_tile>

// kernel_c5
gpu.module @kernels {
  // expected-error @+1 {{(C5) expected at most 232448 bytes of shared memory, but it takes 246784}}
  tile.kernel @k() {
    %ring = tile.pipeline : !deep
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!deep>
      tile.end %p : !tile.producer<!deep>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!deep>
      tile.end %c : !tile.consumer<!deep>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// kernel_c6_two_producers
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      // expected-note @+1 {{which is this one}}
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
      // expected-error @+1 {{(C6) expected one producer of a pipeline, but it has another one}}
      %q = tile.produce %ring : !tile.producer<!ring>
      tile.end %q : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// kernel_c6_no_producer
gpu.module @kernels {
  tile.kernel @k() {
    // expected-error @+1 {{(C6) expected a producer of the pipeline}}
    %ring = tile.pipeline : !ring
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// kernel_c6_no_consumer
gpu.module @kernels {
  tile.kernel @k() {
    // expected-error @+1 {{(C6) expected a consumer of the pipeline}}
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// kernel_c6_two_consumers
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
      // expected-error @+1 {{(C6) expected a role to consume a pipeline once}}
      %d = tile.consume %ring : !tile.consumer<!ring>
      tile.end %d : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// kernel_c7_unused: the slot is never released
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      // expected-error @+1 {{(C7) expected a value of type '!tile.full<}}
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>

// kernel_c7_twice: a slot is multiplied again
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      // expected-error @+1 {{to be used once, but it is used 2 times}}
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      // expected-note @+1 {{used here}}
      %x = tile.multiply %slot[0, 1] : !tile.full<!ring>
      // expected-note @+1 {{used here}}
      %y = tile.multiply %slot[0, 1] into %x : !tile.full<!ring>, !product
      tile.end %next : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>

// kernel_c7_loop: a slot from outside is used in each iteration
gpu.module @kernels {
  tile.kernel @k(%n: i32) {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      // expected-error @+1 {{to be used in the block that has it, but it is used in another one}}
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      scf.for %i = %zero to %n step %one : i32 {
        // expected-note @+1 {{used here, maybe more than once}}
        %x = tile.multiply %slot[0, 1] : !tile.full<!ring>
        %sum, %read = tile.finish %x : !product
        tile.release %read : !tile.read<!ring>
      }
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>

// kernel_c7_user: one of two slots is lost
gpu.module @kernels {
  tile.kernel @k(%which: i1) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      %other, %last = tile.wait %next : !tile.consumer<!ring>
      tile.end %last : !tile.consumer<!ring>
      // expected-error @+1 {{to be used by an op of this dialect, a loop or a branch, but got 'arith.select'}}
      %any = arith.select %which, %slot, %other : !tile.full<!ring>
      %x = tile.multiply %any[0, 1] : !tile.full<!ring>
      %sum, %read = tile.finish %x : !product
      tile.release %read : !tile.read<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>

// kernel_c7_source: a slot from nowhere
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
      // expected-error @+1 {{to come from an op of this dialect, a loop or a branch, but got one of 'builtin.unrealized_conversion_cast'}}
      %slot = builtin.unrealized_conversion_cast to !tile.full<!ring>
      %x = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %read = tile.finish %x : !product
      tile.release %read : !tile.read<!ring>
    }
  }
}

// -----

// role_c1_warpgroups
gpu.module @kernels {
  tile.kernel @k() {
    // expected-error @+1 {{(C1) expected 1 to 8 warpgroups, but got 0}}
    tile.role @a warpgroups(0) registers(40) {
    }
  }
}

// -----

// role_c1_elected
gpu.module @kernels {
  tile.kernel @k() {
    // expected-error @+1 {{(C1) expected one warpgroup, of which a thread is elected, but got 2}}
    tile.role @a elected warpgroups(2) registers(40) {
    }
  }
}

// -----

// role_c2
gpu.module @kernels {
  tile.kernel @k() {
    // expected-error @+1 {{(C2) expected a multiple of 8 from 24 to 256 registers, but got 44}}
    tile.role @a registers(44) {
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>

// role_c3
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    // expected-error @+1 {{(C3) expected fragments of at most 16 of 40 registers, but they take 32}}
    tile.role @read registers(40) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %x = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %read = tile.finish %x : !product
      tile.release %read : !tile.read<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>

// role_c3_across: a sum lives while another one is made
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    // expected-error @+1 {{(C3) expected fragments of at most 56 of 80 registers, but they take 64}}
    tile.role @read registers(80) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      %x = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %read = tile.finish %x : !product
      tile.release %read : !tile.read<!ring>
      %slot2, %last = tile.wait %next : !tile.consumer<!ring>
      %y = tile.multiply %slot2[0, 1] : !tile.full<!ring>
      %sum2, %read2 = tile.finish %y : !product
      tile.release %read2 : !tile.read<!ring>
      tile.end %last : !tile.consumer<!ring>
      %z = tile.elementwise %sum, %sum2 : !sum {
      ^bb0(%a: f32, %b: f32):
        %c2 = arith.addf %a, %b : f32
        tile.yield %c2 : f32
      }
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// outside of a role
gpu.module @kernels {
  // expected-error @+3 {{'tile.wait' op failed to verify that it stands in a role}}
  llvm.func @f() {
    %c = builtin.unrealized_conversion_cast to !tile.consumer<!ring>
    %slot, %next = tile.wait %c : !tile.consumer<!ring>
    llvm.return
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>

// pipeline_c1
gpu.module @kernels {
  tile.kernel @k() {
    // expected-error @+1 {{(C1) expected a cluster of more than one block for 'multicast'}}
    %ring = tile.pipeline : !tile.pipeline<4, multicast, !a_tile, !b_tile>
    tile.role @a registers(40) {
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// produce_c1
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load registers(40) {
      // expected-error @+1 {{(C1) expected a role with an elected thread}}
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// consume_c1
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read elected registers(160) {
      // expected-error @+1 {{(C1) expected a role without an elected thread}}
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// produce_c2: one of two pipelines
gpu.module @kernels {
  tile.kernel @k(%which: i1) {
    %ring = tile.pipeline : !ring
    %other = tile.pipeline : !ring
    %any = arith.select %which, %ring, %other : !ring
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
    tile.role @end elected registers(40) {
      // expected-error @+1 {{(C2) expected a pipeline of 'tile.pipeline'}}
      %s = tile.produce %any : !tile.producer<!ring>
      tile.end %s : !tile.producer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// consume_c2: one of two pipelines
gpu.module @kernels {
  tile.kernel @k(%which: i1) {
    %ring = tile.pipeline : !ring
    %other = tile.pipeline : !ring
    %any = arith.select %which, %ring, %other : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @end registers(160) {
      // expected-error @+1 {{(C2) expected a pipeline of 'tile.pipeline'}}
      %s = tile.consume %any : !tile.consumer<!ring>
      tile.end %s : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>

// consume_pipeline: the state of another pipeline
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      // expected-error @+1 {{failed to verify that the state is one of the pipeline}}
      %c = "tile.consume"(%ring) : (!ring) -> !tile.consumer<!tile.pipeline<3, !a_tile>>
      tile.end %c : !tile.consumer<!tile.pipeline<3, !a_tile>>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!a_map = !tile.tensor_map<[m = 64, k = 64], bf16, swizzle = 128>
!b_map = !tile.tensor_map<[n = 64, k = 64], bf16, swizzle = 128>

// load_c1_full: a third copy
gpu.module @kernels {
  // A slot has two tiles.
  tile.kernel @k(%a: !a_map, %b: !b_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      %0, %next = tile.acquire %p : !tile.producer<!ring>
      %1 = tile.load %a[%x, %x] to %0 : !a_map, !tile.filling<!ring, 0>
      %2 = tile.load %b[%x, %x] to %1 : !b_map, !tile.filling<!ring, 1>
      // expected-error @+1 {{(C1) expected a tile without a copy, but all 2 of the slot have one}}
      %3 = tile.load %b[%x, %x] to %2 : !b_map, !tile.filling<!ring, 2>
      tile.end %next : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!a_map = !tile.tensor_map<[m = 64, k = 64], bf16, swizzle = 128>
!b_map = !tile.tensor_map<[n = 64, k = 64], bf16, swizzle = 128>

// load_c1_axes: the tiles in another order
gpu.module @kernels {
  tile.kernel @k(%a: !a_map, %b: !b_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      %0, %next = tile.acquire %p : !tile.producer<!ring>
      // expected-error @+1 {{(C1) expected the axes, elements and swizzle of '!tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>', but got those of '!tile.tensor_map<[n = 64, k = 64], bf16, swizzle = 128>'}}
      %1 = tile.load %b[%x, %x] to %0 : !b_map, !tile.filling<!ring, 0>
      tile.end %next : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!a_map = !tile.tensor_map<[m = 32, k = 64], bf16, swizzle = 128>
!b_map = !tile.tensor_map<[n = 64, k = 64], bf16, swizzle = 128>

// load_c2
gpu.module @kernels {
  tile.kernel @k(%a: !a_map, %b: !b_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      %0, %next = tile.acquire %p : !tile.producer<!ring>
      // expected-error @+1 {{(C2) expected a box that make}}
      %1 = tile.load %a[%x, %x] to %0 : !a_map, !tile.filling<!ring, 0>
      tile.end %next : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, multicast, !a_tile, !b_tile>
!a_map = !tile.tensor_map<[m = 64, k = 64], bf16, swizzle = 128>
!b_map = !tile.tensor_map<[n = 64, k = 64], bf16, swizzle = 128>

// load_c2_multicast: half of the rows for each of two blocks
gpu.module @kernels {
  tile.kernel @k(%a: !a_map, %b: !b_map, %x: i32) cluster(2) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      %0, %next = tile.acquire %p : !tile.producer<!ring>
      // expected-error @+1 {{(C2) expected 2 boxes that make}}
      %1 = tile.load %a[%x, %x] to %0 multicast : !a_map, !tile.filling<!ring, 0>
      tile.end %next : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!a_map = !tile.tensor_map<[m = 64, k = 64], bf16, swizzle = 128>
!b_map = !tile.tensor_map<[n = 64, k = 64], bf16, swizzle = 128>

// load_c3
gpu.module @kernels {
  tile.kernel @k(%a: !a_map, %b: !b_map, %x: i32) cluster(2) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      %0, %next = tile.acquire %p : !tile.producer<!ring>
      // expected-error @+1 {{(C3) expected a slot of a pipeline with 'multicast'}}
      %1 = tile.load %a[%x, %x] to %0 multicast : !a_map, !tile.filling<!ring, 0>
      tile.end %next : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!a_map = !tile.tensor_map<[m = 64, k = 64], bf16, swizzle = 128>
!b_map = !tile.tensor_map<[n = 64, k = 64], bf16, swizzle = 128>

// commit_c1: a copy is missing
gpu.module @kernels {
  tile.kernel @k(%a: !a_map, %b: !b_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      %0, %next = tile.acquire %p : !tile.producer<!ring>
      %1 = tile.load %a[%x, %x] to %0 : !a_map, !tile.filling<!ring, 0>
      // expected-error @+1 {{(C1) expected a copy for each of 2 tiles, but got 1}}
      tile.commit %1 : !tile.filling<!ring, 1>
      tile.end %next : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      tile.end %c : !tile.consumer<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// multiply_c1_number
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{(C1) expected tiles from 0 to 1, but got 2}}
      %p = tile.multiply %slot[0, 2] : !tile.full<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// multiply_c1_same
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{(C1) expected two tiles, but got one: 1}}
      %p = tile.multiply %slot[1, 1] : !tile.full<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !tile.buffer<[k = 64, n = 64], bf16, swizzle = 128>>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// multiply_c2_transposed: the second matrix lies the other way
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{(C2) expected one axis in common, the last of both, but got}}
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !tile.buffer<[n = 64, k = 32], bf16, swizzle = 64>>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// multiply_c2_extent
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{(C2) expected one extent of axis "k", but got 64 and 32}}
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
    }
  }
}

// -----

!ring = !tile.pipeline<4, !tile.buffer<[m = 64, k = 8], bf16>, !tile.buffer<[n = 64, k = 8], bf16>>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// multiply_c2_bytes
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{(C2) expected a multiple of 32 bytes of axis "k", but got 16}}
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !tile.buffer<[n = 64, k = 64], f16, swizzle = 128>>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// multiply_c3_elements
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{(C3) expected elements of one type of 16 or 8 bits, but got 'bf16' and 'f16'}}
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
    }
  }
}

// -----

!ring = !tile.pipeline<4, !tile.buffer<[m = 64, k = 64], bf16>, !tile.buffer<[n = 64, k = 64], bf16>>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// multiply_c3_swizzle
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{(C3) expected one swizzle, not none, but got 0 and 0}}
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
    }
  }
}

// -----

!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !tile.buffer<[m = 32, k = 64], bf16, swizzle = 128>, !b_tile>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// multiply_c4_rows
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{(C4) expected a multiple of 64 rows, but got 32}}
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !tile.buffer<[n = 264, k = 64], bf16, swizzle = 128>>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// multiply_c4_columns
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{(C4) expected a multiple of 8 columns, at most 256, but got 264}}
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
    }
  }
}

// -----

!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>, !b_tile>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// multiply_c4_warpgroups: rows for two warpgroups, and one is there
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{(C4) expected 64 rows for each of 1 warpgroups, but got 128}}
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>
!sum16 = !tile.fragment<[m = 64, n = 64], bf16>

// multiply_c5
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %free = tile.finish %p : !product
      tile.release %free : !tile.read<!ring>
      %rounded = tile.cast %sum : !sum to !sum16
      %c2 = tile.consume %ring : !tile.consumer<!ring>
      %slot2, %next2 = tile.wait %c2 : !tile.consumer<!ring>
      // expected-error @+1 {{(C5) expected a sum of type '!tile.fragment<[m = 64, n = 64], f32>', but got '!tile.fragment<[m = 64, n = 64], bf16>'}}
      %q = tile.multiply %slot2[0, 1] into %rounded : !tile.full<!ring>, !sum16
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// retire_c1
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      // expected-error @+1 {{(C1) expected at least two products in flight, but got 1}}
      %q, %free = tile.retire %p : !product
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>

// finish_c1: the older product is not waited for
gpu.module @kernels {
  tile.kernel @k() {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      %slot2, %last = tile.wait %next : !tile.consumer<!ring>
      tile.end %last : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %q = tile.multiply %slot2[0, 1] into %p : !tile.full<!ring>, !product
      // expected-error @+1 {{(C1) expected one product in flight, but got 2}}
      %sum, %free = tile.finish %q : !tile.product<!sum, holds !ring, !ring>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>
!sum16 = !tile.fragment<[m = 64, n = 64], bf16>

// reading what is in flight
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      // expected-error @+1 {{operand #0 must be a tile in the registers of a role, but got '!tile.product<}}
      %y = "tile.cast"(%p) : (!product) -> !sum16
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// releasing what is being read
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      // expected-error @+1 {{operand #0 must be a slot that nothing reads any more, but got '!tile.full<}}
      "tile.release"(%slot) : (!tile.full<!ring>) -> ()
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>
!sum16 = !tile.fragment<[m = 64, n = 64], bf16>

// elementwise_c1_type
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %free = tile.finish %p : !product
      tile.release %free : !tile.read<!ring>
      %r = tile.cast %sum : !sum to !sum16
      // expected-error @+1 {{(C1) expected fragments of f32, but got '!tile.fragment<[m = 64, n = 64], bf16>'}}
      %y = tile.elementwise %r : !sum16 {
      ^bb0(%e: f32):
        tile.yield %e : f32
      }
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// elementwise_c1_arguments
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %free = tile.finish %p : !product
      tile.release %free : !tile.read<!ring>
      // expected-error @+1 {{(C1) expected an argument of f32 for each of 2 operands}}
      %y = tile.elementwise %sum, %sum : !sum {
      ^bb0(%e: f32):
        tile.yield %e : f32
      }
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// elementwise_c1_effect
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %free = tile.finish %p : !product
      tile.release %free : !tile.read<!ring>
      %y = tile.elementwise %sum : !sum {
      ^bb0(%e: f32):
        // expected-error @+1 {{(C1) expected an op without effects and regions in 'tile.elementwise'}}
        nvvm.barrier0
        tile.yield %e : f32
      }
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>

// cast_c1
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %free = tile.finish %p : !product
      tile.release %free : !tile.read<!ring>
      // expected-error @+1 {{(C1) expected elements of f32 to become ones of 16 bits of the same axes, extents and warps}}
      %r = tile.cast %sum : !sum to !tile.fragment<[n = 64, m = 64], bf16>
    }
  }
}

// -----

!box = !tile.buffer<[m = 64, n = 64], bf16, swizzle = 128>

// staging_c1
gpu.module @kernels {
  tile.kernel @k() {
    tile.role @load elected registers(40) {
      // expected-error @+1 {{(C1) expected a role without an elected thread}}
      %s = tile.staging : !tile.staging<2, !box>
      tile.drain %s : !tile.staging<2, !box>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>
!box = !tile.buffer<[m = 64, n = 64], bf16, swizzle = 128>

// store_c1
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %free = tile.finish %p : !product
      tile.release %free : !tile.read<!ring>
      %s = tile.staging : !tile.staging<2, !box>
      // expected-error @+1 {{(C1) expected elements of one type of 16 bits, but got 'f32', 'bf16' and 'bf16'}}
      %t = tile.store %sum to %d[%x, %x] via %s : !sum, !d_map, !tile.staging<2, !box>
      tile.drain %t : !tile.staging<2, !box>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[m = 32, n = 64], bf16, swizzle = 128>
!box = !tile.buffer<[m = 64, n = 64], bf16, swizzle = 128>
!sum16 = !tile.fragment<[m = 64, n = 64], bf16>

// store_c2
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %free = tile.finish %p : !product
      tile.release %free : !tile.read<!ring>
      %s = tile.staging : !tile.staging<2, !box>
      %r = tile.cast %sum : !sum to !sum16
      // expected-error @+1 {{(C2) expected the box of the map to be}}
      %t = tile.store %r to %d[%x, %x] via %s : !sum16, !d_map, !tile.staging<2, !box>
      tile.drain %t : !tile.staging<2, !box>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[n = 64, m = 64], bf16, swizzle = 128>
!box = !tile.buffer<[n = 64, m = 64], bf16, swizzle = 128>
!sum16 = !tile.fragment<[m = 64, n = 64], bf16>

// store_c3_axes: rows and columns exchanged
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %free = tile.finish %p : !product
      tile.release %free : !tile.read<!ring>
      %s = tile.staging : !tile.staging<2, !box>
      %r = tile.cast %sum : !sum to !sum16
      // expected-error @+1 {{(C3) expected the axes of}}
      %t = tile.store %r to %d[%x, %x] via %s : !sum16, !d_map, !tile.staging<2, !box>
      tile.drain %t : !tile.staging<2, !box>
    }
  }
}

// -----

!a_tile = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!b_tile = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !a_tile, !b_tile>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!product = !tile.product<!sum, holds !ring>
!d_map = !tile.tensor_map<[m = 64, n = 64], bf16>
!box = !tile.buffer<[m = 64, n = 64], bf16>
!sum16 = !tile.fragment<[m = 64, n = 64], bf16>

// store_c3_swizzle
gpu.module @kernels {
  tile.kernel @k(%d: !d_map, %x: i32) {
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %p = tile.produce %ring : !tile.producer<!ring>
      tile.end %p : !tile.producer<!ring>
    }
    tile.role @read registers(160) {
      %c = tile.consume %ring : !tile.consumer<!ring>
      %slot, %next = tile.wait %c : !tile.consumer<!ring>
      tile.end %next : !tile.consumer<!ring>
      %p = tile.multiply %slot[0, 1] : !tile.full<!ring>
      %sum, %free = tile.finish %p : !product
      tile.release %free : !tile.read<!ring>
      %s = tile.staging : !tile.staging<2, !box>
      %r = tile.cast %sum : !sum to !sum16
      // expected-error @+1 {{(C3) expected a swizzle of 128 bytes, but got 0}}
      %t = tile.store %r to %d[%x, %x] via %s : !sum16, !d_map, !tile.staging<2, !box>
      tile.drain %t : !tile.staging<2, !box>
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>

// open_c1
gpu.module @kernels {
  tile.kernel @k() {
    tile.role @one registers(40) {
      // expected-error @+1 {{(C1) expected the only role of a kernel, without an elected thread}}
      %0 = tile.open : !none
      tile.close %0 : !none
    }
    tile.role @other registers(40) {
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>

// open_c2
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      // expected-error @+1 {{(C2) expected 2 empty slots and nothing in flight, but got 1 and 1 in flight}}
      %0 = tile.open : !some
      tile.close %0 : !some
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>

// fetch_c1: no slot is empty
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      %1 = tile.fetch %0, %x[%i, %i], %w[%i, %i] : !none, !x, !w
      %2 = tile.fetch %1, %x[%i, %i], %w[%i, %i] : !some, !x, !w
      // expected-error @+1 {{(C1) expected an empty slot, but got none}}
      %3 = tile.fetch %2, %x[%i, %i], %w[%i, %i] : !tile.copies<!ring, in_flight = 2, empty = 0>, !x, !w
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>

// fetch_c2_number: a tile stays empty
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      // expected-error @+1 {{(C2) expected a matrix for each of 2 tiles, but got 1}}
      %1 = tile.fetch %0, %x[%i, %i] : !none, !x
      tile.close %1 : !some
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>

// fetch_c2_axes: matrices exchanged
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      // expected-error @+1 {{(C2) expected the axes and elements of '!tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>', but got those of '!tile.matrix<n, k, bf16>'}}
      %1 = tile.fetch %0, %w[%i, %i], %x[%i, %i] : !none, !w, !x
      tile.close %1 : !some
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>

// fetch_c2_rows
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      // expected-error @+1 {{(C2) expected rows of 128 bytes and their swizzle, but got}}
      %1 = tile.fetch %0, %x[%i, %i], %w[%i, %i] : !none, !x, !w
      tile.close %1 : !some
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>

// arrive_c1: nothing was fetched
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      // expected-error @+1 {{(C1) expected a group of copies in flight, but got none}}
      %slot, %1 = tile.arrive %0 : !none
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!sum = !tile.fragment<[m = 128, n = 128], f32, warps = [1, 4]>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>
!slot = !tile.full<!ring>
!other = !tile.pipeline<3, !x_tile, !w_tile>
!other_none = !tile.copies<!other, in_flight = 0, empty = 3>

// arrive_c2
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      %1 = tile.fetch %0, %x[%i, %i], %w[%i, %i] : !none, !x, !w
      %slot, %2 = tile.arrive %1 : !some
      tile.close %2 : !tile.copies<!ring, in_flight = 0, empty = 1>
      %none = tile.zero : !sum
      %sum, %read = tile.accumulate %slot[0, 1] into %none : !slot, !sum
      %3 = tile.open : !other_none
      %4 = tile.fetch %3, %x[%i, %i], %w[%i, %i] : !other_none, !x, !w
      // expected-error @+1 {{(C2) expected a slot of the pipeline of the copies, but got one of}}
      %other_slot, %5 = tile.arrive %4, %read : !tile.copies<!other, in_flight = 1, empty = 2>, !tile.read<!ring>
    }
  }
}

// -----

!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!rounded = !tile.fragment<[m = 128, n = 128], bf16, warps = [1, 4]>

// zero_c1
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      // expected-error @+1 {{(C1) expected a fragment of f32, but got}}
      %none = tile.zero : !rounded
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!sum = !tile.fragment<[m = 128, n = 128], f32, warps = [1, 4]>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>
!slot = !tile.full<!ring>

// accumulate_c1_number
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      %1 = tile.fetch %0, %x[%i, %i], %w[%i, %i] : !none, !x, !w
      %slot, %2 = tile.arrive %1 : !some
      tile.close %2 : !tile.copies<!ring, in_flight = 0, empty = 1>
      %none = tile.zero : !sum
      // expected-error @+1 {{(C1) expected tiles from 0 to 1, but got 2}}
      %sum, %read = tile.accumulate %slot[0, 2] into %none : !slot, !sum
      tile.discard %read : !tile.read<!ring>
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!sum = !tile.fragment<[m = 128, n = 128], f32, warps = [1, 4]>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>
!slot = !tile.full<!ring>

// accumulate_c1_same
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      %1 = tile.fetch %0, %x[%i, %i], %w[%i, %i] : !none, !x, !w
      %slot, %2 = tile.arrive %1 : !some
      tile.close %2 : !tile.copies<!ring, in_flight = 0, empty = 1>
      %none = tile.zero : !sum
      // expected-error @+1 {{(C1) expected two tiles, but got one: 0}}
      %sum, %read = tile.accumulate %slot[0, 0] into %none : !slot, !sum
      tile.discard %read : !tile.read<!ring>
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[k = 128, n = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<k, n, bf16>
!y = !tile.matrix<m, n, bf16>
!sum = !tile.fragment<[m = 128, n = 128], f32, warps = [1, 4]>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>
!slot = !tile.full<!ring>

// accumulate_c2: the second matrix lies the other way
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      %1 = tile.fetch %0, %x[%i, %i], %w[%i, %i] : !none, !x, !w
      %slot, %2 = tile.arrive %1 : !some
      tile.close %2 : !tile.copies<!ring, in_flight = 0, empty = 1>
      %none = tile.zero : !sum
      // expected-error @+1 {{(C2) expected one axis in common, the last of both, with rows of 128 bytes and their swizzle, of bf16 or f16, but got}}
      %sum, %read = tile.accumulate %slot[0, 1] into %none : !slot, !sum
      tile.discard %read : !tile.read<!ring>
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!sum = !tile.fragment<[m = 128, n = 64], f32, warps = [1, 4]>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>
!slot = !tile.full<!ring>

// accumulate_c3_extents
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      %1 = tile.fetch %0, %x[%i, %i], %w[%i, %i] : !none, !x, !w
      %slot, %2 = tile.arrive %1 : !some
      tile.close %2 : !tile.copies<!ring, in_flight = 0, empty = 1>
      %none = tile.zero : !sum
      // expected-error @+1 {{(C3) expected a sum of f32 with extents #tile.extents<[m = 128, n = 128]>, but got '!tile.fragment<[m = 128, n = 64], f32, warps = [1, 4]>'}}
      %sum, %read = tile.accumulate %slot[0, 1] into %none : !slot, !sum
      tile.discard %read : !tile.read<!ring>
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!sum = !tile.fragment<[m = 128, n = 128], f32, warps = [2, 4]>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>
!slot = !tile.full<!ring>

// accumulate_c3_warps
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      %1 = tile.fetch %0, %x[%i, %i], %w[%i, %i] : !none, !x, !w
      %slot, %2 = tile.arrive %1 : !some
      tile.close %2 : !tile.copies<!ring, in_flight = 0, empty = 1>
      %none = tile.zero : !sum
      // expected-error @+1 {{(C3) expected a sum that is split over the 4 warps of the role, but got}}
      %sum, %read = tile.accumulate %slot[0, 1] into %none : !slot, !sum
      tile.discard %read : !tile.read<!ring>
    }
  }
}

// -----

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 128, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<2, !x_tile, !w_tile>
!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!sum = !tile.fragment<[m = 128, n = 128], f32, warps = [1, 4]>
!none = !tile.copies<!ring, in_flight = 0, empty = 2>
!some = !tile.copies<!ring, in_flight = 1, empty = 1>
!slot = !tile.full<!ring>

// a slot that was read is forgotten, so that it would be filled while others read it
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %0 = tile.open : !none
      %1 = tile.fetch %0, %x[%i, %i], %w[%i, %i] : !none, !x, !w
      %slot, %2 = tile.arrive %1 : !some
      tile.close %2 : !tile.copies<!ring, in_flight = 0, empty = 1>
      %none = tile.zero : !sum
      // expected-error @+1 {{(C7) expected a value of type '!tile.read<}}
      %sum, %read = tile.accumulate %slot[0, 1] into %none : !slot, !sum
    }
  }
}

// -----

!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!sum = !tile.fragment<[m = 128, n = 128], f32, warps = [1, 4]>

// write_c1
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %none = tile.zero : !sum
      // expected-error @+1 {{(C1) expected a fragment with warps, and elements of}}
      tile.write %none to %y[%i, %i] : !sum, !y
    }
  }
}

// -----

!x = !tile.matrix<m, k, bf16>
!w = !tile.matrix<n, k, bf16>
!y = !tile.matrix<m, n, bf16>
!sum = !tile.fragment<[m = 128, n = 128], f32, warps = [1, 4]>
!rounded = !tile.fragment<[m = 128, n = 128], bf16, warps = [1, 4]>

// write_c2: rows and columns exchanged
gpu.module @kernels {
  tile.kernel @k(%p: !llvm.ptr, %i: i32) {
    tile.role @all registers(248) {
      %x = tile.matrix %p, %i, %i : !llvm.ptr, !x
      %w = tile.matrix %p, %i, %i : !llvm.ptr, !w
      %y = tile.matrix %p, %i, %i : !llvm.ptr, !y
      %none = tile.zero : !sum
      %r = tile.cast %none : !sum to !rounded
      %t = tile.matrix %p, %i, %i : !llvm.ptr, !tile.matrix<n, m, bf16>
      // expected-error @+1 {{(C2) expected the axes of}}
      tile.write %r to %t[%i, %i] : !rounded, !tile.matrix<n, m, bf16>
    }
  }
}
