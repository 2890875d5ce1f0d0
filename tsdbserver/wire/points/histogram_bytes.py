"""A histogram as the bytes that OpenTSDB's SimpleHistogram makes of it, and base64 of these.

    number of buckets         16 bits, big-endian
    for each bucket, ascending:
      lower bound, upper      32-bit floats, big-endian
      count                   varlong
    underflow, overflow       varlongs

A varlong is seven bits a byte, the lowest first, the top bit set on all but the last; the ninth byte has eight bits and
is the last. What follows the last number is ignored, as OpenTSDB ignores it.
"""

import re
import struct
from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any

from aggregators.histogram.histogram import Bounds, Histogram
from tsdbserver.errors import BadPoint
from tsdbserver.model.refusal import HISTOGRAM
from tsdbserver.wire.points.histogram_rules import checked_histogram

DECODER_ID = 42
"""By which a writer names this form; the only one there is."""

_STRANGERS = re.compile(r"[^A-Za-z0-9+/]")
_FEWEST = 6
_COUNT = struct.Struct(">h")
_BOUNDS = struct.Struct(">ff")
_LAST_PLACE = 8


def decode_base64(text: str) -> Histogram:
    """The histogram of a base64 text; BadPoint if it is none. What is not of base64's letters is passed over."""
    letters = _STRANGERS.sub("", text)
    try:
        data = b64decode(letters + "=" * (-len(letters) % 4))
    except NotBase64:
        raise BadPoint(f"The histogram is not base64: {text}", HISTOGRAM) from None
    return decode(data)


def decode(data: bytes) -> Histogram:
    """The histogram of some bytes; BadPoint if they are none."""
    if len(data) < _FEWEST:
        raise BadPoint(f"Byte array shorter than 6 bytes detected: {signed_bytes(data)}", HISTOGRAM)
    try:
        return _Reader(data).histogram()
    except (struct.error, IndexError):
        raise BadPoint("Buffer underflow.", HISTOGRAM) from None


def encode(histogram: Histogram) -> bytes:
    """The bytes of a histogram."""
    parts = [_COUNT.pack(len(histogram.bounds))]
    for bounds, count in zip(histogram.bounds, histogram.counts, strict=True):
        parts += (_BOUNDS.pack(*bounds), _varlong(count))
    return b"".join([*parts, _varlong(histogram.underflow), _varlong(histogram.overflow)])


def signed_bytes(data: bytes) -> str:
    """Bytes as Java prints them: `[0, -1]`."""
    return str([byte - 256 if byte > 127 else byte for byte in data])


class _Reader:
    """Reads from the front of some bytes; struct.error or IndexError where they end too soon."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def histogram(self) -> Histogram:
        buckets: dict[Bounds, int] = {}
        (count,) = self._unpacked(_COUNT)
        for _ in range(count):
            lower, upper = self._unpacked(_BOUNDS)
            buckets[lower + 0.0, upper + 0.0] = self._varlong()  # −0 is 0
        return checked_histogram(buckets, self._varlong(), self._varlong())

    def _unpacked(self, form: struct.Struct) -> tuple[Any, ...]:
        values = form.unpack_from(self._data, self._at)
        self._at += form.size
        return values

    def _varlong(self) -> int:
        number, place = 0, 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            if place == _LAST_PLACE or byte < 0x80:
                return _signed(number | byte << 7 * place)
            number |= (byte & 0x7F) << 7 * place
            place += 1


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def _varlong(number: int) -> bytes:
    data = bytearray()
    while number > 0x7F and len(data) < _LAST_PLACE:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)
