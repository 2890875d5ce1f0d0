import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import Aggregator, AggregatorList, builtin
from tests.aggregators.columns import digest_of, digests_of

SIZE = 5

every_aggregator = pytest.mark.parametrize("aggregator", builtin(), ids=builtin().names())

values = st.floats(-1e6, 1e6) | st.integers(-9, 9).map(float) | st.just(np.nan)
added_many = st.lists(st.tuples(st.integers(0, SIZE - 1), values), max_size=30)
added_runs = st.lists(st.tuples(st.integers(0, SIZE - 1), st.lists(values, max_size=6)), max_size=8)


class FourMethods(AggregatorList):
    """Any list, seen through the four methods alone: the optional ones are the defaults."""

    def __init__(self, inner):
        self._inner = inner

    def __len__(self):
        return len(self._inner)

    def add(self, index, value):
        self._inner.add(index, value)

    def get(self, index):
        return self._inner.get(index)

    def clear(self):
        self._inner.clear()


def of_samples(name, digests, keys, size):
    samples = builtin()[name].samples
    assert samples is not None
    return samples(digests, keys, size)


def add_everything(slots, many, runs):
    slots.add_many(np.array([i for i, _ in many], np.intp), np.array([v for _, v in many], np.float64))
    edges = np.cumsum([0, *(len(run) for _, run in runs)], dtype=np.int64)
    flat = np.array([v for _, run in runs for v in run], np.float64)
    slots.add_runs(np.array([i for i, _ in runs], np.intp), edges, flat)


@every_aggregator
@given(many=added_many, runs=added_runs)
def test_fast_paths_equal_the_four_methods(aggregator, many, runs):
    fast, plain = aggregator.make_list(SIZE), FourMethods(aggregator.make_list(SIZE))
    add_everything(fast, many, runs)
    add_everything(plain, many, runs)

    assert fast.to_array() == pytest.approx(plain.to_array(), rel=1e-9, abs=1e-6, nan_ok=True)
    gets = [fast.get(i) for i in range(SIZE)]
    assert [np.nan if v is None else v for v in gets] == pytest.approx(fast.to_array().tolist(), nan_ok=True)


@every_aggregator
def test_a_run_may_begin_anywhere_and_a_slot_occur_twice(aggregator):
    fast, plain = aggregator.make_list(3), FourMethods(aggregator.make_list(3))
    for slots in (fast, plain):
        slots.add_runs(np.array([2, 0, 2]), np.array([1, 3, 4, 6]), np.array([9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 99.0]))

    assert fast.to_array() == pytest.approx(plain.to_array(), nan_ok=True)
    assert fast.get(1) is None


@every_aggregator
def test_clear_empties_every_slot(aggregator):
    slots = aggregator.make_list(2)
    slots.add(0, 3.0)
    slots.clear()
    assert (slots.get(0), slots.get(1), len(slots)) == (None, None, 2)

    slots.add(1, 4.0)

    assert np.isnan(slots.to_array()).tolist() == [True, False]


@every_aggregator
def test_a_list_does_not_hold_on_to_the_callers_arrays(aggregator):
    slots, given_values = aggregator.make_list(1), np.array([5.0])
    slots.add_many(np.array([0]), given_values)
    before = slots.get(0)
    given_values[0] = 77.0

    assert slots.get(0) == before


@pytest.mark.parametrize(
    "name, expected",
    [
        ("sum", 15.0),
        ("avg", 3.75),
        ("min", 1.0),
        ("max", 8.0),
        ("count", 4.0),
        ("p50", 3.0),
        ("p75", 7.0),
        ("p99", 8.0),
    ],
)
def test_what_each_aggregator_makes_of_numbers(name, expected):
    slots = builtin()[name].make_list(1)
    slots.add_many(np.zeros(5, np.intp), np.array([4.0, 1.0, np.nan, 8.0, 2.0]))

    assert slots.get(0) == expected


@pytest.mark.parametrize("name, expected", [("p50", 500.5), ("p99", 990.99), ("p999", 999.999)])
def test_percentiles_of_numbers_are_opentsdbs(name, expected):
    slots = builtin()[name].make_list(1)
    slots.add_many(np.zeros(1000, np.intp), np.arange(1000, 0, -1.0))

    assert slots.get(0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "name, expected",
    [("sum", 12.0), ("avg", 3.0), ("min", 1.0), ("max", 6.0), ("count", 4.0), ("p50", 2.5)],
)
def test_what_each_aggregator_makes_of_samples(name, expected):
    column = of_samples(name, digests_of([[1.0, 2.0], [3.0, 6.0], [50.0]]), np.array([2, 2, 0]), 3)

    assert column[2] == expected
    assert np.isnan(column[1])


def test_only_percentiles_need_merged_digests():
    assert [a.name for a in builtin() if a.merges_digests] == ["p50", "p75", "p90", "p95", "p99", "p999"]


def test_an_average_of_samples_weighs_each_sample_the_same():
    column = of_samples("avg", digests_of([[10.0] * 99, [110.0]]), np.zeros(2, np.intp), 1)

    assert column.tolist() == [11.0]


class LastList(FourMethods):
    """An aggregator as others would write it: four methods over a plain list."""

    def __init__(self, size):
        self._slots = [None] * size

    def __len__(self):
        return len(self._slots)

    def add(self, index, value):
        self._slots[index] = value

    def get(self, index):
        return self._slots[index]


def test_four_methods_are_enough():
    last = Aggregator("last", LastList).make_list(3)
    last.add_many(np.array([2, 0, 2]), np.array([1.0, 5.0, 3.0]))
    last.add_runs(np.array([0]), np.array([0, 2]), np.array([6.0, np.nan]))

    assert np.array_equal(last.to_array(), [6.0, np.nan, 3.0], equal_nan=True)


def test_a_column_of_digests_is_what_percentiles_read():
    assert of_samples("p90", digest_of(range(101)), np.zeros(1, np.intp), 1).tolist() == [90.0]
