"""Unsigned LEB128 ("uvarint") in columns: seven bits a byte, the lowest first, the top bit set on all but the last."""

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

MAX_BYTES = 5
"""The longest uvarint of a 32-bit number."""


def write_one(number: int) -> bytes:
    """One number, from 0 on."""
    return bytes(write(np.array([number], np.uint32))[0])


def write(numbers: NDArray[np.uint32]) -> tuple[Bytes, NDArray[np.int64]]:
    """The bytes of all numbers, one after another, and where each number ends."""
    if numbers.max(initial=0) < 0x80:
        return numbers.astype(np.uint8), np.arange(1, len(numbers) + 1)
    width = np.ones(len(numbers), np.int64)
    for place in range(1, MAX_BYTES):
        width += numbers >= 1 << 7 * place
    ends = np.cumsum(width)
    data = np.empty(ends[-1], np.uint8)
    for place in range(int(width.max())):
        wide = np.flatnonzero(width > place)
        more = (width[wide] > place + 1).astype(np.uint32) << np.uint32(7)
        data[ends[wide] - width[wide] + place] = numbers[wide] >> np.uint32(7 * place) & np.uint32(0x7F) | more
    return data, ends


def ends(data: Bytes) -> NDArray[np.int64]:
    """The position of each number's last byte."""
    return np.flatnonzero(data < 0x80)


def read(data: Bytes, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers that end at these positions; −1 for one that is longer than any of 32 bits."""
    if len(ends) == len(data):
        return data.astype(np.int64)
    width = np.diff(ends, prepend=-1)
    numbers = data[ends].astype(np.int64) << 7 * (np.minimum(width, MAX_BYTES) - 1)
    for place in range(1, min(int(width.max(initial=0)), MAX_BYTES)):
        wide = np.flatnonzero(width > place)
        shift = 7 * (width[wide] - 1 - place)
        numbers[wide] |= (data[ends[wide] - place] & 0x7F).astype(np.int64) << np.maximum(shift, 0)
    return np.where(width > MAX_BYTES, -1, numbers)


def read_first(table: Bytes, start: NDArray[np.int64], max_bytes: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The uvarint that begins at column `start[i]` of row i, and the column behind it.

    One that takes more than `max_bytes` is −1.
    """
    rows = np.arange(len(table))
    number, column = np.zeros(len(table), np.int64), start.copy()
    unfinished = np.ones(len(table), np.bool_)
    for place in range(max_bytes):
        byte = table[rows, column].astype(np.int64)
        number += np.where(unfinished, (byte & 0x7F) << 7 * place, 0)
        column += unfinished
        unfinished &= byte >= 0x80
    return np.where(unfinished, -1, number), column
