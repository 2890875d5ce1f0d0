"""New points on their way into chunks: which of them go on evenly, and which fit at all."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators.arrays import edges_of, positions
from tsdbserver.store.numbers.chunks import MOST_OFFSET, Rows, Table, Times

Integers = NDArray[np.int64]


class Arrivals(NamedTuple):
    """Points for chunks: chunk `i` gets `counts[i]` of them, one chunk after another.

    `owners` numbers each point's chunk, `places` says which of the chunk's points it becomes, `ahead` how far it lies
    after the chunk's base (ms), and `on` whether it lies where an even point would.
    """

    counts: Integers
    owners: Rows
    places: Integers
    ahead: Times
    on: NDArray[np.bool_]

    @classmethod
    def of(cls, chunks: Table, times: Times, starts: Rows, counts: Integers) -> "Arrivals":
        """Chunk `i` gets the points from `times[starts[i]]` on."""
        owners = np.repeat(np.arange(len(chunks)), counts)
        places = positions(chunks["stop"], counts).astype(np.int64, copy=False)
        ahead = times[positions(starts, counts)] - chunks["base"][owners]
        return cls(counts, owners, places, ahead, ahead == chunks["step"][owners] * places)

    def fitting(self, chunks: Table) -> Integers:
        """How many of the points each chunk can take: those that lie even, or near enough for an offset."""
        near = self.ahead <= MOST_OFFSET
        if near.all():
            return self.counts
        return np.maximum(self._leading(near), np.where(_is_even(chunks), self._leading(self.on), 0))

    def extend(self, chunks: Table) -> Rows:
        """Let the chunks hold these points, too; returns which points lie uneven."""
        even = np.where(_is_even(chunks), chunks["stop"] + self._leading(self.on), chunks["even"])
        chunks["even"] = even
        chunks["stop"] += self.counts
        chunks["last"] = chunks["base"] + self.ahead[edges_of(self.counts)[1:] - 1]
        return np.flatnonzero(self.places >= even[self.owners])

    def _leading(self, flags: NDArray[np.bool_]) -> Integers:
        """How many points in a row are flagged, from each chunk's first on."""
        if flags.all():
            return self.counts
        firsts = edges_of(self.counts)[:-1]
        unflagged = np.where(flags, len(flags), np.arange(len(flags)))
        return np.minimum(np.minimum.reduceat(unflagged, firsts) - firsts, self.counts)


def begin(chunks: Table, times: Times, starts: Rows, counts: Integers) -> None:
    """Give chunks that get their first point a base, and those that get their second a step."""
    chunks["base"] = np.where(chunks["stop"] == 0, times[starts], chunks["base"])
    second = np.flatnonzero((chunks["stop"] < 2) & (chunks["stop"] + counts > 1))
    chunks["step"][second] = times[(starts + 1 - chunks["stop"])[second]] - chunks["base"][second]


def _is_even(chunks: Table) -> NDArray[np.bool_]:
    return np.asarray(chunks["even"] == chunks["stop"])
