"""What handlers find in the application."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from aggregators import AggregatorRegistry
from tsdbserver.edge.core.bounded_pool import Threads
from tsdbserver.edge.core.point_service import PointsDoor
from tsdbserver.edge.core.query_executor import QueryDesk
from tsdbserver.edge.core.recent_logs import RecentLogs
from tsdbserver.edge.core.request_metrics import Meters
from tsdbserver.ingest.batches import Ingest
from tsdbserver.ingest.points import PointIngest
from tsdbserver.query.filters import FilterRegistry
from tsdbserver.query.planning.planner import Planner
from tsdbserver.store.interface import Annotations, Catalog, NameWriter, SeriesReader, SeriesWriter
from tsdbserver.wire.points.rules import PointRules


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running server. `now` gives the time in ms since the epoch; `max_body` bounds a body in bytes;
    `patience` is how long a client may take, in seconds.

    `config` are the settings as `/api/config` shows them.
    """

    catalog: Catalog
    reader: SeriesReader
    writer: SeriesWriter
    names: NameWriter
    aggregators: AggregatorRegistry
    filters: FilterRegistry
    planner: Planner
    queries: QueryDesk
    lookups: Threads
    ingest: Ingest
    points: PointIngest
    rules: PointRules
    door: PointsDoor
    annotations: Annotations
    now: Callable[[], int]
    openapi: bytes
    max_body: int
    patience: float
    config: Mapping[str, str]
    meters: Meters
    logs: RecentLogs


SERVICES = web.AppKey("services", Services)


def services(request: web.Request) -> Services:
    """The parts that serve this request."""
    return request.app[SERVICES]
