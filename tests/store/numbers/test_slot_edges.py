"""Cutting chunks against numpy's search of each one's times."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tsdbserver.store.numbers.chunks import CHUNK, SPARE_OFFSETS
from tsdbserver.store.numbers.slot_edges import cut, times_at

times = st.integers(-1000, 1000)


def chunk(points, start=0, step=0, even=1):
    """A chunk of these points as a row of the table, and the cells of its offsets."""
    points = np.array(points)
    row = np.zeros(1, CHUNK)
    row["start"], row["stop"], row["even"], row["step"] = start, len(points), even, step
    row["base"], row["last"] = points[0], points[-1]
    return row, (points - points[0])[even:]


def table(chunks):
    """Chunks whose offsets lie one after another."""
    rows, offsets = np.concatenate([row for row, _ in chunks]), [cells for _, cells in chunks]
    rows["offsets"] = np.append(0, np.cumsum([len(cells) for cells in offsets]))[:-1]
    rubbish = np.full(SPARE_OFFSETS, 7)
    return rows, np.concatenate([*offsets, rubbish]).astype(np.uint32)


@st.composite
def chunks(draw):
    """The first points lie even, the others after them anywhere, or there are no others; some may be forgotten."""
    base, step = draw(times), draw(st.integers(1, 30))
    even = draw(st.integers(1, 30))
    last = base + step * (even - 1)
    others = draw(st.lists(st.integers(1, 500), unique=True, max_size=40))
    points = [*(base + step * i for i in range(even)), *(last + ahead for ahead in sorted(others))]
    start = draw(st.integers(0, len(points) - 1))
    return points, start, (step if even > 1 else draw(st.sampled_from([0, step]))), even


@given(st.lists(chunks(), min_size=1, max_size=5), st.lists(times, min_size=1, max_size=8).map(sorted))
def test_a_cut_is_where_a_search_finds_the_edge(drawn, edges):
    rows, offsets = table([chunk(*one) for one in drawn])

    cuts = cut(rows, np.full(len(rows), len(edges)), np.tile(edges, len(rows)), offsets)
    assert cuts.reshape(len(rows), -1).tolist() == [
        (np.searchsorted(points[start:], edges) + start).tolist() for points, start, *_ in drawn
    ]


@given(st.lists(chunks(), min_size=1, max_size=5))
def test_the_times_of_points(drawn):
    rows, offsets = table([chunk(*one) for one in drawn])
    counts = np.array([len(points) for points, *_ in drawn])
    places = np.concatenate([np.arange(count) for count in counts])

    assert times_at(rows, counts, places, offsets).tolist() == [time for points, *_ in drawn for time in points]


def test_even_points_are_cut_without_looking():
    rows, _ = table([chunk([5, 15, 25], step=10, even=3), chunk([7])])
    edges = [0, 5, 6, 15, 25, 26]

    cuts = cut(rows, np.array([6, 6]), np.tile(edges, 2), np.empty(0, np.uint32))
    assert cuts.reshape(2, 6).tolist() == [[0, 0, 1, 1, 2, 3], [0, 0, 0, 1, 1, 1]]


def test_jittered_points_with_gaps_are_found_too():
    random = np.random.default_rng(1)
    drawn = [np.sort(random.choice(1_000_000, 500, replace=False)) for _ in range(40)]
    bursts = [np.concatenate((np.arange(0, 900, 3), [500_000], np.arange(900_000, 900_199))) for _ in range(5)]
    rows, offsets = table([chunk(points) for points in [*drawn, *bursts]])
    edges = np.arange(0, 1_000_001, 5_000)

    cuts = cut(rows, np.full(len(rows), len(edges)), np.tile(edges, len(rows)), offsets)
    assert (cuts.reshape(len(rows), -1) == [np.searchsorted(points, edges) for points in [*drawn, *bursts]]).all()
