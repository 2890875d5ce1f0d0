"""Lines of `/q?ascii`: one point, one line, whatever its names hold."""

import numpy as np
import pytest

from tsdbserver.errors import BadQuery
from tsdbserver.model.query import SubQuery
from tsdbserver.model.result import ResultSeries
from tsdbserver.wire.results.graph_text import render_lines


def result(metric="m", values=(1.0,), **tags):
    times = np.arange(len(values), dtype=np.int64) * 1000
    return ResultSeries(metric, tags, [], times, np.array(values), SubQuery("sum", metric))


@pytest.mark.parametrize(
    "results, lines",
    [
        ([], b""),
        ([result(values=())], b""),
        ([result(values=(1.0, np.nan, 0.25))], b"m 0 1\nm 2 0.25\n"),
        ([result(values=(1e300,))], b"m 0 1e+300\n"),
        ([result("100%d", load="%s")], b"100%d 0 1 load=%s\n"),
        ([result("gr\u00f6\u00dfe", name="a\nb\u2028c")], "gr\u00f6\u00dfe 0 1 name=a b c\n".encode()),
    ],
)
def test_lines(results, lines):
    assert render_lines(results) == lines


def test_an_infinity_has_no_line():
    with pytest.raises(BadQuery, match="Got Infinity"):
        render_lines([result(values=(np.inf,))])
