"""Decompression stops where the limit is."""

import gzip
import tracemalloc
import zlib

import pytest

from tsdbserver.edge.http.body import inflate
from tsdbserver.errors import BadRequest, TooLarge

LIMIT = 1 << 20


@pytest.mark.parametrize("encoding, pack", [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_bomb_is_inflated_to_the_limit_and_no_further(encoding, pack):
    bomb = pack(bytes(100 * LIMIT))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            inflate(bomb, encoding, LIMIT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 4 * LIMIT


@pytest.mark.parametrize("size", [0, LIMIT])
def test_a_body_of_up_to_the_limit_is_inflated(size):
    assert inflate(gzip.compress(bytes(size)), "gzip", LIMIT) == bytes(size)


@pytest.mark.parametrize("tail", [b"x", gzip.compress(b"more")], ids=["bytes", "a second member"])
def test_what_follows_the_end_is_not_ignored(tail):
    with pytest.raises(BadRequest, match=f"{len(tail)} bytes follow"):
        inflate(gzip.compress(b"body") + tail, "gzip", LIMIT)


FOREIGN = {
    "gzip": (b"{}", "it is not gzip, or damaged"),
    "deflate": (gzip.compress(b"{}"), "it is not deflate, or damaged"),
    "a wrong sum": (gzip.compress(b"{}")[:-8] + bytes(8), "it is not gzip, or damaged"),
    "cut": (gzip.compress(b"{}")[:-1], "its gzip is cut short"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_does_not_decompress_is_told_by_the_name_of_its_encoding(name):
    body, reason = FOREIGN[name]

    with pytest.raises(BadRequest, match=f"^the body does not decompress: {reason}$"):
        inflate(body, "deflate" if name == "deflate" else "gzip", LIMIT)
