"""Guard: what a plug-in's aggregator does wrong while a query runs becomes an error that names it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import overload

import numpy as np
from numpy.typing import NDArray

from aggregators import (
    Aggregator,
    AggregatorFamily,
    AggregatorList,
    BucketFunction,
    Buckets,
    Digests,
    FillFunction,
    FillPolicy,
    ListMaker,
    SampleFunction,
    UpdaterChoice,
)
from aggregators.updaters import BUILT_IN
from tsdbserver.errors import AggregatorFailed

log = logging.getLogger(__name__)


@overload
def guarded(entry: Aggregator, file: str) -> Aggregator: ...
@overload
def guarded(entry: AggregatorFamily, file: str) -> AggregatorFamily: ...
def guarded(entry: Aggregator | AggregatorFamily, file: str) -> Aggregator | AggregatorFamily:
    """The same aggregator or family, of this file, whose every failure is an AggregatorFailed and is logged."""
    if isinstance(entry, Aggregator):
        return _Guard(entry.name, file).aggregator(entry)
    return replace(entry, make=_member_maker(entry.make, file))


def _member_maker(make: Callable[[str, float], Aggregator], file: str) -> Callable[[str, float], Aggregator]:
    def make_guarded(name: str, number: float) -> Aggregator:
        guard = _Guard(name, file)
        try:
            return guard.aggregator(make(name, number))
        except ValueError:
            raise  # how a family refuses a number
        except Exception:
            with guard:
                raise

    return make_guarded


class _Guard:
    """Watches over the parts of one aggregator: `with` it, any exception becomes an AggregatorFailed."""

    def __init__(self, name: str, file: str) -> None:
        self._who = f"aggregator {name!r} of {file}"

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            log.error("%s failed", self._who, exc_info=error)
            raise AggregatorFailed(f"{self._who} failed: {type(error).__name__}: {error}") from error

    def aggregator(self, entry: Aggregator) -> Aggregator:
        """The same aggregator with every part guarded."""
        return replace(
            entry,
            make_list=self._list_maker(entry.make_list),
            make_gap_list=self._list_maker(entry.make_gap_list) if entry.make_gap_list else None,
            samples=self._samples(entry.samples) if entry.samples else None,
            updaters=self._updaters(entry.updaters),
            buckets=self._buckets(entry.buckets) if entry.buckets else None,
        )

    def _buckets(self, buckets: BucketFunction) -> BucketFunction:
        def guarded_buckets(digests: Digests, keys: NDArray[np.intp], size: int) -> Buckets:
            with self:
                return buckets(digests, keys, size)

        return guarded_buckets

    def column(self, column: NDArray[np.float64], shape: tuple[int, ...], of: str) -> NDArray[np.float64]:
        """The column as float64; raises TypeError if it has not the shape that was asked for."""
        column = np.asarray(column, np.float64)
        if column.shape != shape:
            raise TypeError(f"{of} gave a column of shape {column.shape} instead of {shape}")
        return column

    def _list_maker(self, make_list: ListMaker) -> ListMaker:
        def make(size: int) -> AggregatorList:
            with self:
                return _GuardedList(make_list(size), size, self)

        return make

    def _samples(self, samples: SampleFunction) -> SampleFunction:
        def read(digests: Digests, keys: NDArray[np.intp], size: int) -> NDArray[np.float64]:
            with self:
                return self.column(samples(digests, keys, size), (size,), "samples")

        return read

    def _updaters(self, choice: UpdaterChoice) -> UpdaterChoice:
        if choice in BUILT_IN:
            return choice
        fills = {policy.value: self._fill(choice[policy]) for policy in FillPolicy}
        return UpdaterChoice(choice.name, **fills)

    def _fill(self, fill: FillFunction) -> FillFunction:
        def filled(times: NDArray[np.int64], column: NDArray[np.float64]) -> NDArray[np.float64]:
            with self:
                return self.column(fill(times, column), column.shape, "the updater")

        return filled


class _GuardedList(AggregatorList):
    def __init__(self, inner: AggregatorList, size: int, guard: _Guard) -> None:
        self._inner = inner
        self._size = size
        self._guard = guard

    def __len__(self) -> int:
        return self._size

    def add(self, index: int, value: float) -> None:
        with self._guard:
            self._inner.add(index, value)

    def get(self, index: int) -> float | None:
        with self._guard:
            return self._inner.get(index)

    def clear(self) -> None:
        with self._guard:
            self._inner.clear()

    def add_many(self, indexes: NDArray[np.intp], values: NDArray[np.float64]) -> None:
        with self._guard:
            self._inner.add_many(indexes, values)

    def add_runs(self, indexes: NDArray[np.intp], edges: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        with self._guard:
            self._inner.add_runs(indexes, edges, values)

    def to_array(self) -> NDArray[np.float64]:
        with self._guard:
            return self._guard.column(self._inner.to_array(), (self._size,), "to_array")
