"""TimeGrid: the slots of a plan, and which slot a time falls into."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.time import TimeSpan, floor_to


@dataclass(frozen=True, slots=True, eq=False)
class TimeGrid:
    """Slot `i` is stamped `times[i]` (ms, ascending). `width` is None where slots are single moments, or one whole
    span.
    """

    times: NDArray[np.int64]
    width: int | None = None

    @classmethod
    def regular(cls, span: TimeSpan, width: int) -> "TimeGrid":
        """Slots of `width` ms aligned to the epoch, from the one that holds `span.start` to the one that holds
        `span.end`.
        """
        return cls(np.arange(floor_to(span.start, width), span.end + 1, width, dtype=np.int64), width)

    @classmethod
    def whole(cls, span: TimeSpan) -> "TimeGrid":
        """One slot, stamped with the start of the span."""
        return cls(np.array([span.start], np.int64))

    @classmethod
    def union(cls, times: NDArray[np.int64]) -> "TimeGrid":
        """A slot for each distinct time."""
        return cls(np.unique(times))

    def __len__(self) -> int:
        return len(self.times)

    def slots_of(self, times: NDArray[np.int64]) -> NDArray[np.intp]:
        """The slot of each time; all must lie within the grid."""
        if self.width is not None:
            slots: NDArray[np.intp] = (times - self.times[0]) // self.width
            return slots
        return np.searchsorted(self.times, times, side="right") - 1
