// Products of a warp in every type, with the fragments of the PTX ISA, and the
// same sums by one thread for each element.
#include <cstdint>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <mma.h>

// Row of A and of C, and place in a group of four lanes.
#define G (threadIdx.x / 4)
#define Q (threadIdx.x % 4)

extern "C" __global__ void s8(const int8_t *a, const int8_t *b, int *c) {
  uint32_t x[4], y[2];
  for (int i = 0; i < 4; ++i)
    x[i] = *(const uint32_t *)(a + (G + 8 * (i & 1)) * 32 + Q * 4 + 16 * (i / 2));
  for (int i = 0; i < 2; ++i)
    y[i] = *(const uint32_t *)(b + G * 32 + Q * 4 + 16 * i);
  int d[4];
  asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, "
      "{%4, %5, %6, %7}, {%8, %9}, {%10, %10, %10, %10};"
      : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
      : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]),
        "r"(5));
  for (int i = 0; i < 4; ++i)
    c[(G + 8 * (i / 2)) * 8 + Q * 2 + (i & 1)] = d[i];
}
extern "C" __global__ void s8r(const int8_t *a, const int8_t *b, int *c) {
  int m = threadIdx.x / 8, n = threadIdx.x % 8, sum = 5;
  for (int k = 0; k < 32; ++k)
    sum += a[m * 32 + k] * b[n * 32 + k];
  c[m * 8 + n] = sum;
}

extern "C" __global__ void tf32(const float *a, const float *b, float *c) {
  uint32_t x[4], y[2];
  for (int i = 0; i < 4; ++i)
    x[i] = __float_as_uint(a[(G + 8 * (i & 1)) * 8 + Q + 4 * (i / 2)]);
  for (int i = 0; i < 2; ++i)
    y[i] = __float_as_uint(b[G * 8 + Q + 4 * i]);
  float d[4];
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, "
      "{%4, %5, %6, %7}, {%8, %9}, {%10, %10, %10, %10};"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
      : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]),
        "f"(1.f));
  for (int i = 0; i < 4; ++i)
    c[(G + 8 * (i / 2)) * 8 + Q * 2 + (i & 1)] = d[i];
}
extern "C" __global__ void tf32r(const float *a, const float *b, float *c) {
  int m = threadIdx.x / 8, n = threadIdx.x % 8;
  double sum = 1;
  for (int k = 0; k < 8; ++k)
    sum += double(a[m * 8 + k]) * b[n * 8 + k];
  c[m * 8 + n] = sum;
}

extern "C" __global__ void f64(const double *a, const double *b, double *c) {
  double d[2];
  asm("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, "
      "{%4, %4};"
      : "=d"(d[0]), "=d"(d[1])
      : "d"(a[G * 4 + Q]), "d"(b[G * 4 + Q]), "d"(2.0));
  c[G * 8 + Q * 2] = d[0];
  c[G * 8 + Q * 2 + 1] = d[1];
}
extern "C" __global__ void f64r(const double *a, const double *b, double *c) {
  int m = threadIdx.x / 8, n = threadIdx.x % 8;
  double sum = 2;
  for (int k = 0; k < 4; ++k)
    sum += a[m * 4 + k] * b[n * 4 + k];
  c[m * 8 + n] = sum;
}

extern "C" __global__ void f16(const half *a, const half *b, half *c) {
  uint32_t x[4], y[2], d[2];
  for (int i = 0; i < 4; ++i)
    x[i] = *(const uint32_t *)(a + (G + 8 * (i & 1)) * 16 + Q * 2 + 8 * (i / 2));
  for (int i = 0; i < 2; ++i)
    y[i] = *(const uint32_t *)(b + G * 16 + Q * 2 + 8 * i);
  asm("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%0, %1}, "
      "{%2, %3, %4, %5}, {%6, %7}, {%8, %8};"
      : "=r"(d[0]), "=r"(d[1])
      : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]),
        "r"(0));
  for (int i = 0; i < 2; ++i)
    *(uint32_t *)(c + (G + 8 * i) * 8 + Q * 2) = d[i];
}
extern "C" __global__ void f16r(const half *a, const half *b, half *c) {
  int m = threadIdx.x / 8, n = threadIdx.x % 8;
  double sum = 0;
  for (int k = 0; k < 16; ++k)
    sum += double(__half2float(a[m * 16 + k])) * __half2float(b[n * 16 + k]);
  c[m * 8 + n] = __float2half(float(sum));
}

extern "C" __global__ void wmma(const half *a, const half *b, float *c) {
  using namespace nvcuda::wmma;
  fragment<matrix_a, 16, 16, 16, half, row_major> x;
  fragment<matrix_b, 16, 16, 16, half, col_major> y;
  fragment<accumulator, 16, 16, 16, float> d;
  fill_fragment(d, 3.f);
  load_matrix_sync(x, a, 16);
  load_matrix_sync(y, b, 16);
  mma_sync(d, x, y, d);
  store_matrix_sync(c, d, 16, mem_row_major);
}
extern "C" __global__ void wmmar(const half *a, const half *b, float *c) {
  int m = threadIdx.x / 16, n = threadIdx.x % 16;
  double sum = 3;
  for (int k = 0; k < 16; ++k)
    sum += double(__half2float(a[m * 16 + k])) * __half2float(b[n * 16 + k]);
  c[m * 16 + n] = sum;
}

// Products of eight lanes, four of them with B in common.
extern "C" __global__ void quad(const half *a, const half *b, float *c) {
  int t = threadIdx.x, quad = t % 16 / 4, base = t / 16 * 4, place = t % 4;
  uint2 x = *(const uint2 *)(a + (8 * quad + base + place) * 4);
  uint2 y = *(const uint2 *)(b + (base + place) * 4);
  float d[8];
  for (int i = 0; i < 8; ++i)
    d[i] = 1;
  asm("mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32 "
      "{%0, %1, %2, %3, %4, %5, %6, %7}, {%8, %9}, {%10, %11}, "
      "{%0, %1, %2, %3, %4, %5, %6, %7};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]),
        "+f"(d[6]), "+f"(d[7])
      : "r"(x.x), "r"(x.y), "r"(y.x), "r"(y.y));
  for (int i = 0; i < 8; ++i) {
    int row = base + (t & 1) + (i & 2), column = (i & 4) + (t & 2) + (i & 1);
    c[(8 * quad + row) * 8 + column] = d[i];
  }
}
extern "C" __global__ void quadr(const half *a, const half *b, float *c) {
  int m = threadIdx.x / 8, n = threadIdx.x % 8;
  double sum = 1;
  for (int k = 0; k < 4; ++k)
    sum += double(__half2float(a[m * 4 + k])) * __half2float(b[n * 4 + k]);
  c[m * 8 + n] = sum;
}

// The same with A by columns, B by rows, and sums in f16.
extern "C" __global__ void quadh(const half *a, const half *b, half *c) {
  int t = threadIdx.x, quad = t % 16 / 4, base = t / 16 * 4, place = t % 4;
  half x[4], y[4];
  for (int i = 0; i < 4; ++i) {
    x[i] = a[(8 * quad + base + i) * 4 + place];
    y[i] = b[(base + i) * 4 + place];
  }
  uint32_t d[4];
  const uint32_t *xs = (const uint32_t *)x, *ys = (const uint32_t *)y;
  asm("mma.sync.aligned.m8n8k4.col.row.f16.f16.f16.f16 {%0, %1, %2, %3}, "
      "{%4, %5}, {%6, %7}, {%8, %8, %8, %8};"
      : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
      : "r"(xs[0]), "r"(xs[1]), "r"(ys[0]), "r"(ys[1]), "r"(0));
  for (int i = 0; i < 4; ++i)
    ((uint32_t *)(c + (8 * quad + base + place) * 8))[i] = d[i];
}
extern "C" __global__ void quadhr(const half *a, const half *b, half *c) {
  int m = threadIdx.x / 8, n = threadIdx.x % 8;
  double sum = 0;
  for (int k = 0; k < 4; ++k)
    sum += double(__half2float(a[m * 4 + k])) * __half2float(b[n * 4 + k]);
  c[m * 8 + n] = __float2half(float(sum));
}

// Integers of two types; half of the sums are beyond 32 bits.
extern "C" __global__ void sat(const uint8_t *a, const int8_t *b, int *c) {
  uint32_t x[4], y[2];
  for (int i = 0; i < 4; ++i)
    x[i] = *(const uint32_t *)(a + (G + 8 * (i & 1)) * 32 + Q * 4 + 16 * (i / 2));
  for (int i = 0; i < 2; ++i)
    y[i] = *(const uint32_t *)(b + G * 32 + Q * 4 + 16 * i);
  int d[4];
  asm("mma.sync.aligned.m16n8k32.row.col.satfinite.s32.u8.s8.s32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %10, %10, %10};"
      : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
      : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]),
        "r"(0x7fffffff));
  for (int i = 0; i < 4; ++i)
    c[(G + 8 * (i / 2)) * 8 + Q * 2 + (i & 1)] = d[i];
}
extern "C" __global__ void satr(const uint8_t *a, const int8_t *b, int *c) {
  int m = threadIdx.x / 8, n = threadIdx.x % 8, sum = 0;
  for (int k = 0; k < 32; ++k)
    sum += a[m * 32 + k] * b[n * 32 + k];
  c[m * 8 + n] = sum > 0 ? 0x7fffffff : 0x7fffffff + sum;
}

// Bits: where they differ, and where both are set.
extern "C" __global__ void bits(const uint8_t *a, const uint8_t *b, int *c) {
  uint32_t x[4], y[2];
  for (int i = 0; i < 4; ++i)
    x[i] = *(const uint32_t *)(a + (G + 8 * (i & 1)) * 32 + Q * 4 + 16 * (i / 2));
  for (int i = 0; i < 2; ++i)
    y[i] = *(const uint32_t *)(b + G * 32 + Q * 4 + 16 * i);
  int d[4] = {7, 7, 7, 7};
  asm("mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.xor.popc "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};\n"
      "mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.and.popc "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
      : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]));
  for (int i = 0; i < 4; ++i)
    c[(G + 8 * (i / 2)) * 8 + Q * 2 + (i & 1)] = d[i];
}
extern "C" __global__ void bitsr(const uint8_t *a, const uint8_t *b, int *c) {
  int m = threadIdx.x / 8, n = threadIdx.x % 8, sum = 7;
  for (int k = 0; k < 32; ++k)
    sum += __popc(a[m * 32 + k] ^ b[n * 32 + k]) +
           __popc(a[m * 32 + k] & b[n * 32 + k]);
  c[m * 8 + n] = sum;
}

extern "C" __global__ void wmma4(const uint8_t *a, const uint8_t *b, int *c) {
  using namespace nvcuda::wmma;
  fragment<matrix_a, 8, 8, 32, experimental::precision::s4, row_major> x;
  fragment<matrix_b, 8, 8, 32, experimental::precision::s4, col_major> y;
  fragment<accumulator, 8, 8, 32, int> d;
  fill_fragment(d, 3);
  load_matrix_sync(x, a, 32);
  load_matrix_sync(y, b, 32);
  mma_sync(d, x, y, d);
  store_matrix_sync(c, d, 8, mem_row_major);
}
extern "C" __global__ void wmma4r(const uint8_t *a, const uint8_t *b, int *c) {
  int m = threadIdx.x / 8, n = threadIdx.x % 8, sum = 3;
  for (int k = 0; k < 32; ++k) {
    int x = a[m * 16 + k / 2] >> (k % 2 * 4) & 15;
    int y = b[n * 16 + k / 2] >> (k % 2 * 4) & 15;
    sum += (x < 8 ? x : x - 16) * (y < 8 ? y : y - 16);
  }
  c[m * 8 + n] = sum;
}

extern "C" __global__ void wmma1(const uint8_t *a, const uint8_t *b, int *c) {
  using namespace nvcuda::wmma;
  fragment<matrix_a, 8, 8, 128, experimental::precision::b1, row_major> x;
  fragment<matrix_b, 8, 8, 128, experimental::precision::b1, col_major> y;
  fragment<accumulator, 8, 8, 128, int> d;
  fill_fragment(d, 3);
  load_matrix_sync(x, a, 128);
  load_matrix_sync(y, b, 128);
  bmma_sync(d, x, y, d, experimental::bmmaBitOpXOR);
  store_matrix_sync(c, d, 8, mem_row_major);
}
extern "C" __global__ void wmma1r(const uint8_t *a, const uint8_t *b, int *c) {
  int m = threadIdx.x / 8, n = threadIdx.x % 8, sum = 3;
  for (int k = 0; k < 16; ++k)
    sum += __popc(a[m * 16 + k] ^ b[n * 16 + k]);
  c[m * 8 + n] = sum;
}

extern "C" __global__ void wmma8(const uint8_t *a, const uint8_t *b, int *c) {
  using namespace nvcuda::wmma;
  fragment<matrix_a, 16, 16, 16, unsigned char, row_major> x;
  fragment<matrix_b, 16, 16, 16, unsigned char, col_major> y;
  fragment<accumulator, 16, 16, 16, int> d;
  fill_fragment(d, 0x7fffffff - 250000);
  load_matrix_sync(x, a, 16);
  load_matrix_sync(y, b, 16);
  mma_sync(d, x, y, d, true);
  store_matrix_sync(c, d, 16, mem_row_major);
}
extern "C" __global__ void wmma8r(const uint8_t *a, const uint8_t *b, int *c) {
  int m = threadIdx.x / 16, n = threadIdx.x % 16, sum = 0;
  for (int k = 0; k < 16; ++k)
    sum += a[m * 16 + k] * b[n * 16 + k];
  c[m * 16 + n] = sum > 250000 ? 0x7fffffff : 0x7fffffff - 250000 + sum;
}
