"""Planner: names into values. Every error that a client can cause appears here, before anything is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo

import numpy as np

from aggregators import (
    SKIP,
    ZERO,
    Aggregator,
    AggregatorRegistry,
    FillFunction,
    FillPolicy,
    OverTime,
    UnknownAggregator,
)
from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import FAITHFUL, Profile
from tsdbserver.model.metric import MetricInfo, MetricKind, Nature
from tsdbserver.model.query import SubQuery
from tsdbserver.model.time import TimeSpan, clock_ms
from tsdbserver.query.execution.histograms import histogram_parts
from tsdbserver.query.execution.rate import hold
from tsdbserver.query.filters import FilterRegistry
from tsdbserver.query.planning.plan import Plan
from tsdbserver.query.planning.window import check_size, window_of
from tsdbserver.query.select.derived_metrics import Companions
from tsdbserver.query.select.selector import Selector
from tsdbserver.query.select.sources import SampleBuckets, Samples, Source
from tsdbserver.store.interface import Catalog, SeriesReader

_GAPS = {Nature.AMOUNT: ZERO, Nature.REPORTED_LEVEL: SKIP}
"""What a gap means by the nature of the numbers, whatever aggregates them."""
_OPTIONS = ("rate", "percentiles", "show-histogram-buckets", "explicit_tags", "pre-agg")
_FIRST = "The aggregator stands first, before what else is asked of a metric: sum:1m-avg:rate:explicit_tags:metric"


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """`cells` bounds series × slots of one sub query (and so its memory: about 40 bytes a cell)."""

    cells: int = 20_000_000


class Planner:
    """Plans sub queries against the registries and what the store holds."""

    def __init__(
        self,
        catalog: Catalog,
        reader: SeriesReader,
        aggregators: AggregatorRegistry,
        filters: FilterRegistry,
        limits: PlanLimits = PlanLimits(),
        clock: Callable[[], int] = clock_ms,
    ) -> None:
        self.clock = clock
        self._aggregators = aggregators
        self.limits = limits
        self.companions = Companions(aggregators)
        self._selector = Selector(catalog, reader, filters, self.companions)

    def plan(self, sub: SubQuery, span: TimeSpan, zone: tzinfo = UTC, profile: Profile = FAITHFUL) -> Plan:
        """The plan of one sub query over `span`, with calendar slots by the clocks of `zone`.

        BadQuery names the thing and the value that is wrong. Whether a name that was never stored is wrong, or the plan
        has no series, the profile says.
        """
        aggregator = self._aggregator(sub.aggregator, "aggregation")
        downsampler = self._aggregator(sub.downsample.function, "downsampling") if sub.downsample else None
        selection = self._selector.select(sub, profile)
        series, metric = selection.series, selection.series.metric
        parts = histogram_parts(sub, metric)
        if parts and selection.numbers:
            series = series.take(np.empty(0, np.intp))  # a histogram query sees no numbers
        source = parts or selection.numbers or _of_digests(metric, aggregator, downsampler, profile)
        # Of a metric that is yet to come nobody knows what functions mean on it.
        if profile.knows_only_names or len(series):
            _check_roles(selection.name, source, aggregator, downsampler)
        _check_rate(selection.name, sub, source)
        # What k6 reports of an interval is about that interval: other tests of the same hour must not reach into the
        # answer.
        exact = metric.kind is not MetricKind.POINT
        scan, grid = window_of(sub.slots, span, zone, exact, self.limits.cells)
        if grid is not None:
            check_size(len(series), len(grid), self.limits.cells)
        return Plan(
            sub_query=sub,
            metric=selection.name,
            series=series,
            group_by=selection.group_by if aggregator.merges_series else tuple(series.tags),
            aggregator=aggregator.under(sub.fill),
            downsampler=downsampler,
            fill=sub.fill,
            rate=None if parts else sub.rate,
            fill_gaps=_fill_gaps(source.nature, downsampler, aggregator, sub),
            answer=span,
            scan=scan,
            grid=grid,
            source=source,
            most_cells=self.limits.cells,
            now=self.clock(),
        )

    def _aggregator(self, name: str, role: str) -> Aggregator:
        try:
            return self._aggregators[name]
        except UnknownAggregator as error:
            raise BadQuery(f"No such {role} function: {name}", error.reason or _hint(name)) from None


def _hint(name: str) -> str:
    """What to say of a name that is no function, but what a query has elsewhere."""
    return _FIRST if name.startswith(_OPTIONS) or name[:1].isdigit() else ""


def choose_updater(
    nature: Nature, downsampler: Aggregator | None, aggregator: Aggregator, policy: FillPolicy
) -> FillFunction:
    """Whose rule fills a gap: the policy's. With none that of amounts, which are 0 in silence, and of levels that take
    no part in it. For other levels the downsampler's own rule holds if it has one, else the aggregator's.
    """
    if nature in _GAPS:
        return _GAPS[nature][policy]
    own_rule = downsampler.own_rule if downsampler is not None else None
    return (own_rule or aggregator.updaters)[policy]


def _fill_gaps(nature: Nature, downsampler: Aggregator | None, aggregator: Aggregator, sub: SubQuery) -> FillFunction:
    if sub.rate and sub.fill is FillPolicy.NONE:
        return hold
    return choose_updater(nature, downsampler, aggregator, sub.fill)


def _check_rate(metric: str, sub: SubQuery, source: Source) -> None:
    if sub.rate and isinstance(source, Samples | SampleBuckets):
        raise BadQuery(
            f"rate has no meaning on the distribution '{metric}': its companion .rate is the samples per second"
        )


def _check_roles(metric: str, source: Source, aggregator: Aggregator, downsampler: Aggregator | None) -> None:
    if downsampler is not None and not downsampler.merges_series:
        raise BadQuery(f"'{downsampler.name}' cannot downsample: it merges nothing")
    if downsampler is not None and downsampler.buckets and not aggregator.buckets:
        raise BadQuery(f"'{downsampler.name}' cannot downsample: ask for it as the aggregator")
    if aggregator.buckets and not isinstance(source, SampleBuckets):
        raise BadQuery(f"'{aggregator.name}' has no meaning on numbers, and '{metric}' holds no distributions")


def _of_digests(
    metric: MetricInfo, aggregator: Aggregator, downsampler: Aggregator | None, profile: Profile
) -> Samples | SampleBuckets:
    """Which of the two functions reads the digests, and of what.

    Percentiles, the same function twice, and a query without downsample read all samples of a group and slot; otherwise
    the functions compose. A downsampler that nobody chose (`Profile.untouched_function`) is as none.
    """
    if aggregator.buckets:
        return SampleBuckets(aggregator.buckets)
    of_groups = aggregator.merges_digests or downsampler is None or downsampler.name == aggregator.name
    if downsampler is not None and downsampler.name == profile.untouched_function:
        of_groups = of_groups or aggregator.samples is not None
    reader = aggregator if downsampler is None or of_groups else downsampler
    if reader.samples is None:
        raise BadQuery(f"'{reader.name}' has no meaning on the distribution '{metric.name}'")
    is_amount = reader.over_time in (OverTime.TOTALS, OverTime.COUNTS)
    return Samples(reader.samples, of_groups, Nature.AMOUNT if is_amount else Nature.LEVEL)
