"""Which series a sub query is about: those of a metric that its filters accept, or those whose ids it lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tsdbserver.errors import BadQuery
from tsdbserver.model.dialect import FAITHFUL, Profile
from tsdbserver.model.metric import MetricInfo, MetricKind
from tsdbserver.model.query import FilterSpec, SubQuery
from tsdbserver.model.uid import NameKind
from tsdbserver.query.filters import MAX_SEARCHED, FilterRegistry, TagFilter, alternatives
from tsdbserver.query.select.choices import read_choice, read_pipes
from tsdbserver.query.select.derived_metrics import Companions, own_numbers
from tsdbserver.query.select.sources import Numbers, StoredNumbers
from tsdbserver.query.select.tsuids import series_of
from tsdbserver.store.interface import Catalog, SeriesReader, SeriesSet

_MAX_PIPES = 8
"""Of its own that a value may have which is one of several in a list."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Series of one metric, and the keys to group them by in the order of the filters.

    `name` is the metric as it was asked for, which may be a companion's. `numbers` reads the series, None if they hold
    digests.
    """

    name: str
    series: SeriesSet
    group_by: tuple[str, ...]
    numbers: Numbers | None


class Selector:
    """Selects against what the store holds."""

    def __init__(self, catalog: Catalog, reader: SeriesReader, filters: FilterRegistry, companions: Companions) -> None:
        self._catalog = catalog
        self._reader = reader
        self._filters = filters
        self._companions = companions

    def select(self, sub: SubQuery, profile: Profile = FAITHFUL) -> Selection:
        """The series that a sub query is about. Where the profile knows only names that were stored, BadQuery for
        others, else there are none.
        """
        if sub.tsuids:
            return self._listed(sub.tsuids)
        metric, numbers = self._metric(sub.metric)
        if not self._is_known(metric.name):
            if profile.knows_only_names:
                raise BadQuery(f"No such name for 'metrics': '{sub.metric}'")
            return Selection(sub.metric, _no_series(metric.name), (), numbers)
        series, group_by = self._filtered(metric, sub, profile)
        return Selection(sub.metric, series, group_by, numbers)

    def _listed(self, tsuids: Sequence[str]) -> Selection:
        """All series listed are one group."""
        series = series_of(tsuids, self._catalog, self._reader)
        if series is None:
            series = _no_series("")
        return Selection(series.metric.name, series, (), own_numbers(series.metric.kind))

    def _is_known(self, metric: str) -> bool:
        return self._catalog.uid(NameKind.METRIC, metric) is not None

    def _metric(self, name: str) -> tuple[MetricInfo, Numbers | None]:
        """The metric to select from, and how to read its numbers; None if it holds digests."""
        metric = self._catalog.metric(name)
        if metric is not None:
            return metric, own_numbers(metric.kind)
        companion = self._companions.find(name, self._catalog)
        if companion is not None:
            return companion
        return MetricInfo(name, MetricKind.POINT), StoredNumbers()

    def _filtered(self, metric: MetricInfo, sub: SubQuery, profile: Profile) -> tuple[SeriesSet, tuple[str, ...]]:
        """The series that all filters accept, and the keys to group by."""
        filters = self._built(metric.name, sub.filters, profile)
        present = [f for f in filters if not f.absent]
        for tag_filter in present if profile.knows_only_names else ():
            self._check_names(tag_filter)
        series = self._reader.select(metric.name, present)
        for tag_filter in filters:
            if tag_filter.absent and tag_filter.tag_key in series.tags:
                series = series.take(series.tags[tag_filter.tag_key].codes < 0)
        group_by = tuple(dict.fromkeys(f.tag_key for f in present if f.group_by))
        if sub.explicit_tags and filters:
            series = _with_exactly(series, {f.tag_key for f in present})
        return series, group_by

    def _built(self, metric: str, specs: Sequence[FilterSpec], profile: Profile) -> list[TagFilter]:
        if not profile.reads_choices:
            return self._filters.build_all(specs, lambda spec: [spec, *read_pipes(spec, self._is_value)])

        def has_value(spec: FilterSpec) -> bool:
            return len(self._reader.select(metric, [self._filters.build(spec)])) > 0

        return self._filters.build_all(specs, lambda spec: read_choice(spec, self._is_value, has_value))

    def _is_value(self, text: str) -> bool:
        return self._catalog.uid(NameKind.TAG_VALUE, text) is not None

    def _check_names(self, tag_filter: TagFilter) -> None:
        if self._catalog.uid(NameKind.TAG_KEY, tag_filter.tag_key) is None:
            raise BadQuery(f"No such name for 'tagk': '{tag_filter.tag_key}'")
        for text in tag_filter.lists:
            self._check_list(text)

    def _check_list(self, text: str) -> None:
        """BadQuery if a value of a list was never stored, alone or as a part of a value with pipes of its own."""
        parts = alternatives(text)
        unknown = [place for place, part in enumerate(parts) if not part or not self._is_value(part)]
        if not unknown or self._is_value(text) or self._is_value("|".join(parts)):
            return
        is_short = len(text) <= MAX_SEARCHED
        missing = next(self._find_missing(text.split("|"), unknown), None) if is_short else unknown[0]
        if missing is None:
            return
        if not parts[missing]:
            raise BadQuery("Missing UID name")
        hint = "" if is_short else f"Lists of more than {MAX_SEARCHED} characters cannot have values with pipes"
        raise BadQuery(f"No such name for 'tagv': '{parts[missing]}'", hint)

    def _find_missing(self, parts: Sequence[str], unknown: Sequence[int]) -> Iterator[int]:
        """Those of the unknown parts of a list that no stored value with pipes covers; looks once at each run."""
        begin = covered = 0
        for place in unknown:
            begin = max(begin, place - _MAX_PIPES)
            while covered <= place and begin <= place:
                covered = max(covered, self._find_end(parts, begin))
                begin += 1
            if covered <= place:
                yield place

    def _find_end(self, parts: Sequence[str], begin: int) -> int:
        """Where the longest stored value with pipes ends that begins with a part; `begin` if there is none."""
        for end in range(min(begin + _MAX_PIPES + 1, len(parts)), begin + 1, -1):
            if self._is_value("|".join(parts[begin:end])):
                return end
        return begin


def _no_series(metric: str) -> SeriesSet:
    return SeriesSet(MetricInfo(metric, MetricKind.POINT), np.empty(0, np.intp), {})


def _with_exactly(series: SeriesSet, keys: set[str]) -> SeriesSet:
    """Those series whose tag keys are exactly `keys`."""
    wanted = np.ones(len(series), np.bool_)
    for key, column in series.tags.items():
        wanted &= (column.codes >= 0) == (key in keys)
    return series.take(wanted)
