"""ResultSeries → the JSON answer of `/api/query`.

Most results of a query share their times: the text around the values is made once for each column of times, as a
template into which the values' texts are put.

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

_GAP: dict[FillPolicy, bytes] = {
    FillPolicy.NONE: b'"NaN"',
    FillPolicy.NAN: b'"NaN"',
    FillPolicy.NULL: b"null",
    FillPolicy.ZERO: b"0.0",
}


def render(results: Sequence[ResultSeries], query: Query) -> bytes:
    """The answer's body: one object per group."""
    renderer = _Renderer(query)
    return orjson.dumps([renderer.series(result) for result in results])


class _Renderer:
    """Renders the results of one query; remembers the template of the times it saw last."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._times: NDArray[np.int64] = np.empty(0, np.int64)
        self._template = _template([], query.arrays)

    def series(self, result: ResultSeries) -> dict[str, object]:
        times, values = _distinct(result.times // (1 if self._query.ms_resolution else 1000), result.values)
        asked = {"query": echo(result.sub_query, self._query)} if self._query.show_query else {}
        return {
            "metric": result.metric,
            "tags": result.tags,
            "aggregateTags": result.aggregate_tags,
            **asked,
            "dps": orjson.Fragment(self._template_of(times) % _texts(values, _GAP[result.sub_query.fill])),
        }

    def _template_of(self, times: NDArray[np.int64]) -> bytes:
        if not np.array_equal(times, self._times):
            self._times, self._template = times, _template(times.tolist(), self._query.arrays)
        return self._template


def _distinct(times: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Of points of one second, which would share a key, the last: as any JSON reader would have it."""
    last = np.ones(len(times), np.bool_)
    last[:-1] = times[1:] != times[:-1]
    return (times, values) if last.all() else (times[last], values[last])


def _template(times: Sequence[int], arrays: bool) -> bytes:
    if arrays:
        return b"[" + b",".join(b"[%d,%%s]" % time for time in times) + b"]"
    return b"{" + b",".join(b'"%d":%%s' % time for time in times) + b"}"


def _texts(values: NDArray[np.float64], gap: bytes) -> tuple[bytes, ...]:
    """Each value as JSON, NaN as the policy has it."""
    if not len(values):
        return ()
    texts = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
    if np.isnan(values).any():
        texts = [gap if text == b"null" else text for text in texts]
    return tuple(texts)
