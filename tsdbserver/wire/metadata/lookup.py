"""`metric{key=value}` and its JSON form → Lookup, and the answer's JSON."""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated

import msgspec
import orjson

from tsdbserver.errors import BadRequest
from tsdbserver.model.lookup import FoundSeries, Lookup, Pair, VocabularyOf, wanted
from tsdbserver.wire.decoding import decoded
from tsdbserver.wire.metadata.lookup_pairs import read_pairs
from tsdbserver.wire.query.common import check_count

_DEFAULT_LIMIT = 25
_MAX_LIMIT = (1 << 31) - 1
"""OpenTSDB counts results in 32 bits."""
_MAX_PAIRS = 10_000
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_SHORTEST_PAIR = 2


class _Pair(msgspec.Struct):
    key: str | None = None
    value: str | None = None


class _Lookup(msgspec.Struct):
    metric: str | None = "*"
    tags: list[_Pair] | None = None
    limit: Annotated[int, msgspec.Meta(ge=-_MAX_LIMIT - 1, le=_MAX_LIMIT)] = _DEFAULT_LIMIT


# Not strict: OpenTSDB takes "5" for 5.
_decoder = msgspec.json.Decoder(_Lookup, strict=False)


def parse_lookup_uri(m: str | None, limit: str | None, vocabulary_of: VocabularyOf | None = None) -> Lookup:
    """The parameters of a GET request. BadRequest says what is wrong. With `vocabulary_of` names may hold any
    character, else none that parts them.
    """
    if not m:
        raise BadRequest("Missing parameter <code>m</code>")
    metric, brace, rest = m.partition("{")
    if brace and not rest.endswith("}"):
        raise BadRequest("Unable to parse query", f"Missing '}}' at the end of: {m}")
    text = rest[:-1]
    if not text:
        pairs: list[Pair] = []
    elif vocabulary_of is None:
        pairs = list(_pairs(text))
    else:
        metric = metric.strip()
        pairs = list(read_pairs(text, vocabulary_of(wanted(metric))))
    return _checked(Lookup(metric or None, pairs, _limit(limit)))


def parse_lookup_json(body: bytes) -> Lookup:
    """The body of a POST request. BadRequest says what is wrong."""
    message = decoded(_decoder.decode, body, partial(BadRequest, "Unable to parse the given JSON"))
    pairs = None if message.tags is None else [(pair.key, pair.value) for pair in message.tags]
    return _checked(Lookup(message.metric, pairs, message.limit))


def _checked(lookup: Lookup) -> Lookup:
    if lookup.metric is None and not lookup.pairs:
        raise BadRequest("Missing metric and tags. Please supply at least one value.")
    check_count("tags", len(lookup.pairs or ()), _MAX_PAIRS)
    return lookup


def _pairs(text: str) -> Iterable[Pair]:
    return map(_pair, text.split(","))


def _pair(text: str) -> Pair:
    if len(text) < _SHORTEST_PAIR:
        raise BadRequest("Unable to parse query", f"When parsing tag '{text}': Missing tag pair")
    if text[0] == "=":
        return None, text[1:]
    if text[-1] == "=":
        return text[:-1], None
    key, equals, value = text.partition("=")
    if not equals or "=" in value:
        raise BadRequest("Unable to parse query", f"When parsing tag '{text}': invalid tag: {text}")
    return key, value


def _limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    if not _INTEGER.fullmatch(text) or not -_MAX_LIMIT <= int(text) <= _MAX_LIMIT:
        raise BadRequest("Unable to convert 'limit' to a valid number", f"not an integer of 32 bits: {text}")
    return int(text)


def render_lookup(lookup: Lookup, found: Sequence[FoundSeries], took: float) -> bytes:
    """The answer: the question as it was asked, and the series found within `took` ms."""
    asked: dict[str, object] = {"type": "LOOKUP"}
    if lookup.metric is not None:
        asked["metric"] = lookup.metric
    if lookup.pairs is not None:
        asked["tags"] = [{"key": key, "value": value} for key, value in lookup.pairs]
    return orjson.dumps(
        {
            **asked,
            "limit": lookup.limit,
            "time": round(took, 3),
            "results": [{"tsuid": series.tsuid, "metric": series.metric, "tags": series.tags} for series in found],
            "startIndex": 0,
            "totalResults": len(found),
        }
    )
