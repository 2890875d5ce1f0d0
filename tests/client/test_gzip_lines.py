"""Blocks of bytes as lines."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.client.gzip_lines import BadGzip, inflated, lines


def cut(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(st.binary(max_size=200), st.integers(1, 20), st.booleans())
def test_blocks_of_any_size_give_the_same_lines(text, size, packed):
    blocks = cut(gzip.compress(text) if packed or text.startswith(b"\x1f\x8b") else text, size)
    given = [line for bunch in lines(inflated(blocks)) for line in bunch]

    assert given == text.removesuffix(b"\n").split(b"\n") * bool(text)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_members_of_a_gzip_file_follow_each_other(size):
    packed = gzip.compress(b"a\n") + gzip.compress(b"b\n") + bytes(9)

    assert b"".join(inflated(cut(packed, size))) == b"a\nb\n"


PACKED = gzip.compress(bytes(range(256)) * 8)


@pytest.mark.parametrize("data, message", [(PACKED[:-9], "cut short"), (PACKED[:20] + b"!" * 20, "damaged")])
def test_a_bad_gzip_stream_says_what_is_wrong(data, message):
    with pytest.raises(BadGzip, match=message):
        b"".join(inflated([data]))


def test_what_has_no_lines_does_not_gather_in_memory():
    bunches = [*lines([bytes(1 << 20)] * 5)]

    assert max(len(line) for bunch in bunches for line in bunch) <= 2 << 20
