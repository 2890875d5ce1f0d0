"""What became of one input, sample by sample."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tsdbserver.send.client import Receipt
from tsdbserver.send.parcel import Parcel


class Loss(NamedTuple):
    """A way in which samples were lost: `verb` says what happened to how many `things`."""

    verb: str
    things: str
    reason: str


@dataclass(slots=True)
class Account:
    """`read` samples of which `stored` are in the server, in `batches`, of which `duplicates` had been there before."""

    read: int = 0
    stored: int = 0
    batches: int = 0
    duplicates: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    _lost_things: Counter[Loss] = field(default_factory=Counter)
    _lost_samples: Counter[Loss] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        """Whether there was something to store, and all of it is."""
        return self.stored > 0 and not self._lost_things

    def take(self, parcel: Parcel) -> None:
        """A parcel was made."""
        self.read += parcel.samples

    def deliver(self, parcel: Parcel, receipt: Receipt) -> None:
        """The server answered to a parcel."""
        self.batches += 1
        self.duplicates += receipt.dup
        self.stored += parcel.samples
        for position, reason in receipt.refused:
            samples = int(parcel.counts[position])
            self.stored -= samples
            self._lose(Loss("refused", "series", reason), samples)

    def refuse(self, parcel: Parcel, reason: str) -> None:
        """The server will not have a parcel."""
        self._lose(Loss("refused", "batches", reason), parcel.samples)

    def drop(self, parcel: Parcel, reason: str) -> None:
        """There was no room for a parcel."""
        self._lose(Loss("dropped", "batches", reason), parcel.samples)

    def miss(self, parcel: Parcel, reason: str) -> None:
        """A parcel could not be delivered."""
        self._lose(Loss("not delivered:", "batches", reason), parcel.samples)

    def _lose(self, loss: Loss, samples: int) -> None:
        self._lost_things[loss] += 1
        self._lost_samples[loss] += samples

    def told(self) -> Iterator[str]:
        """The account in one line, and one more for each kind of loss."""
        before = f", {self.duplicates} of them stored before" if self.duplicates else ""
        yield f"{self.stored} of {self.read} samples stored in {self.batches} batches{before}"
        for loss, n in self._lost_things.most_common():
            yield f"  {loss.verb} {n} {loss.things} with {self._lost_samples[loss]} samples: {loss.reason}"
        for reason, n in self.skipped.most_common():
            yield f"  skipped {n} lines: {reason}"
