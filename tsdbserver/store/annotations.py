"""Annotations in memory, by series and time."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import RLock

from tsdbserver.errors import TooLarge
from tsdbserver.model.annotation import Annotation
from tsdbserver.model.time import TimeSpan

_OVERHEAD = 500
"""Bytes that an annotation takes without its texts, about."""
_METRIC_DIGITS = 6


@dataclass(frozen=True, slots=True)
class AnnotationLimits:
    """How many annotations there may be, and how many bytes all of them may take."""

    count: int = 100_000
    bytes: int = 64 << 20


@dataclass(slots=True)
class _Series:
    """The annotations of one series by their times (ms), which are also kept in order."""

    by_time: dict[int, Annotation] = field(default_factory=dict)
    times: list[int] = field(default_factory=list)

    def put(self, annotation: Annotation) -> None:
        if annotation.time not in self.by_time:
            insort(self.times, annotation.time)
        self.by_time[annotation.time] = annotation

    def remove(self, time: int) -> Annotation:
        del self.times[bisect_left(self.times, time)]
        return self.by_time.pop(time)

    def within(self, span: TimeSpan) -> list[int]:
        return self.times[bisect_left(self.times, span.start) : bisect_right(self.times, span.end)]


class AnnotationBook:
    """Implements `Annotations`: bounded, and as short-lived as the process. One lock for all."""

    def __init__(self, limits: AnnotationLimits = AnnotationLimits()) -> None:
        self._limits = limits
        self._lock = RLock()
        self._series: dict[str, _Series] = {}
        self._of_metric: dict[str, set[str]] = {}
        self.count = 0
        self.bytes = 0

    def get(self, tsuid: str, time: int) -> Annotation | None:
        """See `Annotations.get`."""
        with self._lock:
            series = self._series.get(tsuid)
            return series.by_time.get(time) if series else None

    def between(self, tsuid: str, span: TimeSpan) -> list[Annotation]:
        """See `Annotations.between`."""
        with self._lock:
            series = self._series.get(tsuid)
            return [series.by_time[time] for time in series.within(span)] if series else []

    def annotated(self, metric: str) -> list[str]:
        """See `Annotations.annotated`."""
        with self._lock:
            return list(self._of_metric.get(metric, ()))

    def write(self, annotations: Sequence[Annotation], whole: bool) -> list[Annotation]:
        """See `Annotations.write`."""
        with self._lock:
            merged: dict[tuple[str, int], Annotation] = {}
            for annotation in annotations:
                key = annotation.tsuid, annotation.time
                earlier = merged.get(key) or self.get(*key)
                merged[key] = annotation if whole or earlier is None else annotation.over(earlier)
            self._check_room(merged.values())
            for annotation in merged.values():
                self._put(annotation)
            return [merged[annotation.tsuid, annotation.time] for annotation in annotations]

    def remove(self, tsuid: str, span: TimeSpan) -> int:
        """See `Annotations.remove`."""
        with self._lock:
            series = self._series.get(tsuid)
            times = series.within(span) if series else []
            for time in times:
                self._forget(tsuid, time)
            return len(times)

    def _check_room(self, annotations: Iterable[Annotation]) -> None:
        """TooLarge unless there is room for all of them, in the place of those that they replace."""
        count, size = self.count, self.bytes
        for annotation in annotations:
            earlier = self.get(annotation.tsuid, annotation.time)
            count += earlier is None
            size += _size(annotation) - (_size(earlier) if earlier else 0)
        if count > max(self.count, self._limits.count):
            raise TooLarge(f"there is room for {self._limits.count} annotations (setting max-annotations)")
        if size > max(self.bytes, self._limits.bytes):
            raise TooLarge(
                f"there is room for {self._limits.bytes} bytes of annotations (setting max-annotation-bytes)"
            )

    def _put(self, annotation: Annotation) -> None:
        if self.get(annotation.tsuid, annotation.time) is not None:
            self._forget(annotation.tsuid, annotation.time)
        self._series.setdefault(annotation.tsuid, _Series()).put(annotation)
        self._of_metric.setdefault(annotation.tsuid[:_METRIC_DIGITS], set()).add(annotation.tsuid)
        self.count += 1
        self.bytes += _size(annotation)

    def _forget(self, tsuid: str, time: int) -> None:
        series = self._series[tsuid]
        self.count -= 1
        self.bytes -= _size(series.remove(time))
        if not series.times:
            del self._series[tsuid]
            self._of_metric[tsuid[:_METRIC_DIGITS]].discard(tsuid)


def _size(annotation: Annotation) -> int:
    texts = [annotation.tsuid, annotation.description, annotation.notes]
    texts += [text for pair in (annotation.custom or {}).items() for text in pair]
    return _OVERHEAD + sum(len(text.encode()) for text in texts)
