"""Prints the golden values of random.cpp, from NumPy's own Philox4x64-10.

Run: python3 random_golden.py
"""

import math

import numpy as np


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


class Stream:
    def __init__(self, seed, purpose, entity):
        # NumPy increments the lowest counter word before each block and we count blocks in the
        # second, so every block gets a generator of its own.
        self.key, self.entity, self.counter = (seed, fnv1a(purpose)), entity, 0

    def bits(self):
        block, lane = divmod(self.counter, 4)
        before = (self.entity | block << 64) - 1 & (1 << 256) - 1
        words = [before >> 64 * i & (1 << 64) - 1 for i in range(4)]
        generator = np.random.Philox(
            counter=np.array(words, dtype=np.uint64), key=np.array(self.key, dtype=np.uint64)
        )
        self.counter += 1
        return int(generator.random_raw(4)[lane])

    def uniform(self):
        return (self.bits() >> 11) * 2.0**-53

    def normal(self):
        while True:
            u = 1.0 - self.uniform()
            x = 1.7155277699214135929603792825575 * (self.uniform() - 0.5) / u
            if x * x <= -4.0 * math.log(u):
                return x

    def index(self, n):
        mask = (1 << (n - 1).bit_length()) - 1
        while True:
            value = self.bits() & mask
            if value < n:
                return value


print("numpy", np.__version__)
print("hash", hex(fnv1a("weights/hidden")))
s = Stream(42, "weights/hidden", 7)
print("bits", [f"0x{s.bits():016x}" for _ in range(6)])
s = Stream(42, "weights/hidden", 7)
print("uniform", [s.uniform().hex() for _ in range(3)])
s = Stream(42, "weights/hidden", 7)
print("normal", [s.normal().hex() for _ in range(6)], s.counter)
s = Stream(42, "weights/hidden", 7)
print("index(10)", [s.index(10) for _ in range(12)], s.counter)
s = Stream(1, "shuffle", 3)
order = list(range(10))
for i in range(10, 1, -1):
    j = s.index(i)
    order[i - 1], order[j] = order[j], order[i - 1]
print("shuffle(0 .. 9)", order)
