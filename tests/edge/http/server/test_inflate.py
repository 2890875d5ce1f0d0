"""Decompression stops where the limit is."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import BadRequest, TooLarge, UnsupportedMedia
from tsdbserver.wire import content_coding
from tsdbserver.wire.content_coding import MAX_MEMBERS, inflate, parse_codings

LIMIT = 1 << 20


def raw(content):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize("encoding, pack", [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw)])
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


@pytest.mark.parametrize("tail", [b"x", b"\x1f", b"\0\0x", zlib.compress(b"x")], ids=repr)
def test_what_follows_the_end_is_not_ignored(tail):
    for coding, pack in (("gzip", gzip.compress), ("deflate", zlib.compress)):
        with pytest.raises(BadRequest, match=f"after its {coding} {len(tail)} bytes follow"):
            inflate(pack(b"body") + tail, coding, LIMIT)


@given(st.lists(st.binary(max_size=99), min_size=1, max_size=9), st.integers(0, 3), st.integers(1, 40))
def test_members_follow_one_another(contents, padding, piece):
    body = b"".join(gzip.compress(content) + bytes(padding) for content in contents)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content_coding, "_PIECE", piece)
        assert inflate(body, "gzip", LIMIT) == b"".join(contents)


@pytest.mark.parametrize("size", [0, 20, 70_000])
def test_zeros_after_the_end_are_padding(size):
    assert inflate(gzip.compress(b"body") + bytes(size), "gzip", LIMIT) == b"body"


@pytest.mark.parametrize("over", [0, 1])
def test_the_limit_holds_for_all_members_together(over):
    body = gzip.compress(bytes(LIMIT - 9)) + gzip.compress(bytes(9 + over)) + gzip.compress(b"")
    if over:
        with pytest.raises(TooLarge, match=f"more than {LIMIT} bytes after decompression"):
            inflate(body, "gzip", LIMIT)
    else:
        assert len(inflate(body, "gzip", LIMIT)) == LIMIT


def test_members_are_limited_in_number():
    assert inflate(gzip.compress(b"") * MAX_MEMBERS, "gzip", LIMIT) == b""
    with pytest.raises(TooLarge, match="gzip members"):
        inflate(gzip.compress(b"") * (MAX_MEMBERS + 1), "gzip", LIMIT)


@given(st.binary(max_size=999), st.integers(0, 9))
def test_deflate_is_zlib_or_raw(content, level):
    packer = zlib.compressobj(level, wbits=-15)

    assert inflate(zlib.compress(content, level), "deflate", LIMIT) == content
    assert inflate(packer.compress(content) + packer.flush(), "deflate", LIMIT) == content


@pytest.mark.parametrize(
    "fields, codings",
    [
        ([], []), ([""], []), (["identity"], []), (["X-GZip"], ["gzip"]), (["gzip, identity"], ["gzip"]),
        ([" identity ,GZIP,"], ["gzip"]), (["deflate", "gzip"], ["deflate", "gzip"]),
    ],
)  # fmt: skip
def test_codings(fields, codings):
    assert parse_codings(fields) == codings


@pytest.mark.parametrize("fields", [["br"], ["gzip, zstd"], ["gzip;q=1"], ["gzip"] * 5, ["x-deflate"]])
def test_codings_that_are_not_known(fields):
    with pytest.raises(UnsupportedMedia):
        parse_codings(fields)


FOREIGN = {
    "gzip": (b"{}", "it is not gzip, or damaged"),
    "deflate": (gzip.compress(b"{}"), "it is not deflate, or damaged"),
    "a wrong sum": (gzip.compress(b"{}")[:-8] + bytes(8), "it is not gzip, or damaged"),
    "garbage": (b"\x1f\x8bgarbage", "it is not gzip, or damaged"),
    "cut": (gzip.compress(b"{}")[:-1], "its gzip is cut short"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_does_not_decompress_is_told_by_the_name_of_its_encoding(name):
    body, reason = FOREIGN[name]

    with pytest.raises(BadRequest, match=f"^the body does not decompress: {reason}$"):
        inflate(body, "deflate" if name == "deflate" else "gzip", LIMIT)
