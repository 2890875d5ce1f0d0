"""Which metrics and series there are: implements `Catalog` and `NameWriter`, and gives series their rows."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery
from tsdbserver.model.metric import MetricInfo, MetricKind
from tsdbserver.model.refusal import KIND, STORE_FULL, Reason, show_name
from tsdbserver.model.series import TagSet
from tsdbserver.model.uid import NameKind
from tsdbserver.store.interface import Refusal, SeriesSet, TagMatcher
from tsdbserver.store.lock import SharedLock
from tsdbserver.store.metric import Metric, RingLimits
from tsdbserver.store.tags.names import Names


class MetricTable(Names):
    """The metrics of a store by name. One lock for all of them, which readers share."""

    def __init__(self, limits: RingLimits) -> None:
        super().__init__(limits.assigned_names)
        self._limits = limits
        self._lock = SharedLock()
        self._metrics: dict[str, Metric] = {}
        self._by_number: list[Metric] = []
        self._series_count = 0
        self._refused = 0

    def metric(self, name: str) -> MetricInfo | None:
        """See `Catalog.metric`."""
        found = self._metrics.get(name)
        return found.info if found else None

    def series_count(self, metric: str) -> int:
        """See `Catalog.series_count`."""
        found = self._metrics.get(metric)
        return len(found.index) if found else 0

    def metrics(self) -> Iterable[MetricInfo]:
        """See `Catalog.metrics`."""
        with self._lock.reading:
            return [metric.info for metric in self._metrics.values()]

    def select(self, metric: str, matchers: Sequence[TagMatcher]) -> SeriesSet:
        """See `SeriesReader.select`."""
        found = self._metrics.get(metric)
        if found is None:
            return self._no_series(metric)
        verdicts = found.index.judge(matchers)  # nobody who writes waits for a hundred filters of many values
        with self._lock.reading:
            return self._set(found, found.index.select(verdicts))

    def find(self, metric: str, tags: Sequence[TagSet]) -> SeriesSet:
        """See `SeriesReader.find`."""
        with self._lock.reading:
            found = self._metrics.get(metric)
            if found is None:
                return self._no_series(metric)
            rows = np.unique(np.array([row for t in tags if (row := found.index.row(t)) is not None], np.intp))
            return self._set(found, rows)

    def _set(self, metric: Metric, rows: NDArray[np.intp]) -> SeriesSet:
        columns = metric.index.columns(rows)
        keys = sorted(columns, key=lambda key: self.uid(NameKind.TAG_KEY, key) or 0)
        return SeriesSet(metric.info, rows, {key: columns[key] for key in keys})

    def assign(self, kind: NameKind, name: str) -> int:
        """See `NameWriter.assign`."""
        with self._lock.writing:
            return super().assign(kind, name)

    def rename(self, kind: NameKind, old: str, new: str) -> None:
        """See `NameWriter.rename`."""
        with self._lock.writing:
            super().rename(kind, old, new)
            if kind is NameKind.METRIC:
                self._metrics = {new if name == old else name: metric for name, metric in self._metrics.items()}
            for name, metric in self._metrics.items():
                metric.rename(kind, name, old, new)

    def _no_series(self, metric: str) -> SeriesSet:
        """What is found of a name that was assigned and never written to."""
        if self.uid(NameKind.METRIC, metric) is None:
            raise BadQuery(f"No such name for 'metrics': '{metric}'")
        return SeriesSet(MetricInfo(metric, MetricKind.POINT), np.empty(0, np.intp), {})

    def _known(self, name: str) -> Metric:
        try:
            return self._metrics[name]
        except KeyError:
            raise BadQuery(f"No such name for 'metrics': '{name}'") from None

    def _rows(
        self, name: str, kind: MetricKind, tags: Sequence[TagSet], interval: int
    ) -> tuple[Metric | None, NDArray[np.intp], list[Refusal]]:
        """The rows of some tag sets, new ones given out as far as the limit allows; −1 where refused."""
        metric = self._metrics.get(name) or self._new_metric(name, kind, interval)
        rows = np.full(len(tags), -1, np.intp)
        reason = Reason(f"the store is full: {self._limits.series} series (setting max-series)", STORE_FULL)
        if metric is not None and metric.info.kind is not kind:
            reason = Reason(f"metric '{show_name(name)}' holds {metric.info.kind} series, not {kind}", KIND)
        elif metric is not None:
            rows[:] = [self._row(metric, tag_set) for tag_set in tags]
        refused = np.flatnonzero(rows < 0).tolist()
        self._refused += len(refused)
        return metric, rows, [Refusal(position, reason) for position in refused]

    def _new_metric(self, name: str, kind: MetricKind, interval: int) -> Metric | None:
        if self._series_count >= self._limits.series:
            return None
        self.mint(NameKind.METRIC, name)
        metric = self._metrics[name] = Metric(len(self._by_number), name, kind, interval, self._limits)
        self._by_number.append(metric)
        return metric

    def _row(self, metric: Metric, tags: TagSet) -> int:
        row = metric.index.row(tags)
        if row is not None:
            return row
        if self._series_count >= self._limits.series or not self.has_room(tags):
            return -1
        self._series_count += 1
        self.mint_tags(tags)
        return metric.index.add(tags)
