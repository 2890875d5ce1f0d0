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
from tsdbserver.errors import BadQuery
from tsdbserver.model.query import Query
from tsdbserver.model.result import ResultSeries
from tsdbserver.wire.annotation_json import annotation_fields
from tsdbserver.wire.query_echo import echo

_GAP: dict[FillPolicy, bytes] = {
    FillPolicy.NONE: b'"NaN"',
    FillPolicy.NAN: b'"NaN"',
    FillPolicy.NULL: b"null",
    FillPolicy.ZERO: b"0.0",
}


def render(results: Sequence[ResultSeries], query: Query) -> bytes:
    """The answer's body: one object per group.

    BadQuery for a result that holds an infinity, such as a sum past the greatest double: it has no JSON, and OpenTSDB
    fails such a query, too.
    """
    renderer = _Renderer(query)
    return orjson.dumps([renderer.series(result) for result in results])


class _Renderer:
    """Renders the results of one query; remembers the column of times that it saw last."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._column = _Column(np.empty(0, np.int64), query)

    def series(self, result: ResultSeries) -> dict[str, object]:
        check_no_infinity(result)
        if result.times is not self._column.times:
            self._column = _Column(result.times, self._query)
        return {
            "metric": result.metric,
            "tags": result.tags,
            "aggregateTags": result.aggregate_tags,
            **self._asked_for(result),
            "dps": orjson.Fragment(self._column.render(result.values, _GAP[result.sub_query.fill])),
        }

    def _asked_for(self, result: ResultSeries) -> dict[str, object]:
        asked: dict[str, object] = {}
        if self._query.shown.query:
            asked["query"] = echo(result.sub_query, self._query)
        if result.tsuids is not None:
            asked["tsuids"] = result.tsuids
        if result.annotations is not None:
            asked["annotations"] = list(map(annotation_fields, result.annotations))
        if result.global_annotations is not None:
            asked["globalAnnotations"] = list(map(annotation_fields, result.global_annotations))
        return asked


def check_no_infinity(result: ResultSeries) -> None:
    """BadQuery for a result that holds an infinity."""
    infinite = np.isinf(result.values)
    if infinite.any():
        time = result.times[np.flatnonzero(infinite)[0]]
        raise BadQuery(f"Got Infinity: a value of metric '{result.metric}' at {time} ms is past the greatest number")


class _Column:
    """The text around the values of a column of times."""

    def __init__(self, times: NDArray[np.int64], query: Query) -> None:
        self.times = times
        shown = times if query.shown.ms_resolution else times // 1000
        # Of points of one second, which would share a key, the last stays: as any JSON reader would have it.
        last = np.append(shown[1:] != shown[:-1], True) if len(shown) else np.empty(0, np.bool_)
        self._kept = None if last.all() else last
        self._template = _template(shown[last].tolist(), query.shown.arrays)

    def render(self, values: NDArray[np.float64], gap: bytes) -> bytes:
        return self._template % _texts(values if self._kept is None else values[self._kept], gap)


def _template(times: Sequence[int], arrays: bool) -> bytes:
    if arrays:
        return b"[" + b",".join(b"[%d,%%s]" % time for time in times) + b"]"
    return b"{" + b",".join(b'"%d":%%s' % time for time in times) + b"}"


def _texts(values: NDArray[np.float64], gap: bytes) -> tuple[bytes, ...]:
    """Each value, none of them infinite, as JSON; NaN as the policy has it."""
    if not len(values):
        return ()
    text = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    # NaN comes out as null, and, without infinities, nothing else does.
    return tuple(text.replace(b"null", gap).split(b","))
