// C = A * B^T, f16 into f32, 16 x 8 x k: cp.async in two stages, ldmatrix, mma.
#include <cstdint>
#include <cuda_fp16.h>

__device__ uint32_t shared(const void *p) {
  return uint32_t(__cvta_generic_to_shared(p));
}

extern "C" __global__ void gemm(const half *a, const half *b, float *c, int k) {
  __shared__ __align__(16) half as[2][16][24], bs[2][8][24];
  int t = threadIdx.x;
  float d[4] = {};
  auto load = [&](int s, int at) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
                     shared(&as[s][t / 2][t % 2 * 8])),
                 "l"(a + t / 2 * k + at + t % 2 * 8));
    if (t < 16)
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
                       shared(&bs[s][t / 2][t % 2 * 8])),
                   "l"(b + t / 2 * k + at + t % 2 * 8));
    asm volatile("cp.async.commit_group;");
  };
  load(0, 0);
#pragma unroll 1
  for (int at = 0; at < k; at += 16) {
    int s = at / 16 & 1;
    if (at + 16 < k)
      load(s ^ 1, at + 16);
    else
      asm volatile("cp.async.commit_group;");
    asm volatile("cp.async.wait_group 1;" ::: "memory");
    __syncwarp();
    uint32_t x[4], y[2];
    asm volatile(
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
        : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3])
        : "r"(shared(&as[s][t % 16][t / 16 * 8])));
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                 : "=r"(y[0]), "=r"(y[1])
                 : "r"(shared(&bs[s][t % 8][t / 8 % 2 * 8])));
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]),
                   "r"(y[1]));
    __syncwarp();
  }
  for (int i = 0; i < 4; ++i)
    c[(t / 4 + 8 * (i / 2)) * 8 + 2 * (t % 4) + (i & 1)] = d[i];
}
