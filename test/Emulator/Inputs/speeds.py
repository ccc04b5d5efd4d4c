"""Prints the table of docs/PtxRun.md: billions of multiply-accumulates a second.

usage: speeds.py PTX-RUN FOLDER [FILTER]; MACS is the work of the shorter run.

A kernel is a loop of one instruction, on tiles that are in shared memory
already. It runs with two numbers of turns, three times each, and the difference
of the two shortest times of the processor counts.
"""

import os
import resource
import subprocess
import sys

HEADER = """.version 8.8
.target sm_90a
.address_size 64
.extern .shared .align 1024 .b8 tiles[];
.visible .entry k(.param .u64 out, .param .u32 turns) {
.reg .b16 %h<8>; .reg .b32 %r<64>; .reg .f32 %f<256>; .reg .f64 %d<64>;
.reg .b64 %rd<16>; .reg .pred %p<8>;
"""

ONE = {"bf16": "0x3f803f80", "f16": "0x3c003c00", "tf32": "0x3f800000",
       "e4m3": "0x38383838", "s8": "0x01010101", "b1": "0x01010101",
       "s4": "0x11111111"}
BITS = {"bf16": 16, "f16": 16, "tf32": 32, "e4m3": 8, "s8": 8, "b1": 1,
        "s4": 4, "f64": 64}


def wgmma(kind, n, k, sums):
    """Four products of a group, of tiles of 64 and n rows of 128 bytes."""
    bits, count = BITS[kind], n // (4 if sums == "f16" else 2)
    a, b = kind, kind
    prefix = "%f" if sums == "f32" else "%r"
    first = 0 if sums == "f32" else 20
    registers = ".reg .b32 %s<%d>;" % (prefix, 0)
    names = ["%s%d" % (prefix, first + i) for i in range(count)]
    if sums != "f32":
        names = ["%%q%d" % i for i in range(count)]
    tail = ", 1, 1, 0, 0" if bits == 16 else ", 1, 1" if kind in (
        "tf32", "e4m3") else ""
    suffix = ".and.popc" if kind == "b1" else ""
    text = HEADER + ".reg .b32 %%q<%d>;\n" % max(count, 1)
    text += """mov.u32 %%r1, %%tid.x;
shl.b32 %%r2, %%r1, 4;
mov.u32 %%r3, tiles;
add.u32 %%r3, %%r3, %%r2;
mov.u32 %%r4, 0;
mov.b32 %%r5, %s;
FILL:
st.shared.v4.b32 [%%r3], {%%r5, %%r5, %%r5, %%r5};
add.u32 %%r3, %%r3, 2048;
add.u32 %%r4, %%r4, 2048;
setp.lt.u32 %%p1, %%r4, %d;
@%%p1 bra FILL;
fence.proxy.async.shared::cta;
bar.sync 0;
ld.param.u32 %%r6, [turns];
mov.b64 %%rd1, %d;
mov.b64 %%rd2, %d;
mov.u32 %%r7, 0;
""" % (ONE[kind], 8192 + 128 * n, describe(1024), describe(1024 + 8192))
    text += "".join("mov.b32 %s, 0;\n" % name for name in names)
    text += "LOOP:\nwgmma.fence.sync.aligned;\n"
    for i in range(4):
        if i:
            text += "add.s64 %%rd3, %%rd1, %d;\nadd.s64 %%rd4, %%rd2, %d;\n" % (
                2 * i, 2 * i)
        text += "wgmma.mma_async.sync.aligned.m64n%dk%d.%s.%s.%s%s {%s}, %s, %s, 1%s;\n" % (
            n, k, sums, a, b, suffix, ", ".join(names),
            "%rd3" if i else "%rd1", "%rd4" if i else "%rd2", tail)
    text += """wgmma.commit_group.sync.aligned;
wgmma.wait_group.sync.aligned 0;
add.u32 %r7, %r7, 1;
setp.lt.u32 %p1, %r7, %r6;
@%p1 bra LOOP;
ret;
}
"""
    return text, 128, 8192 + 128 * max(n, 16), 4 * 64 * n * k


def describe(start):
    """A tile of rows of 128 bytes, swizzled."""
    return start >> 4 | 1 << 16 | (1024 >> 4) << 32 | 1 << 62


def mma(kind, m, k, sums):
    """Four products of each of four warps."""
    text, bits = HEADER, BITS[kind]
    if kind == "f64":
        a, b, c = m * k // 32, max(1, k // 4), m // 4
        name, text = "%d", text + "mov.f64 %d60, 0d3ff0000000000000;\n"
        factors = [["%d60"] * a, ["%d60"] * b]
        zeros = "".join("mov.f64 %%d%d, 0d0000000000000000;\n" % i
                        for i in range(4 * c))
        form = "m%dn8k%d.row.col.f64.f64.f64.f64" % (m, k)
    else:
        a, b = max(1, m * k * bits // 1024), max(1, 8 * k * bits // 1024)
        c = m // 8 if sums == "f16" else m // 4
        name = "%f" if sums == "f32" else "%r"
        text += "mov.b32 %%r60, %s;\n" % ONE[kind]
        factors = [["%r60"] * a, ["%r60"] * b]
        zeros = "".join("mov.b32 %s%d, 0;\n" % (name, 10 * (name == "%r") + i)
                        for i in range(4 * c))
        form = "m%dn8k%d.row.col.%s.%s.%s.%s" % (m, k, sums, kind, kind, sums)
        if kind == "b1":
            form += ".and.popc"
    first = 10 if name == "%r" else 0

    def vector(values):
        return "{" + ", ".join(values) + "}"

    text += zeros + "ld.param.u32 %r6, [turns];\nmov.u32 %r7, 0;\nLOOP:\n"
    for i in range(4):
        own = vector("%s%d" % (name, first + i * c + j) for j in range(c))
        text += "mma.sync.aligned.%s %s, %s, %s, %s;\n" % (
            form, own, vector(factors[0]), vector(factors[1]), own)
    text += """add.u32 %r7, %r7, 1;
setp.lt.u32 %p1, %r7, %r6;
@%p1 bra LOOP;
ret;
}
"""
    return text, 128, 0, 4 * 4 * m * 8 * k


SHORTEST = int(os.environ.get("MACS", 4 * 10**7))

ROWS = [("wgmma", kind, n, k, sums) for kind, n, k, sums in [
    ("bf16", 8, 16, "f32"), ("bf16", 16, 16, "f32"), ("bf16", 64, 16, "f32"),
    ("bf16", 256, 16, "f32"), ("f16", 8, 16, "f32"), ("f16", 64, 16, "f32"),
    ("f16", 8, 16, "f16"), ("f16", 64, 16, "f16"), ("tf32", 8, 8, "f32"),
    ("tf32", 16, 8, "f32"), ("tf32", 64, 8, "f32"), ("e4m3", 8, 32, "f32"),
    ("e4m3", 16, 32, "f32"), ("e4m3", 64, 32, "f32"), ("s8", 8, 32, "s32"),
    ("s8", 16, 32, "s32"), ("s8", 64, 32, "s32"), ("b1", 8, 256, "s32"),
    ("b1", 64, 256, "s32")]]
ROWS += [("mma", kind, m, k, sums) for kind, m, k, sums in [
    ("bf16", 16, 8, "f32"), ("bf16", 16, 16, "f32"), ("f16", 16, 8, "f32"),
    ("f16", 16, 16, "f32"), ("f16", 16, 16, "f16"), ("tf32", 16, 4, "f32"),
    ("tf32", 16, 8, "f32"), ("e4m3", 16, 32, "f32"), ("s8", 8, 16, "s32"),
    ("s8", 16, 16, "s32"), ("s8", 16, 32, "s32"), ("s4", 8, 32, "s32"),
    ("s4", 16, 64, "s32"), ("b1", 8, 128, "s32"), ("b1", 16, 256, "s32"),
    ("f64", 8, 4, "f64"), ("f64", 16, 4, "f64"), ("f64", 16, 8, "f64"),
    ("f64", 16, 16, "f64")]]


def measure(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit("%s\n%s%s" % (" ".join(command), run.stdout, run.stderr))
    return after.ru_utime - before.ru_utime


def get_speed(command, turns, macs):
    """`macs` a turn; `command` but for the number of turns."""
    few, many = (min(measure(command(n * turns)) for _ in range(3))
                 for n in (1, 4))
    return 3 * turns * macs / max(many - few, 1e-9) / 1e9


def measure_pipeline(tool):
    """Tiles of 64 x 16 x 64 by TMA; nothing is subtracted but the start."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wgmma.ptx")
    speeds = []
    for option in ("--track=0 --workers=1", "--track=1"):
        def command(turns):
            k = 64 * turns
            return [tool, path, "--entry=gemm", "--grid=2,2", "--block=160",
                    "--shared=20480", "--buffer=a=bf16[128x%d]:one" % k,
                    "--buffer=b=bf16[32x%d]:one" % k,
                    "tmap:a,box=64x64,swizzle=128",
                    "tmap:b,box=16x64,swizzle=128", "c=f32[128x32]:uninit",
                    "32", str(k), *option.split()]
        speeds.append(get_speed(command, SHORTEST // 2**18, 128 * 32 * 64))
    return speeds


def main():
    tool, folder = sys.argv[1:3]
    only = sys.argv[3] if len(sys.argv) > 3 else ""
    os.makedirs(folder, exist_ok=True)
    for family, kind, size, k, sums in ROWS:
        shape = "m64n%dk%d" % (size, k) if family == "wgmma" else (
            "m%dn8k%d" % (size, k))
        name = "%s %s of %s into %s" % (family, shape, kind, sums)
        if only not in name:
            continue
        make = wgmma if family == "wgmma" else mma
        text, threads, shared, macs = make(kind, size, k, sums)
        path = os.path.join(folder, name.replace(" ", "-") + ".ptx")
        with open(path, "w") as file:
            file.write(text)
        speeds = []
        for option in ("--track=0 --workers=1", "--track=1"):
            def command(turns):
                return [tool, path, "--entry=k", "--block=%d" % threads,
                        "--shared=%d" % shared, *option.split(), "null",
                        str(turns)]
            speeds.append(get_speed(command, max(1, SHORTEST // macs), macs))
        print("%-36s %.2f %.2f" % (name, *speeds), flush=True)
    if only in "pipeline":
        print("%-36s %.2f %.2f" % ("pipeline", *measure_pipeline(tool)))


main()
