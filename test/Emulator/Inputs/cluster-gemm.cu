// C = A * B^T in the manner of CUTLASS: a producer and two consumer warpgroups,
// three slots, B loaded in halves by the two blocks of a cluster for both of
// them, and an epilogue by stmatrix and TMA. BUG leaves one thing out.
#include <cstdint>
#include <cuda.h>
#include <cuda_bf16.h>

constexpr int kSlots = 3, kABytes = 128 * 64 * 2, kBBytes = 32 * 64 * 2;

__device__ uint32_t shared(const void *p) {
  return uint32_t(__cvta_generic_to_shared(p));
}
__device__ void wait(uint32_t bar, uint32_t parity) {
  asm volatile("{\n.reg .pred done;\nagain:\n"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
               "@!done bra again;\n}" ::"r"(bar),
               "r"(parity)
               : "memory");
}
__device__ uint64_t describe(uint32_t address) {
  return (address & 0x3ffff) >> 4 | uint64_t(1) << 16 | uint64_t(64) << 32 |
         uint64_t(1) << 62;
}
__device__ void meet() {
  asm volatile("barrier.cluster.arrive.release.aligned;\n"
               "barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

/// Both halves of B come to both blocks.
__device__ void load(const CUtensorMap *a, const CUtensorMap *b, uint32_t as,
                     uint32_t bs, uint32_t bar, int x, uint32_t rank) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
                   bar),
               "r"(kABytes + kBBytes)
               : "memory");
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::"
      "bytes [%0], [%1, {%3, %4}], [%2];" ::"r"(as),
      "l"(a), "r"(bar), "r"(x), "r"(int(blockIdx.x * 128))
      : "memory");
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::"
      "bytes.multicast::cluster [%0], [%1, {%3, %4}], [%2], %5;" ::"r"(
          bs + rank * (kBBytes / 2)),
      "l"(b), "r"(bar), "r"(x), "r"(int(blockIdx.y * 32 + rank * 16)),
      "h"(uint16_t(3))
      : "memory");
}

__device__ void multiply(float (&d)[16], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 {%0, %1, %2, %3, "
      "%4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15}, %16, %17, 1, 1, "
      "1, 0, 0;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]),
        "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]),
        "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15])
      : "l"(a), "l"(b));
}

/// The slot is free in both blocks.
__device__ void free(uint32_t bar) {
  for (uint32_t rank = 0; rank < 2; ++rank) {
    uint32_t there;
    asm volatile("mapa.shared::cluster.u32 %0, %1, %2;"
                 : "=r"(there)
                 : "r"(bar), "r"(rank));
    asm volatile("mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];"
                 ::"r"(there)
                 : "memory");
  }
}

template <int BUG>
__device__ void store(const CUtensorMap *c, const float (&d)[16], uint32_t to,
                      int group) {
  int lane = threadIdx.x % 32, warp = threadIdx.x % 128 / 32;
  for (int half = 0; half < 2; ++half) {
    uint32_t v[4];
    for (int j = 0; j < 4; ++j) {
      auto pair = __floats2bfloat162_rn(d[half * 8 + j * 2],
                                        d[half * 8 + j * 2 + 1]);
      v[j] = *(uint32_t *)&pair;
    }
    uint32_t at = to + (warp * 16 + lane % 16) * 64 + half * 32 + lane / 16 * 16;
    asm volatile(
        "stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::
            "r"(at), "r"(v[0]), "r"(v[1]), "r"(v[2]), "r"(v[3])
        : "memory");
  }
  if (BUG != 3)
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  asm volatile("bar.sync %0, 128;" ::"r"(1 + group) : "memory");
  if (threadIdx.x % 128 != 0)
    return;
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, "
               "{%2, %3}], [%1];" ::"l"(c),
               "r"(to), "r"(int(blockIdx.y * 32)),
               "r"(int(blockIdx.x * 128 + group * 64))
               : "memory");
  asm volatile("cp.async.bulk.commit_group;\n"
               "cp.async.bulk.wait_group 0;" ::: "memory");
}

template <int BUG>
__device__ void gemm(const CUtensorMap *a, const CUtensorMap *b,
                     const CUtensorMap *c, int k) {
  extern __shared__ __align__(1024) uint8_t tiles[];
  __shared__ __align__(8) uint64_t full[kSlots], empty[kSlots];
  uint32_t as = shared(tiles), bs = as + kSlots * kABytes;
  uint32_t cs = bs + kSlots * kBBytes, rank;
  int group = threadIdx.x / 128;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  if (threadIdx.x == 0) {
    for (int i = 0; i < kSlots; ++i) {
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;\n"
                   "mbarrier.init.shared::cta.b64 [%1], 4;" ::"r"(
                       shared(&full[i])),
                   "r"(shared(&empty[i])));
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  meet();
  if (group == 2) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 256)
      for (int i = 0; i < k / 64; ++i) {
        int s = i % kSlots;
        if (BUG != 1)
          wait(shared(&empty[s]), (i / kSlots & 1) ^ 1);
        load(a, b, as + s * kABytes, bs + s * kBBytes, shared(&full[s]), i * 64,
             rank);
      }
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    float d[16] = {};
    for (int i = 0; i < k / 64; ++i) {
      int s = i % kSlots;
      wait(shared(&full[s]), i / kSlots & 1);
      for (int j = 0; j < 16; ++j)
        asm volatile("" : "+f"(d[j])::"memory");
      asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
      for (int q = 0; q < 4; ++q)
        multiply(d, describe(as + s * kABytes + group * 8192 + q * 32),
                 describe(bs + s * kBBytes + q * 32));
      asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
      if (BUG != 2)
        asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
      for (int j = 0; j < 16; ++j)
        asm volatile("" : "+f"(d[j])::"memory");
      if (threadIdx.x % 128 == 0)
        free(shared(&empty[s]));
    }
    store<BUG>(c, d, cs + group * 64 * 64, group);
  }
  if (BUG != 4)
    meet();
}

#define KERNEL(name, bug)                                                      \
  extern "C" __global__ void __cluster_dims__(2, 1, 1)                         \
      __launch_bounds__(384, 1)                                                \
          name(const __grid_constant__ CUtensorMap a,                          \
               const __grid_constant__ CUtensorMap b,                          \
               const __grid_constant__ CUtensorMap c, int k) {                 \
    gemm<bug>(&a, &b, &c, k);                                                  \
  }
KERNEL(good, 0)
KERNEL(noempty, 1)
KERNEL(nowait, 2)
KERNEL(nofence, 3)
KERNEL(noend, 4)

extern "C" __global__ void reference(const __nv_bfloat16 *a,
                                     const __nv_bfloat16 *b, __nv_bfloat16 *c,
                                     int n, int k) {
  double sum = 0;
  for (int i = 0; i < k; ++i)
    sum += double(__bfloat162float(a[blockIdx.x * k + i])) *
           double(__bfloat162float(b[threadIdx.x * k + i]));
  c[blockIdx.x * n + threadIdx.x] = __float2bfloat16(float(sum));
}
