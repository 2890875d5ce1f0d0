"""Annotations in memory, by series and time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock

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
    """The annotations of one series by their times (ms), and these in order: a list that is replaced, never changed."""

    by_time: dict[int, Annotation] = field(default_factory=dict)
    times: list[int] = field(default_factory=list)

    def put(self, annotations: Iterable[Annotation]) -> None:
        new = {annotation.time: annotation for annotation in annotations}
        fresh = [time for time in new if time not in self.by_time]
        self.by_time.update(new)
        if fresh:
            self.times = sorted([*self.times, *fresh])

    def take(self, span: TimeSpan) -> list[Annotation]:
        first, last = bisect_left(self.times, span.start), bisect_right(self.times, span.end)
        taken = self.times[first:last]
        self.times = self.times[:first] + self.times[last:]
        return [self.by_time.pop(time) for time in taken]

    def within(self, span: TimeSpan) -> list[Annotation]:
        times = self.times  # one and the same list, whoever replaces it meanwhile
        found = map(self.by_time.get, times[bisect_left(times, span.start) : bisect_right(times, span.end)])
        return [annotation for annotation in found if annotation is not None]


_NONE = _Series()


class AnnotationBook:
    """Implements `Annotations`: bounded, and as short-lived as the process. Writes take turns; reads wait for nobody,
    and may see a part of what is being written.
    """

    def __init__(self, limits: AnnotationLimits = AnnotationLimits()) -> None:
        self._limits = limits
        self._lock = Lock()
        self._series: dict[str, _Series] = {}
        self._of_metric: dict[str, set[str]] = {}
        self.count = 0
        self.bytes = 0

    def get(self, tsuid: str, time: int) -> Annotation | None:
        """See `Annotations.get`."""
        return self._series.get(tsuid, _NONE).by_time.get(time)

    def between(self, tsuid: str, span: TimeSpan) -> list[Annotation]:
        """See `Annotations.between`."""
        return self._series.get(tsuid, _NONE).within(span)

    def annotated(self, metric: str) -> list[str]:
        """See `Annotations.annotated`."""
        return list(self._of_metric.get(metric, ()))

    def write(self, annotations: Sequence[Annotation], whole: bool) -> list[Annotation]:
        """See `Annotations.write`."""
        with self._lock:
            merged: dict[tuple[str, int], Annotation] = {}
            for annotation in annotations:
                key = annotation.tsuid, annotation.time
                earlier = merged.get(key) or self.get(*key)
                merged[key] = annotation if whole or earlier is None else annotation.over(earlier)
            self._account(merged.values())
            self._put(merged.values())
            return [merged[annotation.tsuid, annotation.time] for annotation in annotations]

    def remove(self, tsuid: str, span: TimeSpan) -> int:
        """See `Annotations.remove`."""
        with self._lock:
            series = self._series.get(tsuid)
            taken = series.take(span) if series else []
            self.count -= len(taken)
            self.bytes -= sum(map(_size, taken))
            if series and not series.times:
                self._forget(tsuid)
            return len(taken)

    def _forget(self, tsuid: str) -> None:
        del self._series[tsuid]
        metric = tsuid[:_METRIC_DIGITS]
        self._of_metric[metric].discard(tsuid)
        if not self._of_metric[metric]:
            del self._of_metric[metric]

    def _account(self, annotations: Iterable[Annotation]) -> None:
        """Count them, in the place of those that they replace; TooLarge unless there is room for all."""
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
        self.count, self.bytes = count, size

    def _put(self, annotations: Iterable[Annotation]) -> None:
        by_series: dict[str, list[Annotation]] = {}
        for annotation in annotations:
            by_series.setdefault(annotation.tsuid, []).append(annotation)
        for tsuid, those in by_series.items():
            self._series.setdefault(tsuid, _Series()).put(those)
            self._of_metric.setdefault(tsuid[:_METRIC_DIGITS], set()).add(tsuid)


def _size(annotation: Annotation) -> int:
    texts = [annotation.tsuid, annotation.description, annotation.notes]
    texts += [text for pair in (annotation.custom or {}).items() for text in pair]
    return _OVERHEAD + sum(len(text.encode()) for text in texts)
