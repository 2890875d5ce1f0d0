"""Content codings of a body: `Content-Encoding` → names, and bytes → fewer or more bytes, bounded."""

import re
import zlib
from collections.abc import Iterable

from tsdbserver.errors import BadRequest, TooLarge, UnsupportedMedia

MAX_CODINGS = 4
"""How many may lie one over the other. Nobody needs more than one, and each costs as much as the limit allows."""
MAX_MEMBERS = 10_000
"""How many gzip members a body may have: each costs some time, however few bytes it holds."""

_NAMES = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}
_GZIP, _ZLIB, _RAW = 31, 15, -15
"""zlib's names for the containers: RFC 1952, RFC 1950, and none, which some clients take `deflate` for."""

_GZIP_MAGIC = b"\x1f\x8b"
_PADDING = re.compile(rb"\0*")
_PIECE = 16 * 1024
"""Bytes that are inflated at once: what follows a member is copied, and there may be many members."""


def parse_codings(fields: Iterable[str]) -> list[str]:
    """The codings of the fields `Content-Encoding` in the order in which they were applied, `identity` left out.

    UnsupportedMedia for one that is not known, and for more than MAX_CODINGS.
    """
    names = [name.strip().lower() for field in fields for name in field.split(",")]
    codings = [name for name in names if name not in ("", "identity")]
    for name in codings:
        if name not in _NAMES:
            raise UnsupportedMedia(f"unknown content encoding '{name}': this server takes gzip and deflate")
    if len(codings) > MAX_CODINGS:
        raise UnsupportedMedia(f"{len(codings)} content encodings, more than {MAX_CODINGS}")
    return [_NAMES[name] for name in codings]


def inflate(body: bytes, coding: str, limit: int) -> bytes:
    """Decompress a `body` of gzip or deflate, giving up as soon as it passes `limit` bytes.

    All members of a gzip count, and zeros after the last are padding (as the program gzip has it). TooLarge past the
    limit; BadRequest if it is not compressed so, is cut short, or other bytes follow.
    """
    parts: list[bytes] = []
    at, room = 0, limit
    for _ in range(MAX_MEMBERS):
        member, at = _inflate_member(body, at, coding, room, limit)
        parts += member
        room -= sum(map(len, member))
        following = _after_padding(body, at) if coding == "gzip" else at
        if following == len(body):
            return b"".join(parts)
        if coding != "gzip" or not body.startswith(_GZIP_MAGIC, following):
            raise BadRequest(f"the body does not decompress: after its {coding} {len(body) - at} bytes follow")
        at = following
    raise TooLarge(f"the body has more than {MAX_MEMBERS} gzip members")


def _inflate_member(body: bytes, at: int, coding: str, room: int, limit: int) -> tuple[list[bytes], int]:
    """The content of the member that begins at `at`, in parts, and where the member ends."""
    inflater = zlib.decompressobj(_window(body, at, coding))
    parts: list[bytes] = []
    while not inflater.eof:
        piece = body[at : at + _PIECE]
        if not piece:
            raise BadRequest(f"the body does not decompress: its {coding} is cut short")
        try:
            parts.append(inflater.decompress(piece, room + 1))
        except zlib.error:  # whose own words are an error number, and of a wrong sum that it is wrong
            raise BadRequest(f"the body does not decompress: it is not {coding}, or damaged") from None
        room -= len(parts[-1])
        if room < 0:
            raise TooLarge(f"the body has more than {limit} bytes after decompression (setting max-body)")
        at += len(piece) - len(inflater.unused_data)
    return parts, at


def _window(body: bytes, at: int, coding: str) -> int:
    """zlib's name for the container. A deflate stream without one cannot begin like a zlib header, which is a multiple
    of 31 and names method 8: there, bits would be set that every encoder leaves empty.
    """
    if coding == "gzip":
        return _GZIP
    header = int.from_bytes(body[at : at + 2])
    return _ZLIB if header >> 8 & 15 == 8 and header % 31 == 0 else _RAW


def _after_padding(body: bytes, at: int) -> int:
    padding = _PADDING.match(body, at)
    return padding.end() if padding else at
