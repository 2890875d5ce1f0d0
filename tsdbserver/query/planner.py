"""Planner: names into values. Every error that a client can cause appears here, before anything is read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aggregators import ZERO, Aggregator, AggregatorRegistry, FillFunction, FillPolicy, UnknownAggregator
from tsdbserver.errors import BadQuery
from tsdbserver.model.metric import MetricInfo, MetricKind
from tsdbserver.model.query import Downsample, FilterSpec, SubQuery
from tsdbserver.model.time import HOUR_MS, TimeSpan, floor_to
from tsdbserver.query.companions import Companions
from tsdbserver.query.filters import LITERAL_OR, FilterRegistry, TagFilter
from tsdbserver.query.grid import TimeGrid
from tsdbserver.query.plan import Plan
from tsdbserver.query.sources import ComputedNumbers, Samples, StoredNumbers
from tsdbserver.store.interface import Catalog, SeriesReader, SeriesSet


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
    ) -> None:
        self._catalog = catalog
        self._reader = reader
        self._aggregators = aggregators
        self._filters = filters
        self._limits = limits
        self.companions = Companions(aggregators)

    def plan(self, sub: SubQuery, span: TimeSpan) -> Plan:
        """The plan of one sub query over `span`; BadQuery names the thing and the value that is wrong."""
        aggregator = self._aggregator(sub.aggregator, "aggregation")
        downsampler = self._aggregator(sub.downsample.function, "downsampling") if sub.downsample else None
        metric, numbers = self._metric(sub.metric)
        source = numbers or _samples(metric, aggregator, downsampler)
        merges = isinstance(source, Samples) and source.of_groups
        series, group_by = self._series(metric, sub)
        scan, grid = self._grid(sub.downsample, span, exact=merges, series=len(series))
        return Plan(
            sub_query=sub,
            series=series,
            group_by=group_by,
            aggregator=aggregator.under(sub.fill),
            downsampler=downsampler,
            fill=sub.fill,
            fill_gaps=choose_updater(metric.kind, downsampler, aggregator, sub.fill),
            answer=span,
            scan=scan,
            grid=grid,
            source=source,
        )

    def _aggregator(self, name: str, role: str) -> Aggregator:
        try:
            return self._aggregators[name]
        except UnknownAggregator as error:
            raise BadQuery(f"No such {role} function: {name}", error.reason) from None

    def _metric(self, name: str) -> tuple[MetricInfo, StoredNumbers | ComputedNumbers | None]:
        """The metric to select from, and how to read its numbers; None if it holds digests."""
        metric = self._catalog.metric(name)
        if metric is not None:
            return metric, StoredNumbers() if metric.kind.is_scalar else None
        companion = self.companions.find(name, self._catalog)
        if companion is None:
            raise BadQuery(f"No such name for 'metrics': '{name}'")
        return companion

    def _series(self, metric: MetricInfo, sub: SubQuery) -> tuple[SeriesSet, tuple[str, ...]]:
        """The series that all filters accept, and the keys to group by in the order of the filters."""
        filters = [self._filters.build(spec) for spec in _united(sub.filters)]
        for tag_filter in filters:
            self._check_names(tag_filter)
        series = self._reader.select(metric.name, filters)
        group_by = tuple(dict.fromkeys(f.tag_key for f in filters if f.group_by))
        if sub.explicit_tags and filters:
            series = _with_exactly(series, {f.tag_key for f in filters})
        return series, group_by

    def _check_names(self, tag_filter: TagFilter) -> None:
        if not self._catalog.has_tag_key(tag_filter.tag_key):
            raise BadQuery(f"No such name for 'tagk': '{tag_filter.tag_key}'")
        for value in tag_filter.literals:
            if not self._catalog.has_tag_value(value):
                raise BadQuery(f"No such name for 'tagv': '{value}'")

    def _grid(
        self, downsample: Downsample | None, span: TimeSpan, exact: bool, series: int
    ) -> tuple[TimeSpan, TimeGrid | None]:
        """What to read and its slots. `exact` where no slot outside the answer can matter, as when digests merge."""
        if downsample is None:
            return span if exact else _around(span, 1), None
        if downsample.interval is None:
            return TimeSpan(span.start, span.end - 1), TimeGrid.whole(span)
        width = downsample.interval
        slots = _shown(span, width) if exact else _around(span, width)
        self._check_size(series, (slots.end - slots.start) // width + 1, width)
        return slots, TimeGrid.regular(slots, width)

    def _check_size(self, series: int, slots: int, width: int) -> None:
        cells = max(series, 1) * slots
        if cells > self._limits.cells:
            raise BadQuery(
                f"{series} series × {slots} slots of {width} ms are {cells} cells, more than the "
                f"{self._limits.cells} that a query may take (setting max-cells)"
            )


def choose_updater(
    kind: MetricKind, downsampler: Aggregator | None, aggregator: Aggregator, policy: FillPolicy
) -> FillFunction:
    """Whose rule fills a gap: the policy's. With none an interval in which a counter was silent added nothing; else the
    downsampler's own rule holds if it has one, else the aggregator's.
    """
    if kind is MetricKind.COUNTER:
        return ZERO[policy]
    own_rule = downsampler.own_rule if downsampler is not None else None
    return (own_rule or aggregator.updaters)[policy]


def _samples(metric: MetricInfo, aggregator: Aggregator, downsampler: Aggregator | None) -> Samples:
    """Which of the two functions reads the digests, and of what.

    Percentiles, the same function twice, and a query without downsample read all samples of a group and slot; otherwise
    the functions compose.
    """
    of_groups = aggregator.merges_digests or downsampler in (None, aggregator)
    reader = aggregator if downsampler is None or of_groups else downsampler
    if reader.samples is None:
        raise BadQuery(f"'{reader.name}' has no meaning on the distribution '{metric.name}'")
    return Samples(reader.samples, of_groups)


def _united(specs: Sequence[FilterSpec]) -> list[FilterSpec]:
    """Filters as they combine: all must match, but several literal_or on one key are one list."""
    united: dict[object, FilterSpec] = {}
    for position, spec in enumerate(specs):
        slot: object = spec.tag_key if spec.type == LITERAL_OR.name else position
        earlier = united.get(slot)
        united[slot] = spec if earlier is None else FilterSpec(
            spec.type, spec.tag_key, f"{earlier.expression}|{spec.expression}", earlier.group_by or spec.group_by
        )  # fmt: skip
    return list(united.values())


def _with_exactly(series: SeriesSet, keys: set[str]) -> SeriesSet:
    """Those series whose tag keys are exactly `keys`."""
    wanted = np.ones(len(series), np.bool_)
    for key, column in series.tags.items():
        wanted &= (column.codes >= 0) == (key in keys)
    return series.take(wanted)


def _shown(span: TimeSpan, width: int) -> TimeSpan:
    """From the first slot that begins within the span to the end of the last one that does."""
    return TimeSpan(floor_to(span.start + width - 1, width), floor_to(span.end, width) + width - 1)


def _around(span: TimeSpan, width: int) -> TimeSpan:
    """The whole hours around the span, as OpenTSDB scans: what lies just outside takes part in interpolation."""
    start = floor_to(floor_to(span.start, width), HOUR_MS)
    end = floor_to(floor_to(span.end, width) + width, HOUR_MS) + HOUR_MS
    return TimeSpan(start, floor_to(end + width - 1, width) - 1)
