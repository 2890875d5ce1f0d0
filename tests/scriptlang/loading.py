"""Loads as request bodies."""

import itertools
from collections.abc import Iterator
from typing import Any

from tests.scriptlang.script import Kind, Load

_POINTS_IN_ONE_BODY = 50


def put_bodies(load: Load, prefix: str) -> Iterator[list[dict[str, Any]]]:
    """Bodies of `/api/put`, small enough for a server with OpenTSDB's limits. Values are written as floats, so that no
    server calculates in integers.
    """
    points = (
        {"metric": prefix + series.metric, "timestamp": time, "value": value, "tags": dict(series.tags)}
        for series in load.series
        for time, value in series.points
    )
    while body := list(itertools.islice(points, _POINTS_IN_ONE_BODY)):
        yield body


def batch_bodies(load: Load, prefix: str, sender: str) -> Iterator[dict[str, Any]]:
    """JSON batches of one sender, one an interval in the order of time."""
    times = sorted({time for series in load.series for time, _ in series.points})
    for sequence, start in enumerate(times, start=1):
        series = [
            {"metric": prefix + series.metric, "tags": dict(series.tags), **_held(load.kind, value)}
            for series in load.series
            for time, value in series.points
            if time == start
        ]
        yield {"v": 1, "iid": sender, "seq": sequence, "t0": start, "iv": load.grid.step, "series": series}


def _held(kind: Kind, value: Any) -> dict[str, Any]:
    match kind:
        case Kind.DIGESTS:
            return {"values": value}
        case Kind.RATES:
            return {"rate": {"nonzero": int(value[0]), "total": int(value[1])}}
        case Kind.COUNTERS:
            return {"counter": value}
        case _:
            return {"gauge": value}
