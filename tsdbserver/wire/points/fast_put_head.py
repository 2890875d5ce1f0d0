"""The head of a put request in its usual form: bytes → what matters of it. Anything unusual is None, and somebody
else's matter: an HTTP library's.
"""

import re
from typing import NamedTuple
from urllib.parse import parse_qsl

from tsdbserver.wire.points.put_json import PutOptions

_LINE = re.compile(rb"POST /api/put(?:\?([a-z0-9_=&]*))? HTTP/1\.1", re.ASCII)
_FIELD = re.compile(rb"([A-Za-z0-9-]+):[ \t]*([\x21-\x7e]?(?:[\x20-\x7e]*[\x21-\x7e])?)[ \t]*", re.ASCII)
_UTF_8 = re.compile(rb"[^;]*(;[ \t]*charset=(utf-?8|\"utf-?8\")[ \t]*)?", re.ASCII | re.IGNORECASE)
"""A content type without parameters, or with the charset that is read here."""
_FLAGS = frozenset(("summary", "details", "sync"))
_HARMLESS = frozenset(
    (b"host", b"content-type", b"accept", b"accept-encoding", b"accept-language", b"user-agent", b"cache-control",
     b"pragma")
)  # fmt: skip
"""Fields that change nothing here. One that is not known may mean anything, and is not passed over."""


class PlainHead(NamedTuple):
    """`length` of the body in bytes, which answer is wanted, and the field `Authorization`, empty if absent."""

    length: int
    options: PutOptions
    authorization: str


def read_head(head: bytes) -> PlainHead | None:
    """A head without the empty line at its end; None if it has anything unusual about it."""
    line, *rest = head.split(b"\r\n")
    asked, fields = _LINE.fullmatch(line), _fields(rest)
    if asked is None or fields is None or b"host" not in fields:
        return None
    options, length = _options(asked[1] or b""), fields.pop(b"content-length", b"")
    if options is None or not length.isdigit() or len(length) > 9:
        return None
    if fields.pop(b"connection", b"keep-alive").lower() != b"keep-alive":
        return None
    if not _UTF_8.fullmatch(fields.get(b"content-type", b"")):
        return None
    authorization = fields.pop(b"authorization", b"").decode()
    return PlainHead(int(length), options, authorization) if fields.keys() <= _HARMLESS else None


def _fields(lines: list[bytes]) -> dict[bytes, bytes] | None:
    fields: dict[bytes, bytes] = {}
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match is None or match[1].lower() in fields:
            return None
        fields[match[1].lower()] = match[2]
    return fields


def _options(query: bytes) -> PutOptions | None:
    names = {name for name, _ in parse_qsl(query.decode(), keep_blank_values=True)}
    if not names <= _FLAGS:
        return None
    return PutOptions(summary="summary" in names, details="details" in names)
