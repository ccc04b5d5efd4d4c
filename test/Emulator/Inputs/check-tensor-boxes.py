"""check-tensor-boxes.py PTX-RUN DIRECTORY: what copies by tensor maps leave,
element by element, against places computed here from the layouts' definitions."""

import itertools
import json
import math
import random
import struct
import subprocess
import sys

TOOL, DIRECTORY = sys.argv[1:3]

# One thread copies by the map; the block copies its shared memory to y, or fills
# it from y.
PTX = """.version 8.6
.target sm_90a
.address_size 64
.visible .entry k(.param .align 64 .b8 map[128], .param .u64 y, .param .u32 bytes{params})
{{
  .reg .pred %p<4>;
  .reg .b16 %h<4>;
  .reg .b32 %r<16>;
  .reg .b64 %rd<8>;
  .extern .shared .align 1024 .b8 tile[];
  .shared .align 8 .b64 full;
  ld.param.u64 %rd1, [y];
  ld.param.u32 %r9, [bytes];
{loads}
  mov.b64 %rd2, map;
  cvta.param.u64 %rd2, %rd2;
  mov.u32 %r10, %tid.x;
  mov.u32 %r11, tile;
  setp.ne.u32 %p1, %r10, 0;
{body}
  ret;
}}
"""
DUMP = """LOOP:
  setp.ge.u32 %p3, %r10, %r9;
  @%p3 bra END;
  add.u32 %r12, %r11, %r10;
  cvt.u64.u32 %rd3, %r10;
  add.u64 %rd3, %rd3, %rd1;
  {move}
  add.u32 %r10, %r10, 128;
  bra LOOP;
END:
"""
LOAD = (
    """  @%p1 bra READY;
  mbarrier.init.shared::cta.b64 [full], 1;
  fence.mbarrier_init.release.cluster;
  cp.async.bulk.prefetch.tensor.{rank}d.L2.global{mode} [%rd2, {{{at}}}]{offsets};
  mbarrier.arrive.expect_tx.shared::cta.b64 _, [full], %r9;
  cp.async.bulk.tensor.{rank}d.shared::cluster.global{mode}.mbarrier::complete_tx::bytes [tile], [%rd2, {{{at}}}], [full]{offsets};
READY:
  bar.sync 0;
WAIT:
  mbarrier.try_wait.parity.shared::cta.b64 %p2, [full], 0;
  @!%p2 bra WAIT;
"""
    + DUMP.format(move="ld.shared.u8 %r13, [%r12]; st.global.u8 [%rd3], %r13;")
)
STORE = (
    DUMP.format(move="ld.global.u8 %r13, [%rd3]; st.shared.u8 [%r12], %r13;")
    + """  fence.proxy.async.shared::cta;
  bar.sync 0;
  @%p1 bra DONE;
  cp.{red}async.bulk.tensor.{rank}d.global.shared::cta{op}{mode}.bulk_group [%rd2, {{{at}}}], [tile];
  cp.async.bulk.commit_group;
  cp.async.bulk.wait_group 0;
DONE:
"""
)


def write(path, tensors):
    header, data = {}, b""
    for name, content in tensors.items():
        header[name] = {"dtype": "U8", "shape": [len(content)]}
        header[name]["data_offsets"] = [len(data), len(data) + len(content)]
        data += content
    text = json.dumps(header).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)


def read(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    return {
        name: data[slice(*(8 + size + x for x in entry["data_offsets"]))]
        for name, entry in header.items()
    }


class Case:
    """Sizes are in the order N, D, H, W, C, as on the command line."""

    def __init__(self, shape, at, element=2, swizzle=0, slice=0, **more):
        self.shape, self.at, self.element = shape, at, element
        self.swizzle, self.slice = swizzle, slice
        self.box = more.get("box")
        self.steps = more.get("steps", [1] * len(shape))
        self.lower, self.upper = more.get("lower"), more.get("upper")
        self.offsets = more.get("offsets")
        self.channels, self.pixels = more.get("channels"), more.get("pixels")
        self.nan = more.get("nan", False)
        self.per = slice // element if slice else shape[-1]
        self.slices = -(-shape[-1] // self.per)
        # What lies behind each other in memory: N, slices, D, H, W, channels.
        first = shape[0] if len(shape) > 1 else 1
        self.memory = [first, self.slices] + shape[1:-1] + [self.per]
        self.bytes = math.prod(self.memory) * element

    def offset(self, place):
        """Of an element in memory, or None if the tensor does not have it."""
        if any(not 0 <= x < size for x, size in zip(place, self.shape)):
            return None
        slice, channel = divmod(place[-1], self.per)
        number = 0
        for x, size in zip(
            [place[0] if len(place) > 1 else 0, slice]
            + place[1:-1]
            + [channel],
            self.memory,
        ):
            number = number * size + x
        return number * self.element

    def tile(self):
        """The places of a box, in the order of shared memory."""
        counts = [-(-b // s) for b, s in zip(self.box, self.steps)]
        counts[-1] = self.box[-1]
        per = self.per if self.slice else counts[-1]
        inner = [range(per)]
        spans = [range(counts[0]), range(counts[-1] // per)]
        spans += [range(x) for x in counts[1:-1]] + inner
        if len(counts) == 1:
            spans = [range(1), range(1), range(counts[0])]
        for first, slice, *middle, channel in itertools.product(*spans):
            steps = [first] + middle
            place = [a + x * s for a, x, s in zip(self.at, steps, self.steps)]
            if len(counts) == 1:
                place = []
            yield place + [self.at[-1] + slice * per + channel]

    def column(self):
        """The places of im2col: the bases that are in the bounding box from the
        first one on, in every image."""
        bases = []
        images = len(self.shape) - 2
        spans = [
            range(low, size + high, step)
            for low, high, size, step in zip(
                self.lower, self.upper, self.shape[1:-1], self.steps[1:-1]
            )
        ]
        image = self.at[0]
        while len(bases) < self.pixels:
            for base in itertools.product(*spans):
                if image > self.at[0] or list(base) >= self.at[1:-1]:
                    bases.append([image] + list(base))
            image += 1
        for base in bases[: self.pixels]:
            moved = [x + o for x, o in zip(base[1:], self.offsets or [0] * images)]
            for channel in range(self.channels):
                yield [base[0]] + moved + [self.at[-1] + channel]

    def places(self):
        """Where each byte of shared memory is in memory."""
        table = {}
        for number, place in enumerate(self.column() if self.lower else self.tile()):
            found = self.offset(place)
            for byte in range(self.element):
                at = number * self.element + byte
                chunk = at >> 4 & 7
                # 32: bit 4 by bit 7; 64: bits 4, 5 by 7, 8; 128: 4 to 6 by 7 to 9.
                row = at >> 7 & {0: 0, 32: 1, 64: 3, 128: 7}[self.swizzle]
                at = (at & ~0x70) | (chunk ^ row) << 4
                table[at] = None if found is None else found + byte
        return table

    def option(self):
        join = lambda sizes: "x".join(str(x) for x in sizes)
        text = f"tmap:x,shape={join(self.shape)},steps={join(self.steps)}"
        if self.lower:
            text += f",im2col,channels={self.channels},pixels={self.pixels}"
            text += f",lower={join(self.lower)},upper={join(self.upper)}"
        else:
            text += f",box={join(self.box)}"
        if self.swizzle:
            text += f",swizzle={self.swizzle}"
        if self.slice:
            text += f",interleave={self.slice}"
        return text + (",fill=nan" if self.nan else "")


def run(case, number, store, add):
    rank, table = len(case.shape), case.places()
    size = len(table)
    rng = random.Random(number)
    x = bytes(rng.randrange(128) for _ in range(case.bytes))
    y = bytes(rng.randrange(128) for _ in range(size))
    names = [f"%r{i}" for i in range(rank)]
    offsets = [f"%h{i}" for i in range(len(case.offsets or []))]
    loads = [f"  ld.param.u32 {r}, [c{i}];" for i, r in enumerate(names)]
    loads += [f"  ld.param.u16 {r}, [o{i}];" for i, r in enumerate(offsets)]
    mode = "" if not case.lower else ".im2col_no_offs" if store else ".im2col"
    text = (STORE if store else LOAD).format(
        rank=rank,
        mode=mode,
        at=", ".join(names),
        offsets=", {" + ", ".join(offsets) + "}" if offsets else "",
        red="reduce." if add else "",
        op=".add" if add else "",
    )
    params = "".join(f", .param .u32 c{i}" for i in range(rank))
    params += "".join(f", .param .u16 o{i}" for i in range(len(offsets)))
    source, result = f"{DIRECTORY}/k.ptx", f"{DIRECTORY}/out.safetensors"
    open(source, "w").write(
        PTX.format(params=params, loads="\n".join(loads), body=text)
    )
    write(f"{DIRECTORY}/in.safetensors", {"x": x, "y": y})
    kind = {1: "u8", 2: "f16", 4: "f32", 8: "f64"}[case.element]
    if add:
        kind = "u32"
    command = [TOOL, source, "--block=128", f"--shared={size}", f"-o={result}"]
    command += [
        f"--buffer=x={kind}[{case.bytes // case.element}]:{DIRECTORY}/in.safetensors#x",
        case.option(),
        f"y=u8[{size}]:{DIRECTORY}/in.safetensors#y",
        str(size),
    ]
    # Coordinates and offsets have the fastest dimension first.
    command += [str(c % 2**32) for c in reversed(case.at)]
    command += [str(o) for o in reversed(case.offsets or [])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return f"status {done.returncode}: {done.stdout}{done.stderr}{command}"
    left = read(result)
    if store:
        want = bytearray(x)
        for at, found in sorted(table.items()):
            if found is not None and not add:
                want[found] = y[at]
            elif found is not None and at % 4 == 0:
                one = struct.unpack_from("<I", want, found)[0]
                two = struct.unpack_from("<I", y, at)[0]
                struct.pack_into("<I", want, found, (one + two) % 2**32)
        return "" if left["x"] == want else f"wrong tensor: {command}"
    fill = 0xFF if case.nan else 0
    want = bytes(fill if f is None else x[f] for _, f in sorted(table.items()))
    return "" if left["y"] == want else f"wrong tile: {command}"


CASES = [
    # Boxes, over all edges, with steps, in all swizzles.
    Case([70], [-8], box=[64], nan=True),
    Case([12, 40], [-2, 16], box=[16, 32], swizzle=64),
    Case([20, 64], [3, 24], box=[24, 64], swizzle=128, steps=[3, 1]),
    Case([5, 9, 16], [1, -3, 0], box=[3, 12, 16], swizzle=32, steps=[1, 2, 1]),
    Case([3, 4, 5, 8], [0, -1, -1, 0], 4, box=[2, 6, 7, 8], steps=[1, 1, 4, 1]),
    Case([2, 3, 4, 5, 16], [-1, 1, 1, 1, 8], 1, box=[2, 2, 3, 4, 16]),
    # Slices of channels: whole tensors, parts, and a last slice with gaps.
    Case([2, 6, 16], [0, 0, 0], slice=16, box=[2, 6, 16]),
    Case([2, 6, 32], [0, 0, 0], slice=32, swizzle=32, box=[1, 4, 32]),
    Case([2, 4, 6, 24], [0, -1, -1, 8], slice=16, box=[2, 4, 5, 16]),
    Case([2, 4, 6, 20], [1, 1, 2, 16], slice=16, box=[1, 2, 3, 8], nan=True),
    Case([1, 5, 7, 40], [0, 0, 1, 16], slice=32, swizzle=32, box=[1, 4, 8, 32]),
    Case([2, 4, 6, 32], [0, 0, 0, -8], slice=16, swizzle=128, box=[1, 4, 6, 24]),
    Case([2, 3, 4, 5, 8], [0, 1, 0, -2, 4], 4, slice=16, box=[2, 2, 4, 6, 4]),
    Case([1, 8, 8, 16], [0, 0, 0, 0], slice=16, box=[1, 8, 8, 8], steps=[1, 2, 3, 1]),
    # im2col: one, two, three dimensions of an image.
    Case([3, 9, 16], [0, -1, 0], lower=[-1], upper=[-1], channels=16, pixels=20, offsets=[2]),
    Case([1, 4, 4, 32], [0, -1, -1, 0], 4, swizzle=128, lower=[-1, -1], upper=[-1, -1],
         channels=32, pixels=16, offsets=[0, 0]),
    Case([1, 4, 4, 32], [0, -1, -1, 0], 4, swizzle=128, lower=[-1, -1], upper=[-1, -1],
         channels=32, pixels=16, offsets=[1, 1]),
    Case([2, 4, 4, 32], [0, 1, 3, 0], 4, swizzle=128, lower=[0, 0], upper=[0, 0],
         channels=32, pixels=16, offsets=[0, 0]),
    Case([4, 14, 9, 64], [3, 7, 4, 8], lower=[-1, -1], upper=[-1, -1],
         channels=8, pixels=64, offsets=[0, 0]),
    Case([4, 14, 9, 64], [3, 7, 4, 8], lower=[0, 0], upper=[-2, -2],
         channels=8, pixels=64, offsets=[2, 2], nan=True),
    Case([2, 14, 9, 64], [1, 7, 5, 48], swizzle=64, lower=[-1, -1], upper=[-1, -1],
         steps=[1, 2, 2, 1], channels=32, pixels=64, offsets=[1, 1]),
    Case([2, 3, 4, 5, 16], [0, 1, 2, 3, 0], lower=[-1, -1, -1], upper=[-1, 0, -1],
         channels=16, pixels=200, offsets=[2, 0, 1]),
    Case([2, 3, 4, 5, 32], [1, 0, 1, 0, 16], 1, lower=[0, 0, 0], upper=[0, 0, 0],
         channels=16, pixels=1000, offsets=[0, 0, 0]),
    Case([2, 5, 6, 32], [0, 2, -1, 16], slice=16, lower=[-1, -1], upper=[0, -1],
         channels=8, pixels=40, offsets=[1, 2]),
    Case([2, 5, 6, 32], [0, 2, -1, 16], slice=32, swizzle=32, lower=[-1, -1],
         upper=[0, -1], channels=16, pixels=40, offsets=[1, 2]),
]

count = wrong = 0
for number, case in enumerate(CASES):
    for store, add in ((False, False), (True, False), (True, True)):
        if store and (case.offsets is not None and any(case.offsets)):
            case.offsets = None
        if add and (case.element != 4 or case.lower):
            continue
        if add:
            case.nan = False
        if store:
            case.offsets = None
        message = run(case, number, store, add)
        count += 1
        wrong += bool(message)
        if message:
            print(message)
print(f"{count} copies, {wrong} wrong")
