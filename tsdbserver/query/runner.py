"""A whole query: its plans run one after the other, and what its asker wants to know of each result joins it."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from tsdbserver.model.query import Query, SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import TimeSpan
from tsdbserver.query.annotated import annotated, notes_of
from tsdbserver.query.engine import run
from tsdbserver.query.plan import Plan
from tsdbserver.query.planner import Planner
from tsdbserver.query.suiting import suited
from tsdbserver.query.tsuids import tsuids
from tsdbserver.query.watch import Watch
from tsdbserver.query.watched_reader import WatchedReader
from tsdbserver.store.interface import Annotations, Catalog, SeriesReader


class QueryRunner:
    """Answers queries from a store. May be called from any thread."""

    def __init__(
        self,
        planner: Planner,
        catalog: Catalog,
        reader: SeriesReader,
        annotations: Annotations,
        watch: Watch | None = None,
    ) -> None:
        self._planner = planner
        self._catalog = catalog
        self._reader: SeriesReader = reader if watch is None else WatchedReader(reader, watch)
        self._annotations = annotations
        self._watch = watch

    def watched(self, watch: Watch) -> "QueryRunner":
        """The same for one query, of which `watch` is told everything."""
        return QueryRunner(self._planner, self._catalog, self._reader, self._annotations, watch)

    def run(self, query: Query) -> list[ResultSeries]:
        """The results of all sub queries in their order. BadQuery before anything is read if one makes no sense."""
        plans = [self._plan(sub, query.span, query) for sub in query.sub_queries]
        return [result for plan in plans for result in suited(self._results(plan, query), plan.quantile, query.profile)]

    def read(self, sub: SubQuery, span: TimeSpan, query: Query) -> list[ResultSeries]:
        """All that is read to answer one sub query over `span`, and so more than lies within it."""
        plan = self._plan(sub, span, query)
        return self._results(replace(plan, answer=plan.scan), query)

    @property
    def most_cells(self) -> int:
        """How many cells of series × slots may be laid out at once."""
        return self._planner.limits.cells

    def _plan(self, sub: SubQuery, span: TimeSpan, query: Query) -> Plan:
        with self._stage("plan"):
            plan = self._planner.plan(sub, span, query.timezone, query.profile.knows_only_names)
        if self._watch is not None:
            self._watch.note_plan(plan)
        return plan

    def _results(self, plan: Plan, query: Query) -> list[ResultSeries]:
        with self._stage("aggregate"):
            return self._described(run(plan, self._reader), plan, query)

    def _stage(self, name: str) -> AbstractContextManager[None]:
        return nullcontext() if self._watch is None else self._watch.stage(name)

    def _described(self, results: list[ResultSeries], plan: Plan, query: Query) -> list[ResultSeries]:
        if query.shown.tsuids:
            ids = tsuids(plan.series, self._catalog)
            results = [replace(r, tsuids=sorted(map(ids.__getitem__, r.members().tolist()))) for r in results]
        if query.shown.annotations:
            notes = notes_of(plan, self._annotations, self._catalog, self._reader)
            results = annotated(results, plan, query, self._annotations, notes)
        return results
