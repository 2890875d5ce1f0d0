"""How points of one series and time become one point."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.metric import MetricKind

Fields = Mapping[str, NDArray[np.float64]]

_JOIN: dict[MetricKind, dict[str, np.ufunc | None]] = {
    MetricKind.POINT: {"value": None},
    MetricKind.COUNTER: {"value": np.add, "count": np.add},
    MetricKind.GAUGE: {
        "value": None,
        "at": None,
        "min": np.minimum,
        "max": np.maximum,
        "sum": np.add,
        "count": np.add,
    },
}
"""None: the latest stays, for gauges by `at`, then by arrival."""


class Points(NamedTuple):
    """Points of several rows as columns."""

    rows: NDArray[np.intp]
    times: NDArray[np.int64]
    fields: Fields

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> "Points":
        """Some of the points."""
        return Points(self.rows[which], self.times[which], {name: f[which] for name, f in self.fields.items()})


def together(parts: list[Points]) -> Points:
    """All points of several such columns, of which there is at least one."""
    fields = {name: np.concatenate([part.fields[name] for part in parts]) for name in parts[0].fields}
    rows, times = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    return Points(rows, times, fields)


def adds_up(kind: MetricKind, field: str) -> bool:
    """Whether points of one time become one with the sum of a field."""
    return _JOIN[kind][field] is np.add


def needed_fields(kind: MetricKind, field: str) -> list[str]:
    """The fields that say what a field is of points that become one."""
    return [field, "at"] if "at" in _JOIN[kind] and _JOIN[kind][field] is None and field != "at" else [field]


def join(kind: MetricKind, points: Points) -> Points:
    """Sort by row and time, and make points of one row and time one point. Of equals, what comes later is newer."""
    keys = (points.times, points.rows)
    points = points.take(np.lexsort((points.fields["at"], *keys) if "at" in points.fields else keys))
    first = np.ones(len(points.rows), np.bool_)
    first[1:] = (points.rows[1:] != points.rows[:-1]) | (points.times[1:] != points.times[:-1])
    if first.all():
        return points
    starts = np.flatnonzero(first)
    lasts = np.append(starts[1:], len(first)) - 1
    fields = {
        name: points.fields[name][lasts] if ufunc is None else ufunc.reduceat(points.fields[name], starts)
        for name, ufunc in _JOIN[kind].items()
        if name in points.fields
    }
    return Points(points.rows[starts], points.times[starts], fields)
