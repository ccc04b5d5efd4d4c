// Doubles a tensor of bf16, 64 rows in each cluster of two blocks: each block
// loads half of them into both, and the first one stores the result.
#include <cstdint>
#include <cuda.h>
#include <cuda_bf16.h>

__device__ uint32_t shared(const void *p) {
  return uint32_t(__cvta_generic_to_shared(p));
}

extern "C" __global__ void __cluster_dims__(2, 1, 1)
    twice(const __grid_constant__ CUtensorMap x,
          const __grid_constant__ CUtensorMap y) {
  __shared__ __align__(1024) __nv_bfloat16 in[64 * 64], out[64 * 64];
  __shared__ __align__(8) uint64_t bar;
  int t = threadIdx.x, tile = blockIdx.x / 2;
  uint32_t rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  if (t == 0) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared(&bar)));
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  asm volatile("barrier.cluster.arrive.aligned;" ::: "memory");
  asm volatile("barrier.cluster.wait.aligned;" ::: "memory");
  if (t == 0) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], 8192;" ::
                     "r"(shared(&bar))
                 : "memory");
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::"
        "bytes.multicast::cluster [%0], [%1, {%3, %4}], [%2], %5;" ::"r"(
            shared(in) + rank * 4096),
        "l"(&x), "r"(shared(&bar)), "r"(0), "r"(tile * 64 + int(rank) * 32),
        "h"(uint16_t(3))
        : "memory");
  }
  asm volatile("{\n"
               ".reg .pred done;\n"
               "again:\n"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], 0;\n"
               "@!done bra again;\n"
               "}\n" ::"r"(shared(&bar))
               : "memory");
  for (int i = t; i < 4096; i += 128)
    out[i] = __hmul(in[i], __float2bfloat16(2.f));
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  if (t == 0 && rank == 0) {
    asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.bulk_group "
                 "[%0, {%2, %3}], [%1];" ::"l"(&y),
                 "r"(shared(out)), "r"(0), "r"(tile * 64)
                 : "memory");
    asm volatile("cp.async.bulk.commit_group;");
    asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
  }
  asm volatile("barrier.cluster.arrive.aligned;" ::: "memory");
  asm volatile("barrier.cluster.wait.aligned;" ::: "memory");
}
