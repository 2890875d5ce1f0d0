"""`metric{key=value}` and its JSON form → Lookup."""

import re
from functools import partial
from typing import Annotated

import msgspec

from tsdbserver.errors import BadRequest
from tsdbserver.model.lookup import Lookup
from tsdbserver.wire.decoding import decoded

_DEFAULT_LIMIT = 25
_MAX_LIMIT = (1 << 31) - 1
"""OpenTSDB counts results in 32 bits."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_LOOKUP = re.compile(r"(?P<metric>[^{}]*)(?:\{(?P<pairs>[^{}]*)\})?")


class _Pair(msgspec.Struct):
    key: str | None = None
    value: str | None = None


class _Lookup(msgspec.Struct):
    metric: str | None = None
    tags: list[_Pair] = []
    limit: Annotated[int, msgspec.Meta(ge=-_MAX_LIMIT, le=_MAX_LIMIT)] = _DEFAULT_LIMIT


_decoder = msgspec.json.Decoder(_Lookup)


def parse_lookup_uri(m: str | None, limit: str | None) -> Lookup:
    """The parameters of a GET request. BadRequest says what is wrong."""
    if not m:
        raise BadRequest("Missing parameter <code>m</code>")
    match = _LOOKUP.fullmatch(m)
    if match is None:
        raise BadRequest("Unable to parse query", f"not of the form metric{{key=value}}: {m}")
    pairs = [_pair(text) for text in match["pairs"].split(",")] if match["pairs"] else []
    return Lookup(_name(match["metric"]), pairs, _limit(limit))


def parse_lookup_json(body: bytes) -> Lookup:
    """The body of a POST request. BadRequest says what is wrong."""
    message = decoded(_decoder.decode, body or b"{}", partial(BadRequest, "Unable to parse the given JSON"))
    pairs = [(_name(pair.key), _name(pair.value)) for pair in message.tags]
    return Lookup(_name(message.metric), pairs, message.limit)


def _pair(text: str) -> tuple[str | None, str | None]:
    key, equals, value = text.partition("=")
    if not equals:
        raise BadRequest("Unable to parse query", f"invalid tag: {text}")
    return _name(key), _name(value)


def _name(text: str | None) -> str | None:
    """A name, None for an empty one or a star."""
    return text if text and text != "*" else None


def _limit(text: str | None) -> int:
    if not text:
        return _DEFAULT_LIMIT
    if not _INTEGER.fullmatch(text) or abs(int(text)) > _MAX_LIMIT:
        raise BadRequest(f"Unable to parse 'limit' as a number: {text}")
    return int(text)
