"""`application/vnd.tdigest.v1+msgpack`: what the k6 extension sends. The format is told in docs/wire-format.md."""

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

import msgspec

from tsdbserver.errors import BadBatch
from tsdbserver.model.batch import Batch, BatchKey
from tsdbserver.model.refusal import TAGS
from tsdbserver.model.series import SeriesKey, TagSet
from tsdbserver.wire.batch.builder import (
    MAX_SERIES,
    BatchBuilder,
    Refused,
    check_name,
    check_sequence,
    check_tags,
)
from tsdbserver.wire.batch.version import INSTANCE_BYTES, check_version
from tsdbserver.wire.decoding import decoded


class _Version(msgspec.Struct):
    v: int


class _Body(msgspec.Struct):
    """The message as it stands; keys that are not named here (`src`, `ac` …) are ignored."""

    iid: bytes
    seq: int
    t0: int
    iv: int
    st: list[str]
    tg: list[list[int]]
    mt: list[tuple[int, int, int]]
    se: list[tuple[int, int, list[int | float | bytes]]]
    run: str = ""


_version = msgspec.msgpack.Decoder(_Version)
_body = msgspec.msgpack.Decoder(_Body)


def parse_batch(body: bytes) -> Batch:
    """The batch in `body`; BadBatch says what is wrong with it. Series that cannot be read are refused one by one."""
    message = _decode(body)
    if len(message.iid) != INSTANCE_BYTES:
        raise BadBatch(f"iid has {len(message.iid)} bytes, not {INSTANCE_BYTES}")
    check_sequence(message.seq)
    if len(message.se) > MAX_SERIES:
        raise BadBatch(f"{len(message.se)} series, maximum allowed: {MAX_SERIES}")
    builder = BatchBuilder(BatchKey(message.iid, message.seq), message.t0, message.iv)
    _add_series(builder, message)
    return builder.build(message.run, blake2b(body, digest_size=8).digest())


def _decode(body: bytes) -> _Body:
    check_version(decoded(_version.decode, body, _not_understood).v)
    return decoded(_body.decode, body, _not_understood)


def _not_understood(reason: str) -> BadBatch:
    return BadBatch(f"the body is not a msgpack batch: {reason}")


def _add_series(builder: BatchBuilder, message: _Body) -> None:
    metrics = [_attempt(partial(_metric, message.st, row)) for row in message.mt]
    tag_sets = [_attempt(partial(_tags, message.st, row)) for row in message.tg]
    for position, (metric, tags, body) in enumerate(message.se):
        read = partial(_read_series, builder, position, metrics, tag_sets, metric, tags, body)
        builder.add(position, read, _samples(message, metric, body))


def _samples(message: _Body, metric: int, body: Sequence[int | float | bytes]) -> object:
    """How many samples a series says that it stands for, which may be anything; 0 if it does not say."""
    kind = message.mt[metric][1] if 0 <= metric < len(message.mt) else -1
    at = _SAMPLES_AT.get(kind, len(body))
    return body[at] if at < len(body) else 0


def _attempt(read: Callable[[], Any]) -> Any:
    """What a table row says, or its refusal, which then meets every series that uses the row."""
    try:
        return read()
    except Refused as reason:
        return reason


def _string(strings: Sequence[str], index: int) -> str:
    if not 0 <= index < len(strings):
        raise Refused(f"string {index} is not in the table of {len(strings)}")
    return strings[index]


def _metric(strings: Sequence[str], row: tuple[int, int, int]) -> tuple[str, int]:
    name, kind, _ = row
    if kind not in _READERS:
        raise Refused(f"unknown metric type {kind}")
    return check_name(_string(strings, name), "a metric name"), kind


def _tags(strings: Sequence[str], row: Sequence[int]) -> TagSet:
    if len(row) % 2:
        raise Refused("a tag set is not made of pairs", TAGS)
    texts = [_string(strings, index) for index in row]
    return check_tags(dict(zip(texts[::2], texts[1::2], strict=True)))


def _at(table: Sequence[Any], index: int, what: str) -> Any:
    if not 0 <= index < len(table):
        raise Refused(f"{what} {index} is not in the table of {len(table)}")
    if isinstance(table[index], Refused):
        raise table[index]
    return table[index]


def _read_series(
    builder: BatchBuilder,
    position: int,
    metrics: Sequence[Any],
    tag_sets: Sequence[Any],
    metric: int,
    tags: int,
    body: Sequence[int | float | bytes],
) -> None:
    name, kind = _at(metrics, metric, "metric")
    types, add = _READERS[kind]
    if len(body) < len(types) or not all(map(isinstance, body, types)):
        raise Refused(f"the body of a series of type {kind} has the wrong shape")
    add(builder, position, SeriesKey(name, _at(tag_sets, tags, "tag set")), *body[: len(types)])


_number = (int, float)
_READERS: dict[int, tuple[tuple[Any, ...], Callable[..., None]]] = {
    0: ((_number, int), BatchBuilder.counter),
    1: ((_number, _number, _number, _number, _number, int), BatchBuilder.gauge),
    2: ((int, int), BatchBuilder.rate),
    3: ((int, _number, _number, _number, int, bytes), BatchBuilder.trend),
}
"""By metric type: what its body holds, and who takes it."""
_SAMPLES_AT = {0: 1, 1: 5, 2: 1, 3: 0}
"""By metric type: where in its body the number of samples is."""
