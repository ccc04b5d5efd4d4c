"""litmus.py PTX-RUN: runs litmus tests of the memory model.

A test has a name, the section of PTX ISA 9.0 that decides it, where its roles
run (`blocks`, `warps`, `lanes` or `cluster`), the instructions of each role, and
the code that has to be found, or none. d, e and f are words of global memory, s
is one of shared memory, b an mbarrier that expects one arrival.
"""

import re
import subprocess
import sys
import tempfile

SPIN = "L: {} %r2, [f]; setp.eq.u32 %p1, %r2, 0; @%p1 bra L;"
READ = "ld.global.u32 %r3, [d];"
WRITE = "st.global.u32 [d], 42;"


def passing(publish, wait, place="blocks"):
    return place, [WRITE + publish, SPIN.format(wait) + READ]


def fenced(first, second, store="st.relaxed.gpu.global.u32", load="ld.relaxed.gpu.global.u32"):
    return "blocks", [
        WRITE + first + f"{store} [f], 1;",
        SPIN.format(load) + second + READ,
    ]


S_WRITE, S_READ = "st.shared.u32 [s], 42;", "ld.shared.u32 %r3, [s];"
WAIT = "L: mbarrier.try_wait.parity.shared::cta.b64 %p1, [b], 0; @!%p1 bra L;"
RELAXED_WAIT = WAIT.replace(".parity", ".parity.relaxed.cta")
BULK = (
    "cp.async.bulk.global.shared::cta.bulk_group [d], [s], 16;"
    "cp.async.bulk.commit_group; cp.async.bulk.wait_group 0;"
)


def until(value, load, place="f", label="L"):
    """Asks by `load` until `place` has a value."""
    return f"{label}: {load} %r2, [{place}]; setp.ne.u32 %p1, %r2, {value}; @%p1 bra {label};"


SET, ADD = "st.relaxed.gpu.global.u32 [f], {};", "atom.relaxed.gpu.global.add.u32 %r2, [f], 1;"
GET, GET_ACQ = "ld.relaxed.gpu.global.u32", "ld.acquire.gpu.global.u32"
WEAK = "st.global.u32 [f], 7;"
RESET = ADD + "setp.ne.u32 %p1, %r2, {}; @%p1 ret; st.global.u32 [f], 0;"
REL, ACQ = "st.release.{}.global.u32 [f], 1;", "ld.acquire.{}.global.u32"

TESTS = [
    ("release and acquire, gpu", "8.8", *passing(REL.format("gpu"), ACQ.format("gpu")), ""),
    ("release and acquire, sys", "8.8", *passing(REL.format("sys"), ACQ.format("sys")), ""),
    ("release of a block alone", "8.7", *passing(REL.format("cta"), ACQ.format("gpu")), "PTX103"),
    ("acquire of a block alone", "8.7", *passing(REL.format("gpu"), ACQ.format("cta")), "PTX103"),
    ("release of a cluster alone", "8.7", *passing(REL.format("cluster"), ACQ.format("gpu")), "PTX103"),
    ("release of a block within it", "8.7", *passing(REL.format("cta"), ACQ.format("cta"), "warps"), ""),
    ("relaxed store", "8.8", *passing("st.relaxed.gpu.global.u32 [f], 1;", ACQ.format("gpu")), "PTX103"),
    ("relaxed load", "8.8", *passing(REL.format("gpu"), "ld.relaxed.gpu.global.u32"), "PTX103"),
    ("volatile flag", "8.4", *passing("st.volatile.global.u32 [f], 1;", "ld.volatile.global.u32"), "PTX103"),
    ("weak flag", "8.4", *passing("st.global.u32 [f], 1;", "ld.global.u32"), "PTX103"),
    ("exchange that releases", "8.8", *passing("atom.release.gpu.global.exch.b32 %r2, [f], 1;", ACQ.format("gpu")), ""),
    ("reduction that releases", "8.8", *passing("red.release.gpu.global.add.u32 [f], 1;", ACQ.format("gpu")), ""),
    ("relaxed reduction", "8.8", *passing("red.relaxed.gpu.global.add.u32 [f], 1;", ACQ.format("gpu")), "PTX103"),
    ("fences, acq_rel", "8.8", *fenced("fence.acq_rel.gpu;", "fence.acq_rel.gpu;"), ""),
    ("fences, sc", "8.8", *fenced("fence.sc.gpu;", "fence.sc.gpu;"), ""),
    ("fences of the old names", "9.7.13.5", *fenced("membar.gl;", "membar.gl;", "st.volatile.global.u32", "ld.volatile.global.u32"), ""),
    ("fence of the writer alone", "8.8", *fenced("fence.acq_rel.gpu;", ""), "PTX103"),
    ("fence of the reader alone", "8.8", *fenced("", "fence.acq_rel.gpu;"), "PTX103"),
    ("fence of a block", "8.7", *fenced("fence.acq_rel.cta;", "fence.acq_rel.gpu;"), "PTX103"),
    ("fence of a block, of the reader", "8.7", *fenced("fence.acq_rel.gpu;", "fence.acq_rel.cta;"), "PTX103"),
    ("relaxed load of a block", "8.7", *fenced("fence.acq_rel.gpu;", "fence.acq_rel.gpu;", load="ld.relaxed.cta.global.u32"), "PTX103"),
    ("narrower fence behind the wide one", "8.8", *fenced("fence.acq_rel.gpu; fence.acq_rel.cta;", "fence.acq_rel.gpu;"), ""),
    ("wide fence before the write, narrow one behind", "8.8", "blocks", ["fence.acq_rel.gpu;" + WRITE + "fence.acq_rel.cta; st.relaxed.gpu.global.u32 [f], 1;", SPIN.format("ld.relaxed.gpu.global.u32") + "fence.acq_rel.gpu;" + READ], "PTX103"),
    ("fence before the write", "8.8", "blocks", ["fence.acq_rel.gpu;" + WRITE + "st.relaxed.gpu.global.u32 [f], 1;", SPIN.format(ACQ.format("gpu")) + READ], "PTX103"),
    ("fence behind the read", "8.8", "blocks", [WRITE + REL.format("gpu"), SPIN.format("ld.relaxed.gpu.global.u32") + READ + "fence.acq_rel.gpu;"], "PTX103"),
    ("atomics of both", "8.6", "blocks", ["atom.global.add.u32 %r2, [d], 1;"] * 2, ""),
    ("atomic and weak store", "8.6", "blocks", ["atom.global.add.u32 %r2, [d], 1;", WRITE], "PTX103"),
    ("relaxed stores of both", "8.6", "blocks", ["st.relaxed.gpu.global.u32 [d], 1;"] * 2, ""),
    ("weak stores of both", "8.6", "blocks", [WRITE] * 2, "PTX103"),
    ("weak loads of both", "8.6", "blocks", [READ] * 2, ""),
    ("store buffering", "8.10", "blocks", ["st.relaxed.gpu.global.u32 [d], 1; ld.relaxed.gpu.global.u32 %r2, [e];", "st.relaxed.gpu.global.u32 [e], 1; ld.relaxed.gpu.global.u32 %r2, [d];"], ""),
    ("three blocks in a chain", "8.9.5", "blocks", [WRITE + "st.release.gpu.global.u32 [e], 1;", "L: ld.acquire.gpu.global.u32 %r2, [e]; setp.eq.u32 %p1, %r2, 0; @%p1 bra L;" + REL.format("gpu"), SPIN.format(ACQ.format("gpu")) + READ], ""),
    ("a chain with a relaxed link", "8.9.5", "blocks", [WRITE + "st.release.gpu.global.u32 [e], 1;", "L: ld.relaxed.gpu.global.u32 %r2, [e]; setp.eq.u32 %p1, %r2, 0; @%p1 bra L;" + REL.format("gpu"), SPIN.format(ACQ.format("gpu")) + READ], "PTX103"),
    ("barrier of the block, global", "9.7.13.1", "warps", [WRITE + "bar.sync 0;", "bar.sync 0;" + READ], ""),
    ("no barrier, global", "8.6", "warps", [WRITE, READ], "PTX103"),
    ("barrier of the block, shared", "9.7.13.1", "warps", [S_WRITE + "bar.sync 0;", "bar.sync 0;" + S_READ], ""),
    ("no barrier, shared", "8.6", "warps", [S_WRITE, S_READ], "PTX101"),
    ("barrier on the wrong side", "9.7.13.1", "warps", ["bar.sync 0;" + S_WRITE, "bar.sync 0;" + S_READ], "PTX101"),
    ("arrive and sync", "9.7.13.1", "warps", [S_WRITE + "bar.arrive 1, 64;", "bar.sync 1, 64;" + S_READ], ""),
    ("arrive of the reader", "9.7.13.1", "warps", [S_WRITE + "bar.sync 1, 64;", "bar.arrive 1, 64;" + S_READ], "PTX101"),
    ("different barriers", "9.7.13.1", "warps", ["bar.sync 1, 64;", "bar.sync 2, 64;"], "PTX301"),
    ("shared flag", "8.8", "warps", [S_WRITE + "st.release.cta.shared.u32 [s+8], 1;", "L: ld.acquire.cta.shared.u32 %r2, [s+8]; setp.ne.u32 %p1, %r2, 1; @%p1 bra L;" + S_READ], ""),
    ("mbarrier", "9.7.13.15", "warps", [S_WRITE + "mbarrier.arrive.shared::cta.b64 _, [b];", WAIT + S_READ], ""),
    ("mbarrier, relaxed arrival", "9.7.13.15", "warps", [S_WRITE + "mbarrier.arrive.relaxed.cta.shared::cta.b64 _, [b];", WAIT + S_READ], "PTX101"),
    ("mbarrier, relaxed arrival behind a fence", "8.8", "warps", [S_WRITE + "fence.acq_rel.cta; mbarrier.arrive.relaxed.cta.shared::cta.b64 _, [b];", WAIT + S_READ], ""),
    ("mbarrier, relaxed arrival, fence before the write", "8.8", "warps", ["fence.acq_rel.cta;" + S_WRITE + "mbarrier.arrive.relaxed.cta.shared::cta.b64 _, [b];", WAIT + S_READ], "PTX101"),
    ("mbarrier, relaxed wait before a fence", "8.8", "warps", [S_WRITE + "mbarrier.arrive.shared::cta.b64 _, [b];", RELAXED_WAIT + "fence.acq_rel.cta;" + S_READ], ""),
    ("mbarrier, relaxed wait", "9.7.13.15", "warps", [S_WRITE + "mbarrier.arrive.shared::cta.b64 _, [b];", RELAXED_WAIT + S_READ], "PTX101"),
    ("mbarrier, write behind the arrival", "9.7.13.15", "warps", ["mbarrier.arrive.shared::cta.b64 _, [b];" + S_WRITE, WAIT + S_READ], "PTX101"),
    ("lanes and bar.warp.sync", "9.7.13.2", "lanes", [S_WRITE, "bar.warp.sync 3;", S_READ], ""),
    ("lanes without it", "8.6", "lanes", [S_WRITE, "", S_READ], "PTX104"),
    ("proxy fence of the writer", "8.9.4", "warps", [S_WRITE + "fence.proxy.async.shared::cta; bar.sync 0;", "bar.sync 0;" + BULK], ""),
    ("proxy fence of the copier", "8.9.4", "warps", [S_WRITE + "bar.sync 0;", "bar.sync 0; fence.proxy.async.shared::cta;" + BULK], ""),
    ("no proxy fence", "8.9.4", "warps", [S_WRITE + "bar.sync 0;", "bar.sync 0;" + BULK], "PTX107"),
    ("proxy fence before the write", "8.9.4", "warps", ["fence.proxy.async.shared::cta;" + S_WRITE + "bar.sync 0;", "bar.sync 0;" + BULK], "PTX107"),
    ("proxy fence of global memory alone", "9.7.13.5", "warps", [S_WRITE + "fence.proxy.async.global; bar.sync 0;", "bar.sync 0;" + BULK], "PTX107"),
    ("proxy fence of all memory", "9.7.13.5", "warps", [S_WRITE + "fence.proxy.async; bar.sync 0;", "bar.sync 0;" + BULK], ""),
    ("proxy fence and no barrier", "8.9.4", "warps", [S_WRITE + "fence.proxy.async.shared::cta;", BULK], "PTX10"),
    ("counter, reset by the last", "8.9.5", "blocks", [RESET.format(2)] * 3, ""),
    ("counter, reset by another one", "8.9.5", "blocks", [RESET.format(1)] * 3, "PTX103"),
    ("counter, reset by one that may not be the last", "8.9.5", "blocks", [ADD, ADD + "st.global.u32 [e], %r2;" + WEAK], "PTX103"),
    ("counter of a block, reset by the last", "8.7", "blocks", [RESET.format(2).replace(".gpu", ".cta")] * 3, "PTX103"),
    ("observed, then written", "8.9.5", "blocks", [SET.format(1), until(1, GET) + WEAK], ""),
    ("observed, then read", "8.9.5", "blocks", [SET.format(1), until(1, GET) + "ld.global.u32 %r3, [f];"], ""),
    ("not observed, then read", "8.9.5", "blocks", [SET.format(1), "ld.global.u32 %r3, [f];"], "PTX103"),
    ("observed in too narrow a scope", "8.7", "blocks", [SET.format(1), until(1, GET.replace("gpu", "cta")) + WEAK], "PTX103"),
    ("observed, other word", "8.9.5", "blocks", ["st.global.u32 [f+4], 3;" + SET.format(1), until(1, GET) + "st.global.u32 [f+4], 5;"], "PTX103"),
    ("observed behind an atomic operation", "8.9.2", "blocks", [SET.format(1), "L: atom.relaxed.gpu.global.cas.b32 %r2, [f], 1, 2; setp.ne.u32 %p1, %r2, 1; @%p1 bra L;", until(2, GET) + WEAK], ""),
    ("read before an atomic operation that is observed", "8.9.5", "blocks", [SET.format(1), until(1, GET) + ADD, until(2, GET) + WEAK], "PTX103"),
    ("observed behind another store", "8.9.2", "blocks", [SET.format(1), until(1, GET) + SET.format(2), until(2, GET) + WEAK], "PTX103"),
    ("observed, then told", "8.9.5", "blocks", [SET.format(1), until(1, GET) + "st.release.gpu.global.u32 [e], 1;", until(1, GET_ACQ, "e") + WEAK], ""),
    ("observed, then told by a relaxed store", "8.9.5", "blocks", [SET.format(1), until(1, GET) + "st.relaxed.gpu.global.u32 [e], 1;", until(1, GET_ACQ, "e") + WEAK], "PTX103"),
    ("observed, then told by a barrier", "8.9.5", "warps", ["st.relaxed.cta.shared.u32 [s+8], 1;", until(1, "ld.relaxed.cta.shared.u32", "s+8") + "bar.arrive 1, 64;", "bar.sync 1, 64; st.shared.u32 [s+8], 2;"], ""),
    ("written again behind a release", "8.8", "blocks", [WRITE + REL.format("gpu") + SET.format(2), until(2, GET_ACQ) + READ], ""),
    ("written again behind an atomic release", "8.8", "blocks", [WRITE + "atom.release.gpu.global.exch.b32 %r2, [f], 1;" + SET.format(2), until(2, GET_ACQ) + READ], ""),
    ("written again behind a release, by another one between", "8.8", "blocks", [WRITE + REL.format("gpu") + until(2, GET) + SET.format(3), until(1, GET) + SET.format(2), until(3, GET_ACQ) + READ], ""),
    ("written again, data between", "8.8", "blocks", [REL.format("gpu") + WRITE + SET.format(2), until(2, GET_ACQ) + READ], "PTX103"),
    ("written again behind a release of a block", "8.8", "blocks", [WRITE + REL.format("cta") + SET.format(2), until(2, GET_ACQ) + READ], "PTX103"),
    ("written behind a release of another address", "8.8", "blocks", [WRITE + "st.release.gpu.global.u32 [e], 1;" + SET.format(2), until(2, GET_ACQ) + READ], "PTX103"),
    ("written again by another one", "8.8", "blocks", [WRITE + REL.format("gpu"), until(1, GET) + SET.format(2), until(2, GET_ACQ) + READ], "PTX103"),
    ("read, then acquired", "8.8", "blocks", [WRITE + REL.format("gpu"), until(1, GET) + GET_ACQ + " %r2, [f];" + READ], ""),
    ("read, then acquired behind the store of another one", "8.8", "blocks", [WRITE + REL.format("gpu"), until(1, GET) + "st.relaxed.gpu.global.u32 [e], 1;" + until(2, GET, label="M1") + GET_ACQ + " %r2, [f];" + READ, until(1, GET, "e") + SET.format(2)], ""),
    ("read, then another address acquired", "8.8", "blocks", [WRITE + REL.format("gpu"), until(1, GET) + GET_ACQ + " %r2, [e];" + READ], "PTX103"),
    ("read, then acquired for a block", "8.7", "blocks", [WRITE + REL.format("gpu"), until(1, GET) + "ld.acquire.cta.global.u32 %r2, [f];" + READ], "PTX103"),
    ("fences of one way", "8.8", *fenced("fence.release.gpu;", "fence.acquire.gpu;"), ""),
    ("fence of the writer that acquires", "8.8", *fenced("fence.acquire.gpu;", "fence.acquire.gpu;"), "PTX103"),
    ("fence of the reader that releases", "8.8", *fenced("fence.release.gpu;", "fence.release.gpu;"), "PTX103"),
    ("mmio flag behind fences", "8.4", *fenced("fence.acq_rel.sys;", "fence.acq_rel.sys;", "st.mmio.relaxed.sys.global.u32", "ld.mmio.relaxed.sys.global.u32"), ""),
    ("barrier that reduces", "9.7.13.1", "warps", [S_WRITE + "bar.red.popc.u32 %r3, 0, %p4;", "bar.red.popc.u32 %r3, 0, %p4;" + S_READ], ""),
    ("cluster barrier, relaxed behind a fence", "8.8", "cluster", ["st.shared::cluster.u32 [%r5], 42; fence.acq_rel.cluster; barrier.cluster.arrive.relaxed; barrier.cluster.wait;", "barrier.cluster.arrive; barrier.cluster.wait;" + S_READ], ""),
    ("cluster barrier, relaxed behind a fence of a block", "8.7", "cluster", ["st.shared::cluster.u32 [%r5], 42; fence.acq_rel.cta; barrier.cluster.arrive.relaxed; barrier.cluster.wait;", "barrier.cluster.arrive; barrier.cluster.wait;" + S_READ], "PTX102"),
    ("cluster barrier", "9.7.13.4", "cluster", ["st.shared::cluster.u32 [%r5], 42; barrier.cluster.arrive; barrier.cluster.wait;", "barrier.cluster.arrive; barrier.cluster.wait;" + S_READ], ""),
    ("cluster barrier, relaxed", "9.7.13.4", "cluster", ["st.shared::cluster.u32 [%r5], 42; barrier.cluster.arrive.relaxed; barrier.cluster.wait;", "barrier.cluster.arrive; barrier.cluster.wait;" + S_READ], "PTX102"),
    ("no cluster barrier", "8.6", "cluster", ["st.shared::cluster.u32 [%r5], 42; barrier.cluster.arrive; barrier.cluster.wait;", S_READ + "barrier.cluster.arrive; barrier.cluster.wait;"], "PTX102"),
]

HEAD = """.version 8.6
.target sm_90a
.address_size 64
.visible .entry k(.param .u64 p) {
.reg .pred %p<8>; .reg .b32 %r<8>; .reg .b64 %rd<4>;
.shared .align 16 .b8 s[64];
.shared .align 8 .b64 b;
.reg .b64 d, e, f;
ld.param.u64 d, [p];
add.s64 e, d, 64;
add.s64 f, d, 128;
mapa.shared::cluster.u32 %r5, %r6, 1;
BEGIN
mov.u32 %r1, ROLE;
"""


def make(place, roles):
    role = {"blocks": "%ctaid.x", "cluster": "%ctaid.x", "lanes": "%tid.x"}.get(place)
    text = HEAD.replace("mov.u32 %r1, ROLE;", f"mov.u32 %r1, {role};" if role else "mov.u32 %r1, %tid.x; shr.u32 %r1, %r1, 5;")
    text = text.replace("mapa", "mov.u32 %r6, s; mapa")
    begin = "barrier.cluster.arrive.relaxed; barrier.cluster.wait;"
    text = text.replace("BEGIN", begin if place == "cluster" else "")
    if place == "lanes":
        text += f"setp.eq.u32 %p2, %r1, 0; @%p2 {roles[0]}\n{roles[1]}\n"
        text += f"setp.eq.u32 %p3, %r1, 1; @%p3 {roles[2]}\nret; }}\n"
        return text
    if place == "warps":
        text += "mov.u32 %r6, %laneid; setp.ne.u32 %p4, %tid.x, 0;\n".replace("%tid.x, 0", "%r7, 0").replace("mov.u32 %r6", "mov.u32 %r7, %tid.x; mov.u32 %r6")
        text += "@%p4 bra R;\nmbarrier.init.shared::cta.b64 [b], 1; st.shared.v4.u32 [s], {0, 0, 0, 0};\nR: fence.proxy.async.shared::cta; bar.sync 15;\n"
    for number, body in enumerate(roles):
        body = re.sub(r"\bL\b", f"L{number}", body)
        # One lane of a warp works; barriers take all.
        text += f"setp.ne.u32 %p5, %r1, {number}; @%p5 bra N{number};\n"
        for line in filter(None, (part.strip() for part in body.split(";"))):
            guard = ""
            if place == "warps" and re.match(r"(st|ld|mbarrier.arrive|cp.async.bulk.global)", line):
                guard = "setp.eq.u32 %p6, %r6, 0; @%p6 "
            text += guard + line + ";\n"
        text += f"ret;\nN{number}:\n"
    return text + "ret; }\n"


failed = 0
for name, section, place, roles, code in TESTS:
    with tempfile.NamedTemporaryFile("w", suffix=".ptx") as file:
        file.write(make(place, roles))
        file.flush()
        blocks = len(roles) if place in ("blocks", "cluster") else 1
        command = [sys.argv[1], file.name, "d=u32[64]", f"--grid={blocks}"]
        command += [f"--block={32 * len(roles)}" if place == "warps" else "--block=2" if place == "lanes" else "--block=1"]
        command += ["--cluster=2"] if place == "cluster" else []
        done = subprocess.run(command + ["--schedules=4"], capture_output=True, text=True)
    found = sorted(set(re.findall(r"error: (PTX\d+)", done.stdout)))
    isRight = (found == [] and done.returncode == 0) if code == "" else (found and all(one.startswith(code) for one in found))
    if not isRight:
        failed += 1
        print(f"WRONG: {name}: expected {code or 'nothing'}, got {' '.join(found) or 'nothing'} {done.stderr}")
print(f"{len(TESTS)} tests, {failed} wrong")
