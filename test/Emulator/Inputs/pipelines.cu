// Kernels that live by their synchronisation: rings filled by bulk copies and
// TMA, distributed shared memory, named barriers, cp.async with mbarriers,
// flags between blocks, products of several warpgroups with an epilogue.
#include <cstdint>
#include <cuda.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

__device__ inline uint32_t shared(const void *p) {
  return uint32_t(__cvta_generic_to_shared(p));
}
__device__ inline uint32_t remote(uint32_t address, uint32_t rank) {
  uint32_t result;
  asm("mapa.shared::cluster.u32 %0, %1, %2;"
      : "=r"(result)
      : "r"(address), "r"(rank));
  return result;
}
__device__ inline uint32_t clusterRank() {
  uint32_t rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}
__device__ inline void clusterSync() {
  asm volatile("barrier.cluster.arrive.aligned;" ::: "memory");
  asm volatile("barrier.cluster.wait.aligned;" ::: "memory");
}
__device__ inline void fenceProxy() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
__device__ inline void fenceInit() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
template <int N>
__device__ inline void init(uint32_t bar) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(bar), "n"(N)
               : "memory");
}
__device__ inline void wait(uint32_t bar, uint32_t parity) {
  asm volatile("{\n"
               ".reg .pred done;\n"
               "again:\n"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
               "@!done bra again;\n"
               "}\n" ::"r"(bar),
               "r"(parity)
               : "memory");
}
__device__ inline void waitCluster(uint32_t bar, uint32_t parity) {
  asm volatile("{\n"
               ".reg .pred done;\n"
               "again:\n"
               "mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 done, "
               "[%0], %1;\n"
               "@!done bra again;\n"
               "}\n" ::"r"(bar),
               "r"(parity)
               : "memory");
}
template <int Bytes>
__device__ inline void expect(uint32_t bar) {
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(bar),
      "n"(Bytes)
      : "memory");
}
__device__ inline void arrive(uint32_t bar) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(bar)
               : "memory");
}
template <int Bytes>
__device__ inline void bulkLoad(uint32_t to, const void *from, uint32_t bar) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::"
               "bytes [%0], [%1], %2, [%3];" ::"r"(to),
               "l"(from), "n"(Bytes), "r"(bar)
               : "memory");
}
template <int Bytes>
__device__ inline void bulkStore(void *to, uint32_t from) {
  asm volatile(
      "cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(to),
      "r"(from), "n"(Bytes)
      : "memory");
}
__device__ inline void tileLoad(uint32_t to, const CUtensorMap *map,
                                uint32_t bar, int x, int y) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::"
               "complete_tx::bytes [%0], [%1, {%3, %4}], [%2];" ::"r"(to),
               "l"(map), "r"(bar), "r"(x), "r"(y)
               : "memory");
}
__device__ inline void tileStore(const CUtensorMap *map, uint32_t from, int x,
                                 int y) {
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.bulk_group "
               "[%0, {%2, %3}], [%1];" ::"l"(map),
               "r"(from), "r"(x), "r"(y)
               : "memory");
}
__device__ inline void bulkCommit() {
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}
template <int N>
__device__ inline void bulkWaitRead() {
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(N) : "memory");
}
template <int Id, int N>
__device__ inline void namedSync() {
  asm volatile("bar.sync %0, %1;" ::"n"(Id), "n"(N) : "memory");
}
template <int Id, int N>
__device__ inline void namedArrive() {
  asm volatile("bar.arrive %0, %1;" ::"n"(Id), "n"(N) : "memory");
}

// A warp loads, two warps double what it has loaded: a ring of three slots.
extern "C" __global__ void bulkRing(const float *x, float *y, int n) {
  __shared__ __align__(128) float slots[3][64];
  __shared__ __align__(8) uint64_t full[3], empty[3];
  int t = threadIdx.x;
  if (t == 0) {
    for (int i = 0; i < 3; ++i) {
      init<1>(shared(&full[i]));
      init<2>(shared(&empty[i]));
    }
    fenceInit();
  }
  __syncthreads();
  if (t >= 64) {
    if (t == 64)
#pragma unroll 1
      for (int i = 0; i < n; ++i) {
        int s = i % 3;
        wait(shared(&empty[s]), (i / 3 & 1) ^ 1);
        expect<256>(shared(&full[s]));
        bulkLoad<256>(shared(slots[s]), x + i * 64, shared(&full[s]));
      }
    return;
  }
#pragma unroll 1
  for (int i = 0; i < n; ++i) {
    int s = i % 3;
    wait(shared(&full[s]), i / 3 & 1);
    y[i * 64 + t] = 2 * slots[s][t];
    fenceProxy();
    __syncwarp();
    if (t % 32 == 0)
      arrive(shared(&empty[s]));
  }
}

// Tiles are doubled and stored by TMA; a slot is free when its store has read.
extern "C" __global__ void tileRing(const __grid_constant__ CUtensorMap x,
                                    const __grid_constant__ CUtensorMap y,
                                    int n) {
  __shared__ __align__(1024) __nv_bfloat16 in[32 * 64], out[2][32 * 64];
  __shared__ __align__(8) uint64_t full;
  int t = threadIdx.x;
  if (t == 0) {
    init<1>(shared(&full));
    fenceInit();
  }
  __syncthreads();
#pragma unroll 1
  for (int i = 0; i < n; ++i) {
    if (t == 0) {
      expect<4096>(shared(&full));
      tileLoad(shared(in), &x, shared(&full), 0, i * 32);
    }
    wait(shared(&full), i & 1);
    if (t == 0)
      bulkWaitRead<1>();
    __syncthreads();
#pragma unroll 1
    for (int j = t; j < 32 * 64; j += 64)
      out[i & 1][j] = __hmul(in[j], __float2bfloat16(2.f));
    fenceProxy();
    __syncthreads();
    if (t == 0) {
      tileStore(&y, shared(out[i & 1]), 0, i * 32);
      bulkCommit();
    }
  }
  if (t == 0)
    bulkWaitRead<0>();
}

// Blocks of a cluster put their sums into the first one's shared memory.
extern "C" __global__ void __cluster_dims__(4, 1, 1)
    clusterSum(const float *x, float *y) {
  __shared__ float warps[2], sums[4];
  int t = threadIdx.x;
  uint32_t rank = clusterRank();
  float v = x[blockIdx.x * 64 + t];
  for (int d = 16; d > 0; d /= 2)
    v += __shfl_xor_sync(~0u, v, d);
  if (t % 32 == 0)
    warps[t / 32] = v;
  __syncthreads();
  clusterSync();
  if (t == 0)
    asm volatile("st.shared::cluster.f32 [%0], %1;" ::"r"(
                     remote(shared(&sums[rank]), 0)),
                 "f"(warps[0] + warps[1])
                 : "memory");
  clusterSync();
  if (rank == 0 && t == 0)
    y[blockIdx.x / 4] = sums[0] + sums[1] + sums[2] + sums[3];
}

// Values go round in a cluster of two, with a barrier of each block that the
// other one arrives at.
extern "C" __global__ void __cluster_dims__(2, 1, 1)
    clusterRing(const int *x, int *y, int n) {
  __shared__ int slot[32];
  __shared__ __align__(8) uint64_t full, empty;
  int t = threadIdx.x;
  uint32_t other = clusterRank() ^ 1;
  if (t == 0) {
    init<32>(shared(&full));
    init<32>(shared(&empty));
    fenceInit();
  }
  clusterSync();
  int v = x[blockIdx.x * 32 + t];
  uint32_t to = remote(shared(&slot[t]), other);
#pragma unroll 1
  for (int i = 0; i < n; ++i) {
    waitCluster(shared(&empty), (i & 1) ^ 1);
    asm volatile("st.shared::cluster.u32 [%0], %1;" ::"r"(to), "r"(v)
                 : "memory");
    asm volatile(
        "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];" ::"r"(
            remote(shared(&full), other))
        : "memory");
    waitCluster(shared(&full), i & 1);
    v = slot[t ^ 1] + 1;
    __syncwarp();
    asm volatile(
        "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];" ::"r"(
            remote(shared(&empty), other))
        : "memory");
  }
  y[blockIdx.x * 32 + t] = v;
  clusterSync();
}

// The same with st.async, whose bytes the barrier counts.
extern "C" __global__ void __cluster_dims__(2, 1, 1)
    asyncStores(const int *x, int *y) {
  __shared__ __align__(16) int slot[32];
  __shared__ __align__(8) uint64_t full;
  int t = threadIdx.x;
  uint32_t other = clusterRank() ^ 1;
  if (t == 0) {
    init<1>(shared(&full));
    fenceInit();
    expect<128>(shared(&full));
  }
  clusterSync();
  asm volatile("st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 "
               "[%0], %1, [%2];" ::"r"(remote(shared(&slot[t]), other)),
               "r"(x[blockIdx.x * 32 + t]), "r"(remote(shared(&full), other))
               : "memory");
  wait(shared(&full), 0);
  y[blockIdx.x * 32 + t] = slot[t ^ 3];
  clusterSync();
}

// A warp writes, the other one reads, with two named barriers for a buffer.
extern "C" __global__ void pingPong(const int *x, int *y, int n) {
  __shared__ int slots[2][32];
  int t = threadIdx.x % 32;
  if (threadIdx.x < 32) {
#pragma unroll 1
    for (int i = 0; i < n; i += 2) {
      namedSync<3, 64>();
      slots[0][t] = x[i * 32 + t];
      namedArrive<1, 64>();
      namedSync<4, 64>();
      slots[1][t] = x[i * 32 + 32 + t];
      namedArrive<2, 64>();
    }
    return;
  }
  int sum = 0;
  namedArrive<3, 64>();
  namedArrive<4, 64>();
#pragma unroll 1
  for (int i = 0; i < n; i += 2) {
    namedSync<1, 64>();
    sum += slots[0][t ^ 1];
    if (i + 2 < n)
      namedArrive<3, 64>();
    namedSync<2, 64>();
    sum += slots[1][t ^ 2];
    if (i + 2 < n)
      namedArrive<4, 64>();
  }
  y[t] = sum;
}

// cp.async that mbarriers tell of: two warps copy, two warps use.
extern "C" __global__ void copiesArrive(const float *x, float *y, int n) {
  __shared__ __align__(16) float slots[2][256];
  __shared__ __align__(8) uint64_t full[2], empty[2];
  int t = threadIdx.x;
  if (t == 0)
    for (int i = 0; i < 2; ++i) {
      init<64>(shared(&full[i]));
      init<64>(shared(&empty[i]));
    }
  __syncthreads();
  if (t < 64) {
#pragma unroll 1
    for (int i = 0; i < n; ++i) {
      int s = i & 1;
      wait(shared(&empty[s]), (i / 2 & 1) ^ 1);
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
                       shared(&slots[s][t * 4])),
                   "l"(x + i * 256 + t * 4)
                   : "memory");
      asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" ::"r"(
                       shared(&full[s]))
                   : "memory");
    }
    asm volatile("cp.async.wait_all;" ::: "memory");
    return;
  }
  t -= 64;
  float sum = 0;
#pragma unroll 1
  for (int i = 0; i < n; ++i) {
    int s = i & 1;
    wait(shared(&full[s]), i / 2 & 1);
    for (int j = 0; j < 4; ++j)
      sum += slots[s][j * 64 + (t ^ 5)];
    arrive(shared(&empty[s]));
  }
  y[t] = sum;
}

// C = A * B^T of f16, 64 x 32 x k by four warps: cp.async in three stages,
// rows of 64 bytes swizzled by hand.
extern "C" __global__ void stages(const half *a, const half *b, float *c,
                                  int k) {
  __shared__ __align__(128) half as[3][64 * 32], bs[3][32 * 32];
  int t = threadIdx.x, w = t / 32, l = t % 32;
  float d[4][4] = {};
  auto place = [](int row, int chunk) {
    return row * 32 + ((chunk ^ (row >> 1 & 3)) << 3);
  };
  auto load = [&](int s, int at) {
#pragma unroll
    for (int q = 0; q < 2; ++q) {
      int i = t + q * 128;
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
                       shared(&as[s][place(i / 4, i % 4)])),
                   "l"(a + i / 4 * k + at + i % 4 * 8));
    }
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
                     shared(&bs[s][place(t / 4, t % 4)])),
                 "l"(b + t / 4 * k + at + t % 4 * 8));
  };
  auto commit = [] { asm volatile("cp.async.commit_group;" ::: "memory"); };
  load(0, 0);
  commit();
  load(1, 32);
  commit();
#pragma unroll 1
  for (int i = 0; i < k / 32; ++i) {
    asm volatile("cp.async.wait_group 1;" ::: "memory");
    __syncthreads();
    if (i + 2 < k / 32)
      load((i + 2) % 3, (i + 2) * 32);
    commit();
    int s = i % 3;
#pragma unroll
    for (int q = 0; q < 2; ++q) {
      uint32_t x[4], y[2];
      asm volatile(
          "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
          : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3])
          : "r"(shared(&as[s][place(w * 16 + l % 16, q * 2 + l / 16)])));
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        asm volatile(
            "ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
            : "=r"(y[0]), "=r"(y[1])
            : "r"(shared(&bs[s][place(j * 8 + l % 8, q * 2 + l / 8 % 2)])));
        asm volatile(
            "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
            "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
            "{%0, %1, %2, %3};"
            : "+f"(d[j][0]), "+f"(d[j][1]), "+f"(d[j][2]), "+f"(d[j][3])
            : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]));
      }
    }
  }
  for (int j = 0; j < 4; ++j)
    for (int i = 0; i < 4; ++i)
      c[(w * 16 + l / 4 + 8 * (i / 2)) * 32 + j * 8 + 2 * (l % 4) + (i & 1)] =
          d[j][i];
}

__device__ inline float blockReduce(float v, float *parts, bool isMax) {
  auto join = [&](float a, float b) { return isMax ? fmaxf(a, b) : a + b; };
  for (int d = 16; d > 0; d /= 2)
    v = join(v, __shfl_xor_sync(~0u, v, d));
  __syncthreads();
  if (threadIdx.x % 32 == 0)
    parts[threadIdx.x / 32] = v;
  __syncthreads();
  v = parts[0];
  for (int i = 1; i < 4; ++i)
    v = join(v, parts[i]);
  return v;
}

extern "C" __global__ void softmax(const float *x, float *y) {
  __shared__ float parts[4];
  int at = blockIdx.x * 128 + threadIdx.x;
  float most = blockReduce(x[at], parts, true);
  float e = exp2f(x[at] - most);
  y[at] = e / blockReduce(e, parts, false);
}

extern "C" __global__ void transpose(const float *x, float *y) {
  __shared__ float tile[32][33];
  int c = threadIdx.x, r = threadIdx.y;
  for (int i = 0; i < 32; i += 4)
    tile[r + i][c] = x[(blockIdx.y * 32 + r + i) * 64 + blockIdx.x * 32 + c];
  __syncthreads();
  for (int i = 0; i < 32; i += 4)
    y[(blockIdx.x * 32 + r + i) * 64 + blockIdx.y * 32 + c] = tile[c][r + i];
}

// Each block adds to what the one before has left, told by a flag.
extern "C" __global__ void chain(const int *x, int *sums, int *flags, int *y) {
  __shared__ int before[64];
  int t = threadIdx.x, b = blockIdx.x, f;
  if (b > 0) {
    if (t == 0)
      do
        asm volatile("ld.acquire.gpu.global.b32 %0, [%1];"
                     : "=r"(f)
                     : "l"(flags + b - 1)
                     : "memory");
      while (f == 0);
    __syncthreads();
    before[t] = sums[(b - 1) * 64 + t];
  } else {
    before[t] = 0;
  }
  __syncthreads();
  int v = x[b * 64 + t] + before[t ^ 1];
  sums[b * 64 + t] = v;
  __syncthreads();
  if (t == 0)
    asm volatile("st.release.gpu.global.b32 [%0], 1;" ::"l"(flags + b)
                 : "memory");
  y[b * 64 + t] = v;
}

// Blocks add their parts of a sum in turn.
extern "C" __global__ void turns(const float *x, float *y, int *turn) {
  int t = threadIdx.x, b = blockIdx.x, f;
  float v = x[b * 64 + t];
  if (t == 0)
    do
      asm volatile("ld.acquire.gpu.global.b32 %0, [%1];"
                   : "=r"(f)
                   : "l"(turn)
                   : "memory");
    while (f != b);
  __syncthreads();
  y[t] = b == 0 ? v : y[t] + v;
  __syncthreads();
  if (t == 0)
    asm volatile("red.release.gpu.global.add.s32 [%0], 1;" ::"l"(turn)
                 : "memory");
}

__device__ inline uint64_t describe(uint32_t address) {
  return (address & 0x3ffff) >> 4 | uint64_t(1) << 16 | uint64_t(64) << 32 |
         uint64_t(1) << 62;
}
template <int Bytes, int N>
__device__ inline void products(uint32_t as, uint32_t bs, float (&d)[N]) {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
  for (int q = 0; q < 4; ++q)
    asm volatile("wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 "
                 "{%0, %1, %2, %3, %4, %5, %6, %7}, %8, %9, 1, 1, 1, 0, 0;"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]),
                   "+f"(d[5]), "+f"(d[6]), "+f"(d[7])
                 : "l"(describe(as + q * 32)), "l"(describe(bs + q * 32)));
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

// C = A * B^T of bf16 by two warpgroups of 64 rows each and a warpgroup that
// loads; a product stays in flight, and slots are given back behind it. The
// result goes through shared memory by stmatrix and TMA.
extern "C" __global__ void __launch_bounds__(384, 1)
    groups(const __grid_constant__ CUtensorMap a,
           const __grid_constant__ CUtensorMap b,
           const __grid_constant__ CUtensorMap c, int k) {
  extern __shared__ __align__(1024) uint8_t tiles[];
  __shared__ __align__(8) uint64_t full[3], empty[3];
  uint32_t as = shared(tiles), bs = as + 3 * 16384, cs = bs + 3 * 2048;
  int t = threadIdx.x, g = t / 128;
  if (t == 0) {
    for (int i = 0; i < 3; ++i) {
      init<1>(shared(&full[i]));
      init<2>(shared(&empty[i]));
    }
    fenceInit();
  }
  __syncthreads();
  if (g == 2) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (t == 256)
#pragma unroll 1
      for (int i = 0; i < k; ++i) {
        int s = i % 3;
        wait(shared(&empty[s]), (i / 3 & 1) ^ 1);
        expect<18432>(shared(&full[s]));
        tileLoad(as + s * 16384, &a, shared(&full[s]), i * 64, 0);
        tileLoad(bs + s * 2048, &b, shared(&full[s]), i * 64, 0);
      }
    return;
  }
  asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
  float d[8] = {};
#pragma unroll 1
  for (int i = 0; i < k; ++i) {
    int s = i % 3;
    wait(shared(&full[s]), i / 3 & 1);
    products<16384>(as + s * 16384 + g * 8192, bs + s * 2048, d);
    asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
    if (i > 0 && t % 128 == 0)
      arrive(shared(&empty[(i - 1) % 3]));
  }
  asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
  uint32_t packed[4];
  for (int i = 0; i < 4; ++i) {
    __nv_bfloat162 pair = __floats2bfloat162_rn(d[2 * i], d[2 * i + 1]);
    packed[i] = *reinterpret_cast<uint32_t *>(&pair);
  }
  int l = t % 32, row = t / 32 * 16 + l % 16;
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], "
               "{%1, %2, %3, %4};" ::"r"(cs + row * 32 + l / 16 * 16),
               "r"(packed[0]), "r"(packed[1]), "r"(packed[2]), "r"(packed[3])
               : "memory");
  fenceProxy();
  if (g == 0)
    namedSync<1, 128>();
  else
    namedSync<2, 128>();
  if (t % 128 == 0) {
    tileStore(&c, cs + g * 2048, 0, g * 64);
    bulkCommit();
    bulkWaitRead<0>();
  }
}

// Row of a matrix over a cluster: sums of squares through the others' shared
// memory.
extern "C" __global__ void __cluster_dims__(2, 1, 1)
    rootMeanSquare(const float *x, float *y) {
  __shared__ float parts[4], total[2];
  int t = threadIdx.x, at = blockIdx.x * 128 + t;
  uint32_t rank = clusterRank();
  float v = x[at], sum = blockReduce(v * v, parts, false);
  clusterSync();
  if (t < 2)
    asm volatile("st.shared::cluster.f32 [%0], %1;" ::"r"(
                     remote(shared(&total[rank]), t)),
                 "f"(sum)
                 : "memory");
  clusterSync();
  y[at] = v * rsqrtf((total[0] + total[1]) / 256);
}
