"""make-fatbin.py ptx|elf|lz4|cut PTX FILE: a fatbin with one entry of that kind;
cut is lz4 without its last bytes."""

import struct
import sys


def length(value):
    """The bytes behind a length of 15 and more."""
    rest = value - 15
    return b"\xff" * (rest // 255) + bytes([rest % 255]) if rest >= 0 else b""


def pack(text):
    """A block of LZ4; the last five bytes are literals."""
    out, places, start, at = b"", {}, 0, 0
    while at + 12 < len(text):
        key = text[at : at + 4]
        before = places.get(key)
        places[key] = at
        if before is None or at - before > 65535:
            at += 1
            continue
        count = 4
        while at + count < len(text) - 5 and text[before + count] == text[at + count]:
            count += 1
        literals = text[start:at]
        out += bytes([min(len(literals), 15) << 4 | min(count - 4, 15)])
        out += length(len(literals)) + literals
        out += struct.pack("<H", at - before) + length(count - 4)
        at += count
        start = at
    literals = text[start:]
    return out + bytes([min(len(literals), 15) << 4]) + length(len(literals)) + literals


kind, source, target = sys.argv[1:]
with open(source, "rb") as file:
    text = file.read()
contents = pack(text) if kind in ("lz4", "cut") else text
packed = len(contents) - (3 if kind == "cut" else 0)
contents += b"\0" * (-len(contents) % 8 or 8)
entry = bytearray(64)
struct.pack_into("<HHIQ", entry, 0, 2 if kind == "elf" else 1, 0x101, 64, len(contents))
struct.pack_into("<I", entry, 28, 80)
if kind in ("lz4", "cut"):
    struct.pack_into("<I", entry, 16, packed)
    struct.pack_into("<Q", entry, 56, len(text))
struct.pack_into("<Q", entry, 40, 0x2011 if kind in ("lz4", "cut") else 0x11)
with open(target, "wb") as file:
    file.write(struct.pack("<IHHQ", 0xBA55ED50, 1, 16, 64 + len(contents)))
    file.write(entry + contents)
