"""Bytes that are almost right: a seed, spoilt in a few places."""

import random
from collections.abc import Sequence

TOKENS = [
    b"0", b"-1", b"-0", b"1e400", b"9223372036854775808", b"4294967296", b"1" * 40, b"0.1", b"NaN", b"Infinity",
    b"-INF", b"null", b"true", b"[]", b"{}", b'""', b'"', b"\\", b"\\u0000", b"\\ud800", b"\xed\xa0\x80", b"\xff",
    b"\x00", b"\xc3\xa9", b"\xf0\x9f\x98\x80", b"%00", b"%ff", b"%zz", b"%", b"+", b"&", b"=", b"?", b"#", b"/", b"//",
    b"..", b":", b",", b";", b"{", b"}", b"[", b"]", b"(", b")", b"*", b"|", b".*", b"(a+)+$", b"\r\n", b"\n",
    b"\t", b" ", b"1h-ago", b"99999999999d-ago", b"0all", b"1m-avg-none", b"0s-sum", b"1n-avg",
    b"rate", b"rate{counter,0,0}",
    b"none", b"p99", b"sum", b"count", b"literal_or(a)", b"regexp(", b"wildcard(*)", b"not_key()", b"a" * 300,
    b"1969/12/31", b"2099/01/01-00:00:00", b"now", b"Europe/Berlin", b"__proto__", b"__class__", b"NULL", b"cpu",
]  # fmt: skip
"""What parsers trip over."""


class Mutator:
    """Spoils seeds, each time otherwise; the same again for the same `rng`."""

    def __init__(self, rng: random.Random, seeds: Sequence[bytes]) -> None:
        self._rng = rng
        self._seeds = seeds
        self._ways = (self._flip, self._cut, self._repeat, self._insert, self._replace, self._splice, self._truncate)

    def spoilt(self, data: bytes, most: int = 4) -> bytes:
        """`data` with up to `most` faults; none is possible, too."""
        for _ in range(self._rng.randint(0, most)):
            data = self._rng.choice(self._ways)(data)
        return data

    def _at(self, data: bytes) -> int:
        return self._rng.randint(0, len(data))

    def _piece(self, data: bytes) -> tuple[int, int]:
        start = self._at(data)
        return start, min(len(data), start + int(self._rng.expovariate(1 / 8)) + 1)

    def _flip(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + bytes([self._rng.randrange(256)]) + data[at + 1 :]

    def _cut(self, data: bytes) -> bytes:
        start, stop = self._piece(data)
        return data[:start] + data[stop:]

    def _repeat(self, data: bytes) -> bytes:
        start, stop = self._piece(data)
        return data[:stop] + data[start:stop] * self._rng.choice((1, 1, 2, 50)) + data[stop:]

    def _insert(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + self._rng.choice(TOKENS) + data[at:]

    def _replace(self, data: bytes) -> bytes:
        start, stop = self._piece(data)
        return data[:start] + self._rng.choice(TOKENS) + data[stop:]

    def _splice(self, data: bytes) -> bytes:
        other = self._rng.choice(self._seeds)
        start, stop = sorted((self._at(other), self._at(other)))
        at = self._at(data)
        return data[:at] + other[start:stop] + data[at:]

    def _truncate(self, data: bytes) -> bytes:
        return data[: self._at(data)]
