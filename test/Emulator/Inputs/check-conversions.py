"""check-conversions.py WIDE NARROW: what conversions.ptx leaves, against values
computed here from the definitions of the formats."""

import bisect
import json
import math
import struct
import sys


def read(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        begin, end = (8 + size + x for x in entry["data_offsets"])
        code = {"F32": "f", "U16": "H"}[entry["dtype"]]
        count = (end - begin) // struct.calcsize(code)
        tensors[name] = struct.unpack(f"<{count}{code}", data[begin:end])
    return tensors


def value(bits, exponents, mantissas, infinite):
    """The number that a pattern is."""
    sign = -1.0 if bits >> (exponents + mantissas) & 1 else 1.0
    exponent = bits >> mantissas & ((1 << exponents) - 1)
    mantissa = bits & ((1 << mantissas) - 1)
    bias, last = (1 << exponents - 1) - 1, (1 << exponents) - 1
    if exponent == last and infinite:
        return math.nan if mantissa else sign * math.inf
    if exponent == last and mantissa == (1 << mantissas) - 1:
        return math.nan
    if exponent == 0:
        return sign * mantissa * 2.0 ** (1 - bias - mantissas)
    return sign * (1 + mantissa / (1 << mantissas)) * 2.0 ** (exponent - bias)


def nearest(x, table, towardsZero):
    """The pattern of the number of `table` that is nearest to |x|, even at a tie;
    what is too large is the last one (of f16 and rn: infinity)."""
    x = abs(x)
    place = bisect.bisect_right(table, x) - 1
    if towardsZero or place == len(table) - 1:
        return place
    low, high = x - table[place], table[place + 1] - x
    return place + (low > high or (low == high and place & 1))


count = 0


def check(name, got, want, at):
    global count
    count += 1
    if not (got == want or (got != got and want != want)):
        print(f"wrong: {name} of {at}: expected {want}, got {got}")


wide, narrow = read(sys.argv[1]), read(sys.argv[2])
for bits in range(65536):
    check("f16", wide["h"][bits], value(bits, 5, 10, True), bits)
    check("bf16", wide["b"][bits], value(bits, 8, 7, True), bits)
    check("e4m3", wide["e"][bits], value(bits & 255, 4, 3, False), bits)
    check("e5m2", wide["f"][bits], value(bits & 255, 5, 2, True), bits)
halves = [value(bits, 5, 10, True) for bits in range(0x7C00)]
bfloats = [value(bits, 8, 7, True) for bits in range(0x7F80)]
eighths = [value(bits, 4, 3, False) for bits in range(0x7F)]
for i, x in enumerate(narrow["x"]):
    sign = 0x8000 if math.copysign(1, x) < 0 else 0
    # Half an ulp beyond the largest f16 is infinity.
    want = 0x7C00 if abs(x) >= 65520 else nearest(x, halves, False)
    check("rn.f16", narrow["h"][i], sign | want, x)
    check("rz.f16", narrow["z"][i], sign | nearest(x, halves, True), x)
    check("rn.bf16", narrow["b"][i], sign | nearest(x, bfloats, False), x)
    eighth = sign >> 8 | nearest(x, eighths, False)
    check("rn.e4m3", narrow["q"][i], eighth << 8 | eighth, x)
print(count, "values")
