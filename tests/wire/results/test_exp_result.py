"""Tables as JSON."""

import math

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.errors import BadQuery
from tsdbserver.model.expression import Label, Output, OutputTable
from tsdbserver.wire.results import exp_result


def table(times, rows, columns):
    values = np.array(rows, np.float64).reshape(len(times), columns).T
    labels = [Label({"host": str(i)}, []) for i in range(columns)]
    return OutputTable(Output("e"), ["m"], labels, np.array(times, np.int64), values)


@given(st.data(), st.integers(1, 4), st.integers(0, 9), st.integers(1, 12))
def test_rows_read_back_however_they_are_cut(data, columns, count, cells):
    number = st.floats(allow_infinity=False)
    rows = data.draw(st.lists(st.lists(number, min_size=columns, max_size=columns), min_size=count, max_size=count))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exp_result, "_CELLS", cells)
        answer = orjson.loads(exp_result.render([table(range(count), rows, columns)], {}))

    shown = [[i, *("NaN" if math.isnan(value) else value for value in row)] for i, row in enumerate(rows)]
    assert answer["outputs"][0]["dps"] == shown


def test_infinity_is_refused_by_the_name_of_its_output():
    with pytest.raises(BadQuery, match="Got Infinity: a value of 'e'"):
        exp_result.render([table([1], [[math.inf]], 1)], {})
