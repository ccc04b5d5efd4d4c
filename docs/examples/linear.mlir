// A linear layer, y = x w^T in bf16, on sm_90a: docs/Dialects/Tile.md.
//
// A block makes 128 x 256 elements. One warpgroup copies tiles of 64 columns into
// four slots, the weights into both blocks of a cluster; two multiply, one product
// behind the next, and store by way of shared memory.

!x_tile = !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
!w_tile = !tile.buffer<[n = 256, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, multicast, !x_tile, !w_tile>
!x_map = !tile.tensor_map<[m = 128, k = 64], bf16, swizzle = 128>
!w_map = !tile.tensor_map<[n = 128, k = 64], bf16, swizzle = 128>
!y_map = !tile.tensor_map<[m = 64, n = 64], bf16, swizzle = 128>
!sum = !tile.fragment<[m = 128, n = 256], f32>
!sum16 = !tile.fragment<[m = 128, n = 256], bf16>
!box = !tile.buffer<[m = 64, n = 64], bf16, swizzle = 128>

gpu.module @kernels {
  tile.kernel @linear(%x: !x_map, %w: !w_map, %y: !y_map, %steps: i32)
      cluster(2) {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %k_step = arith.constant 64 : i32
    %m_step = arith.constant 128 : i32
    %n_step = arith.constant 256 : i32
    %block_m = nvvm.read.ptx.sreg.ctaid.x : i32
    %block_n = nvvm.read.ptx.sreg.ctaid.y : i32
    %m = arith.muli %block_m, %m_step : i32
    %n = arith.muli %block_n, %n_step : i32
    %ring = tile.pipeline : !ring
    tile.role @load elected registers(40) {
      %first = tile.produce %ring : !tile.producer<!ring>
      %last = scf.for %step = %zero to %steps step %one
          iter_args(%state = %first) -> (!tile.producer<!ring>) : i32 {
        %k = arith.muli %step, %k_step : i32
        %0, %next = tile.acquire %state : !tile.producer<!ring>
        %1 = tile.load %x[%m, %k] to %0 : !x_map, !tile.filling<!ring, 0>
        %2 = tile.load %w[%n, %k] to %1 multicast
            : !w_map, !tile.filling<!ring, 1>
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
      %stored = tile.store %rounded to %y[%m, %n] via %staging
          : !sum16, !y_map, !tile.staging<2, !box>
      tile.drain %stored : !tile.staging<2, !box>
    }
  }
}
