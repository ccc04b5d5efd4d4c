// C = A * B^T, bf16 into f32, tiles of 64 x 16 x 64: a warp loads by TMA, a
// warpgroup multiplies, two slots between them.
#include <cstdint>
#include <cuda.h>
#include <cuda_bf16.h>

__device__ uint32_t shared(const void *p) {
  return uint32_t(__cvta_generic_to_shared(p));
}
__device__ void wait(uint32_t bar, uint32_t parity) {
  asm volatile("{\n"
               ".reg .pred done;\n"
               "again:\n"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
               "@!done bra again;\n"
               "}\n" ::"r"(bar),
               "r"(parity)
               : "memory");
}
__device__ void load(uint32_t to, const CUtensorMap *map, uint32_t bar, int x,
                     int y) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::"
               "complete_tx::bytes [%0], [%1, {%3, %4}], [%2];" ::"r"(to),
               "l"(map), "r"(bar), "r"(x), "r"(y)
               : "memory");
}
__device__ uint64_t describe(uint32_t address) {
  return (address & 0x3ffff) >> 4 | uint64_t(1) << 16 | uint64_t(64) << 32 |
         uint64_t(1) << 62;
}

extern "C" __global__ void __launch_bounds__(160)
    gemm(const __grid_constant__ CUtensorMap a,
         const __grid_constant__ CUtensorMap b, float *c, int n, int k) {
  extern __shared__ __align__(1024) uint8_t tiles[];
  __shared__ __align__(8) uint64_t full[2], empty[2];
  uint32_t as = shared(tiles), bs = as + 2 * 8192;
  if (threadIdx.x == 0) {
    for (int i = 0; i < 2; ++i) {
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(
          shared(&full[i])));
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 128;" ::"r"(
          shared(&empty[i])));
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  __syncthreads();
  if (threadIdx.x >= 128) {
    if (threadIdx.x == 128) {
#pragma unroll 1
      for (int i = 0; i < k / 64; ++i) {
        int s = i % 2;
        wait(shared(&empty[s]), (i / 2 & 1) ^ 1);
        asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], "
                     "10240;" ::"r"(shared(&full[s]))
                     : "memory");
        load(as + s * 8192, &a, shared(&full[s]), i * 64, blockIdx.y * 64);
        load(bs + s * 2048, &b, shared(&full[s]), i * 64, blockIdx.x * 16);
      }
    }
    return;
  }
  float d[8] = {};
#pragma unroll 1
  for (int i = 0; i < k / 64; ++i) {
    int s = i % 2;
    wait(shared(&full[s]), i / 2 & 1);
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
    for (int q = 0; q < 4; ++q)
      asm volatile(
          "wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 "
          "{%0, %1, %2, %3, %4, %5, %6, %7}, %8, %9, 1, 1, 1, 0, 0;"
          : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]),
            "+f"(d[5]), "+f"(d[6]), "+f"(d[7])
          : "l"(describe(as + s * 8192 + q * 32)),
            "l"(describe(bs + s * 2048 + q * 32)));
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(
                     shared(&empty[s]))
                 : "memory");
  }
  int row = blockIdx.y * 64 + threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4;
  for (int i = 0; i < 8; ++i)
    c[(row + 8 * (i >> 1 & 1)) * n + blockIdx.x * 16 + 8 * (i >> 2) +
      2 * (threadIdx.x % 4) + (i & 1)] = d[i];
}

// The same sums, one thread an element.
extern "C" __global__ void reference(const __nv_bfloat16 *a,
                                     const __nv_bfloat16 *b, float *c, int n,
                                     int k) {
  double sum = 0;
  for (int i = 0; i < k; ++i)
    sum += double(__bfloat162float(a[blockIdx.x * k + i])) *
           double(__bfloat162float(b[threadIdx.x * k + i]));
  c[blockIdx.x * n + threadIdx.x] = float(sum);
}
