"""Centroids of digests as bytes (docs/digests.md, "Bytes"): our own form, read and written; caio/go-tdigest's, read.

A whole batch is decoded at once. A blob that cannot be read is refused with a reason; the others stand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregators import Digests
from aggregators.arrays import edges_of, padded, positions, rows_by_width
from aggregators.digest.compression import COMPRESSION
from tsdbserver.model.refusal import VALUE, Reason
from tsdbserver.wire.batch import uvarint

OWN = 0
"""Encoding of our own form: float64 means."""
GO_TDIGEST = 1
"""Encoding of caio/go-tdigest v4's `AsBytes`: float32 differences of the means."""

ENCODINGS = frozenset((OWN, GO_TDIGEST))

MAX_CENTROIDS = 4_096
MAX_WEIGHT = 2**32 - 1

BLOCK = 4_096
"""So many blobs are decoded at a time: their columns stay in the processor's cache."""

_HEADER_BYTES = 16
"""The longest header of both forms; a shorter blob is read as if zeros followed."""

Positions = NDArray[np.intp]
Numbers = NDArray[np.int64]
Means = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """The centroids of the blobs that could be read, and why the others could not.

    `good[i]` is the position in the batch of the i-th readable blob, which has the centroids `edges[i]:edges[i + 1]`:
    finite means, ascending, and weights of at least 1 that add up to the announced count. `refused` holds (position,
    reason) of all other blobs. Positions ascend in both.
    """

    good: Positions
    edges: Numbers
    means: Means
    weights: NDArray[np.uint32]
    refused: list[tuple[int, Reason]]


def encode(digests: Digests, compression: int = int(COMPRESSION)) -> list[bytes]:
    """The centroids of every digest in our own form."""
    means = digests.means.astype("<f8").tobytes()
    weights, ends = uvarint.write(digests.weights)
    tails, heads = weights.tobytes(), _heads(compression, np.diff(digests.edges))
    edges, cuts = digests.edges.tolist(), np.append(0, ends)[digests.edges].tolist()
    return [
        head + means[8 * first : 8 * end] + tails[cut:next_cut]
        for head, (first, end), (cut, next_cut) in zip(heads, pairwise(edges), pairwise(cuts), strict=True)
    ]


def encode_one(means: Means, weights: NDArray[np.integer], compression: int = int(COMPRESSION)) -> bytes:
    """The centroids of one digest, means ascending, in our own form."""
    head = uvarint.write_one(compression) + uvarint.write_one(len(means))
    return head + means.astype("<f8").tobytes() + uvarint.write(weights.astype(np.uint32))[0].tobytes()


def decode(blobs: Sequence[bytes], encodings: int | Sequence[int], counts: Sequence[int] | Numbers) -> Decoded:
    """Decode a batch: blob i, in encoding `encodings[i]` (or all in one), stands for `counts[i]` samples."""
    encoding_of = np.broadcast_to(np.asarray(encodings, np.int64), len(blobs))
    samples = np.asarray(counts, np.int64)
    verdicts = _Verdicts(np.ones(len(blobs), np.bool_))
    parts = [_Rows.none()]
    for encoding in np.unique(encoding_of).tolist():
        at = np.flatnonzero(encoding_of == encoding)
        if encoding in _FORMS:
            blocks = np.split(at, range(BLOCK, len(at), BLOCK))
            parts += [_decode(block, blobs, _FORMS[encoding], samples, verdicts) for block in blocks]
        else:
            verdicts.demand(at, np.zeros(len(at), np.bool_), f"unknown digest encoding {encoding}")
    rows = _Rows.in_order(parts)
    return Decoded(rows.at, rows.edges, rows.means, rows.weights.astype(np.uint32), sorted(verdicts.refused))


class _Rows(NamedTuple):
    """Centroids of the blobs at these positions."""

    at: Positions
    edges: Numbers
    means: Means
    weights: Numbers

    @staticmethod
    def none() -> "_Rows":
        return _Rows(np.empty(0, np.intp), np.zeros(1, np.int64), np.empty(0), np.empty(0, np.int64))

    @staticmethod
    def in_order(parts: Sequence["_Rows"]) -> "_Rows":
        """All parts as one, positions ascending."""
        rows = _Rows(
            np.concatenate([part.at for part in parts]),
            edges_of(np.concatenate([np.diff(part.edges) for part in parts])),
            np.concatenate([part.means for part in parts]),
            np.concatenate([part.weights for part in parts]),
        )
        return rows if (rows.at[1:] > rows.at[:-1]).all() else rows.take(np.argsort(rows.at))

    def take(self, rows: Positions) -> "_Rows":
        starts = self.edges[rows]
        sizes = self.edges[rows + 1] - starts
        inside = positions(starts, sizes)
        return _Rows(self.at[rows], edges_of(sizes), self.means[inside], self.weights[inside])


@dataclass(slots=True)
class _Verdicts:
    """Which blobs are still good, and the first reason against each of the others."""

    good: NDArray[np.bool_]
    refused: list[tuple[int, Reason]] = field(default_factory=list)

    def demand(self, at: Positions, fine: NDArray[np.bool_], reason: str) -> None:
        """Refuse the blobs at these positions that are not fine."""
        if fine.all():
            return
        for position in at[~fine].tolist():
            self.refuse(position, reason)

    def refuse(self, position: int, reason: str) -> None:
        """Refuse one blob, unless it is refused already."""
        if self.good[position]:
            self.good[position] = False
            self.refused.append((position, reason if isinstance(reason, Reason) else Reason(reason)))


class _Form(NamedTuple):
    """An encoding: how headers [blob, byte] give the means' first byte and their number (−1: no such header), what
    a mean looks like, and how the means come out of what is stored."""

    layout: Callable[[uvarint.Bytes], tuple[Numbers, Numbers]]
    stored: np.dtype[np.floating]
    means: Callable[[Means, Numbers], Means]


def _decode(at: Positions, blobs: Sequence[bytes], form: _Form, samples: Numbers, verdicts: _Verdicts) -> _Rows:
    start, size = _layout(at, blobs, form, verdicts)
    good = verdicts.good[at]
    at, start, size = at[good], start[good], size[good]
    stop = start + size * form.stored.itemsize
    weights = _weights(at, [blobs[i][cut:] for i, cut in zip(at.tolist(), stop.tolist(), strict=True)], size, verdicts)
    if not verdicts.good[at].all():  # the weights of the others can be told apart only without these
        return _decode(at[verdicts.good[at]], blobs, form, samples, verdicts)
    bounds = zip(at.tolist(), start.tolist(), stop.tolist(), strict=True)
    stored = np.frombuffer(b"".join([blobs[i][first:end] for i, first, end in bounds]), form.stored)
    edges = edges_of(size)
    rows = _Rows(at, edges, form.means(stored.astype(np.float64), edges), weights)
    _check_values(rows, samples, verdicts)
    good = verdicts.good[at]
    return rows if good.all() else rows.take(np.flatnonzero(good))


def _layout(at: Positions, blobs: Sequence[bytes], form: _Form, verdicts: _Verdicts) -> tuple[Numbers, Numbers]:
    heads = b"".join([blobs[i][:_HEADER_BYTES].ljust(_HEADER_BYTES, b"\0") for i in at.tolist()])
    start, size = form.layout(np.frombuffer(heads, np.uint8).reshape(-1, _HEADER_BYTES))
    length = np.array([len(blobs[i]) for i in at.tolist()], np.int64)
    verdicts.demand(at, size >= 0, "no digest header")
    verdicts.demand(at, size <= MAX_CENTROIDS, f"more than {MAX_CENTROIDS} centroids")
    verdicts.demand(at, start + size * (form.stored.itemsize + 1) <= length, "the digest is cut short")
    return start, size


def _weights(at: Positions, tails: Sequence[bytes], size: Numbers, verdicts: _Verdicts) -> Numbers:
    """The weights of all blobs; meaningless unless all are found good."""
    data = np.frombuffer(b"".join(tails), np.uint8)
    edges = edges_of(np.array([len(tail) for tail in tails], np.int64))
    ends = uvarint.ends(data)
    cuts = np.searchsorted(ends, edges)  # the weights that end before each edge
    whole = np.append(True, data < 0x80)[edges[1:]] | (np.diff(edges) == 0)
    verdicts.demand(at, (np.diff(cuts) >= size) & whole, "the digest is cut short")
    verdicts.demand(at, np.diff(cuts) <= size, "bytes follow the digest")
    return uvarint.read(data, ends)


def _check_values(rows: _Rows, samples: Numbers, verdicts: _Verdicts) -> None:
    at, edges, means, weights = rows
    ascends = np.ones(len(means), np.bool_)
    ascends[1:] = means[1:] >= means[:-1]
    ascends[edges[:-1][np.diff(edges) > 0]] = True
    _demand_all(at, edges, np.isfinite(means), Reason("a mean is not finite", VALUE), verdicts)
    _demand_all(at, edges, ascends, "the means do not ascend", verdicts)
    _demand_all(at, edges, weights != 0, "a weight is 0", verdicts)
    _demand_all(at, edges, (weights >= 0) & (weights <= MAX_WEIGHT), f"a weight exceeds {MAX_WEIGHT}", verdicts)
    total = np.zeros(len(at), np.int64)
    full = edges[:-1] < edges[1:]
    total[full] = np.add.reduceat(weights, edges[:-1][full]) if full.any() else 0
    wrong = np.flatnonzero(total != samples[at])
    for position, found in zip(at[wrong].tolist(), total[wrong].tolist(), strict=True):
        verdicts.refuse(position, f"the weights sum to {found}, not to n={samples[position]}")


def _demand_all(at: Positions, edges: Numbers, fine: NDArray[np.bool_], reason: str, verdicts: _Verdicts) -> None:
    """Refuse the blobs with a centroid that is not fine."""
    if not fine.all():
        faults = edges_of((~fine).astype(np.int64))[edges]
        verdicts.demand(at, faults[1:] == faults[:-1], reason)


def _heads(compression: int, sizes: Numbers) -> list[bytes]:
    """The headers of our own form: δ, then the number of centroids."""
    delta = uvarint.write_one(compression)
    different, which = np.unique(sizes, return_inverse=True)
    heads = [delta + uvarint.write_one(size) for size in different.tolist()]
    return [heads[i] for i in which.tolist()]


def _own_layout(heads: uvarint.Bytes) -> tuple[Numbers, Numbers]:
    compression, behind = uvarint.read_first(heads, np.zeros(len(heads), np.int64), uvarint.MAX_BYTES)
    size, start = uvarint.read_first(heads, behind, uvarint.MAX_BYTES)
    return start, np.where(compression > 0, size, -1)


def _go_layout(heads: uvarint.Bytes) -> tuple[Numbers, Numbers]:
    kind, size = (np.ascontiguousarray(heads[:, at : at + 4]).view(">i4")[:, 0] for at in (0, 12))
    return np.full(len(heads), _HEADER_BYTES), np.where((kind == 2) & (size >= 0), size, -1).astype(np.int64)


def _as_stored(stored: Means, edges: Numbers) -> Means:
    return stored + 0.0  # −0 becomes 0


def _running_sums(stored: Means, edges: Numbers) -> Means:
    """Differences added up in each row from left to right, in float64 as in Go."""
    means = np.empty(len(stored))
    for rows, width in rows_by_width(edges):
        inside, at = padded(edges, rows, width)
        with np.errstate(invalid="ignore"):  # infinities are refused later
            means[at[inside]] = np.cumsum(np.where(inside, stored[at], 0.0), axis=1)[inside]
    return means + 0.0


_FORMS = {
    OWN: _Form(_own_layout, np.dtype("<f8"), _as_stored),
    GO_TDIGEST: _Form(_go_layout, np.dtype(">f4"), _running_sums),
}
