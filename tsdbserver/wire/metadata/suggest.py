"""What `/api/suggest` is asked: `type`, `q` and `max`, in a query string or a JSON object."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from tsdbserver.errors import BadRequest
from tsdbserver.model.uid import NameKind
from tsdbserver.wire.decoding import decoded

_DEFAULT_MAX = 25
_MAX_INT = (1 << 31) - 1
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}", re.ASCII)
_KINDS = {"metrics": NameKind.METRIC, "tagk": NameKind.TAG_KEY, "tagv": NameKind.TAG_VALUE}


class Suggestion(NamedTuple):
    """Names of a kind that begin with `text`, at most `most` of them."""

    kind: NameKind
    text: str
    most: int


# OpenTSDB takes every value as text, a number as its digits.
_decoder = msgspec.json.Decoder(dict[str, str | int | float | bool | None])


def parse_suggest_uri(parameters: Mapping[str, str]) -> Suggestion:
    """What a query string asks; BadRequest says what is wrong."""
    if not parameters.get("type"):
        raise BadRequest("Missing parameter <code>type</code>")
    return _parsed(parameters)


def parse_suggest_json(body: bytes) -> Suggestion:
    """What a body asks; BadRequest says what is wrong."""
    if not body:
        raise BadRequest("Missing message content", "Supply valid JSON formatted data in the body of your request")
    message = decoded(_decoder.decode, body, lambda reason: BadRequest("Unable to parse the given JSON", reason))
    texts = {name: str(value) for name, value in message.items() if value is not None}
    if not texts.get("type"):
        raise BadRequest("Missing 'type' parameter")
    return _parsed(texts)


def _parsed(texts: Mapping[str, str]) -> Suggestion:
    kind = _KINDS.get(texts["type"])
    most = _most(texts.get("max", ""))
    if kind is None:
        raise BadRequest(f"Invalid 'type' parameter:{texts['type']}")
    return Suggestion(kind, texts.get("q", ""), most)


def _most(text: str) -> int:
    if not text:
        return _DEFAULT_MAX
    if not _INTEGER.fullmatch(text) or int(text) > _MAX_INT:
        raise BadRequest("Unable to parse 'max' as a number")
    return int(text) if int(text) > 0 else _DEFAULT_MAX
