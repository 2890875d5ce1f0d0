"""Batch → `application/vnd.tdigest.v1+msgpack`: the inverse of `batch_msgpack`, for senders written in Python."""

from collections.abc import Iterable, Mapping

import msgpack

from tsdbserver.model.batch import Batch
from tsdbserver.model.series import SeriesKey
from tsdbserver.wire.batch import digest_codec
from tsdbserver.wire.batch.version import VERSION

_COUNTER, _GAUGE, _TREND = 0, 1, 3


class _Tables:
    """The string table, and the metrics and tag sets that point into it."""

    def __init__(self) -> None:
        self.strings: dict[str, int] = {}
        self.metrics: dict[tuple[int, int, int], int] = {}
        self.tag_sets: dict[tuple[int, ...], int] = {}

    def series(self, key: SeriesKey, kind: int, body: list[object]) -> list[object]:
        metric = (self._string(key.metric), kind, 0)
        tags = tuple(self._string(text) for pair in key.tags for text in pair)
        return [
            self.metrics.setdefault(metric, len(self.metrics)),
            self.tag_sets.setdefault(tags, len(self.tag_sets)),
            body,
        ]

    def _string(self, text: str) -> int:
        return self.strings.setdefault(text, len(self.strings))


def encode_batch(batch: Batch, flags: int = 0, source: Mapping[str, object] | None = None) -> bytes:
    """The message. Rates travel as what they are, digests over {0, 1}. `source` describes the sender, in its first
    batch.
    """
    tables = _Tables()
    series = [*_counters(tables, batch), *_gauges(tables, batch), *_trends(tables, batch)]
    message: dict[str, object] = {
        "v": VERSION,
        "iid": batch.key.instance,
        "seq": batch.key.sequence,
        "run": batch.run,
        **({"src": dict(source)} if source else {}),
        "t0": batch.start,
        "iv": batch.interval,
        "fl": flags,
        "pt": [1, 1],
        "st": list(tables.strings),
        "tg": [list(row) for row in tables.tag_sets],
        "mt": [list(row) for row in tables.metrics],
        "se": series,
        "n": batch.samples,
    }
    return bytes(msgpack.packb(message))


def _counters(tables: _Tables, batch: Batch) -> Iterable[list[object]]:
    fields = batch.counters.fields
    rows = zip(batch.counters.keys, fields["value"].tolist(), fields["count"].tolist(), strict=True)
    return (tables.series(key, _COUNTER, [total, int(count)]) for key, total, count in rows)


def _gauges(tables: _Tables, batch: Batch) -> Iterable[list[object]]:
    fields = batch.gauges.fields
    columns = [fields[name].tolist() for name in ("value", "at", "min", "max", "sum", "count")]
    rows = zip(batch.gauges.keys, *columns, strict=True)
    return (tables.series(key, _GAUGE, [*body, int(count)]) for key, *body, count in rows)


def _trends(tables: _Tables, batch: Batch) -> Iterable[list[object]]:
    digests = batch.distributions.digests
    rows = zip(
        batch.distributions.keys, digests.count.tolist(), digests.sum.tolist(), digests.min.tolist(),
        digests.max.tolist(), digest_codec.encode(digests, int(batch.compression)), strict=True,
    )  # fmt: skip
    return (
        tables.series(key, _TREND, [count, total, low, high, digest_codec.OWN, blob])
        for key, count, total, low, high, blob in rows
    )
