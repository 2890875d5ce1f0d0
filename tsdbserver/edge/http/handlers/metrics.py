"""`/metrics`: the server's own counts, for Prometheus."""

import asyncio
from collections.abc import Callable, Iterator

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tsdbserver.edge.core.services import Services, services
from tsdbserver.ingest.points import ENTRANCES
from tsdbserver.model.refusal import CAUSES
from tsdbserver.store.interface import StoreCounts

Read = Callable[[Services, StoreCounts], int]
"""The server's parts, and the store's counts: looked at once, for that takes a while where there are many metrics."""

_COUNTERS: tuple[tuple[str, str, Read], ...] = (
    ("batches", "Digest batches stored.", lambda parts, _: parts.ingest.counts.batches),
    ("batches_duplicate", "Digest batches that were seen before.", lambda parts, _: parts.ingest.counts.duplicates),
    ("samples", "Samples in the batches stored.", lambda parts, _: parts.ingest.counts.samples),
    ("points", "Plain data points stored.", lambda parts, _: parts.points.counts.stored),
    ("points_invalid", "Plain data points that broke a rule.", lambda parts, _: parts.points.counts.refused),
    ("put_requests", "Requests with plain data points.", lambda parts, _: parts.points.counts.requests),
    ("telnet_lines", "Lines of the line protocol.", lambda parts, _: parts.points.counts.lines),
    ("series_refused", "Series of batches that were refused.", lambda parts, _: parts.ingest.counts.refused),
    ("points_overwritten", "Points and digests that made room for newer ones.", lambda _, store: store.overwritten),
    ("points_refused", "Points and digests that the store refused.", lambda _, store: store.refused),
)
_GAUGES: tuple[tuple[str, str, Read], ...] = (
    ("metrics", "Metrics in the store.", lambda _, store: store.metrics),
    ("series", "Series in the store.", lambda _, store: store.series),
    ("annotations", "Annotations kept.", lambda parts, _: parts.annotations.count),
    ("annotation_bytes", "Memory that they take.", lambda parts, _: parts.annotations.bytes),
    ("queries_running", "Queries that run now.", lambda parts, _: parts.queries.threads.running),
    ("queries_waiting", "Queries that wait for their turn.", lambda parts, _: parts.queries.threads.waiting),
    ("store_bytes", "Memory that the points take.", lambda _, store: store.bytes),
)


def _refusals(parts: Services) -> Iterator[Metric]:
    """What was not stored. Every label is there from the start, so that an alert sees the first loss as an increase."""
    points = CounterMetricFamily(
        "tsdbserver_points_lost", "Points and histograms that were not stored.", labels=["entrance", "cause"]
    )
    for entrance in ENTRANCES:
        for cause in CAUSES:
            points.add_metric([entrance, cause], parts.points.counts.refusals[entrance, cause])
    samples = CounterMetricFamily(
        "tsdbserver_samples_refused", "Samples of series that were refused in batches.", labels=["cause"]
    )
    for cause in CAUSES:
        samples.add_metric([cause], parts.ingest.counts.refused_samples[cause])
    yield from (points, samples)


class _Counts(Collector):
    def __init__(self, parts: Services) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        store = self._parts.catalog.counts()
        for name, text, read in _COUNTERS:
            yield CounterMetricFamily(f"tsdbserver_{name}", text, read(self._parts, store))
        for name, text, read in _GAUGES:
            yield GaugeMetricFamily(f"tsdbserver_{name}", text, read(self._parts, store))
        yield from _refusals(self._parts)


def register_counts(parts: Services) -> None:
    """Have what the parts count themselves shown with the rest."""
    parts.meters.registry.register(_Counts(parts))


async def get_metrics(request: web.Request) -> web.Response:
    """The counts in Prometheus' text format."""
    # In a thread: the memory of every metric's ring is added up.
    body = await asyncio.to_thread(generate_latest, services(request).meters.registry)
    return web.Response(body=body, content_type="text/plain", charset="utf-8")
