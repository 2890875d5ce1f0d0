"""A batch made ready to be sent, any number of times, as the very same bytes."""

import gzip
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tsdbserver.model.batch import Batch
from tsdbserver.wire.batch.encoder import encode_batch


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """`packed` is the gzipped message; its series `i` stands for `counts[i]` samples."""

    packed: bytes
    counts: NDArray[np.uint32]

    @classmethod
    def of(cls, batch: Batch) -> "Parcel":
        """Encode and compress a batch."""
        # The order in which encode_batch lays out the series.
        columns = (batch.counters.fields["count"], batch.gauges.fields["count"], batch.distributions.digests.count)
        counts = np.concatenate(columns).astype(np.uint32)
        return cls(gzip.compress(encode_batch(batch), 6, mtime=0), counts)

    @property
    def samples(self) -> int:
        """Samples of all series."""
        return int(self.counts.sum(dtype=np.int64))

    @property
    def size(self) -> int:
        """Bytes that it holds in memory."""
        return len(self.packed) + self.counts.nbytes
