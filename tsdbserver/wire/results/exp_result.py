"""OutputTables → the JSON answer of `/api/query/exp`."""

from collections.abc import Mapping, Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from tsdbserver.errors import BadQuery
from tsdbserver.model.expression import OutputTable

_CELLS = 50_000
"""How many values are written at a time: other threads wait for it."""


def render(tables: Sequence[OutputTable], echo: Mapping[str, object]) -> bytes:
    """The answer's body; `echo` is the question. BadQuery for an infinite value: it has no JSON."""
    return orjson.dumps({"outputs": [_output(table) for table in tables], "query": echo})


def _output(table: OutputTable) -> dict[str, object]:
    times = table.times.tolist()
    alias = {} if table.output.alias is None else {"alias": table.output.alias}
    meta = {"meta": _meta(table)} if table.labels else {}
    return {
        "id": table.output.id,
        **alias,
        "dps": orjson.Fragment(_rows(table)),
        "dpsMeta": {
            "firstTimestamp": times[0] if times else 0,
            "lastTimestamp": times[-1] if times else 0,
            "setCount": len(times),
            "series": len(table.labels),
        },
        **meta,
    }


def _rows(table: OutputTable) -> bytes:
    """`[[time, value, …], …]`: one row for each time."""
    if np.isinf(table.values).any():
        raise BadQuery(f"Got Infinity: a value of '{table.output.id}' is past the greatest number")
    if not table.values.size:
        return b"[]"
    step = max(_CELLS // len(table.labels), 1)
    starts = range(0, len(table.times), step)
    return b"[" + b",".join(_block(table.times[i : i + step], table.values[:, i : i + step]) for i in starts) + b"]"


def _block(times: NDArray[np.int64], values: NDArray[np.float64]) -> bytes:
    text = orjson.dumps(np.ascontiguousarray(values.T), option=orjson.OPT_SERIALIZE_NUMPY)
    rows = text[2:-2].replace(b"null", b'"NaN"').split(b"],[")
    return b",".join(b"[%d,%b]" % row for row in zip(times.tolist(), rows, strict=True))


def _meta(table: OutputTable) -> list[dict[str, object]]:
    """What stands in each column: the time, then the series."""
    columns = [
        {
            "index": index,
            "metrics": table.metrics,
            "commonTags": label.tags,
            "aggregatedTags": label.aggregate_tags,
        }
        for index, label in enumerate(table.labels, start=1)
    ]
    return [{"index": 0, "metrics": ["timestamp"]}, *columns]
