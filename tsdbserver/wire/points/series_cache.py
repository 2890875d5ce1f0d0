"""Series by the bytes that name them: tags are read once, not with every point."""

from collections.abc import Callable

REFUSED = -1
"""What stands for a series whose names break a rule, or that the store does not take."""

_LONGEST = 4_096
"""Bytes of tags that are worth remembering."""
_COST = 300
"""Bytes that an entry takes beside its names, about."""

Resolve = Callable[[str | bytes, bytes], int]
"""A metric and its tags as they were sent → the store's handle for the series, or REFUSED."""


class _OfMetric(dict[bytes, int]):
    """Handles by tags, of one metric; those that are missing are resolved."""

    def __init__(self, metric: str | bytes, known: "KnownSeries") -> None:
        super().__init__()
        self._metric = metric
        self._known = known

    def __missing__(self, tags: bytes) -> int:
        handle = self._known.resolve(self._metric, tags)
        if handle != REFUSED and self._known.has_room(len(tags)):
            self[tags] = handle
        return handle


class KnownSeries(dict[str | bytes, _OfMetric]):
    """`known[metric][tags]` is a handle. A text names a metric of JSON, bytes one of a line.

    Bounded: past `most` bytes it forgets everything and begins anew. What is refused is not remembered, for it may be
    taken next time.
    """

    def __init__(self, resolve: Resolve, most: int = 64 * 2**20) -> None:
        super().__init__()
        self.resolve = resolve
        self._most = most
        self._bytes = 0

    def __missing__(self, metric: str | bytes) -> _OfMetric:
        of_metric = _OfMetric(metric, self)
        if self.has_room(len(metric)):
            self[metric] = of_metric
        return of_metric

    def has_room(self, size: int) -> bool:
        """Whether names of that size may be remembered; makes room if need be."""
        if size > _LONGEST:
            return False
        if self._bytes + size + _COST > self._most:
            self.clear()
        self._bytes += size + _COST
        return True

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._bytes = 0
