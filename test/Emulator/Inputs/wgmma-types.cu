// wgmma in every type, 64 x 16 with 32 bytes of k, and the same sums by one
// thread for each element. Matrices are in core matrices of 8 x 16 bytes.
#include <cstdint>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

__device__ uint32_t shared(const void *p) {
  return uint32_t(__cvta_generic_to_shared(p));
}
__device__ uint64_t describe(const void *p) {
  return (shared(p) & 0x3ffff) >> 4 | uint64_t(8) << 16 | uint64_t(16) << 32;
}
__device__ void put(uint4 *to, const void *from, int rows) {
  for (int i = threadIdx.x; i < rows * 2; i += 128) {
    int row = i / 2, part = i % 2;
    to[(row / 8 * 2 + part) * 8 + row % 8] = ((const uint4 *)from)[i];
  }
}

__device__ double get(const half *p, int i) { return __half2float(p[i]); }
__device__ double get(const __nv_bfloat16 *p, int i) {
  return __bfloat162float(p[i]);
}
__device__ double get(const __nv_fp8_e4m3 *p, int i) { return float(p[i]); }
__device__ double get(const __nv_fp8_e5m2 *p, int i) { return float(p[i]); }
template <typename T>
__device__ double get(const T *p, int i) {
  return p[i];
}
struct bit {};
__device__ double get(const bit *p, int i) {
  return ((const uint8_t *)p)[i / 8] >> (i % 8) & 1;
}

#define OUT8(c) "+" c(d[0]), "+" c(d[1]), "+" c(d[2]), "+" c(d[3]), "+" c(d[4]), "+" c(d[5]), "+" c(d[6]), "+" c(d[7])
#define D8 "{%0, %1, %2, %3, %4, %5, %6, %7}"
// Registers are written in front of the fence.
#define PIN(c, d, n)                                                           \
  _Pragma("unroll") for (int i = 0; i < n; ++i)                                \
      asm volatile("" : "+" c(d[i])::"memory");
#define BEGIN                                                                  \
  __shared__ __align__(128) uint4 as[128], bs[32];                             \
  put(as, a, 64);                                                              \
  put(bs, b, 16);                                                              \
  asm volatile("fence.proxy.async;" ::: "memory");                             \
  __syncthreads();                                                             \
  int g = threadIdx.x % 32 / 4, q = threadIdx.x % 4, w = threadIdx.x / 32;
#define FENCE asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#define END                                                                    \
  asm volatile("wgmma.commit_group.sync.aligned;\n"                            \
               "wgmma.wait_group.sync.aligned 0;" ::: "memory");
#define STORE                                                                  \
  for (int i = 0; i < 8; ++i)                                                  \
    c[(16 * w + g + 8 * (i >> 1 & 1)) * 16 + i / 4 * 8 + 2 * q + (i & 1)] =    \
        d[i];

/// Sums start from `start`, and A is taken `sign` times.
#define KERNEL(name, A, B, C, constraint, form, tail, k, start, sign)          \
  extern "C" __global__ void name(const A *a, const B *b, C *c) {              \
    C d[8];                                                                    \
    for (int i = 0; i < 8; ++i)                                                \
      d[i] = start;                                                            \
    BEGIN PIN(constraint, d, 8) FENCE                                          \
    asm volatile("{.reg .pred p;\nsetp.eq.u32 p, 0, 0;\n"                      \
                 "wgmma.mma_async.sync.aligned.m64n16k" form " " D8            \
                 ", %8, %9, p" tail ";}"                                       \
                 : OUT8(constraint)                                            \
                 : "l"(describe(as)), "l"(describe(bs))                        \
                 : "memory");                                                  \
    END STORE                                                                  \
  }                                                                            \
  REFERENCE(name##r, A, B, C, k, start, sign)
#define REFERENCE(name, A, B, C, k, start, sign)                               \
  extern "C" __global__ void name(const A *a, const B *b, C *c) {              \
    int m = threadIdx.x / 16, n = threadIdx.x % 16;                            \
    double sum = start;                                                        \
    for (int i = 0; i < k; ++i)                                                \
      sum += sign * get(a, m * k + i) * get(b, n * k + i);                     \
    double most = sizeof(C) == 4 && C(1.5) == C(1) ? 2147483647. : 1e300;      \
    c[threadIdx.x] = C(float(0)) + C(sum < most ? sum : most);                 \
  }

KERNEL(f16, half, half, float, "f", "16.f32.f16.f16", ", 1, 1, 0, 0", 16, 1, 1)
KERNEL(neg, half, half, float, "f", "16.f32.f16.f16", ", -1, 1, 0, 0", 16, 1,
       -1)
KERNEL(bf16, __nv_bfloat16, __nv_bfloat16, float, "f", "16.f32.bf16.bf16",
       ", 1, 1, 0, 0", 16, 1, 1)
KERNEL(tf32, float, float, float, "f", "8.f32.tf32.tf32", ", 1, 1", 8, 1, 1)
KERNEL(e4m3, __nv_fp8_e4m3, __nv_fp8_e4m3, float, "f", "32.f32.e4m3.e4m3",
       ", 1, 1", 32, 1, 1)
KERNEL(mixed, __nv_fp8_e5m2, __nv_fp8_e4m3, float, "f", "32.f32.e5m2.e4m3",
       ", 1, 1", 32, 1, 1)
KERNEL(s8, int8_t, int8_t, int, "r", "32.s32.s8.s8", "", 32, -5, 1)
KERNEL(u8, uint8_t, int8_t, int, "r", "32.s32.u8.s8", "", 32, 9, 1)
KERNEL(sat, uint8_t, uint8_t, int, "r", "32.satfinite.s32.u8.u8", "", 32,
       2147000000, 1)
KERNEL(bits, bit, bit, int, "r", "256.s32.b1.b1.and.popc", "", 256, 3, 1)

// Sums in f16, two in a register.
extern "C" __global__ void half16(const half *a, const half *b, half *c) {
  uint32_t d[4] = {};
  BEGIN PIN("r", d, 4) FENCE
  asm volatile("{.reg .pred p;\nsetp.eq.u32 p, 0, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n16k16.f16.f16.f16 "
               "{%0, %1, %2, %3}, %4, %5, p, 1, 1, 0, 0;}"
               : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
               : "l"(describe(as)), "l"(describe(bs))
               : "memory");
  END
  for (int i = 0; i < 4; ++i)
    *(uint32_t *)(c + (16 * w + g + 8 * (i & 1)) * 16 + i / 2 * 8 + 2 * q) =
        d[i];
}
extern "C" __global__ void half16r(const half *a, const half *b, half *c) {
  int m = threadIdx.x / 16, n = threadIdx.x % 16;
  double sum = 0;
  for (int i = 0; i < 16; ++i)
    sum += get(a, m * 16 + i) * get(b, n * 16 + i);
  c[threadIdx.x] = __float2half(float(sum));
}

// A in registers.
extern "C" __global__ void regs(const half *a, const half *b, float *c) {
  float d[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  uint32_t x[4];
  for (int i = 0; i < 4; ++i)
    x[i] = *(const uint32_t *)(a +
                               (threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4 +
                                8 * (i & 1)) *
                                   16 +
                               i / 2 * 8 + threadIdx.x % 4 * 2);
  BEGIN PIN("f", d, 8) PIN("r", x, 4) FENCE
  asm volatile("{.reg .pred p;\nsetp.eq.u32 p, 0, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n16k16.f32.f16.f16 " D8
               ", {%8, %9, %10, %11}, %12, p, 1, 1, 0;}"
               : OUT8("f")
               : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "l"(describe(bs))
               : "memory");
  END STORE
}
REFERENCE(regsr, half, half, float, 16, 1, 1)

// B with n in rows.
extern "C" __global__ void trans(const half *a, const half *b, float *c) {
  float d[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  __shared__ __align__(128) half ts[256];
  for (int i = threadIdx.x; i < 256; i += 128) {
    int n = i / 16, k = i % 16;
    ts[n / 8 * 128 + k / 8 * 64 + k % 8 * 8 + n % 8] = b[i];
  }
  BEGIN PIN("f", d, 8) FENCE
  asm volatile("{.reg .pred p;\nsetp.eq.u32 p, 0, 0;\n"
               "wgmma.mma_async.sync.aligned.m64n16k16.f32.f16.f16 " D8
               ", %8, %9, p, 1, 1, 0, 1;}"
               : OUT8("f")
               : "l"(describe(as)), "l"(describe(ts))
               : "memory");
  END STORE
}
REFERENCE(transr, half, half, float, 16, 1, 1)
