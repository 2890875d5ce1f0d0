"""TimeGrid: the slots of a plan, and which slot a time falls into."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.time import TimeSpan, floor_to


@dataclass(frozen=True, slots=True, eq=False)
class TimeGrid:
    """Slot `i` is stamped `edges[i]` and holds the times from `edges[i]` on and before `edges[i + 1]` (ms,
    ascending).
    """

    edges: NDArray[np.int64]
    width: int | None = None
    """The width in ms of slots that are all of one width."""

    @classmethod
    def regular(cls, span: TimeSpan, width: int) -> "TimeGrid":
        """Slots of `width` ms aligned to the epoch, from the one of the span's start to the one of its end."""
        first = floor_to(span.start, width)
        return cls(np.arange(first, span.end + width + 1, width, dtype=np.int64), width)

    @classmethod
    def whole(cls, span: TimeSpan) -> "TimeGrid":
        """One slot, stamped with the start of the span; its end does not belong to it. A single moment has no slot."""
        return cls(np.unique(np.array([span.start, span.end], np.int64)))

    @classmethod
    def union(cls, times: NDArray[np.int64]) -> "TimeGrid":
        """A slot for each distinct time."""
        distinct = times if (times[1:] > times[:-1]).all() else np.unique(times)
        return cls(np.append(distinct, distinct[-1:] + 1))

    def clipped(self, span: TimeSpan) -> "TimeGrid":
        """The slots from the one that holds the span's start to the one that holds its end."""
        first = max(int(np.searchsorted(self.edges, span.start, side="right")) - 1, 0)
        last = int(np.searchsorted(self.edges, span.end, side="right"))
        return TimeGrid(self.edges[first : last + 1], self.width)

    @property
    def times(self) -> NDArray[np.int64]:
        """The stamps of the slots."""
        return self.edges[:-1]

    def __len__(self) -> int:
        return max(len(self.edges) - 1, 0)

    def slots_of(self, times: NDArray[np.int64]) -> NDArray[np.intp]:
        """The slot of each time; all must lie within the grid."""
        if self.width is not None:
            slots: NDArray[np.intp] = (times - self.edges[0]) // self.width
            return slots
        return np.searchsorted(self.edges, times, side="right") - 1
