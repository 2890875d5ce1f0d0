"""The server's counts in OpenTSDB's form: a metric, a time, a value and tags, for `/api/stats`, `/stats` and the line
protocol.
"""

import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from tsdbserver.edge.core.services import Services
from tsdbserver.model.uid import NameKind
from tsdbserver.store.interface import StoreCounts


def _names(kind: NameKind, parts: Services, _: StoreCounts) -> int:
    return sum(1 for _ in parts.catalog.names(kind))


_STATS: tuple[tuple[str, dict[str, str], Callable[[Services, StoreCounts], int]], ...] = (
    ("tsd.batches.duplicate", {}, lambda parts, _: parts.ingest.counts.duplicates),
    ("tsd.batches.series_refused", {}, lambda parts, _: parts.ingest.counts.refused),
    ("tsd.batches.stored", {}, lambda parts, _: parts.ingest.counts.batches),
    ("tsd.datapoints.added", {"type": "all"}, lambda parts, _: parts.points.counts.stored),
    ("tsd.rpc.errors", {"type": "refused"}, lambda parts, _: parts.points.counts.refused),
    ("tsd.rpc.received", {"type": "put"}, lambda parts, _: parts.points.counts.requests),
    ("tsd.rpc.received", {"type": "telnet"}, lambda parts, _: parts.points.counts.lines),
    ("tsd.store.bytes", {}, lambda _, store: store.bytes),
    ("tsd.store.metrics", {}, lambda _, store: store.metrics),
    ("tsd.store.points", {"type": "overwritten"}, lambda _, store: store.overwritten),
    ("tsd.store.points", {"type": "refused"}, lambda _, store: store.refused),
    ("tsd.store.series", {}, lambda _, store: store.series),
    *(("tsd.uid.ids-used", {"kind": kind.value}, partial(_names, kind)) for kind in NameKind),
)
"""Metric, tags, and where the count is found, the store's being asked for once; names that OpenTSDB has mean what they
mean there.
"""


class Stat(NamedTuple):
    """A count as a point, its time in seconds."""

    metric: str
    timestamp: int
    value: str
    tags: Mapping[str, str]


def stats(parts: Services) -> list[Stat]:
    """The counts now; values are texts, as in OpenTSDB."""
    seconds, host = parts.now() // 1000, {"host": socket.gethostname()}
    store = parts.catalog.counts()
    return [Stat(metric, seconds, str(read(parts, store)), tags | host) for metric, tags, read in _STATS]


def stats_lines(parts: Services) -> list[str]:
    """The counts as lines `metric seconds value tag=value …`."""
    return [f"{s.metric} {s.timestamp} {s.value} {_words(s.tags)}" for s in stats(parts)]


def _words(tags: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in tags.items())
