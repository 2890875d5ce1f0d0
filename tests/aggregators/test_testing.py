"""AggregatorTester passes what is right, and catches aggregators that were broken on purpose."""

import numpy as np
import pytest

from aggregators import CARRY, ZERO, Aggregator, AggregatorList, FillPolicy, UpdaterChoice, builtin
from aggregators.functions.count import CountList
from aggregators.functions.maximum import MaximumList
from aggregators.functions.sum import SumList
from aggregators.testing import AggregatorTester


class SpreadList(AggregatorList):
    """The gap between the largest and the smallest value, by the four methods alone."""

    def __init__(self, size):
        self._slots = [None] * size

    def __len__(self):
        return len(self._slots)

    def add(self, index, value):
        low, high = self._slots[index] or (value, value)
        self._slots[index] = min(low, value), max(high, value)

    def get(self, index):
        if self._slots[index] is None:
            return None
        low, high = self._slots[index]
        return high - low

    def clear(self):
        self._slots = [None] * len(self)


AFTER_A_GAP = {FillPolicy.NONE: 3.0, FillPolicy.NAN: None, FillPolicy.NULL: None, FillPolicy.ZERO: 0.0}


@pytest.mark.parametrize("policy, gap", AFTER_A_GAP.items())
def test_spread_is_high_minus_low(policy, gap):
    with AggregatorTester(Aggregator("spread", SpreadList), policy) as tester:
        tester.expect(2.0, 5.0, 7.0)
        tester.expect(gap)
        tester.expect(4.0, 1.0, 5.0, 3.0)


def test_the_aggregators_own_updaters_fill():
    for updaters, gap in ((ZERO, 0.0), (CARRY, 2.0)):
        with AggregatorTester(Aggregator("spread", SpreadList, updaters), FillPolicy.NONE) as tester:
            tester.expect(2.0, 5.0, 7.0)
            tester.expect(gap)
            tester.expect(4.0, 1.0, 5.0)
            tester.expect_none()
            tester.expect_none_for_no_values()


@pytest.mark.parametrize("aggregator", builtin(), ids=builtin().names())
def test_every_built_in_aggregator_passes(aggregator):
    slots = [(5.0, 7.0, 2.5, 7.0), (), (1.0,), (4.0, -3.0), (0.0, 0.0, 600.0), ()]
    if not aggregator.merges_series:
        slots = [slot[:1] for slot in slots]
    results = aggregator.make_list(1)
    with AggregatorTester(aggregator, FillPolicy.NAN) as tester:
        tester.expect_none_for_no_values()
        for slot in slots:
            results.clear()
            results.add_many(np.zeros(len(slot), np.intp), np.array(slot, np.float64))
            tester.expect(results.get(0), *slot)


def faults(aggregator, policy=FillPolicy.NAN):
    """What the tester has to say about a sum of these slots."""
    tester = AggregatorTester(aggregator, policy)
    tester.expect(12.0, 5.0, 7.0)
    tester.expect_none()
    tester.expect(3.0, 3.0)
    tester.expect_none_for_no_values()
    with pytest.raises(AssertionError) as caught:
        tester.verify()
    return str(caught.value)


def test_a_wrong_value_is_told_with_its_slot_and_what_it_was_made_of():
    assert faults(Aggregator("max", MaximumList)) == (
        "aggregator 'max', fill policy nan:\n  - slot 0 (values 5.0, 7.0): expected 12.0, got 7.0"
    )


class CountsNothing(CountList):
    def get(self, index):
        return float(self._counts[index])


class WrongLength(SumList):
    def __len__(self):
        return super().__len__() + 1


class ForgetsToClear(SumList):
    def clear(self):
        pass


class ClearsOnlyTotals(SumList):
    def clear(self):
        self._totals[:] = 0


class LosesRepeats(SumList):
    def add_many(self, indexes, values):
        known = ~np.isnan(values)
        self._totals[indexes[known]] += values[known]
        self._filled[indexes[known]] = True


class AddsNan(SumList):
    def add_many(self, indexes, values):
        np.add.at(self._totals, indexes, values)
        self._filled[indexes] = True


class TakesNanForAValue(SumList):
    def add_many(self, indexes, values):
        np.add.at(self._totals, indexes, np.nan_to_num(values))
        self._filled[indexes] = True


class TakesEmptyRunsForValues(SumList):
    def add_runs(self, indexes, edges, values):
        self._totals[indexes] += np.add.reduceat(np.append(np.nan_to_num(values), 0.0), edges[:-1])
        self._filled[indexes] = True


class StartsAtTheFirstEdge(SumList):
    def add_runs(self, indexes, edges, values):
        super().add_runs(indexes, edges - edges[0], values)


class RunsReplace(SumList):
    def add_runs(self, indexes, edges, values):
        fresh = SumList(len(self))
        fresh.add_runs(indexes, edges, values)
        self._totals, self._filled = fresh.to_array(), ~np.isnan(fresh.to_array())
        self._totals[indexes] = np.where(np.diff(edges) > 0, values[np.minimum(edges[1:], len(values)) - 1], np.nan)


class GivesItsMemoryAway(MaximumList):
    def add(self, index, value):
        self._column[index] = value + (0.0 if np.isnan(self._column[index]) else self._column[index])

    def add_many(self, indexes, values):
        AggregatorList.add_many(self, indexes, values)

    def add_runs(self, indexes, edges, values):
        AggregatorList.add_runs(self, indexes, edges, values)

    def to_array(self):
        return self._column


class KeepsTheCallersArray(SumList):
    def __init__(self, size):
        super().__init__(size)
        self._given = []

    def add_many(self, indexes, values):
        self._given.append((indexes, values))

    def clear(self):
        super().clear()
        self._given = []

    def get(self, index):
        late = SumList(len(self))
        late.add_many(np.arange(len(self)), super().to_array())
        for indexes, values in self._given:
            late.add_many(indexes, values)
        return late.get(index)

    def to_array(self):
        return AggregatorList.to_array(self)


class ZeroInArray(SumList):
    def to_array(self):
        return self._totals.copy()


class IntegerArray(SumList):
    def to_array(self):
        return self._totals.astype(np.int64)


BROKEN = {
    CountsNothing: "a slot without values should have none before gaps are filled, got 0.0",
    WrongLength: "len() of a list of 3 slots is 4",
    ForgetsToClear: "a list that was cleared gives",
    ClearsOnlyTotals: "slot 1 (no values): a list that was cleared gives 0.0, add gives None",
    LosesRepeats: "slot 0 (values 5.0, 7.0): add_many gives 7.0, add gives 12.0",
    AddsNan: "add_many with NaN among the values gives nan, add gives",
    TakesNanForAValue: "slot 1 (no values): add_many with NaN among the values gives 0.0, add gives None",
    TakesEmptyRunsForValues: "slot 1 (no values): add_runs gives 3.0, add gives None",
    StartsAtTheFirstEdge: "add_runs within a longer column, NaN at the end of each run gives",
    RunsReplace: "add_runs, one run a value gives",
    GivesItsMemoryAway: "to_array() gives the list's own memory away",
    KeepsTheCallersArray: "add_many, the caller's array changed afterwards gives",
    ZeroInArray: "slot 1 (no values): to_array() gives 0.0, get gives None",
    IntegerArray: "to_array() should be 3 of float64, got int64",
}


@pytest.mark.parametrize("broken, fault", BROKEN.items())
def test_a_broken_list_is_caught(broken, fault):
    assert fault in faults(Aggregator("broken", broken))


def cut_short(times, column):
    return column[:-1]


def not_by_key(digests, keys, size):
    return np.append(digests.sum, np.full(size - len(digests), np.nan))


SUM_OF = builtin()["sum"].samples
BROKEN_PARTS = {
    "the updater made a column of shape (2,) from one of shape (3,)": {
        "updaters": UpdaterChoice("short", none=cut_short, nan=cut_short)
    },
    "samples() gives 0.0 for a key without samples": {
        "samples": lambda digests, keys, size: np.bincount(keys, digests.sum, size)
    },
    "samples() gives another value when the keys are in another order": {"samples": not_by_key},
    "samples() should give a float64 for each of 4 keys, got float64 of shape (3,)": {
        "samples": lambda digests, keys, size: digests.sum
    },
}


@pytest.mark.parametrize("fault, parts", BROKEN_PARTS.items())
def test_a_broken_part_is_caught(fault, parts):
    assert fault in faults(Aggregator("broken", SumList, **parts))


def test_a_failure_within_the_block_is_not_hidden():
    def use():
        with AggregatorTester(builtin()["sum"], FillPolicy.NAN) as tester:
            tester.expect(99.0, 1.0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use()
