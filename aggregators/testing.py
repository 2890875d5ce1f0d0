"""AggregatorTester: proof that an aggregator keeps its promises, for built-in ones and those of others.

    with AggregatorTester(SPREAD, FillPolicy.NONE) as tester:
        tester.expect(2.0, 5.0, 7.0)
        tester.expect(3.0)                # an empty slot, filled from its neighbours
        tester.expect(4.0, 1.0, 5.0, 3.0)

The slots are those of one series, at equal distances in time: the aggregator downsamples it, its own updaters fill the
gaps under the policy, and `sum` makes a group of the series alone. On leaving the block the result is compared with
what was expected, and each of the list's methods with the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.contract import Slot, at, faults_of_methods, filled, flat, same
from aggregators.digest.build import fold
from aggregators.functions.sum import SUM
from aggregators.lists import AggregatorList
from aggregators.updaters import FillPolicy


class AggregatorTester:
    """Collects slots with `expect`; leaving its block, or `verify`, checks them. Raises AssertionError."""

    def __init__(self, aggregator: Aggregator, policy: FillPolicy) -> None:
        self._aggregator = aggregator
        self._policy = policy
        self._slots: list[Slot] = []
        self._empty_is_none = False

    def expect(self, value: float | None, *values: float) -> None:
        """Add a slot: `value` is expected of these values, None if there should be none."""
        self._slots.append(Slot(value, values))

    def expect_none(self, *values: float) -> None:
        """Add a slot that should have no value."""
        self.expect(None, *values)

    def expect_none_for_no_values(self) -> None:
        """Expect that the list itself, before gaps are filled, has nothing to say of a slot without values."""
        self._empty_is_none = True

    def verify(self) -> None:
        """Compare with what was expected, and the list's methods with each other; AssertionError lists the faults."""
        faults = list(self._faults())
        if faults:
            listed = "".join(f"\n  - {fault}" for fault in faults)
            raise AssertionError(f"aggregator {self._aggregator.name!r}, fill policy {self._policy.value}:{listed}")

    def __enter__(self) -> AggregatorTester:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.verify()

    def _faults(self) -> Iterator[str]:
        length = len(self._aggregator.make_list(len(self._slots)))
        if length != len(self._slots):
            yield f"len() of a list of {len(self._slots)} slots is {length}"
            return
        yield from self._faults_of_values()
        yield from self._faults_of_empty_slots()
        yield from faults_of_methods(self._aggregator, self._slots)
        yield from _faults_of_samples(self._aggregator, self._slots)

    def _faults_of_values(self) -> Iterator[str]:
        downsampled = _to_column(filled(self._aggregator, self._slots))
        times = np.arange(len(self._slots), dtype=np.int64) * 1000
        column = self._aggregator.updaters[self._policy](times, downsampled)
        if column.shape != downsampled.shape:
            yield f"the updater made a column of shape {column.shape} from one of shape {downsampled.shape}"
            return
        group = SUM.make_list(len(self._slots))
        group.add_many(np.arange(len(self._slots)), column)
        for position, slot in enumerate(self._slots):
            if not same(group.get(position), slot.expected):
                yield f"{at(position, slot)}: expected {slot.expected}, got {group.get(position)}"

    def _faults_of_empty_slots(self) -> Iterator[str]:
        if self._empty_is_none:
            value = self._aggregator.make_list(1).get(0)
            if value is not None:
                yield f"a slot without values should have none before gaps are filled, got {value}"


def _faults_of_samples(aggregator: Aggregator, slots: list[Slot]) -> Iterator[str]:
    """Whether `samples` keeps to its keys: one digest per slot, asked for in the opposite order."""
    if aggregator.samples is None or not slots:
        return
    indexes, values = flat(slots)
    digests, size = fold(indexes, values, len(slots)), len(slots)
    backwards = np.arange(size)[::-1].copy()
    column = aggregator.samples(digests, np.arange(size), size + 1)
    if column.shape != (size + 1,) or column.dtype != np.float64:
        yield f"samples() should give a float64 for each of {size + 1} keys, got {column.dtype} of shape {column.shape}"
        return
    if not np.isnan(column[size]):
        yield f"samples() gives {column[size]} for a key without samples: it should be NaN"
    if not np.array_equal(aggregator.samples(digests, backwards, size)[backwards], column[:size], equal_nan=True):
        yield "samples() gives another value when the keys are in another order"


def _to_column(made: AggregatorList) -> NDArray[np.float64]:
    gets = (made.get(position) for position in range(len(made)))
    return np.array([math.nan if value is None else value for value in gets], np.float64)
