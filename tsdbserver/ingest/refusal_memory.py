"""Which series of which batches were refused: a batch that is sent again gets the same answer."""

import sys
from collections import OrderedDict
from collections.abc import Sequence

from tsdbserver.model.batch import BatchKey
from tsdbserver.model.refusal import Reason

Refused = list[tuple[int, Reason]]
"""Positions of series in a batch, each with the reason."""

MAX_REFUSALS = 100_000
"""Refusals that are remembered."""
MAX_REFUSAL_BYTES = 32 << 20
"""Memory that they take at most."""

_PAIR = 128
"""Bytes of a position with its place in a list."""
_BATCH = 1024
"""Bytes of a batch's name and list."""


class RefusalMemory:
    """The refusals of the latest batches, at most `MAX_REFUSALS` that take `MAX_REFUSAL_BYTES`: the oldest batch is
    forgotten first.
    """

    def __init__(self) -> None:
        self._batches: OrderedDict[tuple[BatchKey, bytes], Refused] = OrderedDict()
        self.refusals = 0
        self.bytes = 0

    def get(self, key: BatchKey, fingerprint: bytes) -> Refused:
        """What was refused of a batch; empty if that is nothing, or forgotten."""
        return self._batches.get((key, fingerprint), [])

    def remember(self, key: BatchKey, fingerprint: bytes, refused: Refused) -> None:
        """Put `refused` in the place of what is remembered of a batch, as the latest."""
        self._count(self._batches.pop((key, fingerprint), None), -1)
        if refused:
            self._batches[key, fingerprint] = refused
            self._count(refused, 1)
        while self.refusals > MAX_REFUSALS or self.bytes > MAX_REFUSAL_BYTES:
            self._count(self._batches.popitem(last=False)[1], -1)

    def _count(self, refused: Refused | None, sign: int) -> None:
        if refused is not None:
            self.refusals += sign * len(refused)
            self.bytes += sign * measure(refused)


def measure(refused: Sequence[tuple[int, Reason]]) -> int:
    """About how many bytes the refusals of a batch take; a reason that several share counts once."""
    texts = {id(reason): reason for _, reason in refused}
    return _BATCH + _PAIR * len(refused) + sum(map(sys.getsizeof, texts.values()))
