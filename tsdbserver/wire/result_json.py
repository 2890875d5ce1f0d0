"""ResultSeries → the JSON answer of `/api/query`.

What a gap prints is decided here and what it joins in the aggregate in `aggregators.updaters`; the enum is shared,
the two tables are separate on purpose.
"""

from collections.abc import Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from aggregators import FillPolicy
from tsdbserver.model.query import Query
from tsdbserver.model.result import ResultSeries
from tsdbserver.wire.query_echo import echo

_GAP: dict[FillPolicy, str | float | None] = {
    FillPolicy.NONE: "NaN",
    FillPolicy.NAN: "NaN",
    FillPolicy.NULL: None,
    FillPolicy.ZERO: 0.0,
}


def render(results: Sequence[ResultSeries], query: Query) -> bytes:
    """The answer's body: one object per group."""
    return orjson.dumps([_series(result, query) for result in results])


def _series(result: ResultSeries, query: Query) -> dict[str, object]:
    times = (result.times if query.ms_resolution else result.times // 1000).tolist()
    values = _values(result.values, result.sub_query.fill)
    # Two points of one second share a key: the later one stays, as any JSON reader would have it.
    points = dict(zip(times, values, strict=True))
    asked = {"query": echo(result.sub_query, query)} if query.show_query else {}
    return {
        "metric": result.metric,
        "tags": result.tags,
        "aggregateTags": result.aggregate_tags,
        **asked,
        "dps": list(points.items()) if query.arrays else {str(time): value for time, value in points.items()},
    }


def _values(values: NDArray[np.float64], fill: FillPolicy) -> list[object]:
    column: list[object] = values.tolist()
    for gap in np.flatnonzero(np.isnan(values)).tolist():
        column[gap] = _GAP[fill]
    return column
