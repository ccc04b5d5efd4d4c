"""make-fatbin.py ptx|elf|lz4 PTX FILE: a fatbin with one entry of that kind."""

import struct
import sys

kind, source, target = sys.argv[1:]
with open(source, "rb") as file:
    text = file.read()
contents = text + b"\0" * (-len(text) % 8 or 8)
entry = bytearray(64)
struct.pack_into("<HHIQ", entry, 0, 2 if kind == "elf" else 1, 0x101, 64, len(contents))
struct.pack_into("<I", entry, 28, 80)
struct.pack_into("<Q", entry, 40, 0x2011 if kind == "lz4" else 0x11)
with open(target, "wb") as file:
    file.write(struct.pack("<IHHQ", 0xBA55ED50, 1, 16, 64 + len(contents)))
    file.write(entry + contents)
