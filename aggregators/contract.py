"""Ways to give a list the same values, which must all come to the same."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregators.aggregator import Aggregator
from aggregators.arrays import edges_of
from aggregators.lists import AggregatorList

TOLERANCE = 1e-9
"""Relative; the methods of a list may add in different orders."""


@dataclass(frozen=True)
class Slot:
    """The values of one slot, in order of time, and what is expected of them once gaps are filled."""

    expected: float | None
    values: tuple[float, ...]

    def __str__(self) -> str:
        return f"values {', '.join(map(str, self.values))}" if self.values else "no values"


def filled(aggregator: Aggregator, slots: list[Slot]) -> AggregatorList:
    """A list that was given all values one by one."""
    made = aggregator.make_list(len(slots))
    for position, slot in enumerate(slots):
        for value in slot.values:
            made.add(position, value)
    return made


def faults_of_methods(aggregator: Aggregator, slots: list[Slot]) -> Iterator[str]:
    """Where the optional methods, or a list that was used before, disagree with `add` and `get`."""
    by_one = filled(aggregator, slots)
    truth = [by_one.get(position) for position in range(len(slots))]
    yield from _faults_of_to_array(by_one, slots, truth)
    for way, use in _WAYS.items():
        made = aggregator.make_list(len(slots))
        use(made, slots)
        for position, slot in enumerate(slots):
            if not same(made.get(position), truth[position]):
                yield f"{at(position, slot)}: {way} gives {made.get(position)}, add gives {truth[position]}"


def _faults_of_to_array(made: AggregatorList, slots: list[Slot], truth: list[float | None]) -> Iterator[str]:
    column = made.to_array()
    if column.dtype != np.float64 or column.shape != (len(slots),):
        yield f"to_array() should be {len(slots)} of float64, got {column.dtype} of shape {column.shape}"
        return
    for position, slot in enumerate(slots):
        if not same(_value(column[position]), truth[position]):
            yield f"{at(position, slot)}: to_array() gives {column[position]}, get gives {truth[position]}"
    column[:] = -1
    if not all(same(made.get(position), value) for position, value in enumerate(truth)):
        yield "to_array() gives the list's own memory away: return a copy"


def _at_once(made: AggregatorList, slots: list[Slot]) -> None:
    indexes, values = flat(slots)
    made.add_many(indexes, values)


def _in_turn(made: AggregatorList, slots: list[Slot]) -> None:
    """The first values of all slots, then the second ones: in any order of slots, but in time order within each."""
    indexes, values = flat(slots)
    order = np.argsort([rank for slot in slots for rank in range(len(slot.values))], kind="stable").astype(np.intp)
    made.add_many(indexes[order], values[order])


def _with_missing(made: AggregatorList, slots: list[Slot]) -> None:
    """A NaN, which is no value, before and after each value, and one in every slot without values."""
    indexes, values = flat(slots)
    every = np.arange(len(slots))
    made.add_many(every, np.full(len(slots), np.nan))
    made.add_many(np.repeat(indexes, 2), np.stack([values, np.full(len(values), np.nan)], axis=1).ravel())


def _in_runs(made: AggregatorList, slots: list[Slot]) -> None:
    _, values = flat(slots)
    made.add_runs(np.arange(len(slots)), _edges(slots), values)


def _in_runs_of_a_longer_column(made: AggregatorList, slots: list[Slot]) -> None:
    """Runs that begin and end within a column, with a NaN at the end of each."""
    values = np.array([v for slot in slots for v in (*slot.values, np.nan)], np.float64)
    edges = _edges(slots) + np.arange(len(slots) + 1)
    made.add_runs(np.arange(len(slots)), edges + 1, np.concatenate([[77.0], values, [77.0]]))


def _one_run_a_value(made: AggregatorList, slots: list[Slot]) -> None:
    indexes, values = flat(slots)
    made.add_runs(indexes, np.arange(len(values) + 1), values)


def _value_by_value(made: AggregatorList, slots: list[Slot]) -> None:
    indexes, values = flat(slots)
    for position in range(len(values)):
        made.add_many(indexes[position : position + 1], values[position : position + 1])


def _overwritten(made: AggregatorList, slots: list[Slot]) -> None:
    indexes, values = flat(slots)
    made.add_many(indexes, values)
    values[:] = 77.0


def _after_clear(made: AggregatorList, slots: list[Slot]) -> None:
    """Every slot had a value, the empty ones too."""
    for value in flat(slots)[1][:1].tolist():
        for position in range(len(slots)):
            made.add(position, value)
    made.clear()
    _in_runs(made, slots)


_WAYS: dict[str, Callable[[AggregatorList, list[Slot]], None]] = {
    "add_many": _at_once,
    "add_many, slots in turn": _in_turn,
    "add_many with NaN among the values": _with_missing,
    "add_many, one value a call": _value_by_value,
    "add_many, the caller's array changed afterwards": _overwritten,
    "add_runs": _in_runs,
    "add_runs within a longer column, NaN at the end of each run": _in_runs_of_a_longer_column,
    "add_runs, one run a value": _one_run_a_value,
    "a list that was cleared": _after_clear,
}
"""Ways to give a list the same values, which must all come to the same."""


def flat(slots: list[Slot]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The slots' values one after another, with the positions of their slots."""
    indexes = np.array([position for position, slot in enumerate(slots) for _ in slot.values], np.intp)
    return indexes, np.array([value for slot in slots for value in slot.values], np.float64)


def _edges(slots: list[Slot]) -> NDArray[np.int64]:
    return edges_of(np.array([len(slot.values) for slot in slots], np.int64))


def _value(entry: float) -> float | None:
    return None if math.isnan(entry) else float(entry)


def same(value: float | None, expected: float | None) -> bool:
    """Whether the two are equal but for rounding."""
    if value is None or expected is None:
        return value is expected
    return math.isclose(value, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def at(position: int, slot: Slot) -> str:
    """A slot, as a message names it."""
    return f"slot {position} ({slot})"
