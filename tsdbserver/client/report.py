"""What became of one input, sample by sample."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tsdbserver.client.batch_client import Receipt
from tsdbserver.client.encoded_batch import Parcel
from tsdbserver.wire.k6.lines import K6Lines

_UNKNOWN_SERIES = "the server refuses series that the batch does not have"


class Loss(NamedTuple):
    """A way in which samples were lost: `verb` says what happened to how many `things`.

    `cause` is one of a few words: a reason may repeat the names of a client, so there may be one for each series.
    """

    verb: str
    things: str
    cause: str


@dataclass(slots=True)
class Account:
    """`stored` samples are in the server, in `batches`, of which `duplicates` had been there before.

    `read` samples were put into parcels, and `lines` know which lines were skipped. Every sample is stored or lost for
    one reason: after `settle` `seen` is `stored` and `lost` together.
    """

    read: int = 0
    stored: int = 0
    batches: int = 0
    duplicates: int = 0
    lines: K6Lines = field(default_factory=K6Lines)
    warnings: list[str] = field(default_factory=list)
    _lost_things: Counter[Loss] = field(default_factory=Counter)
    _lost_samples: Counter[Loss] = field(default_factory=Counter)
    _examples: dict[Loss, str] = field(default_factory=dict)
    _varied: set[Loss] = field(default_factory=set)

    @property
    def seen(self) -> int:
        """Samples in the input; a line that cannot be read counts as one."""
        return self.read + self.lines.lost

    @property
    def lost(self) -> int:
        """Samples that are not stored, as far as it is known."""
        return self._lost_samples.total() + self.lines.lost

    @property
    def is_clean(self) -> bool:
        """Whether there was something to store, and all of it is."""
        return self.stored > 0 and self.stored == self.seen

    def warn(self, text: str) -> None:
        """Note something that the end should tell though no sample was lost."""
        self.warnings.append(text)

    def take(self, parcel: Parcel) -> None:
        """A parcel was made."""
        self.read += parcel.samples

    def deliver(self, parcel: Parcel, receipt: Receipt) -> None:
        """The server answered to a parcel."""
        self.batches += 1
        self.duplicates += receipt.dup
        refused, causes = dict(receipt.refused), receipt.find_causes()
        unknown = [position for position in refused if not 0 <= position < len(parcel.counts)]
        if unknown:  # which samples it means cannot be told: none of them counts as stored
            self._lose(Loss("refused", "batches", "unknown series"), parcel.samples, _UNKNOWN_SERIES)
            return
        for position, reason in refused.items():
            self._lose(Loss("refused", "series", causes[position]), int(parcel.counts[position]), reason)
        self.stored += parcel.samples - sum(int(parcel.counts[position]) for position in refused)

    def refuse(self, parcel: Parcel, reason: str) -> None:
        """The server will not have a parcel."""
        self._lose(Loss("refused", "batches", "as a whole"), parcel.samples, reason)

    def drop(self, parcel: Parcel, reason: str) -> None:
        """There was no room for a parcel."""
        self._lose(Loss("dropped", "batches", reason), parcel.samples, reason)

    def miss(self, parcel: Parcel, reason: str) -> None:
        """A parcel could not be delivered."""
        self._lose(Loss("not delivered:", "batches", reason), parcel.samples, reason)

    def settle(self, reason: str) -> None:
        """There is no more to come: whatever was read and has no fate yet is not delivered, for this reason."""
        left = self.read - self.stored - self._lost_samples.total()
        if left > 0:
            self._lose(Loss("not delivered:", "batches", reason), left, reason)

    def _lose(self, loss: Loss, samples: int, reason: str) -> None:
        self._lost_things[loss] += 1
        self._lost_samples[loss] += samples
        if self._examples.setdefault(loss, reason) != reason:
            self._varied.add(loss)

    def _explain(self, loss: Loss) -> str:
        """The reason, or the first of several."""
        example = self._examples[loss]
        return f"{loss.cause}; the first: {example}".removeprefix("; ") if loss in self._varied else example

    def told(self) -> Iterator[str]:
        """The account in one line, and one more for each kind of loss."""
        before = f", {self.duplicates} of them stored before" if self.duplicates else ""
        yield f"{self.stored} of {self.seen} samples stored in {self.batches} batches{before}"
        for loss, n in self._lost_things.most_common():
            yield f"  {loss.verb} {n} {loss.things} with {self._lost_samples[loss]} samples: {self._explain(loss)}"
        for reason, n in self.lines.skipped.most_common():
            first = self.lines.examples[reason]
            yield f"  skipped {n} lines: {reason}; the first is line {first.line}: {first.text}".rstrip(": ")
        yield from (f"  warning: {text}" for text in self.warnings)
