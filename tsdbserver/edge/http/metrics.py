"""`/metrics`: the server's own counts, for Prometheus."""

from collections.abc import Callable, Iterator

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tsdbserver.edge.http.state import Services, services

_COUNTERS: tuple[tuple[str, str, Callable[[Services], int]], ...] = (
    ("batches", "Digest batches stored.", lambda parts: parts.ingest.counts.batches),
    ("batches_duplicate", "Digest batches that were seen before.", lambda parts: parts.ingest.counts.duplicates),
    ("samples", "Samples in the batches stored.", lambda parts: parts.ingest.counts.samples),
    ("points", "Plain data points stored.", lambda parts: parts.points.counts.stored),
    ("points_invalid", "Plain data points that broke a rule.", lambda parts: parts.points.counts.refused),
    ("put_requests", "Requests with plain data points.", lambda parts: parts.points.counts.requests),
    ("telnet_lines", "Lines of the line protocol.", lambda parts: parts.points.counts.lines),
    ("series_refused", "Series of batches that were refused.", lambda parts: parts.ingest.counts.refused),
    (
        "points_overwritten",
        "Points and digests that made room for newer ones.",
        lambda parts: parts.catalog.counts().overwritten,
    ),
    ("points_refused", "Points and digests that the store refused.", lambda parts: parts.catalog.counts().refused),
)
_GAUGES: tuple[tuple[str, str, Callable[[Services], int]], ...] = (
    ("metrics", "Metrics in the store.", lambda parts: parts.catalog.counts().metrics),
    ("series", "Series in the store.", lambda parts: parts.catalog.counts().series),
    ("annotations", "Annotations kept.", lambda parts: parts.annotations.count),
    ("annotation_bytes", "Memory that they take.", lambda parts: parts.annotations.bytes),
    ("queries_running", "Queries that run now.", lambda parts: parts.queries.running),
    ("queries_waiting", "Queries that wait for their turn.", lambda parts: parts.queries.waiting),
    ("store_bytes", "Memory that the points take.", lambda parts: parts.catalog.counts().bytes),
)


class _Counts(Collector):
    def __init__(self, parts: Services) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        for name, text, read in _COUNTERS:
            yield CounterMetricFamily(f"tsdbserver_{name}", text, read(self._parts))
        for name, text, read in _GAUGES:
            yield GaugeMetricFamily(f"tsdbserver_{name}", text, read(self._parts))


def register_counts(parts: Services) -> None:
    """Have what the parts count themselves shown with the rest."""
    parts.meters.registry.register(_Counts(parts))


async def get_metrics(request: web.Request) -> web.Response:
    """The counts in Prometheus' text format."""
    body = generate_latest(services(request).meters.registry)
    return web.Response(body=body, content_type="text/plain", charset="utf-8")
