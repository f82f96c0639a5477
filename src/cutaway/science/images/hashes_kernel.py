"""The compiled loop that compares every hash with every other."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def pairs_within(hashes: np.ndarray, most_bits: int, out: np.ndarray) -> int:
    """Writes the pairs that differ in so few bits to out (m, 2) while there is room, and returns how many there are.

    It stops one past the room.
    """
    found = 0
    one, two, four = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
    spread = np.uint64(0x0101010101010101)
    for i in range(hashes.size):
        for j in range(i + 1, hashes.size):
            x = hashes[i] ^ hashes[j]
            x = x - ((x >> np.uint64(1)) & one)
            x = (x & two) + ((x >> np.uint64(2)) & two)
            x = (x + (x >> np.uint64(4))) & four
            if (x * spread) >> np.uint64(56) <= np.uint64(most_bits):
                if found == len(out):
                    return found + 1
                out[found, 0] = i
                out[found, 1] = j
                found += 1
    return found
