import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregators import Aggregator, AggregatorList, FillPolicy, builtin
from tests.aggregators.digest_columns import digest_of, digests_of

SIZE = 5
_ = np.nan

every_aggregator = pytest.mark.parametrize("aggregator", builtin(), ids=builtin().names())
merging = [aggregator for aggregator in builtin() if aggregator.merges_series]
every_merging_aggregator = pytest.mark.parametrize("aggregator", merging, ids=[a.name for a in merging])

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


@every_merging_aggregator
@given(many=added_many, runs=added_runs)
def test_fast_paths_equal_the_four_methods(aggregator, many, runs):
    fast, plain = aggregator.make_list(SIZE), FourMethods(aggregator.make_list(SIZE))
    add_everything(fast, many, runs)
    add_everything(plain, many, runs)

    assert fast.to_array() == pytest.approx(plain.to_array(), rel=1e-9, abs=1e-6, nan_ok=True)
    gets = [fast.get(i) for i in range(SIZE)]
    assert [np.nan if v is None else v for v in gets] == pytest.approx(fast.to_array().tolist(), nan_ok=True)


@every_merging_aggregator
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


OF_NUMBERS = {
    "sum": 15.0, "avg": 3.75, "min": 1.0, "max": 8.0, "count": 4.0, "dev": 2.680951323690902, "mult": 64.0,
    "median": 4.0, "p50": 3.0, "p75": 7.0, "p99": 8.0, "p9999": 8.0, "ep75r3": 7.0, "ep75r7": 7.0, "iqr": 5.75,
    "first": 4.0, "last": 2.0, "diff": -2.0, "zimsum": 15.0, "pfsum": 15.0, "squareSum": 85.0, "mimmin": 1.0,
    "mimmax": 8.0, "cdf_2": 0.5, "cdf_3.5": 0.5, "cdf_0": 0.0, "apdex_1": 0.5, "apdex_2": 0.75,
    "trimmed_mean_24.9": 3.75, "trimmed_mean_25": 3.0, "trimmed_mean_0": 3.75,
}  # fmt: skip


@pytest.mark.parametrize("name, expected", OF_NUMBERS.items())
def test_what_each_aggregator_makes_of_numbers(name, expected):
    slots = builtin()[name].make_list(1)
    slots.add_many(np.zeros(5, np.intp), np.array([4.0, 1.0, np.nan, 8.0, 2.0]))

    assert slots.get(0) == pytest.approx(expected, rel=1e-15)


OF_ONE_NUMBER = {"dev": 0.0, "diff": 0.0, "mult": 7.0, "iqr": 0.0, "squareSum": 49.0, "cdf_7": 1.0, "cdf_6": 0.0}


@every_merging_aggregator
def test_what_each_aggregator_makes_of_one_number(aggregator):
    slots = aggregator.make_list(1)
    slots.add(0, 7.0)

    others = 1.0 if aggregator.name in {"count", "buckets", "cdf_500", "apdex_500"} else 7.0
    assert slots.get(0) == OF_ONE_NUMBER.get(aggregator.name, others)


def test_a_deviation_does_not_cancel():
    slots = builtin()["dev"].make_list(1)
    slots.add_many(np.zeros(3, np.intp), np.array([1e9 + 4, 1e9 + 7, 1e9 + 13]))

    assert slots.get(0) == pytest.approx(14**0.5, rel=1e-15)


def test_none_hands_values_on_and_takes_no_second_one():
    slots = builtin()["none"].make_list(2)
    slots.add_runs(np.array([1, 0]), np.array([0, 1, 2]), np.array([5.0, np.nan]))

    assert np.array_equal(slots.to_array(), [np.nan, 5.0], equal_nan=True)
    with pytest.raises(ValueError, match="takes one value a slot"):
        slots.add(1, 6.0)


WITH_GAPS = {
    # [1, gap], [gap, 1], [gap, gap]: a gap is a series of the group that has no value in the slot
    "sum": [1.0, 1.0, None],
    "avg": [1.0, 1.0, None],
    "count": [1.0, 1.0, 0.0],
    "mult": [None, None, None],
    "first": [1.0, None, None],
    "last": [None, 1.0, None],
    "diff": [None, 0.0, None],
    "mimmin": [1.0, 1.0, None],
    "p99": [1.0, 1.0, None],
}


@pytest.mark.parametrize("policy", [FillPolicy.NAN, FillPolicy.NULL])
@pytest.mark.parametrize("name, expected", WITH_GAPS.items())
def test_what_a_group_makes_of_gaps_that_are_not_filled(name, expected, policy):
    indexes, values = np.array([0, 0, 1, 1, 2, 2]), np.array([1.0, _, _, 1.0, _, _])
    many, runs = (builtin()[name].under(policy).make_list(4) for _ in "12")
    many.add_many(indexes, values)
    runs.add_runs(np.array([0, 1, 2, 3]), np.array([0, 2, 4, 6, 6]), values)

    assert [many.get(i) for i in range(4)] == [*expected, None]
    assert [runs.get(i) for i in range(4)] == [*expected, None]
    assert many.to_array().tolist() == pytest.approx([_ if v is None else v for v in [*expected, None]], nan_ok=True)


@every_aggregator
def test_only_nan_and_null_leave_gaps(aggregator):
    assert aggregator.under(FillPolicy.NONE) is aggregator
    assert aggregator.under(FillPolicy.ZERO) is aggregator


@pytest.mark.parametrize("name, expected", [("p50", 500.5), ("p99", 990.99), ("p999", 999.999)])
def test_percentiles_of_numbers_are_opentsdbs(name, expected):
    slots = builtin()[name].make_list(1)
    slots.add_many(np.zeros(1000, np.intp), np.arange(1000, 0, -1.0))

    assert slots.get(0) == pytest.approx(expected, rel=1e-12)


OF_SAMPLES = {
    "sum": 12.0, "avg": 3.0, "min": 1.0, "max": 6.0, "count": 4.0, "zimsum": 12.0, "mimmin": 1.0, "mimmax": 6.0,
    "p50": 2.5, "median": 2.5, "ep75r7": 3.75, "p9999": 5.9991, "iqr": 2.0,
    "cdf_2": 0.5, "cdf_2.9": 0.5, "cdf_6": 1.0, "cdf_0": 0.0, "apdex_1": 0.5, "trimmed_mean_25": 2.5,
}  # fmt: skip


@pytest.mark.parametrize("name, expected", OF_SAMPLES.items())
def test_what_each_aggregator_makes_of_samples(name, expected):
    column = of_samples(name, digests_of([[1.0, 2.0], [3.0, 6.0], [50.0]]), np.array([2, 2, 0]), 3)

    assert column[2] == pytest.approx(expected, rel=1e-14)
    assert np.isnan(column[1])


NOT_OF_SAMPLES = ["dev", "diff", "mult", "first", "last", "none", "squareSum"]
OF_FORMER_VALUES = ["sum", "avg", "min", "max", "count", "zimsum", "pfsum", "mimmin", "mimmax"]


def test_what_reads_a_whole_distribution_needs_merged_digests():
    whole = [a.name for a in builtin() if a.name not in NOT_OF_SAMPLES + OF_FORMER_VALUES]

    assert [a.name for a in builtin() if a.merges_digests] == whole
    assert [a.name for a in builtin() if a.samples is None] == NOT_OF_SAMPLES


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
