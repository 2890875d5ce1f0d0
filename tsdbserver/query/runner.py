"""A whole query: its plans run one after the other, and what its asker wants to know of each result joins it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import pairwise

from tsdbserver.model.query import Query, SubQuery
from tsdbserver.model.result import Answer, Cost, ResultSeries
from tsdbserver.model.time import TimeSpan
from tsdbserver.model.uid import NameKind
from tsdbserver.query.control.budget import Budget
from tsdbserver.query.control.cost import SMALL, cost, is_planned_quickly
from tsdbserver.query.control.trace import Watch
from tsdbserver.query.control.tracing_reader import WatchedReader
from tsdbserver.query.execution.engine import run
from tsdbserver.query.planning.plan import Plan
from tsdbserver.query.planning.planner import Planner
from tsdbserver.query.presentation.annotations import Notes, annotated, notes_of
from tsdbserver.query.presentation.dialect import suited
from tsdbserver.query.presentation.events import announced, in_seconds, with_silent_series
from tsdbserver.query.select.tsuids import tsuids
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
        self._plans: list[Plan] | None = None

    def watched(self, watch: Watch) -> "QueryRunner":
        """The same for one query, of which `watch` is told everything."""
        return QueryRunner(self._planner, self._catalog, self._reader, self._annotations, watch)

    def run(self, query: Query) -> list[ResultSeries]:
        """The results of all sub queries in their order. BadQuery before anything is read if one makes no sense."""
        return list(self.answer(query).results)

    def answer(self, query: Query) -> Answer:
        """As `run`, with what each sub query cost."""
        if self._watch is None:
            return self.watched(Watch()).answer(query)
        plans = self._plans or self._planned(query)
        results: list[ResultSeries] = []
        budget = Budget(self.most_cells)
        moments = [self._watch.seconds()]
        for plan in plans:
            answered = self._answered(plan, query)
            budget.take(answered)
            results += answered
            moments.append(self._watch.seconds())
        if query.profile.shows_events and query.shown.annotations:
            results = list(map(in_seconds, announced(results, query, self._annotations)))
        return Answer(results, [_cost(before, after) for before, after in pairwise(moments)])

    def is_small(self, query: Query) -> bool:
        """Whether it takes less time to answer than to find a thread for it: few numbers of few series, of metrics that
        are quickly searched. For a watched runner, whose query it is, and which has made its plans then.
        """
        if not is_planned_quickly(query, self._catalog, self._annotations):
            return False
        self._plans = self._planned(query)
        return sum(cost(plan, self._reader) for plan in self._plans) <= SMALL

    def _planned(self, query: Query) -> list[Plan]:
        return [self._plan(sub, query.span, query) for sub in query.sub_queries]

    def read(self, sub: SubQuery, span: TimeSpan, query: Query) -> list[ResultSeries]:
        """All that is read to answer one sub query over `span`, and so more than lies within it."""
        plan = self._plan(sub, span, query)
        return self._results(replace(plan, answer=plan.scan), query, self._notes(plan, query))

    @property
    def most_cells(self) -> int:
        """How many cells of series × slots may be laid out at once."""
        return self._planner.limits.cells

    def _plan(self, sub: SubQuery, span: TimeSpan, query: Query) -> Plan:
        with self.stage("plan"):
            plan = self._planner.plan(sub, span, query.timezone, query.profile)
        if self._watch is not None:
            self._watch.note_plan(plan)
        return plan

    def _answered(self, plan: Plan, query: Query) -> list[ResultSeries]:
        notes = self._notes(plan, query)
        results = suited(self._results(plan, query, notes), plan.quantile, query.profile, plan.tag_keys)
        return with_silent_series(results, plan, query, notes) if query.profile.shows_events else results

    def _results(self, plan: Plan, query: Query, notes: Notes | None) -> list[ResultSeries]:
        with self.stage("aggregate"):
            results = run(plan, self._reader)
        with self.stage("describe"):
            return self._described(results, plan, query, notes)

    def stage(self, name: str) -> AbstractContextManager[None]:
        """The block is this stage of the query, and does not begin if nobody waits for the answer any more."""
        return nullcontext() if self._watch is None else self._watch.stage(name)

    def _described(
        self, results: list[ResultSeries], plan: Plan, query: Query, notes: Notes | None
    ) -> list[ResultSeries]:
        if query.shown.query:
            keys = self._catalog.uids(NameKind.TAG_KEY, [spec.tag_key for spec in plan.sub_query.filters])
            known = sorted(set(keys.tolist()) - {0})
            results = [replace(result, filter_keys=known) for result in results]
        if query.shown.tsuids:
            ids = tsuids(plan.series, self._catalog)
            results = [replace(r, tsuids=sorted(map(ids.__getitem__, r.members().tolist()))) for r in results]
        return annotated(results, query, self._annotations, notes)

    def _notes(self, plan: Plan, query: Query) -> Notes | None:
        return notes_of(plan, self._annotations, self._catalog, self._reader) if query.shown.annotations else None


def _cost(before: Mapping[str, float], after: Mapping[str, float]) -> Cost:
    read, aggregate, describe = (
        1000 * (after.get(stage, 0.0) - before.get(stage, 0.0)) for stage in ("read", "aggregate", "describe")
    )
    return Cost(read, aggregate, describe)
