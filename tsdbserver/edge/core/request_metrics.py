"""What is counted of requests, for `/metrics`. The labels are few: rows of the URL table, and known methods."""

import logging
from collections.abc import Callable, Iterator
from time import perf_counter

from aiohttp import web
from aiohttp.typedefs import Middleware
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from tsdbserver.edge.http.server.dispatch import METHODS, row_path
from tsdbserver.edge.http.server.route import Handler

log = logging.getLogger("tsdbserver.request")

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds in seconds: a put of one point takes less than the first, and the last is where queries are given up."""

GONE = "gone"
"""The status of a request whose client left before it was answered."""


class Meters:
    """Counters and histograms of one server; `registry` has them and whatever else is registered there."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "tsdbserver_requests", "Requests answered.", ["endpoint", "method", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "tsdbserver_request_seconds", "From a request's head until its answer is made.", ["endpoint"],
            registry=self.registry, buckets=_BUCKETS,
        )  # fmt: skip
        self._labelled: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}

    def watch_connections(self, open_now: Callable[[], int], refused: Callable[[], int]) -> None:
        """Show how many connections there are, and how many were one too many."""
        self.registry.register(_Connections(open_now, refused))

    def note(self, endpoint: str, method: str, status: str, seconds: float) -> None:
        """A request is done."""
        key = endpoint, method if method in METHODS else "other", status
        pair = self._labelled.get(key)
        if pair is None:  # finding a child by its labels takes longer than counting
            pair = self._labelled[key] = self._requests.labels(*key), self._seconds.labels(endpoint)
        count, times = pair
        count.inc()
        times.observe(seconds)


class _Connections(Collector):
    def __init__(self, open_now: Callable[[], int], refused: Callable[[], int]) -> None:
        self._open, self._refused = open_now, refused

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("tsdbserver_connections", "Connections that are open.", self._open())
        yield CounterMetricFamily(
            "tsdbserver_connections_refused", "Connections past max-connections.", self._refused()
        )


def measured(meters: Meters) -> Middleware:
    """Counts every request, and logs it at level debug: the path without its query string, no header and no body."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        began, status = perf_counter(), GONE
        try:
            response = await handler(request)
            status = str(response.status)
            return response
        finally:
            took = perf_counter() - began
            meters.note(row_path(request), request.method, status, took)
            if log.isEnabledFor(logging.DEBUG):
                fields = {"method": request.method, "path": request.path, "status": status, "ms": round(took * 1000, 2)}
                log.debug("request", extra={"fields": fields})

    return middleware
