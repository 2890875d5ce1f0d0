"""Columns that grow in place, and stretches of their cells that are given out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.store.numbers.growable import Column, Extents


@pytest.mark.parametrize("looked_at", [False, True])
def test_a_column_keeps_what_it_holds_and_is_zero_beyond(looked_at):
    column = Column(np.dtype(np.int64))
    looks, length = [], 1
    while length < 1_000_000:
        column.reserve(length)
        assert column.cells[: length // 3].tolist() == list(range(length // 3))
        assert not column.cells[length // 3 :].any()
        column.cells[:length] = np.arange(length)
        column.cells[length:] = 0
        if looked_at:
            looks.append((length, column.cells[:length]))
        length *= 3

    assert all(look.tolist() == list(range(length)) for length, look in looks)


def test_a_column_that_somebody_looks_at_leaves_them_what_they_see():
    column = Column(np.dtype(np.float64))
    column.reserve(1_000_000)
    look = column.cells[:10]
    column.reserve(2_000_000)
    column.cells[:10] = 5.0

    assert look.tolist() == [0.0] * 10
    assert column.cells[:11].tolist() == [5.0] * 10 + [0.0]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([16, 64, 256]), st.integers(1, 4)), max_size=40))
def test_no_two_hold_the_same_cell(steps):
    extents, held = Extents(), list[tuple[int, int]]()
    for takes, width, count in steps:
        if takes:
            widths = np.full(count, width)
            held += zip(extents.take(widths).tolist(), widths.tolist(), strict=True)
        else:
            given_back, held = held[:count], held[count:]
            places, widths = (np.array([one[i] for one in given_back], np.int64) for i in (0, 1))
            extents.give(places, widths)
        cells = [cell for place, width in held for cell in range(place, place + width)]
        assert len(set(cells)) == len(cells)
        assert max(cells, default=-1) < extents.length


def test_what_was_given_back_is_given_out_first():
    extents = Extents()
    first = extents.take(np.array([16, 16, 64]))
    extents.give(first[:2], np.array([16, 16]))

    assert sorted(extents.take(np.array([16, 16])).tolist()) == sorted(first[:2].tolist())
    assert extents.length == 96
