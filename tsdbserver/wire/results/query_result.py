"""ResultSeries → the JSON answer of `/api/query`.

Most results of a query share their times. The text around the values is made once for each column of times, as a
template; the templates of many results are one, into which all their values' texts are put at once.

What a gap prints is decided here and what it joins in the aggregate in `aggregators.updaters`; the enum is shared,
the two tables are separate on purpose.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import orjson
from numpy.typing import NDArray

from aggregators import FillPolicy
from tsdbserver.errors import BadQuery
from tsdbserver.model.query import Query
from tsdbserver.model.result import ResultSeries
from tsdbserver.wire.metadata.annotation import annotation_fields
from tsdbserver.wire.query.echo import echo

_GAP: dict[FillPolicy, bytes] = {
    FillPolicy.NONE: b'"NaN"',
    FillPolicy.NAN: b'"NaN"',
    FillPolicy.NULL: b"null",
    FillPolicy.ZERO: b"0.0",
}

_MOST_VALUES = 1 << 15
"""So many values are rendered at once: they take some 4 MB, and nobody else waits long for the interpreter."""


def render(results: Sequence[ResultSeries], query: Query) -> bytes:
    """The answer's body: one object per group.

    BadQuery for a result that holds an infinity, such as a sum past the greatest double: it has no JSON, and OpenTSDB
    fails such a query, too.
    """
    return b"[" + b",".join(_objects(results, query)) + b"]"


def _objects(results: Sequence[ResultSeries], query: Query) -> Iterator[bytes]:
    """The objects of some results at a time, with commas between them."""
    column = None
    for alike in _alike(results):
        if column is None or column.times is not alike[0].times:
            column = _Column(alike[0].times, query)
        yield column.render([_head(result, query) for result in alike], alike)


def _alike(results: Sequence[ResultSeries]) -> Iterator[Sequence[ResultSeries]]:
    """Results that follow each other, share a column of times and show their gaps alike, so many as are rendered at
    once.
    """
    for _, group in groupby(results, lambda result: (id(result.times), result.sub_query.fill)):
        alike = list(group)
        most = max(1, _MOST_VALUES // max(len(alike[0].times), 1))
        for first in range(0, len(alike), most):
            yield alike[first : first + most]


def _head(result: ResultSeries, query: Query) -> bytes:
    """All of a result but its points, up to where these begin."""
    head: dict[str, object] = {
        "metric": result.metric,
        "tags": result.tags,
        "aggregateTags": result.aggregate_tags,
    }
    if query.shown.query:
        head["query"] = echo(result.sub_query, query, result.filter_keys)
    if result.tsuids is not None:
        head["tsuids"] = result.tsuids
    if result.annotations is not None:
        head["annotations"] = list(map(annotation_fields, result.annotations))
    if result.global_annotations is not None:
        head["globalAnnotations"] = list(map(annotation_fields, result.global_annotations))
    return orjson.dumps(head)[:-1] + b',"dps":'


class _Column:
    """What results of one column of times have in common: the text around their values."""

    def __init__(self, times: NDArray[np.int64], query: Query) -> None:
        self.times = times
        shown = times if query.shown.ms_resolution else times // 1000
        # Of points of one second, which would share a key, the last stays: as any JSON reader would have it.
        last = np.append(shown[1:] != shown[:-1], True) if len(shown) else np.empty(0, np.bool_)
        self._kept = None if last.all() else last
        self._template = _template(shown[last], query.shown.arrays)

    def render(self, heads: Sequence[bytes], results: Sequence[ResultSeries]) -> bytes:
        """The objects of results that begin with these heads."""
        values = np.concatenate([result.values for result in results])
        if np.isinf(values).any():
            for result in results:
                check_no_infinity(result)
        if self._kept is not None:
            values = values.reshape(len(results), -1)[:, self._kept].ravel()
        template = b",".join([head.replace(b"%", b"%%") + self._template for head in heads])
        return template % _texts(values, _GAP[results[0].sub_query.fill])


def check_no_infinity(result: ResultSeries) -> None:
    """BadQuery for a result that holds an infinity."""
    infinite = np.isinf(result.values)
    if infinite.any():
        time = result.times[np.flatnonzero(infinite)[0]]
        raise BadQuery(f"Got Infinity: a value of metric '{result.metric}' at {time} ms is past the greatest number")


def _template(times: NDArray[np.int64], arrays: bool) -> bytes:
    """The points with a place for each value, and the end of the object."""
    text = orjson.dumps(times, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    if not text:
        return b"[]}" if arrays else b"{}}"
    if arrays:
        return b"[[" + text.replace(b",", b",%b],[") + b",%b]]}"
    return b'{"' + text.replace(b",", b'":%b,"') + b'":%b}}'


def _texts(values: NDArray[np.float64], gap: bytes) -> tuple[bytes, ...]:
    """Each value, none of them infinite, as JSON; NaN as the policy has it."""
    if not len(values):
        return ()
    text = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    if np.isnan(values).any():
        text = text.replace(b"null", gap)  # without infinities, nothing else comes out as null
    return tuple(text.split(b","))
