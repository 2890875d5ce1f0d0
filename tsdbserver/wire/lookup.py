"""`metric{key=value}` and its JSON form → Lookup."""

import re

import msgspec

from tsdbserver.errors import BadRequest
from tsdbserver.model.lookup import Lookup

_DEFAULT_LIMIT = 25
_LOOKUP = re.compile(r"(?P<metric>[^{}]*)(?:\{(?P<pairs>[^{}]*)\})?")


class _Pair(msgspec.Struct):
    key: str | None = None
    value: str | None = None


class _Lookup(msgspec.Struct):
    metric: str | None = None
    tags: list[_Pair] = []
    limit: int = _DEFAULT_LIMIT


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
    try:
        message = _decoder.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest("Unable to parse the given JSON", str(error)) from None
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
    try:
        return int(text) if text else _DEFAULT_LIMIT
    except ValueError:
        raise BadRequest(f"Unable to parse 'limit' as a number: {text}") from None
