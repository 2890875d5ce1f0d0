"""ResultSeries → the JSON answer of `/api/query`.

    [{"metric":"m","tags":{"host":"a"},"aggregateTags":[],"dps":{"1700000040":  1.5  ,"1700000050":  2.5  }},{…
     label                                                                    value  label         value

Most results of a query share their times. So many of them at once are rendered as one list in which labels and values
take turns: the labels are those of the column of times again and again, and only the first of each result is its own.

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
from tsdbserver.wire.annotation_json import annotation_fields
from tsdbserver.wire.query_echo import echo

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
        self._labels, self._end = _labels(shown[last], query.shown.arrays)

    def render(self, heads: Sequence[bytes], results: Sequence[ResultSeries]) -> bytes:
        """The objects of results that begin with these heads."""
        if not len(self.times):
            return b",".join(head + self._labels[0] + self._end for head in heads)
        values = np.concatenate([result.values for result in results])
        if np.isinf(values).any():
            for result in results:
                check_no_infinity(result)
        if self._kept is not None:
            values = values.reshape(len(results), -1)[:, self._kept].ravel()
        labels = self._labels * len(results)
        labels[:: len(self._labels)] = [self._end + b"," + head + labels[0] for head in heads]
        labels[0] = heads[0] + self._labels[0]
        pieces = labels * 2
        pieces[::2], pieces[1::2] = labels, _texts(values, _GAP[results[0].sub_query.fill])
        return b"".join(pieces) + self._end


def check_no_infinity(result: ResultSeries) -> None:
    """BadQuery for a result that holds an infinity."""
    infinite = np.isinf(result.values)
    if infinite.any():
        time = result.times[np.flatnonzero(infinite)[0]]
        raise BadQuery(f"Got Infinity: a value of metric '{result.metric}' at {time} ms is past the greatest number")


def _labels(times: NDArray[np.int64], arrays: bool) -> tuple[list[bytes], bytes]:
    """What stands before each value, and what after the last one and the end of the object."""
    text = orjson.dumps(times, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    begin, between, after, end = (b"[[", b"],[", b",", b"]]}") if arrays else (b'{"', b',"', b'":', b"}}")
    if not text:
        return [begin[:1]], end[-2:]
    return (begin + text.replace(b",", after + b"\n" + between) + after).split(b"\n"), end


def _texts(values: NDArray[np.float64], gap: bytes) -> list[bytes]:
    """Each value, none of them infinite, as JSON; NaN as the policy has it."""
    text = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    if np.isnan(values).any():
        text = text.replace(b"null", gap)  # without infinities, nothing else comes out as null
    return text.split(b",")
