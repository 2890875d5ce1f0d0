"""Composition root: settings → store, planner, ingest, routes. The only place that knows every part."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

import orjson
from aiohttp import web

import aggregators
import tsdbserver
from tsdbserver.edge.core.bounded_pool import ThreadLimits, Threads
from tsdbserver.edge.core.point_service import PointsDoor
from tsdbserver.edge.core.query_executor import QueryDesk
from tsdbserver.edge.core.recent_logs import RecentLogs
from tsdbserver.edge.core.request_metrics import Meters, measured
from tsdbserver.edge.core.services import SERVICES, Services
from tsdbserver.edge.http.fast_put import PlainDoor
from tsdbserver.edge.http.handlers.metrics import register_counts
from tsdbserver.edge.http.middleware.auth import permit_by
from tsdbserver.edge.http.middleware.compression import compressed
from tsdbserver.edge.http.middleware.cors import cors
from tsdbserver.edge.http.middleware.errors import errors_answered
from tsdbserver.edge.http.middleware.jsonp import jsonp
from tsdbserver.edge.http.openapi.document import document
from tsdbserver.edge.http.routes import ENDPOINTS
from tsdbserver.edge.http.server.connection import attended, signed
from tsdbserver.edge.http.server.dispatch import Dispatcher
from tsdbserver.edge.http.server.expectation import expectations_met, leave
from tsdbserver.edge.http.server.mode import offered
from tsdbserver.edge.listener import HttpOptions, PortSite
from tsdbserver.edge.telnet.commands import offered_commands
from tsdbserver.edge.telnet.session import LineDoor
from tsdbserver.ingest.batches import Ingest
from tsdbserver.ingest.dedup import BatchLog
from tsdbserver.ingest.points import PointIngest
from tsdbserver.model.time import clock_ms
from tsdbserver.model.uid import NameKind
from tsdbserver.plugins.aggregators import load_plugins
from tsdbserver.plugins.filters import load_filters
from tsdbserver.query.planning.planner import PlanLimits, Planner
from tsdbserver.query.runner import QueryRunner
from tsdbserver.query.select.filter_types import built_in_filters
from tsdbserver.security.reload import Security
from tsdbserver.settings.opentsdb import opentsdb_settings
from tsdbserver.settings.table import Settings
from tsdbserver.store.annotations import AnnotationBook, AnnotationLimits
from tsdbserver.store.malloc_trim import trimmer
from tsdbserver.store.memory import RingStore
from tsdbserver.store.metric import RingLimits
from tsdbserver.wire.points.rules import PointRules

logger = logging.getLogger(__name__)

_UPKEEP_EVERY_S = 1
_OPEN_FOR_MS = 10_000
"""How long after its end an interval stays as it arrived, for late supplements."""

SECURITY = web.AppKey("security", Security)


def build_app(settings: Settings) -> web.Application:
    """The application that serves these settings; it owns the store. SettingError if a file of theirs is no use."""
    limits = RingLimits(settings.retention, settings.resolution, settings.max_series, settings.max_assigned_names)
    store, log = RingStore(limits), BatchLog()
    annotations = AnnotationBook(AnnotationLimits(settings.max_annotations, settings.max_annotation_bytes))
    registry, filters = aggregators.builtin(), built_in_filters()
    load_filters(filters)
    load_plugins(registry, settings.plugins_dir)
    planner = Planner(store, store, registry, filters, PlanLimits(settings.max_cells))
    threads = ThreadLimits(settings.max_queries, settings.max_waiting, settings.query_timeout)
    meters = Meters()
    middlewares = [
        attended,
        expectations_met,
        measured(meters),
        cors(settings.cors_domains, settings.cors_headers),
        compressed,
        jsonp,
        errors_answered,
    ]
    app = web.Application(client_max_size=settings.max_body, middlewares=middlewares)
    endpoints = tuple(offered(ENDPOINTS, settings.mode))
    points = PointIngest(
        store, store, lambda name: settings.auto_metric or store.uid(NameKind.METRIC, name) is not None
    )
    rules = PointRules(settings.max_tags, settings.tag_specialchars, settings.max_points)
    app[SERVICES] = Services(
        catalog=store,
        reader=store,
        writer=store,
        names=store,
        aggregators=registry,
        filters=filters,
        planner=planner,
        queries=QueryDesk(QueryRunner(planner, store, store, annotations), threads, settings.slow_query),
        lookups=Threads("look-up", threads),
        ingest=Ingest(store, log),
        points=points,
        rules=rules,
        door=PointsDoor(points, rules),
        annotations=annotations,
        now=clock_ms,
        openapi=orjson.dumps(document(endpoints, tsdbserver.__version__)),
        max_body=settings.max_body,
        patience=settings.client_timeout / 1000,
        config=opentsdb_settings(settings),
        meters=meters,
        logs=RecentLogs(),
    )
    register_counts(app[SERVICES])
    app[SECURITY] = Security(settings)
    dispatcher = Dispatcher(endpoints, permit_by(app[SECURITY].tokens))
    # One route for all: OpenTSDB's paths know no case, no version and no slash at their end.
    app.router.add_route("*", "/{path:.*}", dispatcher.answer, expect_handler=leave)
    app.on_response_prepare.append(signed)
    app.on_cleanup.append(_close_queries)
    app.cleanup_ctx.append(_recent_logs)
    app.cleanup_ctx.append(lambda app: _upkeep(app, store, log))
    return app


async def _close_queries(app: web.Application) -> None:
    app[SERVICES].queries.close()
    app[SERVICES].lookups.close()


async def _recent_logs(app: web.Application) -> AsyncIterator[None]:
    logging.getLogger().addHandler(app[SERVICES].logs)
    yield
    logging.getLogger().removeHandler(app[SERVICES].logs)


async def _upkeep(app: web.Application, store: RingStore, log: BatchLog) -> AsyncIterator[None]:
    give_back = trimmer()

    async def run() -> None:
        while True:
            await asyncio.sleep(_UPKEEP_EVERY_S)
            try:
                now = app[SERVICES].now()
                log.forget_silent(now)
                await asyncio.to_thread(store.compact, now - _OPEN_FOR_MS)
                await asyncio.to_thread(give_back)
            except Exception:
                logger.exception("upkeep failed, and will be tried again")

    task = asyncio.create_task(run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _plain_door(app: web.Application, settings: Settings) -> PlainDoor | None:
    """The quick way for puts; None where nothing is written, and where every request is logged."""
    if settings.mode == "ro" or logging.getLogger("tsdbserver.request").isEnabledFor(logging.DEBUG):
        return None
    return PlainDoor(app[SERVICES].door, app[SECURITY].tokens, app[SERVICES].meters)


async def start(settings: Settings) -> tuple[web.AppRunner, str]:
    """Listen; returns the runner to clean up and the URL. OSError if the address cannot be had, SettingError if a file
    of the settings is no use.
    """
    app = build_app(settings)
    security = app[SECURITY]
    runner = web.AppRunner(app, shutdown_timeout=settings.stop_timeout / 1000)
    await runner.setup()
    idle = settings.telnet_idle / 1000
    lines = LineDoor(app[SERVICES], offered_commands(settings.mode), security.tokens, idle, settings.max_line)
    options = HttpOptions(
        settings.max_connections, settings.client_timeout / 1000, settings.keepalive / 1000, settings.max_header
    )
    site = PortSite(runner, settings.listen, lines, options, _plain_door(app, settings), security.tls)
    app[SERVICES].meters.watch_connections(lambda: site.open, lambda: site.refused)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    bound_host, bound_port = runner.addresses[0][:2]
    shown = f"[{bound_host}]" if ":" in bound_host else bound_host
    security.warn()
    return runner, f"{'http' if security.tls is None else 'https'}://{shown}:{bound_port}"
