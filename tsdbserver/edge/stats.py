"""The server's counts in OpenTSDB's form: a metric, a time, a value and tags, for `/api/stats`, `/stats` and the line
protocol.
"""

import socket
from collections.abc import Callable

from tsdbserver.edge.http.state import Services

_STATS: tuple[tuple[str, str, Callable[[Services], int]], ...] = (
    ("tsd.rpc.received", "put", lambda parts: parts.points.counts.requests),
    ("tsd.rpc.received", "telnet", lambda parts: parts.points.counts.lines),
    ("tsd.rpc.errors", "refused", lambda parts: parts.points.counts.refused),
    ("tsd.datapoints.added", "all", lambda parts: parts.points.counts.stored),
    ("tsd.ingest.batches", "stored", lambda parts: parts.ingest.counts.batches),
    ("tsd.ingest.batches", "duplicate", lambda parts: parts.ingest.counts.duplicates),
    ("tsd.ingest.series", "refused", lambda parts: parts.ingest.counts.refused),
    ("tsd.store.metrics", "all", lambda parts: parts.catalog.counts().metrics),
    ("tsd.store.series", "all", lambda parts: parts.catalog.counts().series),
    ("tsd.store.bytes", "points", lambda parts: parts.catalog.counts().bytes),
    ("tsd.store.points", "overwritten", lambda parts: parts.catalog.counts().overwritten),
    ("tsd.store.points", "refused", lambda parts: parts.catalog.counts().refused),
)
"""Metric, the tag `type`, and where the count is found."""


def stats(parts: Services) -> list[dict[str, object]]:
    """The counts as points; values are texts, as in OpenTSDB."""
    seconds, host = parts.now() // 1000, socket.gethostname()
    return [
        {"metric": metric, "timestamp": seconds, "value": str(read(parts)), "tags": {"type": kind, "host": host}}
        for metric, kind, read in _STATS
    ]


def stats_lines(parts: Services) -> list[str]:
    """The counts as lines `metric seconds value tag=value …`."""
    seconds, host = parts.now() // 1000, socket.gethostname()
    return [f"{metric} {seconds} {read(parts)} type={kind} host={host}" for metric, kind, read in _STATS]
