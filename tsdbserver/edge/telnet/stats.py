"""The server's counts as OpenTSDB's `stats` prints them: `metric time value tags`, one a line."""

import socket
from collections.abc import Callable, Iterator

from tsdbserver.edge.http.state import Services

STATS: tuple[tuple[str, str, Callable[[Services], int]], ...] = (
    ("tsd.rpc.received", "type=put", lambda parts: parts.points.counts.requests),
    ("tsd.rpc.received", "type=telnet", lambda parts: parts.points.counts.lines),
    ("tsd.datapoints.added", "type=all", lambda parts: parts.points.counts.stored),
    ("tsd.rpc.errors", "type=refused", lambda parts: parts.points.counts.refused),
    ("tsd.ingest.batches", "type=stored", lambda parts: parts.ingest.counts.batches),
    ("tsd.ingest.batches", "type=duplicate", lambda parts: parts.ingest.counts.duplicates),
    ("tsd.store.metrics", "type=all", lambda parts: parts.catalog.counts().metrics),
    ("tsd.store.series", "type=all", lambda parts: parts.catalog.counts().series),
    ("tsd.store.bytes", "type=points", lambda parts: parts.catalog.counts().bytes),
    ("tsd.store.points", "type=overwritten", lambda parts: parts.catalog.counts().overwritten),
    ("tsd.store.points", "type=refused", lambda parts: parts.catalog.counts().refused),
)
"""Metric, tag and where the count is found."""


def stats_lines(parts: Services) -> Iterator[str]:
    """A line for each count, in seconds of now."""
    seconds, host = parts.now() // 1000, socket.gethostname()
    for metric, tag, read in STATS:
        yield f"{metric} {seconds} {read(parts)} {tag} host={host}"
