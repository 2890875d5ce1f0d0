"""Decompression stops where the limit is."""

import gzip
import tracemalloc
import zlib

import pytest

from tsdbserver.edge.http.body import inflate
from tsdbserver.errors import BadRequest, TooLarge

GZIP, DEFLATE = 31, 15
LIMIT = 1 << 20


@pytest.mark.parametrize("window_bits, pack", [(GZIP, gzip.compress), (DEFLATE, zlib.compress)])
def test_a_bomb_is_inflated_to_the_limit_and_no_further(window_bits, pack):
    bomb = pack(bytes(100 * LIMIT))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            inflate(bomb, window_bits, LIMIT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 4 * LIMIT


@pytest.mark.parametrize("size", [0, LIMIT])
def test_a_body_of_up_to_the_limit_is_inflated(size):
    assert inflate(gzip.compress(bytes(size)), GZIP, LIMIT) == bytes(size)


@pytest.mark.parametrize("tail", [b"x", gzip.compress(b"more")], ids=["bytes", "a second member"])
def test_what_follows_the_end_is_not_ignored(tail):
    with pytest.raises(BadRequest, match=f"{len(tail)} bytes follow its end"):
        inflate(gzip.compress(b"body") + tail, GZIP, LIMIT)
