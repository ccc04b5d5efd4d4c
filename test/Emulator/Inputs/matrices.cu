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
