"""triton-kernels.py FOLDER: PTX of kernels in Triton's manner, for sm_80 and
sm_90; no GPU is needed. Prints what was written."""

import sys

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource


@triton.jit
def matmul(a, b, c, m, n, k, sa, sb, sc, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    columns = tl.program_id(1) * BN + tl.arange(0, BN)
    inner = tl.arange(0, BK)
    total = tl.zeros((BM, BN), dtype=tl.float32)
    pa = a + rows[:, None] * sa + inner[None, :]
    pb = b + inner[:, None] + columns[None, :] * sb
    for i in range(0, k, BK):
        x = tl.load(pa, mask=(rows[:, None] < m) & (inner[None, :] + i < k), other=0.0)
        y = tl.load(pb, mask=(columns[None, :] < n) & (inner[:, None] + i < k), other=0.0)
        total = tl.dot(x, y, total)
        pa += BK
        pb += BK
    tl.store(c + rows[:, None] * sc + columns[None, :], total, mask=(rows[:, None] < m) & (columns[None, :] < n))


@triton.jit
def softmax(x, y, n, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    v = tl.load(x + tl.program_id(0) * n + i, mask=i < n, other=-float("inf"))
    e = tl.exp(v - tl.max(v, 0))
    tl.store(y + tl.program_id(0) * n + i, e / tl.sum(e, 0), mask=i < n)


@triton.jit
def attention(q, k, v, o, scale, s, D: tl.constexpr, B: tl.constexpr):
    rows = tl.program_id(0) * B + tl.arange(0, B)
    base = tl.program_id(1) * s * D
    d, n = tl.arange(0, D), tl.arange(0, B)
    x = tl.load(q + base + rows[:, None] * D + d[None, :])
    most = tl.full((B,), -float("inf"), tl.float32)
    total = tl.zeros((B,), tl.float32)
    result = tl.zeros((B, D), tl.float32)
    for i in range(0, s, B):
        y = tl.load(k + base + (i + n)[None, :] * D + d[:, None])
        score = tl.dot(x, y) * scale
        new = tl.maximum(most, tl.max(score, 1))
        p = tl.exp2(score - new[:, None])
        change = tl.exp2(most - new)
        total = total * change + tl.sum(p, 1)
        z = tl.load(v + base + (i + n)[:, None] * D + d[None, :])
        result = tl.dot(p.to(tl.bfloat16), z, result * change[:, None])
        most = new
    tl.store(o + base + rows[:, None] * D + d[None, :], (result / total[:, None]).to(tl.bfloat16))


@triton.jit
def descriptors(a, b, c, m, n, k, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """The product by TMA, with tensor maps that the kernel makes."""
    da = tl.make_tensor_descriptor(a, shape=[m, k], strides=[k, 1], block_shape=[BM, BK])
    db = tl.make_tensor_descriptor(b, shape=[n, k], strides=[k, 1], block_shape=[BN, BK])
    dc = tl.make_tensor_descriptor(c, shape=[m, n], strides=[n, 1], block_shape=[BM, BN])
    x, y = tl.program_id(0) * BM, tl.program_id(1) * BN
    total = tl.zeros((BM, BN), tl.float32)
    for i in range(0, k, BK):
        total = tl.dot(da.load([x, i]), db.load([y, i]).T, total)
    dc.store([x, y], total)


KERNELS = [
    (matmul, "*bf16 *bf16 *fp32 i32 i32 i32 i32 i32 i32", {"BM": 64, "BN": 64, "BK": 32}),
    (softmax, "*fp32 *fp32 i32", {"BLOCK": 1024}),
    (attention, "*bf16 *bf16 *bf16 *bf16 fp32 i32", {"D": 64, "B": 64}),
    (descriptors, "*bf16 *bf16 *fp32 i32 i32 i32", {"BM": 64, "BN": 64, "BK": 64}),
]
for kernel, types, constants in KERNELS:
    names = kernel.arg_names
    signature = dict(zip(names, types.split()))
    signature.update({name: "constexpr" for name in constants})
    isMade = kernel is descriptors
    # Pointers and strides of tensor maps are multiples of 16.
    attributes = {(i,): [["tt.divisibility", 16]] for i in range(6)} if isMade else None
    for target in (90,) if isMade else (80, 90):
        source = ASTSource(kernel, signature, constexprs=constants, attrs=attributes)
        made = triton.compile(source, target=GPUTarget("cuda", target, 32), options={"num_warps": 4})
        with open(f"{sys.argv[1]}/{kernel.__name__}.{target}.ptx", "w") as file:
            file.write(made.asm["ptx"])
        print(kernel.__name__, target, made.metadata.shared)
