"""AggregatorList: one running aggregate per slot."""

import math
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import Indexes


class AggregatorList(ABC):
    """A fixed number of slots, each of which aggregates the values added to it.

    `__len__`, `add`, `get` and `clear` are all that an aggregator must write; the other methods work through them and
    may be overridden with numpy where speed counts. A slot may stand for anything: the slots of one series, or those
    of all series of a query, one series after another.

    Columns are float64 with NaN for missing, so a NaN among the values of `add_many` and `add_runs` is no value.

    The values of one slot come in order: of time when a series is downsampled, of the series when they are aggregated.
    """

    reduces_runs = False
    """Whether `add_runs` only reduces each run, so that reading past values nobody wants is quicker than a copy without
    them. It is then handed such values too, for a slot that nobody reads, and the runs of a slot in any order.
    """

    adds_up = False
    """Whether a slot is the sum of its values, so that parts of a value may be handed over one by one."""

    @abstractmethod
    def __len__(self) -> int:
        """The number of slots."""

    @abstractmethod
    def add(self, index: int, value: float) -> None:
        """Take one value, never NaN, into a slot."""

    @abstractmethod
    def get(self, index: int) -> float | None:
        """The aggregate of a slot, None if it has no value."""

    @abstractmethod
    def clear(self) -> None:
        """Empty all slots."""

    def add_many(self, indexes: Indexes, values: NDArray[np.float64]) -> None:
        """Take `values[i]` into slot `indexes[i]`, in any order of slots."""
        for index, value in zip(indexes.tolist(), values.tolist(), strict=True):
            if not math.isnan(value):
                self.add(index, value)

    def add_runs(self, indexes: Indexes, edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Take `values[edges[i]:edges[i + 1]]` into slot `indexes[i]`.

        `edges` ascends and is one longer than `indexes`; runs may be empty, and an index may occur more than once.
        `values` may be a view of what is stored: neither change nor keep it.
        """
        self.add_many(np.repeat(indexes, np.diff(edges)), values[edges[0] : edges[-1]])

    def to_array(self) -> NDArray[np.float64]:
        """The aggregates of all slots, NaN where there is no value."""
        gets = (self.get(index) for index in range(len(self)))
        return np.array([np.nan if value is None else value for value in gets], np.float64)


def reduce_runs(
    ufunc: np.ufunc, edges: NDArray[np.int64], values: NDArray[np.float64], empty: float = np.nan
) -> NDArray[np.float64]:
    """`ufunc.reduce` of every run `values[edges[i]:edges[i + 1]]`; `empty` for a run without values."""
    full = edges[:-1] < edges[1:]
    if full.all():
        return _reduce(ufunc, edges[:-1], values[: edges[-1]])
    reduced = np.full(len(full), empty)
    reduced[full] = _reduce(ufunc, edges[:-1][full], values[: edges[-1]])
    return reduced


def _reduce(ufunc: np.ufunc, starts: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    # reduceat refuses a column without starts when it is empty
    return ufunc.reduceat(values, starts) if len(starts) else np.empty(0)


def has_nan(values: NDArray[np.float64]) -> bool:
    """Whether there is a NaN among the values: a minimum tells faster than a column of flags."""
    return bool(len(values)) and bool(np.isnan(values.min()))


def only_known(indexes: Indexes, values: NDArray[np.float64]) -> tuple[Indexes, NDArray[np.float64]]:
    """The values that are not NaN, with their indexes."""
    if not has_nan(values):
        return indexes, values
    known = ~np.isnan(values)
    return indexes[known], values[known]


def reduce_known(
    ufunc: np.ufunc, edges: NDArray[np.int64], values: NDArray[np.float64], empty: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Every run reduced without the NaN in it, and the edges of the runs without them.

    The NaN are looked for in the results, which are fewer than the values: no ufunc worth the name loses one.
    """
    reduced = reduce_runs(ufunc, edges, values, empty)
    if has_nan(reduced):
        edges, values = without_nan(edges, values)
        reduced = reduce_runs(ufunc, edges, values, empty)
    return reduced, edges


def without_nan(edges: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The same runs without the NaN among their values."""
    if not has_nan(values):
        return edges, values
    known = ~np.isnan(values)
    return np.append(0, np.cumsum(known))[edges], values[known]
