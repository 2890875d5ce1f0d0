"""The bytes of a histogram, and what is none."""

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators.histogram.histogram import Histogram
from tests.wire.points.histograms import histograms
from tsdbserver.errors import BadPoint
from tsdbserver.wire.points.histogram_bytes import decode, decode_base64, encode

TWO = Histogram.of({(0.0, 1.75): 12, (1.75, 3.5): 300}, underflow=1, overflow=2)
TWO_BYTES = bytes.fromhex("0002000000003fe000000c3fe0000040600000ac020102")


def test_the_layout():
    assert encode(TWO) == TWO_BYTES
    assert decode(TWO_BYTES) == TWO
    assert decode(TWO_BYTES + b"what follows") == TWO


@given(histograms)
def test_what_is_written_is_read(histogram):
    assert decode(encode(histogram)) == histogram
    assert decode_base64(b64encode(encode(histogram)).decode()) == histogram
    assert decode_base64(b64encode(encode(histogram)).decode().rstrip("=")) == histogram


def test_base64_is_read_over_lines():
    text = b64encode(TWO_BYTES).decode()

    assert decode_base64(f" {text[:10]}\n{text[10:]}") == TWO


BAD = {
    "000000": "Byte array shorter than 6 bytes detected: [0, 0, 0]",
    "0001ff80": "Byte array shorter than 6 bytes detected: [0, 1, -1, -128]",
    TWO_BYTES[:-1].hex(): "Buffer underflow.",
    "7fff00000000": "Buffer underflow.",
    "0001" "00000000" "7f800000" "01" "00" "00": "Bucket bounds must be finite: 0.0,inf",
    "0001" "00000000" "7fc00000" "01" "00" "00": "Bucket bounds must be finite: 0.0,nan",
    "0000" "ffffffffffffffffff" "00" "00": "Negative count in bucket underflow: -1",
    "0000" "00" "808080808040" "00": "Too many samples in a histogram: 2199023255552 maximum allowed: 1099511627776",
}  # fmt: skip


@pytest.mark.parametrize("data, message", BAD.items())
def test_what_is_no_histogram(data, message):
    with pytest.raises(BadPoint) as caught:
        decode(bytes.fromhex(data))

    assert caught.value.message == message


def test_too_many_buckets():
    histogram = Histogram.of({(float(i), i + 1.0): 0 for i in range(4_097)})

    with pytest.raises(BadPoint, match="Too many buckets: 4097 maximum allowed: 4096"):
        decode(encode(histogram))


@given(st.binary(max_size=40))
def test_any_bytes_are_a_histogram_or_a_bad_point(data):
    with suppress(BadPoint):
        assert decode(data).bounds == tuple(sorted(decode(data).bounds))


@given(st.text(max_size=40))
def test_any_text_is_a_histogram_or_a_bad_point(text):
    with suppress(BadPoint):
        assert decode(encode(decode_base64(text))) == decode_base64(text)
