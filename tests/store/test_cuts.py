"""Cutting rows of times against numpy's search of each row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.store.cuts import Rows, cut

times = st.integers(-1000, 1000)


@st.composite
def stretches(draw):
    """A matrix of times in which stretches of rows are sorted, and whatever else lies around them."""
    width = draw(st.integers(1, 40))
    count = draw(st.integers(1, 5))
    matrix = np.array(draw(st.lists(st.lists(times, min_size=width, max_size=width), min_size=count, max_size=count)))
    start = np.array([draw(st.integers(0, width - 1)) for _ in range(count)])
    stop = np.array([draw(st.integers(first + 1, width)) for first in start])
    for row, (first, last) in enumerate(zip(start, stop, strict=True)):
        matrix[row, first:last].sort()
    return Rows(matrix, np.arange(count), start, stop, np.full(count, -1))


@given(stretches(), st.lists(times, min_size=1, max_size=8).map(sorted))
def test_a_cut_is_where_a_search_finds_the_edge(rows, edges):
    edges = np.array(edges)

    assert cut(rows, edges).tolist() == [
        (np.searchsorted(rows.times[row, start:stop], edges) + start).tolist()
        for row, start, stop in zip(rows.row, rows.start, rows.stop, strict=True)
    ]


def test_regular_stamps_are_cut_without_looking():
    matrix = np.array([[5, 15, 25, 0], [7, 0, 0, 0]])
    rows = Rows(matrix, np.array([0, 1]), np.zeros(2, np.int64), np.array([3, 1]), np.array([10, 0]))

    assert cut(rows, np.array([0, 5, 6, 15, 25, 26])).tolist() == [[0, 0, 1, 1, 2, 3], [0, 0, 0, 1, 1, 1]]


def test_jittered_stamps_with_gaps_are_found_too():
    random = np.random.default_rng(1)
    matrix = np.sort(random.choice(100_000, (20, 3_000)), axis=1)
    rows = Rows(matrix, np.arange(20), np.zeros(20, np.int64), np.full(20, 3_000), np.full(20, -1))
    edges = np.arange(0, 100_001, 500)

    assert (cut(rows, edges) == [np.searchsorted(row, edges) for row in matrix]).all()
