"""The server's counts in OpenTSDB's form: a metric, a time, a value and tags, for `/api/stats`, `/stats` and the line
protocol.
"""

import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from tsdbserver.edge.http.state import Services
from tsdbserver.model.uid import NameKind


def _names(kind: NameKind, parts: Services) -> int:
    return sum(1 for _ in parts.catalog.names(kind))


_STATS: tuple[tuple[str, dict[str, str], Callable[[Services], int]], ...] = (
    ("tsd.batches.duplicate", {}, lambda parts: parts.ingest.counts.duplicates),
    ("tsd.batches.series_refused", {}, lambda parts: parts.ingest.counts.refused),
    ("tsd.batches.stored", {}, lambda parts: parts.ingest.counts.batches),
    ("tsd.datapoints.added", {"type": "all"}, lambda parts: parts.points.counts.stored),
    ("tsd.rpc.errors", {"type": "refused"}, lambda parts: parts.points.counts.refused),
    ("tsd.rpc.received", {"type": "put"}, lambda parts: parts.points.counts.requests),
    ("tsd.rpc.received", {"type": "telnet"}, lambda parts: parts.points.counts.lines),
    ("tsd.store.bytes", {}, lambda parts: parts.catalog.counts().bytes),
    ("tsd.store.metrics", {}, lambda parts: parts.catalog.counts().metrics),
    ("tsd.store.points", {"type": "overwritten"}, lambda parts: parts.catalog.counts().overwritten),
    ("tsd.store.points", {"type": "refused"}, lambda parts: parts.catalog.counts().refused),
    ("tsd.store.series", {}, lambda parts: parts.catalog.counts().series),
    *(("tsd.uid.ids-used", {"kind": kind.value}, partial(_names, kind)) for kind in NameKind),
)
"""Metric, tags, and where the count is found; names that OpenTSDB has mean what they mean there."""


class Stat(NamedTuple):
    """A count as a point, its time in seconds."""

    metric: str
    timestamp: int
    value: str
    tags: Mapping[str, str]


def stats(parts: Services) -> list[Stat]:
    """The counts now; values are texts, as in OpenTSDB."""
    seconds, host = parts.now() // 1000, {"host": socket.gethostname()}
    return [Stat(metric, seconds, str(read(parts)), tags | host) for metric, tags, read in _STATS]


def stats_lines(parts: Services) -> list[str]:
    """The counts as lines `metric seconds value tag=value …`."""
    return [f"{s.metric} {s.timestamp} {s.value} {_words(s.tags)}" for s in stats(parts)]


def _words(tags: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in tags.items())
