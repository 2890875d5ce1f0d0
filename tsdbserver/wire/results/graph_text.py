"""ResultSeries → what OpenTSDB's graph page, `/q`, answers where it draws nothing."""

from collections.abc import Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from tsdbserver.model.result import ResultSeries
from tsdbserver.model.time import TimeSpan
from tsdbserver.wire.results.query_result import check_no_infinity


def render_lines(results: Sequence[ResultSeries]) -> bytes:
    """`metric seconds value tag=value …`, a line for each point; a gap has none."""
    return b"".join(map(_lines, results))


def render_plot(results: Sequence[ResultSeries], asked: TimeSpan, took: float) -> bytes:
    """How many points were found and how many of them lie in the span asked for, each result's aggregate tags, and the
    time that it took in ms.
    """
    found = [result.times[~np.isnan(result.values)] for result in results]
    plotted = sum(int(((times >= asked.start) & (times <= asked.end)).sum()) for times in found)
    return orjson.dumps(
        {
            "plotted": plotted,
            "points": sum(map(len, found)),
            "etags": [result.aggregate_tags for result in results],
            "timing": round(took),
        }
    )


def _lines(result: ResultSeries) -> bytes:
    check_no_infinity(result)
    shown = ~np.isnan(result.values)
    tags = "".join(f" {key}={value}" for key, value in result.tags.items())
    line = f"{_in_a_line(result.metric)} %d %s{_in_a_line(tags)}\n".encode()
    pairs = zip((result.times[shown] // 1000).tolist(), _texts(result.values[shown]), strict=True)
    return b"".join(line % pair for pair in pairs)


def _in_a_line(text: str) -> str:
    """A name without the line ends that it may have, for use in a template."""
    return " ".join(text.splitlines()).replace("%", "%%")


def _texts(values: NDArray[np.float64]) -> list[bytes]:
    """Each value, whole ones without a point."""
    text = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    return [value.removesuffix(b".0") for value in text.split(b",")] if text else []
