"""Prints the golden values of yin_yang.cpp, from NumPy's own RandomState.

The sum is FNV-1a (64 bit) over the bytes of x, y (little-endian doubles) and the label (one
byte) of every point. Run: python3 yin_yang_golden.py
"""

import struct

import numpy as np


def kind(x, y):
    right = np.sqrt((x - 0.75) ** 2 + (y - 0.5) ** 2)
    left = np.sqrt((x - 0.25) ** 2 + (y - 0.5) ** 2)
    if min(right, left) < 0.1:
        return 2
    return int(right <= 0.1 or 0.1 < left <= 0.25 or (y > 0.5 and right > 0.25))


def points(size, seed):
    state = np.random.RandomState(seed)
    for _ in range(size):
        wanted = state.randint(3)
        while True:
            x, y = state.rand(2)
            inside = np.sqrt((x - 0.5) ** 2 + (y - 0.5) ** 2) <= 0.5
            if inside and kind(x, y) == wanted:
                break
        yield x, y, wanted


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


print("numpy", np.__version__)
for size, seed in ((5000, 42), (1000, 41), (1000, 40)):
    rows = list(points(size, seed))
    data = b"".join(struct.pack("<ddB", *row) for row in rows)
    counts = [sum(row[2] == label for row in rows) for label in range(3)]
    print(f"seed {seed}: sum 0x{fnv1a(data):016x} classes {counts}")
    for index in (0, 1, 2, size - 1):
        x, y, label = rows[index]
        print(f"  {{{index}, {float(x).hex()}, {float(y).hex()}, {label}}},")
